/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/table/stops.h"

#include <stdlib.h>

static int compare_stops(const void *left, const void *right)
{
	const uint32_t *a = left;
	const uint32_t *b = right;

	return (*a > *b) - (*a < *b);
}

size_t stops_settle(uint32_t *stops, size_t count)
{
	size_t kept = 0;

	qsort(stops, count, sizeof(*stops), compare_stops);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || stops[kept - 1] != stops[i])
			stops[kept++] = stops[i];
	return kept;
}

size_t stops_find(const uint32_t *stops, size_t count, uint32_t at)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (stops[middle] < at)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t stops_next(size_t *next, size_t block)
{
	while (next[block] != block) {
		next[block] = next[next[block]];
		block = next[block];
	}
	return block;
}
