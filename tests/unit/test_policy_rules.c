/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What rules, services, expectations and canaries say reaches the model. */
#include "policy/policy.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD                                                                                                           \
	"version: 1\ngateway: { clinical: [pumps0], uplink: [wan0] }\n"                                                \
	"zones: { pumps: { members: { class: medical/infusion-pump } }, pacs: { networks: [10.9.0.0/24] }, "           \
	"quarantine: { default: true } }\n"                                                                            \
	"devices: [ { mac: \"44:4b:5d:00:00:01\", zone: pumps, name: CT-2 } ]\n"

/* Zones by the order of HEAD, then the device. */
enum {
	PUMPS = 1,
	PACS,
	QUARANTINE,
	CT_2,
};

static struct policy *read_policy(const char *rest)
{
	struct policy *policy = NULL;
	struct error error = { 0 };
	char text[8192];

	snprintf(text, sizeof(text), HEAD "%s", rest);
	if (policy_parse("rules.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s:%u:%u: %s", error.file, error.line, error.column, error.text);
	return policy;
}

static void test_every_key_of_a_rule(void **state)
{
	struct policy *policy = read_policy(
		"rules:\n- name: archive\n  from: [pumps, CT-2]\n  to: pacs\n  allow: [dicom, tcp/8104]\n"
		"  mode: observe\n  during: [\"Mon-Fri 07:00-19:00\", \"Sat 22:00-06:00\"]\n  until: 1970-02-01\n"
		"  rate: 10/minute\n  log: true\n  why: because\n  owner: biomed\n  review_by: 1970-01-03\n");
	const struct policy_rule *rule = &policy->rules[0];

	(void)state;
	assert_int_equal(policy->rule_count, 1);
	assert_string_equal(rule->name, "archive");
	assert_int_equal(rule->from_count, 2);
	assert_int_equal(rule->from[0], PUMPS);
	assert_int_equal(rule->from[1], CT_2);
	assert_string_equal(policy_group_name(policy, CT_2), "CT-2");
	assert_int_equal(rule->to_count, 1);
	assert_int_equal(rule->to[0], PACS);
	assert_int_equal(rule->names, 0);
	assert_int_equal(rule->verdict, VERDICT_ALLOW);
	assert_int_equal(rule->range_count, 4);
	assert_string_equal(rule->services, "dicom, tcp/8104");
	assert_int_equal(rule->mode, MODE_OBSERVE);
	assert_int_equal(rule->schedule.window_count, 2);
	assert_int_equal(rule->schedule.windows[0].days, 0x1f);
	assert_int_equal(rule->schedule.windows[0].first, 7 * 60);
	assert_int_equal(rule->schedule.windows[0].last, 19 * 60);
	assert_int_equal(rule->schedule.windows[1].days, 0x20);
	assert_int_equal(rule->schedule.until, 31);
	assert_int_equal(rule->rate.count, 10);
	assert_int_equal(rule->rate.seconds, 60);
	assert_int_equal(rule->log, LOG_ALWAYS);
	assert_string_equal(rule->why, "because");
	assert_string_equal(rule->owner, "biomed");
	assert_int_equal(rule->review_by, 2);
	policy_free(policy);
}

static void test_what_is_left_out(void **state)
{
	struct policy *policy = read_policy("rules: [ { from: any, to: any, deny: any } ]\n");
	const struct policy_rule *rule = &policy->rules[0];

	(void)state;
	assert_int_equal(rule->from_count, 3);
	assert_int_equal(rule->to_count, 3);
	assert_int_equal(rule->verdict, VERDICT_DENY);
	assert_int_equal(rule->range_count, 1);
	assert_int_equal(rule->ranges[0].protocol, 0);
	assert_int_equal(rule->mode, MODE_ENFORCE);
	assert_true(schedule_is_always(&rule->schedule));
	assert_int_equal(rule->rate.count, 0);
	assert_int_equal(rule->log, LOG_BY_VERDICT);
	assert_int_equal(rule->review_by, DAY_NONE);
	policy_free(policy);
}

static void test_verdicts_and_log(void **state)
{
	struct policy *policy = read_policy("rules:\n- { from: pumps, to: pacs, allow: dns }\n"
	                                    "- { from: pumps, to: pacs, deny: dns, log: false, mode: enforce }\n"
	                                    "- { from: pumps, to: pacs, reject: dns }\n");

	(void)state;
	assert_int_equal(policy->rules[0].verdict, VERDICT_ALLOW);
	assert_int_equal(policy->rules[1].verdict, VERDICT_DENY);
	assert_int_equal(policy->rules[1].log, LOG_NEVER);
	assert_int_equal(policy->rules[1].mode, MODE_ENFORCE);
	assert_int_equal(policy->rules[2].verdict, VERDICT_REJECT);
	policy_free(policy);
}

static void test_names(void **state)
{
	struct policy *policy = read_policy(
		"rules:\n- { from: pumps, to: { names: [Updates.Vendor.example., \"*.vendor.example\"] }, allow: web "
		"}\n"
		"- { from: pumps, to: { names: one.example, zone: [pacs, pumps] }, allow: web }\n"
		"- { from: pacs, to: { names: [\"*.vendor.example\", updates.vendor.EXAMPLE] }, deny: web }\n"
		"- { from: pacs, to: { names: xn--mller-kva.example }, deny: web }\n");

	(void)state;
	assert_int_equal(policy->name_set_count, 3);
	assert_int_equal(policy->rules[0].names, 1);
	assert_int_equal(policy->rules[0].to_count, 3);
	assert_int_equal(policy->name_sets[0].name_count, 2);
	assert_string_equal(policy->name_sets[0].names[0], "*.vendor.example");
	assert_string_equal(policy->name_sets[0].names[1], "updates.vendor.example");
	assert_int_equal(policy->name_sets[0].place.line, 6);
	assert_int_equal(policy->rules[1].names, 2);
	assert_int_equal(policy->rules[1].to_count, 2);
	assert_int_equal(policy->rules[1].to[0], PACS);
	assert_int_equal(policy->rules[2].names, 1);
	assert_int_equal(policy->rules[3].names, 3);
	policy_free(policy);
}

static const struct policy_service *service_of(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (strcmp(policy->services[i].name, name) == 0)
			return &policy->services[i];
	fail_msg("no service %s", name);
	return NULL;
}

static void test_helpers(void **state)
{
	struct policy *policy =
		read_policy("services: { files: { ports: [tcp/2121, tcp/2122], helper: ftp }, boot: { ports: tftp }, "
	                    "plain: tcp/21, both: [files, tcp/2121], own: { ports: [udp/6969], helper: tftp } }\n"
	                    "rules: [ { from: pumps, to: pacs, allow: [ftp, tcp/21] } ]\n");
	const struct policy_service *files = service_of(policy, "files");

	(void)state;
	assert_int_equal(files->range_count, 2);
	assert_int_equal(files->ranges[0].helper, HELPER_FTP);
	assert_int_equal(files->ranges[1].helper, HELPER_FTP);
	assert_int_equal(service_of(policy, "boot")->ranges[0].helper, HELPER_TFTP);
	assert_int_equal(service_of(policy, "plain")->ranges[0].helper, HELPER_NONE);
	assert_int_equal(service_of(policy, "own")->ranges[0].helper, HELPER_TFTP);
	assert_int_equal(service_of(policy, "both")->range_count, 3);
	assert_int_equal(policy->rules[0].range_count, 2);
	policy_free(policy);
}

static void test_expectations(void **state)
{
	struct policy *policy = read_policy(
		"expect:\n- { from: pumps, to: [pacs, CT-2], service: [dicom, tcp/9], verdict: deny, why: w }\n"
		"- { from: CT-2, reach: 0 }\n- { from: any, service: lateral, reach: 3, hops: 2, verdict: reject }\n");
	const struct policy_expect *expect = policy->expects;

	(void)state;
	assert_int_equal(policy->expect_count, 3);
	assert_int_equal(expect[0].to_count, 2);
	assert_int_equal(expect[0].to[1], CT_2);
	assert_int_equal(expect[0].range_count, 4);
	assert_string_equal(expect[0].services, "dicom, tcp/9");
	assert_true(expect[0].has_verdict && !expect[0].has_reach);
	assert_int_equal(expect[0].verdict, VERDICT_DENY);
	assert_string_equal(expect[0].why, "w");
	assert_int_equal(expect[1].from[0], CT_2);
	assert_int_equal(expect[1].to_count, 3);
	assert_int_equal(expect[1].ranges[0].protocol, 0);
	assert_string_equal(expect[1].services, "any");
	assert_true(expect[1].has_reach && !expect[1].has_verdict);
	assert_int_equal(expect[1].hops, 0);
	assert_int_equal(expect[2].from_count, 3);
	assert_int_equal(expect[2].reach, 3);
	assert_int_equal(expect[2].hops, 2);
	assert_int_equal(expect[2].verdict, VERDICT_REJECT);
	policy_free(policy);
}

static void test_canaries(void **state)
{
	struct policy *policy =
		read_policy("canaries:\n  pulse: { from: CT-2, to: pacs, service: [tcp/104, udp/1] }\n");

	(void)state;
	assert_int_equal(policy->canary_count, 1);
	assert_string_equal(policy->canaries[0].name, "pulse");
	assert_int_equal(policy->canaries[0].from, CT_2);
	assert_int_equal(policy->canaries[0].to, PACS);
	assert_int_equal(policy->canaries[0].range_count, 2);
	assert_string_equal(policy->canaries[0].services, "tcp/104, udp/1");
	assert_int_equal(policy->canaries[0].place.line, 6);
	policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_key_of_a_rule),
		cmocka_unit_test(test_what_is_left_out),
		cmocka_unit_test(test_verdicts_and_log),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_helpers),
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_canaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
