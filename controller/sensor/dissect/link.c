/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link layers: Ethernet, its tags and LLC, Linux cooked, raw IP, BSD loopback. */
#include <string.h>

#include "controller/sensor/decode/arp.h"
#include "controller/sensor/dissect/dissector_internal.h"

#define VLAN_ID_MASK  0x0fff
#define VLAN_TAGS_MAX 2
#define LENGTH_MAX    0x05dc /* IEEE 802.3: up to here it is a length, not a type */
#define LLC_SNAP      0xaaaa /* both service access points */
#define LLC_IP        0x0606
#define LLC_UI        0x03

#define ARPHRD_ETHERNET 1
#define ARPHRD_LOOPBACK 772
#define ARPHRD_GRE      778
#define ARPHRD_NONE     0xfffe

static void ask_link(struct dissector *dissector, uint32_t organisation, uint16_t type, const struct cursor *payload)
{
	size_t count;
	const struct link_protocol *protocols = protocols_link(&count);
	struct datagram datagram = { .bytes = payload->at,
		                     .length = cursor_left(payload),
		                     .conversation = &dissector->made.conversation,
		                     .source = &dissector->made.source,
		                     .is_group = dissector->is_group };

	for (size_t i = 0; i < count; i++)
		if (protocols[i].organisation == organisation && protocols[i].type == type &&
		    dissector_ask(dissector, protocols[i].protocol, protocols[i].decode, &datagram))
			return;
	dissector->statistics.link_unknown++;
}

static void take_arp(struct dissector *dissector, const struct cursor *payload)
{
	enum malformed_reason reason = MALFORMED_ARP_SHORT;
	int result = arp_decode(payload->at, cursor_left(payload), &dissector->made.arp, &reason);

	if (result > 0)
		dissector_give(dissector, OBSERVATION_ARP, PROTOCOL_ARP);
	else if (result < 0)
		dissector_malformed(dissector, reason);
}

/* Passes over the tag before ${payload}, and those behind it, and reads on. */
static void take_tagged(struct dissector *dissector, struct cursor payload)
{
	unsigned int tags = 1;
	uint16_t type = 0;

	for (;;) {
		uint16_t id = cursor_be16(&payload) & VLAN_ID_MASK;

		type = cursor_be16(&payload);
		if (payload.failed) {
			dissector_malformed(dissector, MALFORMED_ETHERNET_SHORT);
			return;
		}
		if (dissector->made.vlan == 0)
			dissector->made.vlan = id;
		if (type != ETHERTYPE_8021Q && type != ETHERTYPE_8021AD && type != ETHERTYPE_QINQ_OLD)
			break;
		if (++tags > VLAN_TAGS_MAX) {
			dissector_malformed(dissector, MALFORMED_VLAN_DEPTH);
			return;
		}
	}
	link_take_type(dissector, type, payload);
}

/* IEEE 802.2: what follows a length. */
static void take_llc(struct dissector *dissector, size_t length, struct cursor payload)
{
	uint16_t access_points;
	uint8_t control;
	uint32_t organisation;
	uint16_t type;

	if (length < cursor_left(&payload)) /* the rest is padding */
		payload = cursor_over(payload.at, length);
	access_points = cursor_be16(&payload);
	control = cursor_u8(&payload);
	if (access_points == LLC_IP && control == LLC_UI) {
		network_take_ip(dissector, payload);
		return;
	}
	if (access_points != LLC_SNAP || control != LLC_UI) {
		dissector->statistics.link_unknown++;
		return;
	}
	organisation = (uint32_t)cursor_u8(&payload) << 16;
	organisation |= cursor_be16(&payload);
	type = cursor_be16(&payload);
	if (payload.failed)
		dissector_malformed(dissector, MALFORMED_LINK);
	else if (organisation == 0)
		link_take_type(dissector, type, payload);
	else
		ask_link(dissector, organisation, type, &payload);
}

void link_take_type(struct dissector *dissector, uint16_t type, struct cursor payload)
{
	if (!dissector_enter(dissector))
		return;
	switch (type) {
	case ETHERTYPE_IPV4:
		network_take_ipv4(dissector, payload);
		break;
	case ETHERTYPE_IPV6:
		network_take_ipv6(dissector, payload);
		break;
	case ETHERTYPE_ARP:
		take_arp(dissector, &payload);
		break;
	case ETHERTYPE_8021Q:
	case ETHERTYPE_8021AD:
	case ETHERTYPE_QINQ_OLD:
		take_tagged(dissector, payload);
		break;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_UP:
		tunnel_take_mpls(dissector, payload);
		break;
	case ETHERTYPE_PPPOE:
		tunnel_take_pppoe(dissector, payload);
		break;
	default:
		if (type <= LENGTH_MAX)
			take_llc(dissector, type, payload);
		else
			ask_link(dissector, 0, type, &payload);
		break;
	}
}

void link_take_ethernet(struct dissector *dissector, struct cursor frame)
{
	struct observation *made = &dissector->made;
	const uint8_t *addresses = cursor_take(&frame, 2 * sizeof(struct mac));
	uint16_t type = cursor_be16(&frame);

	if (frame.failed) {
		dissector_malformed(dissector, MALFORMED_ETHERNET_SHORT);
		return;
	}
	memcpy(made->destination.byte, addresses, sizeof(struct mac));
	memcpy(made->source.byte, addresses + sizeof(struct mac), sizeof(struct mac));
	dissector->is_group = made->destination.byte[0] & 1;
	if (made->source.byte[0] & 1) {
		dissector_malformed(dissector, MALFORMED_ETHERNET_SOURCE);
		return;
	}
	link_take_type(dissector, type, frame);
}

/* What the kernel knows of the packet, with the sender's address alone: linux/if_packet.h, struct sockaddr_ll. */
static void take_cooked(struct dissector *dissector, uint16_t hardware, uint16_t type, uint8_t direction,
                        const uint8_t *address, uint16_t address_length, struct cursor payload)
{
	if (payload.failed) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	if (address_length == sizeof(struct mac) && !(address[0] & 1))
		memcpy(dissector->made.source.byte, address, sizeof(struct mac));
	dissector->is_group = direction == 1 || direction == 2; /* PACKET_BROADCAST, PACKET_MULTICAST */
	if (hardware == ARPHRD_GRE)
		tunnel_take_gre(dissector, payload);
	else if (type == 4) /* LINUX_SLL_P_802_2 */
		link_take_type(dissector, LENGTH_MAX, payload);
	else if (type > LENGTH_MAX)
		link_take_type(dissector, type, payload);
	else
		dissector->statistics.link_unknown++;
}

static void take_cooked1(struct dissector *dissector, struct cursor frame)
{
	uint16_t direction = cursor_be16(&frame);
	uint16_t hardware = cursor_be16(&frame);
	uint16_t address_length = cursor_be16(&frame);
	const uint8_t *address = cursor_take(&frame, 8);
	uint16_t type = cursor_be16(&frame);

	take_cooked(dissector, hardware, type, (uint8_t)direction, address, address_length, frame);
}

static void take_cooked2(struct dissector *dissector, struct cursor frame)
{
	uint16_t type = cursor_be16(&frame);
	uint16_t hardware;
	uint8_t direction, address_length;
	const uint8_t *address;

	cursor_skip(&frame, 6); /* reserved, interface index */
	hardware = cursor_be16(&frame);
	direction = cursor_u8(&frame);
	address_length = cursor_u8(&frame);
	address = cursor_take(&frame, 8);
	take_cooked(dissector, hardware, type, direction, address, address_length, frame);
}

void link_take(struct dissector *dissector)
{
	const struct frame *frame = dissector->frame;
	struct cursor bytes = cursor_over(frame->bytes, frame->length);

	switch (frame->link) {
	case LINK_ETHERNET:
		link_take_ethernet(dissector, bytes);
		return;
	case LINK_COOKED:
		take_cooked1(dissector, bytes);
		return;
	case LINK_COOKED2:
		take_cooked2(dissector, bytes);
		return;
	case LINK_RAW_IP:
		if (frame->source)
			dissector->made.source = *frame->source;
		if (frame->destination)
			dissector->made.destination = *frame->destination;
		network_take_ip(dissector, bytes);
		return;
	case LINK_NULL: /* the family's number differs among systems: the version that follows tells as well */
		cursor_skip(&bytes, 4);
		network_take_ip(dissector, bytes);
		return;
	case LINK_OTHER:
		break;
	}
	dissector->statistics.link_unknown++;
}
