/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "controller/learner/learner_internal.h"

static struct interface *interface_of(struct interfaces *interfaces, const struct address *address)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].clinical && interface_takes(&interfaces->at[i], address))
			return &interfaces->at[i];
	return NULL;
}

/* What a former policy pinned and this one does not is kept as if the device had claimed it. */
static void release_former(struct learner *learner, const struct policy *policy)
{
	struct binding *binding;

	for (uint32_t at = 0; (binding = inventory_next_binding(learner->inventory, &at));) {
		const struct policy_pin *pin = NULL;

		if (binding->source != BINDING_PIN)
			continue;
		pin = policy_pin_of_address(policy, &binding->address);
		if (pin && mac_equal(&pin->mac, &binding->device->mac))
			continue;
		binding->source = BINDING_ARP;
		inventory_touch(learner->inventory, binding->device);
	}
}

/* Whether ${held} is just that already; who else holds it loses it. */
static bool is_settled(struct learner *learner, struct binding *held, const struct policy_pin *pin,
                       const struct interface *interface, uint64_t now_ms)
{
	char address[ADDRESS_TEXT_MAX], holder[MAC_TEXT_MAX];

	if (!held)
		return false;
	if (mac_equal(&held->device->mac, &pin->mac) && strcmp(held->interface, interface->name) == 0) {
		held->source = BINDING_PIN;
		inventory_touch(learner->inventory, held->device);
		return true;
	}
	recorder_event(learner->recorder, "address-moved", &pin->mac, now_ms, "pinned %s, before of %s",
	               address_format(&held->address, address), mac_format(&held->device->mac, holder));
	learner_unbind(learner, held);
	return false;
}

static void bind_pinned(struct learner *learner, const struct policy_pin *pin, const struct address *address,
                        uint64_t now_ms)
{
	struct interface *interface = interface_of(learner->interfaces, address);
	struct device *device;

	if (!interface || interfaces_is_own(learner->interfaces, address) ||
	    is_settled(learner, inventory_binding(learner->inventory, address), pin, interface, now_ms))
		return;
	device = learner_device(learner, &pin->mac, now_ms);
	if (!device)
		return;
	if (device->binding_count == 0)
		learner_lives_on(learner, device, interface, 0);
	learner_make_room(learner, device, now_ms);
	learner_bind(learner, device, interface, address, BINDING_PIN, false, now_ms);
}

void learner_bind_pinned(struct learner *learner, uint64_t now_ms)
{
	const struct policy *policy = learner->enforcement->policy;

	release_former(learner, policy);
	for (size_t i = 0; i < policy->pinned_count; i++)
		bind_pinned(learner, &policy->pins[policy->pinned[i].pin], &policy->pinned[i].address, now_ms);
}
