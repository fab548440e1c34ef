/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/hl7_segment.h"

#include <string.h>

#define HEADER_MIN 7 /* "MSH|^~\" */

static bool is_separator(uint8_t byte)
{
	return byte > ' ' && byte < 0x7f && !(byte >= '0' && byte <= '9') && !(byte >= 'A' && byte <= 'Z') &&
	       !(byte >= 'a' && byte <= 'z');
}

static bool is_end(uint8_t byte)
{
	return byte == '\r' || byte == '\n'; /* CR by the standard; LF is met */
}

bool hl7_open(const uint8_t *bytes, size_t length, struct hl7_message *message)
{
	if (length < HEADER_MIN || memcmp(bytes, "MSH", 3) != 0)
		return false;
	for (size_t i = 3; i < HEADER_MIN - 1; i++)
		if (!is_separator(bytes[i]))
			return false;
	*message = (struct hl7_message){
		.rest = { bytes, length }, .field = bytes[3], .component = bytes[4], .repetition = bytes[5]
	};
	return true;
}

/* Takes what stands before ${separator} off ${rest}, and the separator; ${rest} is NULL behind the last. */
static struct hl7_span take_until(struct hl7_span *rest, uint8_t separator)
{
	const uint8_t *end = rest->length > 0 ? memchr(rest->at, separator, rest->length) : NULL;
	struct hl7_span part = *rest;

	if (!end) {
		*rest = (struct hl7_span){ NULL, 0 };
		return part;
	}
	part.length = (size_t)(end - part.at);
	rest->at = end + 1;
	rest->length -= part.length + 1;
	return part;
}

bool hl7_next(struct hl7_message *message, struct hl7_span *segment)
{
	struct hl7_span *rest = &message->rest;

	while (rest->length > 0 && is_end(rest->at[0])) {
		rest->at++;
		rest->length--;
	}
	*segment = (struct hl7_span){ rest->at, 0 };
	while (segment->length < rest->length && !is_end(segment->at[segment->length]))
		segment->length++;
	if (segment->length > 0)
		rest->at += segment->length;
	rest->length -= segment->length;
	return segment->length > 0;
}

bool hl7_named(const struct hl7_message *message, const struct hl7_span *segment, const char *name)
{
	return segment->length > 3 && memcmp(segment->at, name, 3) == 0 && segment->at[3] == message->field;
}

struct hl7_span hl7_field(const struct hl7_message *message, const struct hl7_span *segment, unsigned int number)
{
	struct hl7_span rest = *segment, field = { NULL, 0 };

	/* of a header the separator between its name and the next field is counted as a field itself */
	if (hl7_named(message, segment, "MSH"))
		number--;
	for (unsigned int i = 0; i <= number; i++) {
		if (!rest.at)
			return (struct hl7_span){ NULL, 0 };
		field = take_until(&rest, message->field);
	}
	return field;
}

struct hl7_span hl7_component(const struct hl7_message *message, const struct hl7_span *field, unsigned int number)
{
	struct hl7_span all = *field, rest = take_until(&all, message->repetition), component = { NULL, 0 };

	for (unsigned int i = 0; i < number; i++) {
		if (!rest.at)
			return (struct hl7_span){ NULL, 0 };
		component = take_until(&rest, message->component);
	}
	return component;
}

bool hl7_repetition(const struct hl7_message *message, struct hl7_span *field, struct hl7_span *repetition)
{
	if (!field->at)
		return false;
	*repetition = take_until(field, message->repetition);
	return true;
}

bool hl7_is(const struct hl7_span *span, const char *text)
{
	return span->length == strlen(text) && memcmp(span->at, text, span->length) == 0;
}

bool hl7_contains(const struct hl7_span *span, const char *text)
{
	return span->length > 0 && memmem(span->at, span->length, text, strlen(text)) != NULL;
}
