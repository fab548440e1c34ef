/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the payload of one ARP message; an observation that comes of them must pass the receiver's check. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/message.h"
#include "controller/sensor/decode/arp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum malformed_reason reason = MALFORMED_COUNT;
	struct message message;
	int result;

	message_make(&message, MESSAGE_OBSERVATION);
	message.observation.type = OBSERVATION_ARP;
	message.observation.ifindex = 1;
	result = arp_decode(data, size, &message.observation.arp, &reason);
	if (result < 0 && reason >= MALFORMED_COUNT)
		abort();
	message_fit(&message);
	if (result > 0 && message_check(&message, (uint32_t)offsetof(struct message, observation) + message.length) < 0)
		abort();
	return 0;
}
