/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wall clock through the days on which it jumps. The zones are written as rules, so no zone files are needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "controller/local_time.h"
#include "policy/base/memory.h"

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"

struct instant {
	const char *zone;
	time_t now; /* seconds since 1970-01-01 UTC */
	const char *shown;
};

static void shows_the_clock_on_the_wall(void **state)
{
	static const struct instant all[] = {
		{ "UTC0", 0, "1970-01-01 00:00" },
		{ "UTC0", 1774745999, "2026-03-29 00:59" },
		{ BERLIN, 1774745999, "2026-03-29 01:59" },
		{ BERLIN, 1774746000, "2026-03-29 03:00" }, /* summer time begins */
		{ BERLIN, 1792889999, "2026-10-25 02:59" },
		{ BERLIN, 1792890000, "2026-10-25 02:00" }, /* and ends: an hour comes twice */
		{ BERLIN, 1798758000, "2027-01-01 00:00" },
		{ "ABC+5:30", 1798758000, "2026-12-31 17:30" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		struct moment wanted, found;

		setenv("TZ", all[i].zone, 1);
		found = local_time_at(all[i].now);
		assert_int_equal(moment_parse(all[i].shown, &wanted), 0);
		if (found.day != wanted.day || found.minute != wanted.minute)
			fail_msg("%s %lld: day %d minute %u", all[i].shown, (long long)all[i].now, found.day,
			         found.minute);
	}
}

/* A calendar tells at every hour what the clock does, and where it jumps to the second. */
static void a_calendar_goes_as_the_clock(void **state)
{
	static const char *const zones[] = { "UTC0", BERLIN, "ABC+5:30", "XYZ-5:45XDT,M4.1.0/0,M9.1.0/0" };
	static const time_t starts[] = { 1774746000 - 20 * 86400, 1792890000 - 86400, 1798758000 };
	struct calendar spring;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(zones) * ARRAY_SIZE(starts); i++) {
		struct calendar calendar;

		setenv("TZ", zones[i % ARRAY_SIZE(zones)], 1);
		local_time_calendar(starts[i / ARRAY_SIZE(zones)], 33, &calendar);
		assert_int_equal(calendar.last_s - calendar.first_s, 33 * 86400);
		for (int64_t at_s = calendar.first_s; at_s < calendar.last_s; at_s += 1800) {
			struct moment wanted = local_time_at((time_t)at_s);
			struct moment found = calendar_moment(&calendar, at_s);

			assert_int_equal(found.day, wanted.day);
			assert_int_equal(found.minute, wanted.minute);
		}
	}
	setenv("TZ", BERLIN, 1);
	local_time_calendar(1774746000, 33, &spring);
	assert_int_equal(spring.offset_count, 2);
	assert_int_equal(spring.offsets[1].from_s, 1774746000);
	assert_int_equal(spring.offsets[1].east_s, 7200);
}

static void a_moment_has_its_time(void **state)
{
	struct moment moment = { .day = 20541, .minute = 125 }; /* 2026-03-29 02:05, which Berlin leaves out */

	(void)state;
	setenv("TZ", BERLIN, 1);
	assert_int_equal(local_time_of(moment), 1774746000 + 300);
	moment.minute = 60;
	assert_int_equal(local_time_of(moment), 1774746000 - 3600);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_clock_on_the_wall),
		cmocka_unit_test(a_calendar_goes_as_the_clock),
		cmocka_unit_test(a_moment_has_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
