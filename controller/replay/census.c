/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "policy/identity/quirks.h"

#define ND_SOLICITATION  135
#define ND_ADVERTISEMENT 136

/* So many addresses seen in a MAC's traffic only may be its own; a router that lowers no time to live carries more. */
#define TRAFFIC_ADDRESSES_MAX 4

struct census {
	struct census_options options;
	struct census_device *devices; /* by key */
	struct census_device *oldest;  /* the one met longest ago first */
	struct census_address *addresses;
	uint64_t evicted;
	size_t peak;
};

int census_new(const struct census_options *options, struct census **census)
{
	struct census *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->options = *options;
	*census = made;
	return 0;
}

/* ---- addresses ---- */

bool census_is_private(const struct address *address)
{
	const uint8_t *byte = address->byte;

	if (address->family == FAMILY_IPV4) /* RFC 1918, RFC 3927, RFC 6598 */
		return byte[0] == 10 || (byte[0] == 172 && (byte[1] & 0xf0) == 16) ||
		       (byte[0] == 192 && byte[1] == 168) || (byte[0] == 169 && byte[1] == 254) ||
		       (byte[0] == 100 && (byte[1] & 0xc0) == 64);
	if (address->family == FAMILY_IPV6) /* RFC 4193, RFC 4291 section 2.5.6 */
		return (byte[0] & 0xfe) == 0xfc || (byte[0] == 0xfe && (byte[1] & 0xc0) == 0x80);
	return false;
}

bool census_is_group(const struct address *address)
{
	static const struct address unspecified;
	const uint8_t *byte = address->byte;

	if (memcmp(byte, unspecified.byte, sizeof(address->byte)) == 0)
		return true;
	if (address->family == FAMILY_IPV4) /* RFC 1112, RFC 1122 section 3.2.1.3 */
		return byte[0] >= 224 || byte[0] == 0 || byte[0] == 127;
	return byte[0] == 0xff;
}

static void unbind(struct census *census, struct census_address *address)
{
	struct census_device *device = address->device;
	size_t at = 0;

	while (device->addresses[at] != address)
		at++;
	device->address_count--;
	memmove(device->addresses + at, device->addresses + at + 1,
	        (device->address_count - at) * sizeof(*device->addresses));
	HASH_DELETE(hh, census->addresses, address);
	free(address);
}

static void remove_device(struct census *census, struct census_device *device)
{
	while (device->address_count > 0)
		unbind(census, device->addresses[0]);
	HASH_DELETE(hh, census->devices, device);
	DL_DELETE(census->oldest, device);
	facts_done(&device->facts);
	free(device);
}

void census_free(struct census *census)
{
	if (!census)
		return;
	while (census->oldest)
		remove_device(census, census->oldest);
	free(census);
}

static struct census_address *find_address(const struct census *census, const struct address *address)
{
	struct census_address *found;

	HASH_FIND(hh, census->addresses, address, sizeof(*address), found);
	return found;
}

static struct census_device *find_device(const struct census *census, const struct census_key *key)
{
	struct census_device *found;

	HASH_FIND(hh, census->devices, key, sizeof(*key), found);
	return found;
}

/* ---- devices ---- */

static struct census_device *meet(struct census *census, const struct census_key *key,
                                  const struct observation *observation)
{
	struct census_device *device = find_device(census, key);

	if (device) {
		DL_DELETE(census->oldest, device);
		DL_APPEND(census->oldest, device);
		device->last_ns = observation->captured_ns;
		return device;
	}
	if (HASH_COUNT(census->devices) >= census->options.devices_max) {
		remove_device(census, census->oldest);
		census->evicted++;
	}
	device = calloc(1, sizeof(*device));
	if (!device)
		return NULL;
	device->key = *key;
	device->facts.mac = key->mac;
	device->first_ns = device->last_ns = observation->captured_ns;
	device->vlan = observation->vlan;
	HASH_ADD(hh, census->devices, key, sizeof(device->key), device);
	DL_APPEND(census->oldest, device);
	if (HASH_COUNT(census->devices) > census->peak)
		census->peak = HASH_COUNT(census->devices);
	return device;
}

static struct census_device *meet_mac(struct census *census, const struct mac *mac,
                                      const struct observation *observation)
{
	const struct census_key key = { .mac = *mac };

	return mac_is_device(mac) ? meet(census, &key, observation) : NULL;
}

static void learn_from(struct census_device *device, const struct census_device *other)
{
	struct field_value value;

	for (size_t at = 0; facts_next(&other->facts, &at, &value);)
		if (facts_add(&device->facts, &value) > 0)
			device->is_judged = false;
	if (other->first_ns < device->first_ns)
		device->first_ns = other->first_ns;
	device->observations += other->observations;
}

/* Its MAC is known now: what was said from ${address} before are its words. */
static void claim_from_address(struct census *census, struct census_device *device, const struct address *address)
{
	const struct census_key key = { .address = *address };
	struct census_device *other = find_device(census, &key);

	if (!other || other == device)
		return;
	learn_from(device, other);
	remove_device(census, other);
}

/* Makes room for one more address, if need be by one that is no surer. shape: false where all are. */
static bool make_room(struct census *census, struct census_device *device, enum census_bond bond)
{
	if (device->address_count < CENSUS_ADDRESSES_MAX)
		return true;
	for (size_t i = 0; i < device->address_count; i++) {
		if (device->addresses[i]->bond >= bond && bond != BOND_LEASE)
			continue;
		unbind(census, device->addresses[i]);
		return true;
	}
	return false;
}

/* What ${address} gives away by itself of the MAC that holds it. */
static void learn_address(struct census_device *device, const struct address *address)
{
	const char *quirk = quirk_of_address(&device->key.mac, address);
	struct fields fields;

	if (!quirk)
		return;
	fields_clear(&fields);
	fields_add_text(&fields, FIELD_ADDRESS_QUIRK, quirk);
	if (facts_learn(&device->facts, &fields, NULL, NULL) > 0)
		device->is_judged = false;
}

static void bind(struct census *census, struct census_device *device, const struct address *address,
                 enum census_bond bond)
{
	struct census_address *bound = find_address(census, address);

	if (bound && bound->device == device) {
		if (bound->bond < bond)
			bound->bond = (uint8_t)bond;
		return;
	}
	if (bound && (bound->bond > bond || bond == BOND_TRAFFIC))
		return;
	if (!make_room(census, device, bond))
		return;
	if (bound)
		unbind(census, bound);
	bound = calloc(1, sizeof(*bound));
	if (!bound)
		return;
	bound->address = *address;
	bound->device = device;
	bound->bond = (uint8_t)bond;
	HASH_ADD(hh, census->addresses, address, sizeof(bound->address), bound);
	device->addresses[device->address_count++] = bound;
	if (!mac_is_device(&device->key.mac))
		return;
	learn_address(device, address);
	claim_from_address(census, device, address);
}

/* ---- whose words ---- */

/* No router has touched a packet whose time to live is one that systems begin with; RFC 4861 wants 255. */
static bool is_from_nearby(const struct observation *observation)
{
	switch (observation->conversation.hops) {
	case 30:
	case 32:
	case 60:
	case 64:
	case 128:
	case 255:
		return true;
	default:
		return census_is_group(&observation->conversation.destination);
	}
}

static size_t count_traffic_addresses(const struct census_device *device, uint8_t family)
{
	size_t count = 0;

	for (size_t i = 0; i < device->address_count; i++)
		if (device->addresses[i]->bond == BOND_TRAFFIC && device->addresses[i]->address.family == family)
			count++;
	return count;
}

static struct census_device *meet_address(struct census *census, const struct address *address,
                                          const struct observation *observation, struct census_device *carrier)
{
	const struct census_key key = { .address = *address };
	bool is_new = !find_device(census, &key);
	struct census_device *device;

	if (!census_is_private(address))
		return NULL;
	device = meet(census, &key, observation);
	if (!device)
		return NULL;
	bind(census, device, address, BOND_TRAFFIC);
	if (!carrier)
		return device;
	device->behind = carrier->key.mac;
	if (is_new)
		carrier->behind_count++;
	return device;
}

/* Whose the packet is by its address and its MAC. */
static struct census_device *sender(struct census *census, const struct observation *observation)
{
	const struct address *address = &observation->conversation.source;
	struct census_device *carrier = meet_mac(census, &observation->source, observation);
	struct census_address *bound;

	if (address->family == FAMILY_NONE || census_is_group(address))
		return carrier;
	bound = find_address(census, address);
	if (bound && (!carrier || bound->device == carrier))
		return meet(census, &bound->device->key, observation);
	if (!carrier)
		return meet_address(census, address, observation, NULL);
	if (bound && mac_is_device(&bound->device->key.mac)) {
		carrier->carried++;
		return meet(census, &bound->device->key, observation);
	}
	if (is_from_nearby(observation) && !bound &&
	    count_traffic_addresses(carrier, address->family) < TRAFFIC_ADDRESSES_MAX) {
		bind(census, carrier, address, BOND_TRAFFIC);
		return carrier;
	}
	carrier->carried++;
	return meet_address(census, address, observation, carrier);
}

/* ---- messages that bind ---- */

static struct census_device *take_arp(struct census *census, const struct observation *observation)
{
	const struct observation_arp *arp = &observation->arp;
	struct census_device *device = meet_mac(census, &observation->source, observation);

	if (device && arp->sender_address.family != FAMILY_NONE && !census_is_group(&arp->sender_address) &&
	    mac_equal(&arp->sender_mac, &observation->source))
		bind(census, device, &arp->sender_address, BOND_CLAIM);
	return device;
}

/* A client's words are those of the MAC in the message: a relay's, or a docking station's, are not its own. */
static struct census_device *take_dhcp4(struct census *census, const struct observation *observation, bool *is_evidence)
{
	const struct observation_dhcp4 *dhcp4 = &observation->dhcp4;
	struct census_device *client = meet_mac(census, &dhcp4->client, observation);

	*is_evidence = !dhcp4->from_server;
	if (dhcp4->from_server) {
		if (client && dhcp4->message == DHCP4_ACK && dhcp4->your_address.family != FAMILY_NONE)
			bind(census, client, &dhcp4->your_address, BOND_LEASE);
		return sender(census, observation);
	}
	if (client && mac_is_device(&observation->source) && !mac_equal(&dhcp4->client, &observation->source) &&
	    dhcp4->relay_address.family == FAMILY_NONE)
		client->behind = observation->source;
	return client;
}

static void take_nd(struct census *census, const struct observation *observation, struct census_device *device)
{
	uint64_t type = fields_number(&observation->fields, FIELD_ND_TYPE, 0);
	struct address address = observation->conversation.source;
	struct field_value value;
	struct mac mac;

	if (!fields_find(&observation->fields, FIELD_ND_LINK_MAC, &value) || !field_mac(&value, &mac) ||
	    !mac_equal(&mac, &observation->source))
		return;
	if (type == ND_ADVERTISEMENT && fields_find(&observation->fields, FIELD_ND_TARGET, &value))
		address = field_address(&value);
	else if (type != ND_SOLICITATION)
		return;
	if (address.family == FAMILY_IPV6 && !census_is_group(&address))
		bind(census, device, &address, BOND_CLAIM);
}

struct census_device *census_take(struct census *census, const struct observation *observation)
{
	struct census_device *device;
	struct fields fields;
	bool is_evidence = true;

	if (observation->type == OBSERVATION_DHCP4)
		device = take_dhcp4(census, observation, &is_evidence);
	else if (observation->type == OBSERVATION_ARP)
		device = take_arp(census, observation);
	else
		device = sender(census, observation);
	if (!device)
		return NULL;
	device->observations++;
	if (observation->protocol == PROTOCOL_ND && mac_is_device(&device->key.mac))
		take_nd(census, observation, device);
	if (observation->type == OBSERVATION_FIELDS) {
		if (identity_learn(census->options.fingerprints, &device->facts, &observation->fields) > 0)
			device->is_judged = false;
	} else if (observation->type == OBSERVATION_DHCP4 && is_evidence) {
		observation_fields(observation, &fields);
		if (identity_learn(census->options.fingerprints, &device->facts, &fields) > 0)
			device->is_judged = false;
	}
	return device;
}

/* ---- asked ---- */

struct census_device *census_of_address(const struct census *census, const struct address *address)
{
	struct census_address *bound = find_address(census, address);

	return bound ? bound->device : NULL;
}

struct census_device *census_of_mac(const struct census *census, const struct mac *mac)
{
	const struct census_key key = { .mac = *mac };

	return mac_is_device(mac) ? find_device(census, &key) : NULL;
}

struct census_device *census_first(const struct census *census)
{
	return census->oldest;
}

size_t census_count(const struct census *census)
{
	return HASH_COUNT(census->devices);
}

uint64_t census_evicted(const struct census *census)
{
	return census->evicted;
}

size_t census_peak(const struct census *census)
{
	return census->peak;
}
