/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/moment.h"

#include <stddef.h>

#define WEEK_DAYS      7
#define THURSDAY_INDEX 3 /* 1970-01-01 was a Thursday */

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
