/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/moment.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "policy/base/memory.h"

#define MON 0x01
#define TUE 0x02
#define WED 0x04
#define THU 0x08
#define FRI 0x10
#define SAT 0x20
#define SUN 0x40

static void test_dates_are_read(void **state)
{
	static const struct {
		const char *text;
		int32_t day;
	} vectors[] = {
		{ "1970-01-02", 1 },       { "1970-12-31", 364 },   { "1972-02-29", 789 },   { "1999-12-31", 10956 },
		{ "2000-02-29", 11016 },   { "2000-03-01", 11017 }, { "2024-02-29", 19782 }, { "2026-12-31", 20818 },
		{ "2038-01-19", 24855 },   { "2100-02-28", 47540 }, { "2100-03-01", 47541 }, { "2400-02-29", 157113 },
		{ "9999-12-31", 2932896 },
	};
	char text[DATE_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		int32_t day = -1;

		assert_int_equal(date_parse(vectors[i].text, &day), 0);
		assert_int_equal(day, vectors[i].day);
		assert_string_equal(date_format(day, text), vectors[i].text);
	}
}

/* Every day of the calendar, against the C library's own. */
static void test_every_date_is_the_librarys(void **state)
{
	char text[DATE_TEXT_MAX];
	char expected[DATE_TEXT_MAX];
	int32_t day;

	(void)state;
	for (int32_t n = 1; n <= 2932896; n++) {
		time_t seconds = (time_t)n * 86400;
		struct tm parts;

		if (n > 60000 && n % 97 != 0) /* all up to 2134, then every 97th */
			continue;
		assert_non_null(gmtime_r(&seconds, &parts));
		strftime(expected, sizeof(expected), "%Y-%m-%d", &parts);
		assert_string_equal(date_format(n, text), expected);
		assert_int_equal(date_parse(text, &day), 0);
		assert_int_equal(day, n);
		assert_int_equal(moment_weekday(n), (parts.tm_wday + 6) % 7);
	}
	assert_string_equal(date_format(0, text), "1970-01-01");
	assert_string_equal(date_format(-1, text), "");
	assert_string_equal(date_format(2932897, text), "");
	assert_string_equal(date_format(INT32_MAX, text), "");
	assert_string_equal(date_format(INT32_MIN, text), "");
}

static void test_bad_dates_are_refused(void **state)
{
	static const char *const forms[] = {
		"",           "2026",       "2026-12",     "2026-12-",    "2026-1-1",    "26-12-31",
		"31.12.2026", "2026/12/31", "2026-12-31 ", " 2026-12-31", "2026-12-31T", "02026-12-31",
		"-026-12-31", "2026-12-3x", "+026-12-31",  "12/31/2026",  "tomorrow",    "2026-13-01x",
	};
	static const char *const days[] = {
		"2026-02-29", "2100-02-29", "1900-02-28", "2026-00-10", "2026-13-10", "2026-01-00",
		"2026-01-32", "2026-04-31", "0000-01-01", "1969-12-31", "1970-01-01", "2026-99-99",
	};
	int32_t day = 77;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (date_parse(forms[i], &day) != -EINVAL)
			fail_msg("'%s' was taken for a date", forms[i]);
	for (size_t i = 0; i < ARRAY_SIZE(days); i++)
		if (date_parse(days[i], &day) != -ERANGE)
			fail_msg("'%s' was taken for a day", days[i]);
	assert_int_equal(day, 77);
}

static void test_moments_are_read(void **state)
{
	static const char *const bad[] = {
		"2026-12-31",
		"2026-12-31 24:00",
		"2026-12-31 8:30",
		"2026-12-31T08:30",
		"2026-12-31 08:60",
		"2026-12-31 08:30 ",
		"2026-02-30 08:30",
		"2026-12-31  08:30",
		"08:30",
		"",
		"2026-12-31 08:3",
		"2026-12-31 25:00",
		"2026-12-31 08:30:00",
	};
	struct moment moment = { 0 };

	(void)state;
	assert_int_equal(moment_parse("2026-12-31 08:30", &moment), 0);
	assert_int_equal(moment.day, 20818);
	assert_int_equal(moment.minute, 510);
	assert_int_equal(moment_parse("2024-02-29 23:59", &moment), 0);
	assert_int_equal(moment.minute, 1439);
	assert_int_equal(moment_parse("1970-01-01 00:00", &moment), 0);
	assert_int_equal(moment.day, 0);
	assert_int_equal(moment.minute, 0);
	moment.day = 5;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (moment_parse(bad[i], &moment) != -EINVAL)
			fail_msg("'%s' was taken for a moment", bad[i]);
	assert_int_equal(moment.day, 5);
}

static void test_windows_are_read(void **state)
{
	static const struct {
		const char *text;
		const char *printed; /* NULL: as written */
		struct window window;
	} vectors[] = {
		{ "Mon-Fri 07:00-19:00", NULL, { MON | TUE | WED | THU | FRI, 420, 1140 } },
		{ "Sat,Sun 08:00-12:00", NULL, { SAT | SUN, 480, 720 } },
		{ "22:00-06:00", NULL, { 0x7f, 1320, 360 } },
		{ "00:00-24:00", NULL, { 0x7f, 0, 1440 } },
		{ "22:00-00:00", "22:00-24:00", { 0x7f, 1320, 1440 } },
		{ "Mon-Sun 09:00-10:00", "09:00-10:00", { 0x7f, 540, 600 } },
		{ "Thu-Wed 09:00-10:00", "09:00-10:00", { 0x7f, 540, 600 } },
		{ "Wed 23:59-00:01", NULL, { WED, 1439, 1 } },
		{ "Fri-Mon 18:00-06:00", NULL, { FRI | SAT | SUN | MON, 1080, 360 } },
		{ "Sun,Mon 01:00-02:00", NULL, { SUN | MON, 60, 120 } },
		{ "Mon,Sun 01:00-02:00", "Sun,Mon 01:00-02:00", { SUN | MON, 60, 120 } },
		{ "Sun-Mon 01:00-02:00", "Sun,Mon 01:00-02:00", { SUN | MON, 60, 120 } },
		{ "Mon,Tue,Thu-Sat 07:00-19:00", NULL, { MON | TUE | THU | FRI | SAT, 420, 1140 } },
		{ "Tue,Thu,Sat 07:00-19:00", NULL, { TUE | THU | SAT, 420, 1140 } },
		{ "Mon,Wed,Fri,Sun 07:00-19:00", "Sun,Mon,Wed,Fri 07:00-19:00", { MON | WED | FRI | SUN, 420, 1140 } },
		{ "Tue-Tue 07:00-19:00", "Tue 07:00-19:00", { TUE, 420, 1140 } },
		{ "Mon-Wed,Tue-Thu 07:00-19:00", "Mon-Thu 07:00-19:00", { MON | TUE | WED | THU, 420, 1140 } },
	};
	char text[WINDOW_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct window window = { 0 };
		const char *hint = NULL;

		if (window_parse(vectors[i].text, &window, &hint) < 0)
			fail_msg("'%s': %s", vectors[i].text, hint);
		assert_int_equal(window.days, vectors[i].window.days);
		assert_int_equal(window.first, vectors[i].window.first);
		assert_int_equal(window.last, vectors[i].window.last);
		assert_string_equal(window_format(&window, text),
		                    vectors[i].printed ? vectors[i].printed : vectors[i].text);
	}
}

/* Printed and read again every window is itself, whatever its days. */
static void test_windows_survive_printing(void **state)
{
	static const uint16_t minutes[] = { 0, 1, 59, 60, 719, 1439, 1440 };
	char text[WINDOW_TEXT_MAX];
	size_t tried = 0;

	(void)state;
	for (uint8_t days = 1; days <= 0x7f; days++)
		for (size_t f = 0; f < ARRAY_SIZE(minutes) - 1; f++)
			for (size_t l = 1; l < ARRAY_SIZE(minutes); l++) {
				struct window window = { days, minutes[f], minutes[l] };
				struct window again = { 0 };
				const char *hint;

				if (window.first == window.last)
					continue;
				window_format(&window, text);
				assert_true(strlen(text) < WINDOW_TEXT_MAX);
				assert_int_equal(window_parse(text, &again, &hint), 0);
				assert_int_equal(again.days, days);
				assert_int_equal(again.first, window.first);
				assert_int_equal(again.last, window.last);
				tried++;
			}
	assert_true(tried > 3000);
}

static void test_bad_windows_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *hint; /* a word of it */
	} bad[] = {
		{ "", "days" },
		{ "always", "days" },
		{ "mon-fri 07:00-19:00", "Mon" },
		{ "Monday 07:00-19:00", "space" },
		{ "Mon-Fri", "hours" },
		{ "Mon-Fri ", "HH:MM" },
		{ "Mon-Fri07:00-19:00", "space" },
		{ "Mon - Fri 07:00-19:00", "HH:MM" },
		{ "Mon- 07:00-19:00", "Mon" },
		{ "Mon, Tue 07:00-19:00", "Mon" },
		{ "Mon,,Tue 07:00-19:00", "Mon" },
		{ "Mon-Fri  07:00-19:00", "HH:MM" },
		{ "Mon-Fri 7:00-19:00", "HH:MM" },
		{ "Mon-Fri 7am-7pm", "HH:MM" },
		{ "Mon-Fri 07:00", "HH:MM" },
		{ "Mon-Fri 07:00-25:00", "HH:MM" },
		{ "Mon-Fri 07:00-24:01", "HH:MM" },
		{ "Mon-Fri 07:60-19:00", "HH:MM" },
		{ "Mon-Fri 07:00-19:00 ", "HH:MM" },
		{ "Mon-Fri 07:00-19:00,20:00-21:00", "HH:MM" },
		{ "24:00-06:00", "00:00" },
		{ "07:00-07:00", "same" },
		{ "00:00-00:00", "same" },
		{ " 07:00-19:00", "days" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct window window = { 1, 2, 3 };
		const char *hint = "";

		if (window_parse(bad[i].text, &window, &hint) != -EINVAL)
			fail_msg("'%s' was taken for a window", bad[i].text);
		if (!strstr(hint, bad[i].hint))
			fail_msg("'%s': '%s' does not speak of '%s'", bad[i].text, hint, bad[i].hint);
		assert_int_equal(window.days, 1);
		assert_int_equal(window.first, 2);
		assert_int_equal(window.last, 3);
	}
}

static struct schedule schedule_of(const char *window, const char *until)
{
	struct schedule schedule = { 0 };
	const char *hint;

	if (window)
		assert_int_equal(window_parse(window, &schedule.windows[schedule.window_count++], &hint), 0);
	if (until)
		assert_int_equal(date_parse(until, &schedule.until), 0);
	return schedule;
}

/* 2026-11-23 is a Monday. */
static void test_schedules_hold(void **state)
{
	static const struct {
		const char *window;
		const char *until;
		const char *moment;
		bool holds;
	} vectors[] = {
		{ NULL, NULL, "2026-11-23 12:00", true },
		{ "Mon-Fri 07:00-19:00", NULL, "2026-11-23 07:00", true },
		{ "Mon-Fri 07:00-19:00", NULL, "2026-11-23 06:59", false },
		{ "Mon-Fri 07:00-19:00", NULL, "2026-11-23 18:59", true },
		{ "Mon-Fri 07:00-19:00", NULL, "2026-11-23 19:00", false },
		{ "Mon-Fri 07:00-19:00", NULL, "2026-11-28 12:00", false },
		{ "Sun 22:00-06:00", NULL, "2026-11-22 22:00", true },
		{ "Sun 22:00-06:00", NULL, "2026-11-23 05:59", true }, /* over the week's end into Monday */
		{ "Sun 22:00-06:00", NULL, "2026-11-23 06:00", false },
		{ "Sun 22:00-06:00", NULL, "2026-11-22 05:00", false }, /* that night began on Saturday */
		{ "Sun 22:00-06:00", NULL, "2026-11-23 22:00", false },
		{ "Fri-Mon 22:00-06:00", NULL, "2026-11-24 05:00", true },
		{ "Fri-Mon 22:00-06:00", NULL, "2026-11-24 22:00", false },
		{ "Fri-Mon 22:00-06:00", NULL, "2026-11-25 05:00", false },
		{ "00:00-24:00", NULL, "2026-11-25 23:59", true },
		{ "Sat 00:00-24:00", NULL, "2026-11-28 00:00", true },
		{ "Sat 00:00-24:00", NULL, "2026-11-29 00:00", false },
		{ "Sat 22:00-00:00", NULL, "2026-11-29 00:00", false },
		{ NULL, "2026-12-31", "2026-12-31 23:59", true },
		{ NULL, "2026-12-31", "2027-01-01 00:00", false },
		{ "22:00-06:00", "2026-12-31", "2027-01-01 01:00", false }, /* the end cuts the last night */
		{ "22:00-06:00", "2026-12-31", "2026-12-31 23:00", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct schedule schedule = schedule_of(vectors[i].window, vectors[i].until);
		struct moment moment;

		assert_int_equal(moment_parse(vectors[i].moment, &moment), 0);
		if (schedule_holds(&schedule, moment) != vectors[i].holds)
			fail_msg("vector %zu: %s at %s", i, vectors[i].window ? vectors[i].window : "always",
			         vectors[i].moment);
	}
}

static void test_schedules_compare(void **state)
{
	struct schedule always = { 0 };
	struct schedule week = schedule_of("Mon-Fri 07:00-19:00", NULL);
	struct schedule same = schedule_of("Mon,Tue,Wed,Thu,Fri 07:00-19:00", NULL);
	struct schedule ends = schedule_of("Mon-Fri 07:00-19:00", "2026-12-31");
	struct schedule later = schedule_of("Mon-Fri 07:00-19:01", NULL);

	(void)state;
	assert_true(schedule_is_always(&always));
	assert_false(schedule_is_always(&week));
	assert_false(schedule_is_always(&ends));
	assert_true(schedule_equal(&week, &same));
	assert_false(schedule_equal(&week, &ends));
	assert_false(schedule_equal(&week, &later));
	assert_false(schedule_equal(&week, &always));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates_are_read),          cmocka_unit_test(test_every_date_is_the_librarys),
		cmocka_unit_test(test_bad_dates_are_refused),   cmocka_unit_test(test_moments_are_read),
		cmocka_unit_test(test_windows_are_read),        cmocka_unit_test(test_windows_survive_printing),
		cmocka_unit_test(test_bad_windows_are_refused), cmocka_unit_test(test_schedules_hold),
		cmocka_unit_test(test_schedules_compare),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
