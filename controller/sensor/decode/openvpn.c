/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/openvpn.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/tls.h"
#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define SESSION_BYTES 8
#define ACKS_MAX      8
#define STAMP_BYTES   8    /* behind a signature: the packet's number and its time */
#define PACKET_MAX    2048 /* of the control channel; data packets stand behind it */

/* In the upper five bits of the first byte. */
enum operation {
	CONTROL = 4,
	ACKNOWLEDGE = 5,
	RESET_CLIENT = 7,
	RESET_SERVER = 8,
	RESET_CLIENT_3 = 10,
};

#define MEMORY_MET 1U /* of a stream: its first packet went by */

/* The signatures of tls-auth by the digests that are in use: none, SHA-1, SHA-256, SHA-512, MD5, SHA-384, SHA-224. */
static const uint8_t signatures[] = { 0, 20, 32, 64, 16, 48, 28 };

/* Part of the stream of TLS. */
struct part {
	uint32_t number;
	const uint8_t *bytes;
	size_t length;
};

struct parts {
	struct part part[OPENVPN_PARTS_MAX];
	size_t count;
	size_t signature; /* length, where ${has_signature} */
	bool has_signature;
};

struct joined {
	uint8_t bytes[STREAM_BYTES_MAX];
	size_t length;
};

static unsigned int operation_of(const uint8_t *packet)
{
	return packet[0] >> 3;
}

static bool begins_hello(const struct part *part)
{
	return part->length > 5 && part->bytes[0] == 22 && part->bytes[1] == 3; /* RFC 8446 section 5.1 */
}

/* Reads a packet that was signed with ${signature} bytes into ${part}. shape: false where it does not hold so. */
static bool read_signed(struct cursor packet, size_t signature, struct part *part)
{
	size_t acks;

	cursor_skip(&packet, 1 + SESSION_BYTES + (signature ? signature + STAMP_BYTES : 0));
	acks = cursor_u8(&packet);
	cursor_skip(&packet, acks ? acks * 4 + SESSION_BYTES : 0);
	part->number = cursor_be32(&packet);
	part->bytes = packet.at;
	part->length = cursor_left(&packet);
	return !packet.failed && acks <= ACKS_MAX;
}

/* Reads a packet of the handshake into ${part}: the first that begins a record of TLS tells how all are signed. */
static bool read_control(struct cursor packet, struct parts *parts, struct part *part)
{
	if (parts->has_signature)
		return read_signed(packet, parts->signature, part);
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++) {
		if (!read_signed(packet, signatures[i], part) || !begins_hello(part))
			continue;
		parts->has_signature = true;
		parts->signature = signatures[i];
		return true;
	}
	return false;
}

/* shape: false where it is no packet of a handshake that is being read, or there are too many. */
static bool add_packet(struct cursor packet, struct parts *parts)
{
	struct part part;

	if (cursor_left(&packet) == 0)
		return false;
	if (operation_of(packet.at) == ACKNOWLEDGE)
		return true;
	if (operation_of(packet.at) != CONTROL || parts->count == OPENVPN_PARTS_MAX ||
	    !read_control(packet, parts, &part))
		return false;
	parts->part[parts->count++] = part;
	return true;
}

static const struct part *part_numbered(const struct parts *parts, uint32_t number)
{
	for (size_t i = 0; i < parts->count; i++)
		if (parts->part[i].number == number)
			return &parts->part[i];
	return NULL;
}

/* Joins what stands in a row from the first part on, which begins the hello. */
static void join(const struct parts *parts, struct joined *joined)
{
	uint32_t number = parts->part[0].number;
	const struct part *part;

	joined->length = 0;
	while ((part = part_numbered(parts, number++)) && part->length <= sizeof(joined->bytes) - joined->length) {
		memcpy(joined->bytes + joined->length, part->bytes, part->length);
		joined->length += part->length;
	}
}

/* What TLS says of the parts: as a stream's decoder. */
static int decode_parts(const struct parts *parts, struct fields *fields, enum malformed_reason *reason)
{
	static const uint32_t none;
	struct joined joined;
	uint32_t memory = 0;
	struct stream stream = { .bytes = joined.bytes, .is_start = true, .memory = &memory, .peer_memory = &none };
	size_t taken;

	if (parts->count == 0)
		return 0;
	join(parts, &joined);
	stream.length = joined.length;
	return tls_decode(&stream, &taken, fields, reason);
}

int openvpn_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor earlier = cursor_over(datagram->earlier, datagram->earlier_length);
	struct parts parts;

	if (datagram->length == 0 || (operation_of(datagram->bytes) != CONTROL &&
	                              (operation_of(datagram->bytes) != ACKNOWLEDGE || datagram->earlier_length == 0)))
		return 0;
	parts.count = 0;
	parts.has_signature = false;
	while (cursor_left(&earlier)) {
		size_t length = cursor_be16(&earlier);
		const uint8_t *bytes = cursor_take(&earlier, length);

		if (bytes && !add_packet(cursor_over(bytes, length), &parts))
			return 0;
	}
	if (!add_packet(cursor_over(datagram->bytes, datagram->length), &parts))
		return 0;
	return decode_parts(&parts, fields, reason);
}

/* The first packet of a direction: number 0, and nothing behind that. */
static bool is_reset(struct cursor packet)
{
	unsigned int operation = operation_of(packet.at);
	struct part part;

	if (operation != RESET_CLIENT && operation != RESET_SERVER && operation != RESET_CLIENT_3)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(signatures); i++)
		if (read_signed(packet, signatures[i], &part) && part.number == 0 && part.length == 0)
			return true;
	return false;
}

/* A stream that is met: the packets of the handshake from its head on, others passed over one by one. */
static int decode_met(struct cursor cursor, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	const uint8_t *start = cursor.at;
	struct parts parts;
	bool ends = false;
	int result;

	parts.count = 0;
	parts.has_signature = false;
	while (!ends && cursor_left(&cursor) > 2) {
		size_t length = cursor_be16(&cursor);
		const uint8_t *bytes = cursor_take(&cursor, length);

		if (!bytes)
			break;
		ends = !add_packet(cursor_over(bytes, length), &parts);
		*taken = (size_t)(cursor.at - start);
		if (parts.count == 0 && !ends)
			return 1;
	}
	if (parts.count == 0 && !ends)
		return -EAGAIN;
	result = decode_parts(&parts, fields, reason);
	if (result == -EBADMSG || (result == -EAGAIN && !ends))
		return result;
	*taken = SIZE_MAX; /* told, or encrypted: no more to read */
	return 1;
}

int openvpn_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields,
                          enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	size_t length;
	const uint8_t *bytes;

	if (*stream->memory & MEMORY_MET)
		return decode_met(cursor, taken, fields, reason);
	length = cursor_be16(&cursor);
	if (cursor.failed)
		return -EAGAIN;
	if (length < 1 + SESSION_BYTES + 1 + 4 || length > PACKET_MAX)
		return 0;
	if (cursor_left(&cursor) == 0)
		return -EAGAIN;
	bytes = cursor.at;
	if (operation_of(bytes) != RESET_CLIENT && operation_of(bytes) != RESET_SERVER &&
	    operation_of(bytes) != RESET_CLIENT_3)
		return 0;
	if (!cursor_take(&cursor, length))
		return -EAGAIN;
	if (!is_reset(cursor_over(bytes, length)))
		return 0;
	*stream->memory = MEMORY_MET;
	*taken = 2 + length;
	return 1;
}
