/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <string.h>

#include "policy/language/parse.h"

_Static_assert(PARSE_INDEX_SLOTS >= 2 * POLICY_SERVICES_MAX && POLICY_SERVICES_MAX >= POLICY_ZONES_MAX,
               "an index is at most half full");

/* FNV-1a. Names are few: one who seeks clashes gains a search of a thousand steps. */
static size_t slot_of(const char *name)
{
	uint32_t hash = 2166136261U;

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619U;
	return (hash ^ hash >> 16) % PARSE_INDEX_SLOTS;
}

/* The slot of ${name}, or the empty one where it would go. */
static size_t find_slot(const struct parse *parse, const struct parse_index *index, parse_name_at *name_at,
                        const char *name)
{
	size_t slot = slot_of(name);

	while (index->slots[slot] && strcmp(name_at(parse, index->slots[slot] - 1U), name) != 0)
		slot = (slot + 1) % PARSE_INDEX_SLOTS;
	return slot;
}

size_t parse_index_find(const struct parse *parse, struct parse_index *index, size_t count, parse_name_at *name_at,
                        const char *name)
{
	assert(count <= POLICY_SERVICES_MAX);
	for (; index->filled < count; index->filled++) {
		size_t slot = find_slot(parse, index, name_at, name_at(parse, index->filled));

		if (!index->slots[slot]) /* the first of two */
			index->slots[slot] = (uint16_t)(index->filled + 1);
	}
	return name[0] ? index->slots[find_slot(parse, index, name_at, name)] : 0;
}

static const char *zone_name_at(const struct parse *parse, size_t at)
{
	return parse->policy->zones[at].name;
}

uint16_t parse_zone_by_name(struct parse *parse, const char *name)
{
	return (uint16_t)parse_index_find(parse, &parse->zone_index, parse->policy->zone_count, zone_name_at, name);
}
