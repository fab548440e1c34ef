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

#include "policy/moment.h"

/* local_time_at tells the local day and minute of ${now}; a time zone that was changed meanwhile counts. */
struct moment local_time_at(time_t now);

/* local_time_now is local_time_at of the present. */
struct moment local_time_now(void);

#endif
