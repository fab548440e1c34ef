/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/relatives.h"

#include <string.h>

/* What each key tells of those who share it. */
static const enum kinship kinds[KINSHIP_KEYS] = { KINSHIP_SAME, KINSHIP_LIKELY };

static void leave(struct relatives *relatives, struct relative *relative, size_t kind)
{
	if (relative->hash[kind])
		hash_index_remove(&relatives->filed, relative->hash[kind], relative);
	relative->hash[kind] = 0;
}

void relatives_leave(struct relatives *relatives, struct relative *relative)
{
	for (size_t kind = 0; kind < KINSHIP_KEYS; kind++)
		leave(relatives, relative, kind);
}

void relatives_done(struct relatives *relatives)
{
	hash_index_done(&relatives->filed);
}

/* Two keys of one hash share a family, which costs comparisons and tells nothing untrue. */
static uint32_t hash_of(const struct relatives *relatives, size_t kind, const char *key)
{
	return hash_end(hash_more(hash_begin(&relatives->filed) ^ kind, key, strlen(key)));
}

/* How many are filed under ${hash}, and the one of them that was longest ago. */
static size_t count_family(const struct relatives *relatives, size_t kind, uint32_t hash, struct relative **longest)
{
	struct relative *relative;
	size_t count = 0;

	for (uint32_t at = 0; (relative = hash_index_next(&relatives->filed, hash, &at));) {
		if (relative->hash[kind] != hash)
			continue; /* by its other key, which happens to have the same hash */
		if (count++ == 0 || (int32_t)(relative->turn[kind] - (*longest)->turn[kind]) < 0)
			*longest = relative;
	}
	return count;
}

static int file(struct relatives *relatives, struct relative *relative, size_t kind, uint32_t hash)
{
	struct relative *longest = NULL;
	int result;

	if (relative->hash[kind] == hash)
		return 0;
	leave(relatives, relative, kind);
	if (count_family(relatives, kind, hash, &longest) >= RELATIVES_COMPARED) {
		leave(relatives, longest, kind);
		relatives->crowded_out++;
	}
	result = hash_index_add(&relatives->filed, hash, relative);
	if (result < 0)
		return result;
	relative->hash[kind] = hash;
	relative->turn[kind] = relatives->turns++;
	return 0;
}

int relatives_file(struct relatives *relatives, struct relative *relative)
{
	char key[KINSHIP_KEY_MAX];
	int result = 0;

	for (size_t kind = 0; kind < KINSHIP_KEYS && result == 0; kind++) {
		if (kinship_key(relative->facts, kinds[kind], key))
			result = file(relatives, relative, kind, hash_of(relatives, kind, key));
		else
			leave(relatives, relative, kind);
	}
	return result;
}

void relatives_each(const struct relatives *relatives, const struct relative *relative, relatives_each_fn *each,
                    void *context)
{
	for (size_t kind = 0; kind < KINSHIP_KEYS; kind++) {
		const struct relative *other;

		if (!relative->hash[kind])
			continue;
		for (uint32_t at = 0; (other = hash_index_next(&relatives->filed, relative->hash[kind], &at));) {
			enum kinship kinship;

			if (other == relative || other->hash[kind] != relative->hash[kind])
				continue;
			/* who shares both keys is told of under the one that says more */
			kinship = kinship_of(relative->facts, other->facts);
			each(other->device, kinship == kinds[kind] ? kinship : KINSHIP_NONE, context);
		}
	}
}
