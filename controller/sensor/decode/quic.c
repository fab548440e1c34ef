/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/quic.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/quic_initial.h"
#include "controller/sensor/decode/tls_hello.h"
#include "policy/base/cursor.h"

/* RFC 9000 section 19 */
#define FRAME_PADDING 0x00
#define FRAME_PING    0x01
#define FRAME_ACK     0x02
#define FRAME_ACK_ECN 0x03
#define FRAME_CRYPTO  0x06

#define HANDSHAKE_HEADER 4
#define HANDSHAKE_CLIENT 1

/* How far a connection's hellos are told. */
struct progress {
	uint8_t version;                         /* its last byte: a client may ask again with another one */
	uint8_t connection[QUIC_CONNECTION_MAX]; /* whose keys the client uses */
	size_t connection_length;                /* 0: none yet */
	size_t start;                            /* in the stream of the handshake, of what is not told yet */
};

/* The handshake as far as it is known, from where the next message begins: frames come in any order. */
struct handshake {
	uint8_t bytes[QUIC_CRYPTO_MAX];
	bool known[QUIC_CRYPTO_MAX];
	uint32_t version;
	bool any; /* an Initial was decrypted */
	struct progress progress;
};

/* What a direction keeps, as it stands in its memory. */
enum progress_at {
	AT_VERSION = 0,
	AT_LENGTH = 1,
	AT_CONNECTION = 2,
	AT_START = AT_CONNECTION + QUIC_CONNECTION_MAX,
	PROGRESS_BYTES = AT_START + 2,
};

_Static_assert(PROGRESS_BYTES <= DATAGRAM_MEMORY, "no room for what is kept");
_Static_assert(QUIC_CRYPTO_MAX <= UINT16_MAX, "no room for where a hello begins");

static void load(const uint8_t *memory, struct progress *progress)
{
	if (!memory || memory[AT_LENGTH] > QUIC_CONNECTION_MAX)
		return;
	progress->version = memory[AT_VERSION];
	progress->connection_length = memory[AT_LENGTH];
	memcpy(progress->connection, memory + AT_CONNECTION, QUIC_CONNECTION_MAX);
	progress->start = (size_t)memory[AT_START] << 8 | memory[AT_START + 1];
}

static void save(const struct progress *progress, uint8_t *memory)
{
	if (!memory)
		return;
	memory[AT_VERSION] = progress->version;
	memory[AT_LENGTH] = (uint8_t)progress->connection_length;
	memcpy(memory + AT_CONNECTION, progress->connection, QUIC_CONNECTION_MAX);
	memory[AT_START] = (uint8_t)(progress->start >> 8);
	memory[AT_START + 1] = (uint8_t)progress->start;
}

/* The keys are those of ${packet}'s own ID: of another one than so far, and a connection begins. */
static void begin(const struct quic_packet *packet, struct progress *progress)
{
	if (progress->version == (uint8_t)packet->version && progress->connection_length == packet->connection_length &&
	    memcmp(progress->connection, packet->connection, packet->connection_length) == 0)
		return;
	*progress = (struct progress){ .version = (uint8_t)packet->version,
		                       .connection_length = packet->connection_length };
	memcpy(progress->connection, packet->connection, packet->connection_length);
}

/*
 * Opens ${packet} into ${frames}. After the server's first answer the client writes the server's ID, but with the keys
 * of the one it chose itself (RFC 9001 section 5.2), which a datagram before showed. shape: as quic_initial_open.
 */
static int open_packet(const struct quic_packet *packet, struct handshake *handshake, uint8_t frames[QUIC_PACKET_MAX])
{
	struct quic_packet moved = *packet;
	int opened = quic_initial_open(packet, frames);

	if (opened >= 0) {
		begin(packet, &handshake->progress);
	} else if (handshake->progress.connection_length > 0) {
		moved.connection = handshake->progress.connection;
		moved.connection_length = handshake->progress.connection_length;
		opened = quic_initial_open(&moved, frames);
	}
	return opened;
}

static void take_crypto(struct cursor *frames, struct handshake *handshake)
{
	uint64_t offset = quic_varint(frames), length = quic_varint(frames);
	size_t start = handshake->progress.start;
	const uint8_t *bytes;

	if (frames->failed || length > cursor_left(frames)) {
		frames->failed = true;
		return;
	}
	bytes = cursor_take(frames, (size_t)length);
	if (offset > QUIC_CRYPTO_MAX || length > QUIC_CRYPTO_MAX - offset || offset + length <= start)
		return;
	if (offset < start) {
		bytes += start - offset;
		length -= start - offset;
		offset = start;
	}
	memcpy(handshake->bytes + (offset - start), bytes, (size_t)length);
	memset(handshake->known + (offset - start), true, (size_t)length);
}

static void pass_ack(struct cursor *frames, bool ecn)
{
	uint64_t ranges;

	quic_varint(frames); /* largest acknowledged */
	quic_varint(frames); /* delay */
	ranges = quic_varint(frames);
	quic_varint(frames); /* first range */
	for (uint64_t i = 0; i < ranges && cursor_left(frames); i++) {
		quic_varint(frames);
		quic_varint(frames);
	}
	for (unsigned int i = 0; ecn && i < 3; i++)
		quic_varint(frames);
}

static void take_frames(struct cursor frames, struct handshake *handshake)
{
	while (cursor_left(&frames)) {
		uint64_t type = quic_varint(&frames);

		switch (type) {
		case FRAME_PADDING:
		case FRAME_PING:
			break;
		case FRAME_ACK:
		case FRAME_ACK_ECN:
			pass_ack(&frames, type == FRAME_ACK_ECN);
			break;
		case FRAME_CRYPTO:
			take_crypto(&frames, handshake);
			break;
		default: /* no other may stand in an Initial but the end of the connection */
			return;
		}
	}
}

/* Packets share datagrams, RFC 9000 section 12.2. */
static void take_datagram(const uint8_t *bytes, size_t length, struct handshake *handshake)
{
	struct cursor cursor = cursor_over(bytes, length);
	uint8_t frames[QUIC_PACKET_MAX];
	struct quic_packet packet;

	while (cursor_left(&cursor) && quic_packet_read(&cursor, &packet) > 0) {
		int opened = packet.is_initial ? open_packet(&packet, handshake, frames) : 0;

		if (!packet.is_initial || opened < 0)
			continue;
		handshake->any = true;
		handshake->version = packet.version;
		take_frames(cursor_over(frames, (size_t)opened), handshake);
	}
}

/* The length of the message at the head, its header with it: 0 where that is not known yet. */
static size_t message_length(const struct handshake *handshake)
{
	for (size_t i = 0; i < HANDSHAKE_HEADER; i++)
		if (!handshake->known[i])
			return 0;
	return HANDSHAKE_HEADER +
	       ((size_t)handshake->bytes[1] << 16 | (size_t)handshake->bytes[2] << 8 | handshake->bytes[3]);
}

/* 1 all of the hello is here, 0 it is none, -EAGAIN. */
static int judge(const struct handshake *handshake)
{
	size_t length = message_length(handshake);

	if (handshake->known[0] && handshake->bytes[0] != HANDSHAKE_CLIENT)
		return 0;
	if (length == 0)
		return memchr(handshake->known, true, sizeof(handshake->known)) ? -EAGAIN : 0;
	if (length > QUIC_CRYPTO_MAX)
		return 0;
	return memchr(handshake->known, false, length) ? -EAGAIN : 1;
}

/* Whether all that came was told before. */
static bool is_told(const struct handshake *handshake)
{
	return handshake->progress.start > 0 && !memchr(handshake->known, true, sizeof(handshake->known));
}

static int add_hello(const struct handshake *handshake, struct fields *fields, enum malformed_reason *reason)
{
	struct tls_client_hello hello;

	if (tls_client_hello_read(handshake->bytes + HANDSHAKE_HEADER, message_length(handshake) - HANDSHAKE_HEADER,
	                          TLS_OVER_QUIC, &hello) < 0) {
		*reason = MALFORMED_QUIC;
		return -EBADMSG;
	}
	tls_client_hello_add(&hello, fields);
	fields_add_number(fields, FIELD_QUIC_VERSION, handshake->version);
	return 1;
}

int quic_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor first = cursor_over(datagram->bytes, datagram->length);
	struct cursor earlier = cursor_over(datagram->earlier, datagram->earlier_length);
	struct handshake handshake = { .any = false };
	struct quic_packet packet;
	int result;

	if (quic_packet_read(&first, &packet) == 0)
		return 0;
	/* A server's Initial has keys that do not stand in it. */
	if (datagram->conversation && datagram->conversation->from_server)
		return 0;
	load(datagram->memory, &handshake.progress);
	while (cursor_left(&earlier)) {
		size_t length = cursor_be16(&earlier);
		const uint8_t *bytes = cursor_take(&earlier, length);

		if (bytes)
			take_datagram(bytes, length, &handshake);
	}
	handshake.any = false;
	take_datagram(datagram->bytes, datagram->length, &handshake);
	if (!handshake.any)
		return 0;
	result = judge(&handshake);
	if (result > 0) {
		result = add_hello(&handshake, fields, reason);
		handshake.progress.start += message_length(&handshake);
	} else if (result == 0 && is_told(&handshake)) {
		result = 1;
	}
	save(&handshake.progress, datagram->memory);
	return result;
}
