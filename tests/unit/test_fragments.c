/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/dissect/dissector.h"
#include "controller/sensor/dissect/fragments.h"
#include "policy/base/memory.h"

static struct fragments *table;
static struct fragment_whole whole;
static uint64_t evicted;
static uint8_t payload[FRAGMENTED_BYTES + 64];

static int make_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(payload); i++)
		payload[i] = (uint8_t)(i * 7 + i / 256);
	evicted = 0;
	return fragments_new(&table);
}

static int free_table(void **state)
{
	(void)state;
	fragments_free(table);
	return 0;
}

/* The piece of packet ${identification} from ${start} to ${end}. */
static struct fragment piece(uint32_t identification, uint32_t start, uint32_t end, bool is_last)
{
	static const uint8_t source[4] = { 10, 20, 0, 7 }, destination[4] = { 10, 20, 0, 1 };
	static const uint8_t header[20] = "the header, as it is";

	return (struct fragment){ .source = address_v4(source),
		                  .destination = address_v4(destination),
		                  .station = { { 0x44, 0x4b, 0x5d, 0, 0, 7 } },
		                  .identification = identification,
		                  .protocol = 17,
		                  .is_last = is_last,
		                  .offset = start,
		                  .header = header,
		                  .header_length = sizeof(header),
		                  .bytes = payload + start,
		                  .length = end - start };
}

static enum fragment_result put(uint32_t identification, uint32_t start, uint32_t end, bool is_last)
{
	const struct fragment fragment = piece(identification, start, end, is_last);

	return fragments_take(table, &fragment, 100, &whole, &evicted);
}

static void expect_whole(uint32_t length)
{
	assert_int_equal(whole.header_length, 20);
	assert_int_equal(whole.length, 20 + length);
	assert_memory_equal(whole.packet, "the header, as it is", 20);
	assert_memory_equal(whole.packet + 20, payload, length);
	fragments_return(table, &whole);
}

static void joins_in_any_order(void **state)
{
	static const uint8_t orders[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		                              { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(orders); i++)
		for (unsigned int j = 0; j < 3; j++) {
			const uint8_t which = orders[i][j];
			enum fragment_result result =
				put(i, which * 64U, which == 2 ? 150 : which * 64U + 64, which == 2);

			assert_int_equal(result, j < 2 ? FRAGMENT_KEPT : FRAGMENT_WHOLE);
		}
	expect_whole(150);
	assert_int_equal(evicted, 0);
}

static void keeps_packets_apart(void **state)
{
	struct fragment other[5];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		other[i] = piece(1, 64, 100, true);
	other[0].identification = 2;
	other[1].protocol = 6;
	other[2].station.byte[5] = 8; /* another station adds nothing */
	other[3].source.byte[3] = 9;
	other[4].destination.byte[3] = 9;
	assert_int_equal(put(1, 0, 64, false), FRAGMENT_KEPT);
	for (size_t i = 0; i < ARRAY_SIZE(other); i++)
		assert_int_equal(fragments_take(table, &other[i], 100, &whole, &evicted), FRAGMENT_KEPT);
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_WHOLE);
	expect_whole(100);
}

static void passes_over_what_came_twice(void **state)
{
	(void)state;
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(put(1, 0, 64, false), FRAGMENT_WHOLE);
	expect_whole(100);
}

static void spoils_what_cannot_be(void **state)
{
	static const struct {
		const char *name;
		uint32_t start, end;
		bool is_last;
	} second[] = {
		{ "overlaps in front", 0, 72, false },
		{ "overlaps behind", 120, 192, false },
		{ "within", 72, 80, false },
		{ "around", 0, 192, false },
		{ "ends before what is there", 0, 64, true },
		{ "empty", 0, 0, false },
		{ "too large", FRAGMENTED_BYTES - 8, FRAGMENTED_BYTES + 8, true },
		{ "beyond", FRAGMENTED_BYTES + 8, FRAGMENTED_BYTES + 16, true },
	};

	(void)state;
	for (uint32_t i = 0; i < ARRAY_SIZE(second); i++) {
		assert_int_equal(put(i, 64, 128, false), FRAGMENT_KEPT);
		if (put(i, second[i].start, second[i].end, second[i].is_last) != FRAGMENT_SPOILT)
			fail_msg("%s", second[i].name);
		/* What would have made it whole does so no more. */
		assert_int_equal(put(i, 0, 64, false), FRAGMENT_SPOILT);
		assert_int_equal(put(i, 128, 150, true), FRAGMENT_SPOILT);
	}
}

static void spoils_two_texts(void **state)
{
	struct fragment other = piece(1, 0, 64, false);
	uint8_t text[64];

	(void)state;
	memcpy(text, payload, sizeof(text));
	text[63] ^= 1;
	other.bytes = text;
	assert_int_equal(put(1, 0, 64, false), FRAGMENT_KEPT);
	assert_int_equal(fragments_take(table, &other, 100, &whole, &evicted), FRAGMENT_SPOILT);
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_SPOILT);
}

static void spoils_two_ends(void **state)
{
	(void)state;
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(put(1, 128, 150, true), FRAGMENT_SPOILT);
	assert_int_equal(put(2, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(put(2, 100, 108, false), FRAGMENT_SPOILT);
}

static void takes_so_many_pieces(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FRAGMENT_PIECES; i++)
		assert_int_equal(put(1, i * 8, i * 8 + 8, i + 1 == FRAGMENT_PIECES),
		                 i + 1 < FRAGMENT_PIECES ? FRAGMENT_KEPT : FRAGMENT_WHOLE);
	expect_whole(FRAGMENT_PIECES * 8);
	for (uint32_t i = 0; i < FRAGMENT_PIECES; i++)
		assert_int_equal(put(2, i * 8, i * 8 + 8, false), FRAGMENT_KEPT);
	assert_int_equal(put(2, FRAGMENT_PIECES * 8, FRAGMENT_PIECES * 8 + 8, true), FRAGMENT_SPOILT);
	assert_int_equal(put(3, 8, FRAGMENTED_BYTES, true), FRAGMENT_KEPT);
	assert_int_equal(put(3, 0, 8, false), FRAGMENT_WHOLE);
	expect_whole(FRAGMENTED_BYTES);
}

static void gives_up_the_oldest(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < FRAGMENTED_MAX + 1; i++)
		assert_int_equal(put(i, 0, 64, false), FRAGMENT_KEPT);
	assert_int_equal(evicted, 1);
	assert_int_equal(put(1, 64, 100, true), FRAGMENT_WHOLE);
	fragments_return(table, &whole);
	assert_int_equal(put(0, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(evicted, 1);
}

static void gives_up_the_late(void **state)
{
	const struct fragment last = piece(1, 64, 100, true);

	(void)state;
	assert_int_equal(put(1, 0, 64, false), FRAGMENT_KEPT);
	assert_int_equal(fragments_take(table, &last, 100 + FRAGMENTED_S + 1, &whole, &evicted), FRAGMENT_KEPT);
	assert_int_equal(evicted, 1);
	fragments_clear(table);
	assert_int_equal(put(2, 0, 64, false), FRAGMENT_KEPT);
	assert_int_equal(put(1, 0, 64, false), FRAGMENT_KEPT);
	/* Of another interface, whose time goes back a little. */
	assert_int_equal(fragments_take(table, &last, 99, &whole, &evicted), FRAGMENT_WHOLE);
	fragments_return(table, &whole);
	assert_int_equal(evicted, 1);
}

/* A packet that is being read is neither evicted nor added to. */
static void lends(void **state)
{
	struct fragment_whole lent;

	(void)state;
	assert_int_equal(put(7, 64, 100, true), FRAGMENT_KEPT);
	assert_int_equal(put(7, 0, 64, false), FRAGMENT_WHOLE);
	lent = whole;
	for (uint32_t i = 0; i < 2 * FRAGMENTED_MAX; i++)
		assert_int_equal(put(i, 0, 128, false), FRAGMENT_KEPT);
	fragments_clear(table);
	assert_memory_equal(lent.packet + 20, payload, 100);
	for (uint32_t i = 0; i < FRAGMENTED_MAX - 1; i++) {
		assert_int_equal(put(100 + i, 8, 16, true), FRAGMENT_KEPT);
		assert_int_equal(put(100 + i, 0, 8, false), FRAGMENT_WHOLE);
	}
	assert_int_equal(put(99, 0, 64, false), FRAGMENT_LOST);
	fragments_return(table, &lent);
	assert_int_equal(put(99, 0, 64, false), FRAGMENT_KEPT);
}

/* ---- in frames ---- */

#define QUERY_LENGTH 71
#define UDP_LENGTH   (8 + QUERY_LENGTH)

static unsigned int count;
static struct observation last_seen;

static void see(const struct observation *observation, void *context)
{
	(void)context;
	memcpy(&last_seen, observation, observation_size(observation));
	count++;
}

/* A question about a long name, in UDP from port 9 to 53. */
static void make_query(uint8_t datagram[UDP_LENGTH])
{
	static const uint8_t head[] = { 0, 9, 0, 53, 0, UDP_LENGTH, 0, 0, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0 };

	memset(datagram, 'w', UDP_LENGTH);
	memcpy(datagram, head, sizeof(head));
	datagram[20] = 53;
	memcpy(datagram + UDP_LENGTH - 5, "\0\0\1\0\1", 5);
}

static void take_v4(struct dissector *dissector, const uint8_t *datagram, size_t start, size_t end, bool is_cut)
{
	uint8_t packet[20 + UDP_LENGTH] = { 0x45, 0, 0, 0, 0, 7, 0, 0, 64, 17, 0, 0, 10, 20, 0, 7, 10, 20, 0, 1 };
	struct frame frame = {
		.bytes = packet, .length = 20 + end - start - is_cut, .link = LINK_RAW_IP, .number = end
	};

	packet[3] = (uint8_t)(20 + end - start);
	packet[6] = end < UDP_LENGTH ? 0x20 : 0;
	packet[7] = (uint8_t)(start / 8);
	memcpy(packet + 20, datagram + start, end - start);
	dissector_take(dissector, &frame);
}

static void take_v6(struct dissector *dissector, const uint8_t *datagram, size_t start, size_t end)
{
	uint8_t packet[56 + UDP_LENGTH] = { 0x60, 0, 0, 0, 0, 0, 0, 64, 0xfe, 0x80, [23] = 1, 0xff, 2, [39] = 2 };
	struct frame frame = { .bytes = packet, .length = 56 + end - start, .link = LINK_RAW_IP, .number = end };

	/* Options for every hop, padded, then the fragment header. */
	memcpy(packet + 40, "\x2c\0\1\4\0\0\0\0\x11\0\0\0\0\0\0\7", 16);
	packet[5] = (uint8_t)(16 + end - start);
	packet[51] = (uint8_t)(start | (end < UDP_LENGTH));
	memcpy(packet + 56, datagram + start, end - start);
	dissector_take(dissector, &frame);
}

static struct dissector *new_dissector(void)
{
	static const struct dissector_options options = { .flows_max = 8, .streams_max = 1 };
	struct dissector *dissector;

	count = 0;
	assert_int_equal(dissector_new(&options, see, NULL, &dissector), 0);
	return dissector;
}

static void reads_a_message_in_pieces(void **state)
{
	struct dissector *dissector = new_dissector();
	const struct dissector_statistics *statistics = dissector_statistics(dissector);
	uint8_t datagram[UDP_LENGTH];

	(void)state;
	make_query(datagram);
	take_v4(dissector, datagram, 32, UDP_LENGTH, false);
	take_v4(dissector, datagram, 0, 32, false);
	assert_int_equal(count, 1);
	assert_int_equal(last_seen.protocol, PROTOCOL_DNS);
	assert_int_equal(last_seen.frame, 32);
	assert_int_equal(last_seen.conversation.destination_port, 53);
	assert_int_equal(last_seen.conversation.hops, 64);
	take_v6(dissector, datagram, 0, 48);
	assert_int_equal(count, 1);
	take_v6(dissector, datagram, 48, UDP_LENGTH);
	assert_int_equal(count, 2);
	assert_int_equal(last_seen.conversation.source.family, FAMILY_IPV6);
	assert_int_equal(statistics->fragments, 4);
	assert_int_equal(statistics->fragments_joined, 2);
	assert_int_equal(statistics->malformed[MALFORMED_IP_FRAGMENT], 0);
	dissector_free(dissector);
}

static void refuses_pieces_that_are_none(void **state)
{
	struct dissector *dissector = new_dissector();
	const struct dissector_statistics *statistics = dissector_statistics(dissector);
	uint8_t datagram[UDP_LENGTH];

	(void)state;
	make_query(datagram);
	take_v4(dissector, datagram, 0, 30, false); /* not of eights */
	assert_int_equal(statistics->malformed[MALFORMED_IP_FRAGMENT], 1);
	take_v4(dissector, datagram, 0, 32, false);
	take_v4(dissector, datagram, 24, 40, false); /* overlaps */
	take_v4(dissector, datagram, 32, UDP_LENGTH, false);
	assert_int_equal(statistics->malformed[MALFORMED_IP_FRAGMENT], 3);
	dissector_flush(dissector);
	take_v4(dissector, datagram, 0, 32, false);
	take_v4(dissector, datagram, 32, UDP_LENGTH, true); /* the capture cut it */
	assert_int_equal(statistics->malformed[MALFORMED_IP_FRAGMENT], 4);
	assert_int_equal(count, 0);
	dissector_flush(dissector);
	take_v4(dissector, datagram, 0, 32, false);
	dissector_flush(dissector); /* another capture */
	take_v4(dissector, datagram, 32, UDP_LENGTH, false);
	assert_int_equal(count, 0);
	dissector_free(dissector);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(joins_in_any_order, make_table, free_table),
		cmocka_unit_test_setup_teardown(keeps_packets_apart, make_table, free_table),
		cmocka_unit_test_setup_teardown(passes_over_what_came_twice, make_table, free_table),
		cmocka_unit_test_setup_teardown(spoils_what_cannot_be, make_table, free_table),
		cmocka_unit_test_setup_teardown(spoils_two_texts, make_table, free_table),
		cmocka_unit_test_setup_teardown(spoils_two_ends, make_table, free_table),
		cmocka_unit_test_setup_teardown(takes_so_many_pieces, make_table, free_table),
		cmocka_unit_test_setup_teardown(gives_up_the_oldest, make_table, free_table),
		cmocka_unit_test_setup_teardown(gives_up_the_late, make_table, free_table),
		cmocka_unit_test_setup_teardown(lends, make_table, free_table),
		cmocka_unit_test(reads_a_message_in_pieces),
		cmocka_unit_test(refuses_pieces_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
