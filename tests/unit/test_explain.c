/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/proof/explain.h"

#define NOW "2026-12-01 08:30" /* a Tuesday */

static const char text[] = "version: 1\n"                                                           /* 1 */
			   "gateway: { clinical: [ward0], uplink: [wan0] }\n"                       /* 2 */
			   "zones:\n"                                                               /* 3 */
			   "  pumps: { members: { class: medical/infusion-pump } }\n"               /* 4 */
			   "  imaging: { members: { class: medical/imaging } }\n"                   /* 5 */
			   "  pacs: { networks: [10.9.0.0/16, \"2001:db8::/64\"] }\n"               /* 6 */
			   "  servers: { networks: [10.9.8.0/24] }\n"                               /* 7 */
			   "  internet: { networks: [0.0.0.0/0] }\n"                                /* 8 */
			   "  quarantine: { default: true }\n"                                      /* 9 */
			   "services:\n"                                                            /* 10 */
			   "  archive: [tcp/104, tcp/11112]\n"                                      /* 11 */
			   "rules:\n"                                                               /* 12 */
			   "  - { from: imaging, to: pacs, allow: archive, why: images }\n"         /* 13 */
			   "  - { from: imaging, to: pacs, deny: tcp/any, why: no more }\n"         /* 14 */
			   "  - { from: pumps, to: servers, allow: tcp/21 }\n"                      /* 15 */
			   "  - { from: imaging, to: internet, allow: tcp/443 }\n"                  /* 16 */
			   "  - { from: imaging, to: internet, allow: [tcp/80, tcp/443] }\n"        /* 17 */
			   "devices:\n"                                                             /* 18 */
			   "  - { mac: \"44:4b:5d:00:00:01\", zone: imaging, name: CT-1 }\n"        /* 19 */
			   "  - { mac: \"44:4b:5d:00:00:02\", zone: imaging, name: CT-2 }\n"        /* 20 */
			   "  - { mac: \"44:4b:5d:00:00:03\", zone: pumps, name: Twin }\n"          /* 21 */
			   "  - { mac: \"44:4b:5d:00:00:04\", zone: imaging, name: Twin }\n"        /* 22 */
			   "  - { mac: \"44:4b:5d:00:00:05\", zone: imaging, name: quarantine }\n"; /* 23 */

static char known_names[][POLICY_DNS_MAX] = { "updates.vendor.example", "*.vendor.example" };

struct fixture {
	struct policy *policy;
	struct table *table;
	struct explanation explanation;
	struct error error;
};

static void parse_policy(struct fixture *fixture)
{
	if (policy_parse("ward.yaml", text, strlen(text), &fixture->policy, &fixture->error) < 0)
		fail_msg("%s", fixture->error.text);
}

static void compile(struct fixture *fixture)
{
	assert_int_equal(table_compile(fixture->policy, &fixture->table, NULL), 0);
}

static void begin(struct fixture *fixture)
{
	*fixture = (struct fixture){ .policy = NULL };
	parse_policy(fixture);
	compile(fixture);
}

static void end(struct fixture *fixture)
{
	table_free(fixture->table);
	policy_free(fixture->policy);
}

static int ask_at(struct fixture *fixture, const char *from, const char *to, const char *service, const char *at)
{
	struct moment moment;

	assert_int_equal(moment_parse(at, &moment), 0);
	fixture->error = (struct error){ .code = 0 };
	return explain(fixture->policy, fixture->table, from, to, service, moment, &fixture->explanation,
	               &fixture->error);
}

static const struct explanation *ask(struct fixture *fixture, const char *from, const char *to, const char *service)
{
	if (ask_at(fixture, from, to, service, NOW) < 0)
		fail_msg("%s", fixture->error.text);
	return &fixture->explanation;
}

/* The line of the rule that decides, 0 for the default. */
static unsigned int line_of(const struct policy_rule *rule)
{
	return rule ? rule->place.line : 0;
}

static void finds_the_ends(void **state)
{
	static const struct {
		const char *text;
		enum endpoint_kind kind;
		const char *zone;
		const char *how; /* a part of it */
	} ends[] = {
		{ "pacs", ENDPOINT_ZONE, "pacs", "ward.yaml:6" },
		{ "CT-2", ENDPOINT_DEVICE, "imaging", "ward.yaml:20" },
		{ "44:4b:5d:00:00:02", ENDPOINT_DEVICE, "imaging", "ward.yaml:20" },
		{ "44:4b:5d:00:00:04", ENDPOINT_DEVICE, "imaging", "ward.yaml:22" },
		{ "02:00:00:00:00:09", ENDPOINT_DEVICE, "quarantine", "default" },
		{ "10.9.8.7", ENDPOINT_ADDRESS, "servers", "10.9.8.0/24 at ward.yaml:7" },
		{ "10.9.7.7", ENDPOINT_ADDRESS, "pacs", "10.9.0.0/16 at ward.yaml:6" },
		{ "192.0.2.1", ENDPOINT_ADDRESS, "internet", "0.0.0.0/0 at ward.yaml:8" },
		{ "2001:db8::7", ENDPOINT_ADDRESS, "pacs", "2001:db8::/64 at ward.yaml:6" },
		{ "2001:db8:1::7", ENDPOINT_ADDRESS, "", "by identity" },
		{ "updates.vendor.example", ENDPOINT_NAME, "internet", "0.0.0.0/0" },
	};
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		struct endpoint end;

		assert_int_equal(explain_endpoint(fixture.policy, fixture.table, ends[i].text, false, &end, NULL), 0);
		assert_string_equal(end.text, ends[i].text);
		assert_int_equal(end.kind, ends[i].kind);
		assert_string_equal(policy_group_name(fixture.policy, end.zone), ends[i].zone);
		assert_int_equal(end.group, end.zone);
		if (!strstr(end.how, ends[i].how))
			fail_msg("%s: %s", ends[i].text, end.how);
	}
	end(&fixture);
}

static void refuses_what_is_no_end(void **state)
{
	static const struct {
		const char *text;
		bool is_source;
		int code;
		const char *says;
	} wrong[] = {
		{ "pump", true, -EINVAL, "did you mean 'pumps'" },
		{ "CT-3", false, -EINVAL, "did you mean 'CT-" },
		{ "updates.vendor.example", true, -EINVAL, "MAC or an IP address" },
		{ "..", false, -EINVAL, "DNS name" },
		{ "", false, -EINVAL, "DNS name" },
		{ "300.0.0.1", false, -EINVAL, "there is no" },
		{ "ff:ff:ff:ff:ff:ff", true, -EINVAL, "there is no" },
		{ "Twin", true, -ENOTUNIQ, "ward.yaml:21 and a device at ward.yaml:22" },
		{ "quarantine", true, -ENOTUNIQ, "a zone at ward.yaml:9 and a device at ward.yaml:23" },
	};
	struct fixture fixture;

	(void)state;
	begin(&fixture);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		struct endpoint end = { .group = 77 };
		struct error error = { .code = 0 };

		assert_int_equal(explain_endpoint(fixture.policy, fixture.table, wrong[i].text, wrong[i].is_source,
		                                  &end, &error),
		                 wrong[i].code);
		assert_int_equal(end.group, 77);
		if (!strstr(error.text, wrong[i].says))
			fail_msg("'%s': %s", wrong[i].text, error.text);
	}
	end(&fixture);
}

static void tells_the_deciding_rule(void **state)
{
	struct fixture fixture;
	const struct explanation *answer;

	(void)state;
	begin(&fixture);
	answer = ask(&fixture, "CT-2", "10.9.7.7", "tcp/104");
	assert_int_equal(answer->decision.verdict, VERDICT_ALLOW);
	assert_int_equal(line_of(answer->rule), 13);
	assert_string_equal(answer->why, "images");
	assert_non_null(strstr(answer->change, "ward.yaml:13"));
	answer = ask(&fixture, "imaging", "pacs", "tcp/445");
	assert_int_equal(answer->decision.verdict, VERDICT_DENY);
	assert_int_equal(line_of(answer->rule), 14);
	assert_non_null(strstr(answer->change, "before the rule at ward.yaml:14"));
	answer = ask(&fixture, "imaging", "pacs", "udp/445");
	assert_int_equal(answer->decision.verdict, VERDICT_DENY);
	assert_null(answer->rule);
	assert_non_null(strstr(answer->change, "from 'imaging' to 'pacs' that allows udp/445"));
	answer = ask(&fixture, "pumps", "2001:db8:1::7", "tcp/104");
	assert_null(answer->rule);
	assert_int_equal(answer->to.zone, ZONE_NONE);
	assert_non_null(strstr(answer->why, "in no zone"));
	end(&fixture);
}

static void takes_the_first_port_of_a_service(void **state)
{
	struct fixture fixture;
	const struct explanation *answer;

	(void)state;
	begin(&fixture);
	answer = ask(&fixture, "CT-2", "pacs", "archive");
	assert_int_equal(answer->flow.protocol, 6);
	assert_int_equal(answer->flow.port, 104);
	assert_int_equal(answer->service.last, 104);
	answer = ask(&fixture, "CT-2", "pacs", "udp/5000-5010");
	assert_int_equal(answer->flow.protocol, 17);
	assert_int_equal(answer->flow.port, 5000);
	answer = ask(&fixture, "CT-2", "pacs", "icmp/echo");
	assert_int_equal(answer->flow.port, 8 << 8);
	answer = ask(&fixture, "CT-2", "pacs", "ip/50");
	assert_int_equal(answer->flow.protocol, 50);
	fixture.explanation.flow.port = 7;
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "any", NOW), -EINVAL);
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "tcp/any", NOW), -EINVAL);
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "tcp/70000", NOW), -EINVAL);
	assert_int_equal(ask_at(&fixture, "10.9.0.1", "2001:db8::1", "tcp/80", NOW), -EINVAL);
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "archiv", NOW), -EINVAL);
	assert_non_null(strstr(fixture.error.text, "did you mean 'archive'"));
	assert_int_equal(fixture.explanation.flow.port, 7);
	end(&fixture);
}

static void tells_what_was_observed(void **state)
{
	struct fixture fixture = { .policy = NULL };
	const struct explanation *answer;

	(void)state;
	parse_policy(&fixture);
	fixture.policy->rules[0].mode = MODE_OBSERVE;
	compile(&fixture);
	answer = ask(&fixture, "CT-2", "pacs", "tcp/104");
	assert_int_equal(answer->decision.verdict, VERDICT_DENY);
	assert_int_equal(line_of(answer->rule), 14);
	assert_int_equal(line_of(answer->observed), 13);
	answer = ask(&fixture, "CT-2", "pacs", "tcp/105");
	assert_null(answer->observed);
	end(&fixture);
}

static void tells_at_which_time(void **state)
{
	struct fixture fixture = { .policy = NULL };
	const char *hint;

	(void)state;
	parse_policy(&fixture);
	assert_int_equal(window_parse("Mon-Fri 07:00-19:00", &fixture.policy->rules[0].schedule.windows[0], &hint), 0);
	fixture.policy->rules[0].schedule.window_count = 1;
	compile(&fixture);
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "tcp/104", NOW), 0);
	assert_int_equal(fixture.explanation.decision.verdict, VERDICT_ALLOW);
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "tcp/104", "2026-12-01 19:00"), 0);
	assert_int_equal(fixture.explanation.decision.verdict, VERDICT_DENY);
	assert_int_equal(line_of(fixture.explanation.rule), 14);
	assert_true(fixture.explanation.is_otherwise);
	assert_int_equal(fixture.explanation.otherwise.rule, 0);
	assert_true(schedule_holds(&fixture.policy->rules[0].schedule, fixture.explanation.otherwise_moment));
	/* the next time, not any */
	assert_non_null(strstr(fixture.explanation.change, "at other times, as on 2026-12-02 at 07:00"));
	assert_int_equal(ask_at(&fixture, "CT-2", "pacs", "tcp/445", "2026-12-01 19:00"), 0);
	assert_false(fixture.explanation.is_otherwise);
	end(&fixture);
}

static void tells_the_helper(void **state)
{
	struct fixture fixture = { .policy = NULL };

	(void)state;
	parse_policy(&fixture);
	fixture.policy->rules[2].ranges[0].helper = HELPER_FTP;
	compile(&fixture);
	assert_int_equal(line_of(ask(&fixture, "44:4b:5d:00:00:03", "10.9.8.7", "tcp/21")->rule), 15);
	assert_int_equal(fixture.explanation.helper, HELPER_FTP);
	end(&fixture);
}

/* Rule 16 to names[1] of two sets, rule 17 to names[0]. */
static void name_sets(struct policy *policy)
{
	policy->name_sets = calloc(2, sizeof(*policy->name_sets));
	assert_non_null(policy->name_sets);
	policy->name_set_count = 2;
	for (size_t i = 0; i < 2; i++) {
		policy->name_sets[i].names = calloc(1, sizeof(known_names[i]));
		assert_non_null(policy->name_sets[i].names);
		memcpy(policy->name_sets[i].names[0], known_names[i], sizeof(known_names[i]));
		policy->name_sets[i].name_count = 1;
		policy->name_sets[i].place.line = (unsigned int)(16 + i);
	}
	policy->rules[3].names = 2;
	policy->rules[4].names = 1;
}

static void a_name_is_held_by_the_sets_that_say_so(void **state)
{
	struct fixture fixture = { .policy = NULL };

	(void)state;
	parse_policy(&fixture);
	name_sets(fixture.policy);
	assert_true(explain_name_is_in(fixture.policy, "updates.vendor.example", 1));
	assert_true(explain_name_is_in(fixture.policy, "Updates.Vendor.Example.", 1));
	assert_true(explain_name_is_in(fixture.policy, "updates.vendor.example", 2));
	assert_true(explain_name_is_in(fixture.policy, "a.b.vendor.example", 2));
	assert_false(explain_name_is_in(fixture.policy, "vendor.example", 2));
	assert_false(explain_name_is_in(fixture.policy, "evilvendor.example", 2));
	assert_false(explain_name_is_in(fixture.policy, "a.updates.vendor.example", 1));
	assert_false(explain_name_is_in(fixture.policy, "updates.vendor.example", 0));
	assert_false(explain_name_is_in(fixture.policy, "updates.vendor.example", 3));
	end(&fixture);
}

static void a_name_in_two_sets_is_decided_by_the_first_rule(void **state)
{
	struct fixture fixture = { .policy = NULL };

	(void)state;
	parse_policy(&fixture);
	name_sets(fixture.policy);
	compile(&fixture);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "updates.vendor.example", "tcp/443")->rule), 16);
	assert_int_equal(fixture.explanation.to.names, 2);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "updates.vendor.example", "tcp/80")->rule), 17);
	assert_int_equal(fixture.explanation.to.names, 1);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "files.vendor.example", "tcp/80")->rule), 0);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "files.vendor.example", "tcp/443")->rule), 16);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "www.example", "tcp/443")->rule), 0);
	/* an address is known by no name as far as the policy tells, and may be by one */
	assert_int_equal(line_of(ask(&fixture, "CT-2", "192.0.2.1", "tcp/443")->rule), 0);
	assert_true(fixture.explanation.is_otherwise);
	assert_int_equal(fixture.explanation.otherwise_names, 1);
	assert_non_null(strstr(fixture.explanation.change, "ward.yaml:17"));
	end(&fixture);
}

static void a_device_that_rules_name_is_its_own_group(void **state)
{
	struct fixture fixture = { .policy = NULL };
	struct policy_single single = { .mac = { { 0x44, 0x4b, 0x5d, 0, 0, 2 } } };
	struct policy *policy;

	(void)state;
	parse_policy(&fixture);
	policy = fixture.policy;
	policy->singles = calloc(1, sizeof(single));
	assert_non_null(policy->singles);
	single.zone = policy_zone_by_name(policy, "imaging");
	snprintf(single.name, sizeof(single.name), "CT-2");
	policy->singles[0] = single;
	policy->single_count = 1;
	policy->rules[0].from[0] = policy_group_count(policy);
	compile(&fixture);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "pacs", "tcp/104")->rule), 13);
	assert_int_equal(fixture.explanation.from.group, policy_group_count(policy));
	assert_int_equal(fixture.explanation.from.zone, single.zone);
	assert_int_equal(line_of(ask(&fixture, "CT-1", "pacs", "tcp/104")->rule), 14);
	assert_int_equal(line_of(ask(&fixture, "CT-2", "pacs", "tcp/445")->rule), 14);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_ends),
		cmocka_unit_test(refuses_what_is_no_end),
		cmocka_unit_test(tells_the_deciding_rule),
		cmocka_unit_test(takes_the_first_port_of_a_service),
		cmocka_unit_test(tells_what_was_observed),
		cmocka_unit_test(tells_at_which_time),
		cmocka_unit_test(tells_the_helper),
		cmocka_unit_test(a_name_is_held_by_the_sets_that_say_so),
		cmocka_unit_test(a_name_in_two_sets_is_decided_by_the_first_rule),
		cmocka_unit_test(a_device_that_rules_name_is_its_own_group),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
