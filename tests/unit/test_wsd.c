/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/wsd.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define HEAD(action)                                                                                                   \
	"<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">"                    \
	"<s:Header><a:Action s:mustUnderstand=\"1\">" action "</a:Action></s:Header><s:Body>"
#define DISCOVERY "http://schemas.xmlsoap.org/ws/2005/04/discovery/"

struct vector {
	const char *name;
	const char *bytes;
	int result;
	const char *told;
};

static const struct vector vectors[] = {
	{ "a computer",
	  HEAD(DISCOVERY "Hello") "<d:Hello><d:Types>wsdp:Device pub:Computer</d:Types>"
	                          "<d:XAddrs>http://10.1.2.3:5357/x</d:XAddrs></d:Hello></s:Body>",
	  1, "wsd-action=Hello\nwsd-type=Device\nwsd-type=Computer\nwsd-address=http://10.1.2.3:5357/x\n" },
	{ "a camera, with blanks and other prefixes",
	  HEAD("\n http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01/ProbeMatches ") "<Types "
	                                                                                 ">\n\tdn:"
	                                                                                 "NetworkVideoTransmitter\n</"
	                                                                                 "Types><q:Scopes "
	                                                                                 "MatchBy=\"x\">onvif://"
	                                                                                 "www.onvif.org/type/ptz "
	                                                                                 "onvif://www.onvif.org/"
	                                                                                 "hardware/X</q:Scopes>",
	  1,
	  "wsd-action=ProbeMatches\nwsd-type=NetworkVideoTransmitter\nwsd-scope=onvif://www.onvif.org/type/ptz\n"
	  "wsd-scope=onvif://www.onvif.org/hardware/X\n" },
	{ "what a probe wants is not offered",
	  HEAD(DISCOVERY "Probe") "<d:Probe><d:Types>w:Printer</d:Types></d:Probe>", 1, "wsd-action=Probe\n" },
	{ "a leave", HEAD(DISCOVERY "Bye") "<d:Types>wsdp:Device</d:Types>", 1, "wsd-action=Bye\n" },
	{ "a type cut", HEAD(DISCOVERY "Hello") "<d:Types>wsdp:Dev", 1, "wsd-action=Hello\nwsd-type=Dev\n" },
	{ "nothing in an element", HEAD(DISCOVERY "Hello") "<d:Types/><d:Types></d:Types><d:Types>a:</d:Types>", 1,
	  "wsd-action=Hello\n" },
	{ "another action", HEAD("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get") "<d:Types>x</d:Types>", 0, "" },
	{ "an action that discovery has not", HEAD(DISCOVERY "Dance"), 0, "" },
	{ "no action", "<a><Types>x</Types></a>", 0, "" },
	{ "no XML", "Hello", 0, "" },
	{ "nothing", "", 0, "" },
	{ "a tag that does not end", "<a", 0, "" },
	{ "a tag without name", "<><", 0, "" },
};

static void decodes_vectors(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(wsd_decode, vector->bytes, strlen(vector->bytes), "10.1.2.3", text, &reason);

		if (result != vector->result || strcmp(text, vector->told) != 0)
			fail_msg("%s: result %d, told\n%s", vector->name, result, text);
		for (size_t length = 0; length < strlen(vector->bytes); length++)
			assert_in_range(told_by(wsd_decode, vector->bytes, length, "10.1.2.3", text, &reason), 0, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
