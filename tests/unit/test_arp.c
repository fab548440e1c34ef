/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/arp.h"
#include "policy/base/memory.h"

/* Who has 10.20.0.1? Tell 10.20.0.7 (44:4b:5d:00:00:07). */
static const uint8_t request[28] = { 0,  1,  8, 0, 6, 4, 0, 1, 0x44, 0x4b, 0x5d, 0,  0, 7,
	                             10, 20, 0, 7, 0, 0, 0, 0, 0,    0,    10,   20, 0, 1 };

struct vector {
	const char *name;
	size_t length; /* of the request */
	size_t at;     /* byte to replace … */
	uint8_t value; /* … by this */
	int result;
	enum malformed_reason reason;
};

static const struct vector vectors[] = {
	{ "request", 28, 7, 1, 1, MALFORMED_COUNT },
	{ "reply", 28, 7, 2, 1, MALFORMED_COUNT },
	{ "reverse request", 28, 7, 3, 0, MALFORMED_COUNT },
	{ "operation 257", 28, 6, 1, 0, MALFORMED_COUNT },
	{ "empty", 0, 0, 0, -EBADMSG, MALFORMED_ARP_SHORT },
	{ "cut in the head", 7, 0, 0, -EBADMSG, MALFORMED_ARP_SHORT },
	{ "cut in the sender", 15, 0, 0, -EBADMSG, MALFORMED_ARP_SHORT },
	{ "cut in the last byte", 27, 0, 0, -EBADMSG, MALFORMED_ARP_SHORT },
	{ "behind SNAP", 28, 1, 6, 1, MALFORMED_COUNT },
	{ "ARCnet", 28, 1, 7, -EBADMSG, MALFORMED_ARP_FORMAT },
	{ "protocol IPv6", 28, 2, 0x86, -EBADMSG, MALFORMED_ARP_FORMAT },
	{ "hardware length 8", 28, 4, 8, -EBADMSG, MALFORMED_ARP_FORMAT },
	{ "hardware length 0", 28, 4, 0, -EBADMSG, MALFORMED_ARP_FORMAT },
	{ "protocol length 16", 28, 5, 16, -EBADMSG, MALFORMED_ARP_FORMAT },
	{ "sender is a group", 28, 8, 0x45, -EBADMSG, MALFORMED_ARP_SENDER },
};

static void decodes_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		struct observation_arp arp, before;
		enum malformed_reason reason = MALFORMED_COUNT;
		uint8_t bytes[28];
		int result;

		memcpy(bytes, request, sizeof(bytes));
		if (vector->length > vector->at)
			bytes[vector->at] = vector->value;
		memset(&arp, 0x5a, sizeof(arp));
		before = arp;
		result = arp_decode(bytes, vector->length, &arp, &reason);
		if (result != vector->result || reason != vector->reason)
			fail_msg("%s: result %d, reason %u", vector->name, result, (unsigned int)reason);
		if (result <= 0)
			assert_memory_equal(&arp, &before, sizeof(arp));
	}
}

static void fills_every_field(void **state)
{
	static const uint8_t sender[4] = { 10, 20, 0, 7 }, target[4] = { 10, 20, 0, 1 };
	const struct address expected_sender = address_v4(sender), expected_target = address_v4(target);
	struct observation_arp arp;
	enum malformed_reason reason;
	uint8_t padded[46] = { 0 }; /* Ethernet pads to 46 bytes of payload */

	(void)state;
	memcpy(padded, request, sizeof(request));
	assert_int_equal(arp_decode(padded, sizeof(padded), &arp, &reason), 1);
	assert_int_equal(arp.operation, 1);
	assert_memory_equal(arp.sender_mac.byte, "\x44\x4b\x5d\0\0\x07", 6);
	assert_true(address_equal(&arp.sender_address, &expected_sender));
	assert_true(address_equal(&arp.target_address, &expected_target));
}

static void probe_has_no_sender_address(void **state)
{
	struct observation_arp arp;
	enum malformed_reason reason;
	uint8_t probe[28];

	(void)state;
	memcpy(probe, request, sizeof(probe));
	memset(probe + 14, 0, 4);
	assert_int_equal(arp_decode(probe, sizeof(probe), &arp, &reason), 1);
	assert_int_equal(arp.sender_address.family, FAMILY_NONE);
	assert_int_equal(arp.target_address.family, FAMILY_IPV4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(fills_every_field),
		cmocka_unit_test(probe_has_no_sender_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
