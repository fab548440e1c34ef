/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t BYTES[] = { 0x01, 0xfe, 0xdc, 0xff, 0x00, 0x80, 0x7f };

static void test_reads_in_order(void **state)
{
	struct cursor cursor = cursor_over(BYTES, sizeof(BYTES));

	(void)state;
	assert_int_equal(cursor_left(&cursor), 7);
	assert_int_equal(cursor_u8(&cursor), 0x01);
	assert_int_equal(cursor_be16(&cursor), 0xfedc);
	assert_int_equal(cursor_be32(&cursor), 0xff00807f);
	assert_int_equal(cursor_left(&cursor), 0);
	assert_false(cursor.failed);
	assert_true(cursor_skip(&cursor, 0));
}

static void test_every_short_read_fails(void **state)
{
	(void)state;
	for (size_t length = 0; length < 4; length++) {
		struct cursor cursor = cursor_over(BYTES, length);

		assert_int_equal(cursor_be32(&cursor), 0);
		assert_true(cursor.failed);
		if (length < 2) {
			cursor = cursor_over(BYTES, length);
			assert_int_equal(cursor_be16(&cursor), 0);
			assert_true(cursor.failed);
		}
	}
}

static void test_failure_is_sticky(void **state)
{
	struct cursor cursor = cursor_over(BYTES, 3);

	(void)state;
	assert_null(cursor_take(&cursor, 4));
	assert_true(cursor.failed);
	assert_int_equal(cursor_left(&cursor), 0);
	assert_int_equal(cursor_u8(&cursor), 0); /* would be 1 */
	assert_null(cursor_take(&cursor, 0));
	assert_false(cursor_skip(&cursor, 0));
	assert_false(cursor_skip(&cursor, 1));
}

static void test_huge_lengths_do_not_wrap(void **state)
{
	static const size_t lengths[] = { sizeof(BYTES) + 1, SIZE_MAX / 2, SIZE_MAX - 1, SIZE_MAX };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct cursor cursor = cursor_over(BYTES, sizeof(BYTES));

		assert_null(cursor_take(&cursor, lengths[i]));
		cursor = cursor_over(BYTES, sizeof(BYTES));
		assert_false(cursor_skip(&cursor, lengths[i]));
	}
}

static void test_empty_and_null(void **state)
{
	struct cursor cursor = cursor_over(NULL, 0);

	(void)state;
	assert_int_equal(cursor_left(&cursor), 0);
	assert_true(cursor_skip(&cursor, 0));
	assert_false(cursor.failed);
	assert_int_equal(cursor_u8(&cursor), 0);
	assert_true(cursor.failed);
	cursor = cursor_over(NULL, 5); /* a length without bytes is no bytes */
	assert_int_equal(cursor_left(&cursor), 0);
}

static void test_take_borrows(void **state)
{
	struct cursor cursor = cursor_over(BYTES, sizeof(BYTES));

	(void)state;
	assert_true(cursor_skip(&cursor, 2));
	assert_ptr_equal(cursor_take(&cursor, 5), BYTES + 2);
	assert_int_equal(cursor_left(&cursor), 0);
	assert_false(cursor.failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_in_order),    cmocka_unit_test(test_every_short_read_fails),
		cmocka_unit_test(test_failure_is_sticky), cmocka_unit_test(test_huge_lengths_do_not_wrap),
		cmocka_unit_test(test_empty_and_null),    cmocka_unit_test(test_take_borrows),
	};

	return cmocka_run_group_tests_name("cursor", tests, NULL, NULL);
}
