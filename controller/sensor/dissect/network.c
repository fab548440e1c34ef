/* SPDX-License-Identifier: GPL-3.0-or-later */
/* IPv4 (RFC 791) and IPv6 (RFC 8200) with its extension headers, and what stands on them. */
#include <string.h>

#include "controller/sensor/dissect/dissector_internal.h"

#define IPV4_HEADER_MIN    20
#define IPV6_HEADER        40
#define IPV4_DONT_FRAGMENT 0x4000
#define MORE_FRAGMENTS     0x2000
#define FRAGMENT_OFFSET    0x1fff
#define MORE_FRAGMENTS_V6  0x0001
#define FRAGMENT_OFF_V6    0xfff8

#define HEADER_HOPS           0
#define HEADER_ROUTING        43
#define HEADER_FRAGMENT       44
#define HEADER_AUTHENTICATION 51
#define HEADER_DESTINATION    60
#define HEADER_MOBILITY       135
#define HEADER_HOST_IDENTITY  139
#define HEADER_SHIM           140

static void set_cut(struct dissector *dissector, enum malformed_reason reason)
{
	dissector->is_cut = true;
	dissector->cut = reason;
}

static void ask_network(struct dissector *dissector, uint8_t number, const struct cursor *payload)
{
	size_t count;
	const struct network_protocol *protocols = protocols_network(&count);
	struct datagram datagram = { .bytes = payload->at,
		                     .length = cursor_left(payload),
		                     .conversation = &dissector->made.conversation,
		                     .source = &dissector->made.source,
		                     .is_group = dissector->is_group };

	for (size_t i = 0; i < count; i++)
		if (protocols[i].number == number &&
		    dissector_ask(dissector, protocols[i].protocol, protocols[i].decode, &datagram))
			return;
}

/* Of ICMP the type is the port of the sender; an answer to an echo belongs to the flow of its request. */
static void take_icmp(struct dissector *dissector, uint8_t number, const struct cursor *payload)
{
	if (cursor_left(payload) < 4) {
		dissector_malformed(dissector, number == NUMBER_ICMP ? MALFORMED_IP_SHORT : MALFORMED_ND);
		return;
	}
	dissector->made.conversation.source_port = payload->at[0];
	dissector_flow(dissector, false, false);
	ask_network(dissector, number, payload);
}

/* What stands on IP, ${payload} as ${number} says. */
static void take_payload(struct dissector *dissector, uint8_t number, struct cursor payload)
{
	dissector->made.conversation.protocol = number;
	dissector->made.conversation.source_port = 0;
	dissector->made.conversation.destination_port = 0;
	dissector->made.conversation.from_server = 0;
	dissector->packet_end = payload.end;
	switch (number) {
	case NUMBER_TCP:
		segment_take(dissector, payload);
		break;
	case NUMBER_UDP:
		datagram_take(dissector, payload);
		break;
	case NUMBER_ICMP:
	case NUMBER_ICMPV6:
		take_icmp(dissector, number, &payload);
		break;
	case NUMBER_IPV4:
	case NUMBER_IPV6:
		if (dissector_enter(dissector))
			network_take_ip(dissector, payload);
		break;
	case NUMBER_GRE:
		tunnel_take_gre(dissector, payload);
		break;
	default:
		dissector_flow(dissector, false, false);
		ask_network(dissector, number, &payload);
		break;
	}
}

static void set_conversation(struct dissector *dissector, const struct address *source,
                             const struct address *destination, uint8_t hops)
{
	struct conversation *conversation = &dissector->made.conversation;

	conversation->source = *source;
	conversation->destination = *destination;
	conversation->hops = hops;
}

/* What is put together: what decoders read messages of. RFC 6980: Neighbor Discovery is never in pieces. */
static bool is_joined(uint8_t number)
{
	return number == NUMBER_UDP || number == NUMBER_TCP;
}

/* The header that is in front of the whole packet: as it would have been sent in one piece. */
static void mend_header(const struct fragment_whole *whole)
{
	uint8_t *header = whole->packet;

	if (header[0] >> 4 == 4) {
		header[2] = (uint8_t)(whole->length >> 8);
		header[3] = (uint8_t)whole->length;
		header[6] &= IPV4_DONT_FRAGMENT >> 8;
		header[7] = 0;
	} else {
		size_t length = whole->length - IPV6_HEADER;

		header[4] = (uint8_t)(length >> 8);
		header[5] = (uint8_t)length;
	}
}

/* Keeps ${fragment} with the others of its packet, and reads that once they are all there. */
static void join(struct dissector *dissector, struct fragment *fragment)
{
	struct dissector_statistics *statistics = &dissector->statistics;
	struct fragment_whole whole;

	fragment->source = dissector->made.conversation.source;
	fragment->destination = dissector->made.conversation.destination;
	fragment->station = dissector->made.source;
	/* All but the last are of eights. */
	if (!fragment->is_last && fragment->length % 8 != 0) {
		dissector_malformed(dissector, MALFORMED_IP_FRAGMENT);
		return;
	}
	switch (fragments_take(dissector->fragments, fragment, dissector->now_s, &whole,
	                       &statistics->fragments_evicted)) {
	case FRAGMENT_KEPT:
		return;
	case FRAGMENT_SPOILT:
	case FRAGMENT_LOST:
		dissector_malformed(dissector, MALFORMED_IP_FRAGMENT);
		return;
	case FRAGMENT_WHOLE:
		break;
	}
	statistics->fragments_joined++;
	mend_header(&whole);
	if (dissector_enter(dissector))
		network_take_ip(dissector, cursor_over(whole.packet, whole.length));
	fragments_return(dissector->fragments, &whole);
}

/* A fragment of IPv4 of ${length} bytes that is not cut. */
static void join_ipv4(struct dissector *dissector, const uint8_t *header, size_t header_length, size_t length)
{
	unsigned int place = (unsigned int)header[6] << 8 | header[7];
	struct fragment fragment = { .identification = (uint32_t)header[4] << 8 | header[5],
		                     .protocol = header[9],
		                     .is_last = !(place & MORE_FRAGMENTS),
		                     .offset = (place & FRAGMENT_OFFSET) * 8,
		                     .header = header,
		                     .header_length = header_length,
		                     .bytes = header + header_length,
		                     .length = length - header_length };

	join(dissector, &fragment);
}

/* ${payload} behind the ${extension}, IPv6's fragment header; what stood before that is left off. */
static void join_ipv6(struct dissector *dissector, const uint8_t *extension, const struct cursor *payload)
{
	unsigned int place = (unsigned int)extension[2] << 8 | extension[3];
	uint8_t header[IPV6_HEADER];
	struct fragment fragment = { .identification = (uint32_t)extension[4] << 24 | (uint32_t)extension[5] << 16 |
		                                       (uint32_t)extension[6] << 8 | extension[7],
		                     .protocol = extension[0],
		                     .is_last = !(place & MORE_FRAGMENTS_V6),
		                     .offset = place & FRAGMENT_OFF_V6,
		                     .header = header,
		                     .header_length = sizeof(header),
		                     .bytes = payload->at,
		                     .length = cursor_left(payload) };

	memcpy(header, dissector->packet, sizeof(header));
	header[6] = extension[0];
	join(dissector, &fragment);
}

/* Whether an IPv4 header of ${header_length} and ${total_length} bytes fits the ${available}; counts why not. */
static bool ipv4_holds(struct dissector *dissector, uint8_t version, size_t header_length, size_t total_length,
                       size_t available)
{
	if (version != 4)
		dissector_malformed(dissector, MALFORMED_IP_VERSION);
	else if (header_length < IPV4_HEADER_MIN)
		dissector_malformed(dissector, MALFORMED_IP_HEADER_LENGTH);
	else if (available < header_length)
		dissector_malformed(dissector, MALFORMED_IP_SHORT);
	else if (total_length < header_length)
		dissector_malformed(dissector, MALFORMED_IP_LENGTH);
	else
		return true;
	return false;
}

void network_take_ipv4(struct dissector *dissector, struct cursor packet)
{
	size_t available = cursor_left(&packet);
	const uint8_t *header = packet.at;
	size_t header_length, total_length;
	struct address source, destination;
	unsigned int fragment;

	if (available < IPV4_HEADER_MIN) {
		dissector_malformed(dissector, MALFORMED_IP_SHORT);
		return;
	}
	header_length = (header[0] & 0x0fU) * 4UL;
	total_length = (size_t)header[2] << 8 | header[3];
	if (total_length == 0) /* left to the network adapter to fill in: as much as there is */
		total_length = available;
	if (!ipv4_holds(dissector, header[0] >> 4, header_length, total_length, available))
		return;
	if (total_length > available) { /* the capture kept less than there was */
		set_cut(dissector, MALFORMED_IP_LENGTH);
		total_length = available;
	}
	source = address_v4(header + 12);
	destination = address_v4(header + 16);
	set_conversation(dissector, &source, &destination, header[8]);
	dissector->is_group |= header[16] >= 224; /* RFC 1112; and 255.255.255.255 */
	dissector->packet = header;
	fragment = (unsigned int)header[6] << 8 | header[7];
	if (fragment & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) {
		dissector->statistics.fragments++;
		if (is_joined(header[9]) && !dissector->is_cut) {
			join_ipv4(dissector, header, header_length, total_length);
			return;
		}
		if (fragment & FRAGMENT_OFFSET) {
			dissector_malformed(dissector, MALFORMED_IP_FRAGMENT);
			return;
		}
		set_cut(dissector, MALFORMED_IP_FRAGMENT);
	}
	take_payload(dissector, header[9], cursor_over(header + header_length, total_length - header_length));
}

/* Passes over the extension header ${next} at ${packet}: false where it is none, or the packet ends here. */
static bool pass_extension(struct dissector *dissector, struct cursor *packet, uint8_t *next, bool *ends)
{
	struct cursor header = *packet;
	uint8_t following = cursor_u8(&header);
	uint8_t length = cursor_u8(&header);
	uint16_t fragment = cursor_be16(&header);

	switch (*next) {
	case HEADER_HOPS:
	case HEADER_ROUTING:
	case HEADER_DESTINATION:
	case HEADER_MOBILITY:
	case HEADER_HOST_IDENTITY:
	case HEADER_SHIM:
		cursor_skip(packet, (length + 1UL) * 8);
		break;
	case HEADER_AUTHENTICATION:
		cursor_skip(packet, (length + 2UL) * 4);
		break;
	case HEADER_FRAGMENT:
		if (cursor_skip(packet, 8) && fragment & (MORE_FRAGMENTS_V6 | FRAGMENT_OFF_V6)) {
			dissector->statistics.fragments++;
			*ends = fragment & FRAGMENT_OFF_V6;
			if (is_joined(following) && !dissector->is_cut) {
				join_ipv6(dissector, packet->at - 8, packet);
				*ends = true;
			} else {
				set_cut(dissector, MALFORMED_IP_FRAGMENT);
			}
		}
		break;
	default:
		return false;
	}
	if (packet->failed)
		dissector_malformed(dissector, MALFORMED_IP6);
	*ends |= packet->failed;
	*next = following;
	return !*ends;
}

void network_take_ipv6(struct dissector *dissector, struct cursor packet)
{
	const uint8_t *header = packet.at;
	struct address source, destination;
	bool ends = false;
	size_t length;
	uint8_t next;

	if (!cursor_take(&packet, IPV6_HEADER) || header[0] >> 4 != 6) {
		dissector_malformed(dissector, MALFORMED_IP6);
		return;
	}
	length = (size_t)header[4] << 8 | header[5];
	next = header[6];
	if (length > cursor_left(&packet))
		set_cut(dissector, MALFORMED_IP6);
	else if (length > 0) /* else a jumbogram, or left to the network adapter */
		packet = cursor_over(packet.at, length);
	source = address_v6(header + 8);
	destination = address_v6(header + 24);
	set_conversation(dissector, &source, &destination, header[7]);
	dissector->is_group |= header[24] == 0xff;
	dissector->packet = header;
	while (pass_extension(dissector, &packet, &next, &ends))
		continue;
	if (!ends)
		take_payload(dissector, next, packet);
}

void network_take_ip(struct dissector *dissector, struct cursor packet)
{
	if (cursor_left(&packet) == 0)
		dissector_malformed(dissector, MALFORMED_IP_SHORT);
	else if (packet.at[0] >> 4 == 6)
		network_take_ipv6(dissector, packet);
	else
		network_take_ipv4(dissector, packet);
}
