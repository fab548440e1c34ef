/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "controller/learner/learner_internal.h"

#define CARRIED_DAY_MS UINT64_C(86400000)

static const struct mac nobody;

static void stand_behind(struct learner *learner, struct device *device, const struct mac *carrier)
{
	if (mac_equal(&device->behind, carrier))
		return;
	device->behind = *carrier;
	inventory_touch(learner->inventory, device);
}

void learner_said_by(struct learner *learner, const struct mac *client, const struct mac *carrier)
{
	struct device *device = inventory_device(learner->inventory, client);

	if (device) {
		stand_behind(learner, device, carrier);
		return;
	}
	learner->behind_forgotten += mac_is_device(&learner->behind[learner->behind_next].client);
	learner->behind[learner->behind_next] = (struct learner_behind){ *client, *carrier };
	learner->behind_next = (learner->behind_next + 1) % LEARNER_BEHIND_MAX;
}

void learner_given_lease(struct learner *learner, struct device *device)
{
	for (size_t i = 0; i < LEARNER_BEHIND_MAX; i++) {
		struct learner_behind *behind = &learner->behind[i];

		if (!mac_equal(&behind->client, &device->mac))
			continue;
		stand_behind(learner, device, &behind->carrier);
		*behind = (struct learner_behind){ nobody, nobody };
	}
}

void learner_speaks_itself(struct learner *learner, struct device *device)
{
	stand_behind(learner, device, &nobody);
}

/* shape: false where it is known already, or no more are told apart. */
static bool note_address(struct device_carried *carried, const struct address *address, uint64_t now_ms)
{
	if (now_ms - carried->since_ms > CARRIED_DAY_MS) {
		carried->since_ms = now_ms;
		carried->count = 0;
	}
	for (size_t i = 0; i < carried->count; i++)
		if (address_equal(&carried->at[i], address))
			return false;
	if (carried->count == KINSHIP_BEHIND + 1)
		return false;
	carried->at[carried->count++] = *address;
	return true;
}

/* IPv6 hosts make up new addresses each day (RFC 8981) and hold none here yet: they tell nothing. */
void learner_carries(struct learner *learner, struct device *device, const struct address *address, uint64_t now_ms)
{
	size_t before = device->binding_count + device->carried_count;

	if (address->family != FAMILY_IPV4 || address_stays_on_link(address))
		return;
	if (!device->carried)
		device->carried = calloc(1, sizeof(*device->carried));
	if (!device->carried || !note_address(device->carried, address, now_ms))
		return;
	device->carried_count = (uint8_t)device->carried->count;
	inventory_touch(learner->inventory, device);
	if (learner->watch && !kinship_stands_before(before) &&
	    kinship_stands_before(device->binding_count + device->carried_count))
		watch_routes(learner->watch, learner->enforcement->policy, device, now_ms);
}
