/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a datagram of SIP and as the two directions of a connection of it. */
#include "controller/sensor/decode/sip.h"
#include "tests/fuzz/fuzz_datagram.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_datagram_one(sip_decode_datagram, data, size, NULL, 0);
	fuzz_stream(sip_decode_stream, data, size);
	return 0;
}
