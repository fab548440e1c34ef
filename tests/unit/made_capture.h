/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * made_capture: a capture file made byte by byte, its numbers in either byte order.
 *
 * Owns:    one file's bytes.
 * Limits:  128 KiB.
 * Context: tests.
 */
#ifndef ISOWARD_TESTS_UNIT_MADE_CAPTURE_H
#define ISOWARD_TESTS_UNIT_MADE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct made {
	uint8_t bytes[1U << 17];
	size_t length;
	bool is_big;
	size_t given; /* by source_of_made */
	size_t step;  /* at most so many bytes at once; 0: as many as are asked for */
};

static struct made made;

static inline void put(const void *bytes, size_t length)
{
	if (made.length + length > sizeof(made.bytes))
		abort();
	memcpy(made.bytes + made.length, bytes, length);
	made.length += length;
}

static inline void put_number(uint64_t number, size_t size)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < size; i++)
		bytes[made.is_big ? size - 1 - i : i] = (uint8_t)(number >> (8 * i));
	put(bytes, size);
}

static inline void put16(unsigned int number)
{
	put_number(number, 2);
}

static inline void put32(uint32_t number)
{
	put_number(number, 4);
}

static inline void put_zeros(size_t count)
{
	while (count-- > 0)
		put("", 1);
}

static inline void pcap_header(uint32_t magic, uint32_t link)
{
	put32(magic);
	put16(2);
	put16(4);
	put32(0);
	put32(0);
	put32(65535);
	put32(link);
}

static inline void pcap_frame(uint32_t seconds, uint32_t fraction, const char *bytes)
{
	put32(seconds);
	put32(fraction);
	put32((uint32_t)strlen(bytes));
	put32((uint32_t)strlen(bytes) + 100);
	put(bytes, strlen(bytes));
}

#endif
