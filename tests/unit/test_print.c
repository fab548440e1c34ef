/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A printed policy parses to the model it was printed from, and to no other. */
#include "policy/language/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/policy_files.h"
#include "tests/unit/full_policy.h"

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

#define RANDOM_POLICIES 300

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { 0 };
	char shown[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	if (policy_parse("printed.yaml", text, strlen(text), &policy, &error) < 0)
		fprintf(stderr, "%s\n--- in\n%s\n", error_format(&error, shown, sizeof(shown)), text);
	return policy;
}

/* Prints, parses and prints ${policy} again. */
static bool survives(const struct policy *policy)
{
	CLEANUP(free) char *text = NULL;
	CLEANUP(free) char *again = NULL;
	CLEANUP(policy_free) struct policy *parsed = NULL;

	assert_int_equal(policy_print(policy, &text), 0);
	parsed = parse(text);
	if (!parsed)
		return false;
	assert_int_equal(policy_print(parsed, &again), 0);
	if (policy_equal(policy, parsed) && strcmp(text, again) == 0)
		return true;
	fprintf(stderr, "another policy came back from\n%s\n--- now\n%s\n", text, again);
	return false;
}

static void test_random_policies_survive(void **state)
{
	uint64_t seed = random_seed();

	(void)state;
	for (size_t i = 0; i < RANDOM_POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = full_policy(&seed);

		if (!survives(policy))
			fail_msg("policy %zu of the seed", i);
	}
}

static void test_every_text_survives(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(full_texts); i++) {
		CLEANUP(policy_free) struct policy *policy = full_policy(&seed);

		snprintf(policy->site, sizeof(policy->site), "%s", full_texts[i]);
		snprintf(policy->rules[0].why, sizeof(policy->rules[0].why), "%s", full_texts[i]);
		if (!survives(policy))
			fail_msg("text %zu: %s", i, full_texts[i]);
	}
}

/* The longest texts and lists longer than a line. */
static void test_length_survives(void **state)
{
	uint64_t seed = 8;
	CLEANUP(policy_free) struct policy *policy = full_policy(&seed);

	(void)state;
	memset(policy->rules[0].why, '"', sizeof(policy->rules[0].why) - 1);
	memset(policy->site, '\\', sizeof(policy->site) - 1);
	free(policy->rules[0].ranges);
	policy->rules[0].ranges = random_array(500, sizeof(*policy->rules[0].ranges));
	policy->rules[0].range_count = 500;
	for (size_t i = 0; i < 500; i++)
		policy->rules[0].ranges[i] = (struct service_range){ IPPROTO_TCP, HELPER_NONE, (uint16_t)(i * 3 + 1),
			                                             (uint16_t)(i * 3 + 1) };
	assert_true(survives(policy));
}

/* What other readers of YAML would take for no text stands in quotes. */
static void test_texts_are_quoted_for_others(void **state)
{
	static const char *const site[][2] = {
		{ "archive", "site: archive\n" },
		{ "no", "site: \"no\"\n" },
		{ "Null", "site: \"Null\"\n" },
		{ "2026-12-31", "site: \"2026-12-31\"\n" },
		{ "a: b", "site: \"a: b\"\n" },
		{ "say \"x\"", "site: \"say \\\"x\\\"\"\n" },
		{ "\xe2\x80\xae", "site: \"\\u202e\"\n" },
		{ "Haus Ä", "site: \"Haus Ä\"\n" },
	};
	uint64_t seed = 9;
	CLEANUP(policy_free) struct policy *policy = full_policy(&seed);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(site); i++) {
		CLEANUP(free) char *text = NULL;

		snprintf(policy->site, sizeof(policy->site), "%s", site[i][0]);
		assert_int_equal(policy_print(policy, &text), 0);
		if (!strstr(text, site[i][1]))
			fail_msg("%s is not in\n%s", site[i][1], text);
	}
}

/* ---- equality sees every field ---- */

typedef void change(struct policy *policy);

/* clang-format off */
static void change_site(struct policy *p) { p->site[0] ^= 1; }
static void change_clinical(struct policy *p) { p->clinical[1].pattern[0] = 'x'; }
static void change_clinical_count(struct policy *p) { p->clinical_count--; }
static void change_uplink(struct policy *p) { p->uplink[0].pattern[0] = 'x'; }
static void change_isolation(struct policy *p) { p->isolation ^= 1; }
static void change_default(struct policy *p) { p->default_zone = (uint16_t)(p->default_zone % FULL_ZONES + 1); }
static void change_zone_name(struct policy *p) { p->zones[1].name[0] = 'x'; }
static void change_zone_label(struct policy *p) { p->zones[1].label[0] ^= 1; }
static void change_zone_priority(struct policy *p) { p->zones[1].priority++; }
static void change_conflict(struct policy *p) { p->on_conflict ^= 1; }
static void change_zone_conflict(struct policy *p) { p->zones[1].on_conflict ^= 1; }
static void change_zone_default(struct policy *p) { p->zones[1].is_default = !p->zones[1].is_default; }
static void change_zone_network(struct policy *p) { p->zones[0].networks[0].prefix.length ^= 1; }
static void change_zone_networks(struct policy *p) { p->zones[0].network_count--; }
static void change_member_kind(struct policy *p) { p->zones[0].members.kind = MEMBER_CLASS; }
static void change_member_child(struct policy *p) { struct member *m = &p->zones[0].members; members_free(&m->children[--m->child_count]); }
static void change_member_value(struct policy *p) { p->zones[0].members.children[0].values[0].text[0] ^= 1; }
static void change_member_values(struct policy *p) { p->zones[0].members.children[0].value_count--; }
static void change_service_name(struct policy *p) { p->services[0].name[0] = 'x'; }
static void change_service_range(struct policy *p) { p->services[0].ranges[0].last ^= 1; }
static void change_service_ranges(struct policy *p) { p->services[0].range_count = 0; }
static void change_service_count(struct policy *p) { p->services[0].built_in = true; }
static void change_service_helper(struct policy *p) { p->services[0].ranges[0].helper ^= 2; }
static void change_rule_from(struct policy *p) { p->rules[0].from[0] = (uint16_t)(p->rules[0].from[0] % 8 + 1); }
static void change_rule_to(struct policy *p) { p->rules[0].to[0] = (uint16_t)(p->rules[0].to[0] % 8 + 1); }
static void change_rule_to_count(struct policy *p) { p->rules[0].to_count = 0; }
static void change_rule_names(struct policy *p) { p->rules[0].names = 0; }
static void change_rule_name_set(struct policy *p) { p->name_sets[p->rules[0].names - 1].names[0][0] ^= 1; }
static void change_rule_verdict(struct policy *p) { p->rules[0].verdict = (p->rules[0].verdict + 1) % 3; }
static void change_rule_mode(struct policy *p) { p->rules[0].mode ^= 1; }
static void change_rule_until(struct policy *p) { p->rules[0].schedule.until++; }
static void change_rule_during(struct policy *p) { p->rules[0].schedule.windows[0].days ^= 1; }
static void change_rule_rate(struct policy *p) { p->rules[0].rate.count++; }
static void change_rule_rate_span(struct policy *p) { p->rules[0].rate.seconds++; }
static void change_rule_log(struct policy *p) { p->rules[0].log = (p->rules[0].log + 1) % 3; }
static void change_rule_range(struct policy *p) { p->rules[0].ranges[0].protocol++; }
static void change_rule_name(struct policy *p) { p->rules[0].name[0] ^= 1; }
static void change_rule_why(struct policy *p) { p->rules[0].why[0] ^= 1; }
static void change_rule_owner(struct policy *p) { p->rules[0].owner[0] ^= 1; }
static void change_rule_review(struct policy *p) { p->rules[0].review_by++; }
static void change_canary_count(struct policy *p) { free(p->canaries[--p->canary_count].ranges); }
static void change_pin_mac(struct policy *p) { p->pins[4].mac.byte[5] ^= 0x80; }
static void change_pin_zone(struct policy *p) { p->pins[4].zone++; }
static void change_pin_name(struct policy *p) { p->pins[4].name[0] = 'x'; }
static void change_pin_tags(struct policy *p) { p->pins[4].tag_count--; }
static void change_pin_tag(struct policy *p) { p->pins[4].tags[0][0] = 'x'; }
static void change_pin_addresses(struct policy *p) { p->pins[4].address_count ^= 1; }
static void change_single(struct policy *p) { p->singles[0].mac.byte[5] ^= 0x80; }
static void change_expect_from(struct policy *p) { p->expects[0].from[0] = (uint16_t)(p->expects[0].from[0] % 8 + 1); }
static void change_expect_to(struct policy *p) { p->expects[0].to[0] = (uint16_t)(p->expects[0].to[0] % 8 + 1); }
static void change_expect_range(struct policy *p) { p->expects[0].ranges[0].first++; }
static void change_expect_verdict(struct policy *p) { p->expects[0].verdict = (p->expects[0].verdict + 1) % 3; }
static void change_expect_kind(struct policy *p) { p->expects[0].has_verdict = !p->expects[0].has_verdict; }
static void change_expect_reach(struct policy *p) { p->expects[1].reach++; }
static void change_expect_hops(struct policy *p) { p->expects[1].hops++; }
static void change_expect_why(struct policy *p) { p->expects[0].why[0] ^= 1; }
static void change_canary_name(struct policy *p) { p->canaries[1].name[0] = 'x'; }
static void change_canary_from(struct policy *p) { p->canaries[1].from--; }
static void change_canary_to(struct policy *p) { p->canaries[1].to = (uint16_t)(p->canaries[1].to % 6 + 1); }
static void change_canary_range(struct policy *p) { p->canaries[1].ranges[0].first ^= 1; }
/* clang-format on */

/* A policy in which there is something to change everywhere. */
static struct policy *rich_policy(void)
{
	static uint64_t begin = 12; /* then where the first search ended */
	uint64_t seed = begin;
	struct policy *policy = NULL;

	for (bool rich = false; !rich;) {
		policy_free(policy);
		begin = seed;
		policy = full_policy(&seed);
		rich = policy->zones[0].network_count && policy->zones[0].members.kind == MEMBER_ALL &&
		       policy->zones[0].members.children[0].kind == MEMBER_VENDOR && policy->rules[0].names &&
		       policy->rules[0].rate.count && policy->rules[0].schedule.window_count &&
		       policy->pins[4].tag_count && policy->expect_count > 1 && policy->expects[0].has_verdict &&
		       policy->expects[1].has_reach;
	}
	return policy;
}

#define CHANGE(name)                                                                                                   \
	{                                                                                                              \
#name, change_##name                                                                                   \
	}

static void test_equality_sees_every_field(void **state)
{
	static const struct {
		const char *name;
		change *change;
	} changes[] = {
		CHANGE(site),           CHANGE(clinical),       CHANGE(clinical_count), CHANGE(uplink),
		CHANGE(conflict),       CHANGE(zone_conflict),  CHANGE(isolation),      CHANGE(default),
		CHANGE(zone_name),      CHANGE(zone_label),     CHANGE(zone_priority),  CHANGE(zone_default),
		CHANGE(zone_network),   CHANGE(zone_networks),  CHANGE(member_kind),    CHANGE(member_child),
		CHANGE(member_value),   CHANGE(member_values),  CHANGE(service_name),   CHANGE(service_range),
		CHANGE(service_ranges), CHANGE(service_count),  CHANGE(service_helper), CHANGE(rule_from),
		CHANGE(rule_to),        CHANGE(rule_to_count),  CHANGE(rule_names),     CHANGE(rule_name_set),
		CHANGE(rule_verdict),   CHANGE(rule_mode),      CHANGE(rule_until),     CHANGE(rule_during),
		CHANGE(rule_rate),      CHANGE(rule_rate_span), CHANGE(rule_log),       CHANGE(rule_range),
		CHANGE(rule_name),      CHANGE(rule_why),       CHANGE(rule_owner),     CHANGE(rule_review),
		CHANGE(canary_count),   CHANGE(pin_mac),        CHANGE(pin_zone),       CHANGE(pin_name),
		CHANGE(pin_tags),       CHANGE(pin_tag),        CHANGE(pin_addresses),  CHANGE(single),
		CHANGE(expect_from),    CHANGE(expect_to),      CHANGE(expect_range),   CHANGE(expect_verdict),
		CHANGE(expect_kind),    CHANGE(expect_reach),   CHANGE(expect_hops),    CHANGE(expect_why),
		CHANGE(canary_name),    CHANGE(canary_from),    CHANGE(canary_to),      CHANGE(canary_range),
	};
	CLEANUP(policy_free) struct policy *whole = rich_policy();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		CLEANUP(policy_free) struct policy *changed = rich_policy();

		assert_true(policy_equal(whole, changed));
		changes[i].change(changed);
		if (policy_equal(whole, changed))
			fail_msg("a change of %s is not seen", changes[i].name);
	}
}

/* What a place or the wording of services is, makes no difference. */
static void test_equality_does_not_see_places(void **state)
{
	CLEANUP(policy_free) struct policy *left = rich_policy();
	CLEANUP(policy_free) struct policy *right = rich_policy();

	(void)state;
	right->rules[0].place.line = 77;
	right->zones[0].place.file = 1;
	strcpy(right->rules[0].services, "others");
	strcpy(right->file, "other.yaml");
	assert_true(policy_equal(left, right));
}

/* ---- policies as they are ---- */

static void load_and_compare(const char *path)
{
	static struct sources sources;
	CLEANUP(policy_free) struct policy *policy = NULL;
	struct policy_files files;
	struct source_reader reader = policy_files_reader(&files);
	struct error error = { 0 };
	size_t count;

	snprintf(files.data, sizeof(files.data), ISOWARD_SOURCE_DIR "/policy");
	if (policy_load(&reader, path, &sources, &policy, &error, 1, &count) < 0)
		fail_msg("%s:%u: %s", error.file, error.line, error.text);
	sources_free(&sources);
	if (!survives(policy))
		fail_msg("%s", path);
}

static void test_the_example_survives(void **state)
{
	(void)state;
	load_and_compare(ISOWARD_SOURCE_DIR "/policy/examples/hospital.yaml");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_policies_survive),   cmocka_unit_test(test_every_text_survives),
		cmocka_unit_test(test_length_survives),           cmocka_unit_test(test_texts_are_quoted_for_others),
		cmocka_unit_test(test_equality_sees_every_field), cmocka_unit_test(test_equality_does_not_see_places),
		cmocka_unit_test(test_the_example_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
