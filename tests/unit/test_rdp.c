/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/rdp.h"
#include "policy/base/memory.h"
#include "tests/unit/ntlm_messages.h"

#define CLIENT  false
#define SERVER  true
#define REQUEST 0xe0
#define CONFIRM 0xd0

static void put_x224(struct bytes *bytes, unsigned int code, const char *variable, size_t length)
{
	bytes->length = 0;
	put_be16(bytes, 0x0300);
	put_be16(bytes, 4 + 7 + length);
	put8(bytes, (unsigned int)(6 + length));
	put8(bytes, code);
	put_zeros(bytes, 5);
	put(bytes, variable, length);
}

static void take(struct connection *connection, bool from_server, const struct bytes *bytes)
{
	for (size_t cut = 0; cut < bytes->length; cut++)
		assert_int_equal(give(connection, rdp_decode, from_server, bytes->byte, cut), -EAGAIN);
	assert_int_equal(give(connection, rdp_decode, from_server, bytes->byte, bytes->length), 1);
	assert_int_equal(connection->taken, bytes->length);
}

#define VARIABLE(text) (text), sizeof(text) - 1

static void test_request(void **state)
{
	static const struct {
		const char *variable;
		size_t length;
		const char *cookie;
		const char *security;
	} requests[] = {
		{ VARIABLE("Cookie: mstshash=warden\r\n\1\0\x08\0\3\0\0\0"), "mstshash", "3" },
		{ VARIABLE("Cookie: mstshash=warden\r\n"), "mstshash", "" },
		{ VARIABLE("Cookie: msts=3640205228.15629.0000\r\n\1\0\x08\0\1\0\0\0"), "msts", "1" },
		{ VARIABLE("\1\0\x08\0\x0b\0\0\0"), "", "11" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct connection connection = { 0 };
		struct bytes bytes;

		put_x224(&bytes, REQUEST, requests[i].variable, requests[i].length);
		take(&connection, CLIENT, &bytes);
		assert_string_equal(shown(&connection, FIELD_RDP_COOKIE), requests[i].cookie);
		assert_string_equal(shown(&connection, FIELD_RDP_SECURITY), requests[i].security);
		assert_false(is_told(&connection, "warden"));
	}
}

static void test_confirm(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	put_x224(&bytes, CONFIRM, VARIABLE("\2\x1f\x08\0\2\0\0\0"));
	take(&connection, SERVER, &bytes);
	assert_string_equal(shown(&connection, FIELD_RDP_SECURITY), "2");
	/* what comes then is another protocol's */
	assert_int_equal(give(&connection, rdp_decode, SERVER, "\x16\x03\x03", 3), 0);
	memset(&connection, 0, sizeof(connection));
	put_x224(&bytes, CONFIRM, VARIABLE("\3\0\x08\0\5\0\0\0"));
	take(&connection, SERVER, &bytes);
	assert_string_equal(shown(&connection, FIELD_RDP_SECURITY), "");
}

/* The form of before negotiation could be anybody's: it is RDP's as an answer to RDP, and else not on this port. */
static void test_old(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;

	(void)state;
	put_x224(&bytes, REQUEST, "", 0);
	assert_int_equal(give(&connection, rdp_decode, CLIENT, bytes.byte, bytes.length), 0);
	put_x224(&bytes, CONFIRM, "", 0);
	assert_int_equal(give(&connection, rdp_decode, SERVER, bytes.byte, bytes.length), 0);
	put_x224(&bytes, REQUEST, VARIABLE("Cookie: mstshash=x\r\n"));
	take(&connection, CLIENT, &bytes);
	put_x224(&bytes, CONFIRM, "", 0);
	take(&connection, SERVER, &bytes);
}

static void test_core(void **state)
{
	struct connection connection = { 0 };
	struct bytes bytes;
	size_t name;

	(void)state;
	put_x224(&bytes, REQUEST, VARIABLE("\1\0\x08\0\0\0\0\0"));
	take(&connection, CLIENT, &bytes);
	bytes.length = 0;
	put(&bytes, "\3\0\0\0\2\xf0\x80\x7f\x65", 9);
	put_zeros(&bytes, 80);
	put(&bytes, "Duca\x81\x0c\x01\xc0\xd8\0", 10);
	put_zeros(&bytes, 16);
	put_le32(&bytes, 2600);
	name = bytes.length;
	put_wide(&bytes, "WARD-PC");
	put_zeros(&bytes, name + 32 - bytes.length);
	set_be16(&bytes, 2, bytes.length);
	take(&connection, CLIENT, &bytes);
	assert_string_equal(shown(&connection, FIELD_RDP_CLIENT_BUILD), "2600");
	assert_string_equal(shown(&connection, FIELD_RDP_CLIENT_NAME), "WARD-PC");
}

static void test_not_rdp(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		int result;
	} heads[] = {
		{ VARIABLE("\3\1"), 0 },
		{ VARIABLE("\3\0\0\x16\x11"), -EAGAIN },
		{ VARIABLE("\3\0\0\x16\x11\xf0"), 0 },
		/* S7 and MMS over the same layers, which name their selectors */
		{ VARIABLE("\3\0\0\x16\x11\xe0\0\0\0\1\0\xc0\1\x0a\xc1\2\1\0\xc2\2\1\2"), 0 },
		{ VARIABLE("\3\0\0\x17\x11\xe0\0\0\0\1\0\1\0\x08\0\0"), 0 }, /* lengths that differ */
		{ VARIABLE("\x16\3\1"), 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		assert_int_equal(give(&connection, rdp_decode, CLIENT, heads[i].bytes, heads[i].length),
		                 heads[i].result);
	}
}

static void test_malformed(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(give(&connection, rdp_decode, CLIENT, "\3\0\0\3\6\xe0\0\0\0\0\0", 11), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_RDP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request), cmocka_unit_test(test_confirm), cmocka_unit_test(test_old),
		cmocka_unit_test(test_core),    cmocka_unit_test(test_not_rdp), cmocka_unit_test(test_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
