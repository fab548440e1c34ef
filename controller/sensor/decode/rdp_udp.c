/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/rdp_udp.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/tls.h"
#include "policy/base/cursor.h"

#define PACKET_MAX  2048
#define HEAD_MAX    48   /* all that may stand before the data, and more */
#define PREFIX_AT   7    /* where the sender puts the first byte, and the first takes its place */
#define PREFIX_TYPE 0x1e /* of the first byte: 0, a packet with data; 8, of nothing but filling */

/* The header's flags, little-endian, with the size of the window above them. */
enum flag {
	FLAG_ACK = 0x001,
	FLAG_DATA = 0x004,
	FLAG_VECTOR = 0x008,
	FLAG_ACK_OF_ACKS = 0x010,
	FLAG_OVERHEAD = 0x040,
	FLAG_DELAY = 0x100,
};

/* Passes over what stands between the header and the data, in its order. */
static void pass_payloads(struct cursor *cursor, unsigned int flags)
{
	if (flags & FLAG_ACK) {
		cursor_skip(cursor, 6);                       /* sequence number, two times */
		cursor_skip(cursor, cursor_u8(cursor) & 0xf); /* times of delayed ones */
	}
	if (flags & FLAG_OVERHEAD)
		cursor_skip(cursor, 1);
	if (flags & FLAG_DELAY)
		cursor_skip(cursor, 3);
	if (flags & FLAG_ACK_OF_ACKS)
		cursor_skip(cursor, 2);
	cursor_skip(cursor, 4); /* sequence numbers of the data, and in its channel */
}

int rdp_udp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	static const uint8_t record[] = { 22, 3 }; /* of TLS's handshake, RFC 8446 section 5.1 */
	static const uint32_t none;
	uint8_t packet[PACKET_MAX];
	uint32_t memory = 0;
	struct stream stream = { .is_start = true, .memory = &memory, .peer_memory = &none };
	struct cursor cursor;
	unsigned int flags;
	size_t taken;
	int result;

	if (datagram->length <= HEAD_MAX || datagram->length > PACKET_MAX)
		return 0;
	memcpy(packet, datagram->bytes, HEAD_MAX); /* the rest only of a hello: this is asked about every datagram */
	packet[0] = datagram->bytes[PREFIX_AT];
	packet[PREFIX_AT] = datagram->bytes[0];
	cursor = cursor_over(packet + 1, HEAD_MAX - 1);
	flags = cursor_u8(&cursor);
	flags |= (cursor_u8(&cursor) & 0xfU) << 8;
	if (packet[0] & PREFIX_TYPE || !(flags & FLAG_DATA) || flags & FLAG_VECTOR)
		return 0;
	pass_payloads(&cursor, flags);
	if (cursor_left(&cursor) < sizeof(record) || memcmp(cursor.at, record, sizeof(record)) != 0)
		return 0;
	memcpy(packet + HEAD_MAX, datagram->bytes + HEAD_MAX, datagram->length - HEAD_MAX);
	stream.bytes = cursor.at;
	stream.length = datagram->length - (size_t)(cursor.at - packet);
	result = tls_decode(&stream, &taken, fields, reason);
	return result == -EAGAIN ? 0 : result;
}
