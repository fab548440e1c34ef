/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP's header, RFC 9293 section 3.1. */
#include "controller/sensor/dissect/dissector_internal.h"

#define TCP_HEADER 20
#define FLAG_SYN   0x02
#define FLAG_ACK   0x10

/*
 * The IP header and all behind it, for the decoder of what a stack puts there.
 * shape: the sender's MSS, 0 where it tells none.
 */
static uint16_t ask_opening(struct dissector *dissector, const struct flow_packet *packet)
{
	size_t count;
	const struct network_protocol *protocols = protocols_network(&count);
	struct datagram datagram = { .bytes = dissector->packet,
		                     .length = (size_t)(dissector->packet_end - dissector->packet),
		                     .conversation = &dissector->made.conversation,
		                     .source = &dissector->made.source,
		                     .is_group = dissector->is_group,
		                     .peer_segment_max = packet->flow->side[!packet->sender].segment_max };

	for (size_t i = 0; i < count; i++)
		if (protocols[i].number == NUMBER_TCP)
			dissector_ask(dissector, protocols[i].protocol, protocols[i].decode, &datagram);
	return (uint16_t)fields_number(&dissector->made.fields, FIELD_TCP_SEGMENT_MAX, 0);
}

void segment_take(struct dissector *dissector, struct cursor packet)
{
	struct conversation *conversation = &dissector->made.conversation;
	const uint8_t *header = packet.at;
	struct segment segment;
	struct flow_packet flow;
	size_t header_length;
	uint16_t segment_max = 0;

	if (cursor_left(&packet) < TCP_HEADER) {
		dissector_malformed(dissector, MALFORMED_TCP);
		return;
	}
	conversation->source_port = cursor_be16(&packet);
	conversation->destination_port = cursor_be16(&packet);
	segment.sequence = cursor_be32(&packet);
	segment.acknowledged = cursor_be32(&packet);
	header_length = (header[12] >> 4) * 4UL;
	segment.flags = header[13];
	if (header_length < TCP_HEADER || header + header_length > packet.end) {
		dissector_malformed(dissector, MALFORMED_TCP);
		return;
	}
	segment.payload = header + header_length;
	segment.length = (size_t)(packet.end - segment.payload);
	flow = dissector_flow(dissector, (segment.flags & (FLAG_SYN | FLAG_ACK)) == FLAG_SYN,
	                      (segment.flags & (FLAG_SYN | FLAG_ACK)) == (FLAG_SYN | FLAG_ACK));
	if (segment.flags & FLAG_SYN)
		segment_max = ask_opening(dissector, &flow);
	streams_take(dissector, &flow, &segment);
	if (segment_max) /* behind what begins the direction anew */
		flow.flow->side[flow.sender].segment_max = segment_max;
	if (segment.length > 0)
		dissector_recognise(dissector, &flow);
}
