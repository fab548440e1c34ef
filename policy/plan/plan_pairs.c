/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_pairs.h"

#include <stdio.h>
#include <string.h>

#include "policy/plan/plan_data.h"
#include "policy/plan/plan_entry.h"

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

/* What a group is called in the names of chains: a zone by its name, in which no dot can be; a single device by its
 * zone and MAC, since its own name may be any text. */
static const char *group_key(const struct policy *policy, uint16_t group, char key[PLAN_GROUP_MAX])
{
	const struct policy_single *single = policy_single(policy, group);
	const struct policy_zone *zone = policy_zone(policy, policy_group_zone(policy, group));
	const uint8_t *byte = single ? single->mac.byte : NULL;

	if (byte)
		snprintf(key, PLAN_GROUP_MAX, "%s.%02x%02x%02x%02x%02x%02x", zone->name, byte[0], byte[1], byte[2],
		         byte[3], byte[4], byte[5]);
	else
		snprintf(key, PLAN_GROUP_MAX, "%s", zone->name);
	return key;
}

#define GROUP_TEXT_MAX (POLICY_NAME_MAX + POLICY_LABEL_MAX + 4)

/* What a group is called in comments: its zone first, by which the counters are added up, then the device's name. */
static const char *group_text(const struct policy *policy, uint16_t group, char text[GROUP_TEXT_MAX])
{
	const struct policy_single *single = policy_single(policy, group);
	const struct policy_zone *zone = policy_zone(policy, policy_group_zone(policy, group));

	snprintf(text, GROUP_TEXT_MAX, "%s%s%s%s", zone->name, single ? " (" : "", single ? single->name : "",
	         single ? ")" : "");
	return text;
}

static const char *chain_of_pair(const struct policy *policy, const struct table_pair *pair, char name[PLAN_NAME_MAX])
{
	char from[PLAN_GROUP_MAX];
	char to[PLAN_GROUP_MAX];

	snprintf(name, PLAN_NAME_MAX, "%s..%s", group_key(policy, pair->from, from), group_key(policy, pair->to, to));
	return name;
}

/* The chain of one pair: flows that no entry holds are refused. */
static void write_pair(struct entry_writer *entries, const struct table_pair *pair)
{
	const struct policy *policy = entries->policy;
	char name[PLAN_NAME_MAX];
	char from[GROUP_TEXT_MAX];
	char to[GROUP_TEXT_MAX];

	plan_write_chain(entries->writer, chain_of_pair(policy, pair, name), HOOK_NONE, 0);
	for (size_t i = 0; i < pair->entry_count; i++)
		entry_write(entries, pair, i);
	plan_write_rule(entries->writer, "default %s to %s", group_text(policy, pair->from, from),
	                group_text(policy, pair->to, to));
	plan_write_plain(entries->writer, STATEMENT_COUNTER);
	plan_write_to(entries->writer, STATEMENT_GOTO, "refuse");
}

/* Begins a map from group id to chain; the elements follow by write_group_element. */
static void write_group_map(struct plan_writer *writer, const char *name)
{
	plan_write_set(writer, name, KEYS(KEY_MARK), DATA_VERDICT, SET_CONSTANT);
}

static void write_group_element(struct plan_writer *writer, uint16_t group, const char *chain)
{
	struct plan_element *element = plan_write_element(writer);
	uint32_t mark = group;

	if (!element)
		return;
	memcpy(element->key, &mark, sizeof(mark));
	snprintf(element->chain, sizeof(element->chain), "%s", chain);
}

/* What begins at one group. */
struct source {
	uint16_t group;
	const struct table_pair *pairs;
	size_t pair_count;
	bool whole; /* pairs that no rule names have their chains, too */
	const struct data_channel *channels;
	size_t channel_count;
};

/* The chain of a source: by the destination's group to a pair's chain. */
static void write_source_chain(struct entry_writer *entries, const struct source *source, const char *key,
                               const char *map)
{
	struct plan_writer *writer = entries->writer;
	char name[PLAN_NAME_MAX];
	char text[GROUP_TEXT_MAX];

	snprintf(name, sizeof(name), "from.%s", key);
	plan_write_chain(writer, name, HOOK_NONE, 0);
	if (source->pair_count > 0 || source->whole || source->channel_count > 0) {
		plan_write_rule(writer, "%s", "");
		plan_write_to(writer, STATEMENT_JUMP, "dest_zone");
	}
	data_channels_write_rules(entries, key, source->channels, source->channel_count);
	if (source->pair_count > 0 || source->whole) {
		plan_write_rule(writer, "%s", "");
		plan_write_lookup(writer, STATEMENT_VERDICT_MAP, KEYS(KEY_MARK), map);
	}
	plan_write_rule(writer, "default %s", group_text(entries->policy, source->group, text));
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_to(writer, STATEMENT_GOTO, "refuse");
}

/*
 * The next pair of ${source} into ${pair}, from *${at} on, which begins at 0: those of the table, or where it is whole
 * one for each group, without an entry where the table has none.
 */
static bool next_pair(const struct policy *policy, const struct source *source, size_t *at, struct table_pair *pair)
{
	size_t i = (*at)++;

	if (!source->whole) {
		if (i < source->pair_count)
			*pair = source->pairs[i];
		return i < source->pair_count;
	}
	if (i >= policy_group_count(policy))
		return false;
	*pair = (struct table_pair){ .from = source->group, .to = (uint16_t)(i + 1) };
	for (size_t known = 0; known < source->pair_count; known++)
		if (source->pairs[known].to == pair->to)
			*pair = source->pairs[known];
	return true;
}

static void write_source(struct entry_writer *entries, const struct source *source)
{
	struct table_pair pair;
	struct plan_writer *writer = entries->writer;
	char key[PLAN_GROUP_MAX];
	char name[PLAN_NAME_MAX];
	char map[PLAN_NAME_MAX];

	group_key(entries->policy, source->group, key);
	snprintf(map, sizeof(map), "to.%s", key);
	if (source->pair_count > 0 || source->whole)
		write_group_map(writer, map);
	for (size_t i = 0; next_pair(entries->policy, source, &i, &pair);)
		write_group_element(writer, pair.to, chain_of_pair(entries->policy, &pair, name));
	data_channels_write_sets(writer, key, source->channels, source->channel_count);
	for (size_t i = 0; next_pair(entries->policy, source, &i, &pair);)
		write_pair(entries, &pair);
	write_source_chain(entries, source, key, map);
}

static void write_sources(struct entry_writer *entries, const struct data_channels *channels)
{
	const struct table *table = entries->table;
	uint16_t count = policy_group_count(entries->policy);
	bool whole = (size_t)count * count <= PLAN_PAIRS_WHOLE_MAX;
	size_t pair = 0;
	size_t channel = 0;

	for (uint16_t group = 1; group <= count; group++) {
		struct source source = { .group = group, .whole = whole };

		if (pair < table->pair_count)
			source.pairs = &table->pairs[pair];
		if (channel < channels->count)
			source.channels = &channels->at[channel];
		for (; pair < table->pair_count && table->pairs[pair].from == group; pair++)
			source.pair_count++;
		for (; channel < channels->count && channels->at[channel].from == group; channel++)
			source.channel_count++;
		write_source(entries, &source);
	}
}

void plan_write_groups(struct plan_writer *writer, const struct policy *policy, const struct table *table,
                       const struct calendar *calendar)
{
	struct entry_writer entries = { .writer = writer, .policy = policy, .table = table, .calendar = calendar };
	struct data_channels channels = { .count = 0 };
	char key[PLAN_GROUP_MAX];
	char name[PLAN_NAME_MAX];

	write_group_map(writer, "from");
	for (uint16_t group = 1; group <= policy_group_count(policy); group++) {
		snprintf(name, sizeof(name), "from.%s", group_key(policy, group, key));
		write_group_element(writer, group, name);
	}
	data_channels_find(&entries, &channels);
	write_sources(&entries, &channels);
	data_channels_done(&channels);
	entry_writer_done(&entries);
}
