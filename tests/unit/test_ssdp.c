/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/ssdp.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define PRINTER "urn:schemas-upnp-org:device:Printer:1"

struct vector {
	const char *name;
	datagram_decode *decode;
	const char *bytes;
	int result;
	const char *told;
};

static const struct vector vectors[] = {
	{ "an announcement", ssdp_decode,
	  "NOTIFY * HTTP/1.1\r\nNT: " PRINTER "\r\nServer:  Linux UPnP/1.0 \r\nlocation:http://x/\r\n\r\nBODY: 1\r\n",
	  1,
	  "ssdp-method=NOTIFY\nssdp-target=" PRINTER "\nssdp-line=NT: " PRINTER "\nssdp-server=Linux UPnP/1.0\n"
	  "ssdp-line=Server:  Linux UPnP/1.0 \nssdp-location=http://x/\nssdp-line=location:http://x/\n" },
	{ "a leave", ssdp_decode, "NOTIFY * HTTP/1.1\r\nNT: " PRINTER "\r\nNTS: ssdp:byebye\r\n\r\n", 1,
	  "ssdp-method=NOTIFY\nssdp-line=NT: " PRINTER "\nssdp-line=NTS: ssdp:byebye\n" },
	{ "one device's own name", ssdp_decode, "NOTIFY * HTTP/1.1\r\nNT: uuid:1-2\r\n\r\n", 1,
	  "ssdp-method=NOTIFY\nssdp-line=NT: uuid:1-2\n" },
	{ "a search offers nothing", ssdp_decode,
	  "M-SEARCH * HTTP/1.1\r\nST: " PRINTER "\r\nUSER-AGENT: Browser/1\r\n\r\n", 1,
	  "ssdp-method=M-SEARCH\nssdp-line=ST: " PRINTER "\nssdp-user-agent=Browser/1\n"
	  "ssdp-line=USER-AGENT: Browser/1\n" },
	{ "an answer", ssdp_decode, "HTTP/1.1 200 OK\r\nEXT:\r\nST: " PRINTER "\r\n\r\n", 1,
	  "ssdp-code=200\nssdp-line=EXT:\nssdp-target=" PRINTER "\nssdp-line=ST: " PRINTER "\n" },
	{ "an answer to any port", ssdp_answer_decode, "HTTP/1.1 200 OK\r\nST: " PRINTER "\r\n\r\n", 1,
	  "ssdp-code=200\nssdp-target=" PRINTER "\nssdp-line=ST: " PRINTER "\n" },
	{ "line ends without returns, and none at the end", ssdp_decode, "NOTIFY * HTTP/1.1\nNT: a\nNTS: b", 1,
	  "ssdp-method=NOTIFY\nssdp-target=a\nssdp-line=NT: a\n" },
	{ "another answer to any port", ssdp_answer_decode, "HTTP/1.1 200 OK\r\nServer: x\r\n\r\nST: y\r\n", 0, "" },
	{ "a question to any port", ssdp_answer_decode, "M-SEARCH * HTTP/1.1\r\nST: " PRINTER "\r\n\r\n", 0, "" },
	{ "another method", ssdp_decode, "GET / HTTP/1.1\r\n\r\n", 0, "" },
	{ "a method cut", ssdp_decode, "NOTIFY\r\n\r\n", 0, "" },
	{ "no code", ssdp_decode, "HTTP/1.1 2x0 OK\r\n\r\n", 0, "" },
	{ "a code cut", ssdp_decode, "HTTP/1.1 20\r\n", 0, "" },
	{ "nothing", ssdp_decode, "", -EBADMSG, "" },
	{ "no line", ssdp_decode, "NOTIFY * HTTP/1.1", -EBADMSG, "" },
};

static void decodes_vectors(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		enum malformed_reason reason = MALFORMED_COUNT, expected;
		int result = told_by(vector->decode, vector->bytes, strlen(vector->bytes), "10.1.2.3", text, &reason);

		expected = vector->result < 0 ? MALFORMED_SSDP : MALFORMED_COUNT;
		if (result != vector->result || reason != expected || strcmp(text, vector->told) != 0)
			fail_msg("%s: result %d, reason %u, told\n%s", vector->name, result, (unsigned int)reason,
			         text);
	}
}

static void survives_any_cut(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		for (size_t length = 0; length < strlen(vectors[i].bytes); length++) {
			enum malformed_reason reason;
			int result = told_by(vectors[i].decode, vectors[i].bytes, length, "10.1.2.3", text, &reason);

			assert_true(result == 1 || text[0] == '\0');
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(survives_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
