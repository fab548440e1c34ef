/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_datagram: any bytes as the datagrams of one direction, each with two bytes of length before it, for a decoder.
 *
 * Context: fuzz targets. What a decoder promises in decoder.h is checked at each call.
 */
#ifndef ISOWARD_TESTS_FUZZ_DATAGRAM_H
#define ISOWARD_TESTS_FUZZ_DATAGRAM_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/decoder.h"
#include "policy/base/cursor.h"

/* What is kept between the datagrams of one input. */
static uint8_t kept_memory[DATAGRAM_MEMORY];

/* fuzz_datagram_one gives one datagram, from a block of its very size, with ${earlier} to ${decode}. */
static inline int fuzz_datagram_one(datagram_decode *decode, const uint8_t *bytes, size_t length,
                                    const uint8_t *earlier, size_t earlier_length)
{
	static const struct conversation conversation = { .source_port = 50000, .destination_port = 4000 };
	static const struct mac source = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } };
	enum malformed_reason reason = MALFORMED_COUNT;
	uint8_t *exact = malloc(length ? length : 1);
	struct datagram datagram = { .bytes = exact,
		                     .length = length,
		                     .conversation = &conversation,
		                     .source = &source,
		                     .earlier = earlier,
		                     .earlier_length = earlier_length,
		                     .memory = kept_memory };
	struct fields fields;
	int result;

	if (!exact)
		abort();
	if (length > 0)
		memcpy(exact, bytes, length);
	fields_clear(&fields);
	result = decode(&datagram, &fields, &reason);
	if ((result != 0 && result != 1 && result != -EAGAIN && result != -EBADMSG) || !fields_hold(&fields))
		abort();
	if (result == -EBADMSG && reason >= MALFORMED_COUNT)
		abort();
	free(exact);
	return result;
}

/* fuzz_datagrams gives the datagrams in ${size} bytes of ${data} to ${decode}, keeping those it wants kept. */
static inline void fuzz_datagrams(datagram_decode *decode, const uint8_t *data, size_t size)
{
	struct cursor cursor = cursor_over(data, size);
	const uint8_t *kept = data;
	size_t kept_length = 0;

	memset(kept_memory, 0, sizeof(kept_memory));
	while (cursor_left(&cursor) > 2) {
		size_t length = cursor_be16(&cursor);
		const uint8_t *bytes;

		if (length > cursor_left(&cursor))
			length = cursor_left(&cursor);
		bytes = cursor_take(&cursor, length);
		if (fuzz_datagram_one(decode, bytes, length, kept, kept_length) == -EAGAIN &&
		    kept_length < STREAM_BYTES_MAX) {
			kept_length = (size_t)(cursor.at - kept);
		} else {
			kept = cursor.at;
			kept_length = 0;
		}
	}
}

#endif
