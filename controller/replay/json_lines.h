/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json_lines: one JSON object a line, written as fast as it is made.
 *
 * Commas are put by itself: a value has a name inside of an object, and NULL for a name inside of a list.
 *
 * Owns:    its buffer; a stream is borrowed.
 * Limits:  none of its own: what is written leaves by blocks.
 * Context: replay; blocks where the stream does.
 * Trust:   text is escaped here, RFC 8259 section 7; it must be UTF-8, as field_show makes it.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_JSON_LINES_H
#define ISOWARD_CONTROLLER_REPLAY_JSON_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/base/address.h"

#define JSON_LINES_BUFFER 65536

struct json_lines {
	FILE *stream;
	bool needs_comma;
	size_t used;
	char buffer[JSON_LINES_BUFFER];
};

/* json_lines_init makes ${lines} write to ${stream}. */
void json_lines_init(struct json_lines *lines, FILE *stream);

/* json_lines_flush hands all that was written to the stream, whose error flag tells whether it took it. */
void json_lines_flush(struct json_lines *lines);

/* json_lines_open begins a list or an object, ${bracket} '[' or '{', called ${name}. */
void json_lines_open(struct json_lines *lines, const char *name, char bracket);

/* json_lines_close ends what json_lines_open began, ${bracket} ']' or '}'. */
void json_lines_close(struct json_lines *lines, char bracket);

/* json_lines_end ends a line. */
void json_lines_end(struct json_lines *lines);

/* json_lines_text writes the terminated ${text}, null where it is NULL; bytes of it that are no UTF-8 become '?'. */
void json_lines_text(struct json_lines *lines, const char *name, const char *text);

/* json_lines_bytes writes ${length} characters of ${text} in the same way. */
void json_lines_bytes(struct json_lines *lines, const char *name, const char *text, size_t length);

/* json_lines_number writes ${number}. */
void json_lines_number(struct json_lines *lines, const char *name, uint64_t number);

/* json_lines_hundredths writes ${hundredths} / 100, with two digits behind the point. */
void json_lines_hundredths(struct json_lines *lines, const char *name, int hundredths);

/* json_lines_bool writes true or false. */
void json_lines_bool(struct json_lines *lines, const char *name, bool value);

/* json_lines_seconds writes ${nanoseconds} as seconds with nine digits behind the point. */
void json_lines_seconds(struct json_lines *lines, const char *name, uint64_t nanoseconds);

/* json_lines_mac writes ${mac}, null where it is zero. */
void json_lines_mac(struct json_lines *lines, const char *name, const struct mac *mac);

/* json_lines_address writes ${address}, null where it is FAMILY_NONE. */
void json_lines_address(struct json_lines *lines, const char *name, const struct address *address);

#endif
