/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as frames, several one after the other, so that flows and the putting together of streams are reached:
 * link type, then for each frame its length in two bytes, big-endian. What comes of them must pass the receiver's
 * check.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "controller/message.h"
#include "controller/sensor/dissect/dissector.h"
#include "policy/base/cursor.h"

static struct message message;

static void see(const struct observation *observation, void *context)
{
	(void)context;
	message.type = MESSAGE_OBSERVATION;
	memcpy(&message.observation, observation, observation_size(observation));
	message_fit(&message);
	if (message_check(&message, (uint32_t)offsetof(struct message, observation) + message.length) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Few flows and streams, so that they are given up as well. */
	static const struct dissector_options options = { .flows_max = 3, .streams_max = 2, .report_flows = true };
	struct cursor input = cursor_over(data, size);
	enum link_type link = (enum link_type)(cursor_u8(&input) % (LINK_OTHER + 1));
	struct dissector *dissector;
	uint64_t number = 0;

	if (dissector_new(&options, see, NULL, &dissector) < 0)
		return 0;
	while (cursor_left(&input) > 0) {
		size_t length = cursor_be16(&input);
		struct frame frame = { .link = link, .ifindex = 1, .number = ++number };
		uint8_t *exact;

		if (length > cursor_left(&input))
			length = cursor_left(&input);
		frame.captured_ns = number * 700000000; /* so that seconds pass, and not with every frame */
		frame.length = length;
		exact = malloc(length ? length : 1); /* so that a sanitizer sees a read past the end */
		if (!exact)
			break;
		if (length)
			memcpy(exact, cursor_take(&input, length), length);
		frame.bytes = exact;
		dissector_take(dissector, &frame);
		free(exact);
	}
	dissector_flush(dissector);
	dissector_free(dissector);
	return 0;
}
