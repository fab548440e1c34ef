/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What carries frames and packets of others: GRE, ERSPAN, MPLS, PPPoE, PPP, VXLAN, Geneve, GTP-U, Teredo, L2TP. */
#include "controller/sensor/dissect/dissector_internal.h"

/* GRE, RFC 2784 and RFC 2890; version 1, RFC 2637. */
#define GRE_CHECKSUM       0x8000
#define GRE_ROUTING        0x4000
#define GRE_KEY            0x2000
#define GRE_SEQUENCE       0x1000
#define GRE_ACKNOWLEDGMENT 0x0080
#define GRE_VERSION        0x0007
#define GRE_WCCP           0x883e /* redirected packets, draft-wilson-wrec-wccp-v2 */

#define ERSPAN2_HEADER   8
#define ERSPAN3_HEADER   12
#define ERSPAN3_PLATFORM 8

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281

/* VXLAN's first 32 bits. */
#define VXLAN_NETWORK   0x08000000U
#define VXLAN_HAS_NEXT  0x04000000U
#define VXLAN_FLOODED   0x02000000U
#define VXLAN_NEXT      0x000000ffU
#define VXLAN_HAS_GROUP 0x80000000U
#define VXLAN_GROUP     0x0048ffffU /* the group, and what was done about it */
#define VXLAN_IPV4      1
#define VXLAN_IPV6      2
#define VXLAN_ETHERNET  3

#define PORT_L2TP   1701
#define PORT_GTP_U  2152
#define PORT_TEREDO 3544
#define PORT_VXLAN  4789
#define PORT_GPE    4790
#define PORT_CAPWAP 5247
#define PORT_GENEVE 6081
#define PORT_OTV    8472 /* VXLAN before it had a port of its own */

void tunnel_take_ethernet(struct dissector *dissector, struct cursor frame)
{
	if (dissector_enter(dissector))
		link_take_ethernet(dissector, frame);
}

static void take_erspan3(struct dissector *dissector, struct cursor packet)
{
	const uint8_t *header = cursor_take(&packet, ERSPAN3_HEADER);

	if (header && header[ERSPAN3_HEADER - 1] & 1)
		cursor_skip(&packet, ERSPAN3_PLATFORM);
	tunnel_take_ethernet(dissector, packet);
}

static void take_wccp(struct dissector *dissector, struct cursor packet)
{
	if (cursor_left(&packet) > 4 && packet.at[0] >> 4 != 4)
		cursor_skip(&packet, 4); /* the redirect header of version 2 */
	link_take_type(dissector, ETHERTYPE_IPV4, packet);
}

void tunnel_take_gre(struct dissector *dissector, struct cursor packet)
{
	uint16_t flags = cursor_be16(&packet);
	uint16_t type = cursor_be16(&packet);
	unsigned int version = flags & GRE_VERSION;

	if (version == 0 && flags & GRE_CHECKSUM)
		cursor_skip(&packet, 4);
	if (flags & GRE_KEY)
		cursor_skip(&packet, 4);
	if (flags & GRE_SEQUENCE)
		cursor_skip(&packet, 4);
	if (version == 1 && flags & GRE_ACKNOWLEDGMENT)
		cursor_skip(&packet, 4);
	if (packet.failed || flags & GRE_ROUTING || version > 1) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	switch (type) {
	case ETHERTYPE_BRIDGED:
		tunnel_take_ethernet(dissector, packet);
		break;
	case ETHERTYPE_ERSPAN: /* type I has neither sequence nor header */
		if (flags & GRE_SEQUENCE)
			cursor_skip(&packet, ERSPAN2_HEADER);
		tunnel_take_ethernet(dissector, packet);
		break;
	case ETHERTYPE_ERSPAN3:
		take_erspan3(dissector, packet);
		break;
	case ETHERTYPE_PPP:
		if (cursor_left(&packet) > 0) /* else an acknowledgment alone */
			tunnel_take_ppp(dissector, packet);
		break;
	case GRE_WCCP:
		take_wccp(dissector, packet);
		break;
	default:
		link_take_type(dissector, type, packet);
		break;
	}
}

/* RFC 3032, and RFC 4448 for Ethernet behind a control word. What the label stands for is nowhere in the packet. */
void tunnel_take_mpls(struct dissector *dissector, struct cursor packet)
{
	const uint8_t *label;

	do
		label = cursor_take(&packet, 4);
	while (label && !(label[2] & 1));
	if (cursor_left(&packet) == 0) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	switch (packet.at[0] >> 4) {
	case 0:
		cursor_skip(&packet, 4);
		tunnel_take_ethernet(dissector, packet);
		break;
	case 4:
	case 6:
		network_take_ip(dissector, packet);
		break;
	default:
		dissector->statistics.link_unknown++;
		break;
	}
}

/* RFC 2516 section 4. */
void tunnel_take_pppoe(struct dissector *dissector, struct cursor packet)
{
	uint8_t version_type = cursor_u8(&packet);
	uint8_t code = cursor_u8(&packet);
	size_t length;

	cursor_skip(&packet, 2); /* session */
	length = cursor_be16(&packet);
	if (packet.failed || version_type != 0x11 || code != 0) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	if (length < cursor_left(&packet))
		packet = cursor_over(packet.at, length);
	tunnel_take_ppp(dissector, packet);
}

/* RFC 1661 section 2 and 6.5: a protocol field whose first byte is odd is one byte long. */
void tunnel_take_ppp(struct dissector *dissector, struct cursor packet)
{
	uint16_t protocol;

	if (!dissector_enter(dissector))
		return;
	if (cursor_left(&packet) > 2 && packet.at[0] == 0xff && packet.at[1] == 0x03)
		cursor_skip(&packet, 2);
	protocol = cursor_u8(&packet);
	if (!(protocol & 1))
		protocol = (uint16_t)(protocol << 8 | cursor_u8(&packet));
	if (packet.failed)
		dissector_malformed(dissector, MALFORMED_LINK);
	else if (protocol == PPP_IPV4)
		network_take_ipv4(dissector, packet);
	else if (protocol == PPP_IPV6)
		network_take_ipv6(dissector, packet);
	else if (protocol == PPP_MPLS)
		tunnel_take_mpls(dissector, packet);
	else
		dissector->statistics.link_unknown++;
}

/* RFC 7348 section 5; draft-ietf-nvo3-vxlan-gpe section 3; draft-smith-vxlan-group-policy section 2.1. */
static bool take_vxlan(struct dissector *dissector, struct cursor payload)
{
	uint32_t flags = cursor_be32(&payload);
	uint32_t network = cursor_be32(&payload);
	uint32_t next = VXLAN_ETHERNET, allowed = VXLAN_NETWORK;

	if (flags & VXLAN_HAS_NEXT) {
		next = flags & VXLAN_NEXT;
		allowed |= VXLAN_HAS_NEXT | VXLAN_FLOODED | VXLAN_NEXT;
	} else if (flags & VXLAN_HAS_GROUP) {
		allowed |= VXLAN_HAS_GROUP | VXLAN_GROUP;
	}
	if (payload.failed || !(flags & VXLAN_NETWORK) || flags & ~allowed || network & 0xff)
		return false;
	if (next == VXLAN_ETHERNET)
		tunnel_take_ethernet(dissector, payload);
	else if (next == VXLAN_IPV4 || next == VXLAN_IPV6)
		link_take_type(dissector, next == VXLAN_IPV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6, payload);
	else
		return false;
	return true;
}

/* RFC 8926 section 3.4. */
static bool take_geneve(struct dissector *dissector, struct cursor payload)
{
	uint8_t version_length = cursor_u8(&payload);
	uint16_t type;

	cursor_skip(&payload, 1);
	type = cursor_be16(&payload);
	cursor_skip(&payload, 4 + (version_length & 0x3fU) * 4UL);
	if (payload.failed || version_length >> 6 != 0)
		return false;
	if (type == ETHERTYPE_BRIDGED)
		tunnel_take_ethernet(dissector, payload);
	else
		link_take_type(dissector, type, payload);
	return true;
}

/* 3GPP TS 29.281 section 5.1. */
static bool take_gtp(struct dissector *dissector, struct cursor payload)
{
	uint8_t flags = cursor_u8(&payload);
	uint8_t message = cursor_u8(&payload);
	uint8_t next = 0;

	cursor_skip(&payload, 6); /* length, tunnel */
	if (flags >> 4 != 3 || message != 0xff)
		return false;
	if (flags & 7) {
		cursor_skip(&payload, 3); /* sequence, N-PDU */
		next = cursor_u8(&payload);
	}
	while (next && !payload.failed) {
		size_t length = cursor_u8(&payload) * 4UL;

		if (length == 0)
			return false;
		cursor_skip(&payload, length - 2);
		next = cursor_u8(&payload);
	}
	if (cursor_left(&payload) == 0)
		return false;
	if (dissector_enter(dissector))
		network_take_ip(dissector, payload);
	return true;
}

/* RFC 4380 section 5.1.1: authentication and origin before the packet, both recognised by their first bytes. */
static bool take_teredo(struct dissector *dissector, struct cursor payload)
{
	if (cursor_left(&payload) > 4 && payload.at[0] == 0 && payload.at[1] == 1)
		cursor_skip(&payload, 13UL + payload.at[2] + payload.at[3]);
	if (cursor_left(&payload) > 8 && payload.at[0] == 0 && payload.at[1] == 0)
		cursor_skip(&payload, 8);
	if (cursor_left(&payload) < 40 || payload.at[0] >> 4 != 6)
		return false;
	if (dissector_enter(dissector))
		network_take_ipv6(dissector, payload);
	return true;
}

/* RFC 2661 section 3.1: data messages alone. */
static bool take_l2tp(struct dissector *dissector, struct cursor payload)
{
	uint16_t flags = cursor_be16(&payload);

	if (payload.failed || flags & 0x8000 || (flags & 0x000f) != 2)
		return false;
	if (flags & 0x4000)
		cursor_skip(&payload, 2); /* length */
	cursor_skip(&payload, 4);         /* tunnel, session */
	if (flags & 0x0800)
		cursor_skip(&payload, 4); /* sequence numbers */
	if (flags & 0x0200)
		cursor_skip(&payload, cursor_be16(&payload));
	if (payload.failed)
		return false;
	tunnel_take_ppp(dissector, payload);
	return true;
}

bool tunnel_take_datagram(struct dissector *dissector, struct cursor payload)
{
	const uint16_t ports[2] = { dissector->made.conversation.destination_port,
		                    dissector->made.conversation.source_port };

	for (size_t i = 0; i < 2; i++)
		switch (ports[i]) {
		case PORT_VXLAN:
		case PORT_GPE:
		case PORT_OTV:
			return take_vxlan(dissector, payload);
		case PORT_CAPWAP:
			return wireless_take_capwap(dissector, payload);
		case PORT_GENEVE:
			return take_geneve(dissector, payload);
		case PORT_GTP_U:
			return take_gtp(dissector, payload);
		case PORT_TEREDO:
			return take_teredo(dissector, payload);
		case PORT_L2TP:
			return take_l2tp(dissector, payload);
		default:
			break;
		}
	return false;
}
