/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/browser.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define LITERAL(text) (text), sizeof(text) - 1

#define SENDER   "10.1.2.3"
#define DATAGRAM "\x11\2\0\1\x0a\1\2\3\0\x8a\0\xbb\0\0" /* to a group, in one piece, by the sender */
#define WARD7                                                                                                          \
	"\x20"                                                                                                         \
	"FHEBFCEEDHCACACACACACACACACACAAA\0"
#define HOSPITAL                                                                                                       \
	"\x20"                                                                                                         \
	"EIEPFDFAEJFEEBEMCACACACACACACABN\0"
#define BROKEN                                                                                                         \
	"\x20"                                                                                                         \
	"EIEPFDFAEJFEEBEMCACACACACACACA\xff"                                                                           \
	"A\0"
#define BROWSE  "\\MAILSLOT\\BROWSE\0"
#define LOGON   "\\MAILSLOT\\NET\\NETLOGON\0"
#define ZEROS4  "\0\0\0\0"
#define ZEROS27 ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 "\0\0\0"
#define COUNTS  ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 "\0\0"
#define SETUP   "\3\0\1\0\1\0\2\0\0\0"

/* A transaction of 17 words: data of ${length} (little-endian) behind the mailslot's name, at 86. */
#define TRANSACTION(length) "\xffSMB\x25" ZEROS27 "\x11" COUNTS length "\x56\0" SETUP BROWSE

#define HEAD      DATAGRAM WARD7 HOSPITAL
#define NAMED     "WARD7\0\0\0\0\0\0\0\0\0\0\0"
#define DOMAIN    "HOSPITAL\0\0\0\0\0\0\0\0"
#define SIGNATURE "\x0f\1\x55\xaa"
#define SENT      "browser-source=WARD7<00>\nnetbios-name=WARD7\nbrowser-destination=HOSPITAL<1d>\n"

struct vector {
	const char *name;
	const char *source;
	const char *bytes;
	size_t length;
	int result;
	const char *told;
};

static const struct vector vectors[] = {
	{ "a host", SENDER,
	  LITERAL(HEAD TRANSACTION("\x26\0") "\1\0\x80\xfc\x0a\0" NAMED "\6\1\3\x10\1\0" SIGNATURE "bed 4\0"), 1,
	  SENT "browser-command=1\nbrowser-server=WARD7\nbrowser-version=6.1\nbrowser-server-type=69635\nbrowser-role="
	       "workstation\n"
	       "browser-comment=bed 4\n" },
	{ "a host without a comment", SENDER,
	  LITERAL(HEAD TRANSACTION("\x20\0") "\1\0\x80\xfc\x0a\0" NAMED "\x0a\0\3\x10\0\0" SIGNATURE), 1,
	  SENT "browser-command=1\nbrowser-server=WARD7\nbrowser-version=10.0\nbrowser-server-type=4099\nbrowser-role="
	       "workstation\n" },
	{ "a local master", SENDER,
	  LITERAL(HEAD TRANSACTION("\x21\0") "\x0f\0\x80\xfc\x0a\0" NAMED "\5\1\3\x10\5\0" SIGNATURE "\0"), 1,
	  SENT "browser-command=15\nbrowser-server=WARD7\nbrowser-version=5.1\nbrowser-server-type=331779\nbrowser-"
	       "role=workstation\n" },
	{ "a server of many kinds", SENDER,
	  LITERAL(HEAD TRANSACTION("\x20\0") "\1\0\x80\xfc\x0a\0" NAMED "\6\3\x1c\x92\0\0" SIGNATURE), 1,
	  SENT "browser-command=1\nbrowser-server=WARD7\nbrowser-version=6.3\nbrowser-server-type=37404\n"
	       "browser-role=server\nbrowser-role=domain controller\n"
	       "browser-role=sql server\nbrowser-role=print server\n" },
	{ "Samba", SENDER, LITERAL(HEAD TRANSACTION("\x20\0") "\1\0\x80\xfc\x0a\0" NAMED "\6\1\3\x9a\0\0" SIGNATURE), 1,
	  SENT "browser-command=1\nbrowser-server=WARD7\nbrowser-version=6.1\nbrowser-server-type=39427\n"
	       "browser-role=unix\nbrowser-role=print server\n" },
	{ "a domain's version is not its master's", SENDER,
	  LITERAL(HEAD TRANSACTION("\x26\0") "\x0c\0\x80\xfc\x0a\0" DOMAIN "\3\x0a\0\x10\0\x80" SIGNATURE "WARD7\0"), 1,
	  SENT "browser-command=12\nbrowser-domain=HOSPITAL\nbrowser-domain-version=3.10\n"
	       "browser-domain-type=2147487744\n" },
	{ "an election", SENDER, LITERAL(HEAD TRANSACTION("\x14\0") "\x08\1\x03\x0f\1\x20" ZEROS4 ZEROS4 "WARD7\0"), 1,
	  SENT "browser-command=8\nbrowser-server=WARD7\n" },
	{ "a request for announcements", SENDER, LITERAL(HEAD TRANSACTION("\x08\0") "\2\0WARD7\0"), 1,
	  SENT "browser-command=2\n" },
	{ "sent on for another", "10.1.2.9", LITERAL(HEAD TRANSACTION("\x08\0") "\2\0WARD7\0"), 1,
	  "browser-source=WARD7<00>\nbrowser-destination=HOSPITAL<1d>\nbrowser-command=2\n" },
	{ "a name that is none", SENDER, LITERAL(DATAGRAM WARD7 BROKEN TRANSACTION("\x08\0") "\2\0WARD7\0"), 1,
	  "browser-source=WARD7<00>\nnetbios-name=WARD7\nbrowser-command=2\n" },
	{ "another mailslot", SENDER,
	  LITERAL(HEAD "\xffSMB\x25" ZEROS27 "\x11" COUNTS "\x08\0\x5c\0" SETUP LOGON "\2\0WARD7\0"), 0, "" },
	{ "another command", SENDER, LITERAL(HEAD "\xffSMB\x72" ZEROS27), 0, "" },
	{ "no SMB", SENDER, LITERAL(HEAD "some text"), 0, "" },
	{ "an error datagram", SENDER, LITERAL("\x13\2\0\1\x0a\1\2\3\0\x8a\0\xbb\0\0"), 0, "" },
	{ "a first part", SENDER, LITERAL("\x11\3\0\1\x0a\1\2\3\0\x8a\0\xbb\0\0"), 0, "" },
	{ "nothing", SENDER, LITERAL(""), -EBADMSG, "" },
	{ "cut in a name", SENDER,
	  LITERAL(DATAGRAM WARD7 "\x20"
	                         "EIEP"),
	  -EBADMSG, "" },
	{ "a scope that does not end", SENDER,
	  LITERAL(DATAGRAM "\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a"),
	  -EBADMSG, "" },
	{ "no message", SENDER, LITERAL(HEAD), -EBADMSG, "" },
	{ "data beyond the datagram", SENDER, LITERAL(HEAD TRANSACTION("\x09\0") "\2\0WARD7\0"), -EBADMSG, "" },
	{ "no data", SENDER, LITERAL(HEAD TRANSACTION("\0\0")), -EBADMSG, "" },
	{ "an announcement cut in its version", SENDER,
	  LITERAL(HEAD TRANSACTION("\x17\0") "\1\0\x80\xfc\x0a\0" NAMED "\6"), -EBADMSG, "" },
	{ "an election cut", SENDER, LITERAL(HEAD TRANSACTION("\x05\0") "\x08\1\x03\x0f\1"), -EBADMSG, "" },
};

static void decodes_vectors(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct vector *vector = &vectors[i];
		enum malformed_reason reason = MALFORMED_COUNT, expected;
		int result = told_by(browser_decode, vector->bytes, vector->length, vector->source, text, &reason);

		expected = vector->result < 0 ? MALFORMED_NETBIOS : MALFORMED_COUNT;
		if (result != vector->result || reason != expected || strcmp(text, vector->told) != 0)
			fail_msg("%s: result %d, reason %u, told\n%s", vector->name, result, (unsigned int)reason,
			         text);
	}
}

/* The transaction says how long its data are, so that no cut one is taken for a whole. */
/* IPX from a node's socket to that of all, around ${length} bytes, over ${hops} routers. */
#define IPX(length, hops, socket)                                                                                      \
	"\xff\xff" length hops "\x14" ZEROS4 "\xff\xff\xff\xff\xff\xff" socket ZEROS4 "\x44\x4b\x5d\0\0\1" socket
#define NMPI_ROUTE ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4 ZEROS4
#define PLAIN      "HOSPITAL       \0WARD7          \0"
#define ELECTION   TRANSACTION("\x14\0") "\x08\1\x03\x0f\1\x20" ZEROS4 ZEROS4 "WARD7\0"
#define TOLD_IPX   "browser-destination=HOSPITAL<00>\nbrowser-command=8\nbrowser-server=WARD7\n"

static const struct vector ipx[] = {
	{ "NMPI", SENDER, LITERAL(IPX("\0\xcc", "\0", "\5\x53") NMPI_ROUTE "\xfc\2\0\0" PLAIN ELECTION "padding"), 1,
	  "browser-source=WARD7<00>\nnetbios-name=WARD7\n" TOLD_IPX },
	{ "NetBIOS", SENDER, LITERAL(IPX("\0\xaa", "\0", "\4\x55") "\0\x0b" PLAIN ELECTION), 1,
	  "browser-source=WARD7<00>\nnetbios-name=WARD7\n" TOLD_IPX },
	{ "sent on by a router", SENDER, LITERAL(IPX("\0\xaa", "\1", "\4\x55") "\0\x0b" PLAIN ELECTION), 1,
	  "browser-source=WARD7<00>\n" TOLD_IPX },
	{ "a name asked for", SENDER, LITERAL(IPX("\0\x62", "\0", "\5\x53") NMPI_ROUTE "\xf1\2\0\0" PLAIN), 0, "" },
	{ "another socket", SENDER, LITERAL(IPX("\0\xaa", "\0", "\4\x52") "\0\x0b" PLAIN ELECTION), 0, "" },
	{ "longer than it is", SENDER, LITERAL(IPX("\0\xff", "\0", "\4\x55") "\0\x0b" PLAIN ELECTION), -EBADMSG, "" },
	{ "shorter than its header", SENDER, LITERAL(IPX("\0\x1d", "\0", "\4\x55") "\0\x0b" PLAIN), -EBADMSG, "" },
	{ "cut in a name", SENDER, LITERAL(IPX("\0\x22", "\0", "\4\x55") "\0\x0bHO"), -EBADMSG, "" },
	{ "half a header", SENDER, LITERAL("\xff\xff\0\x22"), -EBADMSG, "" },
};

static void decodes_ipx(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ipx); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(browser_decode_ipx, ipx[i].bytes, ipx[i].length, SENDER, text, &reason);

		if (result != ipx[i].result || strcmp(text, ipx[i].told) != 0)
			fail_msg("%s: result %d\n%s", ipx[i].name, result, text);
		assert_int_equal(reason, result < 0 ? MALFORMED_NETBIOS : MALFORMED_COUNT);
	}
}

static void survives_any_cut(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		for (size_t length = 0; length < vectors[i].length; length++) {
			enum malformed_reason reason;

			assert_int_not_equal(
				told_by(browser_decode, vectors[i].bytes, length, vectors[i].source, text, &reason), 1);
			assert_string_equal(text, "");
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_vectors),
		cmocka_unit_test(decodes_ipx),
		cmocka_unit_test(survives_any_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
