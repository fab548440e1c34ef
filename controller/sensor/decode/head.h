/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * head: the start line and the header fields of messages in text, as HTTP and SIP have them.
 *
 * Lines end with LF, with or without CR before it. A field that goes on in the next line (obs-fold) is cut at its
 * first.
 *
 * Owns:    nothing; what is read borrows from the message.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_http.c.
 * Source:  RFC 9112 sections 2 to 5, RFC 3261 section 7.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HEAD_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/cursor.h"

/* A piece of the message. */
struct span {
	const uint8_t *bytes;
	size_t length;
};

struct header {
	struct span name;
	struct span value; /* without blanks around it */
};

/* head_line takes the line at ${cursor}, without its end, into ${line}. shape: false where no line ends. */
bool head_line(struct cursor *cursor, struct span *line);

/* head_length tells how long the head of ${length} ${bytes} is, its blank line with it; 0 where it does not end. */
size_t head_length(const uint8_t *bytes, size_t length);

/* head_next takes the field at ${cursor} into ${header}; lines that are none are passed over. shape: false at the end.
 */
bool head_next(struct cursor *cursor, struct header *header);

/* span_is tells whether ${span} is ${text}, letters alike in either case. */
bool span_is(const struct span *span, const char *text);

/* span_starts tells whether ${span} begins with ${text}, letters alike in either case. */
bool span_starts(const struct span *span, const char *text);

/* span_holds tells whether ${text} stands anywhere in ${span}, letters alike in either case. */
bool span_holds(const struct span *span, const char *text);

/* span_word cuts the first word, up to a blank, off ${span}; empty where it begins with a blank. */
struct span span_word(struct span *span);

/* span_number reads all of ${span} as decimal digits into ${number}. shape: false where it is none or too large. */
bool span_number(const struct span *span, uint64_t *number);

#endif
