/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as the two directions of a TLS connection, and as datagrams of DTLS with their lengths before them. */
#include "controller/sensor/decode/dtls.h"
#include "controller/sensor/decode/tls.h"
#include "tests/fuzz/fuzz_datagram.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_stream(tls_decode, data, size);
	fuzz_datagram_one(dtls_decode, data, size, NULL, 0);
	fuzz_datagrams(dtls_decode, data, size);
	return 0;
}
