/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/snmp.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define LITERAL(text) (text), sizeof(text) - 1

#define VERSION1           "\2\1\0\4\6secret"
#define VERSION2           "\2\1\1\4\6secret"
#define NUMBERS            "\2\1\1\2\1\0\2\1\0"
#define SYSTEM(n)          "\6\x08\x2b\6\1\2\1\1" n "\0"
#define ICU                "\x30\x0f" SYSTEM("\5") "\4\3icu"                      /* sysName */
#define PUMP               "\x30\x10" SYSTEM("\1") "\4\4Pump"                     /* sysDescr */
#define MAKER              "\x30\x14" SYSTEM("\2") "\6\x08\x2b\6\1\4\1\x87\x67\3" /* sysObjectID */
#define NOTHING            "\x30\x0c" SYSTEM("\1") "\5\0"
#define ENTERPRISE         "\6\7\x2b\6\1\4\1\x09\1"
#define TRAP_REST(generic) "\x40\4\x0a\1\2\3\2\1" generic "\2\1\0\x43\1\1\x30\0"
#define GLOBAL3            "\x30\x0d\2\1\1\2\2\5\xdc\4\1\4\2\1\3"

struct vector {
	const char *name;
	const char *bytes;
	size_t length;
	int result;
	const char *told;
};

static const struct vector vectors[] = {
	{ "a question", LITERAL("\x30\x26" VERSION2 "\xa0\x19" NUMBERS "\x30\x0e" NOTHING), 1,
	  "snmp-version=1\ncredentials=snmp-v2c\n" },
	{ "an answer about the system", LITERAL("\x30\x51" VERSION1 "\xa2\x44" NUMBERS "\x30\x39" PUMP MAKER ICU), 1,
	  "snmp-version=0\nsnmp-description=Pump\nsnmp-object=1.3.6.1.4.1.999.3\nsnmp-name=icu\n" },
	{ "what a manager sets is not its own", LITERAL("\x30\x29" VERSION1 "\xa3\x1c" NUMBERS "\x30\x11" ICU), 1,
	  "snmp-version=0\ncredentials=snmp-v1\n" },
	{ "a notification", LITERAL("\x30\x29" VERSION2 "\xa7\x1c" NUMBERS "\x30\x11" ICU), 1,
	  "snmp-version=1\nsnmp-name=icu\ncredentials=snmp-v2c\n" },
	{ "a generic trap names its device", LITERAL("\x30\x27" VERSION1 "\xa4\x1a" ENTERPRISE TRAP_REST("\1")), 1,
	  "snmp-version=0\nsnmp-object=1.3.6.1.4.1.9.1\ncredentials=snmp-v1\n" },
	{ "an enterprise's trap does not", LITERAL("\x30\x27" VERSION1 "\xa4\x1a" ENTERPRISE TRAP_REST("\6")), 1,
	  "snmp-version=0\ncredentials=snmp-v1\n" },
	{ "version 3 in clear",
	  LITERAL("\x30\x36\2\1\3" GLOBAL3 "\4\0\x30\x20\4\1"
	          "e\4\0\xa2\x19" NUMBERS "\x30\x0e\x30\x0c\6\4\x2b\6\1\4\4\4text"),
	  1, "snmp-version=3\n" },
	{ "version 3 encrypted", LITERAL("\x30\x18\2\1\3" GLOBAL3 "\4\0\4\2??"), 1, "snmp-version=3\n" },
	{ "another version", LITERAL("\x30\x05\2\1\2\4\0"), 1, "snmp-version=2\n" },
	{ "nothing", LITERAL(""), -EBADMSG, "" },
	{ "no sequence", LITERAL("\x31\x05\2\1\1\4\0"), -EBADMSG, "" },
	{ "a length without end", LITERAL("\x30\x80\2\1\1\4\0\0\0"), -EBADMSG, "" },
	{ "a length beyond the message", LITERAL("\x30\x84\xff\xff\xff\xff\2\1\0"), -EBADMSG, "" },
	{ "a length of five bytes", LITERAL("\x30\x85\0\0\0\0\3\2\1\2"), -EBADMSG, "" },
	{ "a version of five bytes", LITERAL("\x30\x07\2\5\0\0\0\0\1"), -EBADMSG, "" },
	{ "no community", LITERAL("\x30\x03\2\1\1"), -EBADMSG, "" },
	{ "a variable without value", LITERAL("\x30\x24" VERSION2 "\xa2\x17" NUMBERS "\x30\x0c\x30\x0a" SYSTEM("\1")),
	  -EBADMSG, "" },
};

static void decodes_vectors(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		enum malformed_reason reason = MALFORMED_COUNT, expected;
		int result = told_by(snmp_decode, vector->bytes, vector->length, "10.1.2.3", text, &reason);

		expected = vector->result < 0 ? MALFORMED_SNMP : MALFORMED_COUNT;
		if (result != vector->result || reason != expected || strcmp(text, vector->told) != 0)
			fail_msg("%s: result %d, reason %u, told\n%s", vector->name, result, (unsigned int)reason,
			         text);
		assert_null(strstr(text, "secret"));
		for (size_t length = 0; length < vector->length; length++)
			assert_int_equal(told_by(snmp_decode, vector->bytes, length, "10.1.2.3", text, &reason),
			                 -EBADMSG);
	}
}

/* An arc of more than 32 bits is none (RFC 2578 section 3.5), and neither is one without an end. */
static void refuses_odd_objects(void **state)
{
	static const struct {
		const char *bytes;
		const char *told;
	} odd[] = {
		{ "\x2b\6\1\4\1\x8f\xff\xff\xff\x7f", "snmp-object=1.3.6.1.4.1.4294967295\n" },
		{ "\x2b\6\1\4\1\x90\x80\x80\x80\0", "" },
		{ "\x2b\6\1\4\1\x8f\xff\xff\xff\xff", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		uint8_t message[] =
			"\x30\x30" VERSION1 "\xa2\x23" NUMBERS "\x30\x18\x30\x16" SYSTEM("\2") "\6\x0a..........";
		enum malformed_reason reason;
		char text[TOLD_MAX];

		memcpy(message + sizeof(message) - 11, odd[i].bytes, 10);
		assert_int_equal(told_by(snmp_decode, message, sizeof(message) - 1, "10.1.2.3", text, &reason), 1);
		assert_string_equal(text + strlen("snmp-version=0\n"), odd[i].told);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(refuses_odd_objects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
