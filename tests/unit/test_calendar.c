/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hours of the wall clock as spans of absolute time: minute by minute the same as what schedule_holds says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/calendar.h"
#include "random_policy.h"

#define SCHEDULES 60
#define DAYS      33

/* Sunday 2026-03-29, 01:00 UTC and Sunday 2026-10-25, 01:00 UTC: summer time begins and ends in Europe. */
#define SPRING_S 1774746000
#define AUTUMN_S 1792890000
/* 2026-03-21 22:10 UTC: a week before; 2026-10-20. */
static const struct calendar spring = { .now_s = SPRING_S - 8 * 86400,
	                                .first_s = SPRING_S - 8 * 86400 - 10200,
	                                .last_s = SPRING_S + 25 * 86400,
	                                .offsets = { { SPRING_S - 9 * 86400, 3600 }, { SPRING_S, 7200 } },
	                                .offset_count = 2 };
static const struct calendar autumn = { .now_s = AUTUMN_S - 5 * 86400,
	                                .first_s = AUTUMN_S - 5 * 86400 - 60,
	                                .last_s = AUTUMN_S + 28 * 86400,
	                                .offsets = { { AUTUMN_S - 5 * 86400 - 60, 7200 }, { AUTUMN_S, 3600 } },
	                                .offset_count = 2 };
/* West of Greenwich, and half an hour off it; the clock goes back over midnight. */
static const struct calendar west = { .now_s = AUTUMN_S,
	                              .first_s = AUTUMN_S,
	                              .last_s = AUTUMN_S + DAYS * 86400,
	                              .offsets = { { AUTUMN_S, -12600 }, { AUTUMN_S + 3 * 86400 + 9000, -16200 } },
	                              .offset_count = 2 };

static bool is_in(const struct calendar_spans *spans, int64_t at_s)
{
	for (size_t i = 0; i < spans->count; i++)
		if (spans->at[i].first_s <= at_s && at_s < spans->at[i].last_s)
			return true;
	return false;
}

static void check_shape(const struct calendar_spans *spans)
{
	for (size_t i = 0; i < spans->count; i++) {
		assert_true(spans->at[i].first_s < spans->at[i].last_s);
		if (i > 0)
			assert_true(spans->at[i - 1].last_s < spans->at[i].first_s);
	}
}

static void check(const struct calendar *calendar, const struct schedule *schedule)
{
	struct calendar_spans spans = { 0 };

	assert_int_equal(calendar_spans_of(calendar, schedule, &spans), 0);
	check_shape(&spans);
	for (int64_t at_s = calendar->first_s; at_s < calendar->last_s; at_s += 60) {
		struct moment moment = calendar_moment(calendar, at_s);

		if (is_in(&spans, at_s) != schedule_holds(schedule, moment))
			fail_msg("at %lld, local day %d, minute %u", (long long)at_s, moment.day, moment.minute);
	}
	calendar_spans_done(&spans);
}

static void spans_are_the_hours(void **unused)
{
	static const struct calendar *const calendars[] = { &spring, &autumn, &west };
	uint64_t state = random_seed();

	(void)unused;
	for (size_t i = 0; i < SCHEDULES; i++) {
		const struct calendar *calendar = calendars[i % ARRAY_SIZE(calendars)];
		struct schedule schedule = random_schedule(&state);

		if (schedule.until != DAY_NONE)
			schedule.until += calendar_moment(calendar, calendar->first_s).day - 2;
		check(calendar, &schedule);
	}
}

static struct calendar_spans spans_of(const struct calendar *calendar, const char *text, int32_t until)
{
	struct schedule schedule = { .until = until };
	struct calendar_spans spans = { 0 };
	const char *hint;

	if (text)
		assert_int_equal(window_parse(text, &schedule.windows[0], &hint), 0);
	schedule.window_count = text ? 1 : 0;
	assert_int_equal(calendar_spans_of(calendar, &schedule, &spans), 0);
	return spans;
}

/* From 02:30 to 03:30 on the night that has no 02:30: it begins when the clock has jumped to 03:00. */
static void the_hour_that_is_left_out(void **state)
{
	struct calendar_spans spans = spans_of(&spring, "Sun 02:30-03:30", 0);

	(void)state;
	assert_true(is_in(&spans, SPRING_S) && is_in(&spans, SPRING_S + 1799));
	assert_false(is_in(&spans, SPRING_S - 1) || is_in(&spans, SPRING_S + 1800));
	calendar_spans_done(&spans);
}

/* And on the night that has it twice, it is two spans. */
static void the_hour_that_comes_twice(void **state)
{
	struct calendar_spans spans = spans_of(&autumn, "Sun 02:15-02:45", 0);

	(void)state;
	assert_true(spans.count >= 2);
	assert_int_equal(spans.at[0].first_s, AUTUMN_S - 2700);
	assert_int_equal(spans.at[0].last_s, AUTUMN_S - 900);
	assert_int_equal(spans.at[1].first_s, AUTUMN_S + 900);
	assert_int_equal(spans.at[1].last_s, AUTUMN_S + 2700);
	calendar_spans_done(&spans);
}

/* An end alone needs no horizon: before it everything, behind it nothing, in winter's time where that is known last. */
static void an_end_behind_the_horizon(void **state)
{
	int32_t until = calendar_moment(&autumn, autumn.last_s).day + 100;
	struct calendar_spans spans = spans_of(&autumn, NULL, until);

	(void)state;
	assert_int_equal(spans.count, 1);
	assert_int_equal(spans.at[0].first_s, 0);
	assert_int_equal(spans.at[0].last_s, (until + INT64_C(1)) * 86400 - 3600);
	calendar_spans_done(&spans);
	spans = spans_of(&autumn, "00:00-24:00", until);
	assert_int_equal(spans.count, 1); /* with hours it ends with what is known */
	assert_int_equal(spans.at[0].last_s, autumn.last_s);
	calendar_spans_done(&spans);
}

static void wears_out(void **state)
{
	struct calendar present = spring;

	(void)state;
	assert_false(calendar_is_worn(&spring, &present));
	present.now_s = spring.first_s - 1;
	assert_true(calendar_is_worn(&spring, &present));
	present.now_s = spring.last_s - (spring.last_s - spring.first_s) / 2;
	assert_true(calendar_is_worn(&spring, &present));
	present.now_s--;
	assert_false(calendar_is_worn(&spring, &present));
	present.offsets[0].east_s = 0; /* in the past */
	assert_false(calendar_is_worn(&spring, &present));
	present.now_s = SPRING_S - 1;
	assert_true(calendar_is_worn(&spring, &present));
	present = spring;
	present.offsets[1].from_s += 3600; /* another law */
	assert_true(calendar_is_worn(&spring, &present));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spans_are_the_hours),
		cmocka_unit_test(the_hour_that_is_left_out),
		cmocka_unit_test(the_hour_that_comes_twice),
		cmocka_unit_test(an_end_behind_the_horizon),
		cmocka_unit_test(wears_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
