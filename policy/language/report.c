/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES  120 /* of the source line */
#define WINDOW_BEFORE 80  /* bytes shown before the caret at most */

void report_init(struct report *report, struct error *errors, size_t max)
{
	*report = (struct report){ .errors = errors, .error_max = max };
	if (max > 0)
		memset(errors, 0, max * sizeof(*errors));
}

bool report_add_text(struct report *report, const char *file, const char *text, size_t length)
{
	if (report->text_count == POLICY_FILES_MAX)
		return false;
	report->reading = (uint16_t)report->text_count;
	report->texts[report->text_count++] = (struct report_text){ file, text, length };
	return true;
}

size_t report_utf8_length(const uint8_t *at, size_t left)
{
	size_t size = at[0] < 0x80 ? 1 : at[0] >= 0xf0 ? 4 : at[0] >= 0xe0 ? 3 : 2;

	if (size > left || (size > 1 && (at[0] < 0xc2 || at[0] > 0xf4)))
		return 0;
	for (size_t i = 1; i < size; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	/* RFC 3629 section 4: overlong forms, surrogates, beyond U+10FFFF */
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
	    (at[0] == 0xf4 && at[1] > 0x8f))
		return 0;
	return size;
}

/* The bytes to step over at ${at}, valid or not, and whether they may be shown. */
static size_t shown_length(const uint8_t *at, size_t left, bool *plain)
{
	size_t size = report_utf8_length(at, left);

	*plain = size > 1 || (size == 1 && at[0] >= 0x20 && at[0] != 0x7f);
	if (size == 2 && at[0] == 0xc2 && at[1] < 0xa0) /* C1 controls */
		*plain = false;
	if (size == 3 && at[0] == 0xe2 && (at[1] == 0x80 || at[1] == 0x81) && at[2] >= 0xa6) /* direction of writing */
		*plain = false;
	if (size == 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) /* byte order mark */
		*plain = false;
	return size ? size : 1;
}

static const uint8_t *find_line(const struct report_text *text, unsigned int line, const uint8_t **end)
{
	const uint8_t *at = (const uint8_t *)text->text;
	const uint8_t *stop = at + text->length;
	const uint8_t *newline;

	for (unsigned int i = 1; i < line; i++) {
		newline = memchr(at, '\n', (size_t)(stop - at));
		if (!newline)
			return NULL;
		at = newline + 1;
	}
	newline = memchr(at, '\n', (size_t)(stop - at));
	*end = newline ? newline : stop;
	if (*end > at && (*end)[-1] == '\r')
		(*end)--;
	return at;
}

/* Two lines, each after a newline: the part of the source line around the column, and a caret below it. */
static void write_excerpt(const struct report *report, struct place place, char buffer[2 * WINDOW_BYTES + 8])
{
	const uint8_t *end = NULL;
	const struct report_text *text = place.file < report->text_count ? &report->texts[place.file] : NULL;
	const uint8_t *start = text && text->text ? find_line(text, place.line, &end) : NULL;
	const uint8_t *at = start;
	size_t used = 1;
	size_t pad = 0;
	bool plain;

	buffer[0] = '\0';
	if (!start || start == end || place.line == 0 || place.column == 0)
		return;
	for (unsigned int column = 1; column < place.column && at < end; column++)
		at += shown_length(at, (size_t)(end - at), &plain);
	while (at - start > WINDOW_BEFORE)
		start += shown_length(start, (size_t)(end - start), &plain);
	buffer[0] = '\n';
	for (const uint8_t *next = start; next < end;) {
		size_t size = shown_length(next, (size_t)(end - next), &plain);

		if (used + (plain ? size : 1) > WINDOW_BYTES)
			break;
		if (plain)
			memcpy(buffer + used, next, size);
		else
			buffer[used] = *next == '\t' ? ' ' : '?';
		used += plain ? size : 1;
		pad += next < at;
		next += size;
	}
	snprintf(buffer + used, 2 * WINDOW_BYTES + 8 - used, "\n%*s^", (int)pad, "");
}

static void note(struct report *report, struct place place, int code, const char *format, va_list args)
	__attribute__((format(printf, 4, 0)));

static void note(struct report *report, struct place place, int code, const char *format, va_list args)
{
	char message[REPORT_MESSAGE_MAX];
	char excerpt[2 * WINDOW_BYTES + 8];

	if (report->code == 0)
		report->code = code;
	if (report->error_count >= report->error_max)
		return;
	vsnprintf(message, sizeof(message), format, args);
	write_excerpt(report, place, excerpt);
	error_set_at(&report->errors[report->error_count++], code,
	             place.file < report->text_count ? report->texts[place.file].file : "", place.line, place.column,
	             "%s%s", message, excerpt);
}

static int compare_errors(const void *a, const void *b)
{
	const struct error *left = a;
	const struct error *right = b;
	int order = strcmp(left->file, right->file);

	if (order == 0)
		order = (left->line > right->line) - (left->line < right->line);
	return order ? order : (left->column > right->column) - (left->column < right->column);
}

void report_sort(struct report *report)
{
	if (report->error_count > 1)
		qsort(report->errors, report->error_count, sizeof(*report->errors), compare_errors);
}

int report_at(struct report *report, struct place place, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(report, place, code, format, args);
	va_end(args);
	return report->error_count < report->error_max ? 0 : code;
}

int report_stop(struct report *report, struct place place, int code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(report, place, code, format, args);
	va_end(args);
	return code;
}

bool report_goes_on(const struct report *report, int code)
{
	return code == 0 || (code == -EINVAL && report->error_count < report->error_max);
}

int report_memory(struct report *report)
{
	report->code = 0; /* whatever else was wrong, the answer is not known without memory */
	return report_stop(report, (struct place){ 0, 0, 0 }, -ENOMEM, "out of memory");
}

const char *report_value(const char *value, char buffer[REPORT_VALUE_MAX])
{
	const uint8_t *at = (const uint8_t *)value;
	size_t left = strlen(value);
	size_t used = 1;
	bool plain;

	buffer[0] = '\'';
	while (left > 0 && used < REPORT_VALUE_MAX - 10) {
		size_t size = shown_length(at, left, &plain);

		if (plain) {
			memcpy(buffer + used, at, size);
			used += size;
		} else {
			size = 1;
			used += (size_t)snprintf(buffer + used, 5, "\\x%02x", at[0]);
		}
		at += size;
		left -= size;
	}
	snprintf(buffer + used, REPORT_VALUE_MAX - used, "%s'", left ? "..." : "");
	return buffer;
}

const char *report_where(const struct report *report, struct place here, struct place there,
                         char buffer[REPORT_WHERE_MAX])
{
	if (here.file == there.file || there.file >= report->text_count)
		snprintf(buffer, REPORT_WHERE_MAX, "line %u", there.line);
	else
		snprintf(buffer, REPORT_WHERE_MAX, "line %u of %s", there.line, report->texts[there.file].file);
	return buffer;
}
