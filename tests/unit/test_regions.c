/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/table/regions.h"
#include "tests/unit/random_policy.h"

#define POLICIES 300
#define PAIRS    6
#define FLOWS    100
#define MOMENTS  40
#define PORTS    (UINT16_MAX + 1)
#define ANY_RANGE                                                                                                      \
	{                                                                                                              \
		.protocol = 0, .first = 0, .last = UINT16_MAX                                                          \
	}
#define TCP(from, to)                                                                                                  \
	{                                                                                                              \
		.protocol = 6, .first = (from), .last = (to)                                                           \
	}

/* Sorted, each protocol's ports once and without a hole, "others" among them. */
static void assert_whole(const struct regions *regions)
{
	assert_true(regions->count > 0);
	assert_int_equal(regions->at[0].protocol, REGION_OTHERS);
	for (size_t i = 0; i < regions->count; i++) {
		const struct region *region = &regions->at[i];
		bool begins = i == 0 || region[-1].protocol != region->protocol;
		bool ends = i + 1 == regions->count || region[1].protocol != region->protocol;

		assert_true(region->first <= region->last);
		if (begins)
			assert_int_equal(region->first, 0);
		else
			assert_int_equal(region->first, region[-1].last + 1);
		if (begins && i > 0)
			assert_true(region[-1].protocol < region->protocol);
		if (ends)
			assert_int_equal(region->last, UINT16_MAX);
	}
}

static void assert_same_decision(struct decision got, struct decision wanted)
{
	assert_int_equal(got.verdict, wanted.verdict);
	assert_int_equal(got.by_default, wanted.by_default);
	if (!wanted.by_default)
		assert_int_equal(got.rule, wanted.rule);
	assert_int_equal(got.is_observed, wanted.is_observed);
	if (wanted.is_observed)
		assert_int_equal(got.observed, wanted.observed);
}

static struct flow random_flow(const struct policy *policy, uint64_t *state)
{
	static const uint8_t protocols[] = { 1, 6, 17, 47, 58, 132, 0, 255 };

	return (struct flow){
		.protocol = protocols[random_below(state, sizeof(protocols))],
		.port = (uint16_t)(random_below(state, 8) ? random_below(state, 50)
		                                          : PORTS - 1 - random_below(state, 8)),
		.names = (uint16_t)random_below(state, (uint32_t)policy->name_set_count + 1),
		.moment = random_moment(state),
	};
}

static void compare_with_table(const struct policy *policy, const struct table *table, struct regions *regions,
                               uint64_t *state)
{
	struct flow circumstances = random_flow(policy, state);
	struct circumstance circumstance = { .names = circumstances.names, .moment = circumstances.moment };
	uint16_t from = (uint16_t)random_below(state, policy_group_count(policy) + 1U);
	uint16_t to = (uint16_t)random_below(state, policy_group_count(policy) + 1U);

	assert_int_equal(regions_of(table, from, to, circumstance, regions), 0);
	assert_whole(regions);
	for (size_t i = 0; i < FLOWS; i++) {
		struct flow flow = random_flow(policy, state);
		const struct region *region = regions_at(regions, flow.protocol, flow.port);

		flow.from = from;
		flow.to = to;
		flow.names = circumstance.names;
		flow.moment = circumstance.moment;
		assert_true(region->protocol == flow.protocol || region->protocol == REGION_OTHERS);
		assert_true(region->first <= flow.port && flow.port <= region->last);
		assert_same_decision(region->decision, table_decide(table, &flow));
	}
}

static void regions_decide_as_the_table(void **unused)
{
	uint64_t state = random_seed();
	struct regions regions = { .at = NULL };

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = random_full_policy(&state);
		CLEANUP(table_free) struct table *table = NULL;

		assert_int_equal(table_compile(policy, &table, NULL), 0);
		for (size_t pair = 0; pair < PAIRS; pair++)
			compare_with_table(policy, table, &regions, &state);
	}
	regions_free(&regions);
}

/* Whether one of the ${count} circumstances of ${list} decides ${flow} as its own names and moment do. */
static bool is_covered(const struct table *table, struct flow flow, const struct circumstance *list, size_t count)
{
	struct decision wanted = table_decide(table, &flow);

	for (size_t i = 0; i < count; i++) {
		struct decision got;

		flow.names = list[i].names;
		flow.moment = list[i].moment;
		got = table_decide(table, &flow);
		if (got.verdict == wanted.verdict && got.by_default == wanted.by_default && got.rule == wanted.rule &&
		    got.is_observed == wanted.is_observed && got.observed == wanted.observed)
			return true;
	}
	return false;
}

static void circumstances_cover_every_moment_and_name(void **unused)
{
	uint64_t state = random_seed();

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = random_full_policy(&state);
		CLEANUP(table_free) struct table *table = NULL;

		assert_int_equal(table_compile(policy, &table, NULL), 0);
		for (size_t p = 0; p < table->pair_count; p++) {
			CLEANUP(free) struct circumstance *list = NULL;
			size_t count;

			assert_int_equal(
				regions_circumstances(table, table->pairs[p].from, table->pairs[p].to, &list, &count),
				0);
			assert_int_equal(list[0].names, 0);
			for (size_t m = 0; m < MOMENTS; m++) {
				struct flow flow = random_flow(policy, &state);

				flow.from = table->pairs[p].from;
				flow.to = table->pairs[p].to;
				assert_true(is_covered(table, flow, list, count));
			}
		}
	}
}

/* A policy of one zone with ${count} rules from it to itself. */
struct small {
	uint16_t one;
	struct policy_zone zone;
	struct service_range any;
	struct policy_rule *rules;
	struct policy policy;
	struct table *table;
};

static void small_begin(struct small *small, size_t count)
{
	*small = (struct small){ .one = 1, .zone.name = "pumps", .any = ANY_RANGE };
	small->rules = random_array(count, sizeof(*small->rules));
	for (size_t i = 0; i < count; i++)
		small->rules[i] = (struct policy_rule){
			.from = &small->one,
			.from_count = 1,
			.to = &small->one,
			.to_count = 1,
			.ranges = &small->any,
			.range_count = 1,
			.verdict = VERDICT_ALLOW,
			.place.line = (unsigned int)i + 1,
		};
	small->policy = (struct policy){
		.zones = &small->zone,
		.zone_count = 1,
		.rules = small->rules,
		.rule_count = count,
		.name_set_count = 3,
	};
}

static void small_end(struct small *small)
{
	table_free(small->table);
	free(small->rules);
}

static void a_pair_without_rules_is_one_denied_region(void **unused)
{
	struct small small;
	struct regions regions = { .at = NULL };
	CLEANUP(free) struct circumstance *list = NULL;
	size_t count;

	(void)unused;
	small_begin(&small, 0);
	assert_int_equal(table_compile(&small.policy, &small.table, NULL), 0);
	assert_int_equal(regions_of(small.table, 1, 1, (struct circumstance){ 0 }, &regions), 0);
	assert_int_equal(regions.count, 1);
	assert_whole(&regions);
	assert_true(regions.at[0].decision.by_default);
	assert_int_equal(regions_circumstances(small.table, 1, 1, &list, &count), 0);
	assert_int_equal(count, 1);
	regions_free(&regions);
	assert_null(regions.at);
	small_end(&small);
}

static void blocks_decided_alike_are_one(void **unused)
{
	struct service_range web[] = { TCP(80, 89), TCP(90, 90), TCP(443, 443) };
	struct service_range wide = TCP(70, 500);
	struct regions regions = { .at = NULL };
	const struct region wanted[] = {
		{ .protocol = 0, .first = 0, .last = 65535, .decision = { .rule = 2 } },
		{ .protocol = 6, .first = 0, .last = 69, .decision = { .rule = 2 } },
		{ .protocol = 6, .first = 70, .last = 79, .decision = { .rule = 1 } },
		{ .protocol = 6, .first = 80, .last = 90, .decision = { .rule = 0 } },
		{ .protocol = 6, .first = 91, .last = 442, .decision = { .rule = 1 } },
		{ .protocol = 6, .first = 443, .last = 443, .decision = { .rule = 0 } },
		{ .protocol = 6, .first = 444, .last = 500, .decision = { .rule = 1 } },
		{ .protocol = 6, .first = 501, .last = 65535, .decision = { .rule = 2 } },
	};
	struct small small;

	(void)unused;
	small_begin(&small, 3);
	small.rules[0].ranges = web;
	small.rules[0].range_count = ARRAY_SIZE(web);
	small.rules[1].ranges = &wide;
	assert_int_equal(table_compile(&small.policy, &small.table, NULL), 0);
	assert_int_equal(regions_of(small.table, 1, 1, (struct circumstance){ 0 }, &regions), 0);
	assert_int_equal(regions.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		assert_int_equal(regions.at[i].protocol, wanted[i].protocol);
		assert_int_equal(regions.at[i].first, wanted[i].first);
		assert_int_equal(regions.at[i].last, wanted[i].last);
		assert_int_equal(regions.at[i].decision.rule, wanted[i].decision.rule);
	}
	regions_free(&regions);
	small_end(&small);
}

static size_t count_circumstances(struct small *small, size_t wanted)
{
	CLEANUP(free) struct circumstance *list = NULL;
	size_t count = 0;

	table_free(take_ptr(&small->table));
	assert_int_equal(table_compile(&small->policy, &small->table, NULL), 0);
	assert_int_equal(regions_circumstances(small->table, 1, 1, &list, &count), 0);
	assert_int_equal(count, wanted);
	return count;
}

static void moments_alike_are_merged(void **unused)
{
	struct small small;

	(void)unused;
	small_begin(&small, 4);
	count_circumstances(&small, 1);
	/* every day alike: inside and outside */
	small.rules[0].schedule = (struct schedule){ .windows = { { 0x7f, 420, 1140 } }, .window_count = 1 };
	count_circumstances(&small, 2);
	/* inside both, outside both, and the first alone */
	small.rules[1].schedule = (struct schedule){ .windows = { { 0x7f, 480, 600 } }, .window_count = 1 };
	count_circumstances(&small, 3);
	/* the last ends on a day: each of these before it and after it */
	small.rules[2].schedule = (struct schedule){ .until = 20000 };
	count_circumstances(&small, 6);
	/* and each of these with and without a name that a rule asks for, whichever other names there are */
	small.rules[3].names = 2;
	count_circumstances(&small, 12);
	small_end(&small);
}

static void a_window_that_holds_all_week_has_no_other_moment(void **unused)
{
	struct small small;

	(void)unused;
	small_begin(&small, 1);
	small.rules[0].schedule = (struct schedule){ .windows = { { 0x7f, 0, 1440 } }, .window_count = 1 };
	count_circumstances(&small, 1);
	small.rules[0].schedule = (struct schedule){ .windows = { { 0x7f, 600, 600 } }, .window_count = 1 };
	count_circumstances(&small, 1);
	small.rules[0].schedule = (struct schedule){ .windows = { { 0x40, 1380, 60 } }, .window_count = 1 };
	count_circumstances(&small, 2);
	small_end(&small);
}

static void too_many_circumstances_are_an_error(void **unused)
{
	size_t rules = TABLE_SCHEDULES_MAX - 1;
	struct circumstance *list = NULL;
	size_t count = 77;
	struct small small;

	(void)unused;
	small_begin(&small, rules);
	for (size_t i = 0; i < rules; i++)
		small.rules[i].schedule.until = (int32_t)i + 1;
	count_circumstances(&small, rules + 1);
	for (uint16_t i = 0; i < 5; i++)
		small.rules[i].names = i;
	small.policy.name_set_count = 4;
	table_free(take_ptr(&small.table));
	assert_int_equal(table_compile(&small.policy, &small.table, NULL), 0);
	assert_int_equal(regions_circumstances(small.table, 1, 1, &list, &count), -E2BIG);
	assert_null(list);
	assert_int_equal(count, 77);
	small_end(&small);
}

static void too_many_schedules_are_an_error(void **unused)
{
	struct table *table = NULL;
	struct error error = { .code = 0 };
	struct small small;

	(void)unused;
	small_begin(&small, TABLE_SCHEDULES_MAX);
	for (size_t i = 0; i < TABLE_SCHEDULES_MAX; i++)
		small.rules[i].schedule.until = (int32_t)i + 1;
	assert_int_equal(table_compile(&small.policy, &table, &error), -E2BIG);
	assert_null(table);
	assert_int_equal(error.line, TABLE_SCHEDULES_MAX);
	small.rules[TABLE_SCHEDULES_MAX - 1].schedule.until = 1;
	assert_int_equal(table_compile(&small.policy, &table, NULL), 0);
	assert_int_equal(table->schedule_count, TABLE_SCHEDULES_MAX);
	table_free(table);
	small_end(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_decide_as_the_table),
		cmocka_unit_test(circumstances_cover_every_moment_and_name),
		cmocka_unit_test(a_pair_without_rules_is_one_denied_region),
		cmocka_unit_test(blocks_decided_alike_are_one),
		cmocka_unit_test(moments_alike_are_merged),
		cmocka_unit_test(a_window_that_holds_all_week_has_no_other_moment),
		cmocka_unit_test(too_many_circumstances_are_an_error),
		cmocka_unit_test(too_many_schedules_are_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
