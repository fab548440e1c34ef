/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dtls.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/tls_hello.h"
#include "policy/base/cursor.h"

#define RECORD_HANDSHAKE 22
#define RECORD_EPOCH_SEQ 8
#define VERSION_1_0      0xfeff
#define VERSION_1_2      0xfefd
#define HANDSHAKE_CLIENT 1
#define HANDSHAKE_SERVER 2

/* A hello that is being put together. */
struct hello {
	uint8_t bytes[DTLS_HELLO_MAX];
	size_t length; /* of the message */
	size_t known;  /* from its beginning on */
	uint8_t type;
	uint16_t record_version;
};

static size_t read_be24(struct cursor *cursor)
{
	size_t high = cursor_u8(cursor);

	return high << 16 | cursor_be16(cursor);
}

/* One handshake message or part of one, RFC 6347 section 4.2.3. shape: false where it cannot be. */
static bool take_handshake(struct cursor *record, struct hello *hello)
{
	uint8_t type = cursor_u8(record);
	size_t length = read_be24(record), offset, part;
	const uint8_t *bytes;

	cursor_skip(record, 2); /* number of the message */
	offset = read_be24(record);
	part = read_be24(record);
	bytes = cursor_take(record, part);
	if (!bytes || part > length || offset > length - part)
		return false;
	if ((type != HANDSHAKE_CLIENT && type != HANDSHAKE_SERVER) || length > sizeof(hello->bytes))
		return true;
	if (offset == 0) {
		hello->type = type;
		hello->length = length;
		hello->known = 0;
	}
	if (hello->type != type || hello->length != length || offset != hello->known)
		return true;
	memcpy(hello->bytes + offset, bytes, part);
	hello->known += part;
	return true;
}

/* The records of one datagram. shape: false where it is none of DTLS in clear. */
static bool take_datagram(const uint8_t *bytes, size_t length, struct hello *hello)
{
	struct cursor cursor = cursor_over(bytes, length);

	while (cursor_left(&cursor)) {
		uint8_t type = cursor_u8(&cursor);
		uint16_t version = cursor_be16(&cursor);
		const uint8_t *epoch, *inside;
		struct cursor record;
		size_t size;

		if (type != RECORD_HANDSHAKE || (version != VERSION_1_0 && version != VERSION_1_2))
			return false;
		epoch = cursor_take(&cursor, RECORD_EPOCH_SEQ);
		size = cursor_be16(&cursor);
		inside = cursor_take(&cursor, size);
		if (!inside || epoch[0] != 0 || epoch[1] != 0)
			return false;
		hello->record_version = version;
		record = cursor_over(inside, size);
		while (cursor_left(&record))
			if (!take_handshake(&record, hello))
				return false;
	}
	return true;
}

static int add_hello(const struct hello *hello, struct fields *fields)
{
	struct tls_client_hello client;
	struct tls_server_hello server;

	if (hello->type == HANDSHAKE_CLIENT) {
		if (tls_client_hello_read(hello->bytes, hello->length, TLS_OVER_UDP, &client) < 0)
			return -EBADMSG;
		tls_client_hello_add(&client, fields);
	} else {
		if (tls_server_hello_read(hello->bytes, hello->length, &server) < 0)
			return -EBADMSG;
		tls_server_hello_add(&server, fields);
	}
	fields_add_number(fields, FIELD_TLS_RECORD_VERSION, hello->record_version);
	return 1;
}

int dtls_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor earlier = cursor_over(datagram->earlier, datagram->earlier_length);
	struct hello hello;
	int result;

	if (datagram->length < 2 || datagram->bytes[0] != RECORD_HANDSHAKE || datagram->bytes[1] != VERSION_1_0 >> 8)
		return 0;
	hello.type = 0;
	hello.length = 0;
	hello.known = 0;
	while (cursor_left(&earlier)) {
		size_t length = cursor_be16(&earlier);
		const uint8_t *bytes = cursor_take(&earlier, length);

		if (bytes)
			take_datagram(bytes, length, &hello);
	}
	if (!take_datagram(datagram->bytes, datagram->length, &hello) || hello.type == 0)
		return 0;
	if (hello.known < hello.length)
		return -EAGAIN;
	result = add_hello(&hello, fields);
	if (result < 0)
		*reason = MALFORMED_TLS;
	return result;
}
