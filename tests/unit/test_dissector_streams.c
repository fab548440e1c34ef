/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams of TCP, put in order: HL7 messages stand for all that have decoders. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/sensor/dissect/dissector.h"
#include "policy/base/memory.h"

#define FRAME_MAX 1600
#define FIRST     1000U /* sequence number of the first byte */
#define SERVER    2575
#define FLAG_SYN  0x02
#define FLAG_ACK  0x10

#define MESSAGE(name) "\x0bMSH|^~\\&|" name "|||||1|ACK|1|P|2.6\r\x1c\r"

static const char two[] = MESSAGE("A") MESSAGE("B");
#define TWO_LENGTH (sizeof(two) - 1)

struct seen {
	char names[64]; /* the applications that spoke, one letter each, in the order told */
	uint64_t frames[64];
	unsigned int count;
	unsigned int flows;
	unsigned int from_server;
};

struct line {
	struct dissector *dissector;
	struct seen seen;
	uint64_t number;
	uint32_t first; /* sequence number of the client's first byte */
	uint16_t client;
};

static void see(const struct observation *observation, void *context)
{
	struct line *line = context;
	struct field_value value;

	if (observation->type == OBSERVATION_FLOW) {
		line->seen.flows++;
		return;
	}
	if (observation->protocol != PROTOCOL_HL7 || line->seen.count >= ARRAY_SIZE(line->seen.frames))
		return;
	assert_true(fields_find(&observation->fields, FIELD_HL7_APPLICATION, &value));
	assert_int_equal(value.length, 1);
	line->seen.names[line->seen.count] = (char)value.bytes[0];
	line->seen.frames[line->seen.count++] = observation->frame;
	line->seen.from_server += observation->conversation.from_server;
}

static void open_line(struct line *line, const struct dissector_options *options)
{
	memset(line, 0, sizeof(*line));
	line->first = FIRST;
	line->client = 49152;
	assert_int_equal(dissector_new(options, see, line, &line->dissector), 0);
}

static void open_usual(struct line *line)
{
	static const struct dissector_options options = { .flows_max = 64, .streams_max = 8 };

	open_line(line, &options);
}

static void put16(uint8_t *at, unsigned int number)
{
	at[0] = (uint8_t)(number >> 8);
	at[1] = (uint8_t)number;
}

static void put32(uint8_t *at, uint32_t number)
{
	put16(at, number >> 16);
	put16(at + 2, number & 0xffff);
}

/* A segment of the client's, or with ${back} of the server's. */
static void send(struct line *line, bool back, uint8_t flags, uint32_t sequence, uint32_t acknowledged,
                 const char *bytes, size_t length)
{
	uint8_t frame[FRAME_MAX] = { 0x44, 0x4b, 0x5d, 0, 0, 1, 0x44, 0x4b, 0x5d, 0, 0, 2, 8, 0, 0x45 };
	struct frame given = { .bytes = frame, .length = 54 + length, .ifindex = 1, .number = ++line->number };

	given.captured_ns = line->number * 1000000;
	assert_true(length <= FRAME_MAX - 54);
	put16(frame + 16, (unsigned int)(40 + length));
	frame[22] = 64;
	frame[23] = 6;
	put32(frame + 26, back ? 0x0a140001 : 0x0a140007);
	put32(frame + 30, back ? 0x0a140007 : 0x0a140001);
	put16(frame + 34, back ? SERVER : line->client);
	put16(frame + 36, back ? line->client : SERVER);
	put32(frame + 38, sequence);
	put32(frame + 42, acknowledged);
	frame[46] = 0x50;
	frame[47] = flags;
	if (length)
		memcpy(frame + 54, bytes, length);
	dissector_take(line->dissector, &given);
}

static void greet(struct line *line)
{
	send(line, false, FLAG_SYN, line->first - 1, 0, NULL, 0);
	send(line, true, FLAG_SYN | FLAG_ACK, 4999, line->first, NULL, 0);
}

/* ${length} bytes at ${offset} of ${text}, where they stand in the client's stream. */
static void say(struct line *line, const char *text, size_t offset, size_t length)
{
	send(line, false, FLAG_ACK, line->first + (uint32_t)offset, 5000, text + offset, length);
}

static void close_line(struct line *line, const char *names)
{
	if (strcmp(line->seen.names, names) != 0)
		fail_msg("told \"%s\", not \"%s\"", line->seen.names, names);
	dissector_free(line->dissector);
}

/* Every way to cut the two messages into four pieces (at every third byte), in each of the 24 orders. */
static void every_order_gives_the_same(void **state)
{
	(void)state;
	for (size_t a = 1; a < TWO_LENGTH; a += 3)
		for (size_t b = a + 1; b < TWO_LENGTH; b += 7)
			for (size_t c = b + 1; c < TWO_LENGTH; c += 11) {
				const size_t at[5] = { 0, a, b, c, TWO_LENGTH };

				for (unsigned int order = 0; order < 24; order++) {
					unsigned int left[4] = { 0, 1, 2, 3 };
					struct line line;

					open_usual(&line);
					greet(&line);
					for (unsigned int i = 4, code = order; i > 0; code /= i, i--) {
						unsigned int pick = code % i;
						unsigned int piece = left[pick];

						memmove(&left[pick], &left[pick + 1], (3 - pick) * sizeof(left[0]));
						say(&line, two, at[piece], at[piece + 1] - at[piece]);
					}
					close_line(&line, "AB");
				}
			}
}

static void tells_the_last_frame_of_a_message(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);                                    /* 1, 2 */
	say(&line, two, 0, 10);                          /* 3 */
	say(&line, two, TWO_LENGTH / 2, TWO_LENGTH / 2); /* 4: B, out of its turn */
	say(&line, two, 10, TWO_LENGTH / 2 - 10);        /* 5: the rest of A */
	assert_int_equal(line.seen.frames[0], 5);
	assert_int_equal(line.seen.frames[1], 4);
	assert_int_equal(line.seen.from_server, 0);
	close_line(&line, "AB");
}

static void takes_each_byte_once(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	say(&line, two, 0, 20);
	say(&line, two, 0, 20); /* again */
	say(&line, two, 10, 30);
	say(&line, two, 30, TWO_LENGTH - 30);
	say(&line, two, 0, TWO_LENGTH);
	close_line(&line, "AB");
}

static void wraps_around(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	line.first = UINT32_MAX - 12;
	greet(&line);
	say(&line, two, 20, TWO_LENGTH - 20);
	say(&line, two, 0, 20);
	close_line(&line, "AB");
}

static void begins_in_the_middle(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	say(&line, two, 5, TWO_LENGTH / 2 - 5); /* the end of a message */
	say(&line, two, TWO_LENGTH / 2, TWO_LENGTH / 2);
	close_line(&line, "B");
}

static void takes_what_comes_with_the_syn(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	send(&line, false, FLAG_SYN, line.first - 1, 0, two, TWO_LENGTH / 2);
	say(&line, two, TWO_LENGTH / 2, TWO_LENGTH / 2);
	close_line(&line, "AB");
}

/* The capture missed what the server has confirmed: the next segment begins anew. */
static void goes_on_after_a_loss(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	say(&line, two, 0, TWO_LENGTH / 2);
	line.first += (uint32_t)TWO_LENGTH / 2 + 100; /* never seen */
	say(&line, two, TWO_LENGTH / 2, TWO_LENGTH / 2);
	assert_int_equal(line.seen.count, 1);
	for (int i = 0; i < 2; i++)
		send(&line, true, FLAG_ACK, 5000, line.first + (uint32_t)TWO_LENGTH, NULL, 0);
	assert_int_equal(line.seen.count, 2);
	assert_true(dissector_statistics(line.dissector)->segments_lost > 0);
	close_line(&line, "AB");
}

static void decodes_what_waits_at_the_end(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	say(&line, two, TWO_LENGTH / 2, TWO_LENGTH / 2);
	assert_int_equal(line.seen.count, 0);
	dissector_flush(line.dissector);
	assert_int_equal(line.seen.frames[0], 3);
	close_line(&line, "B");
}

static void knows_a_new_connection_on_old_ports(void **state)
{
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	say(&line, two, 0, TWO_LENGTH);
	send(&line, false, FLAG_SYN, line.first - 1, 0, NULL, 0); /* sent again: no new one */
	line.first += 70000;
	greet(&line);
	say(&line, two, 0, TWO_LENGTH);
	close_line(&line, "ABAB");
}

static void keeps_to_its_limits(void **state)
{
	static const struct dissector_options options = { .flows_max = 2, .streams_max = 1, .report_flows = true };
	const struct dissector_statistics *counted;
	struct line line;

	(void)state;
	open_line(&line, &options);
	counted = dissector_statistics(line.dissector);
	greet(&line);
	say(&line, two, 0, 10);
	line.client = 49153;
	greet(&line);
	say(&line, two, 0, 10); /* there is one place to wait: the first gives way */
	assert_int_equal(counted->streams_refused, 1);
	say(&line, two, 10, TWO_LENGTH - 10);
	assert_int_equal(counted->flows_evicted, 0);
	line.client = 49154;
	greet(&line);
	assert_int_equal(counted->flows_evicted, 1);
	assert_int_equal(counted->flows, 3);
	assert_int_equal(line.seen.flows, 3);
	close_line(&line, "AB");
}

static void stops_at_as_many_as_are_wanted(void **state)
{
	static const struct dissector_options options = { .flows_max = 2, .streams_max = 2, .messages_max = 1 };
	struct line line;

	(void)state;
	open_line(&line, &options);
	greet(&line);
	say(&line, two, 0, TWO_LENGTH);
	close_line(&line, "A");
}

/* What nobody wants is not gathered: three segments, then the flow is but looked up. */
static void gives_up_what_nobody_wants(void **state)
{
	static const char nothing[1000] = { 'x' };
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	for (int i = 0; i < 4; i++) {
		say(&line, nothing, 0, sizeof(nothing));
		line.first += (uint32_t)sizeof(nothing);
	}
	say(&line, two, 0, TWO_LENGTH);
	close_line(&line, "");
}

/* Three pieces of something else may go before what is known. */
static void waits_for_what_it_knows(void **state)
{
	static const char nothing[24] = { 'x' };
	struct line line;

	(void)state;
	open_usual(&line);
	greet(&line);
	for (int i = 0; i < 3; i++) {
		say(&line, nothing, 0, sizeof(nothing));
		line.first += (uint32_t)sizeof(nothing);
	}
	say(&line, two, 0, TWO_LENGTH);
	close_line(&line, "AB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_order_gives_the_same),
		cmocka_unit_test(tells_the_last_frame_of_a_message),
		cmocka_unit_test(takes_each_byte_once),
		cmocka_unit_test(wraps_around),
		cmocka_unit_test(begins_in_the_middle),
		cmocka_unit_test(takes_what_comes_with_the_syn),
		cmocka_unit_test(goes_on_after_a_loss),
		cmocka_unit_test(decodes_what_waits_at_the_end),
		cmocka_unit_test(knows_a_new_connection_on_old_ports),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(stops_at_as_many_as_are_wanted),
		cmocka_unit_test(gives_up_what_nobody_wants),
		cmocka_unit_test(waits_for_what_it_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
