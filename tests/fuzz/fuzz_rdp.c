/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the two directions of a remote desktop connection. */
#include "controller/sensor/decode/rdp.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_stream(rdp_decode, data, size);
	return 0;
}
