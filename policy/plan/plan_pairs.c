/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_pairs.h"

#include <stdio.h>
#include <string.h>

/* uthash calls exit() where there is no memory, unless told this before it is included. */
#define HASH_NONFATAL_OOM        1
#define uthash_nonfatal_oom(set) ((set)->name[0] = '\0')
#include <uthash.h>

/* A set of ports already written, found again by its ports so that equal services share one set. */
struct port_set {
	UT_hash_handle hh;
	char name[PLAN_NAME_MAX];
	uint16_t ports[]; /* first, last, first, last …: the hash key */
};

struct zone_writer {
	struct plan_writer *writer;
	const struct policy *policy;
	const struct table *table;
	struct moment moment;
	struct port_set *port_sets;
};

void plan_write_networks(struct plan_writer *writer, const struct table *table)
{
	const unsigned int flags = SET_INTERVAL | SET_CONSTANT;
	uint8_t family = FAMILY_NONE;

	for (size_t i = 0; i <= table->network_count; i++) {
		const struct table_network *network = i < table->network_count ? &table->networks[i] : NULL;
		struct plan_element *element;

		if (family == FAMILY_NONE) {
			plan_write_set(writer, "net4", KEYS(KEY_IP_SADDR), DATA_MARK, flags);
			family = FAMILY_IPV4;
		}
		if (family == FAMILY_IPV4 && (!network || network->first.family == FAMILY_IPV6)) {
			plan_write_set(writer, "net6", KEYS(KEY_IP6_SADDR), DATA_MARK, flags);
			family = FAMILY_IPV6;
		}
		element = network ? plan_write_element(writer) : NULL;
		if (element) {
			memcpy(element->key, network->first.byte, address_length(family));
			memcpy(element->key_end, network->last.byte, address_length(family));
			element->mark = network->zone;
		}
	}
}

static const char *chain_of_pair(const struct policy *policy, const struct table_pair *pair, char name[PLAN_NAME_MAX])
{
	snprintf(name, PLAN_NAME_MAX, "%s..%s", policy->zones[pair->from - 1].name, policy->zones[pair->to - 1].name);
	return name;
}

static void port_bytes(uint16_t port, uint8_t *bytes)
{
	bytes[0] = (uint8_t)(port >> 8);
	bytes[1] = (uint8_t)port;
}

/* Writes the ports of ${set} as a constant set of the plan. */
static void write_port_set(struct plan_writer *writer, const struct port_set *set, size_t count)
{
	plan_write_set(writer, set->name, KEYS(KEY_CT_PROTO_DST), DATA_NONE, SET_INTERVAL | SET_CONSTANT);
	for (size_t i = 0; i < count; i++) {
		struct plan_element *element = plan_write_element(writer);

		if (!element)
			return;
		port_bytes(set->ports[i * 2], element->key);
		port_bytes(set->ports[i * 2 + 1], element->key_end);
	}
}

/* The name of the set of the ${count} ${ranges} of one protocol, written now where it is new; NULL on failure. */
static const char *port_set_of(struct zone_writer *zones, const struct service_range *ranges, size_t count)
{
	size_t bytes = count * 2 * sizeof(uint16_t);
	struct port_set *made = calloc(1, sizeof(*made) + bytes);
	struct port_set *found = NULL;

	if (!made)
		goto no_memory;
	for (size_t i = 0; i < count; i++) {
		made->ports[i * 2] = ranges[i].first;
		made->ports[i * 2 + 1] = ranges[i].last;
	}
	HASH_FIND(hh, zones->port_sets, made->ports, bytes, found);
	if (found) {
		free(made);
		return found->name;
	}
	snprintf(made->name, sizeof(made->name), "ports.%u", HASH_COUNT(zones->port_sets) + 1);
	HASH_ADD_KEYPTR(hh, zones->port_sets, made->ports, bytes, made);
	if (!made->name[0]) {
		free(made);
		goto no_memory;
	}
	write_port_set(zones->writer, made, count);
	return made->name;
no_memory:
	zones->writer->failed = true;
	return NULL;
}

static void free_port_sets(struct port_set *sets)
{
	struct port_set *set;
	struct port_set *next;

	HASH_ITER (hh, sets, set, next) {
		HASH_DEL(sets, set);
		free(set);
	}
}

static bool is_any_port(const struct service_range *range)
{
	return range->first == 0 && range->last == UINT16_MAX;
}

/* Adds the match of the ${count} ${ranges}, all of one protocol. ${ports} names their set where they need one. */
static void match_ranges(struct plan_writer *writer, const struct service_range *ranges, size_t count,
                         const char *ports)
{
	uint8_t first[2];
	uint8_t last[2];

	if (ranges[0].protocol != 0)
		plan_write_match_u8(writer, KEY_CT_PROTOCOL, ranges[0].protocol);
	if (count > 1) {
		plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_CT_PROTO_DST), ports);
	} else if (ranges[0].first == ranges[0].last) {
		plan_write_match_port(writer, KEY_CT_PROTO_DST, ranges[0].first);
	} else if (!is_any_port(&ranges[0])) {
		port_bytes(ranges[0].first, first);
		port_bytes(ranges[0].last, last);
		plan_write_range(writer, KEY_CT_PROTO_DST, first, last, sizeof(first));
	}
}

/* One rule for each protocol of ${entry}; the first that matches ends the judgement. */
static void write_entry(struct zone_writer *zones, const struct table_entry *entry)
{
	const struct policy_rule *rule = &zones->policy->rules[entry->rule];
	size_t count;

	for (size_t at = 0; at < entry->range_count; at += count) {
		const struct service_range *ranges = &entry->ranges[at];
		const char *ports = NULL;

		for (count = 1; at + count < entry->range_count; count++)
			if (ranges[count].protocol != ranges[0].protocol)
				break;
		if (count > 1)
			ports = port_set_of(zones, ranges, count);
		if (zones->writer->failed)
			return;
		plan_write_rule(zones->writer, "rule %u: %s%s%s", rule->place.line, rule->services,
		                rule->why[0] ? " why: " : "", rule->why);
		plan_write_policy_rule(zones->writer, entry->rule);
		match_ranges(zones->writer, ranges, count, ports);
		plan_write_plain(zones->writer, STATEMENT_COUNTER);
		plan_write_to(zones->writer, STATEMENT_GOTO, entry->verdict == VERDICT_ALLOW ? "admit" : "refuse");
	}
}

/* The chain of one pair: flows that no entry holds are refused. */
static void write_pair(struct zone_writer *zones, const struct table_pair *pair)
{
	const struct policy *policy = zones->policy;
	char name[PLAN_NAME_MAX];

	plan_write_chain(zones->writer, chain_of_pair(policy, pair, name), HOOK_NONE, 0);
	for (size_t i = 0; i < pair->entry_count; i++)
		if (schedule_holds(&zones->table->schedules[pair->entries[i].schedule], zones->moment))
			write_entry(zones, &pair->entries[i]);
	plan_write_rule(zones->writer, "default %s to %s", policy->zones[pair->from - 1].name,
	                policy->zones[pair->to - 1].name);
	plan_write_plain(zones->writer, STATEMENT_COUNTER);
	plan_write_to(zones->writer, STATEMENT_GOTO, "refuse");
}

/* Begins a map from zone id to chain; the elements follow by write_zone_element. */
static void write_zone_map(struct plan_writer *writer, const char *name)
{
	plan_write_set(writer, name, KEYS(KEY_MARK), DATA_VERDICT, SET_CONSTANT);
}

static void write_zone_element(struct plan_writer *writer, uint16_t zone, const char *chain)
{
	struct plan_element *element = plan_write_element(writer);
	uint32_t mark = zone;

	if (!element)
		return;
	memcpy(element->key, &mark, sizeof(mark));
	snprintf(element->chain, sizeof(element->chain), "%s", chain);
}

/* The chain of the source zone ${id}: by the destination's zone to a pair's chain. The pairs are the ${count} ${pairs}.
 */
static void write_zone(struct zone_writer *zones, uint16_t id, const struct table_pair *pairs, size_t count)
{
	const char *zone = zones->policy->zones[id - 1].name;
	struct plan_writer *writer = zones->writer;
	char name[PLAN_NAME_MAX];
	char map[PLAN_NAME_MAX];

	snprintf(map, sizeof(map), "to.%s", zone);
	if (count > 0)
		write_zone_map(writer, map);
	for (size_t i = 0; i < count; i++)
		write_zone_element(writer, pairs[i].to, chain_of_pair(zones->policy, &pairs[i], name));
	for (size_t i = 0; i < count; i++)
		write_pair(zones, &pairs[i]);
	snprintf(name, sizeof(name), "from.%s", zone);
	plan_write_chain(writer, name, HOOK_NONE, 0);
	if (count > 0) {
		plan_write_rule(writer, "%s", "");
		plan_write_to(writer, STATEMENT_JUMP, "dest_zone");
		plan_write_rule(writer, "%s", "");
		plan_write_lookup(writer, STATEMENT_VERDICT_MAP, KEYS(KEY_MARK), map);
	}
	plan_write_rule(writer, "default %s", zone);
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_to(writer, STATEMENT_GOTO, "refuse");
}

void plan_write_zones(struct plan_writer *writer, const struct policy *policy, const struct table *table,
                      struct moment moment)
{
	struct zone_writer zones = { .writer = writer, .policy = policy, .table = table, .moment = moment };
	const struct table_pair *next = table->pairs;
	const struct table_pair *end = table->pairs + table->pair_count;
	char name[PLAN_NAME_MAX];

	write_zone_map(writer, "from");
	for (size_t z = 0; z < policy->zone_count; z++) {
		snprintf(name, sizeof(name), "from.%s", policy->zones[z].name);
		write_zone_element(writer, (uint16_t)(z + 1), name);
	}
	for (size_t z = 0; z < policy->zone_count; z++) {
		const struct table_pair *first = next;

		while (next < end && next->from == z + 1)
			next++;
		write_zone(&zones, (uint16_t)(z + 1), first, (size_t)(next - first));
	}
	free_port_sets(zones.port_sets);
}
