/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * told: what a decoder of datagrams made of some bytes, as text to compare.
 *
 * Owns:    nothing.
 * Limits:  TOLD_MAX characters.
 * Context: tests only.
 */
#ifndef ISOWARD_TESTS_UNIT_TOLD_H
#define ISOWARD_TESTS_UNIT_TOLD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/decoder.h"
#include "policy/base/address.h"

#define TOLD_MAX 16384

/* told_show writes ${fields} as "name=value" lines into ${text}. */
static inline void told_show(const struct fields *fields, char text[TOLD_MAX])
{
	static char shown[FIELD_TEXT_MAX];
	struct field_value value;
	size_t used = 0;

	text[0] = '\0';
	for (size_t at = 0; fields_next(fields, &at, &value) && used < TOLD_MAX;) {
		field_show(&value, shown, sizeof(shown));
		used += (size_t)snprintf(text + used, TOLD_MAX - used, "%s=%s\n", field_info(value.field)->name, shown);
	}
}

/*
 * told_by lets ${decode} read a copy of the ${length} ${bytes}, which ${source} sent, and writes what it told into
 * ${text}. shape: the decoder's result, with ${reason}.
 */
static inline int told_by(datagram_decode *decode, const void *bytes, size_t length, const char *source,
                          char text[TOLD_MAX], enum malformed_reason *reason)
{
	static struct fields fields;
	struct conversation conversation = { 0 };
	const struct mac mac = { 0 };
	struct datagram datagram = { .length = length, .conversation = &conversation, .source = &mac };
	uint8_t *copy = malloc(length ? length : 1); /* of its own size, so that a sanitizer sees what is beyond */
	int result;

	if (!copy || address_parse(source, &conversation.source) < 0)
		abort();
	memcpy(copy, bytes, length);
	datagram.bytes = copy;
	fields_clear(&fields);
	result = decode(&datagram, &fields, reason);
	told_show(&fields, text);
	free(copy);
	return result;
}

#endif
