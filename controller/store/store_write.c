/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

#include <errno.h>
#include <string.h>

int store_put_device(struct store *store, const struct store_device *device, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_DEVICE);

	store_row_mac(&row, &device->mac);
	store_row_text(&row, device->name);
	store_row_text(&row, device->host_name);
	store_row_text(&row, device->class);
	store_row_text(&row, device->vendor);
	store_row_text(&row, device->os);
	store_row_number(&row, device->confidence);
	store_row_text(&row, device->zone);
	store_row_text(&row, device->zone_why);
	store_row_number(&row, device->pinned);
	store_row_number(&row, device->conflict);
	store_row_text(&row, device->interface);
	store_row_number(&row, (int64_t)device->first_seen_ms);
	store_row_number(&row, (int64_t)device->last_seen_ms);
	store_row_number(&row, device->vlan);
	store_row_text(&row, device->model);
	store_row_number(&row, device->doubted);
	store_row_mac(&row, mac_is_device(&device->behind) ? &device->behind : NULL);
	store_row_number(&row, device->carried);
	return store_row_run(&row, reterr);
}

int store_delete_device(struct store *store, const struct mac *mac, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_DELETE_DEVICE);

	store_row_mac(&row, mac);
	return store_row_run(&row, reterr);
}

int store_put_binding(struct store *store, const struct store_binding *binding, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_BINDING);

	store_row_address(&row, &binding->address);
	store_row_mac(&row, &binding->mac);
	store_row_text(&row, binding->interface);
	store_row_text(&row, binding->source);
	store_row_number(&row, (int64_t)binding->since_ms);
	store_row_number(&row, (int64_t)binding->lease_until_ms);
	return store_row_run(&row, reterr);
}

int store_delete_binding(struct store *store, const struct address *address, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_DELETE_BINDING);

	store_row_address(&row, address);
	return store_row_run(&row, reterr);
}

static int put_one_fact(struct store *store, const struct mac *mac, int64_t position, const struct field_value *value,
                        struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_FACT);

	store_row_mac(&row, mac);
	store_row_number(&row, position);
	store_row_text(&row, field_info(value->field)->name);
	store_row_bytes(&row, value->bytes, value->length);
	return store_row_run(&row, reterr);
}

int store_put_facts(struct store *store, const struct facts *facts, struct error *reterr)
{
	struct field_value value;
	struct store_row row;
	int64_t position = 0;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_FACTS);
	store_row_mac(&row, &facts->mac);
	result = store_row_run(&row, reterr);
	for (size_t at = 0; !result && facts_next(facts, &at, &value); position++)
		result = put_one_fact(store, &facts->mac, position, &value, reterr);
	return store_atomic_end(store, result, reterr);
}

static int put_one_evidence(struct store *store, const struct mac *mac, const struct identity_evidence *evidence,
                            struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_EVIDENCE);

	store_row_mac(&row, mac);
	store_row_text(&row, field_info((enum field)evidence->field)->name);
	store_row_text(&row, evidence->value);
	store_row_text(&row, evidence->class);
	store_row_number(&row, evidence->weight);
	store_row_text(&row, evidence->why);
	return store_row_run(&row, reterr);
}

int store_put_evidence(struct store *store, const struct mac *mac, const struct identity *identity,
                       struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_EVIDENCE);
	store_row_mac(&row, mac);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < identity->evidence_count; i++)
		result = put_one_evidence(store, mac, &identity->evidence[i], reterr);
	return store_atomic_end(store, result, reterr);
}

static int put_one_relation(struct store *store, const struct mac *mac, const struct store_relation *relation,
                            struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_RELATION);

	store_row_mac(&row, mac);
	store_row_text(&row, kinship_name(relation->kinship));
	store_row_mac(&row, &relation->other);
	store_row_text(&row, kinship_why(relation->kinship));
	return store_row_run(&row, reterr);
}

int store_put_relations(struct store *store, const struct mac *mac, const struct store_relation *relations,
                        size_t count, struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_RELATIONS);
	store_row_mac(&row, mac);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < count; i++)
		result = put_one_relation(store, mac, &relations[i], reterr);
	return store_atomic_end(store, result, reterr);
}

int store_add_zone_history(struct store *store, const struct store_zone_change *change, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_ADD_ZONE_HISTORY);
	int result;

	store_row_number(&row, (int64_t)change->at_ms);
	store_row_mac(&row, &change->mac);
	store_row_text(&row, change->from_zone);
	store_row_text(&row, change->to_zone);
	store_row_text(&row, change->why);
	result = store_row_run(&row, reterr);
	return result ? result : store_cap_added(store, STORE_ZONE_HISTORY, reterr);
}

/* ${rule} is NULL for what was refused. */
static int run_flow(struct store *store, enum store_statement which, const struct store_denied *denied,
                    const char *rule, struct error *reterr)
{
	struct store_row row = store_row_of(store, which);

	store_row_mac(&row, denied->has_mac ? &denied->mac : NULL);
	store_row_address(&row, &denied->source);
	store_row_address(&row, &denied->destination);
	store_row_number(&row, denied->protocol);
	store_row_number(&row, denied->port);
	store_row_text(&row, denied->kind);
	store_row_number(&row, (int64_t)denied->at_ms);
	store_row_text(&row, denied->from_zone);
	store_row_text(&row, denied->to_zone);
	store_row_text(&row, denied->why);
	if (rule)
		store_row_text(&row, rule);
	return store_row_run(&row, reterr);
}

/* UPDATE first, so that a row that is new is known to be new: the cap counts rows, not reports. */
int store_count_denied(struct store *store, const struct store_denied *denied, struct error *reterr)
{
	int result = run_flow(store, STATEMENT_COUNT_DENIED, denied, NULL, reterr);

	if (result || sqlite3_changes(store->database) > 0)
		return result;
	result = run_flow(store, STATEMENT_ADD_DENIED, denied, NULL, reterr);
	return result ? result : store_cap_added(store, STORE_DENIED, reterr);
}

int store_count_reported(struct store *store, const struct store_reported *reported, struct error *reterr)
{
	int result = run_flow(store, STATEMENT_COUNT_REPORTED, &reported->flow, reported->rule, reterr);

	if (result || sqlite3_changes(store->database) > 0)
		return result;
	result = run_flow(store, STATEMENT_ADD_REPORTED, &reported->flow, reported->rule, reterr);
	return result ? result : store_cap_added(store, STORE_REPORTED, reterr);
}

static int run_finding(struct store *store, enum store_statement which, const struct finding *finding,
                       struct error *reterr)
{
	struct store_row row = store_row_of(store, which);

	store_row_mac(&row, mac_is_device(&finding->mac) ? &finding->mac : NULL);
	store_row_text(&row, finding_type_name((enum finding_type)finding->type));
	store_row_address(&row, &finding->peer);
	store_row_text(&row, finding->evidence);
	store_row_address(&row, &finding->address);
	store_row_text(&row, finding->zone);
	store_row_number(&row, (int64_t)finding->last_ms);
	return store_row_run(&row, reterr);
}

int store_count_finding(struct store *store, const struct finding *finding, struct error *reterr)
{
	int result = run_finding(store, STATEMENT_COUNT_FINDING, finding, reterr);

	if (result || sqlite3_changes(store->database) > 0)
		return result;
	result = run_finding(store, STATEMENT_ADD_FINDING, finding, reterr);
	return result ? result : store_cap_added(store, STORE_FINDING, reterr);
}

/* FNV-1a: spreads events over the cache's slots; a collision costs a row, so no secret is needed. */
static uint32_t hash_text(uint32_t hash, const char *text)
{
	for (; *text; text++)
		hash = (hash ^ (uint8_t)*text) * 16777619U;
	return (hash ^ 0xff) * 16777619U;
}

static struct store_recent_event *recent_slot(struct store *store, const struct store_event *event)
{
	char mac[MAC_TEXT_MAX] = "";
	uint32_t hash = hash_text(2166136261U, event->kind);

	if (event->has_mac)
		mac_format(&event->mac, mac);
	return &store->recent[hash_text(hash_text(hash, mac), event->text) % STORE_RECENT_EVENTS];
}

static int run_event(struct store *store, const struct store_event *event, int64_t id, struct error *reterr)
{
	struct store_row row = store_row_of(store, id ? STATEMENT_COUNT_EVENT : STATEMENT_ADD_EVENT);

	store_row_number(&row, (int64_t)event->at_ms);
	store_row_text(&row, event->kind);
	store_row_mac(&row, event->has_mac ? &event->mac : NULL);
	store_row_text(&row, event->text);
	if (id)
		store_row_number(&row, id);
	return store_row_run(&row, reterr);
}

int store_add_event(struct store *store, const struct store_event *event, struct error *reterr)
{
	struct store_recent_event *recent = recent_slot(store, event);
	int result;

	if (recent->id && event->at_ms - recent->at_ms < STORE_EVENT_SAME_MS) {
		result = run_event(store, event, recent->id, reterr);
		if (result || sqlite3_changes(store->database) > 0)
			return result;
	}
	result = run_event(store, event, 0, reterr);
	if (result)
		return result;
	recent->id = sqlite3_last_insert_rowid(store->database);
	recent->at_ms = event->at_ms;
	return store_cap_added(store, STORE_EVENT, reterr);
}

int store_add_audit(struct store *store, uint64_t at_ms, const char *actor, const char *action, const char *detail,
                    struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_ADD_AUDIT);
	int result;

	store_row_number(&row, (int64_t)at_ms);
	store_row_text(&row, actor);
	store_row_text(&row, action);
	store_row_text(&row, detail);
	result = store_row_run(&row, reterr);
	return result ? result : store_cap_added(store, STORE_AUDIT, reterr);
}

static int put_one_zone(struct store *store, const struct store_zone *zone, size_t position, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_ZONE);

	store_row_number(&row, (int64_t)position);
	store_row_text(&row, zone->name);
	store_row_text(&row, zone->label);
	store_row_number(&row, zone->is_default);
	store_row_text(&row, zone->coverage);
	store_row_number(&row, (int64_t)zone->refused_packets);
	return store_row_run(&row, reterr);
}

int store_put_zones(struct store *store, const struct store_zone *zones, size_t count, struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_ZONES);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < count; i++)
		result = put_one_zone(store, &zones[i], i, reterr);
	return store_atomic_end(store, result, reterr);
}

static int put_one_name(struct store *store, const struct store_name *name, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_PUT_NAME);

	store_row_text(&row, name->name);
	store_row_address(&row, &name->address);
	store_row_number(&row, (int64_t)name->until_ms);
	return store_row_run(&row, reterr);
}

int store_put_names(struct store *store, const struct store_name *names, size_t count, struct error *reterr)
{
	struct store_row row;
	int result = store_atomic_begin(store, reterr);

	if (result)
		return result;
	row = store_row_of(store, STATEMENT_DELETE_NAMES);
	result = store_row_run(&row, reterr);
	for (size_t i = 0; !result && i < count; i++)
		result = put_one_name(store, &names[i], reterr);
	return store_atomic_end(store, result, reterr);
}

int store_set_meta(struct store *store, const char *key, const char *value, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_SET_META);

	store_row_text(&row, key);
	store_row_text(&row, value);
	return store_row_run(&row, reterr);
}
