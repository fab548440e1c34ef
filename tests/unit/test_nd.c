/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/nd.h"
#include "policy/base/memory.h"
#include "tests/unit/datagram_vectors.h"

static const struct datagram_vector vectors[] = {
	{ "router solicitation", "85000000000000000101444b5d000001", 1,
	  "nd-type=133\n"
	  "nd-address-kind=eui-64\n"
	  "nd-link-mac=44:4b:5d:00:00:01\n" },
	{ "router advertisement",
	  "860000004080070800000000000000000101444b5d00000105010000000005dc030440c00001518000003840"
	  "0000000020010db8000700000000000000000000",
	  1,
	  "nd-type=134\n"
	  "nd-flags=128\n"
	  "nd-router-lifetime=1800\n"
	  "nd-address-kind=eui-64\n"
	  "nd-link-mac=44:4b:5d:00:00:01\n"
	  "nd-prefix=2001:db8:7::\n"
	  "nd-prefix-length=64\n"
	  "nd-prefix-flags=192\n" },
	{ "neighbour solicitation", "8700000000000000fe8000000000000000000000000000020101444b5d000001", 1,
	  "nd-type=135\n"
	  "nd-target=fe80::2\n"
	  "nd-address-kind=eui-64\n"
	  "nd-link-mac=44:4b:5d:00:00:01\n" },
	{ "neighbour advertisement", "8800000060000000fe8000000000000000000000000000020201444b5d000001", 1,
	  "nd-type=136\n"
	  "nd-flags=96\n"
	  "nd-target=fe80::2\n"
	  "nd-address-kind=eui-64\n"
	  "nd-link-mac=44:4b:5d:00:00:01\n" },
	{ "redirect",
	  "8900000000000000fe80000000000000000000000000000920010db80000000000000000000000010201444b"
	  "5d000001",
	  1,
	  "nd-type=137\n"
	  "nd-target=fe80::9\n"
	  "nd-address-kind=eui-64\n"
	  "nd-link-mac=44:4b:5d:00:00:01\n" },
	{ "echo request", "8000000000010001", 0, "" },
	{ "option without length", "85000000000000000100000000000000", 1,
	  "nd-type=133\n"
	  "nd-address-kind=eui-64\n" },
	{ "option past the message", "85000000000000000102000000000000", 1,
	  "nd-type=133\n"
	  "nd-address-kind=eui-64\n" },
	{ "target cut", "8700000000000000fe8000000000000000000000000000", 1,
	  "nd-type=135\n"
	  "nd-address-kind=eui-64\n" },
	{ "routes", "860000004000000000000000000000001801000800000000180230000000000020010db800070000", 1,
	  "nd-type=134\n"
	  "nd-flags=0\n"
	  "nd-router-lifetime=0\n"
	  "nd-address-kind=eui-64\n"
	  "nd-route=::\n"
	  "nd-route-length=0\n"
	  "nd-route=2001:db8:7::\n"
	  "nd-route-length=48\n" },
	{ "head cut", "8600", -EBADMSG, "" },
	{ "advertisement cut", "8600000040800708", 1,
	  "nd-type=134\n"
	  "nd-flags=128\n"
	  "nd-router-lifetime=1800\n"
	  "nd-address-kind=eui-64\n" },
	{ "prefix cut", "860000004000000000000000000000000301000000000000", 1,
	  "nd-type=134\n"
	  "nd-flags=0\n"
	  "nd-router-lifetime=0\n"
	  "nd-address-kind=eui-64\n" },
	{ "long link address", "850000000000000001020000000000000000000000000000", 1,
	  "nd-type=133\n"
	  "nd-address-kind=eui-64\n" },
};

static void decodes_vectors(void **state)
{
	(void)state;
	vectors_check(nd_decode, vectors, ARRAY_SIZE(vectors), "fe80::464b:5dff:fe00:1", MALFORMED_ND);
}

struct kind_vector {
	const char *address;
	const char *kind; /* NULL: none */
};

static const struct kind_vector kinds[] = {
	{ "fe80::464b:5dff:fe00:1", "eui-64" },
	{ "2001:db8::1", "static" },
	{ "fe80::dead:beef", "static" },
	{ "2001:db8::10:20:30:40", "static" },
	{ "2001:db8:1:2:9c3e:71b0:5a24:e813", "random" },
	{ "fe80::fd:7a4c:8d72:7710", "random" },
	{ "ff02::1", NULL },
	{ "::", NULL },
	{ "10.20.0.7", NULL },
};

static void tells_the_kind_of_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct address address;
		const char *kind;

		assert_int_equal(address_parse(kinds[i].address, &address), 0);
		kind = nd_address_kind(&address);
		if (!kind != !kinds[i].kind || (kind && strcmp(kind, kinds[i].kind) != 0))
			fail_msg("%s: %s", kinds[i].address, kind ? kind : "none");
	}
}

/* Who asks for an address that it is about to take (RFC 4862) has none yet: the target's kind is its own. */
static void takes_the_target_of_a_probe(void **state)
{
	static const char probe[] = "8700000000000000fe800000000000009c3e71b05a24e813";
	struct address none = { .family = FAMILY_NONE };
	enum malformed_reason reason = MALFORMED_COUNT;
	uint8_t bytes[VECTOR_BYTES_MAX];
	size_t length = vector_bytes(probe, bytes);
	char text[VECTOR_TEXT_MAX];
	struct fields fields;

	(void)state;
	assert_int_equal(vector_decode(nd_decode, bytes, length, &none, &fields, &reason), 1);
	vector_told(&fields, text);
	assert_string_equal(text, "nd-type=135\nnd-target=fe80::9c3e:71b0:5a24:e813\nnd-address-kind=random\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(tells_the_kind_of_an_address),
		cmocka_unit_test(takes_the_target_of_a_probe),
	};

	return cmocka_run_group_tests_name("nd", tests, NULL, NULL);
}
