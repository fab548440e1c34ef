/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/kerberos.h"
#include "policy/base/memory.h"
#include "tests/unit/ntlm_messages.h"

#define SEQUENCE 0x30

/* Wraps what stands behind ${from} into an element ${tag}; lengths take two bytes, which DER readers must bear. */
static void wrap(struct bytes *bytes, size_t from, unsigned int tag)
{
	struct bytes content = { .length = bytes->length - from };

	memcpy(content.byte, bytes->byte + from, content.length);
	bytes->length = from;
	put8(bytes, tag);
	put8(bytes, 0x82);
	put_be16(bytes, content.length);
	put(bytes, content.byte, content.length);
}

static void put_string(struct bytes *bytes, const char *text)
{
	put8(bytes, 0x1b);
	put8(bytes, (unsigned int)strlen(text));
	put_text(bytes, text);
}

static void put_principal(struct bytes *bytes, unsigned int part, const char *first, const char *second)
{
	size_t from = bytes->length, strings;

	put(bytes, "\xa0\3\2\1\1", 5);
	strings = bytes->length;
	put_string(bytes, first);
	if (second)
		put_string(bytes, second);
	wrap(bytes, strings, SEQUENCE);
	wrap(bytes, strings, 0xa1);
	wrap(bytes, from, SEQUENCE);
	wrap(bytes, from, part);
}

static void put_realm(struct bytes *bytes, unsigned int part)
{
	size_t from = bytes->length;

	put_string(bytes, "WARD.TEST");
	wrap(bytes, from, part);
}

static void make_request(struct bytes *bytes, unsigned int type, const char *first, const char *second)
{
	size_t body;

	bytes->length = 0;
	put(bytes, "\xa1\3\2\1\5\xa2\3\2\1", 9);
	put8(bytes, type);
	body = bytes->length;
	put(bytes, "\xa0\7\3\5\0\x40\x80\0\x10", 9);
	if (first)
		put_principal(bytes, 0xa1, first, second);
	put_realm(bytes, 0xa2);
	put_principal(bytes, 0xa3, "krbtgt", "WARD.TEST");
	wrap(bytes, body, SEQUENCE);
	wrap(bytes, body, 0xa4);
	wrap(bytes, 0, SEQUENCE);
	wrap(bytes, 0, 0x60 | type);
}

static int decode(struct connection *connection, const struct bytes *bytes, size_t length)
{
	uint8_t *exact = malloc(length ? length : 1);
	struct datagram datagram = { .bytes = exact, .length = length };
	int result;

	assert_non_null(exact);
	memcpy(exact, bytes->byte, length);
	fields_clear(&connection->fields);
	connection->reason = MALFORMED_COUNT;
	result = kerberos_decode(&datagram, &connection->fields, &connection->reason);
	free(exact);
	return result;
}

static void test_request(void **state)
{
	static const struct {
		unsigned int type;
		const char *first, *second;
		const char *host;
	} requests[] = {
		{ 10, "DESK-7$", NULL, "DESK-7" }, { 10, "host", "desk-7.ward.test", "desk-7.ward.test" },
		{ 10, "warden", NULL, "" }, /* a user */
		{ 10, "warden", "admin", "" },     { 10, "$", NULL, "" },
		{ 10, "host", NULL, "" },          { 12, NULL, NULL, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct connection connection = { 0 };
		struct bytes bytes;

		make_request(&bytes, requests[i].type, requests[i].first, requests[i].second);
		assert_int_equal(decode(&connection, &bytes, bytes.length), 1);
		assert_int_equal(fields_number(&connection.fields, FIELD_KERBEROS_MESSAGE, 0), requests[i].type);
		assert_string_equal(shown(&connection, FIELD_KERBEROS_REALM), "WARD.TEST");
		assert_string_equal(shown(&connection, FIELD_KERBEROS_HOST), requests[i].host);
		assert_false(is_told(&connection, "warden"));
		for (size_t cut = 1; cut < bytes.length; cut++) {
			assert_int_equal(decode(&connection, &bytes, cut), -EBADMSG);
			assert_int_equal(connection.reason, MALFORMED_KERBEROS);
			assert_int_equal(connection.fields.length, 0);
		}
	}
}

/* Of a reply and an error the realm is the sender's; whom they are for is not. */
static void test_reply(void **state)
{
	static const struct {
		unsigned int type, realm, name;
	} replies[] = { { 11, 0xa3, 0xa4 }, { 13, 0xa3, 0xa4 }, { 30, 0xa9, 0xa8 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(replies); i++) {
		struct connection connection = { 0 };
		struct bytes bytes = { .length = 0 };

		put_principal(&bytes, replies[i].name, "DESK-7$", NULL);
		put_realm(&bytes, replies[i].realm);
		wrap(&bytes, 0, SEQUENCE);
		wrap(&bytes, 0, 0x60 | replies[i].type);
		assert_int_equal(decode(&connection, &bytes, bytes.length), 1);
		assert_int_equal(fields_number(&connection.fields, FIELD_KERBEROS_MESSAGE, 0), replies[i].type);
		assert_string_equal(shown(&connection, FIELD_KERBEROS_REALM), "WARD.TEST");
		assert_string_equal(shown(&connection, FIELD_KERBEROS_HOST), "");
	}
}

static void test_stream(void **state)
{
	struct connection connection = { 0 };
	struct bytes message, bytes = { .length = 0 };

	(void)state;
	make_request(&message, 10, "DESK-7$", NULL);
	put_be32(&bytes, message.length);
	put(&bytes, message.byte, message.length);
	for (size_t cut = 0; cut < bytes.length; cut++)
		assert_int_equal(give(&connection, kerberos_decode_stream, false, bytes.byte, cut), -EAGAIN);
	put_text(&bytes, "next");
	assert_int_equal(give(&connection, kerberos_decode_stream, false, bytes.byte, bytes.length), 1);
	assert_int_equal(connection.taken, bytes.length - 4);
	assert_string_equal(shown(&connection, FIELD_KERBEROS_HOST), "DESK-7");
}

static void test_not_kerberos(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} heads[] = {
		{ "\1", 1 }, { "\0\0\0\x40\xff", 5 }, { "\0\0\0\x40\x69", 5 }, { "\0\0\0\2\x6a\x7f", 6 }, { "GET /", 5 }
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		assert_int_equal(give(&connection, kerberos_decode_stream, false, heads[i].bytes, heads[i].length), 0);
		assert_int_equal(connection.fields.length, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_not_kerberos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
