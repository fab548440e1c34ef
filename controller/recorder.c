/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/recorder.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void recorder_init(struct recorder *recorder, struct store *store)
{
	*recorder = (struct recorder){ .store = store };
}

void recorder_done(struct recorder *recorder)
{
	free(recorder->events);
	free(recorder->denied);
	free(recorder->unbound);
	free(recorder->removed);
	*recorder = (struct recorder){ 0 };
}

/* Room for one more of a queue, or NULL (counted) at ${most}. */
static void *room(struct recorder *recorder, void **queue, size_t *count, size_t *capacity, size_t size, size_t most)
{
	if (*count >= most || memory_reserve(queue, capacity, *count + 1, size) < 0) {
		recorder->lost++;
		return NULL;
	}
	return memset((char *)*queue + size * (*count)++, 0, size);
}

#define ROOM(recorder, queue, item)                                                                                    \
	room(recorder, (void **)&(recorder)->queue, &(recorder)->item##_count, &(recorder)->item##_capacity,           \
	     sizeof(*(recorder)->queue), RECORDER_QUEUE_MAX)

/* What undoes a stored row may not be lost: it is bounded by the inventory's own caps, not by the queue's. */
#define ROOM_ALWAYS(recorder, queue)                                                                                   \
	room(recorder, (void **)&(recorder)->queue, &(recorder)->queue##_count, &(recorder)->queue##_capacity,         \
	     sizeof(*(recorder)->queue), SIZE_MAX)

void recorder_event(struct recorder *recorder, const char *kind, const struct mac *mac, uint64_t now_ms,
                    const char *format, ...)
{
	struct store_event *event = ROOM(recorder, events, event);
	char text[STORE_EVENT_TEXT_MAX], mac_text[MAC_TEXT_MAX] = "", held_text[16];
	uint32_t held_back;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (mac)
		mac_format(mac, mac_text);
	if (event) {
		event->at_ms = now_ms;
		snprintf(event->kind, sizeof(event->kind), "%s", kind);
		event->has_mac = mac != NULL;
		if (mac)
			event->mac = *mac;
		memcpy(event->text, text, sizeof(text));
	}
	if (!log_allowed(&recorder->log_limit, now_ms, &held_back))
		return;
	snprintf(held_text, sizeof(held_text), "%u", held_back);
	log_event(LEVEL_NOTICE, kind, "mac", mac_text, "text", text, "held_back", held_text, NULL);
}

void recorder_denied(struct recorder *recorder, const struct store_denied *denied)
{
	struct store_denied *slot = ROOM(recorder, denied, denied);

	if (slot)
		*slot = *denied;
}

void recorder_unbound(struct recorder *recorder, const struct address *address)
{
	struct address *slot = ROOM_ALWAYS(recorder, unbound);

	if (slot)
		*slot = *address;
}

void recorder_removed(struct recorder *recorder, const struct mac *mac)
{
	struct mac *slot = ROOM_ALWAYS(recorder, removed);

	if (slot)
		*slot = *mac;
}

const char *recorder_zone_name(const struct policy *policy, uint16_t zone)
{
	const struct policy_zone *found = policy_zone(policy, zone);

	return found ? found->name : "";
}

const char *recorder_binding_source(const struct binding *binding)
{
	if (binding->source == BINDING_ARP)
		return "arp";
	return binding->suspect ? "dhcp-suspect" : "dhcp";
}

static int put_bindings(struct recorder *recorder, const struct device *device, struct error *reterr)
{
	int result = 0;

	for (size_t i = 0; i < device->binding_count && result == 0; i++) {
		const struct binding *binding = device->bindings[i];
		struct store_binding row = {
			.address = binding->address,
			.mac = device->mac,
			.since_ms = binding->since_ms,
			.lease_until_ms = binding->lease_until_ms,
		};

		memcpy(row.interface, binding->interface, sizeof(row.interface));
		snprintf(row.source, sizeof(row.source), "%s", recorder_binding_source(binding));
		result = store_put_binding(recorder->store, &row, reterr);
	}
	return result;
}

static int put_device(struct recorder *recorder, const struct device *device, const struct policy *policy,
                      struct error *reterr)
{
	struct store_device row = {
		.mac = device->mac,
		.confidence = device->confidence,
		.pinned = device->pinned,
		.conflict = device->conflict,
		.first_seen_ms = device->first_seen_ms,
		.last_seen_ms = device->last_seen_ms,
	};

	memcpy(row.name, device->name, sizeof(row.name));
	memcpy(row.host_name, device->host_name, sizeof(row.host_name));
	memcpy(row.class, device->class, sizeof(row.class));
	memcpy(row.vendor, device->vendor, sizeof(row.vendor));
	memcpy(row.os, device->os, sizeof(row.os));
	memcpy(row.interface, device->interface, sizeof(row.interface));
	snprintf(row.zone, sizeof(row.zone), "%s", recorder_zone_name(policy, device->zone));
	snprintf(row.zone_why, sizeof(row.zone_why), "%s", device->zone_why);
	if (device->facts)
		row.facts = *device->facts;
	return store_put_device(recorder->store, &row, reterr);
}

static int put_evidence(struct recorder *recorder, struct device *device, const struct fingerprints *fingerprints,
                        struct error *reterr)
{
	struct identity_facts nothing = { .mac = device->mac };
	struct identity identity;

	if (!device->evidence_dirty)
		return 0;
	identity_judge(fingerprints, device->facts ? device->facts : &nothing, &identity);
	return store_put_evidence(recorder->store, &device->mac, &identity, reterr);
}

/* History is what the store has not seen yet: a zone settled and unsettled between two batches leaves no row. */
static int put_history(struct recorder *recorder, const struct device *device, const struct policy *policy,
                       uint64_t now_ms, struct error *reterr)
{
	struct store_zone_change row = { .at_ms = now_ms, .mac = device->mac };
	const char *zone = recorder_zone_name(policy, device->zone);

	if (strcmp(device->stored_zone, zone) == 0)
		return 0;
	snprintf(row.from_zone, sizeof(row.from_zone), "%s", device->stored_zone);
	snprintf(row.to_zone, sizeof(row.to_zone), "%s", zone);
	snprintf(row.why, sizeof(row.why), "%s", device->zone_why);
	return store_add_zone_history(recorder->store, &row, reterr);
}

static int put_dirty(struct recorder *recorder, struct inventory *inventory, const struct policy *policy,
                     const struct fingerprints *fingerprints, uint64_t now_ms, struct error *reterr)
{
	int result = 0;

	for (struct device *device = inventory->dirty; device && result == 0; device = device->dirty_next) {
		result = put_device(recorder, device, policy, reterr);
		if (result == 0)
			result = put_bindings(recorder, device, reterr);
		if (result == 0)
			result = put_evidence(recorder, device, fingerprints, reterr);
		if (result == 0)
			result = put_history(recorder, device, policy, now_ms, reterr);
	}
	return result;
}

static int put_queues(struct recorder *recorder, struct error *reterr)
{
	struct store *store = recorder->store;
	int result = 0;

	for (size_t i = 0; i < recorder->denied_count && result == 0; i++)
		result = store_count_denied(store, &recorder->denied[i], reterr);
	for (size_t i = 0; i < recorder->event_count && result == 0; i++)
		result = store_add_event(store, &recorder->events[i], reterr);
	return result;
}

static int delete_gone(struct recorder *recorder, struct error *reterr)
{
	int result = 0;

	for (size_t i = 0; i < recorder->unbound_count && result == 0; i++)
		result = store_delete_binding(recorder->store, &recorder->unbound[i], reterr);
	for (size_t i = 0; i < recorder->removed_count && result == 0; i++)
		result = store_delete_device(recorder->store, &recorder->removed[i], reterr);
	return result;
}

static void forget(struct recorder *recorder, struct inventory *inventory, const struct policy *policy)
{
	struct device *device;

	while ((device = inventory_take_dirty(inventory))) {
		device->evidence_dirty = false;
		snprintf(device->stored_zone, sizeof(device->stored_zone), "%s",
		         recorder_zone_name(policy, device->zone));
	}
	recorder->event_count = 0;
	recorder->denied_count = 0;
	recorder->unbound_count = 0;
	recorder->removed_count = 0;
}

int recorder_flush(struct recorder *recorder, struct inventory *inventory, const struct policy *policy,
                   const struct fingerprints *fingerprints, uint64_t now_ms, struct error *reterr)
{
	int result;

	if (!inventory->dirty && !recorder->event_count && !recorder->denied_count && !recorder->unbound_count &&
	    !recorder->removed_count)
		return 0;
	result = store_begin(recorder->store, reterr);
	if (result == 0)
		result = delete_gone(recorder, reterr);
	if (result == 0)
		result = put_dirty(recorder, inventory, policy, fingerprints, now_ms, reterr);
	if (result == 0)
		result = put_queues(recorder, reterr);
	if (result == 0)
		result = store_commit(recorder->store, reterr);
	if (result < 0) {
		store_rollback(recorder->store);
		return result;
	}
	forget(recorder, inventory, policy);
	return 1;
}
