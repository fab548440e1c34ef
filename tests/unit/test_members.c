/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The members of two zones against each other, first by named pairs, then by brute force: random conditions over a
 * small universe of devices, each device tried. Where two zones take a device with nothing to choose by, it must be an
 * error.
 */
#include "policy/members.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/policy.h"

#define HEAD "version: 1\ngateway: { clinical: [pumps0, ward1], uplink: [wan0] }\nzones:\n"
#define TAIL "  quarantine: { default: true }\n"

/* Parses two zones with the members ${a} and ${b}; the code of the error, with its text. */
static int parse_two(const char *a, const char *b, struct error *error)
{
	struct policy *policy = NULL;
	char text[8192];
	int rc;

	*error = (struct error){ 0 };
	snprintf(text, sizeof(text), HEAD "  a: { members: %s }\n  b: { members: %s }\n" TAIL, a, b);
	rc = policy_parse("two.yaml", text, strlen(text), &policy, error);
	policy_free(policy);
	return rc;
}

static void test_pairs_that_never_meet(void **state)
{
	static const char *const pairs[][2] = {
		{ "{ class: medical/imaging }", "{ class: medical/infusion-pump }" },
		{ "{ class: medical }", "{ class: medical/imaging }" }, /* the longer one wins */
		{ "{ class: [medical, computer] }", "{ class: [medical/imaging, computer/server] }" },
		{ "{ class: medical/imaging, vendor: GE }", "{ class: medical, vendor: GE }" },
		{ "{ vendor: \"GE*\" }", "{ vendor: Siemens }" },
		{ "{ vendor: \"GE*\" }", "{ vendor: \"*AG\", not: { vendor: \"g*\" } }" },
		{ "{ vendor: \"G?\" }", "{ vendor: \"G\" }" },
		{ "{ vendor: \"a*b\" }", "{ vendor: \"b*\" }" },
		{ "{ host: \"ct-*\" }", "{ host: \"mr-*\" }" },
		{ "{ interface: pumps0 }", "{ interface: ward1 }" },
		{ "{ interface: \"pumps*\" }", "{ interface: \"ward*\" }" },
		{ "{ vlan: 10 }", "{ vlan: [11, 12] }" },
		{ "{ mac: \"44:4b:5d:00:00:01\" }", "{ mac: [\"44:4b:5d:00:00:03\", \"44:4b:5d:00:00:02\"] }" },
		{ "{ tag: icu }", "{ vlan: 10, not: { tag: icu } }" },
		{ "{ tag: icu }", "{ vlan: 10, not: { tag: [icu, loaner] } }" },
		{ "{ network: 10.1.2.0/24 }", "{ vlan: 10, not: { network: 10.1.0.0/16 } }" },
		{ "{ class: medical/imaging/ct, vlan: 10 }", "{ vlan: 10, not: { class: medical/imaging } }" },
		{ "{ all: [{ vlan: 10 }, { tag: icu }] }", "{ any: [{ vlan: 11 }, { vlan: 10, not: { tag: icu } }] }" },
		{ "{ vlan: 10, not: { any: [{ tag: icu }, { tag: ward }] } }",
		  "{ any: [{ tag: icu }, { tag: ward }] }" },
		{ "{ vlan: 10, not: { all: [{ tag: icu }, { vendor: X }] } }", "{ tag: icu, vendor: X }" },
		{ "{ vlan: 10, not: { not: { tag: icu } } }", "{ vlan: 10, not: { tag: icu } }" },
		{ "{ class: medical, vlan: [10, 11], all: [{ vlan: 10 }, { vlan: 11 }] }",
		  "{ vlan: 10 }" }, /* nobody */
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		for (size_t turned = 0; turned < 2; turned++)
			if (parse_two(pairs[i][turned], pairs[i][1 - turned], &error) < 0)
				fail_msg("%s, %s: %s", pairs[i][turned], pairs[i][1 - turned], error.text);
}

static void test_pairs_that_may_meet(void **state)
{
	static const struct {
		const char *a;
		const char *b;
		const char *example;
	} pairs[] = {
		{ "{ vendor: \"GE*\" }", "{ class: medical/imaging }", "class medical/imaging with vendor 'GE*'" },
		{ "{ vendor: \"GE*\" }", "{ vendor: \"*Healthcare\" }", "vendor 'GE*' with vendor '*Healthcare'" },
		{ "{ vendor: [Siemens, GE] }", "{ vendor: [Philips, ge] }", "vendor 'GE' with vendor 'ge'" },
		{ "{ vendor: \"a*b\" }", "{ vendor: \"?*B\" }", "vendor 'a*b'" },
		{ "{ host: \"ct-*\" }", "{ vendor: GE }", "vendor 'GE' with host 'ct-*'" },
		{ "{ class: medical, vendor: GE }", "{ class: medical, vlan: 10 }",
		  "class medical with vendor 'GE' and VLAN 10" },
		{ "{ class: [computer, medical], vlan: 10 }", "{ class: [medical, printer], vendor: GE }",
		  "class medical with vendor 'GE' and VLAN 10" },
		{ "{ vlan: [9, 10] }", "{ vlan: [10, 11] }", "VLAN 10" },
		{ "{ tag: icu }", "{ tag: loaner }", "tag icu with tag loaner" },
		{ "{ network: 10.0.0.0/8 }", "{ network: \"2001:db8::/32\" }",
		  "network 10.0.0.0/8 with network 2001:db8::/32" },
		{ "{ mac: [\"44:4b:5d:00:00:09\", \"44:4b:5d:00:00:01\"] }",
		  "{ mac: [\"44:4b:5d:00:00:05\", \"44:4b:5d:00:00:09\"] }", "MAC address 44:4b:5d:00:00:09" },
		{ "{ interface: \"ward*\" }", "{ interface: ward1 }", "interface ward1" },
		{ "{ network: 10.1.0.0/16 }", "{ vlan: 10, not: { network: 10.1.2.0/24 } }",
		  "VLAN 10 with network 10.1.0.0/16" },
		{ "{ class: medical }", "{ vlan: 10, not: { class: medical/imaging } }", "class medical with VLAN 10" },
		{ "{ vlan: 10, not: { tag: icu } }", "{ vlan: 10, not: { tag: ward } }", "VLAN 10" },
		{ "{ vlan: 10, not: { all: [{ tag: icu }, { vendor: X }] } }", "{ tag: icu }", "VLAN 10 with tag icu" },
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		for (size_t turned = 0; turned < 2; turned++) {
			const char *left = turned ? pairs[i].b : pairs[i].a;
			const char *right = turned ? pairs[i].a : pairs[i].b;

			if (parse_two(left, right, &error) != -EINVAL || !strstr(error.text, "priority"))
				fail_msg("%s and %s were taken", left, right);
			if (!turned && !strstr(error.text, pairs[i].example))
				fail_msg("%s does not speak of %s", error.text, pairs[i].example);
		}
}

static void test_priority_chooses(void **state)
{
	static const char text[] = HEAD "  ge: { members: { vendor: \"GE*\" }, priority: 10 }\n"
					"  imaging: { members: { class: medical/imaging } }\n" TAIL;
	struct policy *policy = NULL;
	struct error error = { 0 };
	struct member_facts facts = { .class = "medical/imaging/ct", .vendor = "GE Healthcare" };

	(void)state;
	assert_int_equal(policy_parse("two.yaml", text, strlen(text), &policy, &error), 0);
	assert_int_equal(policy->zones[0].priority, 10);
	assert_int_equal(policy_zone_of(policy, &facts), policy_zone_by_name(policy, "ge"));
	facts.vendor = "Siemens";
	assert_int_equal(policy_zone_of(policy, &facts), policy_zone_by_name(policy, "imaging"));
	facts = (struct member_facts){ .vendor = "ge" };
	assert_int_equal(policy_zone_of(policy, &facts), policy_zone_by_name(policy, "ge"));
	facts = (struct member_facts){ 0 };
	assert_int_equal(policy_zone_of(policy, &facts), policy_zone_by_name(policy, "quarantine"));
	policy_free(policy);
}

static void test_all_keys_are_read(void **state)
{
	static const char text[] = HEAD
		"  a:\n    members:\n      class: [medical, computer]\n      vendor: [\"GE*\", \"?x\"]\n      host: "
		"\"ct-*\"\n"
		"      interface: [pumps0, \"ward*\"]\n      vlan: [10, 4094]\n      tag: [icu, loaner]\n"
		"      mac: [\"44:4b:5d:00:00:09\", \"44:4b:5d:00:00:01\", \"44:4B:5D:00:00:09\"]\n"
		"      network: [10.0.0.0/8, \"2001:db8::/32\"]\n"
		"      all: [{ vlan: 10 }, { tag: icu, vendor: \"G*\" }]\n      any: [{ class: medical/imaging }]\n"
		"      not: { any: [{ vlan: 11 }, { host: x }] }\n" TAIL;
	static const enum member_kind kinds[] = {
		MEMBER_CLASS, MEMBER_VENDOR,  MEMBER_HOST, MEMBER_INTERFACE, MEMBER_VLAN, MEMBER_TAG,
		MEMBER_MAC,   MEMBER_NETWORK, MEMBER_ALL,  MEMBER_ANY,       MEMBER_NOT,
	};
	static const char tags[][MEMBER_TAG_MAX] = { "loaner", "icu" };
	struct address address;
	struct mac mac = { { 0x44, 0x4b, 0x5d, 0, 0, 9 } };
	struct member_facts facts = { .mac = &mac,
		                      .class = "medical/imaging/ct",
		                      .vendor = "GE Healthcare",
		                      .host_name = "CT-7",
		                      .interface = "ward17",
		                      .vlan = 10,
		                      .tags = tags,
		                      .tag_count = 2,
		                      .addresses = &address,
		                      .address_count = 1 };
	struct policy *policy = NULL;
	struct error error = { 0 };
	const struct member *member;

	(void)state;
	address_parse("2001:db8::7", &address);
	if (policy_parse("all.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s", error.text);
	member = &policy->zones[0].members;
	assert_int_equal(member->kind, MEMBER_ALL);
	assert_int_equal(member->child_count, ARRAY_SIZE(kinds));
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		assert_int_equal(member->children[i].kind, kinds[i]);
	assert_int_equal(member->children[0].place.line, 6);
	assert_int_equal(member->children[4].values[1].vlan, 4094);
	assert_int_equal(member->children[6].value_count, 2); /* sorted, none twice */
	assert_int_equal(member->children[6].values[0].mac.byte[5], 1);
	assert_int_equal(member->children[8].child_count, 2);
	assert_int_equal(member->children[8].children[1].kind, MEMBER_ALL);
	assert_int_equal(member->children[10].children[0].child_count, 2);
	assert_int_equal(policy_zone_of(policy, &facts), 1);
	/* each fact alone, when it changes, makes a difference */
	for (size_t i = 0; i < 9; i++) {
		struct member_facts other = facts;

		other.class = i == 0 ? "medical/other" : i == 1 ? "printer" : facts.class;
		other.vendor = i == 2 ? "Siemens" : facts.vendor;
		other.host_name = i == 3 ? "mr-7" : facts.host_name;
		other.interface = i == 4 ? "wan0" : facts.interface;
		other.vlan = i == 5 ? 4094 : facts.vlan;
		other.tag_count = i == 6 ? 1 : facts.tag_count;
		other.mac = i == 7 ? NULL : facts.mac;
		other.address_count = i == 8 ? 0 : facts.address_count;
		assert_int_equal(policy_zone_of(policy, &other), 2);
	}
	policy_free(policy);
}

static void test_one_condition_is_itself(void **state)
{
	static const char text[] =
		HEAD "  a: { members: { class: medical } }\n  b: { members: { any: [{ vlan: 10 }] } }\n" TAIL;
	struct policy *policy = NULL;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(policy_parse("one.yaml", text, strlen(text), &policy, &error), -EINVAL);
	assert_non_null(strstr(error.text, "class medical with VLAN 10"));
	policy_free(policy);
}

/* ----------------------------------------------------------------------------------------- limits */

static void repeat(char *buffer, size_t size, const char *what, size_t times)
{
	for (size_t i = 0; i < times; i++)
		strncat(buffer, what, size - strlen(buffer) - 1);
}

static void test_depth_is_limited(void **state)
{
	char text[1024];
	struct error error;

	(void)state;
	for (size_t depth = MEMBERS_DEPTH_MAX - 2; depth <= MEMBERS_DEPTH_MAX; depth += 2) {
		text[0] = '\0';
		repeat(text, sizeof(text), "{ any: [", depth);
		strcat(text, "{ vlan: 10 }");
		repeat(text, sizeof(text), "] }", depth);
		assert_int_equal(parse_two(text, "{ vlan: 11 }", &error), depth < MEMBERS_DEPTH_MAX ? 0 : -E2BIG);
	}
}

/* all of n times "one of two" is 2^n alternatives. */
static void test_alternatives_are_limited(void **state)
{
	char text[2048];
	struct error error;

	(void)state;
	for (size_t n = 8; n <= 9; n++) {
		strcpy(text, "{ all: [{ vlan: 10 }");
		for (size_t i = 0; i < n; i++)
			sprintf(text + strlen(text), ", { any: [{ tag: a%zu }, { tag: b%zu }] }", i, i);
		strcat(text, "] }");
		assert_int_equal(parse_two(text, "{ vlan: 11 }", &error), n == 8 ? 0 : -E2BIG);
	}
	strcpy(text, "{ all: [");
	for (size_t i = 0; i < MEMBERS_LITERALS_MAX; i++)
		sprintf(text + strlen(text), "{ tag: a%zu }, ", i);
	strcat(text, "{ vlan: 10 }] }");
	assert_int_equal(parse_two(text, "{ vlan: 11 }", &error), -E2BIG);
}

/* ------------------------------------------------------------------------------------ brute force */

static uint32_t seed;
static enum member_kind kinds[2]; /* of the round: with few kinds conditions often clash */

static uint32_t pick(uint32_t below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static const char *const class_values[] = { "m", "m/i", "m/i/c", "p", "mm" };
static const char *const text_values[] = { "a", "b", "a*", "*b", "?", "a?b", "*", "A*B" };
static const char *const interface_values[] = { "e0", "e1", "e*", "f0", "f*" };
static const char *const network_values[] = { "10.0.0.0/8", "10.1.0.0/16", "10.1.1.1/32", "11.0.0.0/8" };
static const char *const tag_values[] = { "x", "y", "z" };

static union member_value random_value(enum member_kind kind)
{
	union member_value value = { 0 };

	switch (kind) {
	case MEMBER_CLASS:
		strcpy(value.text, class_values[pick(ARRAY_SIZE(class_values))]);
		break;
	case MEMBER_VENDOR:
	case MEMBER_HOST:
		strcpy(value.text, text_values[pick(ARRAY_SIZE(text_values))]);
		break;
	case MEMBER_INTERFACE:
		strcpy(value.text, interface_values[pick(ARRAY_SIZE(interface_values))]);
		break;
	case MEMBER_VLAN:
		value.vlan = (uint16_t)(1 + pick(3));
		break;
	case MEMBER_TAG:
		strcpy(value.text, tag_values[pick(ARRAY_SIZE(tag_values))]);
		break;
	case MEMBER_NETWORK:
		prefix_parse(network_values[pick(ARRAY_SIZE(network_values))], &value.network);
		break;
	default:
		break;
	}
	return value;
}

static struct member random_member(unsigned int depth)
{
	struct member member = { .kind = kinds[pick(ARRAY_SIZE(kinds))] };
	size_t count = 1 + pick(2);

	if (depth > 0 && pick(2) == 0) {
		member.kind = pick(3);
		member.child_count = member.kind == MEMBER_NOT ? 1 : 1 + pick(3);
		member.children = calloc(member.child_count, sizeof(*member.children));
		for (size_t i = 0; i < member.child_count; i++)
			member.children[i] = random_member(depth - 1);
		return member;
	}
	member.values = calloc(count, sizeof(*member.values));
	member.value_count = count;
	for (size_t i = 0; i < count; i++) {
		member.values[i] = random_value(member.kind);
		if (member.kind == MEMBER_MAC) { /* sorted, none twice */
			member.values[i].mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)(i * 2 + pick(2)) } };
		}
	}
	return member;
}

/* The ${n}th device of the universe; false past the last. */
static bool device_at(uint32_t n, struct member_facts *facts)
{
	static const struct mac macs[] = { { { 2, 0, 0, 0, 0, 0 } },
		                           { { 2, 0, 0, 0, 0, 1 } },
		                           { { 2, 0, 0, 0, 0, 2 } } };
	static const char *const classes[] = { NULL, "m", "m/i", "m/i/c", "p/q", "mm" };
	static const char *const vendors[] = { NULL, "a", "b", "ab", "AxB" };
	static const char *const hosts[] = { NULL, "a", "axb", "c" };
	static const char *const interfaces[] = { "e0", "e1", "f0" };
	static const char tags[][MEMBER_TAG_MAX] = { "x", "y", "z" };
	static struct address addresses[3];
	const struct {
		uint32_t first;
		uint32_t count;
	} spans[] = { { 0, 0 }, { 0, 1 }, { 0, 2 }, { 2, 1 }, { 1, 2 }, { 0, 3 } };
	uint32_t span;

	address_parse("10.1.1.1", &addresses[0]);
	address_parse("11.0.0.1", &addresses[1]);
	address_parse("10.2.0.1", &addresses[2]);
	facts->mac = &macs[n % ARRAY_SIZE(macs)];
	n /= ARRAY_SIZE(macs);
	facts->class = classes[n % ARRAY_SIZE(classes)];
	n /= ARRAY_SIZE(classes);
	facts->vendor = vendors[n % ARRAY_SIZE(vendors)];
	n /= ARRAY_SIZE(vendors);
	facts->host_name = hosts[n % ARRAY_SIZE(hosts)];
	n /= ARRAY_SIZE(hosts);
	facts->interface = interfaces[n % ARRAY_SIZE(interfaces)];
	n /= ARRAY_SIZE(interfaces);
	facts->vlan = (uint16_t)(n % 4);
	n /= 4;
	span = n % ARRAY_SIZE(spans);
	n /= ARRAY_SIZE(spans);
	facts->tags = tags + spans[span].first;
	facts->tag_count = spans[span].count;
	span = n % ARRAY_SIZE(spans);
	n /= ARRAY_SIZE(spans);
	facts->addresses = addresses + spans[span].first;
	facts->address_count = spans[span].count;
	return n == 0;
}

/* A device that both take with the same class depth; the number of it, -1 where none was met in ${tries}. */
static int32_t find_conflict(const struct member *left, const struct member *right, uint32_t tries, bool *by_depth)
{
	uint32_t universe = 3 * 6 * 5 * 4 * 3 * 4 * 6 * 6;

	*by_depth = false;
	for (uint32_t i = 0; i < tries; i++) {
		struct member_facts facts;
		size_t left_depth;
		size_t right_depth;
		uint32_t n = pick(universe);

		assert_true(device_at(n, &facts));
		if (!members_hold(left, &facts, &left_depth) || !members_hold(right, &facts, &right_depth))
			continue;
		if (left_depth == right_depth)
			return (int32_t)n;
		*by_depth = true;
	}
	return -1;
}

static void test_no_conflict_is_missed(void **state)
{
	struct members_overlap overlap = { 0 };
	size_t apart = 0;
	size_t met = 0;
	size_t decided = 0;

	(void)state;
	for (uint32_t round = 1; round <= 20000; round++) {
		struct member left;
		struct member right;
		bool by_depth;
		int32_t conflict;
		int rc;

		seed = round;
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			kinds[i] = MEMBER_CLASS + pick(8);
		left = random_member(pick(4));
		right = random_member(pick(4));
		overlap.steps = 0;
		rc = members_overlap(&left, &right, &overlap);
		assert_in_range(rc + 1000, 1000 - E2BIG, 1001);
		conflict = rc == 0 ? find_conflict(&left, &right, 3000, &by_depth)
		                   : find_conflict(&left, &right, 300, &by_depth);
		if (rc == 0 && conflict >= 0)
			fail_msg("seed %u: device %d is taken by both", round, conflict);
		apart += rc == 0;
		decided += rc == 0 && by_depth;
		met += rc == 1 && conflict >= 0;
		if (rc == 1)
			assert_true(overlap.example[0]);
		members_free(&left);
		members_free(&right);
	}
	/* the rounds were worth it: some apart, some decided by the class, some truly in conflict */
	if (apart < 400 || decided < 20 || met < 400)
		fail_msg("%zu apart, %zu decided by class, %zu in conflict", apart, decided, met);
	print_message("%zu apart, of these %zu decided by class; %zu in conflict\n", apart, decided, met);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs_that_never_meet),    cmocka_unit_test(test_pairs_that_may_meet),
		cmocka_unit_test(test_priority_chooses),         cmocka_unit_test(test_all_keys_are_read),
		cmocka_unit_test(test_one_condition_is_itself),  cmocka_unit_test(test_depth_is_limited),
		cmocka_unit_test(test_alternatives_are_limited), cmocka_unit_test(test_no_conflict_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
