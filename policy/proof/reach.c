/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/reach.h"

#include <errno.h>

#include "policy/proof/flows.h"
#include "policy/table/groups.h"

struct reach {
	uint16_t zone_count;
	uint16_t group_count;
	uint16_t *zones;           /* by group id: its zone's id */
	struct group_set *touches; /* by group id: whom it touches directly */
	uint16_t *hops;            /* from * (group_count + 1) + to; 0 where there is no way */
	uint16_t *before;          /* likewise: the last stop before to on a shortest way */
};

/* What is asked for: by which services, and room to look. */
struct question {
	const struct policy *policy;
	const struct table *table;
	const struct service_range *ranges;
	size_t count;
	struct regions regions;
};

static bool regions_allow(const struct question *question)
{
	struct service_range common;

	for (size_t i = 0; i < question->regions.count; i++) {
		const struct region *region = &question->regions.at[i];

		for (size_t s = 0; region->decision.verdict == VERDICT_ALLOW && s < question->count; s++)
			if (flows_common(&question->regions, region, &question->ranges[s], &common))
				return true;
	}
	return false;
}

/* Most pairs have no entry that could ever allow: they need no look at their regions. */
static bool may_allow(const struct table_pair *pair)
{
	for (size_t i = 0; i < pair->entry_count; i++)
		if (pair->entries[i].verdict == VERDICT_ALLOW && pair->entries[i].mode == MODE_ENFORCE)
			return true;
	return false;
}

/* errors: 1 some flow is allowed, 0 none, negative errno. */
static int pair_allows(struct question *question, const struct table_pair *pair)
{
	CLEANUP(free) struct circumstance *circumstances = NULL;
	size_t count = 0;
	int r;

	if (!may_allow(pair))
		return 0;
	r = regions_circumstances(question->table, pair->from, pair->to, &circumstances, &count);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = regions_of(question->table, pair->from, pair->to, circumstances[i], &question->regions);
		if (r == 0 && regions_allow(question))
			r = 1;
	}
	return r;
}

static int find_touches(struct question *question, struct reach *reach)
{
	int r = 0;

	for (size_t i = 0; i < question->table->pair_count && r >= 0; i++) {
		const struct table_pair *pair = &question->table->pairs[i];

		/* a device by itself has nobody of its kind to touch */
		if (pair->from == pair->to && policy_single(question->policy, pair->from))
			continue;
		r = pair_allows(question, pair);
		if (r > 0)
			group_set_add(&reach->touches[pair->from], pair->to);
	}
	return r < 0 ? r : 0;
}

static size_t cell(const struct reach *reach, uint16_t from, uint16_t to)
{
	return (size_t)from * (reach->group_count + 1U) + to;
}

/* One more stop: whom ${stop} touches and who was not reached before. Returns how many were put into ${queue}. */
static size_t step(struct reach *reach, uint16_t from, uint16_t stop, unsigned int hops, struct group_set *reached,
                   uint16_t *queue)
{
	size_t count = 0;

	for (unsigned int w = 0; w < GROUPS_WORDS; w++) {
		uint64_t fresh = reach->touches[stop].words[w] & ~reached->words[w];

		reached->words[w] |= fresh;
		for (; fresh; fresh &= fresh - 1) {
			uint16_t to = (uint16_t)(w * GROUPS_WORD_BITS + (unsigned int)__builtin_ctzll(fresh));

			reach->hops[cell(reach, from, to)] = (uint16_t)hops;
			reach->before[cell(reach, from, to)] = stop;
			queue[count++] = to;
		}
	}
	return count;
}

/* Breadth first. The start counts as reached only where a way leads back to it. */
static void walk(struct reach *reach, uint16_t from)
{
	uint16_t queue[GROUPS_MAX + 1];
	struct group_set reached = { { 0 } };
	size_t filled = step(reach, from, from, 1, &reached, queue);

	for (size_t at = 0; at < filled; at++)
		filled += step(reach, from, queue[at], reach->hops[cell(reach, from, queue[at])] + 1U, &reached,
		               queue + filled);
}

static int make(const struct policy *policy, struct reach **reach)
{
	CLEANUP(reach_free) struct reach *made = calloc(1, sizeof(*made));
	size_t side = policy_group_count(policy) + 1U;

	if (!made)
		return -ENOMEM;
	made->zone_count = (uint16_t)policy->zone_count;
	made->group_count = policy_group_count(policy);
	made->zones = calloc(side, sizeof(*made->zones));
	made->touches = calloc(side, sizeof(*made->touches));
	made->hops = calloc(side * side, sizeof(*made->hops));
	made->before = calloc(side * side, sizeof(*made->before));
	if (!made->zones || !made->touches || !made->hops || !made->before)
		return -ENOMEM;
	for (uint16_t group = 1; group <= made->group_count; group++)
		made->zones[group] = policy_group_zone(policy, group);
	*reach = take_ptr(&made);
	return 0;
}

int reach_new(const struct policy *policy, const struct table *table, const struct service_range *ranges, size_t count,
              struct reach **reach)
{
	CLEANUP(reach_free) struct reach *made = NULL;
	struct question question = { .policy = policy, .table = table, .ranges = ranges, .count = count };
	int r = make(policy, &made);

	if (r == 0)
		r = find_touches(&question, made);
	regions_free(&question.regions);
	if (r < 0)
		return r;
	for (uint16_t from = 1; from <= made->group_count; from++)
		walk(made, from);
	*reach = take_ptr(&made);
	return 0;
}

void reach_free(struct reach *reach)
{
	if (!reach)
		return;
	free(reach->zones);
	free(reach->touches);
	free(reach->hops);
	free(reach->before);
	free(reach);
}

static bool stands_for(const struct reach *reach, uint16_t end, uint16_t group)
{
	return end == group || (end <= reach->zone_count && reach->zones[group] == end);
}

/* A shortest way from one of those that ${from} stands for to one of those that ${to} does; its length, 0 for none. */
static unsigned int nearest(const struct reach *reach, uint16_t from, uint16_t to, uint16_t *first, uint16_t *last)
{
	unsigned int best = 0;

	for (uint16_t f = 1; f <= reach->group_count; f++) {
		if (!stands_for(reach, from, f))
			continue;
		for (uint16_t t = 1; t <= reach->group_count; t++) {
			unsigned int hops = stands_for(reach, to, t) ? reach->hops[cell(reach, f, t)] : 0;

			if (hops == 0 || (best != 0 && hops >= best))
				continue;
			best = hops;
			*first = f;
			*last = t;
		}
	}
	return best;
}

unsigned int reach_hops(const struct reach *reach, uint16_t from, uint16_t to)
{
	uint16_t first;
	uint16_t last;

	return nearest(reach, from, to, &first, &last);
}

unsigned int reach_radius(const struct reach *reach, uint16_t from, unsigned int hops)
{
	unsigned int radius = 0;

	if (from == ZONE_NONE || from > reach->group_count)
		return 0;
	for (uint16_t zone = 1; zone <= reach->zone_count; zone++) {
		unsigned int needed = reach_hops(reach, from, zone);

		radius += needed > 0 && (hops == 0 || needed <= hops);
	}
	return radius;
}

size_t reach_path(const struct reach *reach, uint16_t from, uint16_t to, uint16_t *path, size_t max)
{
	uint16_t first = from;
	uint16_t stop = to;
	size_t hops = nearest(reach, from, to, &first, &stop);

	if (hops == 0 || hops + 1 > max)
		return 0;
	for (size_t at = hops; at > 0; at--) {
		path[at] = stop;
		stop = reach->before[cell(reach, first, stop)];
	}
	path[0] = first;
	return hops + 1;
}
