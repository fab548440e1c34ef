/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/recorder.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void recorder_init(struct recorder *recorder)
{
	*recorder = (struct recorder){ 0 };
}

void recorder_done(struct recorder *recorder)
{
	batch_done(&recorder->batch);
}

/* A row, or NULL and counted. */
#define ADD(recorder, rows, most) count_lost(recorder, BATCH_ADD(&(recorder)->batch.rows, most))

static void *count_lost(struct recorder *recorder, void *row)
{
	if (!row)
		recorder->lost++;
	return row;
}

void recorder_event(struct recorder *recorder, const char *kind, const struct mac *mac, uint64_t now_ms,
                    const char *format, ...)
{
	struct store_event *event = ADD(recorder, events, BATCH_ROWS_MAX);
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
	struct store_denied *slot = ADD(recorder, denied, BATCH_ROWS_MAX);

	if (slot)
		*slot = *denied;
}

void recorder_reported(struct recorder *recorder, const struct store_reported *reported)
{
	struct store_reported *slot = ADD(recorder, reported, BATCH_ROWS_MAX);

	if (slot)
		*slot = *reported;
}

void recorder_finding(struct recorder *recorder, const struct finding *finding)
{
	struct finding *slot = ADD(recorder, findings, BATCH_ROWS_MAX);

	if (slot)
		*slot = *finding;
}

void recorder_unbound(struct recorder *recorder, const struct address *address)
{
	struct address *slot = address_is_link_local6(address) ? NULL : ADD(recorder, unbound, SIZE_MAX);

	if (slot)
		*slot = *address;
}

void recorder_removed(struct recorder *recorder, const struct mac *mac)
{
	struct mac *slot = ADD(recorder, removed, SIZE_MAX);

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
	if (binding->source == BINDING_PIN)
		return "pin";
	if (binding->source == BINDING_ARP)
		return "arp";
	return binding->suspect ? "dhcp-suspect" : "dhcp";
}

void recorder_audit(struct recorder *recorder, uint64_t now_ms, const char *actor, const char *action,
                    const char *detail)
{
	struct batch_audit *audit = ADD(recorder, audits, BATCH_ROWS_MAX);

	if (!audit)
		return;
	audit->at_ms = now_ms;
	snprintf(audit->actor, sizeof(audit->actor), "%s", actor);
	snprintf(audit->action, sizeof(audit->action), "%s", action);
	snprintf(audit->detail, sizeof(audit->detail), "%s", detail);
}

void recorder_zones(struct recorder *recorder, const struct store_zone *rows, size_t count)
{
	recorder->batch.zones.count = 0;
	for (size_t i = 0; i < count; i++) {
		struct store_zone *row = ADD(recorder, zones, POLICY_ZONES_MAX);

		if (row)
			*row = rows[i];
	}
}

void recorder_begin_counters(struct recorder *recorder)
{
	recorder->batch.rule_counters.count = 0;
	recorder->batch.pair_counters.count = 0;
	recorder->batch.has_counters = true;
}

struct store_rule_counter *recorder_rule_counter(struct recorder *recorder)
{
	return BATCH_ADD(&recorder->batch.rule_counters, BATCH_COUNTERS_MAX);
}

struct store_pair_counter *recorder_pair_counter(struct recorder *recorder)
{
	return BATCH_ADD(&recorder->batch.pair_counters, BATCH_COUNTERS_MAX);
}

static void add_known(const struct known_name *name, const struct address *address, void *context)
{
	struct recorder *recorder = context;
	struct store_name *row = ADD(recorder, names, KNOWN_PAIRS_MAX);

	if (!row)
		return;
	memcpy(row->name, name->text, sizeof(row->name));
	row->address = *address;
	row->until_ms = name->until_ms;
}

void recorder_names(struct recorder *recorder, const struct known_names *known)
{
	recorder->batch.names.count = 0;
	recorder->batch.has_names = true;
	known_names_each_pair(known, add_known, recorder);
}

static void fill_bindings(struct batch_device *copy, const struct device *device)
{
	for (size_t i = 0; i < device->binding_count; i++) {
		const struct binding *binding = device->bindings[i];
		struct store_binding *row;

		if (address_is_link_local6(&binding->address))
			continue;
		row = &copy->bindings[copy->binding_count++];
		row->address = binding->address;
		row->mac = device->mac;
		row->since_ms = binding->since_ms;
		row->lease_until_ms = binding->lease_until_ms;
		snprintf(row->interface, sizeof(row->interface), "%s", binding->interface);
		snprintf(row->source, sizeof(row->source), "%s", recorder_binding_source(binding));
	}
}

static void add_relation(void *device, enum kinship kinship, void *context)
{
	const struct device *other = device;
	struct batch_device *copy = context;

	if (kinship != KINSHIP_NONE && copy->relation_count < BATCH_RELATIONS_MAX)
		copy->relations[copy->relation_count++] = (struct store_relation){ other->mac, kinship };
}

static void fill_relations(struct batch_device *copy, const struct relatives *relatives, struct device *device)
{
	copy->related = device->relations_dirty;
	device->relations_dirty = false;
	if (copy->related)
		relatives_each(relatives, &device->relative, add_relation, copy);
}

static void fill_row(struct store_device *row, const struct device *device, const struct policy *policy)
{
	row->mac = device->mac;
	row->confidence = device->confidence;
	row->pinned = device->pinned;
	row->conflict = device->conflict;
	row->doubted = device->doubted;
	row->behind = device->behind;
	row->carried = device->carried_count;
	row->first_seen_ms = device->first_seen_ms;
	row->last_seen_ms = device->last_seen_ms;
	snprintf(row->name, sizeof(row->name), "%s", device->name);
	snprintf(row->host_name, sizeof(row->host_name), "%s", device->host_name);
	snprintf(row->class, sizeof(row->class), "%s", device->traits->class);
	snprintf(row->vendor, sizeof(row->vendor), "%s", device->traits->vendor);
	snprintf(row->model, sizeof(row->model), "%s", device->traits->model);
	snprintf(row->os, sizeof(row->os), "%s", device->traits->os);
	snprintf(row->interface, sizeof(row->interface), "%s", device->traits->interface);
	row->vlan = device->vlan;
	snprintf(row->zone, sizeof(row->zone), "%s", recorder_zone_name(policy, device->zone));
	snprintf(row->zone_why, sizeof(row->zone_why), "%s", device->traits->zone_why);
	row->facts.mac = device->mac;
}

/* History is what the store has not seen yet: a zone settled and unsettled between two batches leaves no row. */
static void fill_history(struct batch_device *copy, struct device *device, struct inventory *inventory, uint64_t now_ms)
{
	struct traits traits = *device->traits;

	copy->at_ms = now_ms;
	copy->moved = strcmp(device->traits->stored_zone, copy->row.zone) != 0;
	snprintf(copy->from_zone, sizeof(copy->from_zone), "%s", device->traits->stored_zone);
	traits.stored_zone = copy->row.zone;
	inventory_describe(inventory, device, &traits); /* without memory the row is written once more */
}

void recorder_gather(struct recorder *recorder, struct inventory *inventory, const struct policy *policy,
                     uint64_t now_ms)
{
	struct device *device;

	while ((device = inventory_next_dirty(inventory))) {
		struct batch_device *copy = BATCH_ADD(&recorder->batch.devices, BATCH_DEVICES_MAX);

		if (!copy)
			return;
		if (device->evidence_dirty && facts_copy(&device->facts, &copy->row.facts) < 0) {
			recorder->batch.devices.count--; /* the next batch tries again */
			return;
		}
		inventory_take_dirty(inventory);
		fill_row(&copy->row, device, policy);
		fill_bindings(copy, device);
		fill_relations(copy, &inventory->relatives, device);
		fill_history(copy, device, inventory, now_ms);
		copy->evidence = device->evidence_dirty;
		device->evidence_dirty = false;
	}
}
