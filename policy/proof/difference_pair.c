/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/proof/difference_internal.h"
#include "policy/proof/words.h"
#include "policy/services.h"

/* The cells that change in one way under the same circumstances as a first one. */
struct alike {
	const struct search *search;
	const struct comparison *found;
	enum change change;
	size_t first;
	struct service_range *ranges; /* room for all cells */
	size_t range_count;
	size_t cell_count;
};

static bool changes_so(const struct alike *alike, size_t cell, size_t name, size_t moment)
{
	return alike->found->changes[comparison_index(alike->found, cell, name, moment)] == alike->change;
}

static bool changes_at_all(const struct alike *alike, size_t cell)
{
	for (size_t n = 0; n < alike->found->name_count; n++)
		for (size_t m = 0; m < alike->found->moment_count; m++)
			if (changes_so(alike, cell, n, m))
				return true;
	return false;
}

static bool changes_as_first(const struct alike *alike, size_t cell)
{
	for (size_t n = 0; n < alike->found->name_count; n++)
		for (size_t m = 0; m < alike->found->moment_count; m++)
			if (changes_so(alike, cell, n, m) != changes_so(alike, alike->first, n, m))
				return false;
	return true;
}

static void add_range(struct alike *alike, const struct service_range *cell)
{
	struct service_range *last = alike->range_count ? &alike->ranges[alike->range_count - 1] : NULL;

	if (last && last->protocol == cell->protocol && last->last + 1 == cell->first)
		last->last = cell->last;
	else
		alike->ranges[alike->range_count++] = *cell;
}

/* Collects the cells like the first, those that are not where ${others}; marks them in ${done}. */
static void collect(struct alike *alike, bool others, bool *done)
{
	alike->range_count = 0;
	alike->cell_count = 0;
	for (size_t i = 0; i < alike->found->cell_count; i++) {
		bool is_alike = changes_as_first(alike, i);

		alike->cell_count += is_alike;
		if (is_alike)
			done[i] = true;
		if (is_alike != others)
			add_range(alike, &alike->found->cells[i]);
	}
}

/* "any", "any but ssh", or the list. The first cell is what has no cell of its own: with it, all the others count. */
static void write_services(struct alike *alike, bool *done, char services[POLICY_WHY_MAX])
{
	bool others = alike->first == 0;

	collect(alike, others, done);
	if (others && alike->cell_count == alike->found->cell_count) {
		snprintf(services, POLICY_WHY_MAX, "any");
		return;
	}
	snprintf(services, POLICY_WHY_MAX, "%s", others ? "any but " : "");
	service_list_format(alike->ranges, alike->range_count, services + strlen(services),
	                    POLICY_WHY_MAX - strlen(services));
}

/* Whether the moments at which the first cell changes, for ${name}, are those at which ${schedule} is in force or not.
 */
static bool follows(const struct alike *alike, size_t name, const struct schedule *schedule, bool in_force)
{
	for (size_t m = 0; m < alike->found->moment_count; m++)
		if (changes_so(alike, alike->first, name, m) !=
		    (schedule_holds(schedule, alike->found->moments[m]) == in_force))
			return false;
	return true;
}

static bool write_if_follows(const struct alike *alike, const struct table *table, uint16_t from, uint16_t to,
                             size_t name, char *when)
{
	const struct table_pair *pair = table_pair(table, from, to);
	char words[WORDS_MAX];

	for (size_t i = 0; pair && i < pair->entry_count; i++) {
		const struct schedule *schedule = &table->schedules[pair->entries[i].schedule];

		for (int in_force = 1; in_force >= 0; in_force--) {
			if (!follows(alike, name, schedule, in_force))
				continue;
			if (pair->entries[i].schedule != 0)
				words_add(when, POLICY_WHY_MAX, "%s%s", in_force ? "" : "outside ",
				          words_schedule(schedule, words));
			return true;
		}
	}
	return false;
}

static size_t count_moments(const struct alike *alike, size_t name)
{
	size_t count = 0;

	for (size_t m = 0; m < alike->found->moment_count; m++)
		count += changes_so(alike, alike->first, name, m);
	return count;
}

/* At which times the first cell changes for ${name}. */
static void write_times(const struct alike *alike, size_t name, char *when)
{
	const struct pair_ends *ends = &alike->found->ends;
	char words[WORDS_MAX];

	if (count_moments(alike, name) == alike->found->moment_count ||
	    write_if_follows(alike, alike->search->sides.new_table, ends->new_from, ends->new_to, name, when) ||
	    write_if_follows(alike, alike->search->sides.old_table, ends->old_from, ends->old_to, name, when))
		return;
	for (size_t m = 0; m < alike->found->moment_count; m++)
		if (changes_so(alike, alike->first, name, m)) {
			words_add(when, POLICY_WHY_MAX, "at times, as on %s",
			          words_moment(alike->found->moments[m], words));
			return;
		}
}

static bool set_holds(const struct policy *policy, uint16_t id, const char *name)
{
	const struct policy_name_set *set = &policy->name_sets[id - 1];

	for (size_t i = 0; i < set->name_count; i++)
		if (strcmp(set->names[i], name) == 0)
			return true;
	return false;
}

/* Whether ${name}, of one side's set, is in a set of the other that this pair tells apart from none. */
static bool is_known_elsewhere(const struct alike *alike, const char *name, bool in_new)
{
	const struct sides *sides = &alike->search->sides;

	for (size_t n = 0; n < alike->found->name_count; n++) {
		uint16_t id = in_new ? alike->found->names[n].new_names : alike->found->names[n].old_names;

		if (id != 0 && set_holds(in_new ? sides->new_policy : sides->old_policy, id, name))
			return true;
	}
	return false;
}

/* Appends the names that both sides know as ${names} say. */
static void write_names(const struct alike *alike, const struct pair_names *names, char *when)
{
	const struct sides *sides = &alike->search->sides;
	bool by_new = names->new_names != 0;
	const struct policy_name_set *set = by_new ? &sides->new_policy->name_sets[names->new_names - 1]
	                                           : &sides->old_policy->name_sets[names->old_names - 1];

	for (size_t i = 0; i < set->name_count; i++) {
		bool is_one = by_new && names->old_names != 0
		                      ? set_holds(sides->old_policy, names->old_names, set->names[i])
		                      : !is_known_elsewhere(alike, set->names[i], !by_new);

		if (is_one)
			words_add(when, POLICY_WHY_MAX / 2, "%s%s", when[0] ? ", " : "", set->names[i]);
	}
}

/* Whether the first cell changes for ${a} at the same moments as for ${b}. */
static bool same_moments(const struct alike *alike, size_t a, size_t b)
{
	for (size_t m = 0; m < alike->found->moment_count; m++)
		if (changes_so(alike, alike->first, a, m) != changes_so(alike, alike->first, b, m))
			return false;
	return true;
}

/*
 * "" always; "updates.vendor.example, Mon-Fri 07:00-19:00". Where it is for all addresses but those of some names, it
 * names those; where times differ from name to name, it tells the first.
 */
static void write_when(const struct alike *alike, char when[POLICY_WHY_MAX])
{
	bool all = true;
	bool any_address = count_moments(alike, 0) > 0;
	size_t first = 0;

	when[0] = '\0';
	while (count_moments(alike, first) == 0)
		first++;
	for (size_t n = 0; n < alike->found->name_count; n++)
		all = all && same_moments(alike, first, n);
	for (size_t n = 1; n < alike->found->name_count && !all; n++)
		if (same_moments(alike, first, n) != any_address)
			write_names(alike, &alike->found->names[n], when);
	if (!all && any_address) {
		char names[POLICY_WHY_MAX];

		snprintf(names, sizeof(names), "%s", when);
		when[0] = '\0';
		words_add(when, POLICY_WHY_MAX, "not for %s", names);
	}
	if (when[0] && count_moments(alike, first) < alike->found->moment_count)
		words_add(when, POLICY_WHY_MAX, "; ");
	write_times(alike, first, when);
}

/* The rule that decides, in the new policy, on the first cell where it changes first. */
static struct place find_place(const struct alike *alike)
{
	const struct comparison *found = alike->found;
	const struct policy *policy = alike->search->sides.new_policy;

	for (size_t n = 0; n < found->name_count; n++)
		for (size_t m = 0; m < found->moment_count; m++) {
			struct circumstance now = { found->names[n].new_names, found->moments[m] };
			struct regions regions = { .at = NULL };
			struct decision decision = { .by_default = true };

			if (!changes_so(alike, alike->first, n, m))
				continue;
			if (regions_of(alike->search->sides.new_table, found->ends.new_from, found->ends.new_to, now,
			               &regions) == 0)
				decision = regions_at(&regions, found->cells[alike->first].protocol,
				                      found->cells[alike->first].first)
				                   ->decision;
			regions_free(&regions);
			return decision.by_default ? (struct place){ .line = 0 } : policy->rules[decision.rule].place;
		}
	return (struct place){ .line = 0 };
}

static const enum difference_kind kinds[CHANGE_KINDS] = {
	[CHANGE_GAIN] = DIFFERENCE_GAINS,    [CHANGE_LOSS] = DIFFERENCE_LOSES,    [CHANGE_ANSWER] = DIFFERENCE_ANSWERS,
	[CHANGE_FASTER] = DIFFERENCE_FASTER, [CHANGE_SLOWER] = DIFFERENCE_SLOWER,
};

static int add_alike(struct search *search, struct alike *alike, bool *done, const char *from, const char *to)
{
	struct difference *difference = difference_add(search, kinds[alike->change], from, to);

	if (!difference)
		return search->differences->count >= DIFFERENCES_MAX ? -E2BIG : -ENOMEM;
	write_services(alike, done, difference->services);
	write_when(alike, difference->when);
	difference->place = find_place(alike);
	difference->loosens = alike->change == CHANGE_GAIN || alike->change == CHANGE_FASTER;
	return 0;
}

static int add_changes(struct search *search, const struct comparison *found, enum change change, const char *from,
                       const char *to)
{
	CLEANUP(free) bool *done = calloc(found->cell_count, sizeof(*done));
	CLEANUP(free) struct service_range *ranges = calloc(found->cell_count, sizeof(*ranges));
	struct alike alike = { .search = search, .found = found, .change = change, .ranges = ranges };
	int r = done && ranges ? 0 : -ENOMEM;

	for (size_t i = 0; i < found->cell_count && r == 0; i++) {
		alike.first = i;
		if (!done[i] && changes_at_all(&alike, i))
			r = add_alike(search, &alike, done, from, to);
	}
	return r;
}

int difference_add_pair(struct search *search, const struct end *from, const struct end *to)
{
	const struct pair_ends ends = { from->old_group, to->old_group, from->new_group, to->new_group };
	struct comparison found = { .cells = NULL };
	int r = 0;

	if (!table_pair(search->sides.old_table, ends.old_from, ends.old_to) &&
	    !table_pair(search->sides.new_table, ends.new_from, ends.new_to))
		return 0;
	r = comparison_make(&search->sides, &ends, &found);
	for (unsigned int change = CHANGE_GAIN; change < CHANGE_KINDS && r == 0; change++)
		r = add_changes(search, &found, (enum change)change, from->name, to->name);
	comparison_free(&found);
	return r;
}
