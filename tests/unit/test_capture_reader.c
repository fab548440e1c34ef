/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Captures of every format, made here byte by byte, read back frame by frame. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/replay/capture_reader.h"
#include "tests/unit/made_capture.h"

#define SECOND 1000000000ULL

static long source_of_made(void *context, uint8_t *bytes, size_t size, struct error *reterr)
{
	size_t left = made.length - made.given;
	size_t given = left < size ? left : size;

	(void)context;
	(void)reterr;
	if (made.step > 0 && given > made.step)
		given = made.step;
	memcpy(bytes, made.bytes + made.given, given);
	made.given += given;
	return (long)given;
}

static struct capture_reader *reader;
static struct frame frame;
static struct error failure;

static void begin(void)
{
	capture_reader_free(reader);
	made.given = 0;
	failure = (struct error){ .code = 0 };
	assert_int_equal(capture_reader_new(source_of_made, NULL, &reader), 0);
}

static int next(void)
{
	return capture_reader_next(reader, &frame, &failure);
}

static int teardown(void **state)
{
	(void)state;
	capture_reader_free(reader);
	reader = NULL;
	return 0;
}

static int fresh(void **state)
{
	(void)state;
	memset(&made, 0, sizeof(made));
	return 0;
}

/* ---- pcap ---- */

static void expect_frame(uint64_t number, uint64_t ns, enum link_type link, const char *bytes)
{
	assert_int_equal(next(), 1);
	assert_int_equal(frame.number, number);
	assert_int_equal(frame.captured_ns, ns);
	assert_int_equal(frame.link, link);
	assert_int_equal(frame.length, strlen(bytes));
	assert_memory_equal(frame.bytes, bytes, strlen(bytes));
}

static void pcap_in_all_orders_and_clocks(void **state)
{
	static const struct {
		uint32_t magic;
		uint64_t unit_ns;
	} clocks[] = { { 0xa1b2c3d4, 1000 }, { 0xa1b23c4d, 1 } };

	for (size_t i = 0; i < 4; i++) {
		fresh(state);
		made.is_big = i & 1;
		made.step = i == 3 ? 1 : 0;
		pcap_header(clocks[i / 2].magic, 1);
		pcap_frame(1700000000, 999999, "first");
		pcap_frame(4000000000U, 1, "the second");
		begin();
		expect_frame(1, 1700000000 * SECOND + 999999 * clocks[i / 2].unit_ns, LINK_ETHERNET, "first");
		expect_frame(2, 4000000000 * SECOND + clocks[i / 2].unit_ns, LINK_ETHERNET, "the second");
		assert_int_equal(next(), 0);
		assert_int_equal(next(), 0);
	}
}

static void pcap_of_old_linux(void **state)
{
	(void)state;
	pcap_header(0xa1b2cd34, 1);
	for (int i = 0; i < 2; i++) {
		put32(10);
		put32(20);
		put32(3);
		put32(3);
		put_zeros(8);
		put("abc", 3);
	}
	begin();
	expect_frame(1, 10 * SECOND + 20000, LINK_ETHERNET, "abc");
	expect_frame(2, 10 * SECOND + 20000, LINK_ETHERNET, "abc");
	assert_int_equal(next(), 0);
}

/* Before version 2.4 the length on the wire may stand first. */
static void pcap_with_lengths_swapped(void **state)
{
	(void)state;
	pcap_header(0xa1b2c3d4, 1);
	made.bytes[6] = 3;
	put32(1);
	put32(0);
	put32(1500);
	put32(4);
	put("abcd", 4);
	begin();
	expect_frame(1, SECOND, LINK_ETHERNET, "abcd");
	assert_int_equal(next(), 0);
}

static void tells_what_was_cut(void **state)
{
	static const uint32_t on_the_wire[] = { 4, 5 };

	(void)state;
	pcap_header(0xa1b2c3d4, 1);
	for (int i = 0; i < 2; i++) {
		put_zeros(8);
		put32(4);
		put32(on_the_wire[i]);
		put("abcd", 4);
	}
	begin();
	expect_frame(1, 0, LINK_ETHERNET, "abcd");
	assert_false(frame.is_short);
	expect_frame(2, 0, LINK_ETHERNET, "abcd");
	assert_true(frame.is_short);
}

static void link_types(void **state)
{
	static const struct {
		uint32_t link;
		enum link_type type;
	} links[] = {
		{ 0, LINK_NULL },       { 1, LINK_ETHERNET },
		{ 12, LINK_RAW_IP },    { 14, LINK_RAW_IP },
		{ 101, LINK_RAW_IP },   { 104, LINK_SERIAL },
		{ 105, LINK_WIRELESS }, { 108, LINK_NULL },
		{ 113, LINK_COOKED },   { 127, LINK_RADIOTAP },
		{ 129, LINK_OTHER }, /* ARCnet */
		{ 192, LINK_PPI },      { 228, LINK_RAW_IP },
		{ 229, LINK_RAW_IP },   { 239, LINK_NFLOG },
		{ 276, LINK_COOKED2 },  { 9, LINK_SERIAL },
		{ 50, LINK_SERIAL },    { 0x54000001, LINK_ETHERNET }, /* with a check sequence of four bytes */
	};

	for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
		fresh(state);
		pcap_header(0xa1b2c3d4, links[i].link);
		pcap_frame(0, 0, "frame");
		begin();
		expect_frame(1, 0, links[i].type, "frame");
	}
}

/* ---- pcapng ---- */

static size_t block_begin(uint32_t type)
{
	put32(type);
	put32(0);
	return made.length - 8;
}

static void block_end(size_t at)
{
	size_t end, length;

	put_zeros((4 - made.length % 4) % 4);
	end = made.length;
	length = end + 4 - at;
	made.length = at + 4;
	put32((uint32_t)length);
	made.length = end;
	put32((uint32_t)length);
}

static void section(void)
{
	size_t at = block_begin(0x0a0d0d0a);

	put32(0x1a2b3c4d);
	put16(1);
	put16(0);
	put32(UINT32_MAX);
	put32(UINT32_MAX);
	block_end(at);
}

static void interface(unsigned int link, int resolution, int64_t offset_s)
{
	size_t at = block_begin(1);

	put16(link);
	put16(0);
	put32(96);
	put16(2); /* if_name */
	put16(5);
	put("span0\0\0", 8);
	if (resolution >= 0) {
		uint8_t byte = (uint8_t)resolution;

		put16(9);
		put16(1);
		put(&byte, 1);
		put_zeros(3);
	}
	if (offset_s != 0) {
		put16(14);
		put16(8);
		put_number((uint64_t)offset_s, 8);
	}
	put32(0);
	block_end(at);
}

static void packet(uint32_t number, uint64_t ticks, const char *bytes)
{
	size_t at = block_begin(6);

	put32(number);
	put32((uint32_t)(ticks >> 32));
	put32((uint32_t)ticks);
	put32((uint32_t)strlen(bytes));
	put32(1000);
	put(bytes, strlen(bytes));
	block_end(at);
}

static void pcapng_with_several_links_and_clocks(void **state)
{
	for (int big = 0; big < 2; big++) {
		fresh(state);
		made.is_big = big;
		made.step = 7;
		section();
		interface(1, -1, 0);
		interface(276, 9, 0);
		interface(228, 0x80 | 10, 5);
		interface(113, 12, -1);
		packet(0, 1700000000000001, "a");
		packet(1, 1700000000000000001, "bb");
		packet(2, 3 << 10 | 512, "ccc");
		packet(3, 2000000000000, "dddd");
		begin();
		expect_frame(1, 1700000000 * SECOND + 1000, LINK_ETHERNET, "a");
		expect_frame(2, 1700000000 * SECOND + 1, LINK_COOKED2, "bb");
		assert_true(frame.is_short);
		expect_frame(3, 8 * SECOND + SECOND / 2, LINK_RAW_IP, "ccc");
		expect_frame(4, SECOND, LINK_COOKED, "dddd");
		assert_int_equal(next(), 0);
	}
}

/* Another section is of another machine: its byte order and its interfaces are its own. */
static void pcapng_with_sections(void **state)
{
	(void)state;
	section();
	interface(1, -1, 0);
	packet(0, 1, "one");
	made.is_big = true;
	section();
	interface(101, -1, 0);
	packet(0, 2, "two");
	section();
	packet(0, 3, "of no interface");
	begin();
	expect_frame(1, 1000, LINK_ETHERNET, "one");
	expect_frame(2, 2000, LINK_RAW_IP, "two");
	assert_int_equal(next(), -EBADMSG);
	assert_non_null(strstr(failure.text, "interface 0"));
}

static void pcapng_with_other_blocks(void **state)
{
	size_t at;

	(void)state;
	section();
	interface(1, -1, 0);
	at = block_begin(0x0bad);
	put_zeros(5000);
	block_end(at);
	packet(0, 5000000, "timed");
	at = block_begin(3);
	put32(60);
	put("simple", 6);
	put_zeros(100);
	block_end(at);
	at = block_begin(2);
	put16(0);
	put16(7);
	put32(0);
	put32(7000000);
	put32(3);
	put32(3);
	put("old", 3);
	block_end(at);
	begin();
	expect_frame(1, 5 * SECOND, LINK_ETHERNET, "timed");
	assert_int_equal(next(), 1);
	assert_int_equal(frame.length, 60);
	assert_int_equal(frame.captured_ns, 5 * SECOND); /* it has no time of its own */
	assert_memory_equal(frame.bytes, "simple", 6);
	expect_frame(3, 7 * SECOND, LINK_ETHERNET, "old");
	assert_int_equal(next(), 0);
}

/* A block may be longer than the buffer where it is not read. */
static void pcapng_long_blocks_are_passed_over(void **state)
{
	(void)state;
	section();
	put32(0x0bad);
	put32(CAPTURE_BUFFER * 2);
	begin();
	assert_int_equal(next(), -EBADMSG);
	assert_non_null(strstr(failure.text, "cut"));
}

/* ---- what is no capture, damaged, or cut ---- */

static void expect_failure(const char *text)
{
	frame = (struct frame){ .number = 77 };
	assert_int_equal(next(), -EBADMSG);
	assert_int_equal(failure.code, -EBADMSG);
	assert_int_equal(frame.number, 77);
	if (!strstr(failure.text, text))
		fail_msg("'%s' is not in '%s'", text, failure.text);
}

static void no_capture(void **state)
{
	begin();
	expect_failure("empty");
	put("\xd4", 1);
	begin();
	expect_failure("shorter than a header");
	fresh(state);
	put("version: 1\n", 11);
	begin();
	expect_failure("neither pcap nor pcapng");
	fresh(state);
	pcap_header(0xa1b2c3d4, 1);
	made.bytes[4] = 9;
	begin();
	expect_failure("version 9.4");
	fresh(state);
	section();
	made.bytes[8] = 0;
	begin();
	expect_failure("byte-order magic");
}

static void damaged(void **state)
{
	pcap_header(0xa1b2c3d4, 1);
	pcap_frame(0, 0, "good");
	put_zeros(8);
	put32(CAPTURE_FRAME_MAX + 1);
	put32(0);
	begin();
	assert_int_equal(next(), 1);
	expect_failure("at byte 44: frame 2 claims 262145 bytes");

	fresh(state);
	section();
	interface(1, -1, 0);
	packet(0, 0, "good");
	packet(0, 0, "good");
	made.bytes[made.length - 4] ^= 4;
	begin();
	assert_int_equal(next(), 1);
	expect_failure("ends with another length");

	fresh(state);
	section();
	interface(1, -1, 0);
	packet(0, 0, "four");
	made.bytes[made.length - 16] = 200; /* captured */
	begin();
	expect_failure("longer than its block");

	fresh(state);
	section();
	put32(6);
	put32(13);
	begin();
	expect_failure("a block of 13 bytes");
}

/* Cut at any byte: the whole frames before it, then the end or an error, never anything else. */
static void cut_anywhere(void **state)
{
	for (int is_pcapng = 0; is_pcapng < 2; is_pcapng++) {
		size_t whole, second;

		fresh(state);
		if (is_pcapng) {
			section();
			interface(1, 9, 0);
		} else {
			pcap_header(0xa1b2c3d4, 1);
		}
		second = made.length;
		if (is_pcapng)
			packet(0, 0, "first");
		else
			pcap_frame(0, 0, "first");
		second = made.length;
		if (is_pcapng)
			packet(0, 0, "second");
		else
			pcap_frame(0, 0, "second");
		whole = made.length;
		for (size_t length = 0; length <= whole; length++) {
			int frames = 0, result;

			made.length = length;
			begin();
			while ((result = next()) == 1)
				frames++;
			assert_int_equal(frames, (length >= second) + (length == whole));
			if (length == second || length == whole)
				assert_int_equal(result, 0);
			if (length > second && length < whole)
				assert_int_equal(result, -EBADMSG);
		}
	}
}

static void too_many_interfaces(void **state)
{
	(void)state;
	section();
	for (size_t i = 0; i <= CAPTURE_INTERFACES_MAX; i++) {
		size_t at = block_begin(1);

		put16(1);
		put_zeros(6);
		block_end(at);
	}
	begin();
	expect_failure("more than 4096 interfaces");
	made.length -= 20;
	begin();
	assert_int_equal(next(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(pcap_in_all_orders_and_clocks, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcap_of_old_linux, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcap_with_lengths_swapped, fresh, teardown),
		cmocka_unit_test_setup_teardown(tells_what_was_cut, fresh, teardown),
		cmocka_unit_test_setup_teardown(link_types, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcapng_with_several_links_and_clocks, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcapng_with_sections, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcapng_with_other_blocks, fresh, teardown),
		cmocka_unit_test_setup_teardown(pcapng_long_blocks_are_passed_over, fresh, teardown),
		cmocka_unit_test_setup_teardown(no_capture, fresh, teardown),
		cmocka_unit_test_setup_teardown(damaged, fresh, teardown),
		cmocka_unit_test_setup_teardown(cut_anywhere, fresh, teardown),
		cmocka_unit_test_setup_teardown(too_many_interfaces, fresh, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
