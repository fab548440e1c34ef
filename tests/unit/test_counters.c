/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/enforcement/counters.h"
#include "policy/language/load.h"

#define HEAD                                                                                                           \
	"version: 1\n"                                                                                                 \
	"site: test\n"                                                                                                 \
	"gateway: { clinical: [pumps0], uplink: [wan0], isolation: none }\n"                                           \
	"services: { lpr: [tcp/515] }\n"

#define ZONES "zones: { a: { default: true }, b: { networks: [10.1.0.0/24] }, c: { networks: [10.2.0.0/24] } }\n"

static struct policy *parsed(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { 0 };

	if (policy_parse("site.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s", error.text);
	return policy;
}

static uint64_t allowed(const struct counters *counters, size_t rule)
{
	assert_in_range(rule, 0, counters->rule_count - 1);
	return counters_total(&counters->rules[rule].by[COUNTERS_ALLOWED]).packets;
}

/* Rules that moved, that stand twice, that are new, that say something else. */
static void rules_are_known_by_what_they_say(void **state)
{
	struct policy *before CLEANUP(policy_free) = parsed(HEAD ZONES "rules:\n"
	                                                               "  - { from: a, to: b, allow: dns }\n"
	                                                               "  - { from: a, to: c, allow: web }\n"
	                                                               "  - { from: a, to: c, allow: web }\n"
	                                                               "  - { from: any, to: b, allow: lpr }\n");
	struct policy *after CLEANUP(policy_free) =
		parsed(HEAD "zones: { a: { default: true }, b: { networks: [10.1.0.0/24] },"
	                    " c: { networks: [10.2.0.0/24] }, d: { networks: [10.3.0.0/24] } }\n"
	                    "\n\nrules:\n"
	                    "  - { from: any, to: b, allow: lpr }\n"
	                    "  - { from: a, to: d, allow: web }\n"
	                    "  - { from: a, to: c, allow: web }\n"
	                    "  - { from: a, to: c, allow: web }\n"
	                    "  - { from: a, to: b, deny: dns }\n");
	struct counters counters = { .rule_count = 0 };

	(void)state;
	assert_int_equal(counters_take_policy(&counters, before, NULL), 0);
	assert_int_equal(counters.rule_count, 4);
	for (size_t i = 0; i < 4; i++)
		counters.rules[i].by[COUNTERS_ALLOWED].now.packets = i + 1;
	counters_began_anew(&counters);
	assert_int_equal(counters.rules[0].by[COUNTERS_ALLOWED].now.packets, 0);
	assert_int_equal(allowed(&counters, 3), 4);
	counters.changed = false;
	assert_int_equal(counters_take_policy(&counters, after, NULL), 0);
	assert_true(counters.changed);
	assert_int_equal(counters.rule_count, 5);
	assert_int_equal(allowed(&counters, 0), 4);
	assert_int_equal(allowed(&counters, 1), 0);
	assert_int_equal(allowed(&counters, 2), 2);
	assert_int_equal(allowed(&counters, 3), 3);
	assert_int_equal(allowed(&counters, 4), 0);
	assert_int_equal(counters_take_policy(&counters, before, NULL), 0);
	assert_int_equal(allowed(&counters, 0), 0);
	assert_int_equal(allowed(&counters, 1), 2);
	counters_done(&counters);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_known_by_what_they_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
