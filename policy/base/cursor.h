/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cursor: read bytes of strangers within bounds, with sticky failure.
 *
 * Owns:    nothing; borrows the bytes it was made over.
 * Limits:  a read past the end fails the cursor for good and yields zeros.
 * Context: pure.
 * Trust:   made for hostile input.
 */
#ifndef ISOWARD_POLICY_BASE_CURSOR_H
#define ISOWARD_POLICY_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

/* cursor_over makes a cursor over ${length} bytes at ${bytes}, which it borrows. */
static inline struct cursor cursor_over(const void *bytes, size_t length)
{
	const uint8_t *start = bytes;

	return (struct cursor){ .at = start, .end = start ? start + length : start, .failed = false };
}

/* cursor_left tells how many bytes are unread; 0 once ${cursor} has failed. */
static inline size_t cursor_left(const struct cursor *cursor)
{
	return cursor->failed ? 0 : (size_t)(cursor->end - cursor->at);
}

/* cursor_take borrows the next ${length} bytes of ${cursor}; NULL, and sticky failure, where there are fewer. */
static inline const uint8_t *cursor_take(struct cursor *cursor, size_t length)
{
	const uint8_t *taken = cursor->at;

	if (cursor->failed || (size_t)(cursor->end - cursor->at) < length) {
		cursor->failed = true;
		return NULL;
	}
	if (length > 0) /* no arithmetic on a cursor over nothing, whose pointer is NULL */
		cursor->at += length;
	return taken;
}

/* cursor_skip passes over ${length} bytes; false, and sticky failure, where there are fewer. */
static inline bool cursor_skip(struct cursor *cursor, size_t length)
{
	return cursor_take(cursor, length) || (!cursor->failed && length == 0);
}

/* cursor_u8 reads one byte, 0 on failure. */
static inline uint8_t cursor_u8(struct cursor *cursor)
{
	const uint8_t *byte = cursor_take(cursor, 1);

	return byte ? byte[0] : 0;
}

/* cursor_be16 reads a big-endian 16-bit number, 0 on failure. */
static inline uint16_t cursor_be16(struct cursor *cursor)
{
	const uint8_t *byte = cursor_take(cursor, 2);

	return (uint16_t)(byte ? (unsigned int)byte[0] << 8 | byte[1] : 0);
}

/* cursor_be32 reads a big-endian 32-bit number, 0 on failure. */
static inline uint32_t cursor_be32(struct cursor *cursor)
{
	const uint8_t *byte = cursor_take(cursor, 4);

	return byte ? ((uint32_t)byte[0] << 24) | ((uint32_t)byte[1] << 16) | ((uint32_t)byte[2] << 8) | byte[3] : 0;
}

#endif
