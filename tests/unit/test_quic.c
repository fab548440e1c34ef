/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/crypto.h"
#include "controller/sensor/decode/quic.h"
#include "policy/base/memory.h"
#include "tests/unit/seed_file.h"

static struct bytes seed;
static struct fields fields;
static uint8_t *memory; /* NULL where none is kept */

static int give_datagram(const uint8_t *bytes, size_t length, const uint8_t *earlier, size_t earlier_length,
                         bool from_server)
{
	struct conversation conversation = { .from_server = from_server };
	struct datagram datagram = { .bytes = bytes,
		                     .length = length,
		                     .conversation = &conversation,
		                     .earlier = earlier,
		                     .earlier_length = earlier_length,
		                     .memory = memory };
	enum malformed_reason reason = MALFORMED_COUNT;

	fields_clear(&fields);
	return quic_decode(&datagram, &fields, &reason);
}

static void expect(enum field field, const char *text)
{
	static char found[FIELD_TEXT_MAX];
	struct field_value value;

	assert_true(fields_find(&fields, field, &value));
	field_show(&value, found, sizeof(found));
	assert_string_equal(found, text);
}

/* RFC 9001 appendix A.1 */
static void derives_keys(void **state)
{
	static const uint8_t salt[] = { 0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
		                        0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a };
	static const uint8_t connection[] = { 0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08 };
	static const uint8_t expected_key[] = { 0x1f, 0x36, 0x96, 0x13, 0xdd, 0x76, 0xd5, 0x46,
		                                0x77, 0x30, 0xef, 0xcb, 0xe3, 0xb1, 0xa2, 0x2d };
	static const uint8_t expected_iv[] = { 0xfa, 0x04, 0x4b, 0x2f, 0x42, 0xa3, 0xfd, 0x3b, 0x46, 0xfb, 0x25, 0x5c };
	static const uint8_t expected_header[] = { 0x9f, 0x50, 0x44, 0x9e, 0x04, 0xa0, 0xe8, 0x10,
		                                   0x28, 0x3a, 0x1e, 0x99, 0x33, 0xad, 0xed, 0xd2 };
	uint8_t initial[32], client[32], out[16];

	(void)state;
	assert_true(crypto_hmac(salt, sizeof(salt), connection, sizeof(connection), initial));
	assert_true(crypto_expand_label(initial, "client in", client, sizeof(client)));
	assert_true(crypto_expand_label(client, "quic key", out, 16));
	assert_memory_equal(out, expected_key, 16);
	assert_true(crypto_expand_label(client, "quic iv", out, 12));
	assert_memory_equal(out, expected_iv, 12);
	assert_true(crypto_expand_label(client, "quic hp", out, 16));
	assert_memory_equal(out, expected_header, 16);
	assert_false(crypto_expand_label(client, "quic key", out, 33));
}

static void reads_each_version(void **state)
{
	static const struct {
		const char *seed;
		const char *version;
	} versions[] = {
		{ "rfc9001", "1" },          { "version2", "1798521807" }, { "draft29", "4278190109" },
		{ "draft27", "4278190107" }, { "reserved", "168430090" },  { "unordered", "1" },
		{ "coalesced", "1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++) {
		seed_read("quic", versions[i].seed, &seed);
		if (give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, false) != 1)
			fail_msg("%s is not read", versions[i].seed);
		expect(FIELD_QUIC_VERSION, versions[i].version);
		expect(FIELD_TLS_NAME, "example.com");
		expect(FIELD_TLS_BEST_VERSION, "772");
		expect(FIELD_TLS_ALPN, "alpn");
		expect(FIELD_TLS_JA3_STRING, "771,4865-4866,0-65281-10-16-5-51-43-13-45-28-57,29-23-24,");
	}
}

static void joins_datagrams(void **state)
{
	size_t first;

	(void)state;
	seed_read("quic", "datagrams", &seed);
	first = 2 + (size_t)seed.byte[0] * 256 + seed.byte[1];
	assert_int_equal(give_datagram(seed.byte + 2, first - 2, NULL, 0, false), -EAGAIN);
	assert_int_equal(fields.length, 0);
	assert_int_equal(give_datagram(seed.byte + first + 2, seed.length - first - 2, seed.byte, first, false), 1);
	expect(FIELD_TLS_NAME, "pacs.ward.example");
}

/* The server answered in between: the second datagram bears the server's ID, and the first one's keys. */
static void keeps_the_keys_of_its_first(void **state)
{
	size_t first;

	(void)state;
	seed_read("quic", "moved", &seed);
	first = 2 + (size_t)seed.byte[0] * 256 + seed.byte[1];
	assert_int_equal(give_datagram(seed.byte + 2, first - 2, NULL, 0, false), -EAGAIN);
	assert_int_equal(give_datagram(seed.byte + first + 2, seed.length - first - 2, NULL, 0, false), 0);
	assert_int_equal(give_datagram(seed.byte + first + 2, seed.length - first - 2, seed.byte, first, false), 1);
	expect(FIELD_TLS_NAME, "pacs.ward.example");
}

/* What was told is not told again; the hello after a HelloRetryRequest is, under the server's ID. */
static void tells_each_hello_once(void **state)
{
	uint8_t kept[DATAGRAM_MEMORY] = { 0 };
	const uint8_t *second;
	size_t first;

	(void)state;
	seed_read("quic", "retried", &seed);
	first = (size_t)seed.byte[0] * 256 + seed.byte[1];
	second = seed.byte + 2 + first + 2;
	assert_int_equal(give_datagram(second, first, NULL, 0, false), 0); /* nothing known of its keys */
	memory = kept;
	assert_int_equal(give_datagram(seed.byte + 2, first, NULL, 0, false), 1);
	expect(FIELD_TLS_NAME, "example.com");
	assert_int_equal(give_datagram(seed.byte + 2, first, NULL, 0, false), 1);
	assert_int_equal(fields.length, 0);
	assert_int_equal(give_datagram(second, first, NULL, 0, false), 1);
	expect(FIELD_TLS_NAME, "example.com");
	assert_int_equal(give_datagram(second, first, NULL, 0, false), 1);
	assert_int_equal(fields.length, 0);
	seed_read("quic", "draft29", &seed); /* the same ID, another version: it begins anew */
	assert_int_equal(give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, false), 1);
	expect(FIELD_TLS_NAME, "example.com");
	memset(kept, 0xff, sizeof(kept));
	assert_int_equal(give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, false), 1);
	expect(FIELD_TLS_NAME, "example.com");
	memory = NULL;
}

static void refuses_what_does_not_decrypt(void **state)
{
	(void)state;
	seed_read("quic", "rfc9001", &seed);
	assert_int_equal(give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, true), 0); /* a server's */
	seed.byte[2 + 700] ^= 1;
	assert_int_equal(give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, false), 0);
	assert_int_equal(fields.length, 0);
	seed.byte[2 + 700] ^= 1;
	seed.byte[2 + 4] = 7; /* a version that nobody knows */
	assert_int_equal(give_datagram(seed.byte + 2, seed.length - 2, NULL, 0, false), 0);
}

static void survives_any_cut(void **state)
{
	(void)state;
	seed_read("quic", "coalesced", &seed);
	for (size_t cut = 0; cut < seed.length - 2; cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		int result;

		assert_non_null(exact);
		memcpy(exact, seed.byte + 2, cut);
		result = give_datagram(exact, cut, NULL, 0, false);
		assert_true(result == 0 || result == -EAGAIN);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derives_keys),          cmocka_unit_test(reads_each_version),
		cmocka_unit_test(joins_datagrams),       cmocka_unit_test(refuses_what_does_not_decrypt),
		cmocka_unit_test(survives_any_cut),      cmocka_unit_test(keeps_the_keys_of_its_first),
		cmocka_unit_test(tells_each_hello_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
