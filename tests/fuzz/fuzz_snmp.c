/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as an SNMP message. */
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/snmp.h"
#include "policy/base/memory.h"
#include "tests/fuzz/datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static datagram_decode *const decoders[] = { snmp_decode };

	datagrams_try(decoders, ARRAY_SIZE(decoders), data, size);
	return 0;
}
