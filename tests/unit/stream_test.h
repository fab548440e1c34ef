/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stream_test: messages written byte by byte, and a connection that gives them to a decoder of streams.
 *
 * Context: unit tests of decoders; cmocka's headers come first.
 */
#ifndef ISOWARD_TESTS_STREAM_TEST_H
#define ISOWARD_TESTS_STREAM_TEST_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/decoder.h"

#define BYTES_MAX 70000

struct bytes {
	uint8_t byte[BYTES_MAX];
	size_t length;
};

static inline void put(struct bytes *bytes, const void *what, size_t length)
{
	if (length > BYTES_MAX - bytes->length)
		abort();
	if (length > 0)
		memcpy(bytes->byte + bytes->length, what, length);
	bytes->length += length;
}

static inline void put_text(struct bytes *bytes, const char *text)
{
	put(bytes, text, strlen(text));
}

static inline void put8(struct bytes *bytes, unsigned int number)
{
	uint8_t byte = (uint8_t)number;

	put(bytes, &byte, 1);
}

static inline void put_be16(struct bytes *bytes, size_t number)
{
	put8(bytes, (unsigned int)(number >> 8) & 0xff);
	put8(bytes, (unsigned int)number & 0xff);
}

static inline void put_be32(struct bytes *bytes, size_t number)
{
	put_be16(bytes, number >> 16);
	put_be16(bytes, number & 0xffff);
}

static inline void put_le16(struct bytes *bytes, size_t number)
{
	put8(bytes, (unsigned int)number & 0xff);
	put8(bytes, (unsigned int)(number >> 8) & 0xff);
}

static inline void put_le32(struct bytes *bytes, size_t number)
{
	put_le16(bytes, number & 0xffff);
	put_le16(bytes, number >> 16);
}

static inline void put_zeros(struct bytes *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		put8(bytes, 0);
}

static inline void set_be16(struct bytes *bytes, size_t at, size_t number)
{
	bytes->byte[at] = (uint8_t)(number >> 8);
	bytes->byte[at + 1] = (uint8_t)number;
}

/* A connection: what each direction's decoder keeps, and what the last message said. */
struct connection {
	uint32_t memory[2];
	struct fields fields;
	size_t taken;
	enum malformed_reason reason;
	bool is_cut; /* what is given is all that was captured */
};

/* Gives ${length} bytes of one side's stream to ${decode}, from a block of that very size. */
static inline int give(struct connection *connection, stream_decode *decode, bool from_server, const void *bytes,
                       size_t length)
{
	uint8_t *exact = malloc(length ? length : 1);
	struct stream stream = { .bytes = exact,
		                 .length = length,
		                 .is_start = connection->memory[from_server] == 0,
		                 .from_server = from_server,
		                 .is_cut = connection->is_cut,
		                 .client_port = 50000,
		                 .server_port = 4000,
		                 .memory = &connection->memory[from_server],
		                 .peer_memory = &connection->memory[!from_server] };
	int result;

	if (!exact)
		abort();
	if (length > 0)
		memcpy(exact, bytes, length);
	fields_clear(&connection->fields);
	connection->taken = 0;
	connection->reason = MALFORMED_COUNT;
	result = decode(&stream, &connection->taken, &connection->fields, &connection->reason);
	free(exact);
	return result;
}

/* All values of ${field} as they are shown, with blanks between them. */
static inline const char *shown(const struct connection *connection, enum field field)
{
	static char text[FIELDS_BYTES_MAX * 4];
	struct field_value value;
	size_t length = 0;

	text[0] = '\0';
	for (size_t at = 0; fields_next(&connection->fields, &at, &value);) {
		if (value.field != field)
			continue;
		if (length > 0)
			text[length++] = ' ';
		length += field_show(&value, text + length, sizeof(text) - length);
	}
	return text;
}

#endif
