/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/counters.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"

void counters_done(struct counters *counters)
{
	free(counters->pairs);
	free(counters->rules);
	*counters = (struct counters){ 0 };
}

struct counted counters_total(const struct counter *counter)
{
	return (struct counted){ counter->before.packets + counter->now.packets,
		                 counter->before.bytes + counter->now.bytes };
}

static void add(struct counted *to, uint64_t packets, uint64_t bytes)
{
	to->packets += packets;
	to->bytes += bytes;
}

/* ---- what is counted ---- */

const struct counters_zone *counters_zone_of(const struct counters *counters, const char *name)
{
	for (size_t i = 0; i < counters->zone_count; i++)
		if (strcmp(counters->zones[i].name, name) == 0)
			return &counters->zones[i];
	return NULL;
}

/* The figures of ${zone}, made where it is new; NULL when there are too many. */
static struct counters_zone *zone_of(struct counters *counters, const char *zone)
{
	size_t i = 0;

	while (i < counters->zone_count && strcmp(counters->zones[i].name, zone) != 0)
		i++;
	if (i == POLICY_ZONES_MAX)
		return NULL;
	if (i == counters->zone_count) {
		counters->zones[counters->zone_count++] = (struct counters_zone){ .name = "" };
		snprintf(counters->zones[i].name, sizeof(counters->zones[i].name), "%s", zone);
	}
	return &counters->zones[i];
}

/* Where the pair (${from}, ${to}) is or belongs among the sorted pairs. */
static size_t pair_index(const struct counters *counters, const char *from, const char *to)
{
	size_t low = 0;
	size_t high = counters->pair_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct counters_pair *pair = &counters->pairs[middle];
		int order = strcmp(pair->from, from);

		if (order == 0)
			order = strcmp(pair->to, to);
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The figures of a pair, made where it is new; NULL when there are too many. */
static struct counters_pair *pair_of(struct counters *counters, const char *from, const char *to)
{
	size_t at = pair_index(counters, from, to);
	struct counters_pair *pair = &counters->pairs[at];
	void *pairs = counters->pairs;

	if (at < counters->pair_count && strcmp(pair->from, from) == 0 && strcmp(pair->to, to) == 0)
		return pair;
	if (counters->pair_count == COUNTERS_PAIRS_MAX ||
	    memory_reserve(&pairs, &counters->pair_capacity, counters->pair_count + 1, sizeof(*pair)) < 0)
		return NULL;
	counters->pairs = pairs;
	pair = &counters->pairs[at];
	memmove(pair + 1, pair, (counters->pair_count++ - at) * sizeof(*pair));
	*pair = (struct counters_pair){ .from = "" };
	snprintf(pair->from, sizeof(pair->from), "%s", from);
	snprintf(pair->to, sizeof(pair->to), "%s", to);
	return pair;
}

/* ---- reading ---- */

/* Counters as they are read, in the order of the plan's rules in each chain. */
struct reading {
	struct counters *counters;
	const struct policy *policy;
	const struct plan *plan;
	size_t chain; /* the last one met */
	size_t next;  /* rule of it; SIZE_MAX where the plan has no such chain */
};

static bool has_statement(const struct plan_rule *rule, enum plan_statement_type type)
{
	for (size_t i = 0; i < rule->statement_count; i++)
		if (rule->statements[i].type == type)
			return true;
	return false;
}

/* Most often the next chain, for the kernel tells them in the order in which they were laid out. */
static void find_chain(struct reading *reading, const char *name)
{
	const struct plan *plan = reading->plan;

	for (size_t i = 0; i < plan->chain_count; i++) {
		size_t at = (reading->chain + i) % plan->chain_count;

		if (strcmp(plan->chains[at].name, name) != 0)
			continue;
		if (i > 0 || reading->next == SIZE_MAX)
			reading->next = 0;
		reading->chain = at;
		return;
	}
	reading->next = SIZE_MAX;
}

/* The plan's rule that has ${counter}; NULL where the kernel holds something else. */
static const struct plan_rule *rule_of(struct reading *reading, const struct nft_counter *counter)
{
	const struct plan_chain *chain;

	find_chain(reading, counter->chain);
	if (reading->next == SIZE_MAX)
		return NULL;
	chain = &reading->plan->chains[reading->chain];
	while (reading->next < chain->rule_count) {
		const struct plan_rule *rule = &chain->rules[reading->next++];

		if (has_statement(rule, STATEMENT_COUNTER))
			return strcmp(rule->comment, counter->comment) == 0 ? rule : NULL;
	}
	return NULL;
}

/* What a counted ${rule} of the plan does, which stands for the policy's rule ${said}. */
static enum counters_verdict verdict_of(const struct policy_rule *said, const struct plan_rule *rule)
{
	if (said->mode == MODE_OBSERVE)
		return COUNTERS_OBSERVED;
	return said->verdict == VERDICT_ALLOW && !has_statement(rule, STATEMENT_LIMIT_OVER) ? COUNTERS_ALLOWED
	                                                                                    : COUNTERS_REFUSED;
}

/*
 * The zones of the pair in whose chain a rule stands: "pumps..pacs", or "from.pumps" where the destination is not told
 * apart; a single device's group is "pumps.444b5d000001". No zone's name has a dot.
 */
static void zones_of(const char *chain, char from[POLICY_NAME_MAX], char to[POLICY_NAME_MAX])
{
	const char *second = strstr(chain, "..");

	from[0] = to[0] = '\0';
	if (!second && sscanf(chain, "from.%31[^.]", from) == 1)
		return;
	if (!second || sscanf(chain, "%31[^.]", from) != 1 || sscanf(second + 2, "%31[^.]", to) != 1)
		from[0] = '\0';
}

static void add_refused(struct reading *reading, const struct nft_counter *counter, bool by_default)
{
	char from[POLICY_NAME_MAX];
	char to[POLICY_NAME_MAX];
	struct counters_zone *zone;
	struct counters_pair *pair;

	if (counter->packets == 0)
		return;
	zones_of(counter->chain, from, to);
	zone = from[0] ? zone_of(reading->counters, from) : NULL;
	pair = from[0] ? pair_of(reading->counters, from, to) : NULL;
	if (zone)
		add(&zone->refused.read, counter->packets, counter->bytes);
	if (pair)
		add(&pair->refused.read, counter->packets, counter->bytes);
	if (pair && by_default)
		add(&pair->unruled.read, counter->packets, counter->bytes);
}

static void add_counter(const struct nft_counter *counter, void *context)
{
	struct reading *reading = context;
	const struct plan_rule *rule = rule_of(reading, counter);
	enum counters_verdict verdict;

	if (strncmp(counter->comment, "default ", strlen("default ")) == 0) {
		add_refused(reading, counter, true);
		return;
	}
	if (!rule || rule->policy_rule < 0)
		return;
	verdict = verdict_of(&reading->policy->rules[rule->policy_rule], rule);
	if ((size_t)rule->policy_rule < reading->counters->rule_count)
		add(&reading->counters->rules[rule->policy_rule].by[verdict].read, counter->packets, counter->bytes);
	if (verdict == COUNTERS_REFUSED)
		add_refused(reading, counter, false);
}

/* ---- all figures ---- */

typedef void figure_each(struct counters *counters, struct counter *figure);

static void each_figure(struct counters *counters, figure_each *each)
{
	for (size_t i = 0; i < counters->zone_count; i++)
		each(counters, &counters->zones[i].refused);
	for (size_t i = 0; i < counters->pair_count; i++) {
		each(counters, &counters->pairs[i].refused);
		each(counters, &counters->pairs[i].unruled);
	}
	for (size_t i = 0; i < counters->rule_count; i++)
		for (size_t verdict = 0; verdict < COUNTERS_VERDICT_COUNT; verdict++)
			each(counters, &counters->rules[i].by[verdict]);
}

static void begin_reading(struct counters *counters, struct counter *figure)
{
	(void)counters;
	figure->read = (struct counted){ 0 };
}

static void begin_anew(struct counters *counters, struct counter *figure)
{
	(void)counters;
	add(&figure->before, figure->now.packets, figure->now.bytes);
	figure->now = (struct counted){ 0 };
}

static void end_reading(struct counters *counters, struct counter *figure)
{
	if (figure->read.packets < figure->now.packets)
		begin_anew(counters, figure);
	if (figure->read.packets != figure->now.packets)
		counters->changed = true;
	figure->now = figure->read;
}

int counters_read(struct enforcement *enforcement, struct counters *counters, struct error *reterr)
{
	struct reading reading = { .counters = counters, .policy = enforcement->policy, .plan = enforcement->plan };
	int result;

	if (!enforcement->plan)
		return 0;
	each_figure(counters, begin_reading);
	result = nft_read_counters(enforcement->nft, add_counter, &reading, reterr);
	if (result >= 0)
		each_figure(counters, end_reading);
	return result;
}

void counters_began_anew(struct counters *counters)
{
	each_figure(counters, begin_anew);
}

/* ---- another policy ---- */

/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/: the text is the operator's, nobody makes it collide. */
#define FNV_BASIS UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t mixed(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	} while (*text++);
	return hash;
}

/* Whoever "any" names stays "any" where a zone comes or goes. */
static uint64_t mixed_groups(uint64_t hash, const struct policy *policy, const uint16_t *groups, size_t count)
{
	if (count >= policy->zone_count)
		return mixed(hash, "any");
	for (size_t i = 0; i < count; i++) {
		const struct policy_single *single = policy_single(policy, groups[i]);
		const struct policy_zone *zone = policy_zone(policy, policy_group_zone(policy, groups[i]));

		hash = mixed(mixed(hash, zone ? zone->name : ""), single ? single->name : "");
	}
	return mixed(hash, "");
}

static uint64_t likeness_of(const struct policy *policy, const struct policy_rule *rule)
{
	const char modes[] = { (char)('0' + (int)rule->verdict), (char)('0' + (int)rule->mode), '\0' };
	uint64_t hash = mixed(FNV_BASIS, policy_file(policy, rule->place));

	hash = mixed(mixed(mixed(mixed(hash, modes), rule->name), rule->services), rule->why);
	hash = mixed_groups(hash, policy, rule->from, rule->from_count);
	return mixed_groups(hash, policy, rule->to, rule->to_count);
}

/* Of rules that are alike in all but their line, the first is the first again. */
struct place_of {
	uint64_t likeness;
	size_t index;
};

static int by_likeness(const void *a, const void *b)
{
	const struct place_of *one = a;
	const struct place_of *other = b;

	if (one->likeness != other->likeness)
		return one->likeness < other->likeness ? -1 : 1;
	return one->index < other->index ? -1 : one->index > other->index;
}

static struct place_of *sorted(const struct counters_rule *rules, size_t count)
{
	struct place_of *places = calloc(count + 1, sizeof(*places));

	if (!places)
		return NULL;
	for (size_t i = 0; i < count; i++)
		places[i] = (struct place_of){ rules[i].likeness, i };
	qsort(places, count, sizeof(*places), by_likeness);
	return places;
}

/* Gives the ${count} ${rules} the figures of those of ${counters} that are alike. */
static int inherit(const struct counters *counters, struct counters_rule *rules, size_t count)
{
	struct place_of *old = sorted(counters->rules, counters->rule_count);
	struct place_of *new = sorted(rules, count);
	int result = old && new ? 0 : -ENOMEM;
	size_t at = 0;

	for (size_t i = 0; i < count && result == 0; i++) {
		while (at < counters->rule_count && old[at].likeness < new[i].likeness)
			at++;
		if (at < counters->rule_count && old[at].likeness == new[i].likeness)
			rules[new[i].index] = counters->rules[old[at++].index];
	}
	free(old);
	free(new);
	return result;
}

static bool has_zone(const struct policy *policy, const char *name)
{
	return !name[0] || policy_zone_by_name(policy, name) != ZONE_NONE;
}

static void drop_pairs(struct counters *counters, const struct policy *policy)
{
	size_t kept = 0;

	for (size_t i = 0; i < counters->pair_count; i++)
		if (has_zone(policy, counters->pairs[i].from) && has_zone(policy, counters->pairs[i].to))
			counters->pairs[kept++] = counters->pairs[i];
	counters->pair_count = kept;
}

int counters_take_policy(struct counters *counters, const struct policy *policy, struct error *reterr)
{
	struct counters_rule *rules = calloc(policy->rule_count + 1, sizeof(*rules));
	int result = rules ? 0 : -ENOMEM;

	for (size_t i = 0; i < policy->rule_count && rules; i++)
		rules[i].likeness = likeness_of(policy, &policy->rules[i]);
	if (rules)
		result = inherit(counters, rules, policy->rule_count);
	free(counters->rules);
	counters->rules = rules;
	counters->rule_count = rules ? policy->rule_count : 0;
	drop_pairs(counters, policy);
	counters->changed = true;
	return result < 0 ? error_set(reterr, result, "no memory to count %zu rules", policy->rule_count) : 0;
}
