/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/relatives.h"

#include <errno.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>

/* Two keys of one hash share a family, which costs comparisons and tells nothing untrue. */
struct relatives_family {
	uint64_t hash;
	struct relative_place *members; /* the one filed longest ago first */
	size_t count;
	UT_hash_handle hh;
};

/* What each key tells of those who share it. */
static const enum kinship kinds[KINSHIP_KEYS] = { KINSHIP_SAME, KINSHIP_LIKELY };

static void remove_family(struct relatives *relatives, struct relatives_family *family)
{
	HASH_DEL(relatives->families, family);
	free(family);
}

static void leave(struct relatives *relatives, struct relative_place *place)
{
	struct relatives_family *family = place->family;

	if (!family)
		return;
	DL_DELETE(family->members, place);
	place->family = NULL;
	if (--family->count == 0)
		remove_family(relatives, family);
}

void relatives_leave(struct relatives *relatives, struct relative *relative)
{
	for (size_t i = 0; i < KINSHIP_KEYS; i++)
		leave(relatives, &relative->places[i]);
}

void relatives_done(struct relatives *relatives)
{
	struct relatives_family *family, *next;

	HASH_ITER (hh, relatives->families, family, next)
		remove_family(relatives, family);
}

/* FNV-1a, 64 bits, over the key and its kind. */
static uint64_t hash_of(size_t kind, const char *key)
{
	uint64_t hash = (UINT64_C(14695981039346656037) ^ kind) * UINT64_C(1099511628211);

	for (; *key; key++)
		hash = (hash ^ (uint8_t)*key) * UINT64_C(1099511628211);
	return hash;
}

static struct relatives_family *family_of(struct relatives *relatives, uint64_t hash)
{
	struct relatives_family *family;

	HASH_FIND(hh, relatives->families, &hash, sizeof(hash), family);
	if (family)
		return family;
	family = calloc(1, sizeof(*family));
	if (!family)
		return NULL;
	family->hash = hash;
	HASH_ADD(hh, relatives->families, hash, sizeof(family->hash), family);
	return family;
}

static int file(struct relatives *relatives, struct relative_place *place, uint64_t hash)
{
	struct relatives_family *family;

	if (place->family && place->family->hash == hash)
		return 0;
	leave(relatives, place);
	family = family_of(relatives, hash);
	if (!family)
		return -ENOMEM;
	if (family->count == RELATIVES_COMPARED) {
		leave(relatives, family->members);
		relatives->crowded_out++;
	}
	DL_APPEND(family->members, place);
	family->count++;
	place->family = family;
	return 0;
}

int relatives_file(struct relatives *relatives, struct relative *relative)
{
	char key[KINSHIP_KEY_MAX];
	int result = 0;

	for (size_t i = 0; i < KINSHIP_KEYS && result == 0; i++) {
		struct relative_place *place = &relative->places[i];

		place->relative = relative;
		if (kinship_key(relative->facts, kinds[i], key))
			result = file(relatives, place, hash_of(i, key));
		else
			leave(relatives, place);
	}
	return result;
}

void relatives_each(const struct relative *relative, relatives_each_fn *each, void *context)
{
	for (size_t i = 0; i < KINSHIP_KEYS; i++) {
		const struct relatives_family *family = relative->places[i].family;
		struct relative_place *place, *next;

		if (!family)
			continue;
		DL_FOREACH_SAFE(family->members, place, next)
		{
			enum kinship kinship;

			if (place->relative == relative)
				continue;
			/* who shares both keys is told of under the one that says more */
			kinship = kinship_of(relative->facts, place->relative->facts);
			each(place->relative->device, kinship == kinds[i] ? kinship : KINSHIP_NONE, context);
		}
	}
}
