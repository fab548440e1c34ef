/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the two directions of a connection of HL7 messages. */
#include "controller/sensor/decode/hl7.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_stream(hl7_decode, data, size);
	return 0;
}
