/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/print_text.h"

#include <string.h>
#include <strings.h>

#include "policy/language/report.h"

#define LINE_WIDTH  100
#define LIST_COLUMN 24 /* where a list begins, about */
#define LIST_INDENT 6

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What YAML 1.1 takes for a truth value or for nothing; what begins with a letter is no number and no date. */
static bool is_reserved(const char *text)
{
	static const char *const words[] = { "true", "false", "yes", "no", "on", "off", "y", "n", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcasecmp(text, words[i]) == 0)
			return true;
	return false;
}

static bool is_plain(const char *text)
{
	static const char others[] = "0123456789 -_./+*();=";
	size_t length = strlen(text);

	if (!is_letter(text[0]) || text[length - 1] == ' ' || is_reserved(text))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_letter(text[i]) && !strchr(others, text[i]))
			return false;
	return true;
}

static uint32_t code_point(const uint8_t *at, size_t size)
{
	uint32_t point = size == 1 ? at[0] : at[0] & (0x7fU >> size);

	for (size_t i = 1; i < size; i++)
		point = point << 6 | (at[i] & 0x3fU);
	return point;
}

/* Blanks that look like others, breaks, marks of direction, what is no character: shown by number. */
static bool is_hidden(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point <= 0xa0) || point == 0xad ||
	       (point >= 0x2000 && point <= 0x200f) || (point >= 0x2028 && point <= 0x202f) ||
	       (point >= 0x205f && point <= 0x206f) || point == 0x3000 || (point >= 0xe000 && point <= 0xf8ff) ||
	       point == 0xfeff || (point >= 0xfff0 && point <= 0xffff) || point >= 0xe0000;
}

/* Writes the character of ${size} bytes at ${at}; returns the bytes written. */
static size_t quote_character(const uint8_t *at, size_t size, char *to)
{
	uint32_t point = code_point(at, size);

	if (is_hidden(point))
		return (size_t)sprintf(to, point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x", point);
	if (point == '"' || point == '\\')
		*to++ = '\\';
	memcpy(to, at, size);
	return size + (point == '"' || point == '\\');
}

const char *print_quoted(const char *text, char buffer[PRINT_SCALAR_MAX])
{
	const uint8_t *at = (const uint8_t *)text;
	size_t left = strlen(text);
	size_t used = 0;

	buffer[used++] = '"';
	while (left > 0 && used < PRINT_SCALAR_MAX - 12) {
		size_t size = report_utf8_length(at, left);

		size = size ? size : 1;
		used += quote_character(at, size, buffer + used);
		at += size;
		left -= size;
	}
	buffer[used++] = '"';
	buffer[used] = '\0';
	return buffer;
}

const char *print_scalar(const char *text, char buffer[PRINT_SCALAR_MAX])
{
	if (!is_plain(text) || strlen(text) >= PRINT_SCALAR_MAX)
		return print_quoted(text, buffer);
	return strcpy(buffer, text);
}

struct print_list print_list_begin(FILE *out, size_t total)
{
	if (total != 1)
		fputs("[", out);
	return (struct print_list){ .out = out, .total = total, .column = LIST_COLUMN };
}

void print_list_add(struct print_list *list, const char *scalar)
{
	size_t length = strlen(scalar) + 2;

	if (list->written > 0 && list->column + length > LINE_WIDTH) {
		fprintf(list->out, ",\n%*s", LIST_INDENT, "");
		list->column = LIST_INDENT;
	} else if (list->written > 0) {
		fputs(", ", list->out);
	}
	fputs(scalar, list->out);
	list->column += length;
	if (++list->written == list->total && list->total != 1)
		fputs("]", list->out);
}
