/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz_stream: any bytes as both directions of a connection, arriving in pieces, for a decoder of streams.
 *
 * The first byte is the share of the rest that the client sends, in 256ths; the second the size of the pieces.
 *
 * Context: fuzz targets. What a decoder promises in decoder.h is checked at each call.
 */
#ifndef ISOWARD_TESTS_FUZZ_STREAM_H
#define ISOWARD_TESTS_FUZZ_STREAM_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/decoder.h"

#define FUZZ_PIECES 24 /* at most; few, so that long inputs stay quick */

static inline int fuzz_stream_ask(stream_decode *decode, const struct stream *stream, size_t *taken)
{
	enum malformed_reason reason = MALFORMED_COUNT;
	uint8_t *exact = malloc(stream->length ? stream->length : 1);
	struct stream given = *stream;
	struct fields fields;
	int result;

	if (!exact)
		abort();
	memcpy(exact, stream->bytes, stream->length);
	given.bytes = exact;
	fields_clear(&fields);
	result = decode(&given, taken, &fields, &reason);
	if (result != 0 && result != 1 && result != STREAM_MORE && result != -EAGAIN && result != -EBADMSG)
		abort();
	if (result > 0 && (*taken == 0 || !fields_hold(&fields)))
		abort();
	if (result == -EBADMSG && reason >= MALFORMED_COUNT)
		abort();
	free(exact);
	return result;
}

static inline void fuzz_stream_side(stream_decode *decode, struct stream stream, size_t size, size_t step)
{
	const uint8_t *end = stream.bytes + size;

	stream.length = size < step ? size : step;
	while (stream.length > 0) {
		size_t left = (size_t)(end - stream.bytes), taken = 0;
		int result = fuzz_stream_ask(decode, &stream, &taken);

		for (unsigned int parts = 1; result == STREAM_MORE && parts < STREAM_PARTS_MAX; parts++)
			result = fuzz_stream_ask(decode, &stream, &taken);
		if (result == STREAM_MORE)
			result = 1;
		if (result == 1) {
			if (taken >= left)
				return;
			stream.bytes += taken;
			left -= taken;
			stream.length = stream.length > taken ? stream.length - taken : step;
			stream.length = stream.length < left ? stream.length : left;
			stream.is_start = false;
		} else if (result == -EAGAIN && stream.length < left && stream.length < STREAM_BYTES_MAX) {
			stream.length = stream.length + step < left ? stream.length + step : left;
			if (stream.length > STREAM_BYTES_MAX)
				stream.length = STREAM_BYTES_MAX;
		} else {
			return;
		}
	}
}

/* fuzz_stream gives ${size} bytes of ${data} to ${decode}; it aborts where a promise is broken. */
static inline void fuzz_stream(stream_decode *decode, const uint8_t *data, size_t size)
{
	uint32_t memory[2] = { 0, 0 };
	size_t client, step;

	if (size < 2)
		return;
	client = (size - 2) * ((size_t)data[0] + 1) / 256;
	step = (size_t)data[1] + 1;
	if (step < size / FUZZ_PIECES)
		step = size / FUZZ_PIECES;
	for (unsigned int server = 0; server < 2; server++) {
		struct stream stream = { .bytes = data + 2 + (server ? client : 0),
			                 .is_start = true,
			                 .from_server = server,
			                 .client_port = 49152,
			                 .server_port = 104,
			                 .memory = &memory[server],
			                 .peer_memory = &memory[!server] };

		fuzz_stream_side(decode, stream, server ? size - 2 - client : client, step);
	}
}

#endif
