/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * local_time: what the clock on this machine's wall shows, for schedules; by TZ, else /etc/localtime.
 *
 * Owns:    nothing.
 * Context: main and controller process, one thread.
 * Source:  tzset(3), localtime(3).
 */
#ifndef ISOWARD_CONTROLLER_LOCAL_TIME_H
#define ISOWARD_CONTROLLER_LOCAL_TIME_H

#include <time.h>

#include "policy/calendar.h"
#include "policy/moment.h"

/* local_time_at tells the local day and minute of ${now}; a time zone that was changed meanwhile counts. */
struct moment local_time_at(time_t now);

/*
 * local_time_calendar tells in ${calendar} how local time goes from two days before ${now} on, for ${days} days; of a
 * zone that changes its clock more often than a calendar holds, as far as it holds them.
 */
void local_time_calendar(time_t now, unsigned int days, struct calendar *calendar);

/* local_time_of tells when a clock on the wall shows ${moment}; the time that it would be, where it leaves that out. */
time_t local_time_of(struct moment moment);

/* local_time_now is local_time_at of the present. */
struct moment local_time_now(void);

#endif
