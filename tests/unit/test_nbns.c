/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/nbns.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define LITERAL(text) (text), sizeof(text) - 1

#define SENDER "10.1.2.3"
#define TAIL   "\0\0\1\x2c\0\6" /* lifetime, length of one address */
#define OWN    "\0\0\x0a\1\2\3"
#define GROUP  "\x80\0\x0a\1\2\3"

/* Flags, and the counts of questions, answers, authorities and additionals, behind the identification. */
#define QUERY        "\0\1\1\x10\0\1\0\0\0\0\0\0"
#define REGISTRATION "\0\1\x29\x10\0\1\0\0\0\0\0\1"
#define RELEASE      "\0\1\x31\x10\0\1\0\0\0\0\0\1"
#define ANSWER       "\0\1\x85\0\0\0\0\1\0\0\0\0"

#define WARD7(suffix)                                                                                                  \
	"\x20"                                                                                                         \
	"FHEBFCEEDHCACACACACACACACACACA" suffix
#define AS_WORKSTATION WARD7("AA") "\0"
#define AS_USER        WARD7("AD") "\0"
#define NB             "\0\x20\0\1"
#define AGAIN          "\xc0\x0c" NB TAIL
#define ANY                                                                                                            \
	"\x20"                                                                                                         \
	"CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\0"

struct vector {
	const char *name;
	const char *source;
	const char *bytes;
	size_t length;
	const char *told;
};

/* Two entries: a workstation's and its group's. */
#define STATUS_NAMES "\3WARD7-PC       \0\4\0HOSPITAL       \0\x84\0NURSE          \3\4\0"

static const struct vector good[] = {
	{ "a query", SENDER,
	  LITERAL(QUERY "\x20"
	                "EGEJEMEFFDCACACACACACACACACACACA\0" NB),
	  "nbns-response=0\nnbns-operation=0\nnbns-name=FILES<20>\nnbns-type=32\n" },
	{ "a query in a scope", SENDER,
	  LITERAL(QUERY "\x20"
	                "EGEJEMEFFDCACACACACACACACACACACA\4ward\3org\0" NB),
	  "nbns-response=0\nnbns-operation=0\nnbns-name=FILES<20>.ward.org\nnbns-type=32\n" },
	{ "a registration", SENDER, LITERAL(REGISTRATION AS_WORKSTATION NB AGAIN OWN),
	  "nbns-response=0\nnbns-operation=5\nnbns-name=WARD7<00>\nnbns-type=32\nnbns-name=WARD7<00>\nnbns-type=32\n"
	  "nbns-address=10.1.2.3\nnetbios-name=WARD7\n" },
	{ "a registration of a group", SENDER, LITERAL(REGISTRATION AS_WORKSTATION NB AGAIN GROUP),
	  "nbns-response=0\nnbns-operation=5\nnbns-name=WARD7<00>\nnbns-type=32\nnbns-name=WARD7<00>\nnbns-type=32\n"
	  "nbns-address=10.1.2.3\n" },
	{ "a registration of a user", SENDER, LITERAL(REGISTRATION AS_USER NB AGAIN OWN),
	  "nbns-response=0\nnbns-operation=5\nnbns-name=WARD7<03>\nnbns-type=32\nnbns-name=WARD7<03>\nnbns-type=32\n"
	  "nbns-address=10.1.2.3\n" },
	{ "a name given up", SENDER, LITERAL(RELEASE AS_WORKSTATION NB AGAIN OWN),
	  "nbns-response=0\nnbns-operation=6\nnbns-name=WARD7<00>\nnbns-type=32\nnbns-name=WARD7<00>\nnbns-type=32\n"
	  "nbns-address=10.1.2.3\nnetbios-name=WARD7\n" },
	{ "an answer for itself", SENDER, LITERAL(ANSWER AS_WORKSTATION NB TAIL OWN),
	  "nbns-response=1\nnbns-operation=0\nnbns-name=WARD7<00>\nnbns-type=32\nnbns-address=10.1.2.3\n"
	  "netbios-name=WARD7\n" },
	{ "a name server answers for others", "10.1.2.9", LITERAL(ANSWER AS_WORKSTATION NB TAIL OWN),
	  "nbns-response=1\nnbns-operation=0\nnbns-name=WARD7<00>\nnbns-type=32\nnbns-address=10.1.2.3\n" },
	{ "the status of a node", SENDER, LITERAL(ANSWER ANY "\0\x21\0\1\0\0\0\0\0\x37" STATUS_NAMES),
	  "nbns-response=1\nnbns-operation=0\n"
	  "nbns-name=*<00><00><00><00><00><00><00><00><00><00><00><00><00><00><00>\nnbns-type=33\n"
	  "nbns-status-name=WARD7-PC\nnetbios-name=WARD7-PC\nnbns-status-name=HOSPITAL\nnbns-status-name=NURSE\n" },
};

static const struct vector bad[] = {
	{ "nothing", SENDER, LITERAL(""), "" },
	{ "a name of a DNS kind", SENDER, LITERAL(QUERY "\3www\0" NB), "" },
	{ "a letter that encodes nothing", SENDER,
	  LITERAL(QUERY "\x20"
	                "EGEJEMEFFDCACACACACACACACACACACZ\0" NB),
	  "" },
	{ "a label too long", SENDER,
	  LITERAL(QUERY "\x22"
	                "EGEJEMEFFDCACACACACACACACACACACAAA\0" NB),
	  "" },
	{ "an entry cut", SENDER, LITERAL(ANSWER AS_WORKSTATION NB "\0\0\1\x2c\0\5\0\0\x0a\1\2"), "" },
	{ "a status cut", SENDER,
	  LITERAL(ANSWER ANY "\0\x21\0\1\0\0\0\0\0\x04"
	                     "\1WAR"),
	  "" },
};

static void decodes_good(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(nbns_decode, good[i].bytes, good[i].length, good[i].source, text, &reason);

		if (result != 1 || strcmp(text, good[i].told) != 0)
			fail_msg("%s: result %d, told\n%s", good[i].name, result, text);
		for (size_t length = 0; length < good[i].length; length++)
			assert_int_equal(told_by(nbns_decode, good[i].bytes, length, good[i].source, text, &reason),
			                 -EBADMSG);
	}
}

static void refuses_bad(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(nbns_decode, bad[i].bytes, bad[i].length, bad[i].source, text, &reason);

		if (result != -EBADMSG || reason != MALFORMED_NETBIOS || text[0])
			fail_msg("%s: result %d, reason %u, told\n%s", bad[i].name, result, (unsigned int)reason, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_good),
		cmocka_unit_test(refuses_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
