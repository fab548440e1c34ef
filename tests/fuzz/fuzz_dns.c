/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as DNS, mDNS, LLMNR, or the head of a stream of DNS. */
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/dns.h"
#include "policy/base/memory.h"
#include "tests/fuzz/datagrams.h"

static void try_stream(const uint8_t *data, size_t size)
{
	struct stream stream = { .bytes = data, .length = size, .is_start = true, .server_port = 53 };
	enum malformed_reason reason = MALFORMED_COUNT;
	static struct fields fields;
	size_t taken = 0;
	int result;

	fields_clear(&fields);
	result = dns_stream_decode(&stream, &taken, &fields, &reason);
	if ((result == 1 && taken == 0) || (result == -EBADMSG && reason >= MALFORMED_COUNT) || !fields_hold(&fields))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static datagram_decode *const decoders[] = { dns_decode, mdns_decode, llmnr_decode };

	datagrams_try(decoders, ARRAY_SIZE(decoders), data, size);
	try_stream(data, size);
	return 0;
}
