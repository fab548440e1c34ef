/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include "policy/proof/hiding.h"
#include "policy/proof/lint.h"
#include "tests/unit/all_flows.h"
#include "tests/unit/proof_policy.h"

#define POLICIES     400
#define WARNINGS_MAX 8
#define TODAY        20000 /* 2024-10-04 */
#define RULES        PROOF_HEAD PROOF_ZONES "rules:\n"

struct vector {
	const char *name;
	const char *rules; /* the first stands in line 11 */
	const char *says;  /* "line: part of a message" of the one warning there is to be; NULL for none */
};

static const struct vector vectors[] = {
	{ "two that have nothing in common",
	  "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/23, why: x }\n",
	  NULL },
	{ "shadowed",
	  "  - { from: pumps, to: pcs, deny: tcp/20-30, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n",
	  "12: this rule never decides: every flow it names is decided by the rule at line 11 (deny); move it above" },
	{ "redundant",
	  "  - { from: pumps, to: pcs, allow: tcp/20-30, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n",
	  "12: this rule never decides: every flow it names is decided alike by the rule at line 11 (allow); it can be "
	  "taken out" },
	{ "one port is left",
	  "  - { from: pumps, to: pcs, deny: tcp/20-30, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/22-31, why: x }\n",
	  NULL },
	{ "one protocol is left",
	  "  - { from: pumps, to: pcs, deny: [tcp/any, udp/any], why: x }\n"
	  "  - { from: pumps, to: pcs, allow: any, why: x }\n",
	  NULL },
	{ "any hides a protocol by itself",
	  "  - { from: pumps, to: pcs, deny: any, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: ip/50, why: x }\n",
	  "12: this rule never decides" },
	{ "hidden by two together",
	  "  - { from: pumps, to: pcs, allow: tcp/20-24, why: x }\n"
	  "  - { from: pumps, to: pcs, deny: tcp/25-30, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/20-30, why: x }\n",
	  "13: by the rule at line 12 (deny) and others before it; move it above" },
	{ "by one on one pair, by another on the other",
	  "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n"
	  "  - { from: imaging, to: pcs, allow: tcp/22, why: x }\n"
	  "  - { from: [pumps, imaging], to: pcs, allow: tcp/22, why: x }\n",
	  "13: decided alike by the rule at line 11 (allow) and others before it" },
	{ "another direction hides nothing",
	  "  - { from: pumps, to: pcs, deny: any, why: x }\n"
	  "  - { from: pcs, to: pumps, allow: tcp/22, why: x }\n",
	  NULL },
	{ "on one of two pairs",
	  "  - { from: pumps, to: internet, deny: any, why: x }\n"
	  "  - { from: [pumps, pcs], to: internet, allow: tcp/443, why: x }\n",
	  "12: from pumps to internet this rule never decides: the rule at line 11 (deny) stands before it" },
	{ "on two of four pairs",
	  "  - { from: pumps, to: [pcs, internet], deny: any, why: x }\n"
	  "  - { from: [pumps, imaging], to: [pcs, internet], allow: tcp/443, why: x }\n",
	  "12: from pumps to pcs (and between 1 more pairs) this rule never decides" },
	{ "an exception to any",
	  "  - { from: pumps, to: internet, deny: any, why: x }\n"
	  "  - { from: any, to: internet, allow: tcp/443, why: x }\n",
	  NULL },
	{ "alike on one of two pairs",
	  "  - { from: pumps, to: internet, allow: any, why: x }\n"
	  "  - { from: [pumps, pcs], to: internet, allow: tcp/443, why: x }\n",
	  NULL },
	{ "named",
	  "  - { name: no way, from: pumps, to: pcs, deny: any, why: x }\n"
	  "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n",
	  "12: by the rule 'no way' at line 11 (deny)" },
	{ "uncited", "  - { from: pumps, to: pcs, allow: tcp/22 }\n", "11: nothing says why this is allowed" },
	{ "what is refused needs no reason", "  - { from: pumps, to: pcs, deny: tcp/22 }\n", NULL },
};

/* Lints ${policy}; ${says} as in struct vector. */
static void assert_says(const char *name, const struct policy *policy, const char *says)
{
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	struct error warnings[WARNINGS_MAX];
	char text[ERROR_TEXT_MAX + 16];
	const char *part = says ? strchr(says, ' ') + 1 : "";
	size_t count = 99;

	assert_int_equal(lint_check(policy, table, NULL, TODAY, warnings, WARNINGS_MAX, &count), 0);
	if (count != (says ? 1 : 0))
		fail_msg("%s: %zu warnings: %s", name, count, count ? warnings[0].text : "");
	if (!says)
		return;
	snprintf(text, sizeof(text), "%u: %s", warnings[0].line, warnings[0].text);
	if (strncmp(text, says, (size_t)(part - says)) != 0 || !strstr(text, part))
		fail_msg("%s: %s", name, text);
	assert_string_equal(warnings[0].file, "site.yaml");
}

static void warns_as_the_vectors_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		CLEANUP(policy_free) struct policy *policy = NULL;
		char text[4096];

		snprintf(text, sizeof(text), "%s%s", RULES, vectors[i].rules);
		policy = proof_parse(text);
		assert_says(vectors[i].name, policy, vectors[i].says);
	}
}

static const char shadowed[] = RULES "  - { from: pumps, to: pcs, deny: any, why: x }\n"
				     "  - { from: pumps, to: pcs, allow: tcp/22, why: x }\n";

static void what_has_a_condition_hides_nothing(void **state)
{
	CLEANUP(policy_free) struct policy *timed = proof_parse(shadowed);
	CLEANUP(policy_free) struct policy *named = proof_parse(shadowed);
	CLEANUP(policy_free) struct policy *observing = proof_parse(shadowed);
	CLEANUP(policy_free) struct policy *observed = proof_parse(shadowed);

	(void)state;
	proof_work_hours(timed, 0);
	assert_says("timed", timed, NULL);
	proof_name(named, 0, "updates.vendor.example");
	assert_says("named", named, NULL);
	observing->rules[0].mode = MODE_OBSERVE;
	assert_says("observing", observing, NULL);
	observed->rules[1].mode = MODE_OBSERVE;
	assert_says("hidden from observing", observed, "12: this rule never observes");
}

static void an_exception_for_one_device_is_none_for_its_zone(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(shadowed);

	(void)state;
	policy->rules[0].from[0] = proof_single(policy, "P-7", "pumps");
	assert_says("one device", policy, NULL);
	policy->rules[1].from[0] = policy->rules[0].from[0];
	assert_says("both of it", policy, "12: this rule never decides");
}

static void dates_are_held_against_today(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(RULES "  - { from: pumps, to: pcs, deny: any }\n");
	struct policy_rule *rule = &policy->rules[0];

	(void)state;
	rule->review_by = TODAY;
	assert_says("due today", policy, NULL);
	rule->review_by = TODAY - 1;
	assert_says("overdue", policy, "11: the review of this rule was due on 2024-10-03; see whether");
	strcpy(rule->owner, "biomed");
	assert_says("overdue, with an owner", policy, "11: ask biomed whether");
	rule->schedule.until = TODAY;
	rule->review_by = DAY_NONE;
	assert_says("last day", policy, NULL);
	rule->schedule.until = TODAY - 1;
	assert_says("ended", policy, "11: this rule ended on 2024-10-03");
}

static void what_nobody_uses_is_told(void **state)
{
	static const struct vector unused[] = {
		{ "a zone without anything", "zones:\n  a: { default: true }\n  b: {}\n",
		  "5: nothing can be in zone 'b'" },
		{ "a zone that a rule names",
		  "zones:\n  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: a, deny: any }\n", NULL },
		{ "a zone that any names",
		  "zones:\n  a: { default: true }\n  b: {}\nrules:\n  - { from: any, to: any, deny: any }\n",
		  "5: nothing can be in zone 'b'" },
		{ "a zone with a device",
		  "zones:\n  a: { default: true }\n  b: {}\n"
		  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: b }\n",
		  NULL },
		{ "a service",
		  "zones:\n  a: { default: true }\nservices:\n  pacs-web: [tcp/8080]\n  other: [tcp/81]\n"
		  "rules:\n  - { from: a, to: a, deny: [tcp/80, other] }\n",
		  "6: service 'pacs-web' is not used" },
		{ "a service that another may be made of",
		  "zones:\n  a: { default: true }\nservices:\n  part: [tcp/8080]\n  whole: [part, tcp/81]\n"
		  "rules:\n  - { from: a, to: a, deny: whole }\n",
		  NULL },
		{ "a service like another by name only",
		  "zones:\n  a: { default: true }\nservices:\n  pac: [tcp/8080]\n  pacs: [tcp/81]\n"
		  "rules:\n  - { from: a, to: a, deny: pacs }\n",
		  "6: service 'pac' is not used" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(unused); i++) {
		CLEANUP(policy_free) struct policy *policy = NULL;
		char text[4096];

		snprintf(text, sizeof(text), "%s%s", PROOF_HEAD, unused[i].rules);
		policy = proof_parse(text);
		assert_says(unused[i].name, policy, unused[i].says);
	}
}

static void an_include_of_nothing_is_told(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(RULES "  - { from: pumps, to: pcs, deny: any }\n");

	(void)state;
	policy->includes = random_array(2, sizeof(*policy->includes));
	policy->include_count = 2;
	strcpy(policy->includes[0].pattern, "site/*.yaml");
	policy->includes[0].place = (struct place){ .line = 2, .column = 12 };
	strcpy(policy->includes[1].pattern, "packs/*.yaml");
	policy->includes[1].file_count = 3;
	assert_says("no file", policy, "2: no file is there for 'site/*.yaml'");
}

static void warnings_stand_in_order_up_to_the_limit(void **state)
{
	CLEANUP(policy_free)
	struct policy *policy =
		proof_parse(PROOF_HEAD "zones:\n  a: { default: true }\n"
	                               "rules:\n"
	                               "  - { from: a, to: a, allow: tcp/1 }\n  - { from: a, to: a, allow: tcp/2 }\n"
	                               "  - { from: a, to: a, allow: tcp/3 }\n"
	                               "services:\n  unused: [tcp/81]\n");
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	struct error warnings[WARNINGS_MAX];
	size_t count;

	(void)state;
	assert_int_equal(lint_check(policy, table, NULL, TODAY, warnings, WARNINGS_MAX, &count), 0);
	assert_int_equal(count, 4);
	for (size_t i = 1; i < count; i++)
		assert_true(warnings[i - 1].line < warnings[i].line);
	assert_int_equal(lint_check(policy, table, NULL, TODAY, warnings, 2, &count), 0);
	assert_int_equal(count, 2);
}

static bool names_group(const struct policy *policy, const uint16_t *ids, size_t count, uint16_t group)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == group || ids[i] == policy_group_zone(policy, group))
			return true;
	return false;
}

static bool rule_holds(const struct policy *policy, const struct policy_rule *rule, const struct flow *flow)
{
	if (!names_group(policy, rule->from, rule->from_count, flow->from) ||
	    !names_group(policy, rule->to, rule->to_count, flow->to))
		return false;
	for (size_t i = 0; i < rule->range_count; i++)
		if ((rule->ranges[i].protocol == 0 || rule->ranges[i].protocol == flow->protocol) &&
		    rule->ranges[i].first <= flow->port && flow->port <= rule->ranges[i].last)
			return true;
	return false;
}

/* The first rule that is sure to decide ${flow}; rule_count for none. */
static size_t sure_rule(const struct policy *policy, const struct flow *flow)
{
	size_t r = 0;

	for (; r < policy->rule_count; r++)
		if (policy->rules[r].mode == MODE_ENFORCE && policy->rules[r].names == 0 &&
		    schedule_is_always(&policy->rules[r].schedule) && rule_holds(policy, &policy->rules[r], flow))
			break;
	return r;
}

/* What trying every flow tells of a rule on the pairs that it names. */
struct tried {
	size_t pairs;
	size_t hidden;
	bool against;
	bool by[64];
	size_t by_count;
};

static void try_pair(const struct policy *policy, size_t rule, uint16_t from, uint16_t to, struct tried *tried)
{
	bool named = false;
	bool left = false;
	struct tried pair = { 0 };

	for (size_t i = 0; i < ALL_FLOWS; i++) {
		struct flow flow = all_flow(i, from, to);
		size_t sure = sure_rule(policy, &flow);

		if (!rule_holds(policy, &policy->rules[rule], &flow))
			continue;
		named = true;
		left = left || sure >= rule;
		if (sure >= rule)
			continue;
		pair.by[sure] = true;
		pair.against = pair.against || policy->rules[sure].verdict != policy->rules[rule].verdict;
	}
	tried->pairs += named;
	if (!named || left)
		return;
	tried->hidden++;
	tried->against = tried->against || pair.against;
	for (size_t i = 0; i < policy->rule_count; i++)
		tried->by[i] = tried->by[i] || pair.by[i];
}

static void assert_as_tried(const struct policy *policy, size_t rule, const struct hiding *hiding, size_t *hidden)
{
	struct tried tried = { 0 };
	size_t by_count = 0;

	for (uint16_t from = 1; from <= policy_group_count(policy); from++)
		for (uint16_t to = 1; to <= policy_group_count(policy); to++)
			if (from != to || !policy_single(policy, from))
				try_pair(policy, rule, from, to, &tried);
	assert_int_equal(hiding->pairs, tried.pairs);
	assert_int_equal(hiding->hidden, tried.hidden);
	assert_int_equal(hiding->against, tried.against);
	if (tried.hidden == 0)
		return;
	for (size_t i = 0; i < policy->rule_count; i++)
		by_count += tried.by[i];
	assert_true(tried.by[hiding->by]);
	assert_int_equal(hiding->by_several, by_count > 1);
	assert_int_equal(policy->rules[hiding->by].verdict != policy->rules[rule].verdict, tried.against);
	(*hidden)++;
}

static void hides_as_trying_everything_does(void **unused)
{
	uint64_t state = random_seed();
	size_t hidden = 0;

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = random_full_policy(&state);
		CLEANUP(table_free) struct table *table = proof_compile(policy);
		CLEANUP(free) struct hiding *hidings = NULL;

		assert_int_equal(hiding_find(policy, table, &hidings), 0);
		for (size_t r = 0; r < policy->rule_count; r++)
			assert_as_tried(policy, r, &hidings[r], &hidden);
	}
	assert_true(hidden > POLICIES / 10);
}

/* As many rules as fit, all of one pair, each with a port of its own: what takes the square of them takes minutes. */
static void many_rules_take_no_time(void **unused)
{
	static struct policy_rule rules[POLICY_RULES_MAX];
	static struct service_range ranges[POLICY_RULES_MAX];
	struct policy_zone zone = { .name = "pcs", .is_default = true };
	uint16_t one = 1;
	struct policy policy = { .zones = &zone, .zone_count = 1, .rules = rules, .rule_count = POLICY_RULES_MAX };
	CLEANUP(table_free) struct table *table = NULL;
	struct error warnings[WARNINGS_MAX];
	struct timespec before;
	struct timespec after;
	size_t count;

	(void)unused;
	for (size_t i = 0; i < POLICY_RULES_MAX; i++) {
		uint16_t port = (uint16_t)(i * 7919);

		ranges[i] = (struct service_range){ .protocol = i < 65536 ? 6 : 17, .first = port, .last = port };
		rules[i] = (struct policy_rule){
			.from = &one,
			.from_count = 1,
			.to = &one,
			.to_count = 1,
			.ranges = &ranges[i],
			.range_count = 1,
		};
	}
	table = proof_compile(&policy);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(lint_check(&policy, table, NULL, TODAY, warnings, WARNINGS_MAX, &count), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	assert_int_equal(count, 0);
	assert_true(after.tv_sec - before.tv_sec < 10);
	printf("%d rules of one pair: %.0f ms\n", POLICY_RULES_MAX,
	       (double)(after.tv_sec - before.tv_sec) * 1e3 + (double)(after.tv_nsec - before.tv_nsec) / 1e6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warns_as_the_vectors_say),
		cmocka_unit_test(what_has_a_condition_hides_nothing),
		cmocka_unit_test(an_exception_for_one_device_is_none_for_its_zone),
		cmocka_unit_test(dates_are_held_against_today),
		cmocka_unit_test(what_nobody_uses_is_told),
		cmocka_unit_test(an_include_of_nothing_is_told),
		cmocka_unit_test(warnings_stand_in_order_up_to_the_limit),
		cmocka_unit_test(hides_as_trying_everything_does),
		cmocka_unit_test(many_rules_take_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
