/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "policy/base/memory.h"
#include "policy/fields.h"

static const char *shown(enum field field, const void *bytes, size_t length)
{
	static char text[FIELD_TEXT_MAX];
	struct field_value value = { .field = field, .bytes = bytes, .length = length };
	size_t written = field_show(&value, text, sizeof(text));

	assert_int_equal(written, strlen(text));
	return text;
}

static void test_every_field_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = FIELD_NONE + 1; i < FIELD_COUNT; i++) {
		const struct field_info *info = field_info((enum field)i);

		assert_true(strlen(info->name) > 2);
		assert_int_equal(field_by_name(info->name, strlen(info->name)), i);
		assert_true(info->group < GROUP_COUNT);
	}
	assert_int_equal(field_by_name("tls-ja", 6), FIELD_NONE);
	assert_string_equal(field_info(FIELD_COUNT)->name, "");
}

static void test_values_come_back_in_order(void **state)
{
	struct fields fields;
	struct field_value value;
	struct address address = address_v4((const uint8_t[]){ 10, 9, 0, 1 });
	size_t at = 0;

	(void)state;
	fields_clear(&fields);
	assert_true(fields_add_text(&fields, FIELD_TLS_NAME, "a.example"));
	assert_true(fields_add_number(&fields, FIELD_TLS_VERSION, 0x303));
	assert_true(fields_add_number(&fields, FIELD_DNS_RESPONSE, 0));
	assert_true(fields_add_address(&fields, FIELD_DNS_ADDRESS, &address));
	assert_true(fields_add(&fields, FIELD_TLS_ALPN, "", 0));
	assert_true(fields_hold(&fields));
	assert_true(fields_next(&fields, &at, &value));
	assert_int_equal(value.field, FIELD_TLS_NAME);
	assert_memory_equal(value.bytes, "a.example", 9);
	assert_true(fields_next(&fields, &at, &value));
	assert_int_equal(value.length, 2);
	assert_int_equal(field_number(&value), 0x303);
	assert_true(fields_next(&fields, &at, &value));
	assert_int_equal(field_number(&value), 0);
	assert_true(fields_next(&fields, &at, &value));
	assert_true((address = field_address(&value)).family == FAMILY_IPV4);
	assert_true(fields_next(&fields, &at, &value));
	assert_int_equal(value.length, 0);
	assert_false(fields_next(&fields, &at, &value));
	assert_int_equal(fields_number(&fields, FIELD_TLS_VERSION, 7), 0x303);
	assert_int_equal(fields_number(&fields, FIELD_SNMP_VERSION, 7), 7);
}

static void test_what_does_not_fit_is_marked(void **state)
{
	static const uint8_t many[FIELD_VALUE_MAX + 1];
	struct fields fields;
	struct field_value value;

	(void)state;
	fields_clear(&fields);
	assert_false(fields_add(&fields, FIELD_SSDP_LINE, many, sizeof(many)));
	assert_int_equal(fields.cut, 1);
	assert_true(fields_find(&fields, FIELD_SSDP_LINE, &value));
	assert_int_equal(value.length, FIELD_VALUE_MAX);
	for (size_t i = 0; i < FIELDS_BYTES_MAX; i++)
		fields_add(&fields, FIELD_SSDP_LINE, many, 1);
	assert_true(fields.length <= FIELDS_BYTES_MAX);
	assert_true(fields_hold(&fields));
}

static void test_what_no_honest_process_made_does_not_hold(void **state)
{
	struct fields fields;

	(void)state;
	fields_clear(&fields);
	fields_add(&fields, FIELD_TLS_NAME, "ab", 2);
	fields.byte[3] = 3; /* one byte more than there is */
	assert_false(fields_hold(&fields));
	fields.byte[3] = 2;
	assert_true(fields_hold(&fields));
	fields.byte[0] = 0xff;
	assert_false(fields_hold(&fields));
	fields.byte[0] = fields.byte[1] = 0;
	assert_false(fields_hold(&fields));
	fields_clear(&fields);
	fields.length = 3;
	assert_false(fields_hold(&fields));
	fields.length = FIELDS_BYTES_MAX + 1;
	assert_false(fields_hold(&fields));
}

static void test_shapes_are_shown(void **state)
{
	(void)state;
	assert_string_equal(shown(FIELD_DHCP_PARAMETERS, "\1\3\6\17", 4), "1,3,6,15");
	assert_string_equal(shown(FIELD_TLS_CIPHERS, "\x13\1\x13\2", 4), "4865,4866");
	assert_string_equal(shown(FIELD_DHCP_CLIENT_ID, "\1\xab", 2), "01ab");
	assert_string_equal(shown(FIELD_TLS_VERSION, "\3\3", 2), "771");
	assert_string_equal(shown(FIELD_LLDP_CHASSIS, "\0\1\2\3\4\xff", 6), "00:01:02:03:04:ff");
	assert_string_equal(shown(FIELD_DNS_ADDRESS, "\12\11\0\1", 4), "10.9.0.1");
	assert_string_equal(shown(FIELD_DNS_ADDRESS, "\12\11\0", 3), "");
	assert_string_equal(shown(FIELD_MDNS_NAME, "Ward 3 \xe2\x80\x93 PC", 13), "Ward 3 \xe2\x80\x93 PC");
	assert_string_equal(shown(FIELD_MDNS_NAME, "a\\b\n\x80\xc2\x85", 7), "a\\x5cb\\x0a\\x80\\xc2\\x85");
	assert_string_equal(shown(FIELD_MDNS_NAME, "\xed\xa0\x80\xf4\x90\x80\x80\xe2\x80", 9),
	                    "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80\\xe2\\x80");
}

static void test_shown_text_is_cut_between_characters(void **state)
{
	struct field_value value = { .field = FIELD_MDNS_NAME, .bytes = (const uint8_t *)"ab\nc", .length = 4 };
	char text[6];

	(void)state;
	assert_int_equal(field_show(&value, text, sizeof(text)), 2);
	assert_string_equal(text, "ab");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_field_has_a_name_of_its_own),
		cmocka_unit_test(test_values_come_back_in_order),
		cmocka_unit_test(test_what_does_not_fit_is_marked),
		cmocka_unit_test(test_what_no_honest_process_made_does_not_hold),
		cmocka_unit_test(test_shapes_are_shown),
		cmocka_unit_test(test_shown_text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
