/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as datagrams of QUIC with their lengths before them. */
#include "controller/sensor/decode/quic.h"
#include "tests/fuzz/fuzz_datagram.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_datagrams(quic_decode, data, size);
	return 0;
}
