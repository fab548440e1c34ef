/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Link layers: Ethernet and its tags, Linux cooked, raw IP, BSD loopback, serial lines, NFLOG. */
#include <string.h>

#include "controller/sensor/decode/arp.h"
#include "controller/sensor/dissect/dissector_internal.h"

#define VLAN_ID_MASK  0x0fff
#define VLAN_TAGS_MAX 4      /* as deep as carriers stack them; each costs a look at four bytes */
#define LENGTH_MAX    0x05dc /* IEEE 802.3: up to here it is a length, not a type */

#define ARPHRD_ETHERNET 1
#define ARPHRD_LOOPBACK 772
#define ARPHRD_GRE      778
#define ARPHRD_NONE     0xfffe

/* Cisco's HDLC: LINKTYPE_C_HDLC of tcpdump.org. */
#define HDLC_UNICAST   0x0f
#define HDLC_BROADCAST 0x8f

/* linux/netfilter/nfnetlink_log.h */
#define NFLOG_PAYLOAD      9
#define NFLOG_ADDRESS      8
#define NFLOG_ADDRESS_HEAD 4 /* its length, and padding */

void link_ask(struct dissector *dissector, const struct link_name *name, const struct cursor *payload)
{
	size_t count;
	const struct link_protocol *protocols = protocols_link(&count);
	struct datagram datagram = { .bytes = payload->at,
		                     .length = cursor_left(payload),
		                     .conversation = &dissector->made.conversation,
		                     .source = &dissector->made.source,
		                     .is_group = dissector->is_group };

	for (size_t i = 0; i < count; i++)
		if (protocols[i].name.access_point == name->access_point &&
		    protocols[i].name.organisation == name->organisation && protocols[i].name.type == name->type &&
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
		if (type > LENGTH_MAX)
			link_ask(dissector, &(struct link_name){ .type = type }, &payload);
		else if (type < cursor_left(&payload)) /* the rest is padding */
			llc_take(dissector, cursor_over(payload.at, type));
		else
			llc_take(dissector, payload);
		break;
	}
}

bool link_set_stations(struct dissector *dissector, const uint8_t *source, const uint8_t *destination)
{
	struct observation *made = &dissector->made;

	memcpy(made->destination.byte, destination, sizeof(struct mac));
	memcpy(made->source.byte, source, sizeof(struct mac));
	dissector->is_group = destination[0] & 1;
	if (!(source[0] & 1))
		return true;
	dissector_malformed(dissector, MALFORMED_ETHERNET_SOURCE);
	return false;
}

void link_take_ethernet(struct dissector *dissector, struct cursor frame)
{
	const uint8_t *addresses = cursor_take(&frame, 2 * sizeof(struct mac));
	uint16_t type = cursor_be16(&frame);

	if (frame.failed)
		dissector_malformed(dissector, MALFORMED_ETHERNET_SHORT);
	else if (link_set_stations(dissector, addresses + sizeof(struct mac), addresses))
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

/* A serial line: PPP, or Cisco's HDLC, which PPP's first bytes never look like. */
static void take_serial(struct dissector *dissector, struct cursor frame)
{
	uint8_t address = cursor_left(&frame) ? frame.at[0] : 0;
	uint16_t type;

	if (address != HDLC_UNICAST && address != HDLC_BROADCAST) {
		tunnel_take_ppp(dissector, frame);
		return;
	}
	cursor_skip(&frame, 2); /* address, control */
	type = cursor_be16(&frame);
	dissector->is_group = address == HDLC_BROADCAST;
	if (frame.failed)
		dissector_malformed(dissector, MALFORMED_LINK);
	else if (type > LENGTH_MAX)
		link_take_type(dissector, type, frame);
	else
		dissector->statistics.link_unknown++;
}

/* One attribute of NFLOG, whose numbers stand in the order of the machine that took the capture. */
static bool take_attribute(struct cursor *frame, uint16_t *type, struct cursor *value)
{
	const uint8_t *head = cursor_take(frame, 4);
	size_t length;

	if (!head)
		return false;
	/* The types are few: a first byte that is zero is the high one. */
	*type = (uint16_t)(head[2] ? head[2] | head[3] << 8 : head[3]);
	length = head[2] ? head[0] | (size_t)head[1] << 8 : (size_t)head[0] << 8 | head[1];
	if (length < 4)
		return false;
	*value = cursor_over(frame->at, length - 4);
	if (!cursor_skip(frame, length - 4))
		return false;
	cursor_skip(frame, -length & 3); /* padding, which the last has not always */
	return true;
}

/* LINKTYPE_NFLOG of tcpdump.org. */
static void take_nflog(struct dissector *dissector, struct cursor frame)
{
	struct cursor value;
	const uint8_t *address;
	uint16_t type;

	cursor_skip(&frame, 4); /* family, version, resource */
	while (take_attribute(&frame, &type, &value)) {
		if (type == NFLOG_PAYLOAD) {
			network_take_ip(dissector, value);
			return;
		}
		if (type != NFLOG_ADDRESS || cursor_be16(&value) != sizeof(struct mac))
			continue;
		cursor_skip(&value, NFLOG_ADDRESS_HEAD - 2);
		address = cursor_take(&value, sizeof(struct mac));
		if (address && !(address[0] & 1))
			memcpy(dissector->made.source.byte, address, sizeof(struct mac));
	}
	dissector_malformed(dissector, MALFORMED_LINK);
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
	case LINK_WIRELESS:
		wireless_take(dissector, bytes, (struct wireless_form){ .is_padded = false });
		return;
	case LINK_RADIOTAP:
		wireless_take_radiotap(dissector, bytes);
		return;
	case LINK_PPI:
		wireless_take_ppi(dissector, bytes);
		return;
	case LINK_SERIAL:
		take_serial(dissector, bytes);
		return;
	case LINK_NFLOG:
		take_nflog(dissector, bytes);
		return;
	case LINK_OTHER:
		break;
	}
	dissector->statistics.link_unknown++;
}
