/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/learner/learner.h"

#include <stdio.h>
#include <string.h>

#include "controller/inventory/membership.h"
#include "controller/learner/learner_internal.h"

static bool same_interface(const char *name, const struct interface *interface)
{
	return strcmp(name, interface->name) == 0;
}

static void place_changed(struct learner *learner, struct device *device);

static void forget_binding(struct learner *learner, struct binding *binding)
{
	recorder_unbound(learner->recorder, &binding->address);
	enforcement_unbind(learner->enforcement, binding); /* without memory the state is unknown and repaired */
	inventory_unbind(learner->inventory, binding);
}

void learner_unbind(struct learner *learner, struct binding *binding)
{
	struct device *device = binding->device;

	forget_binding(learner, binding);
	place_changed(learner, device);
}

static void remove_device(struct learner *learner, struct device *device)
{
	while (device->binding_count)
		forget_binding(learner, device->bindings[0]);
	recorder_removed(learner->recorder, &device->mac);
	inventory_remove_device(learner->inventory, device);
}

struct device *learner_device(struct learner *learner, const struct mac *mac, uint64_t now_ms)
{
	struct device *device = inventory_device(learner->inventory, mac);
	struct device *victim;

	if (device) {
		inventory_seen(learner->inventory, device, now_ms);
		return device;
	}
	victim = inventory_victim(learner->inventory);
	if (victim) {
		remove_device(learner, victim);
		learner->inventory->devices_evicted++;
	}
	device = inventory_add_device(learner->inventory, mac, now_ms);
	if (!device)
		return NULL;
	learner_judge(learner, device, false, now_ms);
	recorder_event(learner->recorder, "device-new", mac, now_ms, "%s: first seen",
	               device->traits->vendor[0] ? device->traits->vendor : "unregistered vendor");
	return device;
}

/* ---- zones ---- */

static uint16_t zone_wanted(struct learner *learner, struct device *device, const struct policy *policy,
                            char why[DEVICE_WHY_MAX])
{
	const struct policy_pin *pin = policy_pin_of(policy, &device->mac);
	uint16_t zone;

	words_set(&learner->inventory->words, &device->name, pin ? pin->name : "");
	device->pinned = pin && pin->zone != ZONE_NONE;
	if (device->pinned) {
		snprintf(why, DEVICE_WHY_MAX, "pinned at %.100s:%u", policy_file(policy, pin->place), pin->place.line);
		return pin->zone;
	}
	if (device->conflict) {
		snprintf(why, DEVICE_WHY_MAX, "was %s and then looked like something else; held until pinned",
		         device->traits->class[0] ? device->traits->class : "one thing");
		return policy->default_zone;
	}
	zone = membership_zone(policy, device);
	membership_why(policy, device, zone, why);
	if (device->doubted)
		snprintf(why + strlen(why), DEVICE_WHY_MAX - strlen(why), "; looks like something else as well");
	return zone;
}

void learner_settle(struct learner *learner, struct device *device, const struct policy *policy)
{
	bool was_pinned = device->pinned;
	char name[POLICY_LABEL_MAX];
	char why[DEVICE_WHY_MAX];
	struct traits traits = *device->traits;
	uint16_t zone;

	snprintf(name, sizeof(name), "%s", device->name);
	zone = zone_wanted(learner, device, policy, why);
	/* zones are held against each other by name: their numbers are another policy's */
	if (was_pinned != device->pinned || strcmp(name, device->name) != 0 ||
	    strcmp(why, device->traits->zone_why) != 0 ||
	    strcmp(recorder_zone_name(policy, zone), device->traits->stored_zone) != 0)
		inventory_touch(learner->inventory, device);
	traits.zone_why = why;
	inventory_describe(learner->inventory, device, &traits);
	inventory_set_zone(learner->inventory, device, zone, zone == policy->default_zone && !device->pinned);
}

void learner_settle_all(struct learner *learner, const struct policy *policy)
{
	struct device *device;

	for (uint32_t at = 0; (device = inventory_next_device(learner->inventory, &at));)
		learner_settle(learner, device, policy);
}

void learner_forgive_pinned(struct learner *learner)
{
	struct device *device;

	for (uint32_t at = 0; (device = inventory_next_device(learner->inventory, &at));) {
		if (!device->pinned || !device->conflict)
			continue;
		device->conflict = false;
		inventory_touch(learner->inventory, device);
	}
}

void learner_settle_in_kernel(struct learner *learner, struct device *device)
{
	learner_settle(learner, device, learner->enforcement->policy);
	for (size_t i = 0; i < device->binding_count; i++)
		enforcement_rezone(learner->enforcement, device->bindings[i]);
}

/* Where it lives is another or it holds other addresses: where no zone asks for them that changes nothing. */
static void place_changed(struct learner *learner, struct device *device)
{
	const struct policy *policy = learner->enforcement->policy;
	char why[DEVICE_WHY_MAX];
	uint16_t zone = zone_wanted(learner, device, policy, why);

	if (zone != device->zone || strcmp(why, device->traits->zone_why) != 0)
		learner_settle_in_kernel(learner, device);
}

/*
 * The kernel's word for a VLAN counts before a ${tag} in the frame: on a VLAN interface such a tag is a second one, and
 * its sender's own. No tag, 0, is no news about the VLAN.
 */
void learner_lives_on(struct learner *learner, struct device *device, const struct interface *interface, uint16_t tag)
{
	bool stays = same_interface(device->traits->interface, interface);
	uint16_t vlan = interface->vlan ? interface->vlan : tag || !stays ? tag : device->vlan;

	if (stays && device->vlan == vlan)
		return;
	inventory_lives_on(learner->inventory, device, interface->name);
	device->vlan = vlan;
	place_changed(learner, device);
}

void learner_interface_changed(struct learner *learner, const struct interface *interface)
{
	struct device *device;

	for (uint32_t at = 0; (device = inventory_next_device(learner->inventory, &at));)
		if (same_interface(device->traits->interface, interface))
			learner_lives_on(learner, device, interface, 0);
}

void learner_interface_renamed(struct learner *learner, const char *from, const struct interface *interface)
{
	struct device *device;

	enforcement_move(learner->enforcement, learner->inventory, from, interface->name);
	for (uint32_t at = 0; (device = inventory_next_device(learner->inventory, &at));)
		if (strcmp(device->traits->interface, from) == 0) {
			inventory_lives_on(learner->inventory, device, interface->name);
			place_changed(learner, device);
		}
}

/* ---- DHCP ---- */

bool learner_lives_elsewhere(const struct device *device, const struct interface *interface)
{
	return device->binding_count > 0 && !same_interface(device->traits->interface, interface);
}

static void client_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                        uint64_t now_ms)
{
	const struct observation_dhcp4 *dhcp4 = &observation->dhcp4;
	char source[MAC_TEXT_MAX];
	struct device *device;
	struct fields fields;
	struct facts *said;

	if (!mac_is_device(&dhcp4->client))
		return;
	if (!mac_equal(&dhcp4->client, &observation->source)) {
		if (dhcp4->relay_address.family == FAMILY_NONE && mac_is_device(&observation->source))
			learner_said_by(learner, &dhcp4->client, &observation->source);
		recorder_event(learner->recorder, "spoof", &dhcp4->client, now_ms, "DHCP in its name sent by %s on %s",
		               mac_format(&observation->source, source), interface->name);
		return;
	}
	device = learner_device(learner, &dhcp4->client, now_ms);
	if (!device)
		return;
	learner_speaks_itself(learner, device);
	observation_fields(observation, &fields);
	if (learner_lives_elsewhere(device, interface)) {
		/* A lease there is judged by the words of who asked for it, not of who wore this MAC before. */
		said = inventory_elsewhere(device);
		if (said)
			identity_learn(learner->fingerprints, said, &fields);
		return;
	}
	learner_lives_on(learner, device, interface, observation->vlan);
	learner_learn(learner, device, &fields, now_ms);
}

struct binding *learner_bind(struct learner *learner, struct device *device, const struct interface *interface,
                             const struct address *address, enum binding_source source, bool suspect, uint64_t now_ms)
{
	struct binding *binding = inventory_bind(learner->inventory, device, address, interface->name);

	if (!binding)
		return NULL;
	binding->heard_ms = now_ms;
	binding->source = source;
	binding->suspect = suspect;
	binding->since_ms = now_ms;
	if (!suspect)
		learner_learn_address(learner, device, address, now_ms);
	place_changed(learner, device); /* before the kernel is told: the address may be what its zone asks for */
	enforcement_bind(learner->enforcement, binding);
	/* Now it can talk to others: who has said nothing that tells what it is by then is worth to be looked at. A
	 * link-local address comes before the first word. */
	if (learner->watch && !device->traits->class[0] && !address_stays_on_link(address))
		watch_judged(learner->watch, learner->enforcement->policy, device, now_ms);
	return binding;
}

void learner_make_room(struct learner *learner, struct device *device, uint64_t now_ms)
{
	struct binding *spare = inventory_spare(device, now_ms);

	if (!spare)
		return;
	learner->inventory->bindings_evicted++;
	learner_unbind(learner, spare);
}

/*
 * What a new lease ends: the device's other leases there, of which IPv6 has several at a time (RFC 8415 section 6.6);
 * for a device that moved, all it had; for a suspect, its suspects.
 */
static bool lease_ends(const struct binding *binding, const struct interface *interface, const struct address *address,
                       bool moved, bool suspect)
{
	if (suspect)
		return binding->suspect;
	if (moved)
		return true;
	return binding->source == BINDING_DHCP && same_interface(binding->interface, interface) &&
	       binding->address.family == FAMILY_IPV4 && address->family == FAMILY_IPV4;
}

static void end_other_leases(struct learner *learner, struct device *device, const struct interface *interface,
                             const struct lease *lease, bool moved, bool suspect)
{
	for (size_t i = device->binding_count; i-- > 0;)
		if (lease_ends(device->bindings[i], interface, &lease->address, moved, suspect))
			learner_unbind(learner, device->bindings[i]);
	learner_make_room(learner, device, UINT64_MAX);
	if (device->binding_count == DEVICE_BINDINGS_MAX)
		learner_unbind(learner, device->bindings[0]);
}

static void take_from_holder(struct learner *learner, struct binding *held, const struct mac *mac, uint64_t now_ms)
{
	char address[ADDRESS_TEXT_MAX], holder[MAC_TEXT_MAX];

	recorder_event(learner->recorder, "address-moved", mac, now_ms, "leased %s, before of %s",
	               address_format(&held->address, address), mac_format(&held->device->mac, holder));
	learner_unbind(learner, held);
}

static void move_in(struct learner *learner, struct device *device, const struct interface *interface, uint64_t now_ms)
{
	recorder_event(learner->recorder, "device-moved", &device->mac, now_ms, "from %s to %s",
	               device->traits->interface, interface->name);
	learner_lives_on(learner, device, interface, 0);
	facts_done(&device->facts);
	device->facts = *device->elsewhere;
	free(take_ptr(&device->elsewhere));
	learner_judge(learner, device, true, now_ms);
}

void learner_moved(struct learner *learner, struct device *device, const struct interface *interface, uint64_t now_ms)
{
	while (device->binding_count)
		forget_binding(learner, device->bindings[0]);
	if (device->elsewhere && device->elsewhere->length > 0) {
		move_in(learner, device, interface, now_ms);
		return;
	}
	recorder_event(learner->recorder, "device-moved", &device->mac, now_ms, "from %s to %s, by its own word",
	               device->traits->interface, interface->name);
	learner_lives_on(learner, device, interface, 0);
}

static uint64_t lease_end(const struct lease *lease, uint64_t now_ms)
{
	return lease->seconds == 0 || lease->seconds == UINT32_MAX ? 0 : now_ms + UINT64_C(1000) * lease->seconds;
}

/* Whether ${binding} is just what ${lease} says already; then no more than its end is news. */
static bool lease_renews(struct learner *learner, struct binding *binding, const struct device *device,
                         const struct interface *interface, const struct lease *lease, uint64_t now_ms)
{
	if (!binding || binding->device != device || !same_interface(binding->interface, interface))
		return false;
	if (binding->source != BINDING_PIN)
		binding->source = BINDING_DHCP;
	binding->lease_until_ms = lease_end(lease, now_ms);
	inventory_touch(learner->inventory, binding->device);
	return true;
}

/* Whether the operator has given ${address} to another than ${mac}; that is told. */
static bool is_pinned_elsewhere(struct learner *learner, const struct interface *interface, const struct mac *mac,
                                const struct address *address, const char *how, uint64_t now_ms)
{
	const struct policy_pin *pin = policy_pin_of_address(learner->enforcement->policy, address);
	char text[ADDRESS_TEXT_MAX], owner[MAC_TEXT_MAX];

	if (!pin || mac_equal(&pin->mac, mac))
		return false;
	recorder_event(learner->recorder, "spoof", mac, now_ms, "uses %s on %s (%s), which is pinned to %s",
	               address_format(address, text), interface->name, how, mac_format(&pin->mac, owner));
	return true;
}

void learner_lease(struct learner *learner, struct interface *interface, const struct lease *lease, uint64_t now_ms)
{
	struct binding *binding = inventory_binding_on(learner->inventory, &lease->address, interface->name);
	struct device *device;
	bool moved, suspect;

	if (!mac_is_device(&lease->client) || interfaces_is_own(learner->interfaces, &lease->address) ||
	    is_pinned_elsewhere(learner, interface, &lease->client, &lease->address, "DHCP", now_ms))
		return;
	device = learner_device(learner, &lease->client, now_ms);
	if (!device)
		return;
	learner_given_lease(learner, device);
	if (lease_renews(learner, binding, device, interface, lease, now_ms))
		return;
	if (binding)
		take_from_holder(learner, binding, &device->mac, now_ms);
	moved = learner_lives_elsewhere(device, interface);
	suspect = moved && !learner_is_same_kind(learner, device, interface);
	if (suspect)
		recorder_event(learner->recorder, "spoof", &device->mac, now_ms,
		               "its MAC lives on %s and took a lease on %s looking like another device",
		               device->traits->interface, interface->name);
	end_other_leases(learner, device, interface, lease, moved, suspect);
	if (moved && !suspect)
		move_in(learner, device, interface, now_ms);
	if (!suspect)
		learner_lives_on(learner, device, interface, 0);
	binding = learner_bind(learner, device, interface, &lease->address, BINDING_DHCP, suspect, now_ms);
	if (binding)
		binding->lease_until_ms = lease_end(lease, now_ms);
}

static void server_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                        uint64_t now_ms)
{
	const struct observation_dhcp4 *dhcp4 = &observation->dhcp4;

	const struct lease lease = { dhcp4->client, dhcp4->your_address, dhcp4->lease_s };

	if (observation->outgoing) {
		if (dhcp4->message == DHCP4_ACK && dhcp4->your_address.family != FAMILY_NONE)
			learner_lease(learner, interface, &lease, now_ms);
		return;
	}
	/* Answers to a relay of this gateway come from its server; any other server on a clinical interface is
	 * nobody's. */
	if (!interfaces_is_own(learner->interfaces, &dhcp4->relay_address))
		recorder_event(learner->recorder, "rogue-dhcp", &observation->source, now_ms,
		               "answers DHCP on %s; isolated ports keep it from other devices", interface->name);
}

/* ---- addresses without DHCP ---- */

static int refuse_claim(struct learner *learner, const struct interface *interface, const struct mac *mac,
                        const struct address *address, const char *how, const struct device *holder,
                        const char *holder_interface, uint64_t now_ms)
{
	char address_text[ADDRESS_TEXT_MAX], holder_text[MAC_TEXT_MAX];

	recorder_event(learner->recorder, "spoof", mac, now_ms, "uses %s on %s (%s), which is %s on %s",
	               address_format(address, address_text), interface->name, how,
	               mac_format(&holder->mac, holder_text), holder_interface);
	return 0;
}

/* The MAC that an interface identifier was made of (RFC 4291 appendix A), where that is a device's and not ${mac}. */
static struct device *made_of_another(const struct learner *learner, const struct address *address,
                                      const struct mac *mac)
{
	const uint8_t *id = address->byte + 8;
	struct mac named = { { id[0] ^ 0x02, id[1], id[2], id[5], id[6], id[7] } };

	if (address->family != FAMILY_IPV6 || id[3] != 0xff || id[4] != 0xfe || mac_equal(&named, mac))
		return NULL;
	return inventory_device(learner->inventory, &named);
}

static int claim_held(struct learner *learner, struct binding *held, const struct mac *mac, uint64_t now_ms)
{
	held->heard_ms = now_ms;
	return learner_device(learner, mac, now_ms) != NULL;
}

/* Refuses for now what ${device}, which lives elsewhere, claims here; for good where it is a copy. */
static int claim_elsewhere(struct learner *learner, const struct device *device, const struct interface *interface,
                           const struct address *address, uint16_t tag, const char *how, uint64_t now_ms)
{
	if (!interface_takes(interface, address) || !roaming_claims(learner, device, interface, address, tag))
		refuse_claim(learner, interface, &device->mac, address, how, device, device->traits->interface, now_ms);
	return 0;
}

int learner_claim(struct learner *learner, struct interface *interface, const struct mac *mac,
                  const struct address *address, uint16_t tag, const char *how, uint64_t now_ms)
{
	struct binding *held = inventory_binding_on(learner->inventory, address, interface->name);
	struct device *device = inventory_device(learner->inventory, mac);
	const struct device *other;

	if (is_pinned_elsewhere(learner, interface, mac, address, how, now_ms))
		return 0;
	if (held && !mac_equal(&held->device->mac, mac))
		return refuse_claim(learner, interface, mac, address, how, held->device, held->interface, now_ms);
	if (interfaces_is_own(learner->interfaces, address)) {
		recorder_event(learner->recorder, "spoof", mac, now_ms, "claims the gateway's own address on %s (%s)",
		               interface->name, how);
		return 0;
	}
	if (held && same_interface(held->interface, interface))
		return claim_held(learner, held, mac, now_ms);
	if (device && learner_lives_elsewhere(device, interface))
		return claim_elsewhere(learner, device, interface, address, tag, how, now_ms);
	other = held ? held->device : made_of_another(learner, address, mac);
	if (other)
		return refuse_claim(learner, interface, mac, address, how, other, other->traits->interface, now_ms);
	device = learner_device(learner, mac, now_ms);
	if (!device)
		return 0;
	learner_lives_on(learner, device, interface, tag);
	if (!interface_takes(interface, address))
		return 0;
	learner_make_room(learner, device, now_ms);
	return learner_bind(learner, device, interface, address, BINDING_ARP, false, now_ms) != NULL;
}

void learner_own_address(struct learner *learner, const struct address *address, uint64_t now_ms)
{
	struct binding *binding;
	char text[ADDRESS_TEXT_MAX];

	for (uint32_t at = 0; (binding = inventory_next_binding(learner->inventory, &at));) {
		if (!address_equal(&binding->address, address))
			continue;
		recorder_event(learner->recorder, "address-moved", &binding->device->mac, now_ms,
		               "%s is the gateway's own now", address_format(address, text));
		learner_unbind(learner, binding);
	}
}

static void arp_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                     uint64_t now_ms)
{
	const struct observation_arp *arp = &observation->arp;
	char source[MAC_TEXT_MAX];

	if (observation->outgoing || !mac_is_device(&arp->sender_mac))
		return;
	if (!mac_equal(&arp->sender_mac, &observation->source)) {
		recorder_event(learner->recorder, "spoof", &arp->sender_mac, now_ms, "ARP in its name sent by %s on %s",
		               mac_format(&observation->source, source), interface->name);
		return;
	}
	if (arp->sender_address.family == FAMILY_NONE) /* a probe, RFC 5227: nothing is claimed yet */
		learner_device(learner, &arp->sender_mac, now_ms);
	else
		learner_claim(learner, interface, &arp->sender_mac, &arp->sender_address, observation->vlan, "ARP",
		              now_ms);
}

/* ---- all else ---- */

/*
 * Whether the packet is the device's own: from an address it holds there, or one that leaves no link. What a router
 * passes on bears its MAC and says nothing of it.
 */
static bool is_own_packet(const struct learner *learner, const struct device *device, const struct interface *interface,
                          const struct address *address)
{
	const struct binding *binding;

	if (address->family == FAMILY_NONE || address_stays_on_link(address))
		return true;
	binding = inventory_binding(learner->inventory, address);
	return binding && binding->device == device && same_interface(binding->interface, interface);
}

static void fields_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                        uint64_t now_ms)
{
	const struct address *address = &observation->conversation.source;
	struct device *device;

	if (!mac_is_device(&observation->source))
		return;
	/* What speaks IP is known by its address first; what speaks on the link alone would never be. */
	device = address->family == FAMILY_NONE ? learner_device(learner, &observation->source, now_ms)
	                                        : inventory_device(learner->inventory, &observation->source);
	if (!device || learner_lives_elsewhere(device, interface))
		return;
	if (!is_own_packet(learner, device, interface, address)) {
		learner_carries(learner, device, address, now_ms);
		return;
	}
	inventory_seen(learner->inventory, device, now_ms);
	learner_asked(learner, observation, now_ms);
	if (address->family == FAMILY_NONE)
		learner_lives_on(learner, device, interface, observation->vlan);
	learner_learn(learner, device, &observation->fields, now_ms);
}

static void watch_for_findings(struct learner *learner, const struct observation *observation)
{
	const struct device *device = inventory_device(learner->inventory, &observation->source);

	if (learner->watch && device && !observation->outgoing)
		watch_observed(learner->watch, learner->enforcement->policy, device, observation);
}

void learner_observe(struct learner *learner, const struct observation *observation, uint64_t now_ms)
{
	struct interface *interface = interfaces_by_index(learner->interfaces, observation->ifindex);

	if (!interface)
		return;
	learner_answered(learner, interface, observation, now_ms);
	if (!interface->clinical)
		return;
	if (!observation->outgoing)
		roaming_heard(learner, &observation->source, interface);
	switch ((enum observation_type)observation->type) {
	case OBSERVATION_DHCP4:
		if (observation->dhcp4.from_server)
			server_said(learner, interface, observation, now_ms);
		else if (!observation->outgoing)
			client_said(learner, interface, observation, now_ms);
		break;
	case OBSERVATION_ARP:
		arp_said(learner, interface, observation, now_ms);
		break;
	case OBSERVATION_FIELDS:
		if (observation->protocol == PROTOCOL_ND)
			learner_nd_said(learner, interface, observation, now_ms);
		else if (observation->protocol == PROTOCOL_DHCP6)
			learner_dhcp6_said(learner, interface, observation, now_ms);
		if (!observation->outgoing)
			fields_said(learner, interface, observation, now_ms);
		break;
	case OBSERVATION_FLOW:
		break;
	}
	watch_for_findings(learner, observation);
}
