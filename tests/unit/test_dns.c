/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/decode/dns.h"
#include "policy/base/memory.h"
#include "tests/unit/told.h"

#define LITERAL(text) (text), sizeof(text) - 1

/* Headers: identification, flags, and the counts of questions, answers, authorities and additionals. */
#define QUERY    "\0\0\1\0\0\1\0\0\0\0\0\0"
#define KNOWN    "\0\0\0\0\0\1\0\1\0\0\0\0"
#define PROBE    "\0\0\0\0\0\1\0\0\0\1\0\0"
#define RESPONSE "\0\0\x84\0\0\0\0\1\0\0\0\0"
#define ANSWER2  "\0\0\x84\0\0\0\0\2\0\0\0\0"
#define ANSWER3  "\0\0\x84\0\0\0\0\3\0\0\0\0"
#define REPLY    "\0\0\x80\0\0\1\0\1\0\0\0\0"
#define UPDATE   "\0\0\x28\0\0\1\0\0\0\1\0\0"

#define IPP      "\4_ipp\4_tcp\5local\0"
#define OFFICE   "\6Office\xc0\x0c"
#define IN       "\0\1"
#define MINUTES  "\0\0\0\x78"
#define TYPE_A   "\0\1" IN MINUTES
#define TYPE_PTR "\0\x0c" IN MINUTES
#define TYPE_TXT "\0\x10" IN MINUTES
#define HOST     "\4host\5local\0"
#define HOST_AT  "\0\4\x0a\x01\x02\x03"
#define SENDER   "10.1.2.3"
#define REVERSE                                                                                                        \
	"\1"                                                                                                           \
	"3\1"                                                                                                          \
	"2\1"                                                                                                          \
	"1\2"                                                                                                          \
	"10\7in-addr\4arpa\0"

struct vector {
	const char *name;
	datagram_decode *decode;
	const char *source;
	const char *bytes;
	size_t length;
	const char *told;
};

static const struct vector good[] = {
	{ "a question", dns_decode, SENDER, LITERAL(QUERY "\3www\7example\3org\0\0\1\0\1"),
	  "dns-response=0\ndns-id=0\ndns-question=www.example.org\ndns-question-type=1\n" },
	{ "an answer with an alias", dns_decode, "10.1.2.1",
	  LITERAL("\x12\x34\x81\x80\0\1\0\2\0\0\0\0\1a\1b\0\0\1\0\1\xc0\x0c\0\5" IN MINUTES
	          "\0\2\xc0\x0e\xc0\x0e" TYPE_A HOST_AT),
	  "dns-response=1\ndns-id=4660\ndns-answered=a.b\ndns-question-type=1\ndns-name=a.b\ndns-type=5\ndns-alias=b\n"
	  "dns-name=b\ndns-type=1\ndns-lifetime=120\ndns-address=10.1.2.3\n" },
	{ "an update asks nothing", dns_decode, SENDER, LITERAL(UPDATE "\4ward\0\0\6\0\1\2ct\xc0\x0c" TYPE_A HOST_AT),
	  "dns-response=0\ndns-id=0\ndns-name=ct.ward\ndns-type=1\ndns-lifetime=120\ndns-address=10.1.2.3\n" },
	{ "the root, and bytes that are no text", dns_decode, SENDER, LITERAL(QUERY "\0\0\2\0\1"),
	  "dns-response=0\ndns-id=0\ndns-question=<Root>\ndns-question-type=2\n" },
	{ "bytes that are no text", dns_decode, SENDER, LITERAL(QUERY "\3a\n\xff\0\0\2\0\1"),
	  "dns-response=0\ndns-id=0\ndns-question=a\\x0a\\xff\ndns-question-type=2\n" },
	{ "NSEC lists types", mdns_decode, SENDER,
	  LITERAL(RESPONSE HOST "\0\x2f\x80\1" MINUTES "\0\x08\xc0\x0c\0\4\x40\0\0\x08"),
	  "dns-response=1\ndns-name=host.local\ndns-type=47\ndns-type=1\ndns-type=28\n" },
	{ "HINFO", mdns_decode, SENDER, LITERAL(RESPONSE HOST "\0\x0d" IN MINUTES "\0\x0b\4I686\5LINUX"),
	  "dns-response=1\ndns-name=host.local\ndns-type=13\ndns-host-cpu=I686\ndns-host-system=LINUX\n" },
	{ "a service offered", mdns_decode, SENDER, LITERAL(RESPONSE IPP TYPE_PTR "\0\x09" OFFICE),
	  "mdns-service=_ipp._tcp\nmdns-instance=Office\ndns-response=1\ndns-name=_ipp._tcp.local\ndns-type=12\n"
	  "dns-pointer=Office._ipp._tcp.local\n" },
	{ "a service taken back", mdns_decode, SENDER, LITERAL(RESPONSE IPP "\0\x0c" IN "\0\0\0\0\0\x09" OFFICE),
	  "dns-response=1\ndns-name=_ipp._tcp.local\ndns-type=12\ndns-pointer=Office._ipp._tcp.local\n" },
	{ "a service known is none offered", mdns_decode, SENDER,
	  LITERAL(KNOWN IPP "\0\x0c\0\1\xc0\x0c" TYPE_PTR "\0\x09" OFFICE),
	  "dns-response=0\ndns-question=_ipp._tcp.local\ndns-question-type=12\ndns-name=_ipp._tcp.local\ndns-type=12\n"
	  "dns-pointer=Office._ipp._tcp.local\n" },
	{ "the list of services", mdns_decode, SENDER,
	  LITERAL(RESPONSE "\x09_services\7_dns-sd\4_udp\5local\0" TYPE_PTR "\0\x0c\4_ssh\4_tcp\xc0\x23"),
	  "mdns-service=_ssh._tcp\ndns-response=1\ndns-name=_services._dns-sd._udp.local\ndns-type=12\n"
	  "dns-pointer=_ssh._tcp.local\n" },
	{ "a kind of service is no instance", mdns_decode, SENDER,
	  LITERAL(RESPONSE IPP "\0\x0c" IN MINUTES "\0\x11\x09_universe\4_sub\xc0\x0c"),
	  "mdns-service=_ipp._tcp\ndns-response=1\ndns-name=_ipp._tcp.local\ndns-type=12\n"
	  "dns-pointer=_universe._sub._ipp._tcp.local\n" },
	{ "a service's port", mdns_decode, SENDER,
	  LITERAL(RESPONSE "\1O" IPP "\0\x21" IN MINUTES "\0\x0d\0\0\0\0\x02\x77\4host\xc0\x18"),
	  "mdns-service=_ipp._tcp\nmdns-instance=O\ndns-response=1\ndns-service-name=O._ipp._tcp.local\ndns-type=33\n"
	  "dns-service-port=631\ndns-service-target=host.local\n" },
	{ "models", mdns_decode, SENDER,
	  LITERAL(RESPONSE "\1O" IPP TYPE_TXT "\0\x1d\x07TY=Ines\0\x0dproduct=(X 4)\5ci=17"),
	  "mdns-service=_ipp._tcp\nmdns-instance=O\nmdns-model=Ines\nmdns-model=X 4\ndns-response=1\n"
	  "dns-name=O._ipp._tcp.local\ndns-type=16\ndns-text=TY=Ines\ndns-text=\ndns-text=product=(X 4)\n"
	  "dns-text=ci=17\n" },
	{ "the version of macOS", mdns_decode, SENDER,
	  LITERAL(RESPONSE "\1O\x0c_device-info\4_tcp\5local\0" TYPE_TXT "\0\x1a\x0emodel=iMac11,3\x0aosxvers=17"),
	  "mdns-service=_device-info._tcp\nmdns-instance=O\nmdns-model=iMac11,3\nmdns-model=osxvers=17\n"
	  "dns-response=1\ndns-name=O._device-info._tcp.local\ndns-type=16\ndns-text=model=iMac11,3\n"
	  "dns-text=osxvers=17\n" },
	{ "an accessory's category", mdns_decode, SENDER,
	  LITERAL(RESPONSE "\1O\4_hap\4_tcp\5local\0" TYPE_TXT "\0\x06\5ci=17"),
	  "mdns-service=_hap._tcp\nmdns-instance=O\nmdns-category=17\ndns-response=1\ndns-name=O._hap._tcp.local\n"
	  "dns-type=16\ndns-text=ci=17\n" },
	{ "its own name", mdns_decode, SENDER, LITERAL(RESPONSE HOST TYPE_A HOST_AT),
	  "mdns-name=host\ndns-response=1\ndns-name=host.local\ndns-type=1\ndns-address=10.1.2.3\n" },
	{ "a probe for its own name", mdns_decode, SENDER, LITERAL(PROBE HOST "\0\xff\0\1\xc0\x0c" TYPE_A HOST_AT),
	  "mdns-name=host\ndns-response=0\ndns-question=host.local\ndns-question-type=255\ndns-name=host.local\n"
	  "dns-type=1\ndns-address=10.1.2.3\n" },
	{ "its own name over IPv6", mdns_decode, "fe80::1", LITERAL(RESPONSE HOST TYPE_A HOST_AT),
	  "mdns-name=host\ndns-response=1\ndns-name=host.local\ndns-type=1\ndns-address=10.1.2.3\n" },
	{ "a reflector speaks for others", mdns_decode, "10.1.2.4",
	  LITERAL(ANSWER2 IPP TYPE_PTR "\0\x09" OFFICE HOST TYPE_A HOST_AT),
	  "dns-response=1\ndns-name=_ipp._tcp.local\ndns-type=12\ndns-pointer=Office._ipp._tcp.local\n"
	  "dns-name=host.local\ndns-type=1\ndns-address=10.1.2.3\n" },
	{ "one of several addresses is its own", mdns_decode, SENDER,
	  LITERAL(ANSWER3 "\1x\5local\0" TYPE_A "\0\4\1\1\1\1" HOST TYPE_A HOST_AT "\1y\5local\0" TYPE_A
	                  "\0\4\2\2\2\2"),
	  "mdns-name=host\ndns-response=1\ndns-name=x.local\ndns-type=1\ndns-address=1.1.1.1\ndns-name=host.local\n"
	  "dns-type=1\ndns-address=10.1.2.3\ndns-name=y.local\ndns-type=1\ndns-address=2.2.2.2\n" },
	{ "two names and no address of its own", mdns_decode, "fe80::1",
	  LITERAL(ANSWER2 "\1x\5local\0" TYPE_A "\0\4\1\1\1\1" HOST TYPE_A HOST_AT),
	  "dns-response=1\ndns-name=x.local\ndns-type=1\ndns-address=1.1.1.1\ndns-name=host.local\ndns-type=1\n"
	  "dns-address=10.1.2.3\n" },
	{ "LLMNR answer", llmnr_decode, SENDER, LITERAL(REPLY "\4mypc\0\0\1\0\1\xc0\x0c" TYPE_A HOST_AT),
	  "llmnr-name=mypc\ndns-response=1\ndns-answered=mypc\ndns-question-type=1\ndns-name=mypc\ndns-type=1\n"
	  "dns-address=10.1.2.3\n" },
	{ "LLMNR reverse answer", llmnr_decode, SENDER,
	  LITERAL(REPLY REVERSE "\0\x0c\0\1\xc0\x0c" TYPE_PTR "\0\6\4mypc\0"),
	  "llmnr-name=mypc\ndns-response=1\ndns-answered=3.2.1.10.in-addr.arpa\ndns-question-type=12\n"
	  "dns-name=3.2.1.10.in-addr.arpa\ndns-type=12\ndns-pointer=mypc\n" },
	{ "LLMNR answer for another", llmnr_decode, "10.1.2.4",
	  LITERAL(REPLY "\4mypc\0\0\1\0\1\xc0\x0c" TYPE_A HOST_AT),
	  "dns-response=1\ndns-answered=mypc\ndns-question-type=1\ndns-name=mypc\ndns-type=1\ndns-address=10.1.2.3\n" },
	{ "LLMNR question for another", llmnr_decode, SENDER, LITERAL(QUERY "\4wpad\0\0\1\0\1"),
	  "dns-response=0\ndns-question=wpad\ndns-question-type=1\n" },
	{ "LLMNR question whether a name is free", llmnr_decode, SENDER, LITERAL(QUERY "\4mypc\0\0\xff\0\1"),
	  "llmnr-name=mypc\ndns-response=0\ndns-question=mypc\ndns-question-type=255\n" },
};

static const struct vector bad[] = {
	{ "nothing", dns_decode, SENDER, LITERAL(""), "" },
	{ "cut in the header", dns_decode, SENDER, LITERAL("\0\0\1\0\0\1\0\0\0\0\0"), "" },
	{ "a question less than counted", dns_decode, SENDER, LITERAL("\0\0\1\0\0\2\0\0\0\0\0\0\1a\0\0\1\0\1"), "" },
	{ "cut in a name", dns_decode, SENDER, LITERAL(QUERY "\3ab"), "" },
	{ "cut behind a name", dns_decode, SENDER, LITERAL(QUERY "\3abc\0\0\1\0"), "" },
	{ "a name that points to itself", dns_decode, SENDER, LITERAL(QUERY "\xc0\x0c\0\1\0\1"), "" },
	{ "names that point to each other", dns_decode, SENDER, LITERAL(QUERY "\xc0\x0e\xc0\x0c\0\1\0\1"), "" },
	{ "a label of another kind", dns_decode, SENDER,
	  LITERAL(QUERY "\x41"
	                "a\0\0\1\0\1"),
	  "" },
	{ "a pointer beyond the message", dns_decode, SENDER, LITERAL(QUERY "\xff\xff\0\1\0\1"), "" },
	{ "data beyond the message", dns_decode, SENDER, LITERAL(RESPONSE HOST TYPE_A "\0\4\x0a\x01\x02"), "" },
	{ "an address of three bytes", dns_decode, SENDER, LITERAL(RESPONSE HOST TYPE_A "\0\3\x0a\x01\x02"), "" },
	{ "a text beyond its data", dns_decode, SENDER, LITERAL(RESPONSE HOST TYPE_TXT "\0\2\4abcd"), "" },
	{ "a name beyond its data", mdns_decode, SENDER, LITERAL(RESPONSE HOST TYPE_PTR "\0\1\1a\0"), "" },
	{ "SRV cut", dns_decode, SENDER, LITERAL(RESPONSE HOST "\0\x21" IN MINUTES "\0\5\0\0\0\0\1"), "" },
	{ "HINFO of one text", dns_decode, SENDER, LITERAL(RESPONSE HOST "\0\x0d" IN MINUTES "\0\2\1a"), "" },
	{ "NSEC with a window cut", dns_decode, SENDER,
	  LITERAL(RESPONSE HOST "\0\x2f" IN MINUTES "\0\5\xc0\x0c\0\4\x40"), "" },
	{ "LLMNR cut", llmnr_decode, SENDER, LITERAL(QUERY "\3ab"), "" },
};

static void decodes_good(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(good[i].decode, good[i].bytes, good[i].length, good[i].source, text, &reason);

		if (result != 1 || strcmp(text, good[i].told) != 0)
			fail_msg("%s: result %d, told\n%s", good[i].name, result, text);
	}
}

static void refuses_bad(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		enum malformed_reason reason = MALFORMED_COUNT;
		int result = told_by(bad[i].decode, bad[i].bytes, bad[i].length, bad[i].source, text, &reason);

		if (result != -EBADMSG || reason != MALFORMED_DNS || text[0])
			fail_msg("%s: result %d, reason %u, told\n%s", bad[i].name, result, (unsigned int)reason, text);
	}
}

/* Whatever is cut off, it is refused or what is left makes sense; nothing is read beyond. */
static void survives_any_cut(void **state)
{
	char text[TOLD_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		for (size_t length = 0; length < good[i].length; length++) {
			enum malformed_reason reason = MALFORMED_COUNT;

			assert_int_equal(told_by(good[i].decode, good[i].bytes, length, good[i].source, text, &reason),
			                 -EBADMSG);
		}
}

/* 255 bytes on the wire are a name's most, RFC 1035 section 2.3.4. */
static void a_name_ends_at_its_most(void **state)
{
	uint8_t message[12 + 256 + 4] = { [5] = 1 };
	enum malformed_reason reason;
	char text[TOLD_MAX];

	(void)state;
	for (size_t extra = 0; extra < 2; extra++) {
		size_t at = 12;

		for (size_t i = 0; i < 4; i++) {
			size_t length = i < 3 ? 63 : 61 + extra;

			message[at++] = (uint8_t)length;
			memset(message + at, 'x', length);
			at += length;
		}
		memset(message + at, 0, 5);
		assert_int_equal(told_by(dns_decode, message, at + 5, SENDER, text, &reason), extra ? -EBADMSG : 1);
	}
}

/* A message that says more than fits is told as far as it goes. */
static void full_fields_are_a_message(void **state)
{
	static uint8_t message[12 + 2000 * 6] = { [4] = 2000 >> 8, [5] = 2000 & 255 };
	static const uint8_t first[] = { 1, 'a', 0, 0, 1, 0, 1 };
	enum malformed_reason reason;
	char text[TOLD_MAX];
	size_t at = 12;

	(void)state;
	memcpy(message + at, first, sizeof(first));
	at += sizeof(first);
	for (size_t i = 0; i < 1900; i++, at += 6)
		memcpy(message + at, "\xc0\x0c\0\1\0\1", 6);
	assert_int_equal(told_by(dns_decode, message, at, SENDER, text, &reason), 1);
}

static int decode_stream(const char *bytes, size_t length, uint16_t server_port, size_t *taken, char text[TOLD_MAX])
{
	static struct fields fields;
	struct stream stream = {
		.bytes = (const uint8_t *)bytes, .length = length, .is_start = true, .server_port = server_port
	};
	enum malformed_reason reason = MALFORMED_COUNT;
	int result;

	fields_clear(&fields);
	result = dns_stream_decode(&stream, taken, &fields, &reason);
	told_show(&fields, text);
	return result;
}

static void decodes_streams(void **state)
{
	static const char two[] = "\0\x13" QUERY "\1a\0\0\1\0\1\0\x13";
	char text[TOLD_MAX];
	size_t taken = 0;

	(void)state;
	assert_int_equal(decode_stream(two, sizeof(two) - 1, 53, &taken, text), 1);
	assert_int_equal(taken, 2 + 0x13);
	assert_string_equal(text, "dns-response=0\ndns-id=0\ndns-question=a\ndns-question-type=1\n");
	for (size_t length = 0; length < 2 + 0x13; length++)
		assert_int_equal(decode_stream(two, length, 53, &taken, text), -EAGAIN);
	assert_int_equal(decode_stream(two, sizeof(two) - 1, 5300, &taken, text), 0);
	assert_int_equal(decode_stream("\xff\xff", 2, 53, &taken, text), 1);
	assert_int_equal(taken, 2 + 0xffff);
	assert_string_equal(text, "");
	assert_int_equal(decode_stream("\0\3abc", 5, 53, &taken, text), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_good),
		cmocka_unit_test(refuses_bad),
		cmocka_unit_test(survives_any_cut),
		cmocka_unit_test(a_name_ends_at_its_most),
		cmocka_unit_test(full_fields_are_a_message),
		cmocka_unit_test(decodes_streams),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
