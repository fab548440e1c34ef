/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct thing {
	int *freed;
};

static void thing_free(struct thing *thing)
{
	++*thing->freed;
	free(thing);
}

CLEANUP_DEFINE(struct thing, thing_free);

static struct thing *thing_new(int *freed)
{
	struct thing *thing = malloc(sizeof(*thing));

	assert_non_null(thing);
	thing->freed = freed;
	return thing;
}

static void test_cleanup_frees_once(void **state)
{
	int freed = 0;

	(void)state;
	{
		struct thing *thing CLEANUP(thing_free) = thing_new(&freed);
		struct thing *none CLEANUP(thing_free) = NULL;
		char *bytes CLEANUP(free) = malloc(3);

		assert_ptr_equal(thing->freed, &freed);
		assert_null(none);
		assert_non_null(bytes);
	}
	assert_int_equal(freed, 1);
}

static struct thing *hand_over(int *freed)
{
	struct thing *thing CLEANUP(thing_free) = thing_new(freed);

	return take_ptr(&thing);
}

static void test_take_ptr_hands_over(void **state)
{
	int freed = 0;
	struct thing *thing = hand_over(&freed);

	(void)state;
	assert_int_equal(freed, 0);
	thing_free(thing);
	assert_int_equal(freed, 1);
}

static void test_reserve_grows(void **state)
{
	uint32_t *array = NULL;
	size_t capacity = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(memory_reserve((void **)&array, &capacity, i + 1, sizeof(*array)), 0);
		assert_true(capacity >= i + 1);
		array[i] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(array[i], i);
	assert_true(capacity < 2001);
	free(array);
}

static void test_reserve_keeps_what_suffices(void **state)
{
	int *array = NULL;
	int *before;
	size_t capacity = 0;

	(void)state;
	assert_int_equal(memory_reserve((void **)&array, &capacity, 0, sizeof(*array)), 0);
	assert_null(array);
	assert_int_equal(memory_reserve((void **)&array, &capacity, 5, sizeof(*array)), 0);
	before = array;
	assert_int_equal(memory_reserve((void **)&array, &capacity, capacity, sizeof(*array)), 0);
	assert_ptr_equal(array, before);
	free(array);
}

static void test_reserve_refuses_what_overflows(void **state)
{
	static const struct {
		const char *name;
		size_t needed, element_size;
	} rows[] = {
		{ "all of the address space", SIZE_MAX, 1 },
		{ "room that cannot be doubled", SIZE_MAX / 2 + 2, 1 },
		{ "a product that wraps to 0", SIZE_MAX / 16 + 1, 16 },
		{ "a product that wraps to little", SIZE_MAX / 64 + 2, 64 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *array = NULL;
		char *before;
		size_t capacity = 0;
		size_t room;

		assert_int_equal(memory_reserve((void **)&array, &capacity, 3, 1), 0);
		before = array;
		room = capacity;
		assert_int_equal(memory_reserve((void **)&array, &capacity, rows[i].needed, rows[i].element_size),
		                 -ENOMEM);
		assert_ptr_equal(array, before);
		assert_int_equal(capacity, room);
		free(array);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cleanup_frees_once),
		cmocka_unit_test(test_take_ptr_hands_over),
		cmocka_unit_test(test_reserve_grows),
		cmocka_unit_test(test_reserve_keeps_what_suffices),
		cmocka_unit_test(test_reserve_refuses_what_overflows),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
