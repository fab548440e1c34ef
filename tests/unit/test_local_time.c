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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_the_clock_on_the_wall),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
