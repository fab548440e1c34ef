/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the two directions of a connection that shares files. */
#include "controller/sensor/decode/smb.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_stream(smb_decode, data, size);
	return 0;
}
