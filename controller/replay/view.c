/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/view.h"

#include <stdio.h>
#include <string.h>

#include "controller/inventory/membership.h"
#include "controller/local_time.h"
#include "controller/replay/contradiction.h"

#define NS_PER_S 1000000000U

struct address view_address(const struct census_device *device)
{
	if (device->address_count > 0)
		return device->addresses[device->address_count - 1]->address;
	return device->key.address;
}

static void judge(struct replay *replay, struct census_device *device)
{
	identity_judge(replay->options.fingerprints, &device->facts, &replay->scratch);
	memcpy(device->class, replay->scratch.class, sizeof(device->class));
	device->is_judged = true;
}

void view_class(struct replay *replay, struct census_device *device)
{
	if (!device->is_judged)
		judge(replay, device);
}

/* The daemon's own device, as far as zones ask for it. */
struct stand_in {
	struct device device;
	struct traits traits;
	struct binding bindings[DEVICE_BINDINGS_MAX];
	struct binding *held[DEVICE_BINDINGS_MAX];
};

static void stand_in_for(const struct replay *replay, const struct census_device *device, const struct view *view,
                         struct stand_in *other)
{
	const struct policy *policy = replay->options.policy;
	const struct identity *identity = view->identity;

	*other = (struct stand_in){ .device = { .mac = device->key.mac,
		                                .vlan = device->vlan,
		                                .name = words_none,
		                                .host_name = view->host_name,
		                                .traits = &other->traits,
		                                .confidence = identity->confidence,
		                                .bindings = other->held },
		                    .traits = traits_none };
	other->traits.class = identity->class;
	other->traits.vendor = identity->vendor;
	/* a capture does not tell its interface; where there is but one, it is that */
	if (policy->clinical_count == 1 && !strpbrk(policy->clinical[0].pattern, "*?["))
		other->traits.interface = policy->clinical[0].pattern;
	for (size_t i = 0; i < device->address_count && i < DEVICE_BINDINGS_MAX; i++) {
		other->bindings[i].address = device->addresses[i]->address;
		other->held[other->device.binding_count++] = &other->bindings[i];
	}
}

/* How long the longest prefix of ${zone} is that holds ${address}, bits. */
static unsigned int prefix_length(const struct policy_zone *zone, const struct address *address)
{
	unsigned int longest = 0;

	for (size_t i = 0; i < zone->network_count; i++)
		if (prefix_contains(&zone->networks[i].prefix, address) && zone->networks[i].prefix.length > longest)
			longest = zone->networks[i].prefix.length;
	return longest;
}

/*
 * A server in a network of a zone is in that zone, where no other zone takes it for what it is. That all addresses are
 * of a zone, as of the internet's, says nothing of a device that is here; of one behind a router it does.
 */
static uint16_t network_zone(const struct replay *replay, const struct census_device *device)
{
	bool is_here = !mac_is_device(&device->behind) || mac_is_device(&device->key.mac);

	for (size_t i = 0; i < device->address_count; i++) {
		const struct address *address = &device->addresses[i]->address;
		uint16_t zone = table_zone_of_network(replay->options.table, address);

		if (zone != ZONE_NONE &&
		    (!is_here || prefix_length(policy_zone(replay->options.policy, zone), address) > 0))
			return zone;
	}
	return ZONE_NONE;
}

/* Where the policy says so of its zone, it would stay there whatever it looks like. */
static void find_conflict(const struct policy *policy, const struct stand_in *other, struct view *view)
{
	struct membership_question question = { policy, &other->device };
	const char *was;
	const char *class = contradiction_of(view->identity, policy->default_zone, membership_zone_as, &question, &was);

	if (!class || policy_on_conflict(policy, membership_zone_as(class, &question)) == CONFLICT_KEEP)
		return;
	view->conflict = class;
	view->conflict_was = was;
}

static void find_zone(const struct replay *replay, const struct census_device *device, struct view *view)
{
	const struct policy *policy = replay->options.policy;
	const struct policy_pin *pin = policy_pin_of(policy, &device->key.mac);
	struct stand_in other;
	uint16_t network;

	if (pin)
		view->name = pin->name;
	if (pin && pin->zone != ZONE_NONE) {
		view->zone = pin->zone;
		snprintf(view->zone_why, sizeof(view->zone_why), "pinned at %.100s:%u", policy_file(policy, pin->place),
		         pin->place.line);
		return;
	}
	stand_in_for(replay, device, view, &other);
	view->zone = membership_zone(policy, &other.device);
	find_conflict(policy, &other, view);
	network = network_zone(replay, device);
	if (view->zone == policy->default_zone && network != ZONE_NONE) {
		view->zone = network;
		snprintf(view->zone_why, sizeof(view->zone_why), "its address is in a network of the zone");
		return;
	}
	membership_why(policy, &other.device, view->zone, view->zone_why);
}

int32_t view_support_day(const struct replay *replay)
{
	return replay->last_ns > 0 ? local_time_at((time_t)(replay->last_ns / NS_PER_S)).day : local_time_now().day;
}

static void find_support(const struct replay *replay, struct view *view)
{
	const struct support *support = &view->identity->support;

	if (!support_is_over(support, view_support_day(replay)))
		return;
	date_format(support->ended, view->ended);
	view->ended_why = support->source;
}

void view_make(struct replay *replay, struct census_device *device, struct view *view)
{
	struct field_value name;

	judge(replay, device);
	*view = (struct view){
		.identity = &replay->scratch,
		.name = "",
		.zone = ZONE_NONE,
		.zone_name = "",
		.ended_why = "",
		.conflict = "",
		.conflict_was = "",
	};
	find_support(replay, view);
	if (facts_name(&device->facts, &name))
		field_show(&name, view->host_name, sizeof(view->host_name));
	if (!replay->options.policy)
		return;
	find_zone(replay, device, view);
	view->zone_name = policy_zone(replay->options.policy, view->zone)->name;
}
