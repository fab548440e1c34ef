/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/table/table.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/table/flatten.h"
#include "policy/table/groups.h"

static int compile_networks(const struct policy *policy, struct table *table, struct error *reterr)
{
	struct flatten_prefix *prefixes;
	size_t total = 0;
	size_t filled = 0;
	ssize_t count;

	for (size_t z = 0; z < policy->zone_count; z++)
		total += policy->zones[z].network_count;
	prefixes = calloc(total + 1, sizeof(*prefixes));
	if (!prefixes)
		return error_set(reterr, -ENOMEM, "no memory for %zu networks", total);
	for (size_t z = 0; z < policy->zone_count; z++)
		for (size_t n = 0; n < policy->zones[z].network_count; n++)
			prefixes[filled++] = (struct flatten_prefix){
				.prefix = policy->zones[z].networks[n].prefix,
				.zone = (uint16_t)(z + 1),
				.place = policy->zones[z].networks[n].place,
			};
	count = flatten_prefixes(prefixes, total, policy, &table->networks, reterr);
	free(prefixes);
	if (count < 0)
		return (int)count;
	table->network_count = (size_t)count;
	return 0;
}

static int compare_kinds(const void *left, const void *right)
{
	const struct service_range *a = left;
	const struct service_range *b = right;

	if (a->protocol != b->protocol)
		return a->protocol - b->protocol;
	if (a->helper != b->helper)
		return a->helper - b->helper;
	return a->first - b->first;
}

static int compare_ports(const void *left, const void *right)
{
	const struct service_range *a = left;
	const struct service_range *b = right;

	return a->protocol != b->protocol ? a->protocol - b->protocol : a->first - b->first;
}

/* Joins neighbours of one protocol and one helper; returns how many are left. */
static size_t join_ranges(struct service_range *ranges, size_t count)
{
	size_t kept = 0;

	qsort(ranges, count, sizeof(*ranges), compare_kinds);
	for (size_t i = 0; i < count; i++) {
		struct service_range *before = kept ? &ranges[kept - 1] : NULL;

		if (before && before->protocol == ranges[i].protocol && before->helper == ranges[i].helper &&
		    ranges[i].first <= before->last + 1) {
			if (ranges[i].last > before->last)
				before->last = ranges[i].last;
		} else {
			ranges[kept++] = ranges[i];
		}
	}
	return kept;
}

/*
 * A port that one range gives a helper and another none gets the helper: it is cut out of the latter. Each range with
 * a helper splits at most one range of each lesser kind, so that there is room for two more a helper's range.
 */
static size_t cut_out_helpers(struct service_range *ranges, size_t count)
{
	size_t kinds = count;
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		for (size_t c = 0; c < kinds; c++) {
			struct service_range *range = &ranges[i];
			struct service_range cutter = ranges[c];
			struct service_range after = *range;

			if (cutter.protocol != range->protocol || cutter.helper <= range->helper ||
			    cutter.last < range->first || cutter.first > range->last || cutter.first > cutter.last)
				continue;
			if (cutter.last < range->last) {
				after.first = (uint16_t)(cutter.last + 1);
				ranges[count++] = after;
			}
			if (cutter.first > range->first) {
				range->last = (uint16_t)(cutter.first - 1);
				continue;
			}
			range->first = 1; /* nothing is left */
			range->last = 0;
			break;
		}
	for (size_t i = 0; i < count; i++)
		if (ranges[i].first <= ranges[i].last)
			ranges[kept++] = ranges[i];
	return kept;
}

static bool is_anything(const struct service_range *range)
{
	return range->protocol == 0 && range->first == 0 && range->last == UINT16_MAX;
}

/*
 * Merges the ${count} ${ranges} in place; returns how many are left, sorted and of one protocol apart from each other.
 * Any port of any protocol holds all others but those with a helper.
 */
static size_t merge_ranges(struct service_range *ranges, size_t count)
{
	size_t joined = cut_out_helpers(ranges, join_ranges(ranges, count));
	size_t kept = joined > 0;

	qsort(ranges, joined, sizeof(*ranges), compare_ports);
	for (size_t i = 1; i < joined; i++)
		if (!is_anything(&ranges[0]) || ranges[i].helper != HELPER_NONE)
			ranges[kept++] = ranges[i];
	return kept;
}

/* The ranges of ${rule} at most, merged. */
static size_t merged_max(const struct policy_rule *rule)
{
	size_t most = rule->range_count;

	for (size_t i = 0; i < rule->range_count; i++)
		most += rule->ranges[i].helper != HELPER_NONE ? 2 : 0;
	return most;
}

/* What one rule gives to each of its pairs: a slice of the table's ranges, and its schedule. */
struct slice {
	struct service_range *ranges;
	size_t count;
	uint16_t schedule;
};

/* Copies every rule's ranges, merged, into one array of the table; ${slices} tells each rule's part. */
static int compile_ranges(const struct policy *policy, struct table *table, struct slice *slices, struct error *reterr)
{
	size_t total = 0;
	size_t filled = 0;

	for (size_t r = 0; r < policy->rule_count; r++)
		total += merged_max(&policy->rules[r]);
	table->ranges = calloc(total + 1, sizeof(*table->ranges));
	if (!table->ranges)
		return error_set(reterr, -ENOMEM, "no memory for %zu port ranges", total);
	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		slices[r].ranges = table->ranges + filled;
		if (rule->range_count > 0)
			memcpy(slices[r].ranges, rule->ranges, rule->range_count * sizeof(*rule->ranges));
		slices[r].count = merge_ranges(slices[r].ranges, rule->range_count);
		filled += slices[r].count;
	}
	return 0;
}

/* The pair of group ids as an index into a square of group_count by group_count. */
static size_t pair_index(const struct table *table, uint16_t from, uint16_t to)
{
	assert(from >= 1 && from <= table->group_count && to >= 1 && to <= table->group_count);
	return (size_t)(from - 1) * table->group_count + (size_t)(to - 1);
}

/* The groups that one end of a rule stands for, each once. */
struct groups {
	uint16_t id[GROUPS_MAX];
	size_t count;
};

/* A zone stands for its single devices too; where there are none, the ids stand for themselves. */
static void expand(const struct policy *policy, const uint16_t *ids, size_t count, struct groups *groups)
{
	struct group_set set;

	groups->count = 0;
	if (count == 1 && policy->single_count == 0) {
		groups->id[groups->count++] = ids[0];
		return;
	}
	set = group_set_of(policy, ids, count);
	for (uint16_t group = 1; group <= policy_group_count(policy); group++)
		if (group_set_has(&set, group))
			groups->id[groups->count++] = group;
}

struct expansion {
	struct groups from;
	struct groups to;
};

static void expand_rule(const struct policy *policy, const struct policy_rule *rule, struct expansion *expansion)
{
	expand(policy, rule->from, rule->from_count, &expansion->from);
	expand(policy, rule->to, rule->to_count, &expansion->to);
}

/* Counts the entries of each pair into ${square}; returns their sum or -E2BIG. */
static ssize_t count_entries(const struct policy *policy, const struct table *table, size_t *square,
                             struct error *reterr)
{
	struct expansion expansion;
	size_t total = 0;

	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		expand_rule(policy, rule, &expansion);
		total += expansion.from.count * expansion.to.count;
		if (total > TABLE_ENTRIES_MAX)
			return error_set_at(reterr, -E2BIG, policy_file(policy, rule->place), rule->place.line,
			                    rule->place.column,
			                    "with this rule the policy has more than %u zone pair entries; "
			                    "name fewer zones in 'from' and 'to'",
			                    TABLE_ENTRIES_MAX);
		for (size_t f = 0; f < expansion.from.count; f++)
			for (size_t t = 0; t < expansion.to.count; t++)
				square[pair_index(table, expansion.from.id[f], expansion.to.id[t])]++;
	}
	return (ssize_t)total;
}

/* Lays out the pairs that have entries, in order; ${square} afterwards holds 1 + the index of each pair. */
static int lay_out_pairs(struct table *table, size_t *square)
{
	size_t cells = (size_t)table->group_count * table->group_count;
	struct table_entry *next = table->entries;
	size_t count = 0;

	for (size_t i = 0; i < cells; i++)
		count += square[i] > 0;
	table->pairs = calloc(count + 1, sizeof(*table->pairs));
	if (!table->pairs)
		return -ENOMEM;
	for (size_t i = 0; i < cells; i++) {
		struct table_pair *pair = &table->pairs[table->pair_count];

		if (square[i] == 0)
			continue;
		pair->from = (uint16_t)(i / table->group_count + 1);
		pair->to = (uint16_t)(i % table->group_count + 1);
		pair->entries = next;
		next += square[i];
		square[i] = ++table->pair_count;
	}
	return 0;
}

/* The index of ${schedule} among the table's, of which each stands once; -1 where there is no room for it. */
static int schedule_index(struct table *table, const struct schedule *schedule)
{
	size_t at = 0;

	while (at < table->schedule_count && !schedule_equal(&table->schedules[at], schedule))
		at++;
	if (at == TABLE_SCHEDULES_MAX)
		return -1;
	if (at == table->schedule_count)
		table->schedules[table->schedule_count++] = *schedule;
	return (int)at;
}

/* Always comes first, whether a rule asks for it or not. */
static int compile_schedules(const struct policy *policy, struct table *table, struct slice *slices,
                             struct error *reterr)
{
	const struct schedule always = { 0 };
	size_t room = policy->rule_count + 1 < TABLE_SCHEDULES_MAX ? policy->rule_count + 1 : TABLE_SCHEDULES_MAX;

	table->schedules = calloc(room, sizeof(*table->schedules));
	if (!table->schedules)
		return error_set(reterr, -ENOMEM, "no memory for %zu schedules", room);
	schedule_index(table, &always);
	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];
		int index = schedule_index(table, &rule->schedule);

		if (index < 0)
			return error_set_at(reterr, -E2BIG, policy_file(policy, rule->place), rule->place.line,
			                    rule->place.column,
			                    "with this rule the policy has more than %d different times of 'during' "
			                    "and 'until'; let rules share them",
			                    TABLE_SCHEDULES_MAX - 1);
		slices[r].schedule = (uint16_t)index;
	}
	return 0;
}

static void fill_pairs(const struct policy *policy, struct table *table, const size_t *square,
                       const struct slice *slices)
{
	struct expansion expansion;

	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];
		const struct table_entry entry = {
			.ranges = slices[r].ranges,
			.range_count = slices[r].count,
			.verdict = rule->verdict,
			.mode = rule->mode,
			.names = rule->names,
			.schedule = slices[r].schedule,
			.rule = r,
		};

		expand_rule(policy, rule, &expansion);
		for (size_t f = 0; f < expansion.from.count; f++)
			for (size_t t = 0; t < expansion.to.count; t++) {
				uint16_t from = expansion.from.id[f];
				size_t index = square[pair_index(table, from, expansion.to.id[t])] - 1;
				struct table_pair *pair = &table->pairs[index];

				pair->entries[pair->entry_count++] = entry;
			}
	}
}

static int compile_pairs(const struct policy *policy, struct table *table, struct error *reterr)
{
	size_t *square = calloc((size_t)table->group_count * table->group_count + 1, sizeof(*square));
	struct slice *slices = calloc(policy->rule_count + 1, sizeof(*slices));
	ssize_t total = 0;
	int r = -ENOMEM;

	if (!square || !slices)
		goto done;
	r = compile_ranges(policy, table, slices, reterr);
	if (r == 0)
		r = compile_schedules(policy, table, slices, reterr);
	if (r < 0)
		goto done;
	total = count_entries(policy, table, square, reterr);
	r = total < 0 ? (int)total : 0;
	if (r < 0)
		goto done;
	table->entry_count = (size_t)total;
	table->entries = calloc((size_t)total + 1, sizeof(*table->entries));
	r = table->entries ? lay_out_pairs(table, square) : -ENOMEM;
	if (r == 0)
		fill_pairs(policy, table, square, slices);
done:
	if (r == -ENOMEM)
		error_set(reterr, r, "no memory for the rules of %zu zones", policy->zone_count);
	free(slices);
	free(square);
	return r;
}

int table_compile(const struct policy *policy, struct table **table, struct error *reterr)
{
	CLEANUP(table_free) struct table *made = calloc(1, sizeof(*made));
	int r;

	if (!made)
		return error_set(reterr, -ENOMEM, "no memory for the policy's table");
	made->group_count = policy_group_count(policy);
	r = compile_networks(policy, made, reterr);
	if (r == 0)
		r = compile_pairs(policy, made, reterr);
	if (r < 0)
		return r;
	*table = take_ptr(&made);
	return 0;
}

void table_free(struct table *table)
{
	if (!table)
		return;
	free(table->networks);
	free(table->pairs);
	free(table->entries);
	free(table->ranges);
	free(table->schedules);
	free(table);
}

uint16_t table_zone_of_network(const struct table *table, const struct address *address)
{
	size_t low = 0;
	size_t high = table->network_count;

	/* The family is the first byte of an address, so one comparison orders families and addresses. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(&table->networks[middle].last, address, sizeof(*address)) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == table->network_count || memcmp(&table->networks[low].first, address, sizeof(*address)) > 0)
		return ZONE_NONE;
	return table->networks[low].zone;
}

static int compare_pairs(const void *left, const void *right)
{
	const struct table_pair *a = left;
	const struct table_pair *b = right;

	return a->from != b->from ? a->from - b->from : a->to - b->to;
}

const struct table_pair *table_pair(const struct table *table, uint16_t from, uint16_t to)
{
	struct table_pair wanted = { .from = from, .to = to };

	if (table->pair_count == 0)
		return NULL;
	return bsearch(&wanted, table->pairs, table->pair_count, sizeof(wanted), compare_pairs);
}

static bool entry_holds(const struct table *table, const struct table_entry *entry, const struct flow *flow)
{
	if (entry->names != 0 && entry->names != flow->names && !name_sets_has(&flow->known, entry->names))
		return false;
	if (entry->schedule != 0 && !schedule_holds(&table->schedules[entry->schedule], flow->moment))
		return false;
	for (size_t i = 0; i < entry->range_count; i++) {
		const struct service_range *range = &entry->ranges[i];

		if ((range->protocol == 0 || range->protocol == flow->protocol) && flow->port >= range->first &&
		    flow->port <= range->last)
			return true;
	}
	return false;
}

struct decision table_decide(const struct table *table, const struct flow *flow)
{
	const struct table_pair *pair = table_pair(table, flow->from, flow->to);
	struct decision decision = { .verdict = VERDICT_DENY, .by_default = true };

	for (size_t i = 0; pair && i < pair->entry_count; i++) {
		const struct table_entry *entry = &pair->entries[i];

		if (!entry_holds(table, entry, flow))
			continue;
		if (entry->mode == MODE_ENFORCE) {
			decision.verdict = entry->verdict;
			decision.by_default = false;
			decision.rule = entry->rule;
			return decision;
		}
		if (!decision.is_observed) {
			decision.is_observed = true;
			decision.observed = entry->rule;
		}
	}
	return decision;
}
