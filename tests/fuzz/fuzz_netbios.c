/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the NetBIOS name service or a NetBIOS datagram, over UDP or IPX, with a browser announcement. */
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/browser.h"
#include "controller/sensor/decode/nbns.h"
#include "policy/base/memory.h"
#include "tests/fuzz/datagrams.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static datagram_decode *const decoders[] = { nbns_decode, browser_decode, browser_decode_ipx };

	datagrams_try(decoders, ARRAY_SIZE(decoders), data, size);
	return 0;
}
