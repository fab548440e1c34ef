/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as Kerberos, over TCP and as one datagram. */
#include "controller/sensor/decode/kerberos.h"
#include "tests/fuzz/fuzz_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct datagram datagram = { .bytes = data, .length = size };
	enum malformed_reason reason = MALFORMED_COUNT;
	struct fields fields;
	int result;

	fields_clear(&fields);
	result = kerberos_decode(&datagram, &fields, &reason);
	if ((result != 0 && result != 1 && result != -EBADMSG) || !fields_hold(&fields) ||
	    (result == -EBADMSG && reason >= MALFORMED_COUNT))
		abort();
	fuzz_stream(kerberos_decode_stream, data, size);
	return 0;
}
