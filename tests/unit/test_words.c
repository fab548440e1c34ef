/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts kept once: the same place for the same text, and none left when nobody holds any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/base/words.h"
#include "random_policy.h"

static void the_same_text_is_the_same_place(void **state)
{
	struct words words = { 0 };
	const char *one = words_none, *other = words_none;
	char text[] = "medical/infusion-pump";

	(void)state;
	assert_int_equal(words_set(&words, &one, text), 0);
	assert_int_equal(words_set(&words, &other, "medical/infusion-pump"), 0);
	assert_ptr_equal(one, other);
	text[0] = 'M'; /* it is a text of its own */
	assert_string_equal(one, "medical/infusion-pump");
	assert_int_equal(words_set(&words, &one, one), 0);
	assert_int_equal(words_set(&words, &one, ""), 0);
	assert_ptr_equal(one, words_none);
	assert_string_equal(other, "medical/infusion-pump");
	assert_int_equal(words_set(&words, &other, other + strlen("medical/")), 0); /* of what it held itself */
	assert_string_equal(other, "infusion-pump");
	assert_int_equal(words_set(&words, &other, words_none), 0);
	assert_int_equal(words.all.count, 0);
	words_done(&words);
}

static void nothing_is_left(void **unused)
{
	const char *holders[40];
	uint64_t state = random_seed();
	struct words words = { 0 };
	char text[16];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
		holders[i] = words_none;
	for (size_t i = 0; i < 20000; i++) {
		const char **holder = &holders[random_below(&state, ARRAY_SIZE(holders))];
		unsigned int number = random_below(&state, 12);

		snprintf(text, sizeof(text), "%.*u", (int)number, number);
		assert_int_equal(words_set(&words, holder, number ? text : ""), 0);
		assert_string_equal(*holder, number ? text : "");
	}
	for (size_t i = 0; i < ARRAY_SIZE(holders); i++)
		words_set(&words, &holders[i], "");
	assert_int_equal(words.all.count, 0);
	words_set(&words, &holders[0], "left");
	words_done(&words);
	assert_int_equal(words.all.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_text_is_the_same_place),
		cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
