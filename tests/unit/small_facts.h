/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_facts: what a device said, written down in a line.
 *
 * Owns:    nothing; facts are released with facts_done.
 * Context: unit tests of identity and of who uses it.
 */
#ifndef ISOWARD_TESTS_UNIT_SMALL_FACTS_H
#define ISOWARD_TESTS_UNIT_SMALL_FACTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity/facts.h"

/* facts_say adds ${length} ${bytes} of ${field}. shape: as facts_add. */
static inline int facts_say(struct facts *facts, enum field field, const void *bytes, size_t length)
{
	const struct field_value value = { .field = field, .bytes = bytes, .length = length };
	int news = facts_add(facts, &value);

	assert_true(news >= 0);
	return news;
}

/* facts_say_text adds the terminated ${text}, nothing where it is empty. */
static inline int facts_say_text(struct facts *facts, enum field field, const char *text)
{
	return facts_say(facts, field, text, strlen(text));
}

/* facts_say_list adds the option numbers in ${text}, "1,3,6" or "1|3|6". */
static inline int facts_say_list(struct facts *facts, enum field field, const char *text)
{
	uint8_t bytes[FACT_VALUE_MAX];
	size_t length = 0;

	while (*text && length < sizeof(bytes)) {
		char *end;

		bytes[length++] = (uint8_t)strtoul(text, &end, 10);
		text = *end ? end + 1 : end;
	}
	return facts_say(facts, field, bytes, length);
}

#endif
