/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/kerberos.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

#define DER_SEQUENCE 0x30
#define DER_STRING   0x1b /* GeneralString */
#define APPLICATION  0x60 /* and the message's type */
#define CONTEXT      0xa0 /* and the number of a sequence's part */
#define RECORD_MARK  4    /* bytes of length before each message over TCP */
#define MEMORY_MARK  0x4b524200U

enum message_type {
	AS_REQUEST = 10,
	AS_REPLY = 11,
	TGS_REQUEST = 12,
	TGS_REPLY = 13,
	ERROR = 30,
};

/* Takes an element off ${at}; false where there is none, with ${at} failed where it is cut or of no fixed length. */
static bool der_next(struct cursor *at, uint8_t *tag, struct cursor *body)
{
	size_t length, octets;
	const uint8_t *bytes;

	if (cursor_left(at) == 0)
		return false;
	*tag = cursor_u8(at);
	length = cursor_u8(at);
	if (length & 0x80) {
		octets = length & 0x7f;
		if (octets == 0 || octets > 3) {
			at->failed = true;
			return false;
		}
		for (length = 0; octets > 0; octets--)
			length = length << 8 | cursor_u8(at);
	}
	bytes = cursor_take(at, length);
	*body = cursor_over(bytes, bytes ? length : 0);
	return bytes != NULL;
}

/* Takes the element ${tag} that is next in ${at}; false, and failed, where another stands there. */
static bool der_enter(struct cursor *at, uint8_t tag, struct cursor *body)
{
	uint8_t found;

	if (der_next(at, &found, body) && found == tag)
		return true;
	at->failed = true;
	return false;
}

static void add_realm(struct cursor realm, struct fields *fields)
{
	struct cursor text;

	if (der_enter(&realm, DER_STRING, &text) && cursor_left(&text) > 0)
		fields_add(fields, FIELD_KERBEROS_REALM, text.at, cursor_left(&text));
}

/* PrincipalName ::= SEQUENCE { name-type [0], name-string [1] SEQUENCE OF }: told where it is a computer's. */
static void add_host(struct cursor principal, struct fields *fields)
{
	struct cursor sequence, type, strings, names, first, second;
	size_t length;

	if (!der_enter(&principal, DER_SEQUENCE, &sequence) || !der_enter(&sequence, CONTEXT | 0, &type) ||
	    !der_enter(&sequence, CONTEXT | 1, &strings) || !der_enter(&strings, DER_SEQUENCE, &names) ||
	    !der_enter(&names, DER_STRING, &first))
		return;
	length = cursor_left(&first);
	if (length > 1 && first.at[length - 1] == '$')
		fields_add(fields, FIELD_KERBEROS_HOST, first.at, length - 1);
	else if (length == 4 && memcmp(first.at, "host", 4) == 0 && der_enter(&names, DER_STRING, &second) &&
	         cursor_left(&second) > 0)
		fields_add(fields, FIELD_KERBEROS_HOST, second.at, cursor_left(&second));
}

/* KDC-REQ-BODY: who asks is [1], where is [2]. */
static bool add_request(struct cursor body, struct fields *fields)
{
	struct cursor parts, part;
	uint8_t tag;

	if (!der_enter(&body, DER_SEQUENCE, &parts))
		return false;
	while (der_next(&parts, &tag, &part)) {
		if (tag == (CONTEXT | 1))
			add_host(part, fields);
		else if (tag == (CONTEXT | 2))
			add_realm(part, fields);
	}
	return !parts.failed;
}

/* The parts that are read: of a request its body, of a reply and an error the realm; whose ticket it is, is not. */
static bool add_parts(unsigned int type, struct cursor parts, struct fields *fields)
{
	struct cursor part;
	uint8_t tag;

	while (der_next(&parts, &tag, &part)) {
		if (type == AS_REQUEST || type == TGS_REQUEST) {
			if (tag == (CONTEXT | 4) && !add_request(part, fields))
				return false;
		} else if (tag == (type == ERROR ? (CONTEXT | 9) : (CONTEXT | 3))) {
			add_realm(part, fields);
		}
	}
	return !parts.failed;
}

/* The type of the message that begins with the byte ${tag}; 0 where it is none that is read. */
static unsigned int type_of(uint8_t tag)
{
	unsigned int type = tag & 0x1f;

	if ((tag & 0xe0) != APPLICATION || ((type < AS_REQUEST || type > TGS_REPLY) && type != ERROR))
		return 0;
	return type;
}

static int decode(const uint8_t *bytes, size_t length, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor at = cursor_over(bytes, length), message, parts;
	unsigned int type;
	uint8_t tag;

	type = length > 0 ? type_of(bytes[0]) : 0;
	if (type == 0)
		return 0;
	fields_add_number(fields, FIELD_KERBEROS_MESSAGE, type);
	if (der_next(&at, &tag, &message) && der_enter(&message, DER_SEQUENCE, &parts) &&
	    add_parts(type, parts, fields))
		return 1;
	fields_clear(fields);
	*reason = MALFORMED_KERBEROS;
	return -EBADMSG;
}

int kerberos_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	return decode(datagram->bytes, datagram->length, fields, reason);
}

int kerberos_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields,
                           enum malformed_reason *reason)
{
	bool is_known = *stream->memory == MEMORY_MARK;
	struct cursor at = cursor_over(stream->bytes, stream->length);
	uint32_t length;
	int result;

	if ((stream->length > 0 && stream->bytes[0] != 0) ||
	    (!is_known && stream->length > RECORD_MARK && type_of(stream->bytes[RECORD_MARK]) == 0))
		return 0;
	length = cursor_be32(&at);
	if (at.failed || stream->length <= RECORD_MARK)
		return -EAGAIN;
	if (type_of(stream->bytes[RECORD_MARK]) != 0 && length > 0) {
		if (stream->length < RECORD_MARK + (size_t)length && stream->length < STREAM_BYTES_MAX)
			return -EAGAIN;
		result = stream->length < RECORD_MARK + (size_t)length
		                 ? 1
		                 : decode(stream->bytes + RECORD_MARK, length, fields, reason);
		if (result < 0)
			return is_known ? result : 0; /* another protocol whose fifth byte is the same */
	} else if (!is_known) {
		return 0;
	}
	*stream->memory = MEMORY_MARK;
	*taken = RECORD_MARK + (size_t)length;
	return 1;
}
