/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a message of one of the small decoders of link and addressing; the first byte tells which. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "controller/sensor/decode/bacnet.h"
#include "controller/sensor/decode/cdp.h"
#include "controller/sensor/decode/dhcp6.h"
#include "controller/sensor/decode/lldp.h"
#include "controller/sensor/decode/nd.h"
#include "controller/sensor/decode/tcp_syn.h"
#include "policy/base/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static datagram_decode *const decoders[] = { lldp_decode,  cdp_decode,     nd_decode,
		                                     dhcp6_decode, tcp_syn_decode, bacnet_decode };
	static const uint8_t own[16] = { 0xfe, 0x80, [8] = 0x46, 0x4b, 0x5d, 0xff, 0xfe, 0, 0, 1 };
	static const struct mac mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } };
	struct conversation conversation = { .source = address_v6(own) };
	enum malformed_reason reason = MALFORMED_COUNT;
	struct datagram datagram = { .conversation = &conversation, .source = &mac };
	static struct fields fields;
	int result;

	if (size == 0)
		return 0;
	datagram.bytes = data + 1;
	datagram.length = size - 1;
	fields_clear(&fields);
	result = decoders[data[0] % ARRAY_SIZE(decoders)](&datagram, &fields, &reason);
	if (!fields_hold(&fields) || (result < 0 && reason >= MALFORMED_COUNT))
		abort();
	return 0;
}
