/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * moment: dates, weekdays and the times at which a rule is in force, in the gateway's local time.
 *
 * There is no clock here: the caller says what time it is. A moment is what a clock on the wall shows, so that
 * "07:00-19:00" keeps meaning that when summer time begins.
 *
 * Owns:    nothing.
 * Limits:  dates from 1970-01-01 to 9999-12-31; SCHEDULE_WINDOWS_MAX windows a schedule.
 * Context: pure.
 * Source:  ISO 8601 for the form of dates and times; the days are counted in the proleptic Gregorian calendar.
 */
#ifndef ISOWARD_POLICY_MOMENT_H
#define ISOWARD_POLICY_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

#define SCHEDULE_WINDOWS_MAX 8
#define DAY_NONE             0 /* no day: what has no end, what needs no review */
#define MINUTES_OF_DAY       1440
#define DATE_TEXT_MAX        16 /* "2026-12-31" */
#define WINDOW_TEXT_MAX      48 /* "Mon,Tue,Thu-Sat 07:00-19:00" */

/* A minute on the wall clock. */
struct moment {
	int32_t day;     /* days since 1970-01-01 */
	uint16_t minute; /* of the day, 0..1439 */
};

/* Some hours on some days of the week. */
struct window {
	uint8_t days;   /* bit 0 is Monday, bit 6 Sunday; the days on which it begins */
	uint16_t first; /* minute of the day */
	uint16_t last;  /* minute of the day, exclusive, 1..1440; not above first: it ends on the next day */
};

/* When a rule is in force. All zero: always. */
struct schedule {
	struct window windows[SCHEDULE_WINDOWS_MAX];
	uint8_t window_count; /* 0: at all hours */
	int32_t until;        /* the last day in force; DAY_NONE for no end */
};

/* schedule_is_always tells whether ${schedule} holds at every moment. */
bool schedule_is_always(const struct schedule *schedule);

/* schedule_equal tells whether ${a} and ${b} hold at the same moments by having the same windows and end. */
bool schedule_equal(const struct schedule *a, const struct schedule *b);

/* schedule_holds tells whether ${schedule} is in force at ${moment}. */
bool schedule_holds(const struct schedule *schedule, struct moment moment);

/* moment_weekday tells the day of the week of ${day}: 0 is Monday. */
unsigned int moment_weekday(int32_t day);

/* moment_parse reads "2026-12-31 08:30" at ${text} into ${moment}. errors: -EINVAL, moment untouched. */
int moment_parse(const char *text, struct moment *moment);

/*
 * date_parse reads "2026-12-31" at ${text} into ${day}; 1970-01-01 is refused, for its number is DAY_NONE.
 * errors: -EINVAL no such form, -ERANGE no such day or before 1970. day untouched.
 */
int date_parse(const char *text, int32_t *day);

/* date_format writes ${day} as date_parse reads it into ${buffer} and returns it; "" for a day outside the limits. */
const char *date_format(int32_t day, char buffer[DATE_TEXT_MAX]);

/*
 * window_parse reads "Mon-Fri 07:00-19:00", "Sat,Sun 08:00-12:00" or "22:00-06:00" (every day) at ${text} into
 * ${window}. Spans of days may pass the week's end ("Fri-Mon"); 24:00 and 00:00 are both an end with the day.
 * errors: -EINVAL, window untouched; ${hint} becomes a literal that says what would be right.
 */
int window_parse(const char *text, struct window *window, const char **hint);

/* window_format writes ${window} as window_parse reads it into ${buffer} and returns it. */
const char *window_format(const struct window *window, char buffer[WINDOW_TEXT_MAX]);

#endif
