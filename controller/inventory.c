/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "policy/base/memory.h"

/* last_seen is stored at most this often for a device of which nothing else changed. */
#define SEEN_STORE_INTERVAL_MS 30000

void inventory_init(struct inventory *inventory)
{
	*inventory = (struct inventory){ 0 };
}

void inventory_done(struct inventory *inventory)
{
	struct device *device, *next;

	HASH_ITER (hh, inventory->devices, device, next)
		inventory_remove_device(inventory, device);
	relatives_done(&inventory->relatives);
	words_done(&inventory->words);
}

struct device *inventory_device(const struct inventory *inventory, const struct mac *mac)
{
	struct device *device;

	HASH_FIND(hh, inventory->devices, mac, sizeof(*mac), device);
	return device;
}

struct device *inventory_victim(const struct inventory *inventory)
{
	return HASH_COUNT(inventory->devices) < INVENTORY_DEVICES_MAX ? NULL : inventory->idle;
}

struct device *inventory_add_device(struct inventory *inventory, const struct mac *mac, uint64_t now_ms)
{
	struct device *device;

	if (HASH_COUNT(inventory->devices) >= INVENTORY_DEVICES_MAX) {
		inventory->devices_refused++;
		return NULL;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return NULL;
	device->mac = *mac;
	device->name = device->host_name = device->class = device->vendor = words_none;
	device->model = device->os = device->zone_why = device->stored_zone = words_none;
	device->facts.mac = *mac;
	device->elsewhere.mac = *mac;
	device->relative = (struct relative){ .device = device, .facts = &device->facts };
	device->first_seen_ms = now_ms;
	device->last_seen_ms = now_ms;
	HASH_ADD(hh, inventory->devices, mac, sizeof(device->mac), device);
	inventory_touch(inventory, device);
	return device;
}

static void leave_idle(struct inventory *inventory, struct device *device)
{
	if (device->idle_listed)
		DL_DELETE2(inventory->idle, device, idle_prev, idle_next);
	device->idle_listed = false;
}

static void enter_idle(struct inventory *inventory, struct device *device)
{
	leave_idle(inventory, device);
	DL_APPEND2(inventory->idle, device, idle_prev, idle_next);
	device->idle_listed = true;
}

static void touch_filed(void *device, enum kinship kinship, void *inventory)
{
	struct device *other = device;

	(void)kinship; /* it may have been another a moment ago */
	other->relations_dirty = true;
	inventory_touch(inventory, other);
}

void inventory_relate(struct inventory *inventory, struct device *device)
{
	relatives_each(&device->relative, touch_filed, inventory);
	relatives_file(&inventory->relatives, &device->relative);
	relatives_each(&device->relative, touch_filed, inventory);
	device->relations_dirty = true;
	inventory_touch(inventory, device);
}

static void forget_words(struct inventory *inventory, struct device *device)
{
	const char **const holders[] = { &device->name,  &device->host_name, &device->class,    &device->vendor,
		                         &device->model, &device->os,        &device->zone_why, &device->stored_zone };

	for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
		words_set(&inventory->words, holders[i], words_none);
}

void inventory_remove_device(struct inventory *inventory, struct device *device)
{
	while (device->binding_count)
		inventory_unbind(inventory, device->bindings[device->binding_count - 1]);
	leave_idle(inventory, device);
	relatives_each(&device->relative, touch_filed, inventory);
	relatives_leave(&inventory->relatives, &device->relative);
	if (device->dirty)
		DL_DELETE2(inventory->dirty, device, dirty_prev, dirty_next);
	HASH_DEL(inventory->devices, device);
	facts_done(&device->facts);
	facts_done(&device->elsewhere);
	forget_words(inventory, device);
	free(device->carried);
	free(device->bindings);
	free(device);
}

static struct binding_key key_of(const struct address *address, const char *interface)
{
	struct binding_key key = { .address = *address };

	if (address_is_link_local6(address))
		snprintf(key.link, sizeof(key.link), "%s", interface);
	return key;
}

struct binding *inventory_binding_on(const struct inventory *inventory, const struct address *address,
                                     const char *interface)
{
	struct binding_key key = key_of(address, interface);
	struct binding *binding;

	HASH_FIND(hh, inventory->bindings, &key, sizeof(key), binding);
	return binding;
}

struct binding *inventory_binding(const struct inventory *inventory, const struct address *address)
{
	return inventory_binding_on(inventory, address, "");
}

static bool may_go(const struct binding *binding, uint64_t now_ms)
{
	return binding->source == BINDING_ARP && binding->address.family == FAMILY_IPV6 &&
	       now_ms >= binding->heard_ms + BINDING_QUIET_MS;
}

struct binding *inventory_spare(const struct device *device, uint64_t now_ms)
{
	struct binding *spare = NULL;

	if (device->binding_count < DEVICE_BINDINGS_MAX)
		return NULL;
	for (size_t i = 0; i < device->binding_count; i++) {
		struct binding *binding = device->bindings[i];

		if (may_go(binding, now_ms) && (!spare || binding->heard_ms < spare->heard_ms))
			spare = binding;
	}
	return spare;
}

/* Most devices have one address, or three; an array of the most would be a third of a device. */
static bool make_room(struct device *device)
{
	uint8_t room = device->binding_room ? (uint8_t)(device->binding_room * 2) : 1;
	struct binding **larger;

	if (device->binding_count < device->binding_room)
		return true;
	larger = realloc(device->bindings, room * sizeof(*larger));
	if (!larger)
		return false;
	device->bindings = larger;
	device->binding_room = room;
	return true;
}

struct binding *inventory_bind(struct inventory *inventory, struct device *device, const struct address *address,
                               const char *interface)
{
	struct binding *binding;

	if (inventory_binding_on(inventory, address, interface))
		return NULL;
	if (device->binding_count == DEVICE_BINDINGS_MAX) {
		inventory->bindings_refused++;
		return NULL;
	}
	binding = make_room(device) ? calloc(1, sizeof(*binding)) : NULL;
	if (!binding)
		return NULL;
	binding->key = key_of(address, interface);
	binding->device = device;
	snprintf(binding->interface, sizeof(binding->interface), "%s", interface);
	HASH_ADD(hh, inventory->bindings, key, sizeof(binding->key), binding);
	device->bindings[device->binding_count++] = binding;
	inventory_touch(inventory, device);
	return binding;
}

bool inventory_move(struct inventory *inventory, struct binding *binding, const char *interface)
{
	struct binding_key key = key_of(&binding->address, interface);
	bool rekeyed = memcmp(&key, &binding->key, sizeof(key)) != 0;

	if (rekeyed && inventory_binding_on(inventory, &binding->address, interface))
		return false;
	snprintf(binding->interface, sizeof(binding->interface), "%s", interface);
	if (rekeyed) {
		HASH_DEL(inventory->bindings, binding);
		binding->key = key;
		HASH_ADD(hh, inventory->bindings, key, sizeof(binding->key), binding);
	}
	inventory_touch(inventory, binding->device);
	return true;
}

void inventory_unbind(struct inventory *inventory, struct binding *binding)
{
	struct device *device = binding->device;

	for (size_t i = 0; i < device->binding_count; i++) {
		if (device->bindings[i] != binding)
			continue;
		device->bindings[i] = device->bindings[--device->binding_count];
		break;
	}
	HASH_DEL(inventory->bindings, binding);
	inventory_touch(inventory, device);
	free(binding);
}

void inventory_touch(struct inventory *inventory, struct device *device)
{
	if (device->dirty)
		return;
	device->dirty = true;
	DL_PREPEND2(inventory->dirty, device, dirty_prev, dirty_next);
}

struct device *inventory_take_dirty(struct inventory *inventory)
{
	struct device *device = inventory->dirty;

	if (!device)
		return NULL;
	DL_DELETE2(inventory->dirty, device, dirty_prev, dirty_next);
	device->dirty_prev = device->dirty_next = NULL;
	device->dirty = false;
	return device;
}

void inventory_set_zone(struct inventory *inventory, struct device *device, uint16_t zone, bool idle)
{
	device->zone = zone;
	if (idle)
		enter_idle(inventory, device);
	else
		leave_idle(inventory, device);
}

void inventory_all_stored(struct inventory *inventory)
{
	struct device *device;

	while ((device = inventory_take_dirty(inventory)))
		device->relations_dirty = false;
}

void inventory_seen(struct inventory *inventory, struct device *device, uint64_t now_ms)
{
	if (now_ms >= device->last_seen_ms + SEEN_STORE_INTERVAL_MS)
		inventory_touch(inventory, device);
	device->last_seen_ms = now_ms;
	if (device->idle_listed)
		enter_idle(inventory, device);
}
