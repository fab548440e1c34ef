/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_data.h"

#include <stdio.h>
#include <string.h>

#include "policy/plan/plan_refusal.h"

/* Whether ${channel} is open to any name at all hours: then its group stands in a set. */
static bool is_of_set(const struct data_channel *channel)
{
	return channel->names == 0 && channel->schedule == 0;
}

static int compare_channels(const void *left, const void *right)
{
	const struct data_channel *a = left;
	const struct data_channel *b = right;

	if (a->from != b->from)
		return a->from - b->from;
	if (a->helper != b->helper)
		return a->helper - b->helper;
	if (a->names != b->names)
		return a->names - b->names;
	if (a->schedule != b->schedule)
		return a->schedule - b->schedule;
	/* Where neither a name nor an hour is asked for, one set holds both kinds. */
	if (!is_of_set(a) && a->is_back != b->is_back)
		return a->is_back - b->is_back;
	return a->to - b->to;
}

static void add_channel(struct entry_writer *entries, struct data_channels *channels, struct data_channel channel)
{
	void *at = channels->at;

	if (memory_reserve(&at, &channels->capacity, channels->count + 1, sizeof(channel)) < 0) {
		entries->writer->failed = true;
		return;
	}
	channels->at = at;
	channels->at[channels->count++] = channel;
}

/* The range of ${entry} that holds ${port} of ${protocol}; NULL for none. */
static const struct service_range *range_at(const struct table_entry *entry, uint8_t protocol, uint16_t port)
{
	for (size_t i = 0; i < entry->range_count; i++)
		if ((entry->ranges[i].protocol == 0 || entry->ranges[i].protocol == protocol) &&
		    entry->ranges[i].first <= port && port <= entry->ranges[i].last)
			return &entry->ranges[i];
	return NULL;
}

/* The last port up to which entries of ${pair} before the ${index}th decide flows with ${port}; below it for none. */
static uint32_t hidden_up_to(const struct table_pair *pair, size_t index, uint8_t protocol, uint32_t port)
{
	for (size_t i = 0; i < index; i++) {
		const struct table_entry *earlier = &pair->entries[i];
		const struct service_range *range;

		if (earlier->mode != MODE_ENFORCE ||
		    (earlier->schedule != 0 && earlier->schedule != pair->entries[index].schedule) ||
		    (earlier->names != 0 && earlier->names != pair->entries[index].names))
			continue;
		range = range_at(earlier, protocol, (uint16_t)port);
		if (range)
			return range->last;
	}
	return port - 1;
}

/* Whether the ${index}th entry of ${pair} decides any flow of ${range}: else no control connection can be had by it. */
static bool decides_any(const struct table_pair *pair, size_t index, const struct service_range *range)
{
	for (uint32_t port = range->first; port <= range->last; port++) {
		uint32_t hidden = hidden_up_to(pair, index, range->protocol, port);

		if (hidden + 1 == port)
			return true;
		port = hidden;
	}
	return false;
}

static void find_in_entry(struct entry_writer *entries, struct data_channels *channels, const struct table_pair *pair,
                          size_t index, bool found[HELPER_TFTP + 1])
{
	const struct table_entry *entry = &pair->entries[index];

	for (size_t i = 0; i < entry->range_count; i++) {
		const struct service_range *range = &entry->ranges[i];
		struct data_channel channel = { pair->from,      pair->to,      entry->names,
			                        entry->schedule, range->helper, false };

		if (range->helper == HELPER_NONE || found[range->helper] || !decides_any(pair, index, range))
			continue;
		found[range->helper] = is_of_set(&channel);
		/* A TFTP server answers from a port of its choice; the client opens nothing more. */
		if (range->helper != HELPER_TFTP)
			add_channel(entries, channels, channel);
		channel.from = pair->to;
		channel.to = pair->from;
		channel.is_back = true;
		add_channel(entries, channels, channel);
	}
}

void data_channels_find(struct entry_writer *entries, struct data_channels *channels)
{
	size_t kept = 0;

	for (size_t p = 0; p < entries->table->pair_count; p++) {
		const struct table_pair *pair = &entries->table->pairs[p];
		bool found[HELPER_TFTP + 1] = { false };

		for (size_t i = 0; i < pair->entry_count; i++) {
			const struct table_entry *entry = &pair->entries[i];

			if (entry->mode == MODE_ENFORCE && entry->verdict == VERDICT_ALLOW)
				find_in_entry(entries, channels, pair, i, found);
		}
	}
	if (channels->count > 0)
		qsort(channels->at, channels->count, sizeof(*channels->at), compare_channels);
	for (size_t i = 0; i < channels->count; i++)
		if (kept == 0 || compare_channels(&channels->at[kept - 1], &channels->at[i]) != 0)
			channels->at[kept++] = channels->at[i];
	channels->count = kept;
}

void data_channels_done(struct data_channels *channels)
{
	free(channels->at);
}

static const char *set_name(const char *group, uint8_t helper, char name[PLAN_NAME_MAX])
{
	snprintf(name, PLAN_NAME_MAX, "data.%s.%s", plan_helper_name(helper), group);
	return name;
}

/* Whether the ${i}th of ${channels} is the first of those that one set holds. */
static bool begins_set(const struct data_channel *channels, size_t i)
{
	return is_of_set(&channels[i]) && (i == 0 || channels[i - 1].helper != channels[i].helper);
}

void data_channels_write_sets(struct plan_writer *writer, const char *group, const struct data_channel *channels,
                              size_t count)
{
	char name[PLAN_NAME_MAX];

	for (size_t i = 0; i < count; i++) {
		struct plan_element *element;
		uint32_t mark = channels[i].to;

		if (!is_of_set(&channels[i]))
			continue;
		if (begins_set(channels, i))
			plan_write_set(writer, set_name(group, channels[i].helper, name), KEYS(KEY_MARK), DATA_NONE,
			               SET_CONSTANT);
		element = plan_write_element(writer);
		if (element)
			memcpy(element->key, &mark, sizeof(mark));
	}
}

static void match_helper(struct plan_writer *writer, uint8_t helper)
{
	char name[16] = "";

	snprintf(name, sizeof(name), "%s", plan_helper_name(helper));
	plan_write_match(writer, KEY_CT_HELPER, name, sizeof(name));
}

/* A channel that asks for a name of ${family} or, with FAMILY_NONE, for none; or for an hour; or for both. */
static void write_single(struct entry_writer *entries, const struct data_channel *channel, uint8_t family)
{
	struct plan_writer *writer = entries->writer;
	uint32_t mark = channel->to;

	plan_write_rule(writer, "data of %s", plan_helper_name(channel->helper));
	if (family != FAMILY_NONE)
		plan_write_known(writer, family, channel->is_back, channel->names);
	match_helper(writer, channel->helper);
	plan_write_match(writer, KEY_MARK, &mark, sizeof(mark));
	entry_match_hours(entries, channel->schedule, false);
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_to(writer, STATEMENT_GOTO, channel->schedule ? PLAN_CHAIN_ADMIT_NOW : PLAN_CHAIN_ADMIT);
}

void data_channels_write_rules(struct entry_writer *entries, const char *group, const struct data_channel *channels,
                               size_t count)
{
	struct plan_writer *writer = entries->writer;
	char name[PLAN_NAME_MAX];

	for (size_t i = 0; i < count; i++) {
		if (channels[i].names != 0) {
			write_single(entries, &channels[i], FAMILY_IPV4);
			write_single(entries, &channels[i], FAMILY_IPV6);
		} else if (channels[i].schedule != 0) {
			write_single(entries, &channels[i], FAMILY_NONE);
		} else if (begins_set(channels, i)) {
			plan_write_rule(writer, "data of %s", plan_helper_name(channels[i].helper));
			match_helper(writer, channels[i].helper);
			plan_write_lookup(writer, STATEMENT_MATCH_SET, KEYS(KEY_MARK),
			                  set_name(group, channels[i].helper, name));
			plan_write_plain(writer, STATEMENT_COUNTER);
			plan_write_to(writer, STATEMENT_GOTO, PLAN_CHAIN_ADMIT);
		}
	}
}
