/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/calendar.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/base/memory.h"

#define DAY_SECONDS    86400
#define MINUTE_SECONDS 60

static int64_t floor_divide(int64_t number, int64_t by)
{
	return number / by - (number % by < 0);
}

/* The index of the offset that holds at ${at_s}. */
static size_t offset_at(const struct calendar *calendar, int64_t at_s)
{
	size_t i = calendar->offset_count - 1;

	while (i > 0 && calendar->offsets[i].from_s > at_s)
		i--;
	return i;
}

struct moment calendar_moment(const struct calendar *calendar, int64_t at_s)
{
	int64_t local = at_s + calendar->offsets[offset_at(calendar, at_s)].east_s;
	int64_t day = floor_divide(local, DAY_SECONDS);

	return (struct moment){ .day = (int32_t)day,
		                .minute = (uint16_t)((local - day * DAY_SECONDS) / MINUTE_SECONDS) };
}

/* A stretch of absolute time in which local time is UTC plus ${east_s}. */
struct stretch {
	int64_t first_s;
	int64_t last_s;
	int32_t east_s;
};

static struct stretch stretch_of(const struct calendar *calendar, size_t i)
{
	bool is_last = i + 1 == calendar->offset_count;

	return (struct stretch){ .first_s = i == 0 ? calendar->first_s : calendar->offsets[i].from_s,
		                 .last_s = is_last ? calendar->last_s : calendar->offsets[i + 1].from_s,
		                 .east_s = calendar->offsets[i].east_s };
}

/* Adds what of the local seconds from ${first} to ${last} lies in ${stretch}. */
static int add(struct calendar_spans *spans, const struct stretch *stretch, int64_t first, int64_t last)
{
	struct calendar_span span = { first - stretch->east_s, last - stretch->east_s };
	void *at = spans->at;

	if (span.first_s < stretch->first_s)
		span.first_s = stretch->first_s;
	if (span.last_s > stretch->last_s)
		span.last_s = stretch->last_s;
	if (span.first_s >= span.last_s)
		return 0;
	if (memory_reserve(&at, &spans->capacity, spans->count + 1, sizeof(span)) < 0)
		return -ENOMEM;
	spans->at = at;
	spans->at[spans->count++] = span;
	return 0;
}

/* The local second at which ${schedule} ends. */
static int64_t end_of(const struct schedule *schedule)
{
	return schedule->until == DAY_NONE ? INT64_MAX / 2 : (schedule->until + INT64_C(1)) * DAY_SECONDS;
}

static int add_day(struct calendar_spans *spans, const struct stretch *stretch, const struct schedule *schedule,
                   int64_t day)
{
	int result = 0;

	for (size_t i = 0; i < schedule->window_count && result == 0; i++) {
		const struct window *window = &schedule->windows[i];
		int64_t first = day * DAY_SECONDS + window->first * MINUTE_SECONDS;
		int64_t last = day * DAY_SECONDS + window->last * MINUTE_SECONDS;

		if (!(window->days >> moment_weekday((int32_t)day) & 1))
			continue;
		if (window->last <= window->first)
			last += DAY_SECONDS;
		if (last > end_of(schedule))
			last = end_of(schedule);
		result = add(spans, stretch, first, last);
	}
	return result;
}

static int add_hours(struct calendar_spans *spans, const struct calendar *calendar, const struct schedule *schedule)
{
	int result = 0;

	for (size_t i = 0; i < calendar->offset_count && result == 0; i++) {
		struct stretch stretch = stretch_of(calendar, i);
		/* What began the day before may go on past midnight. */
		int64_t day = floor_divide(stretch.first_s + stretch.east_s, DAY_SECONDS) - 1;

		for (; day * DAY_SECONDS < stretch.last_s + stretch.east_s && result == 0; day++)
			result = add_day(spans, &stretch, schedule, day);
	}
	return result;
}

/* Without hours it holds from ever to its end, which the last known offset places where it is behind the horizon. */
static int add_until(struct calendar_spans *spans, const struct calendar *calendar, const struct schedule *schedule)
{
	int result = 0;

	for (size_t i = 0; i < calendar->offset_count && result == 0; i++) {
		struct stretch stretch = stretch_of(calendar, i);

		if (i == 0)
			stretch.first_s = 0;
		if (i + 1 == calendar->offset_count)
			stretch.last_s = CALENDAR_SECONDS_MAX;
		result = add(spans, &stretch, INT64_MIN / 2, end_of(schedule));
	}
	return result;
}

static int compare_spans(const void *left, const void *right)
{
	const struct calendar_span *a = left;
	const struct calendar_span *b = right;

	return (a->first_s > b->first_s) - (a->first_s < b->first_s);
}

static void join(struct calendar_spans *spans)
{
	size_t kept = 0;

	if (spans->count > 1)
		qsort(spans->at, spans->count, sizeof(*spans->at), compare_spans);
	for (size_t i = 0; i < spans->count; i++) {
		if (kept > 0 && spans->at[i].first_s <= spans->at[kept - 1].last_s) {
			if (spans->at[i].last_s > spans->at[kept - 1].last_s)
				spans->at[kept - 1].last_s = spans->at[i].last_s;
		} else {
			spans->at[kept++] = spans->at[i];
		}
	}
	spans->count = kept;
}

int calendar_spans_of(const struct calendar *calendar, const struct schedule *schedule, struct calendar_spans *spans)
{
	int result = schedule->window_count == 0 ? add_until(spans, calendar, schedule)
	                                         : add_hours(spans, calendar, schedule);

	join(spans);
	return result;
}

void calendar_spans_done(struct calendar_spans *spans)
{
	free(spans->at);
	*spans = (struct calendar_spans){ 0 };
}

bool calendar_is_worn(const struct calendar *calendar, const struct calendar *present)
{
	int64_t now_s = present->now_s;
	int64_t last_s = calendar->last_s < present->last_s ? calendar->last_s : present->last_s;

	if (now_s < calendar->first_s || now_s >= calendar->last_s - (calendar->last_s - calendar->first_s) / 2)
		return true;
	/* Offsets change at minutes: a look at each change of either tells whether they agree on all between. */
	for (size_t i = 0; i < calendar->offset_count + present->offset_count; i++) {
		const struct calendar_offset *offset = i < calendar->offset_count
		                                               ? &calendar->offsets[i]
		                                               : &present->offsets[i - calendar->offset_count];
		int64_t at_s = offset->from_s < now_s ? now_s : offset->from_s;

		if (at_s < last_s && calendar->offsets[offset_at(calendar, at_s)].east_s !=
		                             present->offsets[offset_at(present, at_s)].east_s)
			return true;
	}
	return false;
}
