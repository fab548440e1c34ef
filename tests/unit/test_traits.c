/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What devices have alike: one place for the same texts, another for others, and nothing left when nobody holds any. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/inventory/traits.h"
#include "policy/base/memory.h"
#include "random_policy.h"

#define HOLDERS 40

static void set(struct traits_table *table, struct words *words, const struct traits **holder, struct traits wanted)
{
	assert_int_equal(traits_set(table, words, holder, &wanted), 0);
}

static void the_same_texts_are_the_same_place(void **state)
{
	const struct traits *one = &traits_none, *other = &traits_none;
	struct traits_table table = { 0 };
	struct words words = { 0 };
	struct traits changed = traits_none;
	char class[] = "medical/monitor";

	(void)state;
	changed.class = class;
	changed.interface = "pumps0";
	set(&table, &words, &one, changed);
	set(&table, &words, &other, traits_none);
	assert_ptr_equal(other, &traits_none);
	class[0] = 'M'; /* they are texts of their own */
	assert_string_equal(one->class, "medical/monitor");
	assert_string_equal(one->vendor, "");
	changed.class = "medical/monitor";
	set(&table, &words, &other, changed);
	assert_ptr_equal(one, other);

	changed = *other;
	changed.os = other->class + strlen("medical/"); /* of what it holds itself */
	set(&table, &words, &other, changed);
	assert_string_equal(other->os, "monitor");
	assert_string_equal(other->class, "medical/monitor");
	assert_string_equal(one->os, "");
	assert_int_equal(table.all.count, 2);
	set(&table, &words, &one, traits_none);
	set(&table, &words, &other, traits_none);
	assert_int_equal(table.all.count + words.all.count, 0);
	traits_done(&table);
	words_done(&words);
}

/* The same words in other places are other traits. */
static void a_text_counts_where_it_stands(void **state)
{
	const struct traits *one = &traits_none, *other = &traits_none;
	struct traits_table table = { 0 };
	struct words words = { 0 };
	struct traits vendor = traits_none, model = traits_none;

	(void)state;
	vendor.vendor = model.model = "Acme";
	set(&table, &words, &one, vendor);
	set(&table, &words, &other, model);
	assert_string_equal(one->vendor, "Acme");
	assert_string_equal(one->model, "");
	assert_string_equal(other->model, "Acme");
	assert_int_equal(words.all.count, 1);
	set(&table, &words, &one, traits_none);
	assert_string_equal(other->model, "Acme");
	set(&table, &words, &other, traits_none);
	set(&table, &words, &one, vendor); /* after the last that was set is gone */
	assert_string_equal(one->vendor, "Acme");
	set(&table, &words, &one, traits_none);
	traits_done(&table);
	words_done(&words);
}

/* Whatever was held before, a holder has the texts that were set last, and lets go of all others. */
static void nothing_is_left(void **unused)
{
	const struct traits *holders[HOLDERS];
	unsigned int said[HOLDERS] = { 0 };
	uint64_t state = random_seed();
	struct traits_table table = { 0 };
	struct words words = { 0 };
	char text[16];

	(void)unused;
	for (size_t i = 0; i < HOLDERS; i++)
		holders[i] = &traits_none;
	for (size_t i = 0; i < 20000; i++) {
		unsigned int at = random_below(&state, HOLDERS), number = random_below(&state, 12);
		struct traits wanted = *holders[at];

		snprintf(text, sizeof(text), "%.*u", (int)number, number); /* 0: nothing */
		wanted.zone_why = text;
		wanted.stored_zone = number % 2 ? "pumps" : "quarantine";
		set(&table, &words, &holders[at], wanted);
		said[at] = number;
		for (size_t j = 0; j < HOLDERS; j++)
			assert_int_equal(atoi(holders[j]->zone_why), said[j]);
		assert_true(table.all.count <= 13);
	}
	for (size_t i = 0; i < HOLDERS; i++)
		set(&table, &words, &holders[i], traits_none);
	assert_int_equal(table.all.count + words.all.count, 0);
	traits_done(&table);
	words_done(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_texts_are_the_same_place),
		cmocka_unit_test(a_text_counts_where_it_stands),
		cmocka_unit_test(nothing_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
