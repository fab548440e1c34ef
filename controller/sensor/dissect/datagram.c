/* SPDX-License-Identifier: GPL-3.0-or-later */
/* UDP (RFC 768), and which decoder is asked about it. */
#include <errno.h>

#include "controller/sensor/decode/dhcp4.h"
#include "controller/sensor/dissect/dissector_internal.h"

#define UDP_HEADER       8
#define PORT_DHCP_SERVER 67
#define PORT_DHCP_CLIENT 68
#define REFUSALS_MAX     8 /* datagrams of a flow that the decoders without ports are asked about */

static void take_dhcp4(struct dissector *dissector, const struct cursor *payload)
{
	struct datagram datagram = { .bytes = payload->at,
		                     .length = cursor_left(payload),
		                     .conversation = &dissector->made.conversation,
		                     .source = &dissector->made.source,
		                     .is_group = dissector->is_group };
	enum malformed_reason reason = MALFORMED_DHCP_SHORT;
	int result = dhcp4_decode(payload->at, cursor_left(payload), &dissector->made.dhcp4, &reason);

	if (result > 0)
		dissector_give(dissector, OBSERVATION_DHCP4, PROTOCOL_DHCP4);
	else if (result < 0)
		dissector_malformed(dissector, reason);
	if (result == 0 || (result < 0 && (reason == MALFORMED_DHCP_HARDWARE || reason == MALFORMED_DHCP_COOKIE)))
		dissector_ask(dissector, PROTOCOL_DHCP4, dhcp4_decode_other, &datagram);
}

/* A datagram on its way to its decoder. */
struct asking {
	struct dissector *dissector;
	const struct flow_packet *packet;
	struct stream_side *side;
	struct datagram datagram;
};

/* Asks decoder ${index}; what it kept of earlier datagrams is shown to it alone. shape: false where it refuses. */
static bool ask_one(struct asking *asking, unsigned int index)
{
	struct dissector *dissector = asking->dissector;
	const struct datagram_protocol *protocol = &dissector->datagram_protocols[index];
	struct datagram datagram = asking->datagram;
	struct stream_side *side = asking->side;
	int result;

	if (side->gather && side->decoder == index + 1)
		datagram.earlier = streams_kept(dissector, side, &datagram.earlier_length);
	result = dissector_ask(dissector, protocol->protocol, protocol->decode, &datagram);
	if (result == -EAGAIN) {
		if (side->gather && side->decoder != index + 1)
			streams_drop(dissector, side);
		side->decoder = (uint8_t)(index + 1);
		streams_keep_datagram(dissector, asking->packet, &datagram);
	} else if (datagram.earlier) {
		streams_drop(dissector, side);
	}
	return result != 0;
}

/* Asks the decoders whose bits stand in ${wanted}. */
static bool ask_those(struct asking *asking, uint32_t wanted)
{
	while (wanted) {
		if (ask_one(asking, (unsigned int)__builtin_ctz(wanted)))
			return true;
		wanted &= wanted - 1;
	}
	return false;
}

/* What is a protocol of its own needs no other name; but over QUIC there are many applications. */
static void recognise_taken(struct dissector *dissector, const struct flow_packet *packet)
{
	if (dissector->made.protocol == PROTOCOL_QUIC)
		dissector_recognise_name(dissector, packet);
	if (dissector->made.protocol != PROTOCOL_NONE)
		packet->flow->is_recognised = true;
}

static void ask_decoders(struct dissector *dissector, const struct flow_packet *packet, const struct cursor *payload)
{
	const struct conversation *conversation = &dissector->made.conversation;
	uint32_t wanted = dissector->datagrams_of[dissector->datagrams_by_port[conversation->source_port]] |
	                  dissector->datagrams_of[dissector->datagrams_by_port[conversation->destination_port]];
	struct asking asking = { .dissector = dissector,
		                 .packet = packet,
		                 .side = &packet->flow->side[packet->sender],
		                 .datagram = { .bytes = payload->at,
		                               .length = cursor_left(payload),
		                               .conversation = conversation,
		                               .source = &dissector->made.source,
		                               .is_group = dissector->is_group,
		                               .memory = packet->flow->side[packet->sender].datagram_memory } };
	bool is_taken = wanted && ask_those(&asking, wanted);

	if (!is_taken && asking.side->refusals < REFUSALS_MAX) {
		is_taken = ask_those(&asking, dissector->datagrams_any_port);
		asking.side->refusals += !is_taken;
	}
	if (is_taken)
		recognise_taken(dissector, packet);
	else if (asking.datagram.length > 0)
		dissector_recognise(dissector, packet);
}

void datagram_take(struct dissector *dissector, struct cursor packet)
{
	struct conversation *conversation = &dissector->made.conversation;
	struct flow_packet flow;
	uint16_t length;

	conversation->source_port = cursor_be16(&packet);
	conversation->destination_port = cursor_be16(&packet);
	length = cursor_be16(&packet);
	cursor_skip(&packet,
	            2); /* a checksum may be left to the network adapter: a frame on its way out has none yet */
	if (dissector->is_cut || packet.failed) { /* half a message may say another thing than the whole */
		dissector_malformed(dissector, dissector->is_cut ? dissector->cut : MALFORMED_UDP_SHORT);
		return;
	}
	if (length < UDP_HEADER || length - UDP_HEADER > (int)cursor_left(&packet)) {
		dissector_malformed(dissector, MALFORMED_UDP_LENGTH);
		return;
	}
	packet = cursor_over(packet.at, (size_t)(length - UDP_HEADER));
	/* Before all else, as a device waits for its address. Relays and odd servers choose their own source port. */
	if (conversation->destination_port == PORT_DHCP_SERVER || conversation->destination_port == PORT_DHCP_CLIENT) {
		if (dissector->options.report_flows)
			dissector_flow(dissector, false, false);
		take_dhcp4(dissector, &packet);
		return;
	}
	if (tunnel_take_datagram(dissector, packet))
		return;
	flow = dissector_flow(dissector, false, false);
	ask_decoders(dissector, &flow, &packet);
}
