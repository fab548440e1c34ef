/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/ntlm.h"
#include "controller/sensor/decode/ntlm_carrier.h"
#include "controller/sensor/decode/utf16.h"
#include "policy/base/memory.h"
#include "tests/unit/ntlm_messages.h"

static bool add(struct connection *connection, const struct bytes *bytes)
{
	uint8_t *exact = malloc(bytes->length ? bytes->length : 1);
	bool found;

	assert_non_null(exact);
	memcpy(exact, bytes->byte, bytes->length);
	fields_clear(&connection->fields);
	found = ntlm_add(exact, bytes->length, &connection->fields);
	free(exact);
	return found;
}

static void test_messages(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };

	(void)state;
	put_text(&bytes, "`\x30 a token around it");
	put_ntlm_negotiate(&bytes, "DESK-7");
	assert_true(add(&connection, &bytes));
	assert_string_equal(shown(&connection, FIELD_NTLM_MESSAGE), "1");
	assert_string_equal(shown(&connection, FIELD_NTLM_VERSION), "10.0.19045");
	assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), "DESK-7");
	bytes.length = 0;
	put_ntlm_challenge(&bytes, "WARD", "FILES", "files.ward.test");
	assert_true(add(&connection, &bytes));
	assert_string_equal(shown(&connection, FIELD_NTLM_MESSAGE), "2");
	assert_string_equal(shown(&connection, FIELD_NTLM_TARGET), "WARD");
	assert_string_equal(shown(&connection, FIELD_NTLM_COMPUTER), "FILES");
	assert_string_equal(shown(&connection, FIELD_NTLM_DNS_COMPUTER), "files.ward.test");
	assert_false(is_told(&connection, "SECRET"));
	bytes.length = 0;
	put_ntlm_authenticate(&bytes, "WARD", "DESK-7");
	assert_true(add(&connection, &bytes));
	assert_string_equal(shown(&connection, FIELD_NTLM_MESSAGE), "3");
	assert_string_equal(shown(&connection, FIELD_NTLM_VERSION), "10.0.19045");
	assert_string_equal(shown(&connection, FIELD_NTLM_DOMAIN), "WARD");
	assert_string_equal(shown(&connection, FIELD_NTLM_HOST), "DESK-7");
	/* no user, and nothing of what he knows */
	assert_false(is_told(&connection, "warden"));
	assert_false(is_told(&connection, "SECRET"));
}

/* Cut anywhere, no byte behind the end is read (a sanitizer's to see), and what is told is of the whole. */
static void test_cut(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };

	(void)state;
	put_ntlm_authenticate(&bytes, "WARD", "DESK-7");
	for (; bytes.length > 12; bytes.length--) {
		bool is_whole = bytes.length >= 88 + 16 + 8 + 12 + 12;

		assert_true(add(&connection, &bytes));
		assert_string_equal(shown(&connection, FIELD_NTLM_HOST), is_whole ? "DESK-7" : "");
		assert_string_equal(shown(&connection, FIELD_NTLM_DOMAIN), is_whole ? "WARD" : "");
	}
	bytes.length = 11;
	assert_false(add(&connection, &bytes));
	assert_int_equal(connection.fields.length, 0);
}

/* A message of before versions, whose flag says it has one: its first part stands where that would be. */
static void test_no_version(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };

	(void)state;
	put(&bytes, "NTLMSSP", 8);
	put_le32(&bytes, 1);
	put_le32(&bytes, NTLM_FLAGS);
	put_part(&bytes, 0, 0);
	put_part(&bytes, 9, 32);
	put_text(&bytes, "DESK-7654");
	assert_true(add(&connection, &bytes));
	assert_string_equal(shown(&connection, FIELD_NTLM_VERSION), "");
	assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), "DESK-7654");
}

static void test_not_ntlm(void **state)
{
	static const char *const texts[] = { "", "NTLMSSP", "NTLMSSP0\1\0\0\0", "nothing of the kind" };
	struct connection connection = { 0 };
	struct bytes bytes = { .length = 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		bytes.length = 0;
		put_text(&bytes, texts[i]);
		assert_false(add(&connection, &bytes));
	}
	for (unsigned int type = 0; type < 6; type++) {
		bytes.length = 0;
		put(&bytes, "NTLMSSP", 8);
		put_le32(&bytes, type);
		assert_int_equal(add(&connection, &bytes), type >= 1 && type <= 3);
	}
}

static void test_base64(void **state)
{
	static const char text[] = "TlRMTVNTUAABAAAAAQAAAgAAAAAAAAAABgAGACgAAAAKAGVKAAAAD0RFU0stNw==, and more";
	struct connection connection = { 0 };

	(void)state;
	assert_true(ntlm_add_base64((const uint8_t *)text, sizeof(text) - 1, &connection.fields));
	assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), "DESK-7");
	assert_string_equal(shown(&connection, FIELD_NTLM_VERSION), "10.0.19045");
	fields_clear(&connection.fields);
	assert_false(ntlm_add_base64((const uint8_t *)"YIIB", 4, &connection.fields));
}

static void test_utf16(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *text;
	} names[] = {
		{ "A\0B\0", 4, "AB" },
		{ "A\0B", 3, "A" },
		{ "\xe4\0\xac\x20", 4, "ä€" },
		{ "\x3d\xd8\x00\xde", 4, "😀" },
		{ "\x3d\xd8", 2, "\xef\xbf\xbd" },
		{ "\x00\xde\x41\0", 4,
		  "\xef\xbf\xbd"
		  "A" },
		{ "", 0, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct fields fields = { 0 };
		struct field_value value = { 0 };

		utf16_add(&fields, FIELD_NTLM_HOST, (const uint8_t *)names[i].bytes, names[i].length);
		fields_find(&fields, FIELD_NTLM_HOST, &value);
		assert_int_equal(value.length, strlen(names[i].text));
		assert_memory_equal(value.bytes, names[i].text, value.length);
	}
}

/* A message of each carrier around an NTLM message of under 100 bytes. */
static void put_ldap(struct bytes *bytes, unsigned int operation, const struct bytes *token)
{
	put8(bytes, 0x30);
	put8(bytes, (unsigned int)token->length + 5);
	put_text(bytes, "\x02\x01\x07");
	put8(bytes, operation);
	put8(bytes, (unsigned int)token->length);
	put(bytes, token->byte, token->length);
}

static void put_rpc(struct bytes *bytes, unsigned int type, const struct bytes *token)
{
	put8(bytes, 5);
	put8(bytes, 0);
	put8(bytes, type);
	put(bytes, "\x03\x10\0\0\0", 5);
	put_le16(bytes, 16 + 8 + token->length);
	put_le16(bytes, token->length);
	put_zeros(bytes, 4 + 8);
	put(bytes, token->byte, token->length);
}

static void put_tds(struct bytes *bytes, unsigned int type, const struct bytes *token)
{
	put8(bytes, type);
	put8(bytes, 1);
	put_be16(bytes, 8 + token->length);
	put(bytes, "\0\0\1\0", 4);
	put(bytes, token->byte, token->length);
}

static void test_carriers(void **state)
{
	static const struct {
		void (*put)(struct bytes *bytes, unsigned int type, const struct bytes *token);
		unsigned int type;
		bool is_read;
	} carriers[] = { { put_ldap, 0x60, true }, { put_ldap, 0x61, true }, { put_ldap, 0x63, false },
		         { put_rpc, 11, true },    { put_rpc, 16, true },    { put_rpc, 0, false },
		         { put_tds, 0x10, true },  { put_tds, 0x11, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(carriers); i++) {
		struct bytes token = { .length = 0 }, bytes = { .length = 0 };
		struct connection connection = { 0 };

		put_ntlm_negotiate(&token, "DESK-7");
		carriers[i].put(&bytes, carriers[i].type, &token);
		for (size_t cut = 0; carriers[i].is_read && cut < bytes.length; cut++)
			assert_int_equal(give(&connection, ntlm_carrier_decode, false, bytes.byte, cut), -EAGAIN);
		put_text(&bytes, "next");
		assert_int_equal(give(&connection, ntlm_carrier_decode, false, bytes.byte, bytes.length), 1);
		assert_int_equal(connection.taken, bytes.length - 4);
		assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), carriers[i].is_read ? "DESK-7" : "");
	}
}

static void test_not_carriers(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
	} heads[] = {
		{ "GET / HTTP/1.1", 14 },
		{ "\x16\x03\x01\x00\x05", 5 },
		{ "\x30\x80\x02\x01\x01\x60", 6 },
		{ "\x30\x10\x04\x01", 4 },
		{ "\x30\x29\x02\x01\x00\x04\x06public", 13 }, /* SNMP */
		{ "\x05\x01\x00\x03", 4 },                    /* SOCKS */
		{ "\x05\x00\x0b\x03\x33", 5 },
		{ "\x10\x01\x00\x04\x00\x00\x01\x00", 8 },
		{ "\x10\x25\x00\x04MQTT", 8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };
		int result = give(&connection, ntlm_carrier_decode, false, heads[i].bytes, heads[i].length);

		/* four bytes of SOCKS look like a call's; more of them do not */
		assert_int_equal(result, heads[i].bytes[1] == 1 && heads[i].length == 4 ? -EAGAIN : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages), cmocka_unit_test(test_cut),          cmocka_unit_test(test_no_version),
		cmocka_unit_test(test_not_ntlm), cmocka_unit_test(test_base64),       cmocka_unit_test(test_utf16),
		cmocka_unit_test(test_carriers), cmocka_unit_test(test_not_carriers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
