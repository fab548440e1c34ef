/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/local_time.h"

#define DAY_SECONDS 86400

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

struct moment local_time_now(void)
{
	return local_time_at(time(NULL));
}
