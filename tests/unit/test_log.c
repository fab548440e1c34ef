/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/log.h"
#include "policy/base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int saved_stderr;
static FILE *capture;

static void capture_begin(void)
{
	fflush(stderr);
	saved_stderr = dup(STDERR_FILENO);
	capture = tmpfile();
	assert_non_null(capture);
	assert_true(dup2(fileno(capture), STDERR_FILENO) >= 0);
}

static const char *capture_end(char *text, size_t size)
{
	ssize_t length;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	length = pread(fileno(capture), text, size - 1, 0);
	assert_true(length >= 0);
	text[length] = '\0';
	fclose(capture);
	return text;
}

static int setup(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_open("test", LEVEL_INFO);
	return 0;
}

static void test_line(void **state)
{
	char text[LOG_LINE_MAX * 2];

	(void)state;
	capture_begin();
	log_event(LEVEL_NOTICE, "device-joined", "mac", "44:4b:5d:00:00:01", "zone", "pumps", NULL);
	assert_string_equal(capture_end(text, sizeof(text)),
	                    "test notice: device-joined mac=44:4b:5d:00:00:01 zone=pumps\n");
}

static void test_level_and_journal(void **state)
{
	char text[LOG_LINE_MAX * 2];

	(void)state;
	capture_begin();
	log_event(LEVEL_DEBUG, "unseen", NULL);
	log_event(LEVEL_ERROR, "seen", NULL);
	assert_string_equal(capture_end(text, sizeof(text)), "test error: seen\n");

	setenv("JOURNAL_STREAM", "8:1", 1);
	log_open("test", LEVEL_DEBUG);
	capture_begin();
	log_event(LEVEL_DEBUG, "seen", NULL);
	assert_string_equal(capture_end(text, sizeof(text)), "<7>test: seen\n");
}

static void test_values_are_escaped(void **state)
{
	static const struct {
		const char *value, *shown;
	} rows[] = {
		{ "plain-1.2:3", "plain-1.2:3" },
		{ "", "\"\"" },
		{ "two words", "\"two words\"" },
		{ "a=b", "\"a=b\"" },
		{ "say \"x\"", "\"say \\\"x\\\"\"" },
		{ "back\\slash", "\"back\\\\slash\"" },
		/* a host name must not be able to forge a second line, nor drive a terminal */
		{ "a\ntest error: forged", "\"a\\x0atest error: forged\"" },
		{ "\x1b[2J", "\"\\x1b[2J\"" },
		{ "\r\t\x7f", "\"\\x0d\\x09\\x7f\"" },
		/* bytes that are no UTF-8, and C1 controls (0x9b is a one-byte CSI) */
		{ "\x9b\x32J", "\"\\x9b2J\"" },
		{ "\xff", "\"\\xff\"" },
		{ "\xc2\x9b", "\"\\xc2\\x9b\"" },
		{ "\xc0\xaf\xed\xa0\x80", "\"\\xc0\\xaf\\xed\\xa0\\x80\"" },
		{ "\xe2\x82", "\"\\xe2\\x82\"" },
		{ "Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8f\xa5", "\"Z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x8f\xa5\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[LOG_LINE_MAX], expected[LOG_LINE_MAX];

		capture_begin();
		log_event(LEVEL_INFO, "e", "k", rows[i].value, NULL);
		snprintf(expected, sizeof(expected), "test info: e k=%s\n", rows[i].shown);
		assert_string_equal(capture_end(text, sizeof(text)), expected);
	}
}

static void test_long_line_is_one_line(void **state)
{
	char text[LOG_LINE_MAX * 3], value[LOG_LINE_MAX * 2];

	(void)state;
	memset(value, '\n', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	capture_begin();
	log_event(LEVEL_INFO, "long", "a", value, "b", value, NULL);
	capture_end(text, sizeof(text));
	assert_true(strlen(text) <= LOG_LINE_MAX);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);

	memset(value, 'e', sizeof(value) - 1);
	capture_begin();
	log_event(LEVEL_INFO, value, NULL);
	capture_end(text, sizeof(text));
	assert_true(strlen(text) <= LOG_LINE_MAX);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_limit(void **state)
{
	struct log_limit limit = { 0 };
	uint32_t held_back = 99;

	(void)state;
	for (int i = 0; i < 10; i++) {
		assert_true(log_allowed(&limit, 5000, &held_back));
		assert_int_equal(held_back, 0);
	}
	for (int i = 0; i < 7; i++)
		assert_false(log_allowed(&limit, 14999, &held_back));
	assert_true(log_allowed(&limit, 15000, &held_back));
	assert_int_equal(held_back, 7);
	assert_true(log_allowed(&limit, 15001, &held_back));
	assert_int_equal(held_back, 0);
}

static void test_limit_from_zero(void **state)
{
	struct log_limit limit = { 0 };
	uint32_t held_back;

	(void)state;
	for (int i = 0; i < 10; i++)
		assert_true(log_allowed(&limit, 0, &held_back));
	assert_false(log_allowed(&limit, 0, &held_back));
	assert_true(log_allowed(&limit, 10000, &held_back));
	assert_int_equal(held_back, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_line, setup),
		cmocka_unit_test_setup(test_level_and_journal, setup),
		cmocka_unit_test_setup(test_values_are_escaped, setup),
		cmocka_unit_test_setup(test_long_line_is_one_line, setup),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_limit_from_zero),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
