/* SPDX-License-Identifier: GPL-3.0-or-later */
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

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

#define HEAD "version: 1\ngateway: { clinical: [pumps0, \"ward*\"], uplink: [wan0] }\n"
#define ZONES                                                                                                          \
	HEAD "zones:\n  pumps: { members: { class: [medical/infusion-pump, medical/ventilator] } }\n"                  \
	     "  medical: { members: { class: medical } }\n  pacs: { networks: [10.9.0.0/24, \"::/0\", 10.8.0.10] }\n"  \
	     "  quarantine: { default: true }\n"

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { 0 };
	char line[1024];

	if (policy_parse("test.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s", error_format(&error, line, sizeof(line)));
	return policy;
}

static struct policy *parse_example(void)
{
	static char text[65536];
	FILE *file = fopen(ISOWARD_SOURCE_DIR "/tests/data/policy/east-wing.yaml", "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return parse(text);
}

static void test_example_is_read(void **state)
{
	struct policy *policy = parse_example();
	const struct policy_zone *pumps = policy_zone(policy, policy_zone_by_name(policy, "pumps"));
	struct mac mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } };
	const struct policy_pin *pin = policy_pin_of(policy, &mac);

	(void)state;
	assert_string_equal(policy->site, "Riverside General, east wing");
	assert_int_equal(policy->isolation, ISOLATION_PROXY_ARP);
	assert_int_equal(policy->clinical_count, 3);
	assert_int_equal(policy->uplink_count, 1);
	assert_int_equal(policy->zone_count, 8);
	assert_int_equal(policy->rule_count, 4);
	assert_string_equal(pumps->label, "Infusion pumps");
	assert_string_equal(pumps->members.values[0].text, "medical/infusion-pump");
	assert_int_equal(pumps->place.line, 8);
	assert_int_equal(pumps->place.column, 3);
	assert_string_equal(policy_zone(policy, policy->default_zone)->name, "quarantine");
	assert_non_null(pin);
	assert_string_equal(pin->name, "CT-2");
	assert_int_equal(pin->zone, policy_zone_by_name(policy, "imaging"));
	mac.byte[5] = 2;
	assert_null(policy_pin_of(policy, &mac));
	policy_free(policy);
}

static void test_rules_are_resolved(void **state)
{
	struct policy *policy = parse_example();
	const struct policy_rule *archive = &policy->rules[0];
	const struct policy_rule *infra = &policy->rules[3];

	(void)state;
	assert_int_equal(archive->verdict, VERDICT_ALLOW);
	assert_int_equal(archive->range_count, 3);
	assert_int_equal(archive->ranges[1].protocol, IPPROTO_TCP);
	assert_int_equal(archive->ranges[1].first, 11112);
	assert_string_equal(archive->services, "dicom");
	assert_string_equal(archive->why, "archive");
	assert_int_equal(archive->place.line, 23);
	assert_int_equal(infra->from_count, policy->zone_count);
	assert_int_equal(infra->to_count, 1);
	assert_string_equal(infra->services, "dns, ntp");
	policy_free(policy);
}

static void test_services_of_services(void **state)
{
	struct policy *policy = parse(ZONES "services:\n  all: [one, two, tcp/1]\n  two: [one, udp/2-9]\n  one: tcp/1\n"
	                                    "  dns: [tcp/5353]\nrules:\n"
	                                    "  - { from: pumps, to: pacs, allow: [all, icmp/echo, dns], name: n }\n"
	                                    "  - { from: [pumps, medical], to: any, deny: any }\n");
	const struct service_range *ranges = policy->rules[0].ranges;

	(void)state;
	assert_int_equal(policy->rules[0].range_count, 4);
	assert_int_equal(ranges[0].first, 1);
	assert_int_equal(ranges[1].last, 9);
	assert_int_equal(ranges[2].protocol, IPPROTO_ICMP);
	assert_int_equal(ranges[2].first, 0x0800);
	assert_int_equal(ranges[2].last, 0x08ff);
	assert_int_equal(ranges[3].first, 5353);
	assert_string_equal(policy->rules[0].name, "n");
	assert_int_equal(policy->rules[1].verdict, VERDICT_DENY);
	assert_int_equal(policy->rules[1].from_count, 2);
	assert_int_equal(policy->rules[1].to_count, 4);
	assert_int_equal(policy->rules[1].ranges[0].protocol, 0);
	assert_int_equal(policy->rules[1].ranges[0].last, UINT16_MAX);
	policy_free(policy);
}

static void test_class_finds_zone(void **state)
{
	static const struct {
		const char *class;
		const char *zone;
	} vectors[] = {
		{ "medical/infusion-pump", "pumps" },
		{ "medical/infusion-pump/alaris", "pumps" },
		{ "medical/ventilator", "pumps" },
		{ "medical/infusion-pumps", "medical" },
		{ "medical", "medical" },
		{ "medicalx", "quarantine" },
		{ "med", "quarantine" },
		{ "computer", "quarantine" },
		{ "", "quarantine" },
	};
	struct policy *policy = parse(ZONES);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_string_equal(policy_zone(policy, policy_zone_of_class(policy, vectors[i].class))->name,
		                    vectors[i].zone);
	policy_free(policy);
}

static void test_lookups_at_their_ends(void **state)
{
	struct policy *policy = parse(ZONES);
	const struct policy_interface *clinical = policy->clinical;

	(void)state;
	assert_null(policy_zone(policy, ZONE_NONE));
	assert_null(policy_zone(policy, 5));
	assert_int_equal(policy_zone_by_name(policy, ""), ZONE_NONE);
	assert_int_equal(policy_zone_by_name(policy, "pump"), ZONE_NONE);
	assert_true(policy_interface_matches(clinical, 2, "pumps0"));
	assert_false(policy_interface_matches(clinical, 2, "pumps01"));
	assert_true(policy_interface_matches(clinical, 2, "ward7"));
	assert_true(policy_interface_matches(clinical, 2, "ward"));
	assert_false(policy_interface_matches(clinical, 2, "war"));
	assert_false(policy_interface_matches(clinical, 0, "pumps0"));
	policy_free(policy);
	policy_free(NULL);
}

static void test_words_stay_text(void **state)
{
	struct policy *policy = parse(HEAD "site: no\r\nzones:\r\n  on: { label: 0777 }\r\n"
	                                   "  quarantine: { default: true }\r\ndevices:\r\n"
	                                   "  - { mac: 00:10:20:30:40:50, name: off }\r\n");

	(void)state;
	assert_string_equal(policy->site, "no");
	assert_string_equal(policy->zones[0].name, "on");
	assert_string_equal(policy->zones[0].label, "0777");
	assert_int_equal(policy->pins[0].mac.byte[1], 0x10);
	assert_int_equal(policy->pins[0].zone, ZONE_NONE);
	assert_string_equal(policy->pins[0].name, "off");
	policy_free(policy);
}

static void test_result_is_untouched_on_failure(void **state)
{
	struct policy *const marker = (struct policy *)(uintptr_t)8;
	struct policy *policy = marker;
	struct error error = { .code = -ENOENT };

	(void)state;
	assert_int_equal(policy_parse("f", "x: 1", 4, &policy, &error), -EINVAL);
	assert_ptr_equal(policy, marker);
	assert_int_equal(error.code, -ENOENT);
	assert_int_equal(policy_parse("f", "x: 1", 4, &policy, NULL), -EINVAL);
	assert_int_equal(policy_parse("f", NULL, 0, &policy, NULL), -EINVAL);
	assert_ptr_equal(policy, marker);
}

static void test_all_errors_at_once(void **state)
{
	static const char text[] = ZONES "rules:\n  - { from: pump, to: pacs, allow: [dcom] }\n"
					 "  - { from: pumps, to: pac, allow: [dicom], wy: x }\n"
					 "devices:\n  - { mac: 1, zone: pumps }\n";
	struct policy *policy = NULL;
	struct error errors[32];
	size_t count = 0;

	(void)state;
	assert_int_equal(policy_parse_all("f", text, strlen(text), &policy, errors, 32, &count), -EINVAL);
	assert_int_equal(count, 5);
	assert_null(policy);
	assert_non_null(strstr(errors[0].text, "there is no zone or device 'pump'; did you mean 'pumps'?"));
	assert_non_null(strstr(errors[1].text, "there is no service 'dcom'; did you mean 'dicom'?"));
	assert_non_null(strstr(errors[2].text, "there is no zone or device 'pac'; did you mean 'pacs'?"));
	assert_non_null(strstr(errors[3].text, "'wy' is not a key of a rule; did you mean 'why'?"));
	assert_non_null(strstr(errors[4].text, "'1' is not a MAC address"));
	assert_int_equal(policy_parse_all("f", text, strlen(text), &policy, errors, 2, &count), -EINVAL);
	assert_int_equal(count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_example_is_read),
		cmocka_unit_test(test_rules_are_resolved),
		cmocka_unit_test(test_services_of_services),
		cmocka_unit_test(test_class_finds_zone),
		cmocka_unit_test(test_lookups_at_their_ends),
		cmocka_unit_test(test_words_stay_text),
		cmocka_unit_test(test_result_is_untouched_on_failure),
		cmocka_unit_test(test_all_errors_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
