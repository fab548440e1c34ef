/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * datagram_vectors: messages in hexadecimal, given to a decoder of datagrams, and what must come of them as text.
 *
 * Owns:    nothing.
 * Context: tests only.
 */
#ifndef ISOWARD_TESTS_UNIT_DATAGRAM_VECTORS_H
#define ISOWARD_TESTS_UNIT_DATAGRAM_VECTORS_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/decoder.h"

#define VECTOR_BYTES_MAX 1024
#define VECTOR_TEXT_MAX  8192

struct datagram_vector {
	const char *name;
	const char *hex;  /* blanks are passed over */
	int result;       /* 1, 0 or -EBADMSG */
	const char *told; /* "field=value\n" for each, of a message */
};

/* vector_bytes writes the bytes of ${hex} to ${bytes} and returns how many. */
static inline size_t vector_bytes(const char *hex, uint8_t bytes[VECTOR_BYTES_MAX])
{
	size_t length = 0;
	unsigned int high = 16;

	for (; *hex; hex++) {
		const char digits[] = "0123456789abcdef";
		const char *digit = *hex == ' ' ? NULL : strchr(digits, *hex);
		unsigned int value;

		if (!digit)
			continue;
		value = (unsigned int)(digit - digits);
		if (high == 16) {
			high = value;
			continue;
		}
		assert_true(length < VECTOR_BYTES_MAX);
		bytes[length++] = (uint8_t)(high << 4 | value);
		high = 16;
	}
	assert_int_equal(high, 16);
	return length;
}

/* vector_told writes all of ${fields} to ${text}. */
static inline void vector_told(const struct fields *fields, char text[VECTOR_TEXT_MAX])
{
	size_t written = 0;
	struct field_value value;

	text[0] = '\0';
	for (size_t at = 0; fields_next(fields, &at, &value);) {
		written += (size_t)snprintf(text + written, VECTOR_TEXT_MAX - written,
		                            "%s=", field_info(value.field)->name);
		written += field_show(&value, text + written, VECTOR_TEXT_MAX - written);
		written += (size_t)snprintf(text + written, VECTOR_TEXT_MAX - written, "\n");
		assert_true(written < VECTOR_TEXT_MAX);
	}
}

/* vector_decode gives a copy of ${length} bytes, none behind them to read unseen, from ${source}, to ${decode}. */
static inline int vector_decode(datagram_decode *decode, const uint8_t *bytes, size_t length,
                                const struct address *source, struct fields *fields, enum malformed_reason *reason)
{
	struct conversation conversation = { .source = *source };
	struct mac mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } };
	uint8_t *copy = malloc(length ? length : 1);
	struct datagram datagram = { .bytes = copy, .length = length, .conversation = &conversation, .source = &mac };
	int result;

	assert_non_null(copy);
	memcpy(copy, bytes, length);
	fields_clear(fields);
	result = decode(&datagram, fields, reason);
	free(copy);
	return result;
}

/*
 * vectors_check gives all ${count} ${vectors}, sent from ${from} ("" for no address), to ${decode}, whose failures have
 * ${why}; each again cut at every byte, which must be refused for the same reason or give a part of what was told.
 */
static inline void vectors_check(datagram_decode *decode, const struct datagram_vector *vectors, size_t count,
                                 const char *from, enum malformed_reason why)
{
	struct address source = { .family = FAMILY_NONE };
	static char text[VECTOR_TEXT_MAX];
	static struct fields fields;

	if (*from)
		assert_int_equal(address_parse(from, &source), 0);
	for (size_t i = 0; i < count; i++) {
		uint8_t bytes[VECTOR_BYTES_MAX];
		size_t length = vector_bytes(vectors[i].hex, bytes);
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = vector_decode(decode, bytes, length, &source, &fields, &reason);

		vector_told(&fields, text);
		if (result != vectors[i].result || (result == 1 && strcmp(text, vectors[i].told) != 0) ||
		    reason != (result == -EBADMSG ? why : MALFORMED_COUNT))
			fail_msg("%s: %d, reason %d, told\n%s", vectors[i].name, result, reason, text);
		for (size_t cut = 0; cut < length; cut++) {
			reason = MALFORMED_COUNT;
			result = vector_decode(decode, bytes, cut, &source, &fields, &reason);
			if (result != 1 && result != 0 && !(result == -EBADMSG && reason == why))
				fail_msg("%s cut at %zu: %d, reason %d", vectors[i].name, cut, result, reason);
		}
	}
}

#endif
