/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* a macro of cmocka bears the name of the function that is tested */
#undef expect_check

#include "policy/proof/expect.h"
#include "policy/services.h"
#include "tests/unit/all_flows.h"
#include "tests/unit/proof_policy.h"

#define POLICIES   120
#define ERRORS_MAX 8

static const char rules[] =
	PROOF_HEAD PROOF_ZONES "rules:\n"
			       "  - { from: pumps, to: internet, deny: any, why: x }\n"             /* line 11 */
			       "  - { from: pumps, to: pump-servers, allow: [tcp/3613], why: x }\n" /* line 12 */
			       "  - { from: pump-servers, to: pcs, allow: [tcp/22], why: x }\n"     /* line 13 */
			       "  - { from: pcs, to: internet, allow: [tcp/80-443], why: x }\n"     /* line 14 */
			       "  - { from: pcs, to: pumps, deny: [tcp/23], why: x }\n";

struct vector {
	const char *name;
	const char *from;
	const char *to;
	const char *service; /* NULL: any */
	enum verdict verdict;
	const char *says; /* part of the message; NULL: it is met */
};

static const struct vector vectors[] = {
	{ "denied by a rule", "pumps", "internet", NULL, VERDICT_DENY, NULL },
	{ "denied by default", "imaging", "internet", NULL, VERDICT_DENY, NULL },
	{ "allowed by a rule", "pumps", "pump-servers", "tcp/3613", VERDICT_ALLOW, NULL },
	{ "one port is open", "pumps", "pump-servers", NULL, VERDICT_DENY,
	  "expected deny, but tcp/3613 from pumps to pump-servers is allowed by the rule at site.yaml:12" },
	{ "open ports among those asked for", "pcs", "internet", "tcp/400-500", VERDICT_DENY,
	  "tcp/400-443 from pcs to internet is allowed by the rule at site.yaml:14" },
	{ "ports beside the open ones", "pcs", "internet", "tcp/444-500", VERDICT_DENY, NULL },
	{ "half open", "pcs", "internet", "tcp/443-444", VERDICT_ALLOW,
	  "expected allow, but tcp/444 from pcs to internet is denied, since no rule allows it" },
	{ "closed by a rule", "pumps", "internet", "tcp/443", VERDICT_ALLOW,
	  "tcp/443 from pumps to internet is denied by the rule at site.yaml:11" },
	{ "rejected is denied", "pcs", "pumps", "tcp/23", VERDICT_DENY, NULL },
	{ "rejected is rejected", "pcs", "pumps", "tcp/23", VERDICT_REJECT, NULL },
	{ "denied is not rejected", "pumps", "internet", "tcp/23", VERDICT_REJECT,
	  "expected reject, but tcp/23 from pumps to internet is denied by the rule at site.yaml:11" },
	{ "everything is closed but asked for", "imaging", "pumps", NULL, VERDICT_ALLOW,
	  "any from imaging to pumps is denied" },
};

static struct policy_expect *add_expect(struct policy *policy)
{
	struct policy_expect *grown = realloc(policy->expects, (policy->expect_count + 1) * sizeof(*grown));

	assert_non_null(grown);
	policy->expects = grown;
	grown = &policy->expects[policy->expect_count++];
	*grown = (struct policy_expect){ .place = { .line = 100U + (unsigned int)policy->expect_count, .column = 5 } };
	return grown;
}

static uint16_t *one_id(uint16_t id, size_t *count)
{
	uint16_t *ids = random_array(1, sizeof(*ids));

	ids[0] = id;
	*count = 1;
	return ids;
}

static struct service_range *one_range(const char *service, size_t *count)
{
	struct service_range *range = random_array(1, sizeof(*range));
	const char *hint = NULL;

	*range = (struct service_range){ .last = UINT16_MAX };
	if (service)
		assert_int_equal(service_range_parse(service, range, &hint), 0);
	*count = 1;
	return range;
}

static struct policy_expect *expect_between(struct policy *policy, const char *from, const char *to,
                                            const char *service)
{
	struct policy_expect *expect = add_expect(policy);

	expect->from = one_id(proof_group(policy, from), &expect->from_count);
	expect->to = one_id(proof_group(policy, to), &expect->to_count);
	expect->ranges = one_range(service, &expect->range_count);
	return expect;
}

static void expect_verdict(struct policy *policy, const struct vector *vector)
{
	struct policy_expect *expect = expect_between(policy, vector->from, vector->to, vector->service);

	expect->has_verdict = true;
	expect->verdict = vector->verdict;
}

static struct policy *parse_rules(void)
{
	struct policy *policy = proof_parse(rules);

	policy->rules[4].verdict = VERDICT_REJECT;
	return policy;
}

/* Checks ${policy}; ${says} is part of the one message there is to be, NULL for none. */
static void assert_says(const char *name, const struct policy *policy, const char *says)
{
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	struct error errors[ERRORS_MAX];
	size_t count = 99;
	int r = expect_check(policy, table, NULL, errors, ERRORS_MAX, &count);

	if (r != (says ? -EINVAL : 0) || count != (says ? 1 : 0))
		fail_msg("%s: %d, %zu noted: %s", name, r, count, count ? errors[0].text : "");
	if (says && !strstr(errors[0].text, says))
		fail_msg("%s: %s", name, errors[0].text);
	if (says && policy->expect_count > 0) {
		assert_string_equal(errors[0].file, "site.yaml");
		assert_int_equal(errors[0].line, 101);
		assert_int_equal(errors[0].column, 5);
	}
}

static void verdicts_as_the_vectors_say(void **state)
{
	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(vectors); v++) {
		CLEANUP(policy_free) struct policy *policy = parse_rules();

		expect_verdict(policy, &vectors[v]);
		assert_says(vectors[v].name, policy, vectors[v].says);
	}
}

static void expect_one(struct policy *policy, const char *from, const char *to, const char *service,
                       enum verdict verdict)
{
	const struct vector vector = { .from = from, .to = to, .service = service, .verdict = verdict };

	expect_verdict(policy, &vector);
}

static void every_moment_counts(void **state)
{
	CLEANUP(policy_free) struct policy *open = parse_rules();
	CLEANUP(policy_free) struct policy *closed = parse_rules();
	CLEANUP(policy_free) struct policy *shut = parse_rules();

	(void)state;
	proof_work_hours(open, 3);
	expect_one(open, "pcs", "internet", "tcp/443", VERDICT_DENY);
	assert_says("allowed at times", open, "by the rule at site.yaml:14 (Mon-Fri 07:00-19:00)");
	proof_work_hours(closed, 3);
	expect_one(closed, "pcs", "internet", "tcp/443", VERDICT_ALLOW);
	assert_says("denied at other times", closed, "is denied, since no rule allows it at other times, as on ");
	proof_work_hours(shut, 0);
	expect_one(shut, "pumps", "internet", "tcp/443", VERDICT_DENY);
	assert_says("denied at times, then by default", shut, NULL);
}

static void names_count_for_what_is_refused(void **state)
{
	CLEANUP(policy_free) struct policy *closed = parse_rules();
	CLEANUP(policy_free) struct policy *open = parse_rules();

	(void)state;
	proof_name(closed, 3, "updates.vendor.example");
	expect_one(closed, "pcs", "internet", "tcp/443", VERDICT_DENY);
	assert_says("open to a name", closed, "to internet (updates.vendor.example) is allowed");
	/* the one denied for a name alone is still open to addresses without */
	proof_name(open, 0, "updates.vendor.example");
	open->rules[3].from[0] = proof_group(open, "pumps");
	expect_one(open, "pumps", "internet", "tcp/443", VERDICT_ALLOW);
	assert_says("closed to a name", open, NULL);
}

static void an_observing_rule_decides_nothing(void **state)
{
	CLEANUP(policy_free) struct policy *policy = parse_rules();

	(void)state;
	policy->rules[1].mode = MODE_OBSERVE;
	expect_one(policy, "pumps", "pump-servers", "tcp/3613", VERDICT_ALLOW);
	assert_says("observed", policy, "no rule allows it; the rule at site.yaml:12 only observes");
}

static void a_zone_holds_its_single_devices(void **state)
{
	CLEANUP(policy_free) struct policy *zone = parse_rules();
	CLEANUP(policy_free) struct policy *single = parse_rules();

	(void)state;
	zone->rules[3].from[0] = proof_single(zone, "CT-2", "imaging");
	expect_one(zone, "imaging", "internet", NULL, VERDICT_DENY);
	assert_says("a device of the zone", zone, "from CT-2 to internet is allowed by the rule at site.yaml:14");
	single->rules[3].from[0] = proof_single(single, "CT-2", "imaging");
	expect_one(single, "CT-2", "internet", "tcp/443", VERDICT_ALLOW);
	assert_says("the device alone", single, NULL);
}

static void expect_reach(struct policy *policy, const char *from, const char *to, const char *service, uint32_t reach,
                         uint32_t hops)
{
	struct policy_expect *expect = expect_between(policy, from, to ? to : "pumps", service);

	expect->has_reach = true;
	expect->reach = reach;
	expect->hops = hops;
	if (to)
		return;
	free(expect->to);
	expect->to = random_array(policy->zone_count, sizeof(*expect->to));
	for (expect->to_count = 0; expect->to_count < policy->zone_count; expect->to_count++)
		expect->to[expect->to_count] = (uint16_t)(expect->to_count + 1);
}

static void reach_is_counted_over_hops(void **state)
{
	static const struct {
		const char *name;
		const char *from;
		const char *to;
		const char *service;
		uint32_t reach;
		uint32_t hops;
		const char *says;
	} reaches[] = {
		{ "nobody", "imaging", NULL, NULL, 0, 0, NULL },
		{ "by any way", "pumps", NULL, NULL, 3, 0, NULL },
		{ "one too many", "pumps", NULL, NULL, 2, 0,
		  "expected a reach of 2, but one infected member of pumps reaches 3 zones" },
		{ "the way", "pumps", "internet", NULL, 0, 0, "pumps → pump-servers → pcs → internet" },
		{ "not so far", "pumps", "internet", NULL, 0, 2, NULL },
		{ "directly", "pumps", NULL, NULL, 1, 1, NULL },
		{ "directly, one too many", "pumps", NULL, NULL, 0, 1, "over 1 hop, but one infected member" },
		{ "by one service", "pumps", NULL, "tcp/3613", 1, 0, NULL },
		{ "by another service", "pumps", NULL, "tcp/22", 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(reaches); i++) {
		CLEANUP(policy_free) struct policy *policy = parse_rules();

		expect_reach(policy, reaches[i].from, reaches[i].to, reaches[i].service, reaches[i].reach,
		             reaches[i].hops);
		assert_says(reaches[i].name, policy, reaches[i].says);
	}
}

static void reaches_by_different_services_are_different(void **state)
{
	CLEANUP(policy_free) struct policy *policy = parse_rules();

	(void)state;
	expect_reach(policy, "pumps", NULL, NULL, 3, 0);
	policy->expects[0].place.line = 7; /* met: the message is about the other */
	expect_reach(policy, "pump-servers", NULL, "tcp/22", 0, 0);
	policy->expects[1].place.line = 101;
	expect_reach(policy, "pumps", NULL, "tcp/22", 0, 0);
	assert_says("both", policy, "pump-servers → pcs");
}

static void reach_of_a_single_device_is_its_own(void **state)
{
	CLEANUP(policy_free) struct policy *policy = parse_rules();
	uint16_t ct = proof_single(policy, "CT-2", "pumps");

	(void)state;
	/* the zone reaches, the device is shut out first */
	policy->rules[0].from[0] = ct;
	policy->rules[0].to[0] = proof_group(policy, "pump-servers");
	expect_reach(policy, "CT-2", NULL, NULL, 0, 0);
	assert_says("shut out", policy, NULL);
}

static struct policy_canary *add_canary(struct policy *policy, const char *from, const char *to, const char *service)
{
	policy->canaries = random_array(1, sizeof(*policy->canaries));
	policy->canary_count = 1;
	policy->canaries[0] = (struct policy_canary){
		.name = "alive",
		.from = proof_group(policy, from),
		.to = proof_group(policy, to),
		.place = { .line = 50, .column = 3 },
	};
	policy->canaries[0].ranges = one_range(service, &policy->canaries[0].range_count);
	return policy->canaries;
}

static void a_canary_must_live_always(void **state)
{
	CLEANUP(policy_free) struct policy *alive = parse_rules();
	CLEANUP(policy_free) struct policy *dead = parse_rules();
	CLEANUP(policy_free) struct policy *at_times = parse_rules();

	(void)state;
	alive->rules[1].rate = (struct policy_rate){ .count = 10, .seconds = 1 };
	add_canary(alive, "pumps", "pump-servers", "tcp/3613");
	assert_says("alive", alive, NULL);
	add_canary(dead, "pumps", "internet", "tcp/443");
	assert_says("dead", dead, "canary 'alive' would stop: tcp/443 from pumps to internet is denied by the rule");
	proof_work_hours(at_times, 1);
	add_canary(at_times, "pumps", "pump-servers", "tcp/3613");
	assert_says("at times", at_times, "canary 'alive' would stop");
}

/* 100 sets of names and 60 hours: more combinations than are gone through. */
static void asks_for_fewer_combinations(void **state)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(policy_free) struct policy *policy = NULL;
	CLEANUP(table_free) struct table *table = NULL;
	struct error errors[ERRORS_MAX];
	struct error error = { 0 };
	size_t length = 0, count = 0;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	fputs(PROOF_HEAD PROOF_ZONES "rules:\n", out);
	for (int i = 0; i < 100; i++)
		fprintf(out, "  - { from: pcs, to: { names: n%d.example }, allow: [tcp/443] }\n", i);
	for (int i = 0; i < 60; i++)
		fprintf(out, "  - { from: pcs, to: internet, allow: [tcp/80], during: \"08:%02d-19:%02d\" }\n", i, i);
	fputs("expect: [{ from: pcs, to: internet, service: tcp/22, verdict: deny }]\n", out);
	fclose(out);
	assert_int_equal(policy_parse("site.yaml", text, length, &policy, &error), 0);
	assert_int_equal(table_compile(policy, &table, &error), 0);
	assert_int_equal(expect_check(policy, table, NULL, errors, ERRORS_MAX, &count), -E2BIG);
	assert_int_equal(count, 1);
	assert_non_null(
		strstr(errors[0].text, "what pcs may reach in internet depends on more than 4096 combinations"));
}

static void notes_as_many_as_fit(void **state)
{
	CLEANUP(policy_free) struct policy *policy = parse_rules();
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	struct error errors[2];
	size_t count;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		expect_one(policy, "pumps", "pump-servers", "tcp/3613", VERDICT_DENY);
	add_canary(policy, "pumps", "internet", "tcp/443");
	assert_int_equal(expect_check(policy, table, NULL, errors, 2, &count), -EINVAL);
	assert_int_equal(count, 2);
	assert_int_equal(errors[0].line, 101);
	assert_int_equal(errors[1].line, 102);
}

static void shows_the_line(void **state)
{
	CLEANUP(policy_free) struct policy *policy = parse_rules();
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	CLEANUP(free) struct sources *sources = random_array(1, sizeof(*sources));
	struct error errors[ERRORS_MAX];
	char text[] = "\nexpect:\n  - { from: pumps }\n";
	size_t count;

	(void)state;
	strcpy(sources->at[0].path, "site.yaml");
	sources->at[0].text = text;
	sources->at[0].length = strlen(text);
	sources->count = 1;
	expect_one(policy, "pumps", "pump-servers", "tcp/3613", VERDICT_DENY);
	policy->expects[0].place.line = 3;
	assert_int_equal(expect_check(policy, table, sources, errors, ERRORS_MAX, &count), -EINVAL);
	assert_non_null(strstr(errors[0].text, "\n  - { from: pumps }\n    ^"));
}

/* An expectation of anything between some of the groups. */
static void random_expect(struct policy *policy, uint64_t *state)
{
	struct policy_expect *expect = add_expect(policy);

	expect->from = random_ids(policy, state, &expect->from_count);
	expect->to = random_ids(policy, state, &expect->to_count);
	random_add_singles(policy, state, &expect->from, &expect->from_count);
	random_add_singles(policy, state, &expect->to, &expect->to_count);
	expect->range_count = 1 + random_below(state, 2);
	expect->ranges = random_array(expect->range_count, sizeof(*expect->ranges));
	for (size_t i = 0; i < expect->range_count; i++)
		expect->ranges[i] = random_range(state);
	expect->has_verdict = true;
	expect->verdict = random_below(state, 3) ? VERDICT_DENY : (enum verdict)random_below(state, 3);
}

static bool names_group(const struct policy *policy, const uint16_t *ids, size_t count, uint16_t group)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == group || ids[i] == policy_group_zone(policy, group))
			return true;
	return false;
}

static bool in_ranges(const struct policy_expect *expect, const struct flow *flow)
{
	for (size_t i = 0; i < expect->range_count; i++)
		if ((expect->ranges[i].protocol == 0 || expect->ranges[i].protocol == flow->protocol) &&
		    expect->ranges[i].first <= flow->port && flow->port <= expect->ranges[i].last)
			return true;
	return false;
}

static bool flow_breaks(const struct table *table, const struct policy_expect *expect, const struct flow *flow)
{
	enum verdict got = table_decide(table, flow).verdict;

	if (expect->verdict == VERDICT_DENY)
		return got == VERDICT_ALLOW;
	if (expect->verdict == VERDICT_ALLOW)
		return flow->names == 0 && got != VERDICT_ALLOW;
	return got != VERDICT_REJECT;
}

/* Every flow of one pair, at every moment, for every name. */
static bool pair_breaks(const struct policy *policy, const struct table *table, const struct policy_expect *expect,
                        const struct moment *moments, size_t moment_count, uint16_t from, uint16_t to)
{
	for (size_t i = 0; i < ALL_FLOWS; i++) {
		struct flow flow = all_flow(i, from, to);

		if (!in_ranges(expect, &flow))
			continue;
		for (size_t m = 0; m < moment_count; m++)
			for (flow.names = 0; flow.names <= policy->name_set_count; flow.names++) {
				flow.moment = moments[m];
				if (flow_breaks(table, expect, &flow))
					return true;
			}
	}
	return false;
}

static bool breaks(const struct policy *policy, const struct table *table, const struct policy_expect *expect)
{
	struct moment moments[ALL_MOMENTS_MAX];
	size_t count = all_moments(table, table, moments);

	for (uint16_t from = 1; from <= policy_group_count(policy); from++)
		for (uint16_t to = 1; to <= policy_group_count(policy); to++)
			if (names_group(policy, expect->from, expect->from_count, from) &&
			    names_group(policy, expect->to, expect->to_count, to) &&
			    !(from == to && policy_single(policy, from)) &&
			    pair_breaks(policy, table, expect, moments, count, from, to))
				return true;
	return false;
}

static void finds_what_trying_everything_finds(void **unused)
{
	uint64_t state = random_seed();
	size_t broken = 0;

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = random_full_policy(&state);
		CLEANUP(table_free) struct table *table = proof_compile(policy);
		struct error errors[ERRORS_MAX];
		size_t count;
		size_t noted = 0;

		for (size_t e = 0; e < 4; e++)
			random_expect(policy, &state);
		expect_check(policy, table, NULL, errors, ERRORS_MAX, &count);
		for (size_t e = 0; e < policy->expect_count; e++) {
			bool wanted = breaks(policy, table, &policy->expects[e]);
			bool got = noted < count && errors[noted].line == policy->expects[e].place.line;

			if (wanted != got)
				fail_msg("policy %zu, expectation %zu: %s", i, e,
				         got ? errors[noted].text : "not noted");
			noted += got;
			broken += got;
		}
		assert_int_equal(noted, count);
	}
	/* both outcomes were seen often */
	assert_true(broken > POLICIES / 2 && broken < 4 * POLICIES - POLICIES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_as_the_vectors_say),
		cmocka_unit_test(every_moment_counts),
		cmocka_unit_test(names_count_for_what_is_refused),
		cmocka_unit_test(an_observing_rule_decides_nothing),
		cmocka_unit_test(a_zone_holds_its_single_devices),
		cmocka_unit_test(reach_is_counted_over_hops),
		cmocka_unit_test(reaches_by_different_services_are_different),
		cmocka_unit_test(reach_of_a_single_device_is_its_own),
		cmocka_unit_test(a_canary_must_live_always),
		cmocka_unit_test(asks_for_fewer_combinations),
		cmocka_unit_test(notes_as_many_as_fit),
		cmocka_unit_test(shows_the_line),
		cmocka_unit_test(finds_what_trying_everything_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
