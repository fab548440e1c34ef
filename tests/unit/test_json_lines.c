/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as it is written for speed, and tables as wide as the window. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/replay/observation_lines.h"
#include "controller/replay/text_table.h"
#include "policy/base/memory.h"

static struct json_lines lines;
static char *written;
static size_t written_length;

static int setup(void **state)
{
	(void)state;
	json_lines_init(&lines, open_memstream(&written, &written_length));
	return lines.stream ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	fclose(lines.stream);
	free(written);
	return 0;
}

static const char *flushed(void)
{
	json_lines_flush(&lines);
	fflush(lines.stream);
	return written;
}

static void values_of_every_kind(void **state)
{
	struct mac mac = { { 2, 0, 0, 0, 0, 1 } }, none = { { 0 } };
	struct address address = { .family = FAMILY_NONE };

	(void)state;
	json_lines_open(&lines, NULL, '{');
	json_lines_text(&lines, "text", "a\"b\\c\n\x01é");
	json_lines_text(&lines, "none", NULL);
	json_lines_text(&lines, "foreign", "\xe9t\xe9\xc3");
	json_lines_bytes(&lines, "part", "abcdef", 3);
	json_lines_bytes(&lines, "cut", "\xc3\xa9\xc3\xa9", 3);
	json_lines_number(&lines, "number", UINT64_MAX);
	json_lines_number(&lines, "zero", 0);
	json_lines_hundredths(&lines, "less", -105);
	json_lines_hundredths(&lines, "few", 7);
	json_lines_bool(&lines, "is", true);
	json_lines_seconds(&lines, "time", 1700000000000000001U);
	json_lines_open(&lines, "list", '[');
	json_lines_mac(&lines, NULL, &mac);
	json_lines_mac(&lines, NULL, &none);
	json_lines_address(&lines, NULL, &address);
	json_lines_close(&lines, ']');
	json_lines_open(&lines, "empty", '{');
	json_lines_close(&lines, '}');
	json_lines_close(&lines, '}');
	json_lines_end(&lines);
	json_lines_open(&lines, NULL, '{');
	json_lines_close(&lines, '}');
	json_lines_end(&lines);
	assert_string_equal(flushed(), "{\"text\":\"a\\\"b\\\\c\\u000a\\u0001é\",\"none\":null,"
	                               "\"foreign\":\"?t??\",\"part\":\"abc\",\"cut\":\"é?\","
	                               "\"number\":18446744073709551615,\"zero\":0,\"less\":-1.05,\"few\":0.07,"
	                               "\"is\":true,\"time\":1700000000.000000001,\"list\":[\"02:00:00:00:00:01\","
	                               "null,null],\"empty\":{}}\n{}\n");
}

static void longer_than_the_buffer(void **state)
{
	static char text[JSON_LINES_BUFFER * 2 + 3];

	(void)state;
	memset(text, '"', sizeof(text) - 1);
	json_lines_text(&lines, NULL, text);
	assert_int_equal(strlen(flushed()), (sizeof(text) - 1) * 2 + 2);
	for (size_t i = 1; i + 1 < written_length; i += 2)
		assert_memory_equal(written + i, "\\\"", 2);
}

static void an_observation(void **state)
{
	static struct observation observation = {
		.type = OBSERVATION_FIELDS, .protocol = PROTOCOL_DNS, .vlan = 7, .frame = 3, .captured_ns = 1500000000
	};

	(void)state;
	fields_add_text(&observation.fields, FIELD_DNS_NAME, "a");
	fields_add_number(&observation.fields, FIELD_DNS_TYPE, 1);
	fields_add(&observation.fields, FIELD_DNS_NAME, "\\\"\xff", 3);
	fields_add_number(&observation.fields, FIELD_DNS_TYPE, 28);
	observation_line(&lines, "x.pcap", &observation);
	assert_string_equal(flushed(), "{\"type\":\"observation\",\"capture\":\"x.pcap\",\"frame\":3,"
	                               "\"time\":1.500000000,\"protocol\":\"dns\",\"source\":null,"
	                               "\"destination\":null,\"vlan\":7,\"fields\":{\"dns-name\":[\"a\","
	                               "\"\\\\x5c\\\"\\\\xff\"],\"dns-type\":[1,28]}}\n");
}

/* ---- tables ---- */

static const char *printed(struct text_table *table, size_t width)
{
	text_table_print(table, width, lines.stream);
	text_table_done(table);
	return flushed();
}

static void a_table(void **state)
{
	struct text_table table = { .columns = 3, .numbers = 2 };
	static const char *const rows[][3] = { { "WHO", "COUNT", "WHY" }, { "é", "12", "" }, { "somebody", "3", "x" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(text_table_add(&table, rows[i]), 0);
	assert_string_equal(printed(&table, 80), "  WHO       COUNT  WHY\n"
	                                         "  é            12\n"
	                                         "  somebody      3  x\n");
}

static void a_table_too_wide(void **state)
{
	struct text_table table = { .columns = 2 };
	static const char *const rows[][2] = { { "SHORT", "LONG" }, { "short", "ééééééééééééééééééééé" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(text_table_add(&table, rows[i]), 0);
	assert_string_equal(printed(&table, 20), "  SHORT  LONG\n"
	                                         "  short  éééééééééé…\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(values_of_every_kind, setup, teardown),
		cmocka_unit_test_setup_teardown(longer_than_the_buffer, setup, teardown),
		cmocka_unit_test_setup_teardown(an_observation, setup, teardown),
		cmocka_unit_test_setup_teardown(a_table, setup, teardown),
		cmocka_unit_test_setup_teardown(a_table_too_wide, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
