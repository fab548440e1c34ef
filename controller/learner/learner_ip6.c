/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "controller/learner/learner_internal.h"

/* RFC 4861 section 4, RFC 8415 section 7.3. */
enum nd_type {
	ND_ROUTER_ADVERTISEMENT = 134,
	ND_NEIGHBOUR_SOLICITATION = 135,
	ND_NEIGHBOUR_ADVERTISEMENT = 136,
	ND_REDIRECT = 137,
};

enum dhcp6_message {
	DHCP6_ADVERTISE = 2,
	DHCP6_REPLY = 7,
	DHCP6_RECONFIGURE = 10,
	DHCP6_INFORMATION_REQUEST = 11,
};

#define PREFIX_ON_LINK 0x80
#define ND_HOPS        255 /* RFC 4861 section 7.1: whatever arrives with less came over a router */

/* ---- neighbour discovery ---- */

/* Whether the frame's sender speaks for itself; where it names another's MAC it does not, and that is told. */
static bool names_itself(struct learner *learner, const struct interface *interface,
                         const struct observation *observation, uint64_t now_ms)
{
	char source[MAC_TEXT_MAX];
	struct field_value value;
	struct mac named;

	if (!fields_find(&observation->fields, FIELD_ND_LINK_MAC, &value) || value.length != sizeof(named))
		return true;
	memcpy(named.byte, value.bytes, sizeof(named.byte));
	if (mac_equal(&named, &observation->source))
		return true;
	if (mac_is_device(&named))
		recorder_event(learner->recorder, "spoof", &named, now_ms,
		               "neighbour discovery in its name sent by %s on %s",
		               mac_format(&observation->source, source), interface->name);
	return false;
}

static void claim(struct learner *learner, struct interface *interface, const struct observation *observation,
                  const struct address *address, uint64_t now_ms)
{
	if (address_is_unicast6(address))
		learner_claim(learner, interface, &observation->source, address, observation->vlan, "ND", now_ms);
}

/*
 * A solicitation's target is another's address, but for one without a source: the sender is about to have it (RFC 4862
 * section 5.4.2). An advertisement's target is its own.
 */
static bool tells_target(uint64_t type, const struct address *source)
{
	return type == ND_NEIGHBOUR_ADVERTISEMENT ||
	       (type == ND_NEIGHBOUR_SOLICITATION && !address_is_unicast6(source));
}

/*
 * What the gateway itself, or a router daemon on it, advertises to devices: of an on-link prefix (RFC 4861
 * section 4.6.2) neighbours look for each other on the link, where isolated ports keep them apart, and policy has no
 * say.
 */
static void advertised(struct learner *learner, struct interface *interface, const struct observation *observation,
                       uint64_t now_ms)
{
	struct field_value value;
	bool on_link = false;
	size_t at = 0;

	while (fields_next(&observation->fields, &at, &value))
		on_link |= value.field == FIELD_ND_PREFIX_FLAGS && (field_number(&value) & PREFIX_ON_LINK);
	if (on_link && !interface->on_link6)
		recorder_event(learner->recorder, "prefix-on-link", NULL, now_ms,
		               "an IPv6 prefix is advertised on-link on %s: neighbours there do not reach each other, "
		               "whatever policy says; advertise it off-link",
		               interface->name);
	interface->on_link6 = on_link;
}

void learner_nd_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                     uint64_t now_ms)
{
	uint64_t type = fields_number(&observation->fields, FIELD_ND_TYPE, 0);
	const struct address *source = &observation->conversation.source;
	struct field_value value;
	struct address target;

	if (observation->outgoing && type == ND_ROUTER_ADVERTISEMENT)
		advertised(learner, interface, observation, now_ms);
	if (observation->outgoing || !mac_is_device(&observation->source) || observation->conversation.hops != ND_HOPS)
		return;
	if (type == ND_ROUTER_ADVERTISEMENT || type == ND_REDIRECT) {
		recorder_event(learner->recorder, "rogue-router", &observation->source, now_ms,
		               "says on %s that it is a router; isolated ports keep it from other devices",
		               interface->name);
		return;
	}
	if (!names_itself(learner, interface, observation, now_ms))
		return;
	claim(learner, interface, observation, source, now_ms);
	if (!tells_target(type, source) || !fields_find(&observation->fields, FIELD_ND_TARGET, &value) ||
	    value.length != sizeof(target.byte))
		return;
	target = address_v6(value.bytes);
	if (!address_equal(&target, source))
		claim(learner, interface, observation, &target, now_ms);
}

/* ---- DHCPv6 ---- */

/* It tells a device's own replies from another's, by a hash that nobody outside can reckon. */
static uint64_t hash_of(const struct learner *learner, const struct field_value *value)
{
	uint64_t hash = hash_more(hash_begin(&learner->inventory->by_mac), value->bytes, value->length);

	return hash ? hash : 1;
}

static void client_said(struct learner *learner, const struct interface *interface,
                        const struct observation *observation, uint64_t now_ms)
{
	struct field_value value;
	struct device *device;
	struct facts *said;

	if (!mac_is_device(&observation->source) || !fields_find(&observation->fields, FIELD_DHCP6_DUID, &value))
		return;
	device = learner_device(learner, &observation->source, now_ms);
	if (!device)
		return;
	device->dhcp6_client = hash_of(learner, &value);
	if (!learner_lives_elsewhere(device, interface))
		return;
	/* A lease there is judged by the words of who asked for it, not of who wore this MAC before. */
	said = inventory_elsewhere(device);
	if (said)
		identity_learn(learner->fingerprints, said, &observation->fields);
}

/* The device that this gateway's reply is for: it got the frame, its address the packet, and its identifier is in it.
 */
static struct device *replied_to(const struct learner *learner, const struct interface *interface,
                                 const struct observation *observation)
{
	const struct address *to = &observation->conversation.destination;
	struct device *device = inventory_device(learner->inventory, &observation->destination);
	const struct binding *held = inventory_binding_on(learner->inventory, to, interface->name);
	struct field_value value;

	if (!device || (held && held->device != device) ||
	    !fields_find(&observation->fields, FIELD_DHCP6_OTHER_DUID, &value))
		return NULL;
	return device->dhcp6_client == hash_of(learner, &value) ? device : NULL;
}

static void lease_given(struct learner *learner, struct interface *interface, const struct lease *lease,
                        uint64_t now_ms)
{
	if (lease->seconds > 0 && address_is_unicast6(&lease->address) && !address_is_link_local6(&lease->address))
		learner_lease(learner, interface, lease, now_ms);
}

/* Each address with the lifetime that follows it: one of none is taken back or refused (RFC 8415 section 18.2.10.1). */
static void leases_given(struct learner *learner, struct interface *interface, const struct observation *observation,
                         uint64_t now_ms)
{
	const struct device *device = replied_to(learner, interface, observation);
	struct lease lease = { .seconds = 0 };
	struct field_value value;
	size_t at = 0;

	if (!device)
		return;
	lease.client = device->mac;
	while (fields_next(&observation->fields, &at, &value)) {
		if (value.field == FIELD_DHCP6_ADDRESS && value.length == sizeof(lease.address.byte))
			lease.address = address_v6(value.bytes);
		if (value.field != FIELD_DHCP6_LIFETIME)
			continue;
		lease.seconds = (uint32_t)field_number(&value);
		lease_given(learner, interface, &lease, now_ms);
		lease.address = (struct address){ .family = FAMILY_NONE };
	}
}

void learner_dhcp6_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                        uint64_t now_ms)
{
	uint64_t message = fields_number(&observation->fields, FIELD_DHCP6_MESSAGE, 0);

	if (observation->outgoing) {
		if (message == DHCP6_REPLY)
			leases_given(learner, interface, observation, now_ms);
		return;
	}
	if (message == DHCP6_ADVERTISE || message == DHCP6_REPLY || message == DHCP6_RECONFIGURE)
		recorder_event(learner->recorder, "rogue-dhcp", &observation->source, now_ms,
		               "answers DHCPv6 on %s; isolated ports keep it from other devices", interface->name);
	else if (message > 0 && message <= DHCP6_INFORMATION_REQUEST)
		client_said(learner, interface, observation, now_ms);
}
