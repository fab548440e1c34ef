/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/batch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *batch_add_row(void **at, size_t *count, size_t *capacity, size_t size, size_t most)
{
	if (*count >= most || memory_reserve(at, capacity, *count + 1, size) < 0)
		return NULL;
	return memset((char *)*at + size * (*count)++, 0, size);
}

bool batch_is_empty(const struct batch *batch)
{
	return !batch->unbound.count && !batch->removed.count && !batch->devices.count && !batch->denied.count &&
	       !batch->reported.count && !batch->findings.count && !batch->events.count && !batch->audits.count &&
	       !batch->zones.count && !batch->has_counters && !batch->has_names;
}

static void forget_facts(struct batch *batch)
{
	for (size_t i = 0; i < batch->devices.count; i++)
		facts_done(&batch->devices.at[i].row.facts);
}

#define ROOM_KEPT  64 /* rows of each kind, in any case */
#define ROOM_SPARE 8  /* times the rows that there were is too much */

static void clear_rows(void **at, size_t *count, size_t *capacity)
{
	if (*capacity > ROOM_KEPT && *count < *capacity / ROOM_SPARE) {
		free(take_ptr(at));
		*capacity = 0;
	}
	*count = 0;
}

#define CLEAR(rows) clear_rows((void **)&(rows)->at, &(rows)->count, &(rows)->capacity)

void batch_clear(struct batch *batch)
{
	forget_facts(batch);
	CLEAR(&batch->unbound);
	CLEAR(&batch->removed);
	CLEAR(&batch->devices);
	CLEAR(&batch->denied);
	CLEAR(&batch->reported);
	CLEAR(&batch->findings);
	CLEAR(&batch->events);
	CLEAR(&batch->audits);
	CLEAR(&batch->zones);
	CLEAR(&batch->rule_counters);
	CLEAR(&batch->pair_counters);
	CLEAR(&batch->names);
	batch->has_counters = false;
	batch->has_names = false;
}

void batch_done(struct batch *batch)
{
	forget_facts(batch);
	free(batch->unbound.at);
	free(batch->removed.at);
	free(batch->devices.at);
	free(batch->denied.at);
	free(batch->reported.at);
	free(batch->findings.at);
	free(batch->events.at);
	free(batch->audits.at);
	free(batch->zones.at);
	free(batch->rule_counters.at);
	free(batch->pair_counters.at);
	free(batch->names.at);
	*batch = (struct batch){ 0 };
}

/* Deletions come first: an address or a MAC that is back among the devices is written after them. */
static int delete_gone(const struct batch *batch, struct store *store, struct error *reterr)
{
	int result = 0;

	for (size_t i = 0; i < batch->unbound.count && result == 0; i++)
		result = store_delete_binding(store, &batch->unbound.at[i], reterr);
	for (size_t i = 0; i < batch->removed.count && result == 0; i++)
		result = store_delete_device(store, &batch->removed.at[i], reterr);
	return result;
}

static int put_history(const struct batch_device *device, struct store *store, struct error *reterr)
{
	struct store_zone_change row = { .at_ms = device->at_ms, .mac = device->row.mac };

	if (!device->moved)
		return 0;
	memcpy(row.from_zone, device->from_zone, sizeof(row.from_zone));
	memcpy(row.to_zone, device->row.zone, sizeof(row.to_zone));
	memcpy(row.why, device->row.zone_why, sizeof(row.why));
	return store_add_zone_history(store, &row, reterr);
}

static int put_device(const struct batch_device *device, struct store *store, const struct fingerprints *fingerprints,
                      struct error *reterr)
{
	int result = store_put_device(store, &device->row, reterr);

	for (size_t i = 0; i < device->binding_count && result == 0; i++)
		result = store_put_binding(store, &device->bindings[i], reterr);
	if (result == 0 && device->evidence)
		result = store_put_facts(store, &device->row.facts, reterr);
	if (result == 0 && device->related)
		result =
			store_put_relations(store, &device->row.mac, device->relations, device->relation_count, reterr);
	if (result == 0 && device->evidence) {
		struct identity identity;

		identity_judge(fingerprints, &device->row.facts, &identity);
		result = store_put_evidence(store, &device->row.mac, &identity, reterr);
	}
	return result < 0 ? result : put_history(device, store, reterr);
}

static int put_rows(const struct batch *batch, struct store *store, struct error *reterr)
{
	int result = 0;

	for (size_t i = 0; i < batch->denied.count && result == 0; i++)
		result = store_count_denied(store, &batch->denied.at[i], reterr);
	for (size_t i = 0; i < batch->reported.count && result == 0; i++)
		result = store_count_reported(store, &batch->reported.at[i], reterr);
	for (size_t i = 0; i < batch->findings.count && result == 0; i++)
		result = store_count_finding(store, &batch->findings.at[i], reterr);
	for (size_t i = 0; i < batch->events.count && result == 0; i++)
		result = store_add_event(store, &batch->events.at[i], reterr);
	for (size_t i = 0; i < batch->audits.count && result == 0; i++) {
		const struct batch_audit *audit = &batch->audits.at[i];

		result = store_add_audit(store, audit->at_ms, audit->actor, audit->action, audit->detail, reterr);
	}
	if (batch->zones.count && result == 0)
		result = store_put_zones(store, batch->zones.at, batch->zones.count, reterr);
	if (batch->has_counters && result == 0)
		result = store_put_rule_counters(store, batch->rule_counters.at, batch->rule_counters.count, reterr);
	if (batch->has_counters && result == 0)
		result = store_put_pair_counters(store, batch->pair_counters.at, batch->pair_counters.count, reterr);
	if (batch->has_names && result == 0)
		result = store_put_names(store, batch->names.at, batch->names.count, reterr);
	return result;
}

int batch_write(const struct batch *batch, struct store *store, const struct fingerprints *fingerprints,
                struct error *reterr)
{
	int result = store_begin(store, reterr);

	if (result < 0)
		return result;
	result = delete_gone(batch, store, reterr);
	for (size_t i = 0; i < batch->devices.count && result == 0; i++)
		result = put_device(&batch->devices.at[i], store, fingerprints, reterr);
	if (result == 0)
		result = put_rows(batch, store, reterr);
	if (result == 0)
		result = store_commit(store, reterr);
	if (result < 0)
		store_rollback(store);
	return result;
}
