/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/hiding.h"

#include <assert.h>
#include <errno.h>

#include "policy/table/stops.h"

#define PROTOCOLS  256
#define PORTS      0x10000U
#define UNDECIDED  SIZE_MAX
#define KEY(p, at) ((uint32_t)(p) << 16 | (at)) /* a protocol and a port in one number; protocol 0: all others */

/*
 * The flows of one pair, cut into slots wherever a range of an entry begins or ends. Entries take their slots in order,
 * those before leave nothing to those behind: a slot has the first owner it was given. free_from skips what is taken,
 * so that each slot is taken once however many entries name it.
 */
struct slots {
	uint32_t *starts; /* sorted */
	size_t count;
	size_t *owner;       /* of each slot: an entry of the pair, or UNDECIDED */
	size_t *free_from;   /* of each slot: itself while it is free, else a later one to look at */
	size_t *owner_end;   /* of each slot: the first behind it with another owner */
	size_t *verdict_end; /* and with an owner of another verdict */
};

static void slots_free(struct slots *slots)
{
	free(slots->starts);
	free(slots->owner);
	free(slots->free_from);
	free(slots->owner_end);
	free(slots->verdict_end);
}

static int slots_make(struct slots *slots, size_t most)
{
	*slots = (struct slots){
		.starts = calloc(most + 1, sizeof(*slots->starts)),
		.owner = calloc(most + 1, sizeof(*slots->owner)),
		.free_from = calloc(most + 1, sizeof(*slots->free_from)),
		.owner_end = calloc(most + 1, sizeof(*slots->owner_end)),
		.verdict_end = calloc(most + 1, sizeof(*slots->verdict_end)),
	};
	return slots->starts && slots->owner && slots->free_from && slots->owner_end && slots->verdict_end ? 0
	                                                                                                   : -ENOMEM;
}

/* At most so many slots can a pair of ${table} have. */
static size_t most_slots(const struct table *table)
{
	size_t most = 0;

	for (size_t p = 0; p < table->pair_count; p++) {
		size_t ranges = 0;

		for (size_t e = 0; e < table->pairs[p].entry_count; e++)
			ranges += table->pairs[p].entries[e].range_count;
		if (ranges > most)
			most = ranges;
	}
	return 2 * most + PROTOCOLS;
}

static void add_start(struct slots *slots, uint32_t start)
{
	slots->starts[slots->count++] = start;
}

static void cut(struct slots *slots, const struct table_pair *pair)
{
	bool seen[PROTOCOLS] = { true };

	slots->count = 0;
	add_start(slots, 0);
	for (size_t e = 0; e < pair->entry_count; e++)
		for (size_t i = 0; i < pair->entries[e].range_count; i++) {
			const struct service_range *range = &pair->entries[e].ranges[i];

			if (!seen[range->protocol])
				add_start(slots, KEY(range->protocol, 0));
			seen[range->protocol] = true;
			if (range->first > 0)
				add_start(slots, KEY(range->protocol, range->first));
			if (range->last < PORTS - 1)
				add_start(slots, KEY(range->protocol, range->last) + 1);
		}
	slots->count = stops_settle(slots->starts, slots->count);
	for (size_t i = 0; i <= slots->count; i++) {
		slots->owner[i] = UNDECIDED;
		slots->free_from[i] = i;
	}
}

/* Some slots in a row. */
struct run {
	size_t first;
	size_t end;
};

static struct run run_of(const struct slots *slots, const struct service_range *range)
{
	if (range->protocol == 0)
		return (struct run){ 0, slots->count };
	return (struct run){
		.first = stops_find(slots->starts, slots->count, KEY(range->protocol, range->first)),
		.end = stops_find(slots->starts, slots->count, KEY(range->protocol, range->last) + 1),
	};
}

/* Whether anything of ${entry} is left to it; where it decides whatever it holds, it takes that. */
static bool take(struct slots *slots, const struct table_pair *pair, size_t entry)
{
	const struct table_entry *taker = &pair->entries[entry];
	bool hides = taker->mode == MODE_ENFORCE && taker->names == 0 && taker->schedule == 0;
	bool any = false;

	for (size_t i = 0; i < taker->range_count; i++) {
		struct run run = run_of(slots, &taker->ranges[i]);
		size_t slot = stops_next(slots->free_from, run.first);

		any = any || slot < run.end;
		for (; hides && slot < run.end; slot = stops_next(slots->free_from, slot)) {
			slots->owner[slot] = entry;
			slots->free_from[slot] = slot + 1;
		}
	}
	return any;
}

/* Fills owner_end and verdict_end: what is left to later questions is a look at the ends of runs. */
static void find_ends(struct slots *slots, const struct table_pair *pair)
{
	for (size_t i = slots->count; i-- > 0;) {
		size_t owner = slots->owner[i];
		size_t next = i + 1 < slots->count ? slots->owner[i + 1] : UNDECIDED;
		bool like = owner != UNDECIDED && next != UNDECIDED &&
		            pair->entries[owner].verdict == pair->entries[next].verdict;

		slots->owner_end[i] = i + 1 < slots->count && owner == next ? slots->owner_end[i + 1] : i + 1;
		slots->verdict_end[i] = like ? slots->verdict_end[i + 1] : i + 1;
	}
}

static bool names_itself(const uint16_t *ids, size_t count, uint16_t group)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == group)
			return true;
	return false;
}

/*
 * Whether ${hider} is an exception that was made on purpose: it names less than all zones on a side where ${rule} names
 * them all, as "any" does.
 */
static bool is_exception(const struct policy *policy, const struct policy_rule *hider, const struct policy_rule *rule)
{
	size_t all = policy->zone_count;

	return (rule->from_count >= all && hider->from_count < all) || (rule->to_count >= all && hider->to_count < all);
}

static void note_against(const struct policy *policy, const struct table_pair *pair, size_t rule, size_t hider,
                         struct hiding *hiding)
{
	const struct policy_rule *named = &policy->rules[rule];

	if (!names_itself(named->from, named->from_count, pair->from) ||
	    !names_itself(named->to, named->to_count, pair->to) || is_exception(policy, &policy->rules[hider], named))
		return;
	if (hiding->against_in++ > 0)
		return;
	hiding->from = pair->from;
	hiding->to = pair->to;
	hiding->against_by = hider;
}

/* Who hides ${entry}, of which nothing is left. */
static void note_hidden(const struct policy *policy, const struct slots *slots, const struct table_pair *pair,
                        const struct table_entry *entry, struct hiding *hiding)
{
	bool against = false;
	size_t by = UNDECIDED;
	bool several = false;

	for (size_t i = 0; i < entry->range_count; i++) {
		struct run run = run_of(slots, &entry->ranges[i]);
		size_t owner = slots->owner[run.first];

		assert(owner != UNDECIDED);
		several = several || slots->owner_end[run.first] < run.end || (by != UNDECIDED && by != owner);
		if (pair->entries[owner].verdict == entry->verdict && slots->verdict_end[run.first] < run.end)
			owner = slots->owner[slots->verdict_end[run.first]];
		if (by == UNDECIDED || (!against && pair->entries[owner].verdict != entry->verdict))
			by = owner;
		against = against || pair->entries[owner].verdict != entry->verdict;
	}
	by = pair->entries[by].rule;
	hiding->by_several = hiding->by_several || several || (hiding->hidden > 0 && hiding->by != by);
	if (hiding->hidden++ == 0 || (against && !hiding->against))
		hiding->by = by;
	hiding->against = hiding->against || against;
	if (against)
		note_against(policy, pair, entry->rule, by, hiding);
}

static void look_at_pair(const struct policy *policy, const struct table_pair *pair, struct slots *slots, bool *left,
                         struct hiding *hidings)
{
	cut(slots, pair);
	for (size_t e = 0; e < pair->entry_count; e++)
		left[e] = take(slots, pair, e);
	find_ends(slots, pair);
	for (size_t e = 0; e < pair->entry_count; e++) {
		struct hiding *hiding = &hidings[pair->entries[e].rule];

		hiding->pairs++;
		if (!left[e])
			note_hidden(policy, slots, pair, &pair->entries[e], hiding);
	}
}

int hiding_find(const struct policy *policy, const struct table *table, struct hiding **hidings)
{
	CLEANUP(free) struct hiding *made = calloc(policy->rule_count + 1, sizeof(*made));
	CLEANUP(free) bool *left = calloc(policy->rule_count + 1, sizeof(*left));
	struct slots slots = { .starts = NULL };
	int r = made && left ? slots_make(&slots, most_slots(table)) : -ENOMEM;

	for (size_t p = 0; p < table->pair_count && r == 0; p++)
		/* a device by itself sends itself nothing */
		if (table->pairs[p].from != table->pairs[p].to || !policy_single(policy, table->pairs[p].from))
			look_at_pair(policy, &table->pairs[p], &slots, left, made);
	slots_free(&slots);
	if (r == 0)
		*hidings = take_ptr(&made);
	return r;
}
