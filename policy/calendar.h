/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * calendar: from hours on the wall clock to spans of absolute time, for a kernel that knows only those.
 *
 * A calendar says how far local time is from UTC, and for how long that is known: its horizon. There is no clock and
 * no time zone here; controller/local_time makes a calendar of the machine's.
 *
 * Owns:    struct calendar_spans owns its array; calendar_spans_done releases it.
 * Limits:  CALENDAR_OFFSETS_MAX changes of the clock in one horizon.
 * Context: pure. All times are seconds since 1970-01-01 00:00 UTC, without leap seconds, as the kernel counts them.
 */
#ifndef ISOWARD_POLICY_CALENDAR_H
#define ISOWARD_POLICY_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#include "policy/moment.h"

#define CALENDAR_OFFSETS_MAX 8          /* summer time begins and ends once a year; zones change their minds */
#define CALENDAR_SECONDS_MAX 9223372036 /* the last that 63 bits of nanoseconds hold: April 2262 */

/* From ${from_s} on local time is UTC plus ${east_s}. */
struct calendar_offset {
	int64_t from_s;
	int32_t east_s;
};

struct calendar {
	int64_t now_s;
	int64_t first_s;                                      /* the horizon: from here */
	int64_t last_s;                                       /* to here, exclusive */
	struct calendar_offset offsets[CALENDAR_OFFSETS_MAX]; /* in order; the first holds at first_s, and before */
	size_t offset_count;                                  /* 1 at least */
};

/* From ${first_s} to ${last_s}, exclusive. */
struct calendar_span {
	int64_t first_s;
	int64_t last_s;
};

struct calendar_spans {
	struct calendar_span *at; /* in order, apart from each other */
	size_t count;
	size_t capacity;
};

/* calendar_moment tells what a clock on the wall shows at ${at_s}. */
struct moment calendar_moment(const struct calendar *calendar, int64_t at_s);

/*
 * calendar_spans_of finds when ${schedule} holds: within the horizon of ${calendar} exactly where schedule_holds does
 * at calendar_moment. Behind it a schedule with hours does not hold, one with an end alone holds until its end. shape:
 * ${spans} must be empty. errors: -ENOMEM, the spans are to be released all the same.
 */
int calendar_spans_of(const struct calendar *calendar, const struct schedule *schedule, struct calendar_spans *spans);

/* calendar_spans_done releases what ${spans} owns. */
void calendar_spans_done(struct calendar_spans *spans);

/*
 * calendar_is_worn tells whether what was made of ${calendar} must be made anew of ${present}: less than half of its
 * horizon is left, the clock was set outside of it, or the two tell local time otherwise where both know it.
 */
bool calendar_is_worn(const struct calendar *calendar, const struct calendar *present);

#endif
