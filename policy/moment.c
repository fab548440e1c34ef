/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/moment.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define WEEK_DAYS      7
#define EVERY_DAY      0x7f
#define THURSDAY_INDEX 3 /* 1970-01-01 was a Thursday */
#define FIRST_YEAR     1970
#define LAST_YEAR      9999

static const char day_names[WEEK_DAYS][4] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };

unsigned int moment_weekday(int32_t day)
{
	int32_t rest = (day + THURSDAY_INDEX) % WEEK_DAYS;

	return (unsigned int)(rest < 0 ? rest + WEEK_DAYS : rest);
}

bool schedule_is_always(const struct schedule *schedule)
{
	return schedule->window_count == 0 && schedule->until == DAY_NONE;
}

static bool window_equal(const struct window *a, const struct window *b)
{
	return a->days == b->days && a->first == b->first && a->last == b->last;
}

bool schedule_equal(const struct schedule *a, const struct schedule *b)
{
	if (a->window_count != b->window_count || a->until != b->until)
		return false;
	for (size_t i = 0; i < a->window_count; i++)
		if (!window_equal(&a->windows[i], &b->windows[i]))
			return false;
	return true;
}

static bool begins_on(const struct window *window, unsigned int weekday)
{
	return window->days >> weekday & 1;
}

static bool window_holds(const struct window *window, struct moment moment)
{
	unsigned int today = moment_weekday(moment.day);

	if (window->last > window->first)
		return begins_on(window, today) && moment.minute >= window->first && moment.minute < window->last;
	if (begins_on(window, today) && moment.minute >= window->first)
		return true;
	return begins_on(window, (today + WEEK_DAYS - 1) % WEEK_DAYS) && moment.minute < window->last;
}

bool schedule_holds(const struct schedule *schedule, struct moment moment)
{
	if (schedule->until != DAY_NONE && moment.day > schedule->until)
		return false;
	for (size_t i = 0; i < schedule->window_count; i++)
		if (window_holds(&schedule->windows[i], moment))
			return true;
	return schedule->window_count == 0;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int year, int month)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* The days from 1970-01-01 to the first of ${year}; the leap years before a year y number y/4 - y/100 + y/400. */
static int32_t days_before_year(int year)
{
	int last = year - 1;

	return (year - FIRST_YEAR) * 365 + (last / 4 - last / 100 + last / 400) -
	       ((FIRST_YEAR - 1) / 4 - (FIRST_YEAR - 1) / 100 + (FIRST_YEAR - 1) / 400);
}

/* Reads exactly ${digits} decimal digits; -1 where there are none such. */
static int read_digits(const char **text, int digits)
{
	int number = 0;

	for (int i = 0; i < digits; i++, (*text)++) {
		if (**text < '0' || **text > '9')
			return -1;
		number = number * 10 + (**text - '0');
	}
	return number;
}

static bool read_sign(const char **text, char sign)
{
	if (**text != sign)
		return false;
	(*text)++;
	return true;
}

static int read_date(const char **text, int32_t *day)
{
	int year = read_digits(text, 4);
	int month = year >= 0 && read_sign(text, '-') ? read_digits(text, 2) : -1;
	int of_month = month >= 0 && read_sign(text, '-') ? read_digits(text, 2) : -1;
	int32_t days;

	if (of_month < 0)
		return -EINVAL;
	if (year < FIRST_YEAR || month < 1 || month > 12 || of_month < 1 || of_month > days_of_month(year, month))
		return -ERANGE;
	days = days_before_year(year) + of_month - 1;
	for (int before = 1; before < month; before++)
		days += days_of_month(year, before);
	*day = days;
	return 0;
}

int date_parse(const char *text, int32_t *day)
{
	int32_t read;
	int rc = read_date(&text, &read);

	if (rc == -EINVAL || *text)
		return -EINVAL;
	if (rc < 0 || read == DAY_NONE)
		return -ERANGE;
	*day = read;
	return 0;
}

/* Writes ${number} with ${digits} digits and a terminator. */
static char *write_digits(char *at, int number, int digits)
{
	for (int i = digits - 1; i >= 0; i--, number /= 10)
		at[i] = (char)('0' + number % 10);
	at[digits] = '\0';
	return at + digits;
}

const char *date_format(int32_t day, char buffer[DATE_TEXT_MAX])
{
	int year = FIRST_YEAR + day / 366; /* never after the year that is looked for */
	int month = 1;
	char *at;

	buffer[0] = '\0';
	if (day < 0 || day >= days_before_year(LAST_YEAR + 1))
		return buffer;
	while (day >= days_before_year(year + 1))
		year++;
	for (day -= days_before_year(year); day >= days_of_month(year, month); month++)
		day -= days_of_month(year, month);
	at = write_digits(buffer, year, 4);
	*at++ = '-';
	at = write_digits(at, month, 2);
	*at++ = '-';
	write_digits(at, day + 1, 2);
	return buffer;
}

/* The minute of the day that "HH:MM" is, up to 24:00; -1 where it is none. */
static int read_minute(const char **text)
{
	int hour = read_digits(text, 2);
	int minute = hour >= 0 && read_sign(text, ':') ? read_digits(text, 2) : -1;

	if (minute < 0 || minute > 59 || hour * 60 + minute > MINUTES_OF_DAY)
		return -1;
	return hour * 60 + minute;
}

int moment_parse(const char *text, struct moment *moment)
{
	int32_t day;
	int minute;

	if (read_date(&text, &day) < 0 || !read_sign(&text, ' '))
		return -EINVAL;
	minute = read_minute(&text);
	if (minute < 0 || minute == MINUTES_OF_DAY || *text)
		return -EINVAL;
	*moment = (struct moment){ .day = day, .minute = (uint16_t)minute };
	return 0;
}

static int read_weekday(const char **text)
{
	for (int day = 0; day < WEEK_DAYS; day++) {
		if (strncmp(*text, day_names[day], 3) == 0) {
			*text += 3;
			return day;
		}
	}
	return -1;
}

/* "Mon", "Mon-Fri", "Fri-Mon": the days as bits; 0 where it is neither. */
static uint8_t read_day_span(const char **text)
{
	int first = read_weekday(text);
	int last = first >= 0 && read_sign(text, '-') ? read_weekday(text) : first;
	unsigned int days = 0;

	if (first < 0 || last < 0)
		return 0;
	for (int day = first;; day = (day + 1) % WEEK_DAYS) {
		days |= 1U << day;
		if (day == last)
			return (uint8_t)days;
	}
}

static const char *read_days(const char **text, struct window *window)
{
	do {
		uint8_t days = read_day_span(text);

		if (days == 0)
			return "days are Mon, Tue, Wed, Thu, Fri, Sat, Sun, as in \"Mon-Fri 07:00-19:00\"";
		window->days |= days;
	} while (read_sign(text, ','));
	if (**text == '\0')
		return "the hours are missing; a whole day is 00:00-24:00, as in \"Sat,Sun 00:00-24:00\"";
	if (!read_sign(text, ' '))
		return "days have ',' or '-' between and one space after them, as in \"Mon-Wed,Fri 07:00-19:00\"";
	return NULL;
}

static const char *read_hours(const char **text, struct window *window)
{
	int first = read_minute(text);
	int last = first >= 0 && read_sign(text, '-') ? read_minute(text) : -1;

	if (last < 0 || **text)
		return "hours are HH:MM-HH:MM on a 24-hour clock, as in \"Mon-Fri 07:00-19:00\"";
	if (first == MINUTES_OF_DAY)
		return "24:00 can only be an end; a day begins at 00:00";
	if (first == last)
		return "it begins and ends at the same time; a whole day is 00:00-24:00";
	window->first = (uint16_t)first;
	window->last = (uint16_t)(last ? last : MINUTES_OF_DAY); /* 22:00-00:00 ends with the day */
	return NULL;
}

int window_parse(const char *text, struct window *window, const char **hint)
{
	struct window read = { 0 };
	const char *problem = NULL;

	if (*text >= '0' && *text <= '9')
		read.days = EVERY_DAY;
	else
		problem = read_days(&text, &read);
	if (!problem)
		problem = read_hours(&text, &read);
	if (problem) {
		*hint = problem;
		return -EINVAL;
	}
	*window = read;
	return 0;
}

/* The days from ${first} that stand in ${days} without a gap. */
static int run_of_days(unsigned int days, int first)
{
	int length = 0;

	while (length < WEEK_DAYS && days >> (first + length) % WEEK_DAYS & 1)
		length++;
	return length;
}

/* "Mon-Wed,Fri ": runs of three or more as spans; a run over the week's end stands first and whole. */
static char *write_days(char *at, unsigned int days)
{
	int start = 0;
	int length;

	while (days >> start & 1 && days >> (start + WEEK_DAYS - 1) % WEEK_DAYS & 1)
		start = (start + WEEK_DAYS - 1) % WEEK_DAYS;
	for (int i = 0; i < WEEK_DAYS; i += length ? length : 1) {
		int first = (start + i) % WEEK_DAYS;

		length = run_of_days(days, first);
		if (length == 2)
			length = 1;
		if (length == 0)
			continue;
		memcpy(at, day_names[first], 3);
		at += 3;
		if (length > 1) {
			*at++ = '-';
			memcpy(at, day_names[(first + length - 1) % WEEK_DAYS], 3);
			at += 3;
		}
		*at++ = ',';
	}
	at[-1] = ' ';
	return at;
}

static char *write_minute(char *at, unsigned int minute)
{
	at = write_digits(at, (int)minute / 60, 2);
	*at++ = ':';
	return write_digits(at, (int)minute % 60, 2);
}

const char *window_format(const struct window *window, char buffer[WINDOW_TEXT_MAX])
{
	unsigned int days = window->days & EVERY_DAY;
	char *at = buffer;

	if (days != EVERY_DAY && days != 0)
		at = write_days(at, days);
	at = write_minute(at, window->first);
	*at++ = '-';
	write_minute(at, window->last);
	return buffer;
}
