/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "controller/sensor/decode/crypto.h"
#include "controller/sensor/decode/dtls.h"
#include "controller/sensor/decode/tls.h"
#include "controller/sensor/decode/tls_fingerprint.h"
#include "policy/base/memory.h"
#include "tests/unit/seed_file.h"
#include "tests/unit/stream_test.h"

#define CLIENT false
#define SERVER true

/* Made by hand after the definitions: GREASE left out, of the extensions' hash server name and ALPN too. */
#define JA3_STRING "771,4865-4866-49195-47,0-23-10-11-16-13-43-50,29-23-24,0"
#define JA4_HEAD   "t13d0408h2_"

static struct bytes seed;

/* A seed of the fuzzer without the two bytes that steer it. */
static const uint8_t *seed_bytes(const char *name, size_t *length)
{
	seed_read("tls", name, &seed);
	*length = seed.length - 2;
	return seed.byte + 2;
}

static void hex(const char *text, char out[13])
{
	uint8_t digest[CRYPTO_SHA256_BYTES];

	assert_true(crypto_sha256(text, strlen(text), digest));
	for (size_t i = 0; i < 6; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void reads_client(void **state)
{
	struct connection connection = { 0 };
	char ja4[TLS_JA4_MAX], ciphers[13], extensions[13];
	uint8_t digest[CRYPTO_MD5_BYTES];
	char ja3[TLS_JA3_MAX];
	size_t length;
	const uint8_t *bytes = seed_bytes("client", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes, length), 1);
	assert_int_equal(connection.taken, length);
	assert_string_equal(shown(&connection, FIELD_TLS_MESSAGE), "client-hello");
	assert_string_equal(shown(&connection, FIELD_TLS_RECORD_VERSION), "769");
	assert_string_equal(shown(&connection, FIELD_TLS_VERSION), "771");
	assert_string_equal(shown(&connection, FIELD_TLS_BEST_VERSION), "772");
	assert_string_equal(shown(&connection, FIELD_TLS_NAME), "pacs.ward.example");
	assert_string_equal(shown(&connection, FIELD_TLS_ALPN), "h2 http/1.1");
	assert_string_equal(shown(&connection, FIELD_TLS_CIPHERS), "6682,4865,4866,49195,47");
	assert_string_equal(shown(&connection, FIELD_TLS_SIGNATURES), "1027,2052,1025 1027");
	assert_string_equal(shown(&connection, FIELD_TLS_VERSIONS), "10794,772,771");
	assert_string_equal(shown(&connection, FIELD_TLS_JA3_STRING), JA3_STRING);
	assert_true(crypto_md5(JA3_STRING, strlen(JA3_STRING), digest));
	for (size_t i = 0; i < sizeof(digest); i++)
		snprintf(ja3 + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(shown(&connection, FIELD_TLS_JA3), ja3);
	hex("002f,1301,1302,c02b", ciphers);
	hex("000a,000b,000d,0017,002b,0032_0403,0804,0401", extensions);
	snprintf(ja4, sizeof(ja4), JA4_HEAD "%s_%s", ciphers, extensions);
	assert_string_equal(shown(&connection, FIELD_TLS_JA4), ja4);
}

/* Cut at any byte it waits, and never says anything. */
static void waits_for_the_rest(void **state)
{
	static const char *const names[] = { "client", "client-records", "client-ssl2" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		size_t length;
		const uint8_t *bytes = seed_bytes(names[i], &length);

		for (size_t cut = 0; cut < length; cut++) {
			struct connection connection = { 0 };
			int result = give(&connection, tls_decode, CLIENT, bytes, cut);

			/* of the oldest form all of the head is enough */
			assert_true(result == -EAGAIN || (result == 1 && i == 2 && cut >= 11));
		}
	}
}

static void joins_records(void **state)
{
	struct connection connection = { 0 };
	size_t length;
	const uint8_t *bytes = seed_bytes("client-records", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes, length), 1);
	assert_int_equal(connection.taken, length);
	assert_string_equal(shown(&connection, FIELD_TLS_RECORD_VERSION), "769 769");
	assert_string_equal(shown(&connection, FIELD_TLS_JA3_STRING), JA3_STRING);
}

static void reads_the_hello_after_a_retry(void **state)
{
	struct connection connection = { 0 };
	size_t length, at;
	const uint8_t *bytes = seed_bytes("client-retry", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes, length), 1);
	at = connection.taken;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes + at, length - at), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_RECORD_VERSION), "771 771");
	assert_string_equal(shown(&connection, FIELD_TLS_JA3_STRING), JA3_STRING);
	at += connection.taken;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes + at, length - at), 1);
	assert_int_equal(connection.fields.length, 0);
	assert_true(connection.taken > STREAM_BYTES_MAX); /* data: nothing more is asked for */
}

static void reads_ssl2(void **state)
{
	struct connection connection = { 0 };
	size_t length;
	const uint8_t *bytes = seed_bytes("client-ssl2", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes, length), 1);
	assert_int_equal(connection.taken, length);
	assert_string_equal(shown(&connection, FIELD_TLS_RECORD_VERSION), "2");
	assert_string_equal(shown(&connection, FIELD_TLS_BEST_VERSION), "769");
	assert_string_equal(shown(&connection, FIELD_TLS_JA3), "");
}

static void expect_certificate(const struct connection *connection)
{
	assert_string_equal(shown(connection, FIELD_TLS_SUBJECT), "CN=Pumpe Süd,O=Ward\\x5c, East \\x5c+ West,C=XX");
	assert_string_equal(shown(connection, FIELD_TLS_ISSUER), "CN=Ward CA");
	assert_string_equal(shown(connection, FIELD_TLS_CERTIFICATE_NAME), "pump.ward.example 10.20.0.7 fd00::7");
}

static void reads_server(void **state)
{
	struct connection connection = { 0 };
	size_t length;
	const uint8_t *bytes = seed_bytes("server", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, SERVER, bytes, length), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_MESSAGE), "server-hello certificate");
	assert_string_equal(shown(&connection, FIELD_TLS_SERVER_VERSION), "771");
	expect_certificate(&connection);
	assert_true(connection.taken > STREAM_BYTES_MAX);
}

static void reads_server_in_records(void **state)
{
	struct connection connection = { 0 };
	size_t length, at;
	const uint8_t *bytes = seed_bytes("server-records", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, SERVER, bytes, length), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_MESSAGE), "server-hello");
	at = connection.taken;
	assert_int_equal(give(&connection, tls_decode, SERVER, bytes + at, length - at), 1);
	expect_certificate(&connection);
}

static void reads_chosen_version(void **state)
{
	struct connection connection = { 0 };
	size_t length;
	const uint8_t *bytes = seed_bytes("server-13", &length);

	(void)state;
	assert_int_equal(give(&connection, tls_decode, SERVER, bytes, length), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_SERVER_VERSION), "772");
	assert_true(connection.taken > STREAM_BYTES_MAX);
}

static void refuses_others(void **state)
{
	static const struct {
		const char *name;
		const char *bytes;
		size_t length;
	} others[] = {
		{ "HTTP", "GET / HTTP/1.1\r\n", 16 },
		{ "data at once", "\x17\x03\x03\x00\x10", 5 },
		{ "a version of another", "\x16\x04\x01\x00\x10\x01", 6 },
		{ "no hello", "\x16\x03\x01\x00\x10\x0e\x00\x00\x00\x03\x03", 11 },
		{ "a length with the high bit", "\x80\x2e\x02\x00\x02\x00\x06\x00\x00\x00\x10", 11 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		struct connection connection = { 0 };

		if (give(&connection, tls_decode, CLIENT, others[i].bytes, others[i].length) != 0)
			fail_msg("%s is taken", others[i].name);
	}
}

static void says_what_is_malformed(void **state)
{
	struct connection connection = { 0 };
	size_t length;
	const uint8_t *bytes = seed_bytes("client", &length);

	(void)state;
	seed.byte[2 + 5 + 4 + 2 + 32] = 33; /* a session longer than one can be */
	assert_int_equal(give(&connection, tls_decode, CLIENT, bytes, length), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_TLS);
	assert_int_equal(connection.fields.length, 0);
}

static void shows_alpn_of_other_characters(void **state)
{
	static const struct {
		const char *alpn;
		const char *shown;
	} names[] = {
		{ "\x02h2", "h2" },
		{ "\x01\xab", "ab" },
		{ "\x02\xab\xcd", "ad" },
		{ "\x02\x30\xab", "3b" },
		{ "\x04\x30\x31\xab\xcd", "3d" },
		{ "\x04\x30\xab\xcd\x31", "01" },
		{ "", "00" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct tls_client_hello hello = { .carrier = TLS_OVER_TCP, .version = TLS_VERSION_1_2 };
		char ja4[TLS_JA4_MAX], expected[TLS_JA4_MAX];

		hello.alpn = (struct tls_part){ (const uint8_t *)names[i].alpn, strlen(names[i].alpn) };
		assert_true(tls_ja4(&hello, ja4));
		snprintf(expected, sizeof(expected), "t12i0000%s_000000000000_000000000000", names[i].shown);
		assert_string_equal(ja4, expected);
	}
}

static int give_datagram(const uint8_t *bytes, size_t length, const uint8_t *earlier, size_t earlier_length,
                         struct connection *connection)
{
	struct datagram datagram = {
		.bytes = bytes, .length = length, .earlier = earlier, .earlier_length = earlier_length
	};

	fields_clear(&connection->fields);
	return dtls_decode(&datagram, &connection->fields, &connection->reason);
}

static void reads_dtls(void **state)
{
	struct connection connection = { 0 };
	size_t first;

	(void)state;
	seed_read("tls", "dtls", &seed);
	assert_int_equal(give_datagram(seed.byte, seed.length, NULL, 0, &connection), 1);
	assert_string_equal(shown(&connection, FIELD_TLS_NAME), "pacs.ward.example");
	assert_string_equal(shown(&connection, FIELD_TLS_RECORD_VERSION), "65279");
	assert_string_equal(shown(&connection, FIELD_TLS_VERSION), "65277");
	assert_memory_equal(shown(&connection, FIELD_TLS_JA4), "d", 1);
	seed_read("tls", "dtls-parts", &seed);
	first = 2 + (size_t)seed.byte[0] * 256 + seed.byte[1];
	assert_int_equal(give_datagram(seed.byte + 2, first - 2, NULL, 0, &connection), -EAGAIN);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(give_datagram(seed.byte + first + 2, seed.length - first - 2, seed.byte, first, &connection),
	                 1);
	assert_string_equal(shown(&connection, FIELD_TLS_NAME), "pacs.ward.example");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_client),
		cmocka_unit_test(waits_for_the_rest),
		cmocka_unit_test(joins_records),
		cmocka_unit_test(reads_the_hello_after_a_retry),
		cmocka_unit_test(reads_ssl2),
		cmocka_unit_test(reads_server),
		cmocka_unit_test(reads_server_in_records),
		cmocka_unit_test(reads_chosen_version),
		cmocka_unit_test(refuses_others),
		cmocka_unit_test(says_what_is_malformed),
		cmocka_unit_test(shows_alpn_of_other_characters),
		cmocka_unit_test(reads_dtls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
