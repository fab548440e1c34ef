/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a capture file, given in small pieces; every byte of every frame is read. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/replay/capture_reader.h"

struct input {
	const uint8_t *bytes;
	size_t left;
};

static long source(void *context, uint8_t *bytes, size_t size, struct error *reterr)
{
	struct input *input = context;
	size_t given = input->left < size ? input->left : size;

	(void)reterr;
	if (given > 37)
		given = 37;
	if (given > 0)
		memcpy(bytes, input->bytes, given);
	input->bytes += given;
	input->left -= given;
	return (long)given;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .bytes = data, .left = size };
	struct capture_reader *reader = NULL;
	struct error error = { .code = 0 };
	volatile uint8_t sum = 0;
	struct frame frame;
	uint64_t number = 0;
	int result;

	if (capture_reader_new(source, &input, &reader) < 0)
		abort();
	while ((result = capture_reader_next(reader, &frame, &error)) == 1) {
		if (frame.number != ++number || frame.length > size)
			abort();
		for (size_t i = 0; i < frame.length; i++)
			sum = (uint8_t)(sum + frame.bytes[i]);
	}
	if (result < 0 && (error.code != result || !error.text[0]))
		abort();
	capture_reader_free(reader);
	return 0;
}
