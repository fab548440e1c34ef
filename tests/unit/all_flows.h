/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * all_flows: every flow, moment and name that can make a difference to a random policy, tried one by one.
 *
 * Owns:    nothing.
 * Context: tests of policy/proof: what they find is compared with trying everything.
 */
#ifndef ISOWARD_TESTS_ALL_FLOWS_H
#define ISOWARD_TESTS_ALL_FLOWS_H

#include <assert.h>

#include "policy/table/table.h"
#include "tests/unit/random_policy.h"

#define ALL_MOMENTS_MAX 512
#define ALL_PORTS       60 /* random_range makes ports 0 to 43 and the last ones */
#define ALL_DAYS        45 /* random_schedule ends before */

static const uint8_t all_protocols[] = { 6, 17, 1, 47, 58, 132, 253 };

#define ALL_FLOWS (sizeof(all_protocols) * ALL_PORTS)

/* The flow at ${index} from ${from} to ${to}. */
static inline struct flow all_flow(size_t index, uint16_t from, uint16_t to)
{
	size_t port = index % ALL_PORTS;

	return (struct flow){
		.from = from,
		.to = to,
		.protocol = all_protocols[index / ALL_PORTS],
		.port = (uint16_t)(port < 50 ? port : UINT16_MAX - (ALL_PORTS - 1 - port)),
	};
}

/* Which schedules of ${table} hold at ${moment}, a bit each. */
static inline uint64_t all_signature(const struct table *table, struct moment moment)
{
	uint64_t signature = 0;

	assert(table->schedule_count <= 32);
	for (size_t i = 0; i < table->schedule_count; i++)
		signature |= (uint64_t)schedule_holds(&table->schedules[i], moment) << i;
	return signature;
}

/* Every minute of ALL_DAYS, but for those at which all of ${left} and ${right} is as at one that was taken. */
static inline size_t all_moments(const struct table *left, const struct table *right, struct moment *moments)
{
	uint64_t seen[ALL_MOMENTS_MAX];
	size_t count = 0;

	for (int32_t day = 0; day < ALL_DAYS; day++)
		for (uint16_t minute = 0; minute < MINUTES_OF_DAY; minute++) {
			struct moment moment = { .day = day, .minute = minute };
			uint64_t signature = all_signature(left, moment) << 32 | all_signature(right, moment);
			size_t at = 0;

			while (at < count && seen[at] != signature)
				at++;
			if (at < count)
				continue;
			assert(count < ALL_MOMENTS_MAX);
			seen[count] = signature;
			moments[count++] = moment;
		}
	return count;
}

#endif
