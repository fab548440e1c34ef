/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/kin.h"

#include <errno.h>
#include <stdlib.h>

#include "policy/identity/relatives.h"

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

static void met(void *device, enum kinship kinship, void *context)
{
	if (kinship != KINSHIP_NONE && !in_one_ring(context, device))
		link_rings(context, device);
}

static int link_each(struct census *census, struct relatives *relatives, struct relative *filed)
{
	int result = 0;

	for (struct census_device *device = census_first(census); device && result == 0; device = device->next) {
		if (!mac_is_device(&device->key.mac))
			continue;
		*filed = (struct relative){ .device = device, .facts = &device->facts };
		result = relatives_file(relatives, filed);
		relatives_each(relatives, filed++, met, device);
	}
	return result;
}

int kin_find(struct census *census)
{
	struct relatives relatives = { .turns = 0 };
	struct relative *filed = calloc(census_count(census) + 1, sizeof(*filed));
	int result;

	for (struct census_device *device = census_first(census); device; device = device->next)
		device->kin = NULL;
	if (!filed)
		return -ENOMEM;
	result = link_each(census, &relatives, filed);
	relatives_done(&relatives);
	free(filed);
	return result;
}
