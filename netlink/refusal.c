/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <netinet/in.h>

#include <errno.h>

#include "netlink/nflog.h"
#include "policy/base/cursor.h"

#define EXTENSION_HEADERS_MAX 16 /* a chain of more is not followed: the packet counts without ports */

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_UDPLITE ||
	       protocol == IPPROTO_SCTP || protocol == IPPROTO_DCCP;
}

/* What is cut off reads as zero. */
static void parse_transport(struct cursor *cursor, struct refusal *refusal)
{
	if (refusal->protocol == IPPROTO_ICMP || refusal->protocol == IPPROTO_ICMPV6) {
		refusal->destination_port = cursor_be16(cursor);
		return;
	}
	if (!has_ports(refusal->protocol))
		return;
	refusal->source_port = cursor_be16(cursor);
	refusal->destination_port = cursor_be16(cursor);
	/* RFC 9293 section 3.1: the flags are byte 13. */
	if (refusal->protocol == IPPROTO_TCP && cursor_skip(cursor, 9))
		refusal->tcp_flags = cursor_u8(cursor);
}

/* RFC 791 section 3.1. */
static int parse_ipv4(struct cursor *cursor, struct refusal *refusal)
{
	unsigned int header_length = (cursor_u8(cursor) & 0x0fU) * 4;
	uint16_t fragment;
	const uint8_t *source;
	const uint8_t *destination;

	cursor_skip(cursor, 5);
	fragment = cursor_be16(cursor);
	cursor_skip(cursor, 1);
	refusal->protocol = cursor_u8(cursor);
	cursor_skip(cursor, 2);
	source = cursor_take(cursor, 4);
	destination = cursor_take(cursor, 4);
	if (!source || !destination || header_length < 20)
		return -EBADMSG;
	refusal->source = address_v4(source);
	refusal->destination = address_v4(destination);
	if ((fragment & 0x1fff) == 0 && cursor_skip(cursor, header_length - 20))
		parse_transport(cursor, refusal);
	return 0;
}

static bool is_extension(uint8_t next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_DSTOPTS ||
	       next == IPPROTO_FRAGMENT || next == IPPROTO_AH;
}

/* RFC 8200 section 4, RFC 4302 section 2.2; false where the transport header is not in this packet. */
static bool skip_extensions(struct cursor *cursor, uint8_t *protocol)
{
	for (unsigned int i = 0; is_extension(*protocol); i++) {
		uint8_t type = *protocol;
		uint8_t next = cursor_u8(cursor);
		uint8_t length = cursor_u8(cursor);

		if (cursor->failed || i == EXTENSION_HEADERS_MAX)
			return false;
		*protocol = next;
		if (type == IPPROTO_FRAGMENT) {
			bool first = (cursor_be16(cursor) & 0xfff8) == 0;

			if (!cursor_skip(cursor, 4) || !first)
				return false;
		} else if (!cursor_skip(cursor, type == IPPROTO_AH ? (length + 2U) * 4 - 2 : length * 8U + 6)) {
			return false;
		}
	}
	return true;
}

static int parse_ipv6(struct cursor *cursor, struct refusal *refusal)
{
	const uint8_t *source;
	const uint8_t *destination;

	cursor_skip(cursor, 6);
	refusal->protocol = cursor_u8(cursor);
	cursor_skip(cursor, 1);
	source = cursor_take(cursor, 16);
	destination = cursor_take(cursor, 16);
	if (!source || !destination)
		return -EBADMSG;
	refusal->source = address_v6(source);
	refusal->destination = address_v6(destination);
	if (skip_extensions(cursor, &refusal->protocol))
		parse_transport(cursor, refusal);
	return 0;
}

int nflog_parse_packet(const uint8_t *packet, size_t length, struct refusal *refusal)
{
	struct cursor cursor = cursor_over(packet, length);
	struct refusal parsed = *refusal;
	int rc = -EBADMSG;

	parsed.source_port = 0;
	parsed.destination_port = 0;
	parsed.tcp_flags = 0;
	if (length > 0 && packet[0] >> 4 == 4)
		rc = parse_ipv4(&cursor, &parsed);
	else if (length > 0 && packet[0] >> 4 == 6)
		rc = parse_ipv6(&cursor, &parsed);
	if (rc == 0)
		*refusal = parsed;
	return rc;
}
