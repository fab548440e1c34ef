/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "controller/sensor/decode/http.h"
#include "policy/base/memory.h"
#include "tests/unit/stream_test.h"

#define CLIENT false
#define SERVER true
#define GET    "GET /a?b=c HTTP/1.1\r\nHost: pacs\r\nUser-Agent:  Viewer/2 \r\n\r\n"

static int say(struct connection *connection, bool side, const char *text)
{
	return give(connection, http_decode, side, text, strlen(text));
}

static void reads_a_request(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, CLIENT, GET "GET /next"), 1);
	assert_int_equal(connection.taken, strlen(GET));
	assert_string_equal(shown(&connection, FIELD_HTTP_METHOD), "GET");
	assert_string_equal(shown(&connection, FIELD_HTTP_HOST), "pacs");
	assert_string_equal(shown(&connection, FIELD_HTTP_URI), "/a?b=c");
	assert_string_equal(shown(&connection, FIELD_HTTP_USER_AGENT), "Viewer/2");
	assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "");
}

static void reads_an_answer(void **state)
{
	struct connection connection = { 0 };
	const char *answer = "HTTP/1.0 401 No\nserver: Box/1.0 (x)\nWWW-Authenticate: Basic realm=\"cam\"\n"
			     "Content-Type: text/html\nContent-Length: 5\n\nhello";

	(void)state;
	assert_int_equal(say(&connection, SERVER, answer), 1);
	assert_int_equal(connection.taken, strlen(answer));
	assert_string_equal(shown(&connection, FIELD_HTTP_CODE), "401");
	assert_string_equal(shown(&connection, FIELD_HTTP_SERVER), "Box/1.0 (x)");
	assert_string_equal(shown(&connection, FIELD_HTTP_AUTHENTICATE), "Basic realm=\"cam\"");
	assert_string_equal(shown(&connection, FIELD_HTTP_TYPE), "text/html");
}

/* NTLM in HTTP says which Windows asks and which answers. */
static void reads_ntlm(void **state)
{
	static const char message[] = "TlRMTVNTUAABAAAAAQAAAgAAAAAAAAAABgAGACgAAAAKAGVKAAAAD0RFU0stNw==";
	static const char *const forms[] = { "Authorization: NTLM ", "Proxy-Authorization: Negotiate ",
		                             "authorization: ntlm " };
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct connection connection = { 0 };

		snprintf(text, sizeof(text), "GET / HTTP/1.1\r\n%s%s\r\n\r\n", forms[i], message);
		assert_int_equal(say(&connection, CLIENT, text), 1);
		assert_string_equal(shown(&connection, FIELD_NTLM_VERSION), "10.0.19045");
		assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), "DESK-7");
		assert_string_equal(shown(&connection, FIELD_CREDENTIALS), "");
		memset(&connection, 0, sizeof(connection));
		snprintf(text, sizeof(text), "HTTP/1.1 401 No\r\nWWW-Authenticate: NTLM %s\r\n\r\n", message);
		assert_int_equal(say(&connection, SERVER, text), 1);
		assert_string_equal(shown(&connection, FIELD_NTLM_WORKSTATION), "DESK-7");
	}
}

static void waits_and_refuses(void **state)
{
	static const struct {
		const char *text;
		int result;
	} heads[] = {
		{ "G", -EAGAIN },
		{ "GET /", -EAGAIN },
		{ "GET / HTTP/1.1\r\nHost: a\r\n", -EAGAIN },
		{ "HTT", -EAGAIN },
		{ "HTTP/1.1 200 OK\r\n", -EAGAIN },
		{ "RPC_IN_DATA /r HTTP/1.1\r\n\r\n", 1 },
		{ "M-SEARCH * HTTP/1.1\r\n\r\n", 1 },
		{ "GET /\r\n", -EAGAIN },
		{ "GET /\r\n\r", -EAGAIN },
		{ "GET /\r\nHost: a", 0 },
		{ "USER anonymous\r\n", 0 },
		{ "REGISTER sip:a SIP/2.0\r\n\r\n", 0 },
		{ "EHLO a\r\n", 0 },
		{ "get / HTTP/1.1\r\n\r\n", 0 },
		{ "HTTP/2 200", 0 },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\n\r\n", 0 },
		{ "\x16\x03\x01", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(heads); i++) {
		struct connection connection = { 0 };

		if (say(&connection, CLIENT, heads[i].text) != heads[i].result)
			fail_msg("%s", heads[i].text);
	}
}

static void reads_a_request_without_version(void **state)
{
	static const char *const others[] = { "GET key\r\n\r\n", "get /\r\n\r\n", "PUT /\r\n\r\n", "GET / x\r\n\r\n",
		                              "GET \r\n\r\n" };
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, CLIENT, "GET /live \r\n"), -EAGAIN);
	assert_int_equal(say(&connection, CLIENT, "GET /live \r\n\r\n"), 1);
	assert_int_equal(connection.taken, 14);
	assert_string_equal(shown(&connection, FIELD_HTTP_METHOD), "GET");
	assert_string_equal(shown(&connection, FIELD_HTTP_URI), "/live");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		connection = (struct connection){ .taken = 0 };
		if (say(&connection, CLIENT, others[i]) != 0)
			fail_msg("%s", others[i]);
	}
}

/* What the capture left off will not come: whole lines are read, and nothing of the one that was cut. */
static void reads_what_was_captured(void **state)
{
	const char *text = "GET /a HTTP/1.1\r\nHost: pacs\r\nUser-Agent: Vie";
	struct connection connection = { .is_cut = true };

	(void)state;
	assert_int_equal(say(&connection, CLIENT, text), 1);
	assert_int_equal(connection.taken, strlen(text));
	assert_string_equal(shown(&connection, FIELD_HTTP_URI), "/a");
	assert_string_equal(shown(&connection, FIELD_HTTP_HOST), "pacs");
	assert_string_equal(shown(&connection, FIELD_HTTP_USER_AGENT), "");
	connection = (struct connection){ .is_cut = true };
	assert_int_equal(say(&connection, CLIENT, "GET /a"), -EAGAIN);
	assert_int_equal(say(&connection, CLIENT, "GET /a "), -EAGAIN);
	assert_int_equal(say(&connection, CLIENT, "GET /a b"), -EAGAIN);
	assert_int_equal(say(&connection, CLIENT, "GET /a HT"), 1);
	assert_int_equal(connection.taken, 9);
	assert_string_equal(shown(&connection, FIELD_HTTP_URI), "/a");
	connection = (struct connection){ .is_cut = true };
	text = "HTTP/1.1 200 OK\r\nServer: nginx\r\nTransfer-Encoding: chunked\r\nConte";
	assert_int_equal(say(&connection, SERVER, text), 1);
	assert_int_equal(connection.taken, strlen(text));
	assert_string_equal(shown(&connection, FIELD_HTTP_SERVER), "nginx");
	assert_int_equal(say(&connection, SERVER, "not a chunk\r\n"), 0);
	text = "GET /a HTTP/1.1\r\nHost: pacs\r\nUser-Agent: Vie";
	connection = (struct connection){ .is_cut = false };
	assert_int_equal(say(&connection, CLIENT, text), -EAGAIN);
}

static void passes_over_bodies(void **state)
{
	static const struct {
		const char *request;
		const char *answer;
		size_t rest; /* behind the head */
	} pairs[] = {
		{ "GET", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 1000 },
		{ "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", 0 },
		{ "GET", "HTTP/1.1 304 Same\r\nContent-Length: 1000\r\n\r\n", 0 },
		{ "GET", "HTTP/1.1 204 None\r\n\r\n", 0 },
		{ "GET", "HTTP/1.1 100 Go on\r\n\r\n", 0 },
		{ "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 9\r\n\r\n", 0 },
		{ "CONNECT", "HTTP/1.1 200 Go\r\n\r\n", 0 },
		{ "GET", "HTTP/1.1 200 OK\r\n\r\n", SIZE_MAX },
		{ "GET", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", SIZE_MAX },
		{ "GET", "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", SIZE_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++) {
		struct connection connection = { 0 };
		size_t head = strlen(pairs[i].answer);
		struct bytes request = { .length = 0 };

		put_text(&request, pairs[i].request);
		put_text(&request, " / HTTP/1.1\r\n\r\n");
		assert_int_equal(give(&connection, http_decode, CLIENT, request.byte, request.length), 1);
		assert_int_equal(say(&connection, SERVER, pairs[i].answer), 1);
		if (connection.taken != (pairs[i].rest == SIZE_MAX ? SIZE_MAX : head + pairs[i].rest))
			fail_msg("%s %s: %zu", pairs[i].request, pairs[i].answer, connection.taken);
	}
}

static void passes_over_chunks(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	say(&connection, SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(say(&connection, SERVER, "1"), -EAGAIN);
	assert_int_equal(say(&connection, SERVER, "1f;name=value\r\n"), 1);
	assert_int_equal(connection.taken, 15 + 31 + 2);
	assert_int_equal(connection.fields.length, 0);
	assert_int_equal(say(&connection, SERVER, "0\r\nTrailer: x\r\n"), -EAGAIN);
	assert_int_equal(say(&connection, SERVER, "0\r\nTrailer: x\r\n\r\nHTTP"), 1);
	assert_int_equal(connection.taken, 17 + 0);
	assert_int_equal(say(&connection, SERVER, "HTTP/1.1 404 Gone\r\nContent-Length: 0\r\n\r\n"), 1);
	assert_string_equal(shown(&connection, FIELD_HTTP_CODE), "404");
	say(&connection, SERVER, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	assert_int_equal(say(&connection, SERVER, "fffffffffffffff\r\n"), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_HTTP);
	assert_int_equal(say(&connection, SERVER, "x\r\n"), -EBADMSG);
}

static void hands_over(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, CLIENT, "CONNECT pacs:443 HTTP/1.1\r\n\r\n"), 1);
	assert_int_equal(say(&connection, CLIENT, "\x16\x03\x01"), 0);
	assert_int_equal(say(&connection, SERVER, "HTTP/1.1 101 Other\r\nUpgrade: websocket\r\n\r\n"), 1);
	assert_int_equal(say(&connection, SERVER, "\x81\x05hello"), 0);
}

static void tells_of_passwords_and_hides_them(void **state)
{
	static const struct {
		const char *request;
		const char *credentials;
		const char *uri;
	} requests[] = {
		{ "GET / HTTP/1.1\r\nAuthorization: basic c2VzYW1l\r\n\r\n", "http-basic", "/" },
		{ "GET / HTTP/1.1\r\nAuthorization: Digest sesame\r\n\r\n", "", "/" },
		{ "GET /l?user=a&password=sesame&x=1 HTTP/1.1\r\n\r\n", "http-form", "/l?user=a&password=***&x=1" },
		{ "GET /l?user_pwd=sesame HTTP/1.1\r\n\r\n", "http-form", "/l?user_pwd=***" },
		{ "GET /l?password= HTTP/1.1\r\n\r\n", "", "/l?password=" },
		{ "GET http://a:sesame@b/c?d=e@f HTTP/1.1\r\n\r\n", "http-form", "http://a:***@b/c?d=e@f" },
		{ "POST /l HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 22\r\n\r\n"
		  "user=a&Password=sesame",
		  "http-form", "/l" },
		{ "POST /l HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 15\r\n\r\npassword=sesame", "",
		  "/l" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct connection connection = { 0 };

		assert_int_equal(say(&connection, CLIENT, requests[i].request), 1);
		assert_string_equal(shown(&connection, FIELD_CREDENTIALS), requests[i].credentials);
		assert_string_equal(shown(&connection, FIELD_HTTP_URI), requests[i].uri);
		assert_null(memmem(connection.fields.byte, connection.fields.length, "sesame", 6));
		assert_null(memmem(connection.fields.byte, connection.fields.length, "c2VzYW1l", 8));
	}
}

static void passes_over_empty_lines(void **state)
{
	struct connection connection = { 0 };

	(void)state;
	assert_int_equal(say(&connection, CLIENT, "\r\n" GET), 0); /* nothing to start with */
	say(&connection, CLIENT, GET);
	assert_int_equal(say(&connection, CLIENT, "\r\n\r\n" GET), 1);
	assert_int_equal(connection.taken, 4);
	assert_int_equal(connection.fields.length, 0);
}

static void gives_up_a_head_without_end(void **state)
{
	static struct bytes bytes;
	struct connection connection = { 0 };

	(void)state;
	put_text(&bytes, "GET / HTTP/1.1\r\n");
	while (bytes.length < STREAM_BYTES_MAX)
		put_text(&bytes, "X-Long: yes\r\n");
	assert_int_equal(give(&connection, http_decode, CLIENT, bytes.byte, STREAM_BYTES_MAX - 1), -EAGAIN);
	assert_int_equal(give(&connection, http_decode, CLIENT, bytes.byte, STREAM_BYTES_MAX), -EBADMSG);
	assert_int_equal(connection.reason, MALFORMED_HTTP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_a_request),
		cmocka_unit_test(reads_an_answer),
		cmocka_unit_test(reads_ntlm),
		cmocka_unit_test(waits_and_refuses),
		cmocka_unit_test(reads_a_request_without_version),
		cmocka_unit_test(reads_what_was_captured),
		cmocka_unit_test(passes_over_bodies),
		cmocka_unit_test(passes_over_chunks),
		cmocka_unit_test(hands_over),
		cmocka_unit_test(tells_of_passwords_and_hides_them),
		cmocka_unit_test(passes_over_empty_lines),
		cmocka_unit_test(gives_up_a_head_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
