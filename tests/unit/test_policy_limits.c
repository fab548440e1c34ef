/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is larger than it may be is refused with -E2BIG, and what is as large as it may be is read. */
#include "policy/language/yaml_tree.h"
#include "policy/policy.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "version: 1\ngateway: { clinical: [pumps0], uplink: [wan0] }\nzones:\n  quarantine: { default: true }\n"

struct text {
	char *bytes;
	size_t length;
	size_t size;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
	va_list args;

	if (text->size - text->length < 256) {
		text->size = text->size ? text->size * 2 : 4096;
		text->bytes = realloc(text->bytes, text->size);
		assert_non_null(text->bytes);
	}
	va_start(args, format);
	text->length += (size_t)vsnprintf(text->bytes + text->length, text->size - text->length, format, args);
	va_end(args);
}

static void add_zones(struct text *text, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		add(text, "  z%u: {}\n", i);
}

static void add_interfaces(struct text *text, unsigned int count)
{
	text->length = 0;
	add(text, "version: 1\ngateway:\n  uplink: wan0\n  clinical:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "  - ward%u\n", i);
	add(text, "zones: { quarantine: { default: true } }\n");
}

static void add_networks(struct text *text, unsigned int count)
{
	add(text, "  pacs: { networks: [10.0.0.0");
	for (unsigned int i = 1; i < count; i++)
		add(text, ", 10.%u.%u.1", i / 256, i % 256);
	add(text, "] }\n");
}

static void add_services(struct text *text, unsigned int count)
{
	add(text, "services:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "  s%u: tcp/%u\n", i, i + 1);
}

static void add_rules(struct text *text, unsigned int count)
{
	add(text, "rules:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "- { from: any, to: any, allow: any }\n");
}

static void add_ranges(struct text *text, unsigned int count)
{
	add(text, "services:\n  s: [tcp/1");
	for (unsigned int i = 1; i < count; i++)
		add(text, ", tcp/%u", i + 1);
	add(text, "]\n");
}

/* Each service holds the one before it twice: 2^count terms, were they written out. */
static void add_doubling(struct text *text, unsigned int count)
{
	add(text, "services:\n  s0: [tcp/1, udp/1]\n");
	for (unsigned int i = 1; i < count; i++)
		add(text, "  s%u: [s%u, s%u]\n", i, i - 1, i - 1);
}

static void add_devices(struct text *text, unsigned int count)
{
	add(text, "devices:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "- {mac: 02:00:%02x:%02x:%02x:01, zone: quarantine}\n", i >> 16, (i >> 8) & 255, i & 255);
}

static void add_padding(struct text *text, unsigned int count)
{
	add(text, "#");
	while (text->length < count)
		add(text, "%*s", count - text->length > 128 ? 128 : (int)(count - text->length), "");
}

static void add_keys(struct text *text, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		add(text, "%x: 1\n", i);
}

static void add_nesting(struct text *text, unsigned int depth)
{
	text->length = 0;
	add(text, "a: ");
	for (unsigned int i = 0; i < depth; i++)
		add(text, "[");
}

static void add_pairs(struct text *text, unsigned int count)
{
	add_zones(text, 249);
	add_rules(text, count);
}

/* The first ${count} dates of 28 days a month. */
static void add_schedules(struct text *text, unsigned int count)
{
	add(text, "rules:\n");
	for (unsigned int i = 0; i < count * 2; i++) {
		unsigned int day = i % count;

		add(text, "- { from: any, to: any, allow: any, until: %u-%02u-%02u }\n", 2026 + day / 336,
		    day / 28 % 12 + 1, day % 28 + 1);
	}
}

static void add_name_sets(struct text *text, unsigned int count)
{
	add(text, "rules:\n");
	for (unsigned int i = 0; i < count * 2; i++)
		add(text, "- { from: any, to: { names: n%u.example }, allow: any }\n", i % count);
}

static void add_names(struct text *text, unsigned int count)
{
	add(text, "rules:\n- { from: any, allow: any, to: { names: [example");
	for (unsigned int i = 1; i < count; i++)
		add(text, ", n%u.example", i);
	add(text, "] } }\n");
}

static void add_expects(struct text *text, unsigned int count)
{
	add(text, "expect:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "- { from: any, verdict: deny }\n");
}

static void add_canaries(struct text *text, unsigned int count)
{
	add(text, "canaries:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "  c%u: { from: quarantine, to: quarantine, service: dns }\n", i);
}

static void add_singles(struct text *text, unsigned int count)
{
	add_devices(text, count);
	add(text, "rules:\n");
	for (unsigned int i = 0; i < count; i++)
		add(text, "- {from: 02:00:%02x:%02x:%02x:01, to: any, allow: any}\n", i >> 16, (i >> 8) & 255, i & 255);
}

static void add_member_values(struct text *text, unsigned int count)
{
	add(text, "  pacs: { members: { mac: [02:00:00:00:00:00");
	for (unsigned int i = 1; i < count; i++)
		add(text, ", 02:00:00:%02x:%02x:%02x", i >> 16, (i >> 8) & 255, i & 255);
	add(text, "] } }\n");
}

/* A mapping with one key is one condition, and so is each key. */
static void add_member_conditions(struct text *text, unsigned int count)
{
	add(text, "  pacs: { members: { any: [{ host: a }");
	for (unsigned int i = 1; i < count; i++)
		add(text, ", { host: a }");
	add(text, "] } }\n");
}

static int parse(void (*make)(struct text *, unsigned int), unsigned int count, struct error *error)
{
	struct text text = { 0 };
	struct policy *policy = NULL;
	int rc;

	*error = (struct error){ 0 };
	add(&text, HEAD);
	make(&text, count);
	rc = policy_parse("big.yaml", text.bytes, text.length, &policy, error);
	policy_free(policy);
	free(text.bytes);
	return rc;
}

static void test_limits(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct text *text, unsigned int count);
		unsigned int most; /* that is read; one more is not. 0 where none is read */
		unsigned int over;
		const char *message;
	} vectors[] = {
		{ "bytes", add_padding, POLICY_BYTES_MAX, POLICY_BYTES_MAX + 1, "larger than 33554432 bytes" },
		{ "nodes", add_keys, 0, 1250000, "more than 2500000 values" },
		{ "depth", add_nesting, 0, 100000, "nested deeper than 32" },
		{ "zones", add_zones, POLICY_ZONES_MAX - 1, POLICY_ZONES_MAX, "more than 250 zones" },
		{ "interfaces", add_interfaces, POLICY_INTERFACES_MAX, POLICY_INTERFACES_MAX + 1, "more than 64" },
		{ "networks", add_networks, POLICY_NETWORKS_MAX, POLICY_NETWORKS_MAX + 1, "more than 20000 networks" },
		{ "member values", add_member_values, 100000, 100001, "more than 100000 values in members" },
		{ "member conditions", add_member_conditions, 2000, 5000, "more than 4096 conditions in members" },
		{ "services", add_services, POLICY_SERVICES_MAX, POLICY_SERVICES_MAX + 1, "more than 1000 services" },
		{ "ranges", add_ranges, 256, 257, "more than 256 port ranges" },
		{ "rules", add_rules, POLICY_RULES_MAX, POLICY_RULES_MAX + 1, "more than 100000 rules" },
		{ "zone pairs", add_pairs, 16, 17, "zone pairs" },
		{ "doubling services", add_doubling, POLICY_SERVICES_MAX, POLICY_SERVICES_MAX + 1, "more than 1000" },
		{ "schedules", add_schedules, POLICY_SCHEDULES_MAX, POLICY_SCHEDULES_MAX + 1, "more than 256" },
		{ "name sets", add_name_sets, POLICY_NAME_SETS_MAX, POLICY_NAME_SETS_MAX + 1, "more than 250" },
		{ "names", add_names, POLICY_SET_NAMES_MAX, POLICY_SET_NAMES_MAX + 1, "more than 256 names" },
		{ "expectations", add_expects, POLICY_EXPECTS_MAX, POLICY_EXPECTS_MAX + 1, "more than 10000" },
		{ "canaries", add_canaries, POLICY_CANARIES_MAX, POLICY_CANARIES_MAX + 1, "more than 1000 can" },
		{ "singles", add_singles, POLICY_SINGLES_MAX, POLICY_SINGLES_MAX + 1, "more than 250 devices" },
		{ "devices", add_devices, POLICY_PINS_MAX, POLICY_PINS_MAX + 1, "more than 100000 devices" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct error error;

		if (vectors[i].most && parse(vectors[i].make, vectors[i].most, &error) != 0)
			fail_msg("%s: %u: %s", vectors[i].name, vectors[i].most, error.text);
		if (parse(vectors[i].make, vectors[i].over, &error) != -E2BIG)
			fail_msg("%s: %u is not refused: %s", vectors[i].name, vectors[i].over, error.text);
		if (!strstr(error.text, vectors[i].message))
			fail_msg("%s: %s", vectors[i].name, error.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
