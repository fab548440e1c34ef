/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gather: the bytes of one direction of a TCP connection that wait, in order, for the rest of a message.
 *
 * A segment is put where it belongs, whichever way they come; of bytes that come twice the first are kept. Each piece
 * remembers the frame it came in, so that a message can be told with the frame that brought the last of it.
 *
 * Owns:    its bytes inline.
 * Limits:  STREAM_BYTES_MAX bytes from the first on that no message has taken, GATHER_PIECES_MAX pieces.
 * Context: pure.
 * Trust:   offsets and lengths are a stranger's.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_GATHER_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/decoder.h"

#define GATHER_PIECES_MAX 48

struct gather_piece {
	uint32_t start; /* from the first byte that waits */
	uint32_t end;
	uint64_t frame;
};

struct gather {
	uint32_t head;  /* where in byte[] the first byte that waits stands */
	uint32_t count; /* pieces, in order, none over another */
	struct gather_piece pieces[GATHER_PIECES_MAX];
	uint8_t byte[STREAM_BYTES_MAX];
};

/* gather_clear makes ${gather} empty. */
void gather_clear(struct gather *gather);

/*
 * gather_put keeps ${length} ${bytes} of ${frame} that stand ${offset} behind the first byte that waits.
 * shape: false where there was no room for all of them.
 */
bool gather_put(struct gather *gather, uint32_t offset, const uint8_t *bytes, size_t length, uint64_t frame);

/* gather_ready lends the bytes that are there without a hole, ${length} of them. */
const uint8_t *gather_ready(const struct gather *gather, size_t *length);

/* gather_end tells where the last byte that waits ends, from the first. */
size_t gather_end(const struct gather *gather);

/* gather_has_hole tells whether bytes wait behind some that have not come. */
bool gather_has_hole(const struct gather *gather);

/* gather_frame tells the last frame that brought one of the bytes from ${start} up to ${end}. */
uint64_t gather_frame(const struct gather *gather, size_t start, size_t end);

/* gather_drop takes ${length} bytes off the front, fewer where there are not as many. */
void gather_drop(struct gather *gather, size_t length);

/* gather_next_start tells where the first piece behind the first byte begins; 0 where there is none. */
size_t gather_next_start(const struct gather *gather);

#endif
