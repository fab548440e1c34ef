/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/quic_initial.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/crypto.h"
#include "policy/base/memory.h"

#define HEADER_LONG      0xc0 /* long form, fixed bit */
#define HEADER_TYPE      0x30
#define SALT_BYTES       20
#define SAMPLE_BYTES     16
#define NUMBER_MAX       4          /* bytes of a packet number */
#define RESERVED_PATTERN 0x0a0a0a0a /* RFC 9000 section 15: only meant to be refused */
#define RESERVED_MASK    0x0f0f0f0f

/* How the keys of a version come about. */
struct edition {
	uint8_t salt[SALT_BYTES];
	uint8_t initial; /* the type bits of an Initial */
	const char *key;
	const char *iv;
	const char *header;
};

enum edition_id {
	EDITION_1,
	EDITION_2,
	EDITION_DRAFT_29,
	EDITION_DRAFT_23,
	EDITION_NONE
};

static const struct edition editions[EDITION_NONE] = {
	[EDITION_1] = { { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
	                  0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a }, /* RFC 9001 section 5.2 */
	                0x00,
	                "quic key",
	                "quic iv",
	                "quic hp" },
	[EDITION_2] = { { 0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
	                  0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9 }, /* RFC 9369 section 3.3.1 */
	                0x10,
	                "quicv2 key",
	                "quicv2 iv",
	                "quicv2 hp" },
	[EDITION_DRAFT_29] = { { 0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
	                         0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99 },
	                       0x00,
	                       "quic key",
	                       "quic iv",
	                       "quic hp" },
	[EDITION_DRAFT_23] = { { 0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7,
	                         0xd2, 0x43, 0x2b, 0xb4, 0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02 },
	                       0x00,
	                       "quic key",
	                       "quic iv",
	                       "quic hp" },
};

static enum edition_id edition_of(uint32_t version)
{
	static const struct {
		uint32_t first, last;
		enum edition_id edition;
	} ranges[] = {
		{ 0x00000001, 0x00000001, EDITION_1 },
		{ 0x6b3343cf, 0x6b3343cf, EDITION_2 },
		{ 0xff000017, 0xff00001c, EDITION_DRAFT_23 },
		{ 0xff00001d, 0xff000020, EDITION_DRAFT_29 },
		{ 0xff000021, 0xff000022, EDITION_1 },
		{ 0xfaceb002, 0xfaceb002, EDITION_DRAFT_23 }, /* mvfst, after draft 27 */
		{ 0xfaceb00e, 0xfaceb00e, EDITION_DRAFT_23 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (version >= ranges[i].first && version <= ranges[i].last)
			return ranges[i].edition;
	return (version & RESERVED_MASK) == RESERVED_PATTERN ? EDITION_1 : EDITION_NONE;
}

bool quic_is_known(uint32_t version)
{
	return edition_of(version) != EDITION_NONE;
}

uint64_t quic_varint(struct cursor *cursor)
{
	uint64_t number = cursor_u8(cursor);
	unsigned int more = (1U << (number >> 6)) - 1;

	number &= 0x3f;
	while (more--)
		number = number << 8 | cursor_u8(cursor);
	return cursor->failed ? 0 : number;
}

static const uint8_t *take_connection(struct cursor *cursor, size_t *length)
{
	*length = cursor_u8(cursor);
	return *length > QUIC_CONNECTION_MAX ? NULL : cursor_take(cursor, *length);
}

int quic_packet_read(struct cursor *cursor, struct quic_packet *packet)
{
	struct cursor head = *cursor;
	struct quic_packet read = { .bytes = cursor->at };
	uint8_t first = cursor_u8(&head);
	enum edition_id edition;
	uint64_t token = 0, length;
	size_t passed;

	read.version = cursor_be32(&head);
	edition = edition_of(read.version);
	if ((first & HEADER_LONG) != HEADER_LONG || edition == EDITION_NONE)
		return 0;
	read.is_initial = (first & HEADER_TYPE) == editions[edition].initial;
	read.connection = take_connection(&head, &read.connection_length);
	if (!read.connection || !take_connection(&head, &passed))
		return 0;
	if (read.is_initial)
		token = quic_varint(&head);
	if (token > cursor_left(&head))
		return 0;
	cursor_skip(&head, (size_t)token);
	length = quic_varint(&head);
	read.number_at = (size_t)(head.at - read.bytes);
	if (head.failed || length > cursor_left(&head))
		return 0;
	cursor_skip(&head, (size_t)length);
	read.length = read.number_at + (size_t)length;
	*packet = read;
	*cursor = head;
	return 1;
}

/* RFC 9001 section 5.2 */
static bool derive(const struct edition *edition, const struct quic_packet *packet, uint8_t key[CRYPTO_KEY_BYTES],
                   uint8_t iv[CRYPTO_NONCE_BYTES], uint8_t header[CRYPTO_KEY_BYTES])
{
	uint8_t initial[CRYPTO_SHA256_BYTES], client[CRYPTO_SHA256_BYTES];

	return crypto_hmac(edition->salt, SALT_BYTES, packet->connection, packet->connection_length, initial) &&
	       crypto_expand_label(initial, "client in", client, sizeof(client)) &&
	       crypto_expand_label(client, edition->key, key, CRYPTO_KEY_BYTES) &&
	       crypto_expand_label(client, edition->iv, iv, CRYPTO_NONCE_BYTES) &&
	       crypto_expand_label(client, edition->header, header, CRYPTO_KEY_BYTES);
}

static int open_as(const struct edition *edition, const struct quic_packet *packet, uint8_t frames[QUIC_PACKET_MAX])
{
	uint8_t key[CRYPTO_KEY_BYTES], nonce[CRYPTO_NONCE_BYTES], header_key[CRYPTO_KEY_BYTES], mask[SAMPLE_BYTES];
	uint8_t header[QUIC_PACKET_MAX];
	size_t number_bytes, header_length, sealed;

	if (!derive(edition, packet, key, nonce, header_key) ||
	    !crypto_block(header_key, packet->bytes + packet->number_at + NUMBER_MAX, mask))
		return -EBADMSG;
	memcpy(header, packet->bytes, packet->number_at + NUMBER_MAX);
	header[0] ^= mask[0] & 0x0f; /* RFC 9001 section 5.4.1 */
	number_bytes = (header[0] & 3U) + 1;
	for (size_t i = 0; i < number_bytes; i++) {
		header[packet->number_at + i] ^= mask[1 + i];
		nonce[CRYPTO_NONCE_BYTES - number_bytes + i] ^= header[packet->number_at + i];
	}
	header_length = packet->number_at + number_bytes;
	sealed = packet->length - header_length;
	if (!crypto_open(key, nonce, header, header_length, packet->bytes + header_length, sealed, frames))
		return -EBADMSG;
	return (int)(sealed - CRYPTO_TAG_BYTES);
}

int quic_initial_open(const struct quic_packet *packet, uint8_t frames[QUIC_PACKET_MAX])
{
	enum edition_id edition = edition_of(packet->version);
	int result;

	if (edition == EDITION_NONE || packet->length > QUIC_PACKET_MAX ||
	    packet->length - packet->number_at < NUMBER_MAX + SAMPLE_BYTES)
		return -EBADMSG;
	result = open_as(&editions[edition], packet, frames);
	/* a version that is meant to be refused has no keys of its own: clients take those of a draft, too */
	if (result < 0 && (packet->version & RESERVED_MASK) == RESERVED_PATTERN)
		result = open_as(&editions[EDITION_DRAFT_29], packet, frames);
	return result;
}
