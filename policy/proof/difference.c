/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/difference.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/proof/difference_internal.h"

void differences_free(struct differences *differences)
{
	free(differences->at);
	*differences = (struct differences){ .at = NULL };
}

struct difference *difference_add(struct search *search, enum difference_kind kind, const char *from, const char *to)
{
	struct differences *differences = search->differences;
	struct difference *added;
	void *grown = differences->at;

	if (differences->count >= DIFFERENCES_MAX ||
	    memory_reserve(&grown, &differences->capacity, differences->count + 1, sizeof(*added)) < 0)
		return NULL;
	differences->at = grown;
	added = &differences->at[differences->count++];
	*added = (struct difference){ .kind = kind };
	snprintf(added->from, sizeof(added->from), "%s", from);
	snprintf(added->to, sizeof(added->to), "%s", to);
	return added;
}

/* The zones of the new policy in its order, then those of the old one that are gone. */
static void find_zone_ends(struct search *search)
{
	const struct policy *old_policy = search->sides.old_policy;
	const struct policy *new_policy = search->sides.new_policy;

	for (size_t i = 0; i < new_policy->zone_count; i++, search->end_count++)
		search->ends[search->end_count] = (struct end){
			.old_group = policy_zone_by_name(old_policy, new_policy->zones[i].name),
			.new_group = (uint16_t)(i + 1),
			.zone = search->end_count,
			.name = new_policy->zones[i].name,
		};
	for (size_t i = 0; i < old_policy->zone_count; i++)
		if (policy_zone_by_name(new_policy, old_policy->zones[i].name) == ZONE_NONE) {
			search->ends[search->end_count] = (struct end){
				.old_group = (uint16_t)(i + 1),
				.zone = search->end_count,
				.name = old_policy->zones[i].name,
			};
			search->end_count++;
		}
	search->zone_count = search->end_count;
}

static uint16_t pinned_zone(const struct policy *policy, const struct mac *mac)
{
	const struct policy_pin *pin = policy_pin_of(policy, mac);

	for (size_t i = 0; i < policy->single_count; i++)
		if (mac_equal(&policy->singles[i].mac, mac))
			return policy->singles[i].zone;
	return pin ? pin->zone : ZONE_NONE;
}

/* Adds the device ${mac} where it is pinned to the same zone on both sides; where it moves, the move says all. */
static void add_device_end(struct search *search, const struct mac *mac, const char *name)
{
	const struct policy *old_policy = search->sides.old_policy;
	const struct policy *new_policy = search->sides.new_policy;
	uint16_t old_zone = pinned_zone(old_policy, mac);
	uint16_t new_zone = pinned_zone(new_policy, mac);

	for (size_t i = 0; i < search->zone_count; i++)
		if (old_zone != ZONE_NONE && search->ends[i].old_group == old_zone &&
		    search->ends[i].new_group == new_zone)
			search->ends[search->end_count++] = (struct end){
				.old_group = policy_group_of(old_policy, mac, old_zone),
				.new_group = policy_group_of(new_policy, mac, new_zone),
				.zone = i,
				.name = name,
			};
}

static bool is_single(const struct policy *policy, const struct mac *mac)
{
	for (size_t i = 0; i < policy->single_count; i++)
		if (mac_equal(&policy->singles[i].mac, mac))
			return true;
	return false;
}

static int find_ends(struct search *search)
{
	const struct policy *old_policy = search->sides.old_policy;
	const struct policy *new_policy = search->sides.new_policy;
	size_t most = (size_t)policy_group_count(old_policy) + policy_group_count(new_policy);
	size_t cells = (old_policy->zone_count + 1) * (new_policy->zone_count + 1);

	search->ends = calloc(most + 1, sizeof(*search->ends));
	search->looser = calloc(cells, sizeof(*search->looser));
	if (!search->ends || !search->looser)
		return -ENOMEM;
	memset(search->looser, -1, cells);
	find_zone_ends(search);
	for (size_t i = 0; i < new_policy->single_count; i++)
		add_device_end(search, &new_policy->singles[i].mac, new_policy->singles[i].name);
	for (size_t i = 0; i < old_policy->single_count; i++)
		if (!is_single(new_policy, &old_policy->singles[i].mac))
			add_device_end(search, &old_policy->singles[i].mac, old_policy->singles[i].name);
	return 0;
}

static int pair_loosens(const struct search *search, uint16_t old_from, uint16_t old_to, uint16_t new_from,
                        uint16_t new_to)
{
	const struct pair_ends ends = { old_from, old_to, new_from, new_to };
	struct comparison found = { .cells = NULL };
	int r;

	if (!table_pair(search->sides.new_table, new_from, new_to))
		return 0;
	r = comparison_make(&search->sides, &ends, &found);
	if (r == 0)
		r = comparison_loosens(&found);
	comparison_free(&found);
	return r;
}

static int find_looser(const struct search *search, uint16_t from, uint16_t to)
{
	int r = 0;

	for (size_t i = 0; i < search->zone_count && r == 0; i++) {
		const struct end *peer = &search->ends[i];

		r = pair_loosens(search, from, peer->old_group, to, peer->new_group);
		if (r == 0)
			r = pair_loosens(search, peer->old_group, from, peer->new_group, to);
	}
	return r;
}

int difference_is_looser(struct search *search, uint16_t from, uint16_t to)
{
	const struct policy *old_policy = search->sides.old_policy;
	const struct policy *new_policy = search->sides.new_policy;
	int8_t *known;
	int r;

	if (to == ZONE_NONE)
		return 0;
	if (from > old_policy->zone_count || to > new_policy->zone_count)
		return find_looser(search, from, to);
	known = &search->looser[from * (new_policy->zone_count + 1) + to];
	if (*known >= 0)
		return *known;
	r = find_looser(search, from, to);
	if (r >= 0)
		*known = (int8_t)r;
	return r;
}

/* Where the differences of a zone pair stand. */
struct span {
	uint32_t first;
	uint32_t count;
};

static bool is_said(const struct differences *differences, const struct span *span, const struct difference *wanted)
{
	for (size_t i = span->first; i < (size_t)span->first + span->count; i++)
		if (differences->at[i].kind == wanted->kind &&
		    strcmp(differences->at[i].services, wanted->services) == 0 &&
		    strcmp(differences->at[i].when, wanted->when) == 0)
			return true;
	return false;
}

/* Takes away those from ${first} on that the zones' ${span} says already. */
static void drop_said(struct differences *differences, size_t first, const struct span *span)
{
	size_t kept = first;

	for (size_t i = first; i < differences->count; i++)
		if (!is_said(differences, span, &differences->at[i]))
			differences->at[kept++] = differences->at[i];
	differences->count = kept;
}

static int add_pair(struct search *search, size_t from, size_t to, struct span *spans)
{
	struct span *span = &spans[search->ends[from].zone * search->zone_count + search->ends[to].zone];
	size_t first = search->differences->count;
	int r;

	/* a device by itself sends itself nothing */
	if (from == to && from >= search->zone_count)
		return 0;
	r = difference_add_pair(search, &search->ends[from], &search->ends[to]);
	if (from < search->zone_count && to < search->zone_count)
		*span = (struct span){ (uint32_t)first, (uint32_t)(search->differences->count - first) };
	else
		drop_said(search->differences, first, span);
	return r;
}

/* The zones' pairs first: what is said of them is not said again of their devices. */
static int add_pairs(struct search *search)
{
	CLEANUP(free) struct span *spans = calloc(search->zone_count * search->zone_count + 1, sizeof(*spans));
	int r = spans ? 0 : -ENOMEM;

	for (size_t from = 0; from < search->zone_count; from++)
		for (size_t to = 0; to < search->zone_count && r == 0; to++)
			r = add_pair(search, from, to, spans);
	for (size_t from = 0; from < search->end_count; from++)
		for (size_t to = 0; to < search->end_count && r == 0; to++)
			if (from >= search->zone_count || to >= search->zone_count)
				r = add_pair(search, from, to, spans);
	return r;
}

static int compare_differences(const void *left, const void *right)
{
	const struct difference *a = left;
	const struct difference *b = right;
	bool pairs = a->kind >= DIFFERENCE_GAINS && b->kind >= DIFFERENCE_GAINS;
	int order = pairs ? 0 : (a->kind > b->kind) - (a->kind < b->kind);

	order = order ? order : strcmp(a->from, b->from);
	order = order ? order : strcmp(a->to, b->to);
	order = order ? order : (a->kind > b->kind) - (a->kind < b->kind);
	order = order ? order : strcmp(a->subject, b->subject);
	order = order ? order : strcmp(a->services, b->services);
	return order ? order : strcmp(a->when, b->when);
}

static void finish(struct differences *differences)
{
	if (differences->count > 1)
		qsort(differences->at, differences->count, sizeof(*differences->at), compare_differences);
	for (size_t i = 0; i < differences->count; i++)
		differences->loosens = differences->loosens || differences->at[i].loosens;
}

int difference_find(const struct policy *old_policy, const struct table *old_table, const struct policy *new_policy,
                    const struct table *new_table, struct differences *differences)
{
	struct search search = {
		.sides = { old_policy, old_table, new_policy, new_table },
		.differences = differences,
	};
	int r = find_ends(&search);

	if (r == 0)
		r = difference_add_zones(&search);
	if (r == 0)
		r = difference_add_moves(&search);
	if (r == 0)
		r = add_pairs(&search);
	free(search.ends);
	free(search.looser);
	if (r == 0)
		finish(differences);
	return r;
}
