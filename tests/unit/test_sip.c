/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "controller/sensor/decode/sip.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define REGISTER "REGISTER sip:pbx SIP/2.0\r\nUser-Agent: Phone 7/1.2\r\nl: 4\r\n\r\n"
#define ANSWER   "SIP/2.0 200 OK\r\nServer: PBX 3\r\nContent-Length: 0\r\n\r\n"

static int say(struct connection *connection, const char *text)
{
	struct datagram datagram = { .bytes = (const uint8_t *)text, .length = strlen(text) };

	fields_clear(&connection->fields);
	return sip_decode_datagram(&datagram, &connection->fields, &connection->reason);
}

static void reads_datagrams(void **state)
{
	static const char *const others[] = { "",
		                              "\r\n\r\n",
		                              "REGISTER",
		                              "REGISTER sip:pbx SIP/2.0",
		                              "GET / HTTP/1.1\r\n\r\n",
		                              "SIP/3.0 200 OK\r\n\r\n",
		                              "M-SEARCH * HTTP/1.1\r\n\r\n" };
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, REGISTER "1234"), 1);
	assert_string_equal(shown(&connection, FIELD_SIP_METHOD), "REGISTER");
	assert_string_equal(shown(&connection, FIELD_SIP_USER_AGENT), "Phone 7/1.2");
	assert_int_equal(say(&connection, ANSWER), 1);
	assert_string_equal(shown(&connection, FIELD_SIP_METHOD), "");
	assert_string_equal(shown(&connection, FIELD_SIP_SERVER), "PBX 3");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (say(&connection, others[i]) != 0)
			fail_msg("%s is taken", others[i]);
}

static void reads_streams(void **state)
{
	struct connection connection = { 0 };
	const char *text = REGISTER "1234" ANSWER;

	(void)state;
	for (size_t cut = 0; cut < strlen(REGISTER) + 4; cut++)
		assert_int_equal(give(&connection, sip_decode_stream, false, text, cut), -EAGAIN);
	assert_int_equal(give(&connection, sip_decode_stream, false, text, strlen(text)), 1);
	assert_int_equal(connection.taken, strlen(REGISTER) + 4);
	assert_int_equal(give(&connection, sip_decode_stream, false, "\r\n\r\n", 4), 1);
	assert_int_equal(connection.taken, 4);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(give(&connection, sip_decode_stream, false, text + strlen(REGISTER) + 4, strlen(ANSWER)), 1);
	assert_string_equal(shown(&connection, FIELD_SIP_SERVER), "PBX 3");
	assert_int_equal(give(&connection, sip_decode_stream, false, "EHLO a\r\n", 8), 0);
}

/* What is longer than anything that is waited for is told at once. */
static void waits_for_no_large_body(void **state)
{
	struct connection connection = { 0 };
	const char *text = "MESSAGE sip:a SIP/2.0\r\nUser-Agent: B\r\nContent-Length: 40000\r\n\r\n";

	(void)state;
	assert_int_equal(give(&connection, sip_decode_stream, false, text, strlen(text)), 1);
	assert_int_equal(connection.taken, strlen(text) + 40000);
	assert_string_equal(shown(&connection, FIELD_SIP_USER_AGENT), "B");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_datagrams),
		cmocka_unit_test(reads_streams),
		cmocka_unit_test(waits_for_no_large_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
