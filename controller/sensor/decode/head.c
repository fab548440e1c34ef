/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/head.h"

#include <string.h>
#include <strings.h>

bool head_line(struct cursor *cursor, struct span *line)
{
	size_t left = cursor_left(cursor);
	const uint8_t *end = left ? memchr(cursor->at, '\n', left) : NULL;

	if (!end)
		return false;
	*line = (struct span){ cursor->at, (size_t)(end - cursor->at) };
	cursor_skip(cursor, line->length + 1);
	if (line->length && line->bytes[line->length - 1] == '\r')
		line->length--;
	return true;
}

size_t head_length(const uint8_t *bytes, size_t length)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct span line;

	while (head_line(&cursor, &line))
		if (line.length == 0)
			return (size_t)(cursor.at - bytes);
	return 0;
}

static bool is_blank(uint8_t byte)
{
	return byte == ' ' || byte == '\t';
}

bool head_next(struct cursor *cursor, struct header *header)
{
	struct span line;

	while (head_line(cursor, &line) && line.length > 0) {
		const uint8_t *colon = memchr(line.bytes, ':', line.length);
		struct span name, value;

		if (!colon || is_blank(line.bytes[0]))
			continue;
		name = (struct span){ line.bytes, (size_t)(colon - line.bytes) };
		value = (struct span){ colon + 1, line.length - name.length - 1 };
		while (name.length && is_blank(name.bytes[name.length - 1]))
			name.length--;
		while (value.length && is_blank(value.bytes[0])) {
			value.bytes++;
			value.length--;
		}
		while (value.length && is_blank(value.bytes[value.length - 1]))
			value.length--;
		*header = (struct header){ name, value };
		return true;
	}
	return false;
}

bool span_starts(const struct span *span, const char *text)
{
	size_t length = strlen(text);

	return span->length >= length && strncasecmp((const char *)span->bytes, text, length) == 0;
}

bool span_is(const struct span *span, const char *text)
{
	return span->length == strlen(text) && span_starts(span, text);
}

bool span_holds(const struct span *span, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at + length <= span->length; at++)
		if (strncasecmp((const char *)span->bytes + at, text, length) == 0)
			return true;
	return false;
}

struct span span_word(struct span *span)
{
	struct span word = { span->bytes, 0 };

	while (word.length < span->length && !is_blank(span->bytes[word.length]))
		word.length++;
	span->bytes += word.length;
	span->length -= word.length;
	while (span->length && is_blank(span->bytes[0])) {
		span->bytes++;
		span->length--;
	}
	return word;
}

bool span_number(const struct span *span, uint64_t *number)
{
	uint64_t read = 0;

	if (span->length == 0)
		return false;
	for (size_t i = 0; i < span->length; i++) {
		uint8_t digit = (uint8_t)(span->bytes[i] - '0');

		if (digit > 9 || read > (UINT64_MAX - digit) / 10)
			return false;
		read = read * 10 + digit;
	}
	*number = read;
	return true;
}
