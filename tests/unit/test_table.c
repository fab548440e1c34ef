/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/table/flatten.h"
#include "policy/table/table.h"
#include "tests/unit/random_policy.h"

#define POLICIES 400
#define FLOWS    300

struct network_vector {
	const char *name;
	const char *networks[8]; /* "zone-id prefix" */
	const char *ranges;      /* "first-last=zone …" */
};

static const struct network_vector vectors[] = {
	{ "none", { NULL }, "" },
	{ "one", { "1 10.0.0.0/24" }, "10.0.0.0-10.0.0.255=1 " },
	{ "one host", { "1 10.0.0.7/32" }, "10.0.0.7-10.0.0.7=1 " },
	{ "all of IPv4", { "2 0.0.0.0/0" }, "0.0.0.0-255.255.255.255=2 " },
	{ "all of both families, the first and last address apart",
	  { "1 0.0.0.0/0", "1 ::/0", "2 0.0.0.0/32", "2 255.255.255.255/32" },
	  "0.0.0.0-0.0.0.0=2 0.0.0.1-255.255.255.254=1 255.255.255.255-255.255.255.255=2 "
	  "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff=1 " },
	{ "a hole",
	  { "1 10.0.0.0/24", "2 10.0.0.8/30" },
	  "10.0.0.0-10.0.0.7=1 10.0.0.8-10.0.0.11=2 10.0.0.12-10.0.0.255=1 " },
	{ "a hole at the start",
	  { "1 10.0.0.0/24", "2 10.0.0.0/25" },
	  "10.0.0.0-10.0.0.127=2 10.0.0.128-10.0.0.255=1 " },
	{ "a hole at the end",
	  { "1 10.0.0.0/24", "2 10.0.0.128/25" },
	  "10.0.0.0-10.0.0.127=1 10.0.0.128-10.0.0.255=2 " },
	{ "three deep",
	  { "1 10.0.0.0/8", "2 10.1.0.0/16", "3 10.1.1.0/24" },
	  "10.0.0.0-10.0.255.255=1 10.1.0.0-10.1.0.255=2 10.1.1.0-10.1.1.255=3 10.1.2.0-10.1.255.255=2 "
	  "10.2.0.0-10.255.255.255=1 " },
	{ "nested of one zone", { "1 10.0.0.0/24", "1 10.0.0.8/30" }, "10.0.0.0-10.0.0.255=1 " },
	{ "neighbours of one zone", { "1 10.0.0.0/24", "1 10.0.1.0/24" }, "10.0.0.0-10.0.1.255=1 " },
	{ "neighbours of two zones",
	  { "1 10.0.0.0/24", "2 10.0.1.0/24" },
	  "10.0.0.0-10.0.0.255=1 10.0.1.0-10.0.1.255=2 " },
	{ "written twice in one zone", { "1 10.0.0.0/24", "1 10.0.0.0/24" }, "10.0.0.0-10.0.0.255=1 " },
	{ "covered whole",
	  { "1 10.0.0.0/24", "2 10.0.0.0/25", "3 10.0.0.128/25" },
	  "10.0.0.0-10.0.0.127=2 10.0.0.128-10.0.0.255=3 " },
	{ "IPv6 hole",
	  { "1 fd00::/64", "2 fd00::100/120" },
	  "fd00::-fd00::ff=1 fd00::100-fd00::1ff=2 fd00::200-fd00::ffff:ffff:ffff:ffff=1 " },
};

static size_t read_networks(const char *const *texts, struct flatten_prefix *prefixes)
{
	size_t count = 0;

	for (; texts[count]; count++) {
		prefixes[count].zone = (uint16_t)(texts[count][0] - '0');
		prefixes[count].place = (struct place){ .line = (unsigned int)count + 1, .column = 7 };
		assert_int_equal(prefix_parse(texts[count] + 2, &prefixes[count].prefix), 0);
	}
	return count;
}

static void flattens_as_the_vectors_say(void **state)
{
	struct policy policy = { .zone_count = 0 };

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(vectors); v++) {
		struct flatten_prefix prefixes[8];
		struct table_network *networks = NULL;
		size_t count = read_networks(vectors[v].networks, prefixes);
		ssize_t ranges = flatten_prefixes(prefixes, count, &policy, &networks, NULL);
		char text[1000] = "";

		for (ssize_t i = 0; i < ranges; i++) {
			char first[ADDRESS_TEXT_MAX];
			char last[ADDRESS_TEXT_MAX];

			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s-%s=%u ",
			         address_format(&networks[i].first, first), address_format(&networks[i].last, last),
			         networks[i].zone);
		}
		if (strcmp(text, vectors[v].ranges) != 0)
			fail_msg("%s: %s, not %s", vectors[v].name, text, vectors[v].ranges);
		free(networks);
	}
}

static uint16_t naive_zone(const struct policy *policy, const struct address *address)
{
	uint16_t zone = ZONE_NONE;
	int longest = -1;

	for (size_t z = 0; z < policy->zone_count; z++)
		for (size_t n = 0; n < policy->zones[z].network_count; n++) {
			const struct prefix *prefix = &policy->zones[z].networks[n].prefix;

			if (prefix_contains(prefix, address) && prefix->length > longest) {
				longest = prefix->length;
				zone = (uint16_t)(z + 1);
			}
		}
	return zone;
}

static bool names(const uint16_t *ids, size_t count, uint16_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* A rule says of a zone's single devices what it says of the zone. */
static bool names_group(const struct policy *policy, const uint16_t *ids, size_t count, uint16_t group)
{
	return group != ZONE_NONE && (names(ids, count, group) || names(ids, count, policy_group_zone(policy, group)));
}

static bool naive_holds(const struct policy *policy, const struct policy_rule *rule, const struct flow *flow)
{
	if (!names_group(policy, rule->from, rule->from_count, flow->from) ||
	    !names_group(policy, rule->to, rule->to_count, flow->to))
		return false;
	if ((rule->names && rule->names != flow->names) || !schedule_holds(&rule->schedule, flow->moment))
		return false;
	for (size_t i = 0; i < rule->range_count; i++)
		if ((rule->ranges[i].protocol == 0 || rule->ranges[i].protocol == flow->protocol) &&
		    rule->ranges[i].first <= flow->port && flow->port <= rule->ranges[i].last)
			return true;
	return false;
}

static struct decision naive_decide(const struct policy *policy, const struct flow *flow)
{
	struct decision decision = { .verdict = VERDICT_DENY, .by_default = true };

	for (size_t r = 0; r < policy->rule_count; r++) {
		const struct policy_rule *rule = &policy->rules[r];

		if (!naive_holds(policy, rule, flow))
			continue;
		if (rule->mode == MODE_ENFORCE) {
			decision.verdict = rule->verdict;
			decision.by_default = false;
			decision.rule = r;
			return decision;
		}
		if (!decision.is_observed)
			decision.observed = r;
		decision.is_observed = true;
	}
	return decision;
}

/* An address in or just outside the random networks. */
static struct address probe(uint64_t *state)
{
	struct address address = random_prefix(state).address;

	if (random_below(state, 2))
		address.byte[address_length(address.family) - 1] = (uint8_t)random_next(state);
	return address;
}

static void compare(const struct policy *policy, const struct table *table, uint64_t *state)
{
	static const uint8_t protocols[] = { 1, 6, 17, 47, 58, 132 };
	uint32_t groups = policy_group_count(policy) + 1U;
	struct address address = probe(state);
	struct flow flow = {
		.from = (uint16_t)random_below(state, groups),
		.to = (uint16_t)random_below(state, groups),
		.protocol = protocols[random_below(state, sizeof(protocols))],
		.port = (uint16_t)(random_below(state, 8) ? random_below(state, 50) : 65535 - random_below(state, 8)),
		.names = (uint16_t)random_below(state, (uint32_t)policy->name_set_count + 1),
		.moment = random_moment(state),
	};
	struct decision got = table_decide(table, &flow);
	struct decision wanted = naive_decide(policy, &flow);

	assert_int_equal(table_zone_of_network(table, &address), naive_zone(policy, &address));
	assert_int_equal(got.verdict, wanted.verdict);
	assert_int_equal(got.by_default, wanted.by_default);
	assert_int_equal(got.rule, wanted.rule);
	assert_int_equal(got.is_observed, wanted.is_observed);
	assert_int_equal(got.observed, wanted.observed);
}

static void assert_ordered(const struct table *table)
{
	for (size_t i = 0; i < table->network_count; i++) {
		const struct table_network *network = &table->networks[i];

		assert_true(memcmp(&network->first, &network->last, sizeof(network->first)) <= 0);
		if (i > 0)
			assert_true(memcmp(&network[-1].last, &network->first, sizeof(network->first)) < 0);
	}
	for (size_t i = 1; i < table->pair_count; i++)
		assert_true(table->pairs[i - 1].from < table->pairs[i].from ||
		            (table->pairs[i - 1].from == table->pairs[i].from &&
		             table->pairs[i - 1].to < table->pairs[i].to));
}

static void decides_as_a_walk_over_the_rules(void **unused)
{
	uint64_t state = random_seed();

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		struct policy *policy = random_full_policy(&state);
		struct table *table = NULL;

		assert_int_equal(table_compile(policy, &table, NULL), 0);
		assert_ordered(table);
		for (size_t flow = 0; flow < FLOWS; flow++)
			compare(policy, table, &state);
		table_free(table);
		policy_free(policy);
	}
}

static void refuses_one_network_in_two_zones(void **state)
{
	struct policy_network pacs = { .place = { .line = 9, .column = 25 } };
	struct policy_network infra = { .place = { .line = 11, .column = 26 } };
	struct policy_zone zones[] = {
		{ .name = "infra", .networks = &infra, .network_count = 1 },
		{ .name = "pacs", .networks = &pacs, .network_count = 1 },
	};
	struct policy policy = { .file = "site.yaml", .zones = zones, .zone_count = 2 };
	struct table *table = NULL;
	struct error error = { .code = 0 };

	(void)state;
	assert_int_equal(prefix_parse("10.9.0.0/24", &pacs.prefix), 0);
	infra.prefix = pacs.prefix;
	assert_int_equal(table_compile(&policy, &table, &error), -EINVAL);
	assert_null(table);
	assert_int_equal(error.line, 11);
	assert_int_equal(error.column, 26);
	assert_string_equal(error.file, "site.yaml");
	assert_non_null(strstr(error.text, "10.9.0.0/24"));
	assert_non_null(strstr(error.text, "'infra'"));
	assert_non_null(strstr(error.text, "'pacs' at line 9"));
}

static void refuses_too_many_entries(void **state)
{
	static struct policy_zone zones[POLICY_ZONES_MAX];
	static struct policy_rule rules[4];
	uint16_t ids[POLICY_ZONES_MAX];
	struct service_range any = { .protocol = 0, .last = UINT16_MAX };
	struct policy policy = { .zones = zones, .zone_count = ARRAY_SIZE(zones), .rules = rules };
	struct table *table = NULL;
	struct error error = { .code = 0 };

	(void)state;
	for (uint16_t i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = (uint16_t)(i + 1);
	for (size_t r = 0; r < ARRAY_SIZE(rules); r++)
		rules[r] = (struct policy_rule){ .from = ids,
			                         .from_count = ARRAY_SIZE(ids),
			                         .to = ids,
			                         .to_count = ARRAY_SIZE(ids),
			                         .ranges = &any,
			                         .range_count = 1,
			                         .place = { .line = (unsigned int)r + 1, .column = 5 } };
	policy.rule_count = 3;
	assert_int_equal(table_compile(&policy, &table, &error), 0);
	assert_int_equal(table->pair_count, POLICY_ZONES_MAX * POLICY_ZONES_MAX);
	table_free(take_ptr(&table));
	policy.rule_count = 4;
	assert_int_equal(table_compile(&policy, &table, &error), -E2BIG);
	assert_null(table);
	assert_int_equal(error.line, 4);
}

#define MERGED_MAX 8

static const struct merge_vector {
	const char *name;
	struct service_range ranges[MERGED_MAX]; /* last 0 ends them */
	struct service_range merged[MERGED_MAX];
} merges[] = {
	{ "neighbours and what is inside",
	  { { 17, HELPER_NONE, 53, 53 },
	    { 6, HELPER_NONE, 90, 99 },
	    { 6, HELPER_NONE, 80, 89 },
	    { 6, HELPER_NONE, 95, 95 },
	    { 6, HELPER_NONE, 101, 101 } },
	  { { 6, HELPER_NONE, 80, 99 }, { 6, HELPER_NONE, 101, 101 }, { 17, HELPER_NONE, 53, 53 } } },
	{ "anything holds the others",
	  { { 6, HELPER_NONE, 80, 80 }, { 0, HELPER_NONE, 0, 65535 } },
	  { { 0, HELPER_NONE, 0, 65535 } } },
	{ "anything does not hold what has a helper",
	  { { 6, HELPER_FTP, 21, 21 }, { 0, HELPER_NONE, 0, 65535 }, { 6, HELPER_NONE, 80, 80 } },
	  { { 0, HELPER_NONE, 0, 65535 }, { 6, HELPER_FTP, 21, 21 } } },
	{ "a neighbour with a helper",
	  { { 6, HELPER_NONE, 20, 20 }, { 6, HELPER_FTP, 21, 21 } },
	  { { 6, HELPER_NONE, 20, 20 }, { 6, HELPER_FTP, 21, 21 } } },
	{ "a port with and without a helper",
	  { { 6, HELPER_NONE, 21, 21 }, { 6, HELPER_FTP, 21, 21 } },
	  { { 6, HELPER_FTP, 21, 21 } } },
	{ "a helper amid plain ports, at their ends and apart",
	  { { 6, HELPER_FTP, 65535, 65535 },
	    { 6, HELPER_FTP, 0, 0 },
	    { 6, HELPER_NONE, 0, 65535 },
	    { 6, HELPER_FTP, 21, 22 },
	    { 17, HELPER_NONE, 20, 22 } },
	  { { 6, HELPER_FTP, 0, 0 },
	    { 6, HELPER_NONE, 1, 20 },
	    { 6, HELPER_FTP, 21, 22 },
	    { 6, HELPER_NONE, 23, 65534 },
	    { 6, HELPER_FTP, 65535, 65535 },
	    { 17, HELPER_NONE, 20, 22 } } },
};

static size_t count_ranges(const struct service_range *ranges)
{
	size_t count = 0;

	while (count < MERGED_MAX && (ranges[count].protocol || ranges[count].last))
		count++;
	return count;
}

static void merges_the_ranges_of_a_rule(void **state)
{
	uint16_t one = 1;
	struct policy_zone zone = { .name = "pcs" };

	(void)state;
	for (size_t v = 0; v < ARRAY_SIZE(merges); v++) {
		struct service_range ranges[MERGED_MAX];
		struct policy_rule rule = {
			.from = &one, .from_count = 1, .to = &one, .to_count = 1, .ranges = ranges
		};
		struct policy policy = { .zones = &zone, .zone_count = 1, .rules = &rule, .rule_count = 1 };
		const struct table_entry *entry;
		struct table *table = NULL;

		memcpy(ranges, merges[v].ranges, sizeof(ranges));
		rule.range_count = count_ranges(ranges);
		assert_int_equal(table_compile(&policy, &table, NULL), 0);
		assert_int_equal(table->pair_count, 1);
		assert_int_equal(table->pairs[0].entry_count, 1);
		entry = &table->pairs[0].entries[0];
		if (entry->range_count != count_ranges(merges[v].merged))
			fail_msg("%s: %zu ranges", merges[v].name, entry->range_count);
		for (size_t i = 0; i < entry->range_count; i++) {
			const struct service_range *got = &entry->ranges[i];
			const struct service_range *wanted = &merges[v].merged[i];

			if (got->protocol != wanted->protocol || got->helper != wanted->helper ||
			    got->first != wanted->first || got->last != wanted->last)
				fail_msg("%s: range %zu is %u/%u-%u helper %u", merges[v].name, i, got->protocol,
				         got->first, got->last, got->helper);
		}
		table_free(table);
	}
}

static void takes_an_empty_policy(void **state)
{
	static const struct policy policy;
	struct address address = { .family = FAMILY_IPV4 };
	struct flow flow = { .from = 1, .to = 1, .protocol = 6, .port = 80 };
	struct table *table = NULL;

	(void)state;
	assert_int_equal(table_compile(&policy, &table, NULL), 0);
	assert_int_equal(table_zone_of_network(table, &address), ZONE_NONE);
	assert_true(table_decide(table, &flow).by_default);
	table_free(table);
	table_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flattens_as_the_vectors_say),      cmocka_unit_test(decides_as_a_walk_over_the_rules),
		cmocka_unit_test(refuses_one_network_in_two_zones), cmocka_unit_test(refuses_too_many_entries),
		cmocka_unit_test(merges_the_ranges_of_a_rule),      cmocka_unit_test(takes_an_empty_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
