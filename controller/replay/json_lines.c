/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/json_lines.h"

#include <string.h>

#include "policy/language/report.h"

#define NUMBER_MAX 20 /* digits of UINT64_MAX */

void json_lines_init(struct json_lines *lines, FILE *stream)
{
	lines->stream = stream;
	lines->needs_comma = false;
	lines->used = 0;
}

void json_lines_flush(struct json_lines *lines)
{
	fwrite(lines->buffer, 1, lines->used, lines->stream);
	lines->used = 0;
}

static void put(struct json_lines *lines, const char *text, size_t length)
{
	while (length > 0) {
		size_t room = JSON_LINES_BUFFER - lines->used;
		size_t step = length < room ? length : room;

		memcpy(lines->buffer + lines->used, text, step);
		lines->used += step;
		text += step;
		length -= step;
		if (lines->used == JSON_LINES_BUFFER)
			json_lines_flush(lines);
	}
}

static void put_text(struct json_lines *lines, const char *text)
{
	put(lines, text, strlen(text));
}

/* How many of the ${left} bytes at ${text} stand for themselves: 0 where the first must not. */
static size_t plain_length(const char *text, size_t left)
{
	unsigned char byte = (unsigned char)*text;

	if (byte >= 0x80)
		return report_utf8_length((const uint8_t *)text, left);
	return byte >= 0x20 && byte != '"' && byte != '\\';
}

static void put_escaped(struct json_lines *lines, char character)
{
	static const char digits[] = "0123456789abcdef";
	unsigned char byte = (unsigned char)character;
	const char code[] = { '\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15] };
	const char itself[] = { '\\', character };

	if (byte >= 0x80) /* of a file's name: no UTF-8, which JSON must be (RFC 8259 section 8.1) */
		put(lines, "?", 1);
	else if (byte < 0x20)
		put(lines, code, sizeof(code));
	else
		put(lines, itself, sizeof(itself));
}

static void put_quoted(struct json_lines *lines, const char *text, size_t length)
{
	put(lines, "\"", 1);
	for (size_t at = 0; at < length;) {
		size_t plain = at, step;

		while (plain < length && (step = plain_length(text + plain, length - plain)) > 0)
			plain += step;
		put(lines, text + at, plain - at);
		if (plain < length)
			put_escaped(lines, text[plain]);
		at = plain + 1;
	}
	put(lines, "\"", 1);
}

/* Digits of ${number}, at least ${least} of them. */
static void put_number(struct json_lines *lines, uint64_t number, size_t least)
{
	char digits[NUMBER_MAX];
	size_t at = sizeof(digits);

	while (number > 0 || sizeof(digits) - at < least) {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	}
	put(lines, digits + at, sizeof(digits) - at);
}

static void put_name(struct json_lines *lines, const char *name)
{
	if (lines->needs_comma)
		put(lines, ",", 1);
	lines->needs_comma = true;
	if (!name)
		return;
	put_quoted(lines, name, strlen(name));
	put(lines, ":", 1);
}

void json_lines_open(struct json_lines *lines, const char *name, char bracket)
{
	put_name(lines, name);
	put(lines, &bracket, 1);
	lines->needs_comma = false;
}

void json_lines_close(struct json_lines *lines, char bracket)
{
	put(lines, &bracket, 1);
	lines->needs_comma = true;
}

void json_lines_end(struct json_lines *lines)
{
	put(lines, "\n", 1);
	lines->needs_comma = false;
}

void json_lines_text(struct json_lines *lines, const char *name, const char *text)
{
	put_name(lines, name);
	if (text)
		put_quoted(lines, text, strlen(text));
	else
		put_text(lines, "null");
}

void json_lines_bytes(struct json_lines *lines, const char *name, const char *text, size_t length)
{
	put_name(lines, name);
	put_quoted(lines, text, length);
}

void json_lines_number(struct json_lines *lines, const char *name, uint64_t number)
{
	put_name(lines, name);
	put_number(lines, number, 1);
}

void json_lines_hundredths(struct json_lines *lines, const char *name, int hundredths)
{
	unsigned int size = hundredths < 0 ? 0U - (unsigned int)hundredths : (unsigned int)hundredths;

	put_name(lines, name);
	if (hundredths < 0)
		put(lines, "-", 1);
	put_number(lines, size / 100, 1);
	put(lines, ".", 1);
	put_number(lines, size % 100, 2);
}

void json_lines_bool(struct json_lines *lines, const char *name, bool value)
{
	put_name(lines, name);
	put_text(lines, value ? "true" : "false");
}

void json_lines_seconds(struct json_lines *lines, const char *name, uint64_t nanoseconds)
{
	put_name(lines, name);
	put_number(lines, nanoseconds / 1000000000U, 1);
	put(lines, ".", 1);
	put_number(lines, nanoseconds % 1000000000U, 9);
}

void json_lines_mac(struct json_lines *lines, const char *name, const struct mac *mac)
{
	static const struct mac none = { .byte = { 0 } };
	char text[MAC_TEXT_MAX];

	json_lines_text(lines, name,
	                memcmp(mac->byte, none.byte, sizeof(none.byte)) == 0 ? NULL : mac_format(mac, text));
}

void json_lines_address(struct json_lines *lines, const char *name, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	json_lines_text(lines, name, address->family == FAMILY_NONE ? NULL : address_format(address, text));
}
