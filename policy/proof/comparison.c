/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/comparison.h"

#include <errno.h>
#include <string.h>

#define PROTOCOLS 256

void comparison_free(struct comparison *difference)
{
	free(difference->cells);
	free(difference->names);
	free(difference->moments);
	free(difference->changes);
	*difference = (struct comparison){ .cells = NULL };
}

bool comparison_loosens(const struct comparison *difference)
{
	size_t count = difference->cell_count * difference->name_count * difference->moment_count;

	for (size_t i = 0; i < count; i++)
		if (difference->changes[i] == CHANGE_GAIN || difference->changes[i] == CHANGE_FASTER)
			return true;
	return false;
}

/* The pair of each side, without entries where it has none. */
struct pairs {
	struct table_pair old_pair;
	struct table_pair new_pair;
};

static struct table_pair pair_of(const struct table *table, uint16_t from, uint16_t to)
{
	const struct table_pair *pair = table_pair(table, from, to);

	return pair ? *pair : (struct table_pair){ .from = from, .to = to };
}

static size_t count_ranges(const struct table_pair *pair)
{
	size_t count = 0;

	for (size_t i = 0; i < pair->entry_count; i++)
		count += pair->entries[i].range_count;
	return count;
}

static int compare_keys(const void *left, const void *right)
{
	const uint32_t *a = left;
	const uint32_t *b = right;

	return (*a > *b) - (*a < *b);
}

/* Adds where the ranges of ${pair} begin and end to ${keys}, protocol << 16 | port; ${seen} are the protocols so far.
 */
static size_t add_keys(const struct table_pair *pair, uint32_t *keys, size_t count, bool seen[PROTOCOLS])
{
	for (size_t e = 0; e < pair->entry_count; e++)
		for (size_t i = 0; i < pair->entries[e].range_count; i++) {
			const struct service_range *range = &pair->entries[e].ranges[i];
			uint32_t protocol = (uint32_t)range->protocol << 16;

			if (!seen[range->protocol])
				keys[count++] = protocol;
			seen[range->protocol] = true;
			keys[count++] = protocol | range->first;
			if (range->last < UINT16_MAX)
				keys[count++] = protocol | (range->last + 1U);
		}
	return count;
}

static int make_cells(const struct pairs *pairs, struct comparison *difference)
{
	size_t most = 2 * (count_ranges(&pairs->old_pair) + count_ranges(&pairs->new_pair)) + PROTOCOLS + 1;
	CLEANUP(free) uint32_t *keys = calloc(most, sizeof(*keys));
	bool seen[PROTOCOLS] = { true };
	size_t count = 1;

	difference->cells = calloc(most, sizeof(*difference->cells));
	if (!keys || !difference->cells)
		return -ENOMEM;
	count = add_keys(&pairs->old_pair, keys, count, seen);
	count = add_keys(&pairs->new_pair, keys, count, seen);
	qsort(keys, count, sizeof(*keys), compare_keys);
	for (size_t i = 0; i < count; i++) {
		bool ends = i + 1 == count || keys[i + 1] >> 16 != keys[i] >> 16;

		if (i + 1 < count && keys[i + 1] == keys[i])
			continue;
		difference->cells[difference->cell_count++] = (struct service_range){
			.protocol = (uint8_t)(keys[i] >> 16),
			.first = (uint16_t)keys[i],
			.last = ends ? UINT16_MAX : (uint16_t)(keys[i + 1] - 1),
		};
	}
	return 0;
}

/* The name sets that the entries of a pair ask for. */
struct used {
	uint16_t id[POLICY_NAME_SETS_MAX];
	size_t count;
};

static void find_used(const struct table_pair *pair, struct used *used)
{
	bool seen[POLICY_NAME_SETS_MAX + 1] = { true };

	used->count = 0;
	for (size_t i = 0; i < pair->entry_count; i++) {
		if (!seen[pair->entries[i].names])
			used->id[used->count++] = pair->entries[i].names;
		seen[pair->entries[i].names] = true;
	}
}

static bool holds_name(const struct policy *policy, uint16_t id, const char *name)
{
	const struct policy_name_set *set = &policy->name_sets[id - 1];

	for (size_t i = 0; i < set->name_count; i++)
		if (strcmp(set->names[i], name) == 0)
			return true;
	return false;
}

static int add_names(struct comparison *difference, uint16_t old_names, uint16_t new_names)
{
	for (size_t i = 0; i < difference->name_count; i++)
		if (difference->names[i].old_names == old_names && difference->names[i].new_names == new_names)
			return 0;
	if (difference->name_count == REGIONS_CIRCUMSTANCES_MAX)
		return -E2BIG;
	difference->names[difference->name_count++] = (struct pair_names){ old_names, new_names };
	return 0;
}

/* Adds what the names of set ${id} of one side are on the other, whose sets are ${others}. */
static int match_set(struct comparison *difference, const struct policy *policy, uint16_t id,
                     const struct policy *other_policy, const struct used *others, bool is_old)
{
	const struct policy_name_set *set = &policy->name_sets[id - 1];
	int r = 0;

	for (size_t i = 0; i < set->name_count && r == 0; i++) {
		bool matched = false;

		for (size_t o = 0; o < others->count && r == 0; o++) {
			if (!holds_name(other_policy, others->id[o], set->names[i]))
				continue;
			matched = true;
			r = is_old ? add_names(difference, id, others->id[o])
			           : add_names(difference, others->id[o], id);
		}
		if (!matched && r == 0)
			r = is_old ? add_names(difference, id, 0) : add_names(difference, 0, id);
	}
	return r;
}

static int match_names(const struct sides *sides, const struct pairs *pairs, struct comparison *difference)
{
	struct used old_used;
	struct used new_used;
	int r;

	find_used(&pairs->old_pair, &old_used);
	find_used(&pairs->new_pair, &new_used);
	difference->names = calloc(REGIONS_CIRCUMSTANCES_MAX, sizeof(*difference->names));
	if (!difference->names)
		return -ENOMEM;
	r = add_names(difference, 0, 0);
	for (size_t i = 0; i < old_used.count && r == 0; i++)
		r = match_set(difference, sides->old_policy, old_used.id[i], sides->new_policy, &new_used, true);
	for (size_t i = 0; i < new_used.count && r == 0; i++)
		r = match_set(difference, sides->new_policy, new_used.id[i], sides->old_policy, &old_used, false);
	return r;
}

static bool has_schedule(const struct table_pair *pair)
{
	for (size_t i = 0; i < pair->entry_count; i++)
		if (pair->entries[i].schedule != 0)
			return true;
	return false;
}

/* Appends the entries of ${pair} to ${joint}'s only pair, with their schedules behind those that stand there. */
static void append_entries(const struct table *table, const struct table_pair *pair, struct table *joint)
{
	size_t offset = joint->schedule_count;

	for (size_t i = 0; i < pair->entry_count; i++) {
		struct table_entry *entry = &joint->pairs[0].entries[joint->pairs[0].entry_count++];

		*entry = pair->entries[i];
		entry->names = 0;
		entry->schedule = entry->schedule ? (uint16_t)(offset + entry->schedule) : 0;
	}
	memcpy(joint->schedules + offset, table->schedules, table->schedule_count * sizeof(*table->schedules));
	joint->schedule_count += table->schedule_count;
}

static int copy_moments(const struct table *joint, struct comparison *difference)
{
	CLEANUP(free) struct circumstance *list = NULL;
	size_t count = 0;
	int r = regions_circumstances(joint, 1, 1, &list, &count);

	if (r < 0)
		return r;
	difference->moments = calloc(count, sizeof(*difference->moments));
	if (!difference->moments)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		difference->moments[i] = list[i].moment;
	difference->moment_count = count;
	return 0;
}

/* What both sides hang on is what one pair with the entries of both would hang on. */
static int find_moments(const struct sides *sides, const struct pairs *pairs, struct comparison *difference)
{
	size_t schedules = sides->old_table->schedule_count + sides->new_table->schedule_count;
	size_t entries = pairs->old_pair.entry_count + pairs->new_pair.entry_count;
	struct table_pair pair = { .from = 1, .to = 1 };
	struct table joint = { .group_count = 1, .pairs = &pair, .pair_count = 1 };
	int r = -ENOMEM;

	if (!has_schedule(&pairs->old_pair) && !has_schedule(&pairs->new_pair)) {
		difference->moments = calloc(1, sizeof(*difference->moments));
		difference->moment_count = 1;
		return difference->moments ? 0 : -ENOMEM;
	}
	pair.entries = calloc(entries + 1, sizeof(*pair.entries));
	joint.schedules = calloc(schedules + 2, sizeof(*joint.schedules));
	if (pair.entries && joint.schedules) {
		joint.schedule_count = 1; /* always */
		append_entries(sides->old_table, &pairs->old_pair, &joint);
		append_entries(sides->new_table, &pairs->new_pair, &joint);
		r = copy_moments(&joint, difference);
	}
	free(pair.entries);
	free(joint.schedules);
	return r;
}

static struct policy_rate rate_of(const struct policy *policy, const struct decision *decision)
{
	return decision->by_default ? (struct policy_rate){ .count = 0 } : policy->rules[decision->rule].rate;
}

static enum change compare_rates(struct policy_rate before, struct policy_rate after)
{
	uint64_t now = (uint64_t)after.count * before.seconds;
	uint64_t then = (uint64_t)before.count * after.seconds;

	if (before.count == 0 || after.count == 0) {
		if (before.count == after.count)
			return CHANGE_NONE;
		return after.count == 0 ? CHANGE_FASTER : CHANGE_SLOWER;
	}
	/* as many in the mean, but all at once: ten an hour are more than one in six minutes */
	if (now == then)
		return after.count > before.count   ? CHANGE_FASTER
		       : after.count < before.count ? CHANGE_SLOWER
		                                    : CHANGE_NONE;
	return now > then ? CHANGE_FASTER : CHANGE_SLOWER;
}

static enum change compare_decisions(const struct sides *sides, const struct decision *before,
                                     const struct decision *after)
{
	bool was_allowed = before->verdict == VERDICT_ALLOW;
	bool is_allowed = after->verdict == VERDICT_ALLOW;

	if (was_allowed && is_allowed)
		return compare_rates(rate_of(sides->old_policy, before), rate_of(sides->new_policy, after));
	if (was_allowed != is_allowed)
		return is_allowed ? CHANGE_GAIN : CHANGE_LOSS;
	return before->verdict == after->verdict ? CHANGE_NONE : CHANGE_ANSWER;
}

static int compare_under(const struct sides *sides, struct comparison *difference, size_t name, size_t moment,
                         struct regions *before, struct regions *after)
{
	const struct pair_ends *ends = &difference->ends;
	struct circumstance then = { difference->names[name].old_names, difference->moments[moment] };
	struct circumstance now = { difference->names[name].new_names, difference->moments[moment] };
	int r = regions_of(sides->old_table, ends->old_from, ends->old_to, then, before);

	if (r == 0)
		r = regions_of(sides->new_table, ends->new_from, ends->new_to, now, after);
	for (size_t i = 0; r == 0 && i < difference->cell_count; i++) {
		const struct service_range *cell = &difference->cells[i];

		difference->changes[comparison_index(difference, i, name, moment)] =
			(uint8_t)compare_decisions(sides, &regions_at(before, cell->protocol, cell->first)->decision,
		                                   &regions_at(after, cell->protocol, cell->first)->decision);
	}
	return r;
}

static int compare_all(const struct sides *sides, struct comparison *difference)
{
	struct regions before = { .at = NULL };
	struct regions after = { .at = NULL };
	size_t circumstances = difference->name_count * difference->moment_count;
	int r = 0;

	if (circumstances > REGIONS_CIRCUMSTANCES_MAX || difference->cell_count > COMPARISON_MAX / circumstances)
		return -E2BIG;
	difference->changes = calloc(difference->cell_count * circumstances, sizeof(*difference->changes));
	if (!difference->changes)
		return -ENOMEM;
	for (size_t n = 0; n < difference->name_count && r == 0; n++)
		for (size_t m = 0; m < difference->moment_count && r == 0; m++)
			r = compare_under(sides, difference, n, m, &before, &after);
	regions_free(&before);
	regions_free(&after);
	return r;
}

int comparison_make(const struct sides *sides, const struct pair_ends *ends, struct comparison *difference)
{
	const struct pairs pairs = {
		.old_pair = pair_of(sides->old_table, ends->old_from, ends->old_to),
		.new_pair = pair_of(sides->new_table, ends->new_from, ends->new_to),
	};
	int r;

	*difference = (struct comparison){ .ends = *ends };
	r = make_cells(&pairs, difference);
	if (r == 0)
		r = match_names(sides, &pairs, difference);
	if (r == 0)
		r = find_moments(sides, &pairs, difference);
	return r < 0 ? r : compare_all(sides, difference);
}
