/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/spread.h"

#include <string.h>

/* FNV-1a, folded. Whoever aims at one bit with all he asks for hides his sweep only as long as he finds such targets.
 */
static unsigned int hash(const uint8_t *bytes, size_t length)
{
	uint64_t value = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < length; i++)
		value = (value ^ bytes[i]) * 0x100000001b3ULL;
	value ^= value >> 32;
	return (unsigned int)(value ^ value >> 16) % SPREAD_BITS;
}

static unsigned int bits_set(const struct spread *spread)
{
	unsigned int count = 0;

	for (size_t i = 0; i < sizeof(spread->set); i++)
		count += (unsigned int)__builtin_popcount(spread->set[i]);
	return count;
}

bool spread_add(struct spread *spread, const void *thing, size_t length, uint64_t now_ms)
{
	unsigned int bit = hash(thing, length);
	uint8_t *byte = &spread->set[bit / 8];
	uint8_t mask = (uint8_t)(1U << bit % 8);

	if (now_ms < spread->since_ms || now_ms - spread->since_ms >= SPREAD_WINDOW_MS) {
		memset(spread, 0, sizeof(*spread));
		spread->since_ms = now_ms;
	}
	if (spread->told || *byte & mask)
		return false;
	*byte |= mask;
	if (bits_set(spread) < SPREAD_MANY_BITS)
		return false;
	spread->told = 1;
	return true;
}
