/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * datagrams: any bytes, read by one of several decoders of datagrams; the first byte chooses which.
 *
 * Owns:    nothing.
 * Context: fuzzers only.
 */
#ifndef ISOWARD_TESTS_FUZZ_DATAGRAMS_H
#define ISOWARD_TESTS_FUZZ_DATAGRAMS_H

#include <errno.h>
#include <stdlib.h>

#include "controller/sensor/decode/decoder.h"
#include "policy/base/address.h"

/*
 * datagrams_try lets one of the ${count} ${decoders} read what is behind the first of the ${size} bytes at ${data};
 * what comes out of it must hold.
 */
static inline void datagrams_try(datagram_decode *const decoders[], size_t count, const uint8_t *data, size_t size)
{
	static const uint8_t sender[4] = { 10, 1, 2, 3 };
	const struct conversation conversation = { .source = address_v4(sender) };
	static const struct mac mac;
	enum malformed_reason reason = MALFORMED_COUNT;
	static struct fields fields;
	struct datagram datagram;
	int result;

	if (size == 0)
		return;
	datagram = (struct datagram){
		.bytes = data + 1, .length = size - 1, .conversation = &conversation, .source = &mac
	};
	fields_clear(&fields);
	result = decoders[data[0] % count](&datagram, &fields, &reason);
	if ((result != 1 && result != 0 && result != -EBADMSG) || (result < 0 && reason >= MALFORMED_COUNT))
		abort();
	if (!fields_hold(&fields) || (result <= 0 && fields.length > 0))
		abort();
}

#endif
