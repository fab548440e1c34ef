/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/tls.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/certificate.h"
#include "controller/sensor/decode/tls_hello.h"
#include "policy/base/cursor.h"
#include "policy/base/memory.h"

/* RFC 8446 section 5.1 */
#define RECORD_CHANGE_CIPHER 20
#define RECORD_ALERT         21
#define RECORD_HANDSHAKE     22
#define RECORD_DATA          23
#define RECORD_HEARTBEAT     24
#define RECORD_HEADER        5
#define RECORD_MAX           (16384 + 2048) /* RFC 5246 section 6.2.3; RFC 8446 allows less */
#define MAJOR                3
#define MINOR_MAX            4

/* RFC 8446 section 4 */
#define HANDSHAKE_HEADER      4
#define HANDSHAKE_CLIENT      1
#define HANDSHAKE_SERVER      2
#define HANDSHAKE_CERTIFICATE 11

/* RFC 5246 appendix E.2 */
#define SSL2_HEADER        2
#define SSL2_HELLO_MIN     9 /* behind the length: type, version and three lengths */
#define SSL2_CLIENT_HELLO  1
#define SSL2_CHALLENGE_MIN 16
#define SSL2_CHALLENGE_MAX 32

#define REST SIZE_MAX /* nothing that follows is of interest */

/* What is kept of a direction. */
#define MEMORY_HELLO  1U /* a hello went by */
#define MEMORY_CIPHER 2U /* keys changed: what follows is no handshake in clear, but for the hello after a retry */

struct record {
	uint8_t type;
	uint16_t version;
	const uint8_t *bytes;
	size_t length;
};

/* The record at ${cursor}: 1, 0 where none can begin so, -EAGAIN. */
static int read_record(struct cursor *cursor, struct record *record)
{
	struct cursor head = *cursor;
	size_t left = cursor_left(cursor);

	record->type = cursor_u8(&head);
	record->version = cursor_be16(&head);
	record->length = cursor_be16(&head);
	if (left > 0 && (record->type < RECORD_CHANGE_CIPHER || record->type > RECORD_HEARTBEAT))
		return 0;
	if (left > 1 && cursor->at[1] != MAJOR)
		return 0;
	if (head.failed)
		return -EAGAIN;
	if ((record->version & 0xff) > MINOR_MAX || record->length > RECORD_MAX)
		return 0;
	record->bytes = cursor_take(&head, record->length);
	if (!record->bytes)
		return -EAGAIN;
	*cursor = head;
	return 1;
}

/* Records joined at the head of a stream. */
struct flight {
	uint8_t bytes[STREAM_BYTES_MAX];
	size_t length;
	uint16_t versions[8]; /* of the first records */
	size_t version_count;
	size_t taken;
	uint32_t memory;
};

/* Member by member: its bytes need no zeros. */
static void flight_start(struct flight *flight, uint32_t memory)
{
	flight->length = 0;
	flight->version_count = 0;
	flight->taken = 0;
	flight->memory = memory;
}

/* Whether ${flight} ends where a message ends. */
static bool ends_whole(const struct flight *flight)
{
	struct cursor cursor = cursor_over(flight->bytes, flight->length);

	while (cursor_left(&cursor)) {
		uint32_t head = cursor_be32(&cursor);

		cursor_skip(&cursor, head & 0xffffff);
	}
	return !cursor.failed;
}

/* Whether the message at ${bytes}, of which ${length} are here, is one that can stand where nothing is encrypted. */
static bool is_hello(const uint8_t *bytes, size_t length)
{
	return length > HANDSHAKE_HEADER + 1 && (bytes[0] == HANDSHAKE_CLIENT || bytes[0] == HANDSHAKE_SERVER) &&
	       bytes[1] == 0 && bytes[HANDSHAKE_HEADER] == MAJOR;
}

static void flight_take(struct flight *flight, const struct record *record)
{
	if (flight->version_count < ARRAY_SIZE(flight->versions))
		flight->versions[flight->version_count++] = record->version;
	flight->taken += RECORD_HEADER + record->length;
	if (record->type == RECORD_CHANGE_CIPHER)
		flight->memory |= MEMORY_CIPHER;
	if (record->type != RECORD_HANDSHAKE || record->length > sizeof(flight->bytes) - flight->length)
		return;
	memcpy(flight->bytes + flight->length, record->bytes, record->length);
	flight->length += record->length;
}

/* Joins records until a message ends: 1, or 0 where what comes next is none of the handshake in clear, -EAGAIN. */
static int join(const struct stream *stream, struct flight *flight)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	struct record record;

	for (;;) {
		int result = read_record(&cursor, &record);

		if (result == -EAGAIN && flight->taken > 0 && flight->length == 0)
			return 1; /* a change of keys, nothing behind it yet */
		if (result <= 0)
			return result;
		if (record.type != RECORD_HANDSHAKE && record.type != RECORD_CHANGE_CIPHER)
			return 0;
		if (flight->length > 0 && record.type != RECORD_HANDSHAKE)
			return 0;
		if (record.type == RECORD_HANDSHAKE && flight->length == 0 && flight->memory & MEMORY_CIPHER &&
		    !is_hello(record.bytes, record.length))
			return 0;
		flight_take(flight, &record);
		if (flight->length > 0 && ends_whole(flight))
			return 1;
	}
}

static void add_certificates(struct cursor body, struct fields *fields)
{
	size_t length = (size_t)cursor_u8(&body) << 16 | cursor_be16(&body);
	const uint8_t *bytes;

	if (length < 3 || length > cursor_left(&body))
		return;
	length = (size_t)cursor_u8(&body) << 16 | cursor_be16(&body);
	bytes = cursor_take(&body, length);
	if (bytes && certificate_add(bytes, length, fields) == 0)
		fields_add_text(fields, FIELD_TLS_MESSAGE, "certificate");
}

/* Adds what one message says. shape: true where nothing in clear follows it. */
static bool add_message(uint8_t type, struct cursor body, struct flight *flight, struct fields *fields)
{
	struct tls_client_hello client;
	struct tls_server_hello server;

	switch (type) {
	case HANDSHAKE_CLIENT:
		if (tls_client_hello_read(body.at, cursor_left(&body), TLS_OVER_TCP, &client) < 0)
			return false;
		flight->memory |= MEMORY_HELLO;
		tls_client_hello_add(&client, fields);
		return false;
	case HANDSHAKE_SERVER:
		if (tls_server_hello_read(body.at, cursor_left(&body), &server) < 0)
			return false;
		flight->memory |= MEMORY_HELLO;
		if (!server.is_retry)
			tls_server_hello_add(&server, fields);
		return server.version >= TLS_VERSION_1_3 && !server.is_retry;
	case HANDSHAKE_CERTIFICATE:
		add_certificates(body, fields);
		return true;
	}
	return false;
}

static bool add_messages(struct flight *flight, struct fields *fields)
{
	struct cursor cursor = cursor_over(flight->bytes, flight->length);
	bool ends = false;

	while (cursor_left(&cursor)) {
		uint8_t type = cursor_u8(&cursor);
		size_t length = (size_t)cursor_u8(&cursor) << 16 | cursor_be16(&cursor);
		const uint8_t *body = cursor_take(&cursor, length);

		if (body)
			ends |= add_message(type, cursor_over(body, length), flight, fields);
	}
	if (fields->length > 0)
		for (size_t i = 0; i < flight->version_count; i++)
			fields_add_number(fields, FIELD_TLS_RECORD_VERSION, flight->versions[i]);
	return ends;
}

/* A hello that SSL 2.0 knows too: 1, 0, -EAGAIN. */
static int decode_ssl2(const struct stream *stream, size_t *taken, struct fields *fields)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	struct tls_client_hello hello = { .carrier = TLS_OVER_TCP, .is_ssl2 = true };
	size_t length = cursor_be16(&cursor) & 0x7fff, ciphers, session, challenge;

	if (stream->bytes[0] < 0x80 || (stream->length > 2 && stream->bytes[2] != SSL2_CLIENT_HELLO))
		return 0;
	cursor_skip(&cursor, 1);
	hello.version = cursor_be16(&cursor);
	ciphers = cursor_be16(&cursor);
	session = cursor_be16(&cursor);
	challenge = cursor_be16(&cursor);
	if (cursor.failed)
		return -EAGAIN;
	if (hello.version != TLS_VERSION_SSL2 && hello.version >> 8 != MAJOR)
		return 0;
	if (ciphers == 0 || ciphers % 3 || (session != 0 && session != 16) || challenge < SSL2_CHALLENGE_MIN ||
	    challenge > SSL2_CHALLENGE_MAX || length != SSL2_HELLO_MIN + ciphers + session + challenge)
		return 0;
	tls_client_hello_add(&hello, fields);
	fields_add_number(fields, FIELD_TLS_RECORD_VERSION, TLS_VERSION_SSL2);
	*stream->memory |= MEMORY_HELLO;
	*taken = SSL2_HEADER + length;
	return 1;
}

/* The first record holds a hello from its beginning on: enough to tell TLS from all else. */
static int begins_tls(const struct stream *stream)
{
	static const uint8_t head[] = { RECORD_HANDSHAKE, MAJOR };
	size_t known = stream->length < sizeof(head) ? stream->length : sizeof(head);

	if (memcmp(stream->bytes, head, known) != 0)
		return 0;
	if (stream->length <= RECORD_HEADER + HANDSHAKE_HEADER + 1)
		return -EAGAIN;
	return stream->bytes[2] <= MINOR_MAX && is_hello(stream->bytes + RECORD_HEADER, stream->length - RECORD_HEADER);
}

int tls_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	struct flight flight;
	int result;
	bool ends;

	if (stream->length == 0)
		return -EAGAIN;
	flight_start(&flight, *stream->memory);
	if (flight.memory == 0) {
		result = begins_tls(stream);
		if (result == 0)
			result = decode_ssl2(stream, taken, fields);
		else if (result > 0)
			result = join(stream, &flight);
		if (result <= 0 || fields->length > 0)
			return result;
	} else {
		result = join(stream, &flight);
		if (result == -EAGAIN)
			return result;
		if (result == 0) {
			*taken = REST;
			return 1;
		}
	}
	ends = add_messages(&flight, fields);
	if (flight.memory == 0) {
		*reason = MALFORMED_TLS;
		return -EBADMSG;
	}
	*stream->memory = flight.memory;
	*taken = ends ? REST : flight.taken;
	return 1;
}
