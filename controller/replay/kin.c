/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/kin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/identity/kinship.h"

/* The devices that share a key. */
struct family {
	char *key;
	struct census_device *members[KIN_COMPARED];
	size_t count;
	UT_hash_handle hh;
};

static void free_families(struct family *families)
{
	struct family *family, *next;

	HASH_ITER (hh, families, family, next) {
		HASH_DELETE(hh, families, family);
		free(family->key);
		free(family);
	}
}

static struct family *family_of(struct family **families, const char *key)
{
	struct family *family;

	HASH_FIND_STR(*families, key, family);
	if (family)
		return family;
	family = calloc(1, sizeof(*family));
	if (!family)
		return NULL;
	family->key = strdup(key);
	if (!family->key) {
		free(family);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, *families, family->key, strlen(family->key), family);
	return family;
}

struct census_device *kin_next(struct census_device *device)
{
	return device->kin ? device->kin : device;
}

static bool in_one_ring(struct census_device *a, const struct census_device *b)
{
	struct census_device *at = a;

	do {
		if (at == b)
			return true;
		at = kin_next(at);
	} while (at != a);
	return false;
}

/* Two rings that exchange what comes next are one. */
static void link_rings(struct census_device *a, struct census_device *b)
{
	struct census_device *next = kin_next(a);

	a->kin = kin_next(b);
	b->kin = next;
}

static int place(struct family **families, struct census_device *device)
{
	char key[FACT_VALUE_MAX * 4 + 1];
	struct family *family;

	if (!mac_is_device(&device->key.mac) || !kinship_key(&device->facts, key))
		return 0;
	family = family_of(families, key);
	if (!family)
		return -ENOMEM;
	for (size_t i = 0; i < family->count; i++)
		if (kinship_of(&device->facts, &family->members[i]->facts) != KINSHIP_NONE &&
		    !in_one_ring(device, family->members[i]))
			link_rings(device, family->members[i]);
	if (family->count < KIN_COMPARED)
		family->members[family->count++] = device;
	return 0;
}

int kin_find(struct census *census)
{
	struct family *families = NULL;
	int result = 0;

	for (struct census_device *device = census_first(census); device; device = device->next)
		device->kin = NULL;
	for (struct census_device *device = census_first(census); device && result == 0; device = device->next)
		result = place(&families, device);
	free_families(families);
	return result;
}
