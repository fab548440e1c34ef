/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a frame; an observation that comes of them must pass the receiver's check. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/message.h"
#include "controller/sensor/dissect/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct frame_meta meta = { .ifindex = 1, .captured_ns = 1, .vlan = size & 1 ? 4095 : 0 };
	enum malformed_reason reason = MALFORMED_COUNT;
	struct message message;
	int result;

	message_make(&message, MESSAGE_OBSERVATION);
	result = frame_decode(data, size, &meta, &message.observation, &reason);
	if (result < 0 && reason >= MALFORMED_COUNT)
		abort();
	message_fit(&message);
	if (result > 0 && message_check(&message, (uint32_t)offsetof(struct message, observation) + message.length) < 0)
		abort();
	return 0;
}
