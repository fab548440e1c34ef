/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report: say what is wrong in a text so that its author finds and mends it: the place, the line, a caret, a guess.
 *
 * Owns:    nothing; borrows the text and the room for errors.
 * Limits:  as many errors as the caller gives room for; REPORT_MESSAGE_MAX bytes of message each, and a window of
 *          the source line.
 * Context: pure.
 * Trust:   the text may be hostile: what is shown of it is valid UTF-8 without control characters.
 */
#ifndef ISOWARD_POLICY_REPORT_H
#define ISOWARD_POLICY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/policy.h"

#define REPORT_MESSAGE_MAX 264 /* with two windows of 120 bytes it fits ERROR_TEXT_MAX */
#define REPORT_VALUE_MAX   72  /* a quoted value in a message */
#define REPORT_SUGGEST_MAX 48  /* longer words are not compared */
#define REPORT_WHERE_MAX   96  /* "line 3 of packs/printers.yaml" */

/* A file that was read; the report borrows it. */
struct report_text {
	const char *file;
	const char *text;
	size_t length;
};

struct report {
	struct report_text texts[POLICY_FILES_MAX]; /* by place.file */
	size_t text_count;
	uint16_t reading; /* the file that is read now: its places bear this */
	struct error *errors;
	size_t error_max;
	size_t error_count;
	int code; /* of the first error; 0 while there is none */
};

/* report_init makes ${report} over no text yet, with room for ${max} ${errors}. */
void report_init(struct report *report, struct error *errors, size_t max);

/*
 * report_add_text adds ${length} bytes of ${text} called ${file}, all borrowed, and makes it the file that is read.
 * errors: false where there are POLICY_FILES_MAX already.
 */
bool report_add_text(struct report *report, const char *file, const char *text, size_t length);

/* report_sort puts the errors noted into the order of their places: file, line, column. */
void report_sort(struct report *report);

/*
 * report_at notes an error with ${code} at ${place}; the source line and a caret follow the formatted message.
 * errors: 0 while there is room for more errors, so that the caller goes on; else ${code}.
 */
int report_at(struct report *report, struct place place, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * report_goes_on tells whether there is more to look for after ${code} came back from one of several things of the same
 * kind: after none, or after what is wrong with it alone while there is room to say more.
 */
bool report_goes_on(const struct report *report, int code);

/* report_stop is report_at where going on makes no sense: it always returns ${code}. */
int report_stop(struct report *report, struct place place, int code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* report_memory notes that memory ran out. errors: always -ENOMEM. */
int report_memory(struct report *report);

/* report_value writes ${value} in quotes, escaped and cut to fit, into ${buffer} and returns it. */
const char *report_value(const char *value, char buffer[REPORT_VALUE_MAX]);

/*
 * report_where writes "line 3", or "line 3 of packs/printers.yaml" where ${there} is in another file than ${here}, into
 * ${buffer} and returns it: where the other one of two things that clash stands.
 */
const char *report_where(const struct report *report, struct place here, struct place there,
                         char buffer[REPORT_WHERE_MAX]);

/* report_utf8_length tells the bytes of the character at ${at} (${left} bytes are there); 0 where it is invalid. */
size_t report_utf8_length(const uint8_t *at, size_t left);

/* The nearest of the words that were considered. */
struct suggest {
	const char *wanted;
	const char *best;
	unsigned int distance;
	char text[REPORT_SUGGEST_MAX + 24];
};

/* suggest_init makes ${suggest} look for what ${wanted}, which it borrows, may have meant. */
void suggest_init(struct suggest *suggest, const char *wanted);

/* suggest_consider weighs one ${candidate}, which ${suggest} borrows. */
void suggest_consider(struct suggest *suggest, const char *candidate);

/* suggest_text borrows "; did you mean 'pumps'?" for the nearest candidate; "" where none is near. */
const char *suggest_text(struct suggest *suggest);

#endif
