/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as SSDP, to its own port or to any, or as WS-Discovery. */
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/ssdp.h"
#include "controller/sensor/decode/wsd.h"
#include "policy/base/memory.h"
#include "tests/fuzz/datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static datagram_decode *const decoders[] = { ssdp_decode, ssdp_answer_decode, wsd_decode };

	datagrams_try(decoders, ARRAY_SIZE(decoders), data, size);
	return 0;
}
