/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/frame.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/arp.h"
#include "controller/sensor/decode/dhcp4.h"
#include "policy/base/cursor.h"

#define ETHERTYPE_IPV4   0x0800
#define ETHERTYPE_ARP    0x0806
#define ETHERTYPE_8021Q  0x8100
#define ETHERTYPE_8021AD 0x88a8
#define VLAN_ID_MASK     0x0fff
#define VLAN_TAGS_MAX    2

#define IPV4_HEADER_MIN    20
#define IPV4_MORE_OR_LATER 0x3fff /* MF and the fragment offset; RFC 791 section 3.1 */
#define PROTOCOL_UDP       17
#define UDP_HEADER         8
#define PORT_DHCP_SERVER   67
#define PORT_DHCP_CLIENT   68

static int refuse(enum malformed_reason *reason, enum malformed_reason why)
{
	*reason = why;
	return -EBADMSG;
}

/* Passes over the tags and leaves ${frame} at the payload, of the EtherType at ${type}. */
static int read_tags(struct cursor *frame, uint16_t *vlan, uint16_t *type, enum malformed_reason *reason)
{
	unsigned int tags = 0;

	*type = cursor_be16(frame);
	while (*type == ETHERTYPE_8021Q || *type == ETHERTYPE_8021AD) {
		uint16_t id = cursor_be16(frame) & VLAN_ID_MASK;

		if (++tags > VLAN_TAGS_MAX)
			return refuse(reason, MALFORMED_VLAN_DEPTH);
		if (*vlan == 0)
			*vlan = id;
		*type = cursor_be16(frame);
	}
	return frame->failed ? refuse(reason, MALFORMED_ETHERNET_SHORT) : 0;
}

/* Narrows ${frame} to the UDP datagram in the IPv4 packet at its head: 1, or 0 for another protocol. */
static int read_ipv4(struct cursor *frame, enum malformed_reason *reason)
{
	size_t available = cursor_left(frame);
	struct cursor header = *frame;
	uint8_t version_length = cursor_u8(&header);
	size_t header_length = (version_length & 0x0fU) * 4UL;
	size_t total_length;
	uint16_t fragment;
	uint8_t protocol;

	cursor_skip(&header, 1); /* type of service */
	total_length = cursor_be16(&header);
	cursor_skip(&header, 2); /* identification */
	fragment = cursor_be16(&header);
	cursor_skip(&header, 1); /* time to live */
	protocol = cursor_u8(&header);
	if (header.failed || available < IPV4_HEADER_MIN)
		return refuse(reason, MALFORMED_IP_SHORT);
	if (version_length >> 4 != 4)
		return refuse(reason, MALFORMED_IP_VERSION);
	if (header_length < IPV4_HEADER_MIN)
		return refuse(reason, MALFORMED_IP_HEADER_LENGTH);
	if (available < header_length)
		return refuse(reason, MALFORMED_IP_SHORT);
	if (total_length < header_length || total_length > available)
		return refuse(reason, MALFORMED_IP_LENGTH);
	if (protocol != PROTOCOL_UDP)
		return 0;
	if (fragment & IPV4_MORE_OR_LATER)
		return refuse(reason, MALFORMED_IP_FRAGMENT);
	cursor_skip(frame, header_length);
	*frame = cursor_over(frame->at, total_length - header_length); /* leaves Ethernet's padding off */
	return 1;
}

/* Narrows ${frame} to the payload of a datagram to one of the DHCPv4 ports: 1, or 0 for another port. */
static int read_udp(struct cursor *frame, enum malformed_reason *reason)
{
	uint16_t destination, length;

	cursor_skip(frame, 2); /* source port: relays and odd servers choose their own */
	destination = cursor_be16(frame);
	length = cursor_be16(frame);
	cursor_skip(frame, 2); /* checksum */
	if (frame->failed)
		return refuse(reason, MALFORMED_UDP_SHORT);
	if (destination != PORT_DHCP_SERVER && destination != PORT_DHCP_CLIENT)
		return 0;
	if (length < UDP_HEADER || length - UDP_HEADER > (int)cursor_left(frame))
		return refuse(reason, MALFORMED_UDP_LENGTH);
	*frame = cursor_over(frame->at, (size_t)(length - UDP_HEADER));
	return 1;
}

static int decode_ipv4(struct cursor *frame, struct observation *made, enum malformed_reason *reason)
{
	int result = read_ipv4(frame, reason);

	if (result > 0)
		result = read_udp(frame, reason);
	if (result > 0)
		result = dhcp4_decode(frame->at, cursor_left(frame), &made->dhcp4, reason);
	made->type = OBSERVATION_DHCP4;
	made->protocol = PROTOCOL_DHCP4;
	return result;
}

int frame_decode(const uint8_t *frame, size_t length, const struct frame_meta *meta, struct observation *observation,
                 enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(frame, length);
	struct observation made = { .outgoing = meta->outgoing,
		                    .vlan = meta->vlan,
		                    .ifindex = meta->ifindex,
		                    .captured_ns = meta->captured_ns };
	const uint8_t *source;
	uint16_t type;
	int result;

	cursor_skip(&cursor, sizeof(struct mac)); /* destination */
	source = cursor_take(&cursor, sizeof(struct mac));
	if (!source)
		return refuse(reason, MALFORMED_ETHERNET_SHORT);
	memcpy(made.source.byte, source, sizeof(struct mac));
	result = read_tags(&cursor, &made.vlan, &type, reason);
	if (result < 0)
		return result;
	if (type != ETHERTYPE_IPV4 && type != ETHERTYPE_ARP)
		return 0;
	if (!mac_is_device(&made.source))
		return refuse(reason, MALFORMED_ETHERNET_SOURCE);
	if (type == ETHERTYPE_IPV4) {
		result = decode_ipv4(&cursor, &made, reason);
	} else {
		made.type = OBSERVATION_ARP;
		made.protocol = PROTOCOL_ARP;
		result = arp_decode(cursor.at, cursor_left(&cursor), &made.arp, reason);
	}
	if (result > 0)
		*observation = made;
	return result;
}
