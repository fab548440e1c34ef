/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * error: what went wrong, where, and what would be right.
 *
 * Owns:    its text inline; nothing to free.
 * Limits:  ERROR_TEXT_MAX bytes of text, longer text is cut at a whole UTF-8 character.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_BASE_ERROR_H
#define ISOWARD_POLICY_BASE_ERROR_H

#include <stdarg.h>

#define ERROR_TEXT_MAX 512
#define ERROR_FILE_MAX 256

struct error {
	int code;                  /* negative errno; 0 while unset */
	unsigned int line;         /* 1-based, 0 where there is no line */
	unsigned int column;       /* 1-based, 0 where there is no column */
	char file[ERROR_FILE_MAX]; /* "" where there is no file */
	char text[ERROR_TEXT_MAX];
};

/*
 * error_set writes ${code} and the formatted text into ${reterr} unless an earlier error stands there already.
 * errors: returns ${code}, so that a caller can `return error_set(...)`; a NULL ${reterr} is allowed.
 */
int error_set(struct error *reterr, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/*
 * error_set_at is error_set with the place: ${file}, ${line} and ${column} (1-based, 0 for none).
 * errors: returns ${code}.
 */
int error_set_at(struct error *reterr, int code, const char *file, unsigned int line, unsigned int column,
                 const char *format, ...) __attribute__((format(printf, 6, 7)));

/*
 * error_format writes "file:line:column: text" (the parts that are set) of ${error} into ${buffer} of ${size} bytes.
 * shape: always terminated where ${size} > 0; returns ${buffer}.
 */
const char *error_format(const struct error *error, char *buffer, unsigned long size);

#endif
