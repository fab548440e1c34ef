/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/expect.h"

#include <errno.h>
#include <string.h>

#include "policy/proof/flows.h"
#include "policy/proof/reach.h"
#include "policy/proof/words.h"
#include "policy/services.h"
#include "policy/table/groups.h"

#define PATH_MAX_STOPS 6 /* of a way that is shown whole */

/* An expectation or a canary, and the first flow found that breaks it. */
struct claim {
	const struct policy_expect *expect; /* NULL for a canary */
	const struct policy_canary *canary;
	const struct service_range *ranges;
	size_t range_count;
	struct group_set from;
	struct group_set to;
	bool has_verdict;
	enum verdict verdict;
	struct place place;
	bool reach_done;
	bool failed;
	uint16_t failed_from;
	uint16_t failed_to;
	struct service_range flows; /* that fail alike; protocol 0 beside others' own regions is every other protocol */
	bool beside_others;
	bool at_times; /* under other circumstances they pass */
	struct circumstance circumstance;
	struct decision decision;
};

struct check {
	const struct policy *policy;
	const struct table *table;
	struct report report;
	struct claim *claims;
	size_t claim_count;
	struct claim **concerned; /* by the pair at hand */
	struct regions regions;
};

static struct claim claim_of_expect(const struct policy *policy, const struct policy_expect *expect)
{
	return (struct claim){
		.expect = expect,
		.ranges = expect->ranges,
		.range_count = expect->range_count,
		.from = group_set_of(policy, expect->from, expect->from_count),
		.to = group_set_of(policy, expect->to, expect->to_count),
		.has_verdict = expect->has_verdict,
		.verdict = expect->verdict,
		.place = expect->place,
		.reach_done = !expect->has_reach,
	};
}

static struct claim claim_of_canary(const struct policy *policy, const struct policy_canary *canary)
{
	return (struct claim){
		.canary = canary,
		.ranges = canary->ranges,
		.range_count = canary->range_count,
		.from = group_set_of(policy, &canary->from, 1),
		.to = group_set_of(policy, &canary->to, 1),
		.has_verdict = true,
		.verdict = VERDICT_ALLOW,
		.place = canary->place,
		.reach_done = true,
	};
}

static int make_claims(struct check *check)
{
	const struct policy *policy = check->policy;
	size_t total = policy->expect_count + policy->canary_count;

	check->claims = calloc(total + 1, sizeof(*check->claims));
	check->concerned = calloc(total + 1, sizeof(struct claim *));
	if (!check->claims || !check->concerned)
		return -ENOMEM;
	for (size_t i = 0; i < policy->expect_count; i++)
		check->claims[check->claim_count++] = claim_of_expect(policy, &policy->expects[i]);
	for (size_t i = 0; i < policy->canary_count; i++)
		check->claims[check->claim_count++] = claim_of_canary(policy, &policy->canaries[i]);
	return 0;
}

static bool meets(enum verdict wanted, enum verdict got)
{
	return wanted == got || (wanted == VERDICT_DENY && got == VERDICT_REJECT);
}

/* What is allowed must be so for any address; what is refused must be so under every name, too. */
static bool counts(const struct claim *claim, struct circumstance circumstance)
{
	return claim->verdict != VERDICT_ALLOW || circumstance.names == 0;
}

/* Looks for a region that breaks ${claim}; those of protocols that rules name come first: they say more. */
static const struct region *find_failing(const struct regions *regions, const struct claim *claim,
                                         struct service_range *flows)
{
	size_t named = 0;

	while (named < regions->count && regions->at[named].protocol == REGION_OTHERS)
		named++;
	for (size_t i = 0; i < regions->count; i++) {
		const struct region *region = &regions->at[(i + named) % regions->count];

		if (meets(claim->verdict, region->decision.verdict))
			continue;
		for (size_t s = 0; s < claim->range_count; s++)
			if (flows_common(regions, region, &claim->ranges[s], flows))
				return region;
	}
	return NULL;
}

static bool passes_at_times(const struct check *check, const struct claim *claim, uint16_t from, uint16_t to,
                            const struct circumstance *circumstances, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct flow flow = flows_specimen(&check->regions, &claim->flows, from, to, circumstances[i]);

		if (counts(claim, circumstances[i]) && meets(claim->verdict, table_decide(check->table, &flow).verdict))
			return true;
	}
	return false;
}

static void hold_against(const struct check *check, struct claim *claim, uint16_t from, uint16_t to,
                         const struct circumstance *circumstances, size_t count, size_t at)
{
	const struct region *region;

	if (claim->failed || !counts(claim, circumstances[at]))
		return;
	region = find_failing(&check->regions, claim, &claim->flows);
	if (!region)
		return;
	claim->failed = true;
	claim->failed_from = from;
	claim->failed_to = to;
	claim->beside_others = check->regions.at[check->regions.count - 1].protocol != REGION_OTHERS;
	claim->circumstance = circumstances[at];
	claim->decision = region->decision;
	claim->at_times = passes_at_times(check, claim, from, to, circumstances, count);
}

static int report_too_many(struct check *check, const struct table_pair *pair)
{
	const struct policy *policy = check->policy;

	return report_stop(&check->report, policy->rules[pair->entries[0].rule].place, -E2BIG,
	                   "what %s may reach in %s depends on more than %u combinations of times and names; "
	                   "give its rules fewer different 'during', 'until' and 'names'",
	                   policy_group_name(policy, pair->from), policy_group_name(policy, pair->to),
	                   REGIONS_CIRCUMSTANCES_MAX);
}

/* Holds the ${concerned} claims against what is decided between ${from} and ${to}. */
static int check_pair(struct check *check, uint16_t from, uint16_t to, size_t concerned)
{
	const struct table_pair *pair = table_pair(check->table, from, to);
	CLEANUP(free) struct circumstance *circumstances = NULL;
	size_t count = 0;
	int r = regions_circumstances(check->table, from, to, &circumstances, &count);

	if (r == -E2BIG)
		return report_too_many(check, pair);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = regions_of(check->table, from, to, circumstances[i], &check->regions);
		for (size_t c = 0; r == 0 && c < concerned; c++)
			hold_against(check, check->concerned[c], from, to, circumstances, count, i);
	}
	return r;
}

static size_t find_concerned(struct check *check, uint16_t from, uint16_t to)
{
	size_t count = 0;

	/* a device by itself sends itself nothing */
	if (from == to && policy_single(check->policy, from))
		return 0;
	for (size_t i = 0; i < check->claim_count; i++) {
		struct claim *claim = &check->claims[i];

		if (claim->has_verdict && !claim->failed && group_set_has(&claim->from, from) &&
		    group_set_has(&claim->to, to))
			check->concerned[count++] = claim;
	}
	return count;
}

static int check_verdicts(struct check *check)
{
	uint16_t groups = policy_group_count(check->policy);
	int r = 0;

	for (uint16_t from = 1; from <= groups; from++)
		for (uint16_t to = 1; to <= groups && r == 0; to++) {
			size_t concerned = find_concerned(check, from, to);

			if (concerned > 0)
				r = check_pair(check, from, to, concerned);
		}
	return r;
}

/* "tcp/445 from pumps to internet" */
static void flow_words(const struct policy *policy, const struct claim *claim, char *text, size_t size)
{
	char service[SERVICE_TEXT_MAX];
	char names[WORDS_MAX];

	service_range_format(&claim->flows, service);
	if (claim->flows.protocol == 0)
		strcpy(service, claim->beside_others ? "every other protocol" : "any");
	words_add(text, size, "%s from %s to %s", service, policy_group_name(policy, claim->failed_from),
	          policy_group_name(policy, claim->failed_to));
	if (claim->circumstance.names != 0)
		words_add(text, size, " (%.60s)", words_names(policy, claim->circumstance.names, names));
}

/* "is allowed by the rule at hospital.yaml:31 (Mon-Fri 07:00-19:00)" */
static void decision_words(const struct policy *policy, const struct claim *claim, char *text, size_t size)
{
	static const char *const done[] = {
		[VERDICT_DENY] = "denied",
		[VERDICT_ALLOW] = "allowed",
		[VERDICT_REJECT] = "rejected",
	};
	const struct decision *decision = &claim->decision;
	const struct policy_rule *rule = decision->by_default ? NULL : &policy->rules[decision->rule];
	char words[WORDS_MAX];

	words_add(text, size, "is %s", done[decision->verdict]);
	if (rule)
		words_add(text, size, " by %s", words_rule(policy, rule, words));
	if (rule && !schedule_is_always(&rule->schedule))
		words_add(text, size, " (%.60s)", words_schedule(&rule->schedule, words));
	else if (claim->at_times)
		words_add(text, size, "%s at other times, as on %s", rule ? "" : ", since no rule allows it",
		          words_moment(claim->circumstance.moment, words));
	else if (!rule)
		words_add(text, size, ", since no rule allows it");
	if (claim->verdict == VERDICT_ALLOW && decision->is_observed)
		words_add(text, size, "; %s only observes",
		          words_rule(policy, &policy->rules[decision->observed], words));
}

static int report_claim(struct check *check, const struct claim *claim)
{
	char text[REPORT_MESSAGE_MAX] = "";

	if (claim->canary)
		words_add(text, sizeof(text), "canary '%s' would stop: ", claim->canary->name);
	else
		words_add(text, sizeof(text), "expected %s, but ", words_verdict(claim->verdict));
	flow_words(check->policy, claim, text, sizeof(text));
	words_add(text, sizeof(text), " ");
	decision_words(check->policy, claim, text, sizeof(text));
	return report_at(&check->report, claim->place, -EINVAL, "%s", text);
}

/* "pumps → pump-servers → pcs" */
static void path_words(const struct check *check, const struct reach *reach, uint16_t from, uint16_t to, char *text,
                       size_t size)
{
	uint16_t path[GROUPS_MAX + 1];
	size_t count = reach_path(reach, from, to, path, ARRAY_SIZE(path));

	for (size_t i = 0; i < count; i++) {
		if (count > PATH_MAX_STOPS && i == PATH_MAX_STOPS - 2) {
			words_add(text, size, " → …");
			i = count - 1;
		}
		words_add(text, size, "%s%s", i ? " → " : "", policy_group_name(check->policy, path[i]));
	}
}

/* The zones of ${claim} that ${from} reaches within its hops; ${farthest} becomes the one with the longest way. */
static unsigned int count_reached(const struct check *check, const struct claim *claim, const struct reach *reach,
                                  uint16_t from, uint16_t *farthest)
{
	unsigned int most = claim->expect->hops;
	unsigned int longest = 0;
	unsigned int count = 0;

	for (uint16_t zone = 1; zone <= check->policy->zone_count; zone++) {
		unsigned int best = 0;

		/* of a zone, any member; where devices are named instead, those alone */
		for (size_t i = 0; i < claim->expect->to_count; i++) {
			uint16_t to = claim->expect->to[i];
			unsigned int hops =
				policy_group_zone(check->policy, to) == zone ? reach_hops(reach, from, to) : 0;

			if (hops == 0 || (most != 0 && hops > most) || (best != 0 && hops >= best))
				continue;
			best = hops;
			if (hops <= longest)
				continue;
			longest = hops;
			*farthest = to;
		}
		count += best > 0;
	}
	return count;
}

static int check_reach(struct check *check, struct claim *claim, const struct reach *reach)
{
	const struct policy_expect *expect = claim->expect;
	char text[REPORT_MESSAGE_MAX] = "";

	claim->reach_done = true;
	for (size_t i = 0; i < expect->from_count; i++) {
		uint16_t farthest = ZONE_NONE;
		unsigned int count = count_reached(check, claim, reach, expect->from[i], &farthest);

		if (count <= expect->reach)
			continue;
		words_add(text, sizeof(text), "expected a reach of %u", expect->reach);
		if (expect->hops > 0)
			words_add(text, sizeof(text), " over %u hop%s", expect->hops, expect->hops == 1 ? "" : "s");
		words_add(text, sizeof(text), ", but one infected %s %s reaches %u zone%s, as by ",
		          policy_single(check->policy, expect->from[i]) ? "device" : "member of",
		          policy_group_name(check->policy, expect->from[i]), count, count == 1 ? "" : "s");
		path_words(check, reach, expect->from[i], farthest, text, sizeof(text));
		return report_at(&check->report, claim->place, -EINVAL, "%s", text);
	}
	return 0;
}

static bool same_ranges(const struct claim *a, const struct claim *b)
{
	if (a->range_count != b->range_count)
		return false;
	for (size_t i = 0; i < a->range_count; i++)
		if (a->ranges[i].protocol != b->ranges[i].protocol || a->ranges[i].first != b->ranges[i].first ||
		    a->ranges[i].last != b->ranges[i].last)
			return false;
	return true;
}

/* Who reaches whom is found once for all expectations that ask by the same services. */
static int check_reaches_like(struct check *check, size_t first)
{
	CLEANUP(reach_free) struct reach *reach = NULL;
	const struct claim *like = &check->claims[first];
	int r = reach_new(check->policy, check->table, like->ranges, like->range_count, &reach);

	if (r == -E2BIG)
		return report_stop(&check->report, like->place, r,
		                   "the reach cannot be found: between two zones it depends on more than %u "
		                   "combinations of times and names; use fewer different 'during', 'until' and 'names'",
		                   REGIONS_CIRCUMSTANCES_MAX);
	for (size_t i = first; r == 0 && i < check->claim_count; i++)
		if (!check->claims[i].reach_done && same_ranges(like, &check->claims[i]))
			r = check_reach(check, &check->claims[i], reach);
	return r;
}

static int run(struct check *check)
{
	int r = make_claims(check);

	if (r == 0)
		r = check_verdicts(check);
	for (size_t i = 0; r == 0 && i < check->claim_count; i++)
		if (check->claims[i].failed)
			r = report_claim(check, &check->claims[i]);
	for (size_t i = 0; r == 0 && i < check->claim_count; i++)
		if (!check->claims[i].reach_done)
			r = check_reaches_like(check, i);
	return r;
}

int expect_check(const struct policy *policy, const struct table *table, const struct sources *sources,
                 struct error *errors, size_t max, size_t *count)
{
	struct check check = { .policy = policy, .table = table };
	int r;

	words_report(&check.report, policy, sources, errors, max);
	r = run(&check);
	if (r == -ENOMEM)
		report_memory(&check.report);
	report_sort(&check.report);
	*count = check.report.error_count;
	regions_free(&check.regions);
	free(check.claims);
	free(check.concerned);
	return check.report.code;
}
