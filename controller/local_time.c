/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/local_time.h"

#define DAY_SECONDS  86400
#define STEP_SECONDS 3600 /* no zone changed its clock and back within the hour */

struct moment local_time_at(time_t now)
{
	struct tm local = { 0 };
	time_t midnight;

	tzset(); /* localtime_r alone would read the zone once in a process's life */
	localtime_r(&now, &local);
	midnight = timegm(&(struct tm){ .tm_year = local.tm_year, .tm_mon = local.tm_mon, .tm_mday = local.tm_mday });
	return (struct moment){ .day = (int32_t)(midnight / DAY_SECONDS),
		                .minute = (uint16_t)(local.tm_hour * 60 + local.tm_min) };
}

static int32_t east_at(int64_t at_s)
{
	time_t at = (time_t)at_s;
	struct tm local = { 0 };

	localtime_r(&at, &local);
	return (int32_t)local.tm_gmtoff;
}

/* The first second after ${from_s}, up to ${to_s}, at which the offset is the one at ${to_s}. */
static int64_t change_between(int64_t from_s, int64_t to_s)
{
	int32_t east_s = east_at(to_s);

	while (to_s - from_s > 1) {
		int64_t middle_s = from_s + (to_s - from_s) / 2;

		if (east_at(middle_s) == east_s)
			to_s = middle_s;
		else
			from_s = middle_s;
	}
	return to_s;
}

void local_time_calendar(time_t now, unsigned int days, struct calendar *calendar)
{
	int64_t first_s = (int64_t)now - 2 * DAY_SECONDS;
	int64_t last_s = first_s + (int64_t)days * DAY_SECONDS;

	tzset();
	*calendar = (struct calendar){ .now_s = now, .first_s = first_s, .last_s = last_s, .offset_count = 1 };
	calendar->offsets[0] = (struct calendar_offset){ .from_s = first_s, .east_s = east_at(first_s) };
	for (int64_t at_s = first_s; at_s < last_s; at_s += STEP_SECONDS) {
		struct calendar_offset *offset = &calendar->offsets[calendar->offset_count];

		if (east_at(at_s + STEP_SECONDS) == offset[-1].east_s)
			continue;
		if (calendar->offset_count == CALENDAR_OFFSETS_MAX) {
			calendar->last_s = at_s;
			return;
		}
		offset->from_s = change_between(at_s, at_s + STEP_SECONDS);
		offset->east_s = east_at(offset->from_s);
		calendar->offset_count++;
	}
}

time_t local_time_of(struct moment moment)
{
	/* Days beyond a month's end count on: mktime(3). */
	struct tm local = { .tm_year = 70, .tm_mday = 1 + moment.day, .tm_min = moment.minute, .tm_isdst = -1 };

	return mktime(&local);
}

struct moment local_time_now(void)
{
	return local_time_at(time(NULL));
}
