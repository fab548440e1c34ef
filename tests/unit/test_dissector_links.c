/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands between the wire and an ARP request: LLC, IEEE 802.11, CAPWAP, serial lines, NFLOG. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/dissect/dissector.h"
#include "policy/base/memory.h"

#define LITERAL(text) (text), sizeof(text) - 1

#define DEVICE "\x44\x4b\x5d\x00\x00\x07"
#define BASE   "\x02\x00\x00\x00\x00\x0a" /* an access point */
#define ALL    "\xff\xff\xff\xff\xff\xff"
#define SNAP   "\xaa\xaa\x03\x00\x00\x00\x08\x06"
#define ARP    "\x00\x01\x08\x00\x06\x04\x00\x01" DEVICE "\x0a\x14\x00\x07\x00\x00\x00\x00\x00\x00\x0a\x14\x00\x01"
#define UP     BASE DEVICE ALL "\x10\x00" /* a station's frame, on its way to the access point */
#define DOWN   ALL BASE DEVICE "\x10\x00" /* the same, handed on by it */
#define DATA   "\x08\x01\x2c\x00" UP SNAP ARP

/* IPv4 and UDP around ${length}, two hexadecimal escapes each, of CAPWAP. */
#define CAPWAP(ip_length, udp_length)                                                                                  \
	"\x45\x00" ip_length                                                                                           \
	"\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x09\x0a\x14\x00\x02\x30\x5c\x14\x7f" udp_length "\x00\x00"

/* What came of a frame. */
struct seen {
	struct observation observation;
	unsigned int count;
	uint64_t unknown;
	uint64_t fragments;
	uint64_t malformed;
};

static void see(const struct observation *observation, void *context)
{
	struct seen *seen = context;

	memcpy(&seen->observation, observation, observation_size(observation));
	seen->count++;
}

static void take(struct dissector *dissector, enum link_type link, const void *bytes, size_t length, bool is_short)
{
	uint8_t *exact = malloc(length ? length : 1); /* so that a sanitizer sees a read past the end */
	struct frame frame = { .bytes = exact, .length = length, .link = link, .ifindex = 1, .is_short = is_short };

	assert_non_null(exact);
	memcpy(exact, bytes, length);
	dissector_take(dissector, &frame);
	free(exact);
}

static void read_frame(enum link_type link, const void *bytes, size_t length, bool is_short, struct seen *seen)
{
	static const struct dissector_options options = { .flows_max = 8, .streams_max = 1 };
	const struct dissector_statistics *statistics;
	struct dissector *dissector;

	*seen = (struct seen){ .count = 0 };
	assert_int_equal(dissector_new(&options, see, seen, &dissector), 0);
	take(dissector, link, bytes, length, is_short);
	statistics = dissector_statistics(dissector);
	seen->unknown = statistics->link_unknown;
	seen->fragments = statistics->fragments;
	for (int i = 0; i < MALFORMED_COUNT; i++)
		seen->malformed += statistics->malformed[i];
	dissector_free(dissector);
}

struct vector {
	const char *name;
	enum link_type link;
	const char *bytes;
	size_t length;
	bool has_source;
};

static const struct vector told[] = {
	{ "to the distribution system", LINK_WIRELESS, LITERAL(DATA), true },
	{ "from it", LINK_WIRELESS, LITERAL("\x08\x02\x2c\x00" DOWN SNAP ARP), true },
	{ "between access points", LINK_WIRELESS,
	  LITERAL("\x08\x03\x2c\x00" BASE "\x02\x00\x00\x00\x00\x0b" ALL "\x10\x00" DEVICE SNAP ARP), true },
	{ "among stations", LINK_WIRELESS, LITERAL("\x08\x00\x2c\x00" ALL DEVICE BASE "\x10\x00" SNAP ARP), true },
	{ "of a class of service", LINK_WIRELESS, LITERAL("\x88\x01\x2c\x00" UP "\x06\x00" SNAP ARP), true },
	{ "with an HT control field", LINK_WIRELESS, LITERAL("\x88\x81\x2c\x00" UP "\x06\x00\x01\x02\x03\x04" SNAP ARP),
	  true },
	{ "an aggregate of one", LINK_WIRELESS,
	  LITERAL("\x88\x02\x2c\x00" ALL BASE BASE "\x10\x00\x80\x00" ALL DEVICE "\x00\x24" SNAP ARP), true },
	{ "radiotap", LINK_RADIOTAP, LITERAL("\x00\x00\x08\x00\x00\x00\x00\x00" DATA), true },
	{ "radiotap with a time, a second word, and a check sequence", LINK_RADIOTAP,
	  LITERAL("\x00\x00\x1c\x00\x03\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00\x01\x02\x03\x04\x05\x06\x07\x08\x10"
	          "\x00\x00\x00" DATA "\x11\x22\x33\x44"),
	  true },
	{ "radiotap, padded behind its header", LINK_RADIOTAP,
	  LITERAL("\x00\x00\x09\x00\x02\x00\x00\x00\x20\x88\x01\x2c\x00" UP "\x06\x00\x00\x00" SNAP ARP), true },
	{ "PPI with a check sequence", LINK_PPI,
	  LITERAL("\x00\x00\x20\x00\x69\x00\x00\x00\x02\x00\x14\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00"
	          "\x00"
	          "\x00\x00\x00\x00\x00\x00" DATA "\x11\x22\x33\x44"),
	  true },
	{ "CAPWAP, IEEE 802.11", LINK_RAW_IP,
	  LITERAL(CAPWAP("\x00\x60", "\x00\x4c") "\x00\x10\x03\x00\x00\x00\x00\x00" DATA), true },
	{ "CAPWAP with Cisco's order, and a header for the radio", LINK_RAW_IP,
	  LITERAL(CAPWAP("\x00\x68", "\x00\x54") "\x00\x20\x03\x20\x00\x00\x00\x00\x04\xbf\x23\x00\x00\x00\x00\x00"
	                                         "\x01\x08\x2c\x00" BASE DEVICE ALL "\x76\x30" SNAP ARP),
	  true },
	{ "CAPWAP, IEEE 802.3", LINK_RAW_IP,
	  LITERAL(CAPWAP("\x00\x4e", "\x00\x3a") "\x00\x10\x02\x00\x00\x00\x00\x00" ALL DEVICE "\x08\x06" ARP), true },
	{ "VXLAN that names what follows", LINK_RAW_IP,
	  LITERAL("\x45\x00\x00\x4e\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x09\x0a\x14\x00\x02\x30\x5c\x12\xb6"
	          "\x00\x3a\x00\x00\x0c\x00\x00\x03\x00\x00\x00\x00" ALL DEVICE "\x08\x06" ARP),
	  true },
	{ "VXLAN with a group", LINK_RAW_IP,
	  LITERAL("\x45\x00\x00\x4e\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x14\x00\x09\x0a\x14\x00\x02\x30\x5c\x12\xb5"
	          "\x00\x3a\x00\x00\x88\x00\x01\x02\x00\x00\x07\x00" ALL DEVICE "\x08\x06" ARP),
	  true },
	{ "Cisco's HDLC", LINK_SERIAL, LITERAL("\x8f\x00\x08\x06" ARP), false },
	{ "SNAP", LINK_ETHERNET, LITERAL(ALL DEVICE "\x00\x24" SNAP ARP), true },
};

static void tells_through_every_layer(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		const struct vector *vector = &told[i];
		struct seen seen;

		read_frame(vector->link, vector->bytes, vector->length, false, &seen);
		if (seen.count != 1 || seen.malformed || seen.unknown)
			fail_msg("%s: %u told", vector->name, seen.count);
		assert_int_equal(seen.observation.type, OBSERVATION_ARP);
		assert_memory_equal(seen.observation.arp.sender_mac.byte, DEVICE, 6);
		if (memcmp(seen.observation.source.byte, vector->has_source ? DEVICE : "\0\0\0\0\0", 6) != 0)
			fail_msg("%s: another sender", vector->name);
		for (size_t length = 0; length < vector->length - 4; length++) {
			read_frame(vector->link, vector->bytes, length, true, &seen);
			if (seen.count > 0 && length < vector->length - 28)
				fail_msg("%s: told at %zu bytes", vector->name, length);
		}
	}
}

static const struct vector passed_over[] = {
	{ "management", LINK_WIRELESS, LITERAL("\x80\x00\x00\x00" UP SNAP ARP), false },
	{ "data that is none", LINK_WIRELESS, LITERAL("\x48\x01\x00\x00" UP SNAP ARP), false },
	{ "encrypted", LINK_WIRELESS, LITERAL("\x08\x41\x00\x00" UP SNAP ARP), false },
	{ "Cisco's order on the air", LINK_WIRELESS, LITERAL("\x01\x08\x00\x00" UP SNAP ARP), false },
	{ "PPI of another link", LINK_PPI, LITERAL("\x00\x00\x08\x00\x01\x00\x00\x00" DATA), false },
	{ "numbered LLC", LINK_ETHERNET, LITERAL(ALL DEVICE "\x00\x24\xaa\xaa\x00\x00\x00\x00\x08\x06" ARP), false },
	{ "an access point of nobody's", LINK_ETHERNET, LITERAL(ALL DEVICE "\x00\x1f\xfe\xfe\x03" ARP), false },
	{ "a keep-alive of HDLC", LINK_SERIAL, LITERAL("\x8f\x00\x80\x35" ARP), false },
};

static void counts_what_is_not_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(passed_over); i++) {
		const struct vector *vector = &passed_over[i];
		struct seen seen;

		read_frame(vector->link, vector->bytes, vector->length, false, &seen);
		if (seen.count != 0 || seen.unknown != 1 || seen.malformed)
			fail_msg("%s", vector->name);
	}
}

static const struct vector broken[] = {
	{ "a group as the source", LINK_WIRELESS, LITERAL("\x08\x01\x00\x00" BASE ALL ALL "\x10\x00" SNAP ARP), false },
	{ "a check sequence that is wrong", LINK_RADIOTAP, LITERAL("\x00\x00\x09\x00\x02\x00\x00\x00\x40" DATA),
	  false },
	{ "a radiotap header of four bytes", LINK_RADIOTAP, LITERAL("\x00\x00\x04\x00" DATA), false },
	{ "another version of radiotap", LINK_RADIOTAP, LITERAL("\x01\x00\x08\x00\x00\x00\x00\x00" DATA), false },
	{ "an aggregate that is cut", LINK_WIRELESS,
	  LITERAL("\x88\x02\x2c\x00" ALL BASE BASE "\x10\x00\x80\x00" ALL DEVICE "\x00\x25" SNAP ARP), false },
	{ "NFLOG without a packet", LINK_NFLOG, LITERAL("\x02\x00\x00\x00\x08\x00\x01\x00\x00\x00\x00\x00"), false },
	{ "an attribute of no length", LINK_NFLOG, LITERAL("\x02\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00"), false },
	{ "LLC of two bytes", LINK_ETHERNET, LITERAL(ALL DEVICE "\x00\x02\xaa\xaa\x03\x00"), false },
};

static void counts_what_is_broken(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		const struct vector *vector = &broken[i];
		struct seen seen;

		read_frame(vector->link, vector->bytes, vector->length, false, &seen);
		if (seen.count != 0 || seen.malformed != 1 || seen.unknown)
			fail_msg("%s", vector->name);
	}
}

/* CAPWAP's own, and those of IEEE 802.11: an ARP request is not looked for in half of one. */
static const struct vector pieces[] = {
	{ "CAPWAP", LINK_RAW_IP, LITERAL(CAPWAP("\x00\x60", "\x00\x4c") "\x00\x10\x03\x80\x00\x01\x00\x00" DATA),
	  false },
	{ "more to come", LINK_WIRELESS, LITERAL("\x08\x05\x2c\x00" UP SNAP ARP), false },
	{ "the second", LINK_WIRELESS, LITERAL("\x08\x01\x2c\x00" BASE DEVICE ALL "\x11\x00" SNAP ARP), false },
};

static void counts_fragments(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct seen seen;

		read_frame(pieces[i].link, pieces[i].bytes, pieces[i].length, false, &seen);
		if (seen.count != 0 || seen.fragments != 1)
			fail_msg("%s", pieces[i].name);
	}
}

static void passes_over_in_silence(void **state)
{
	static const struct vector silent[] = {
		{ "spanning tree", LINK_ETHERNET, LITERAL(ALL DEVICE "\x00\x1f\x42\x42\x03" ARP), false },
		{ "CAPWAP's keep-alive", LINK_RAW_IP,
		  LITERAL(CAPWAP("\x00\x60", "\x00\x4c") "\x00\x10\x03\x08\x00\x00\x00\x00" DATA), false },
		{ "CAPWAP in DTLS", LINK_RAW_IP,
		  LITERAL(CAPWAP("\x00\x60", "\x00\x4c") "\x01\x00\x00\x00\x00\x00\x00\x00" DATA), false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		struct seen seen;

		read_frame(silent[i].link, silent[i].bytes, silent[i].length, false, &seen);
		if (seen.count || seen.malformed || seen.unknown || seen.fragments)
			fail_msg("%s", silent[i].name);
	}
}

static void takes_an_aggregate_apart(void **state)
{
	static const char frame[] =
		"\x88\x02\x2c\x00" ALL BASE BASE "\x10\x00\x80\x00" ALL "\x44\x4b\x5d\x00\x00\x01\x00\x24" SNAP ARP
		"\x00\x00" ALL DEVICE "\x00\x24" SNAP ARP;
	struct seen seen;

	(void)state;
	read_frame(LINK_WIRELESS, LITERAL(frame), false, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.malformed, 0);
	assert_memory_equal(seen.observation.source.byte, DEVICE, 6);
}

/* Of a frame that the capture cut, the last four bytes are not the check sequence. */
static void keeps_the_end_of_a_short_frame(void **state)
{
	static const char frame[] = "\x00\x00\x09\x00\x02\x00\x00\x00\x10" DATA;
	struct seen seen;

	(void)state;
	read_frame(LINK_RADIOTAP, LITERAL(frame), true, &seen);
	assert_int_equal(seen.count, 1);
	read_frame(LINK_RADIOTAP, LITERAL(frame), false, &seen);
	assert_int_equal(seen.count, 0);
}

static const struct vector by_name[] = {
	{ "BACnet behind LLC", LINK_ETHERNET,
	  LITERAL(ALL DEVICE "\x00\x15\x82\x82\x03\x01\x00\x10\x00\xc4\x02\x00\x00\x3d\x22\x01\xe0\x91\x00\x21\x2a"
	                     "~~~~"),
	  true },
	{ "CDP on a serial line", LINK_SERIAL, LITERAL("\x8f\x00\x20\x00\x02\xb4\x00\x00\x00\x01\x00\x06R1"), false },
};

static void asks_decoders_by_what_the_link_calls_them(void **state)
{
	static const enum protocol protocols[] = { PROTOCOL_BACNET, PROTOCOL_CDP };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(by_name); i++) {
		struct seen seen;

		read_frame(by_name[i].link, by_name[i].bytes, by_name[i].length, false, &seen);
		if (seen.count != 1 || seen.observation.protocol != protocols[i])
			fail_msg("%s", by_name[i].name);
	}
}

static void reads_nflog_of_either_order(void **state)
{
#define HARDWARE_LITTLE "\x10\x00\x08\x00\x00\x06\x00\x00" DEVICE "\x00\x00"
#define HARDWARE_BIG    "\x00\x10\x00\x08\x00\x06\x00\x00" DEVICE "\x00\x00"
#define ECHO                                                                                                           \
	"\x45\x00\x00\x1c\x00\x00\x00\x00\x40\x01\x00\x00\x0a\x14\x00\x07\x0a\x14\x00\x01\x08\x00\x00\x00\x00\x00\x00" \
	"\x00"
	static const struct vector packets[] = {
		{ "little", LINK_NFLOG, LITERAL("\x02\x00\x00\x00" HARDWARE_LITTLE "\x20\x00\x09\x00" ECHO), true },
		{ "big", LINK_NFLOG, LITERAL("\x02\x00\x00\x00" HARDWARE_BIG "\x00\x20\x00\x09" ECHO), true },
	};
	static const struct dissector_options options = { .flows_max = 8, .streams_max = 1, .report_flows = true };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packets); i++) {
		struct seen seen = { .count = 0 };
		struct dissector *dissector;

		assert_int_equal(dissector_new(&options, see, &seen, &dissector), 0);
		take(dissector, LINK_NFLOG, packets[i].bytes, packets[i].length, false);
		dissector_free(dissector);
		assert_int_equal(seen.count, 1);
		assert_int_equal(seen.observation.type, OBSERVATION_FLOW);
		assert_memory_equal(seen.observation.source.byte, DEVICE, 6);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_through_every_layer),
		cmocka_unit_test(counts_what_is_not_read),
		cmocka_unit_test(counts_what_is_broken),
		cmocka_unit_test(counts_fragments),
		cmocka_unit_test(passes_over_in_silence),
		cmocka_unit_test(takes_an_aggregate_apart),
		cmocka_unit_test(keeps_the_end_of_a_short_frame),
		cmocka_unit_test(asks_decoders_by_what_the_link_calls_them),
		cmocka_unit_test(reads_nflog_of_either_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
