/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/rdp.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/utf16.h"
#include "policy/base/cursor.h"

#define TPKT_HEADER    4
#define TPKT_VERSION   3
#define X224_HEADER    7 /* its length byte too */
#define X224_REQUEST   0xe0
#define X224_CONFIRM   0xd0
#define X224_DATA      0xf0
#define RDP_PORT       3389
#define NEGOTIATION    8 /* bytes of a request or an answer */
#define ASKS           1
#define ANSWERS        2
#define REFUSES        3
#define CORE_DATA      0xc001U
#define CORE_NAME      32
#define CORE_LENGTH    (4 + 4 + 2 + 2 + 2 + 2 + 4 + 4 + CORE_NAME)
#define CONNECT_BYTE_1 0x7f /* BER: application 101, the MCS Connect-Initial */
#define CONNECT_BYTE_2 0x65
#define MEMORY_MARK    0x52445000U

static uint32_t le32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static bool starts(const uint8_t *bytes, size_t length, const char *text)
{
	return length >= strlen(text) && memcmp(bytes, text, strlen(text)) == 0;
}

/* Whether ${length} bytes are a negotiation of ${type}: its own length stands in it. */
static bool is_negotiation(const uint8_t *bytes, size_t length, unsigned int type)
{
	return length >= NEGOTIATION && bytes[0] == type && bytes[2] == NEGOTIATION && bytes[3] == 0;
}

/* Reads what a connection request holds behind its X.224 header. shape: false where it is none of RDP's. */
static bool add_request(const uint8_t *bytes, size_t length, bool is_port, struct fields *fields)
{
	const uint8_t *end;

	if (starts(bytes, length, "Cookie: mstshash="))
		fields_add_text(fields, FIELD_RDP_COOKIE, "mstshash");
	else if (starts(bytes, length, "Cookie: msts="))
		fields_add_text(fields, FIELD_RDP_COOKIE, "msts");
	else if (length > 0 && !is_negotiation(bytes, length, ASKS))
		return false;
	else if (length == 0)
		return is_port;
	end = memmem(bytes, length, "\r\n", 2);
	if (end) {
		length -= (size_t)(end + 2 - bytes);
		bytes = end + 2;
	}
	if (is_negotiation(bytes, length, ASKS))
		fields_add_number(fields, FIELD_RDP_SECURITY, le32(bytes + 4));
	return true;
}

static bool add_confirm(const uint8_t *bytes, size_t length, bool is_expected, struct fields *fields)
{
	if (is_negotiation(bytes, length, ANSWERS))
		fields_add_number(fields, FIELD_RDP_SECURITY, le32(bytes + 4));
	else if (!is_negotiation(bytes, length, REFUSES) && (length > 0 || !is_expected))
		return false;
	return true;
}

/* The client's core data within an MCS Connect-Initial: behind "Duca", the key of T.124's user data, and a PER length.
 */
static void add_core(const uint8_t *bytes, size_t length, struct fields *fields)
{
	const uint8_t *key = memmem(bytes, length, "Duca", 4);
	struct cursor at = cursor_over(key, key ? length - (size_t)(key - bytes) : 0);
	const uint8_t *core;
	size_t name = 0;

	cursor_skip(&at, 4);
	if (cursor_u8(&at) & 0x80)
		cursor_skip(&at, 1);
	core = cursor_take(&at, CORE_LENGTH);
	if (!core || (core[0] | (unsigned int)core[1] << 8) != CORE_DATA)
		return;
	fields_add_number(fields, FIELD_RDP_CLIENT_BUILD, le32(core + CORE_LENGTH - CORE_NAME - 4));
	core += CORE_LENGTH - CORE_NAME;
	while (name < CORE_NAME && (core[name] | core[name + 1]) != 0)
		name += 2;
	utf16_add(fields, FIELD_RDP_CLIENT_NAME, core, name);
}

/* Tells whether the head of a stream may be a connection request or its answer: 1, 0 or -EAGAIN. */
static int is_rdp(const uint8_t *bytes, size_t length)
{
	if ((length > 0 && bytes[0] != TPKT_VERSION) || (length > 1 && bytes[1] != 0) ||
	    (length > 4 && bytes[4] < X224_HEADER - 1) ||
	    (length > 5 && bytes[5] != X224_REQUEST && bytes[5] != X224_CONFIRM))
		return 0;
	return length < TPKT_HEADER + X224_HEADER ? -EAGAIN : 1;
}

/* A message behind the first: the Connect-Initial is read, the others are passed over. */
static int decode_known(const struct stream *stream, size_t total, struct fields *fields)
{
	const uint8_t *data = stream->bytes + TPKT_HEADER;

	if (total < TPKT_HEADER + 5 || stream->from_server)
		return 1;
	if (stream->length < TPKT_HEADER + 5)
		return -EAGAIN;
	if (data[1] != X224_DATA || data[3] != CONNECT_BYTE_1 || data[4] != CONNECT_BYTE_2)
		return 1;
	if (stream->length < total && stream->length < STREAM_BYTES_MAX)
		return -EAGAIN;
	add_core(data, (total < stream->length ? total : stream->length) - TPKT_HEADER, fields);
	return 1;
}

int rdp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	bool is_known = *stream->memory == MEMORY_MARK, is_ours;
	int result = is_known ? 1 : is_rdp(stream->bytes, stream->length);
	const uint8_t *rest = stream->bytes + TPKT_HEADER + X224_HEADER;
	size_t total;

	if (result <= 0)
		return result;
	if (stream->length > 0 && stream->bytes[0] != TPKT_VERSION)
		return 0; /* TLS from here on, or RDP's own fast path */
	if (stream->length < TPKT_HEADER)
		return -EAGAIN;
	total = (size_t)stream->bytes[2] << 8 | stream->bytes[3];
	if (total < TPKT_HEADER) {
		*reason = MALFORMED_RDP;
		return -EBADMSG;
	}
	*taken = total;
	if (is_known)
		return decode_known(stream, total, fields);
	if (total != TPKT_HEADER + 1 + (size_t)stream->bytes[TPKT_HEADER])
		return 0;
	if (stream->length < total)
		return -EAGAIN;
	total -= TPKT_HEADER + X224_HEADER;
	if (stream->bytes[5] == X224_REQUEST)
		is_ours = add_request(rest, total, stream->server_port == RDP_PORT, fields);
	else
		is_ours = add_confirm(rest, total, *stream->peer_memory == MEMORY_MARK, fields);
	if (is_ours)
		*stream->memory = MEMORY_MARK;
	return is_ours;
}
