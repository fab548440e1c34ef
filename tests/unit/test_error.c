/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/error.h"
#include "policy/base/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_first_error_wins(void **state)
{
	struct error error = { 0 };

	(void)state;
	assert_int_equal(error_set(&error, -EINVAL, "first %d", 1), -EINVAL);
	assert_int_equal(error_set_at(&error, -E2BIG, "f.yaml", 3, 4, "second"), -E2BIG);
	assert_int_equal(error.code, -EINVAL);
	assert_string_equal(error.text, "first 1");
	assert_string_equal(error.file, "");
	assert_int_equal(error.line, 0);
}

static void test_null_is_allowed(void **state)
{
	(void)state;
	assert_int_equal(error_set(NULL, -ENOENT, "nobody reads %s", "this"), -ENOENT);
	assert_int_equal(error_set_at(NULL, -ENOENT, NULL, 1, 1, "nor this"), -ENOENT);
}

static void test_format(void **state)
{
	static const struct {
		const char *name, *file;
		unsigned int line, column;
		const char *shown;
	} rows[] = {
		{ "all", "p.yaml", 3, 7, "p.yaml:3:7: bad" },
		{ "no column", "p.yaml", 3, 0, "p.yaml:3: bad" },
		{ "no line", "p.yaml", 0, 0, "p.yaml: bad" },
		{ "no file", NULL, 0, 0, "bad" },
		{ "a line without a file", NULL, 3, 7, "bad" },
		{ "empty file", "", 3, 7, "bad" },
		{ "a column without a line", "p.yaml", 0, 7, "p.yaml: bad" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct error error = { 0 };
		char shown[128];

		error_set_at(&error, -EINVAL, rows[i].file, rows[i].line, rows[i].column, "bad");
		assert_string_equal(error_format(&error, shown, sizeof(shown)), rows[i].shown);
	}
}

static void test_long_text_is_cut(void **state)
{
	struct error error = { 0 };
	char text[ERROR_TEXT_MAX * 2];
	char file[ERROR_FILE_MAX * 2];
	char small[8];

	(void)state;
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memset(file, 'f', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	error_set_at(&error, -EINVAL, file, 1, 1, "%s", text);
	assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
	assert_int_equal(strlen(error.file), ERROR_FILE_MAX - 1);
	error_format(&error, small, sizeof(small));
	assert_string_equal(small, "fffffff");
}

/* A cut through a multi-byte character would make the journal and JSON refuse the whole line. */
static void test_cut_keeps_utf8_whole(void **state)
{
	struct error error = { 0 };
	char text[ERROR_TEXT_MAX + 8];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + ERROR_TEXT_MAX - 3, "\xe2\x82\xac", 4); /* the euro sign: one byte too long */
	error_set(&error, -EINVAL, "%s", text);
	assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 3);
	assert_int_equal(error.text[ERROR_TEXT_MAX - 4], 'a');

	error = (struct error){ 0 };
	memcpy(text + ERROR_TEXT_MAX - 4, "\xe2\x82\xac", 4); /* fits to the byte */
	error_set(&error, -EINVAL, "%s", text);
	assert_int_equal(strlen(error.text), ERROR_TEXT_MAX - 1);
	assert_memory_equal(error.text + ERROR_TEXT_MAX - 4, "\xe2\x82\xac", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_error_wins),
		cmocka_unit_test(test_null_is_allowed),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_long_text_is_cut),
		cmocka_unit_test(test_cut_keeps_utf8_whole),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
