/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IEEE 802.2 and its SNAP: what follows a length on Ethernet, and every header of IEEE 802.11. */
#include "controller/sensor/dissect/dissector_internal.h"

#define UNNUMBERED 0x03 /* the control field of all that is read here */

/* Pairs of service access points: the destination's, the source's. */
enum access_points {
	POINTS_IP = 0x0606,
	POINTS_SPANNING_TREE = 0x4242,
	POINTS_SNAP = 0xaaaa,
	POINTS_NETWARE = 0xe0e0,
	POINTS_NETWARE_RAW = 0xffff, /* no LLC at all: IPX begins with a checksum that is not made */
};

static void take_snap(struct dissector *dissector, struct cursor payload)
{
	struct link_name name = { .access_point = 0 };

	name.organisation = (uint32_t)cursor_u8(&payload) << 16;
	name.organisation |= cursor_be16(&payload);
	name.type = cursor_be16(&payload);
	if (payload.failed)
		dissector_malformed(dissector, MALFORMED_LINK);
	else if (name.organisation == 0)
		link_take_type(dissector, name.type, payload);
	else
		link_ask(dissector, &name, &payload);
}

void llc_take(struct dissector *dissector, struct cursor payload)
{
	const struct cursor whole = payload;
	uint16_t points = cursor_be16(&payload);
	uint8_t control = cursor_u8(&payload);

	if (payload.failed) {
		dissector_malformed(dissector, MALFORMED_LINK);
		return;
	}
	if (points == POINTS_NETWARE_RAW) {
		link_take_type(dissector, ETHERTYPE_IPX, whole);
		return;
	}
	if (points == POINTS_SPANNING_TREE) /* of the network, not of what hangs on it */
		return;
	if (control != UNNUMBERED || points >> 8 != (points & 0xff)) {
		dissector->statistics.link_unknown++;
		return;
	}
	switch (points) {
	case POINTS_IP:
		network_take_ip(dissector, payload);
		break;
	case POINTS_SNAP:
		take_snap(dissector, payload);
		break;
	case POINTS_NETWARE:
		link_take_type(dissector, ETHERTYPE_IPX, payload);
		break;
	default:
		link_ask(dissector, &(struct link_name){ .access_point = (uint8_t)points }, &payload);
		break;
	}
}
