/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/learner/roaming.h"

#include <stdio.h>
#include <string.h>

#include "controller/learner/learner_internal.h"

static struct roaming_device *find(struct roaming *roaming, const struct mac *mac)
{
	for (size_t i = 0; i < roaming->count; i++)
		if (mac_equal(&roaming->at[i].mac, mac))
			return &roaming->at[i];
	return NULL;
}

static void note_address(struct roaming_device *known, const struct interface *interface, const struct address *address)
{
	if (known->ifindex != interface->ifindex || known->address_count == ROAMING_ADDRESSES)
		return;
	for (size_t i = 0; i < known->address_count; i++)
		if (address_equal(&known->addresses[i], address))
			return;
	known->addresses[known->address_count++] = *address;
}

bool roaming_claims(struct learner *learner, const struct device *device, const struct interface *interface,
                    const struct address *address, uint16_t tag)
{
	struct roaming *roaming = &learner->roaming;
	struct roaming_device *known = find(roaming, &device->mac);

	if (known) {
		note_address(known, interface, address);
		return !known->is_copy;
	}
	if (roaming->count == ROAMING_MAX) {
		roaming->refused++;
		return false;
	}
	known = &roaming->at[roaming->count++];
	*known = (struct roaming_device){ .mac = device->mac, .ifindex = interface->ifindex, .tag = tag };
	note_address(known, interface, address);
	snprintf(known->from, sizeof(known->from), "%s", device->traits->interface);
	return true;
}

/* What waited in the rings while it moved is older than the first question. */
void roaming_heard(struct learner *learner, const struct mac *mac, const struct interface *interface)
{
	struct roaming_device *known = learner->roaming.count ? find(&learner->roaming, mac) : NULL;

	if (known && known->round > 0 && strcmp(known->from, interface->name) == 0)
		known->is_alive = true;
}

static bool is_at(const struct binding *binding, const struct roaming_device *known)
{
	return strcmp(binding->interface, known->from) == 0;
}

/* Ends what the kernel asks, and what came of it. */
static void stop_asking(struct learner *learner, const struct roaming_device *known, const struct device *device)
{
	struct neighbours *neighbours = learner->enforcement->neighbours;

	for (size_t i = 0; neighbours && i < device->binding_count; i++)
		if (is_at(device->bindings[i], known))
			neighbours_set(neighbours, known->from, &device->bindings[i]->address, &device->mac);
	if (neighbours)
		neighbours_flush(neighbours);
}

static void ask(struct learner *learner, struct roaming_device *known, const struct device *device,
                uint64_t monotonic_ms)
{
	struct neighbours *neighbours = learner->enforcement->neighbours;

	for (size_t i = 0; neighbours && i < device->binding_count; i++)
		if (is_at(device->bindings[i], known))
			neighbours_probe(neighbours, known->from, &device->bindings[i]->address, &device->mac);
	if (neighbours)
		neighbours_flush(neighbours);
	known->round++;
	known->next_ms = monotonic_ms + ROAMING_ROUND_MS;
}

/* Whether the kernel asked for all its addresses and none was answered for; what is not known is no silence. */
static bool is_silent(struct learner *learner, const struct roaming_device *known, const struct device *device)
{
	struct neighbours *neighbours = learner->enforcement->neighbours;
	size_t asked = 0;

	for (size_t i = 0; i < device->binding_count; i++) {
		if (!is_at(device->bindings[i], known))
			continue;
		if (neighbours && neighbours_is_silent(neighbours, known->from, &device->bindings[i]->address) != 1)
			return false;
		asked++;
	}
	return asked > 0;
}

static bool is_down(const struct learner *learner, const char *name)
{
	for (size_t i = 0; i < learner->interfaces->count; i++)
		if (strcmp(learner->interfaces->at[i].name, name) == 0)
			return !learner->interfaces->at[i].up;
	return true;
}

static void found_copy(struct learner *learner, struct roaming_device *known, const struct interface *interface,
                       uint64_t monotonic_ms, uint64_t now_ms)
{
	char address[ADDRESS_TEXT_MAX];

	recorder_event(learner->recorder, "spoof", &known->mac, now_ms, "uses %s on %s, and is alive on %s",
	               address_format(&known->addresses[0], address), interface->name, known->from);
	known->is_copy = true;
	known->next_ms = monotonic_ms + ROAMING_QUIET_MS;
}

static void forget(struct roaming *roaming, struct roaming_device *known)
{
	*known = roaming->at[--roaming->count];
}

static void found_moved(struct learner *learner, struct roaming_device *known, struct device *device,
                        struct interface *interface, uint64_t now_ms)
{
	struct roaming_device moved = *known;

	forget(&learner->roaming, known);
	learner_moved(learner, device, interface, now_ms);
	for (size_t i = 0; i < moved.address_count; i++)
		learner_claim(learner, interface, &moved.mac, &moved.addresses[i], moved.tag, "moved", now_ms);
}

static void decide(struct learner *learner, struct roaming_device *known, struct device *device,
                   struct interface *interface, uint64_t monotonic_ms, uint64_t now_ms)
{
	bool alive = known->is_alive || (known->round > 0 && !is_silent(learner, known, device));

	if (is_down(learner, known->from)) {
		found_moved(learner, known, device, interface, now_ms);
		return;
	}
	stop_asking(learner, known, device);
	if (alive)
		found_copy(learner, known, interface, monotonic_ms, now_ms);
	else if (known->round < ROAMING_ROUNDS)
		ask(learner, known, device, monotonic_ms);
	else
		found_moved(learner, known, device, interface, now_ms);
}

void roaming_tick(struct learner *learner, uint64_t monotonic_ms, uint64_t now_ms)
{
	struct roaming *roaming = &learner->roaming;

	for (size_t i = roaming->count; i-- > 0;) {
		struct roaming_device *known = &roaming->at[i];
		struct device *device = inventory_device(learner->inventory, &known->mac);
		struct interface *interface = interfaces_by_index(learner->interfaces, known->ifindex);

		if (monotonic_ms < known->next_ms)
			continue;
		/* A lease has moved it meanwhile, or it is gone, or where it turned up is. */
		if (known->is_copy || !device || !interface || strcmp(device->traits->interface, known->from) != 0)
			forget(roaming, known);
		else
			decide(learner, known, device, interface, monotonic_ms, now_ms);
	}
}
