/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/socks.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

#define VERSION_4      4
#define VERSION_5      5
#define VERSION_LOGIN  1 /* RFC 1929 section 2 */
#define METHODS_MAX    8
#define METHOD_KNOWN   9 /* RFC 1928 section 3: up to here the registry is filled */
#define COMMAND_MAX    3 /* connect, bind, UDP associate */
#define ADDRESS_V4     1
#define ADDRESS_NAME   3
#define ADDRESS_V6     4
#define SOCKS4_REPLY   0
#define SOCKS4_GRANTED 90
#define SOCKS4_REFUSED 93

/* Words no other decoder keeps, for one direction knows the other by it. */
#define MEMORY_METHODS 0x534f4301U
#define MEMORY_ASKED   0x534f4302U /* the request, or the reply to it, went by */

/* The request or the reply to it, RFC 1928 sections 4 and 6: its length, 0 none, -EAGAIN. */
static int request_length(const uint8_t *bytes, size_t length)
{
	struct cursor cursor = cursor_over(bytes, length);

	cursor_skip(&cursor, 3);
	switch (cursor_u8(&cursor)) {
	case ADDRESS_V4:
		cursor_skip(&cursor, 4 + 2);
		break;
	case ADDRESS_NAME:
		cursor_skip(&cursor, cursor_u8(&cursor) + 2UL);
		break;
	case ADDRESS_V6:
		cursor_skip(&cursor, 16 + 2);
		break;
	default:
		return cursor.failed ? -EAGAIN : 0;
	}
	return cursor.failed ? -EAGAIN : (int)(cursor.at - bytes);
}

/* RFC 1928 section 3: only what is registered, for it is all that tells the protocol. */
static int methods_length(const struct stream *stream)
{
	size_t count;

	if (stream->length < 2)
		return -EAGAIN;
	count = stream->bytes[1];
	if (count == 0 || count > METHODS_MAX)
		return 0;
	for (size_t i = 2; i < stream->length && i < 2 + count; i++)
		if (stream->bytes[i] > METHOD_KNOWN)
			return 0;
	/* the client waits for the answer: nothing can follow */
	return stream->length < 2 + count ? -EAGAIN : stream->length == 2 + count ? (int)(2 + count) : 0;
}

static int socks4_length(const struct stream *stream)
{
	const uint8_t *user_end, *name_end;
	size_t head = 8;

	if (stream->length > 1 && stream->bytes[1] != 1 && stream->bytes[1] != 2)
		return 0;
	if (stream->length <= head)
		return -EAGAIN;
	user_end = memchr(stream->bytes + head, 0, stream->length - head);
	if (!user_end)
		return stream->length < SOCKS_REQUEST_MAX ? -EAGAIN : 0;
	/* 0.0.0.x: a name follows */
	if (stream->bytes[4] || stream->bytes[5] || stream->bytes[6])
		return (int)(user_end + 1 - stream->bytes);
	name_end = memchr(user_end + 1, 0, stream->length - (size_t)(user_end + 1 - stream->bytes));
	if (!name_end)
		return stream->length < SOCKS_REQUEST_MAX ? -EAGAIN : 0;
	return (int)(name_end + 1 - stream->bytes);
}

static int client_length(const struct stream *stream, uint32_t *memory)
{
	uint8_t first = stream->bytes[0];
	size_t user, both;

	if (*stream->memory == 0) {
		*memory = first == VERSION_5 ? MEMORY_METHODS : MEMORY_ASKED;
		return first == VERSION_5 ? methods_length(stream) : first == VERSION_4 ? socks4_length(stream) : 0;
	}
	if (*stream->memory != MEMORY_METHODS)
		return 0;
	if (first == VERSION_LOGIN) {
		*memory = MEMORY_METHODS;
		user = stream->length > 1 ? stream->bytes[1] : 0;
		both = stream->length > 2 + user ? 3 + user + stream->bytes[2 + user] : SIZE_MAX;
		return both > stream->length ? -EAGAIN : (int)both;
	}
	*memory = MEMORY_ASKED;
	if (first != VERSION_5 || (stream->length > 1 && (stream->bytes[1] == 0 || stream->bytes[1] > COMMAND_MAX)))
		return 0;
	return request_length(stream->bytes, stream->length);
}

static int server_length(const struct stream *stream, uint32_t *memory)
{
	uint8_t first = stream->bytes[0];

	if (*stream->memory == MEMORY_ASKED ||
	    (*stream->peer_memory != MEMORY_METHODS && *stream->peer_memory != MEMORY_ASKED))
		return 0;
	if (stream->length < 2)
		return -EAGAIN;
	*memory = MEMORY_ASKED;
	if (*stream->memory == 0 && first == SOCKS4_REPLY && stream->bytes[1] >= SOCKS4_GRANTED &&
	    stream->bytes[1] <= SOCKS4_REFUSED)
		return stream->length < 8 ? -EAGAIN : 8;
	if (*stream->memory == MEMORY_METHODS && first == VERSION_5)
		return request_length(stream->bytes, stream->length);
	*memory = MEMORY_METHODS;
	return first == VERSION_5 || first == VERSION_LOGIN ? 2 : 0;
}

int socks_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	uint32_t memory = 0;
	int length;

	(void)fields;
	(void)reason;
	if (stream->length == 0)
		return -EAGAIN;
	length = stream->from_server ? server_length(stream, &memory) : client_length(stream, &memory);
	if (length <= 0)
		return length;
	*stream->memory = memory;
	*taken = (size_t)length;
	return 1;
}
