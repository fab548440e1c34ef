/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/inventory/inventory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <utlist.h>

#include "policy/base/memory.h"

/* last_seen is stored at most this often for a device of which nothing else changed. */
#define SEEN_STORE_INTERVAL_MS 30000
#define DIRTY_WORD             64 /* bits */

/* Devices choose their MACs, addresses and names. Without randomness, early at boot, they are filed as anyone's. */
static uint64_t secret(void)
{
	uint64_t seed = 0;

	return getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed) ? seed : 0;
}

void inventory_init(struct inventory *inventory)
{
	*inventory = (struct inventory){ .devices = { .size = sizeof(struct device) },
		                         .bindings = { .size = sizeof(struct binding) },
		                         .by_mac = { .seed = secret() },
		                         .by_address = { .seed = secret() },
		                         .words = { .all = { .seed = secret() } },
		                         .traits = { .all = { .seed = secret() } },
		                         .relatives = { .filed = { .seed = secret() } } };
}

void inventory_done(struct inventory *inventory)
{
	struct device *device;

	for (uint32_t at = 0; (device = inventory_next_device(inventory, &at));)
		inventory_remove_device(inventory, device);
	relatives_done(&inventory->relatives);
	hash_index_done(&inventory->by_mac);
	hash_index_done(&inventory->by_address);
	slab_done(&inventory->devices);
	slab_done(&inventory->bindings);
	traits_done(&inventory->traits);
	words_done(&inventory->words);
}

static uint32_t hash_of_mac(const struct inventory *inventory, const struct mac *mac)
{
	return hash_end(hash_more(hash_begin(&inventory->by_mac), mac, sizeof(*mac)));
}

struct device *inventory_device(const struct inventory *inventory, const struct mac *mac)
{
	uint32_t hash = hash_of_mac(inventory, mac);
	struct device *device;

	for (uint32_t at = 0; (device = hash_index_next(&inventory->by_mac, hash, &at));)
		if (mac_equal(&device->mac, mac))
			break;
	return device;
}

struct device *inventory_next_device(const struct inventory *inventory, uint32_t *at)
{
	return slab_next(&inventory->devices, at);
}

struct device *inventory_victim(const struct inventory *inventory)
{
	return inventory->devices.count < INVENTORY_DEVICES_MAX ? NULL : inventory->idle;
}

struct device *inventory_add_device(struct inventory *inventory, const struct mac *mac, uint64_t now_ms)
{
	struct device *device;
	uint32_t number;

	if (inventory->devices.count >= INVENTORY_DEVICES_MAX) {
		inventory->devices_refused++;
		return NULL;
	}
	device = slab_take(&inventory->devices, &number);
	if (!device)
		return NULL;
	device->number = number;
	device->mac = *mac;
	device->name = device->host_name = words_none;
	device->traits = &traits_none;
	device->facts.mac = *mac;
	device->bindings = &device->only;
	device->relative = (struct relative){ .device = device, .facts = &device->facts };
	device->first_seen_ms = now_ms;
	device->last_seen_ms = now_ms;
	if (hash_index_add(&inventory->by_mac, hash_of_mac(inventory, mac), device) < 0) {
		slab_give(&inventory->devices, number);
		return NULL;
	}
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

static uint64_t dirty_bit(const struct device *device)
{
	return UINT64_C(1) << device->number % DIRTY_WORD;
}

void inventory_touch(struct inventory *inventory, struct device *device)
{
	uint64_t *word = &inventory->dirty[device->number / DIRTY_WORD];

	inventory->dirty_count += !(*word & dirty_bit(device));
	*word |= dirty_bit(device);
}

static void forget_dirty(struct inventory *inventory, const struct device *device)
{
	uint64_t *word = &inventory->dirty[device->number / DIRTY_WORD];

	inventory->dirty_count -= (*word & dirty_bit(device)) != 0;
	*word &= ~dirty_bit(device);
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
	relatives_each(&inventory->relatives, &device->relative, touch_filed, inventory);
	relatives_file(&inventory->relatives, &device->relative);
	relatives_each(&inventory->relatives, &device->relative, touch_filed, inventory);
	device->relations_dirty = true;
	inventory_touch(inventory, device);
}

static void forget_elsewhere(struct device *device)
{
	if (device->elsewhere)
		facts_done(device->elsewhere);
	free(take_ptr(&device->elsewhere));
}

struct facts *inventory_elsewhere(struct device *device)
{
	forget_elsewhere(device);
	device->elsewhere = calloc(1, sizeof(*device->elsewhere));
	if (device->elsewhere)
		device->elsewhere->mac = device->mac;
	return device->elsewhere;
}

int inventory_describe(struct inventory *inventory, struct device *device, const struct traits *traits)
{
	return traits_set(&inventory->traits, &inventory->words, &device->traits, traits);
}

void inventory_lives_on(struct inventory *inventory, struct device *device, const char *interface)
{
	struct traits traits = *device->traits;

	traits.interface = interface;
	inventory_describe(inventory, device, &traits);
	inventory_touch(inventory, device);
}

static void forget_words(struct inventory *inventory, struct device *device)
{
	inventory_describe(inventory, device, &traits_none);
	words_set(&inventory->words, &device->name, words_none);
	words_set(&inventory->words, &device->host_name, words_none);
}

void inventory_remove_device(struct inventory *inventory, struct device *device)
{
	while (device->binding_count)
		inventory_unbind(inventory, device->bindings[device->binding_count - 1]);
	leave_idle(inventory, device);
	relatives_each(&inventory->relatives, &device->relative, touch_filed, inventory);
	relatives_leave(&inventory->relatives, &device->relative);
	forget_dirty(inventory, device);
	hash_index_remove(&inventory->by_mac, hash_of_mac(inventory, &device->mac), device);
	facts_done(&device->facts);
	forget_elsewhere(device);
	forget_words(inventory, device);
	free(device->carried);
	if (device->bindings != &device->only)
		free(device->bindings);
	slab_give(&inventory->devices, device->number);
}

/* A link-local address is found by its interface as well. */
static uint32_t hash_of_address(const struct inventory *inventory, const struct address *address, const char *interface)
{
	uint64_t hash = hash_more(hash_begin(&inventory->by_address), address, sizeof(*address));

	return hash_end(address_is_link_local6(address) ? hash_more(hash, interface, strlen(interface)) : hash);
}

struct binding *inventory_binding_on(const struct inventory *inventory, const struct address *address,
                                     const char *interface)
{
	uint32_t hash = hash_of_address(inventory, address, interface);
	bool is_of_link = address_is_link_local6(address);
	struct binding *binding;

	for (uint32_t at = 0; (binding = hash_index_next(&inventory->by_address, hash, &at));)
		if (address_equal(&binding->address, address) &&
		    (!is_of_link || strcmp(binding->interface, interface) == 0))
			break;
	return binding;
}

struct binding *inventory_next_binding(const struct inventory *inventory, uint32_t *at)
{
	return slab_next(&inventory->bindings, at);
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

/* Most devices have one address, or three: the array doubles where the second, third, fifth and ninth come. */
static bool make_room(struct device *device)
{
	struct binding **larger = device->bindings == &device->only ? NULL : device->bindings;
	size_t count = device->binding_count;

	if (count == 0 || (count & (count - 1)) != 0)
		return true;
	larger = realloc(larger, 2 * count * sizeof(struct binding *));
	if (!larger)
		return false;
	if (device->bindings == &device->only)
		larger[0] = device->only;
	device->bindings = larger;
	return true;
}

static struct binding *make_binding(struct inventory *inventory, const struct address *address, const char *interface)
{
	uint32_t number;
	struct binding *binding = slab_take(&inventory->bindings, &number);

	if (!binding)
		return NULL;
	binding->number = number;
	binding->address = *address;
	binding->interface = words_none;
	if (words_set(&inventory->words, &binding->interface, interface) == 0 &&
	    hash_index_add(&inventory->by_address, hash_of_address(inventory, address, interface), binding) == 0)
		return binding;
	words_set(&inventory->words, &binding->interface, words_none);
	slab_give(&inventory->bindings, number);
	return NULL;
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
	binding = make_room(device) ? make_binding(inventory, address, interface) : NULL;
	if (!binding)
		return NULL;
	binding->device = device;
	device->bindings[device->binding_count++] = binding;
	inventory_touch(inventory, device);
	return binding;
}

bool inventory_move(struct inventory *inventory, struct binding *binding, const char *interface)
{
	uint32_t from = hash_of_address(inventory, &binding->address, binding->interface);
	uint32_t to = hash_of_address(inventory, &binding->address, interface);

	if (from != to && (inventory_binding_on(inventory, &binding->address, interface) ||
	                   hash_index_add(&inventory->by_address, to, binding) < 0))
		return false;
	if (words_set(&inventory->words, &binding->interface, interface) < 0) {
		if (from != to)
			hash_index_remove(&inventory->by_address, to, binding);
		return false;
	}
	if (from != to)
		hash_index_remove(&inventory->by_address, from, binding);
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
	hash_index_remove(&inventory->by_address, hash_of_address(inventory, &binding->address, binding->interface),
	                  binding);
	words_set(&inventory->words, &binding->interface, words_none);
	slab_give(&inventory->bindings, binding->number);
	inventory_touch(inventory, device);
}

struct device *inventory_next_dirty(struct inventory *inventory)
{
	const uint64_t *dirty = inventory->dirty;

	if (inventory->dirty_count == 0)
		return NULL;
	while (!dirty[inventory->dirty_from])
		inventory->dirty_from = (inventory->dirty_from + 1) % ARRAY_SIZE(inventory->dirty);
	return slab_at(&inventory->devices, (uint32_t)(inventory->dirty_from * DIRTY_WORD) +
	                                            (uint32_t)__builtin_ctzll(dirty[inventory->dirty_from]));
}

struct device *inventory_take_dirty(struct inventory *inventory)
{
	struct device *device = inventory_next_dirty(inventory);

	if (device)
		forget_dirty(inventory, device);
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
