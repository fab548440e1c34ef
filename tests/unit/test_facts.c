/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/small_facts.h"
#include <stdio.h>

/* All of ${facts} as "host-name=a dhcp-vendor=b", in their order. */
static const char *told(const struct facts *facts)
{
	static char text[FACTS_BYTES_MAX * 8];
	char shown[FIELD_TEXT_MAX];
	struct field_value value;
	size_t length = 0;

	text[0] = '\0';
	for (size_t at = 0; facts_next(facts, &at, &value);) {
		field_show(&value, shown, sizeof(shown));
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s=%s", length ? " " : "",
		                           field_info(value.field)->name, shown);
	}
	return text;
}

static void test_one_value_is_replaced(void **state)
{
	struct facts facts = { 0 };

	(void)state;
	assert_int_equal(facts_say_text(&facts, FIELD_HOST_NAME, "a"), 1);
	assert_int_equal(facts_say_text(&facts, FIELD_HOST_NAME, "a"), 0);
	assert_int_equal(facts_say_text(&facts, FIELD_HOST_NAME, "b"), 1);
	assert_string_equal(told(&facts), "host-name=b");
	assert_int_equal(facts.forgotten, 1);
	facts_done(&facts);
	assert_string_equal(told(&facts), "");
	assert_null(facts.bytes);
}

static void test_said_again_is_newest_and_no_news(void **state)
{
	struct facts facts = { 0 };
	struct field_value value;

	(void)state;
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "a");
	facts_say_text(&facts, FIELD_HOST_NAME, "h");
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "bb");
	facts_say_text(&facts, FIELD_OUI, "o");
	assert_int_equal(facts_say_text(&facts, FIELD_DHCP_VENDOR, "a"), 0);
	assert_string_equal(told(&facts), "host-name=h dhcp-vendor=bb dhcp-vendor=a oui=o");
	assert_true(facts_newest(&facts, FIELD_DHCP_VENDOR, &value) && value.bytes[0] == 'a');
	/* The oldest of the field makes room: b, for a was said again. */
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "c");
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "d");
	assert_string_equal(told(&facts), "host-name=h dhcp-vendor=a oui=o dhcp-vendor=c dhcp-vendor=d");
	assert_int_equal(facts.forgotten, 1);
	facts_done(&facts);
}

static void test_what_is_no_evidence_is_passed_over(void **state)
{
	struct facts facts = { 0 };
	struct field_value value;

	(void)state;
	assert_int_equal(facts_say_text(&facts, FIELD_HTTP_URI, "/secret"), 0);
	assert_int_equal(facts_say_text(&facts, FIELD_NONE, "x"), 0);
	assert_int_equal(facts_say_text(&facts, FIELD_COUNT, "x"), 0);
	assert_int_equal(facts_say_text(&facts, FIELD_HOST_NAME, ""), 0);
	assert_int_equal(facts_say(&facts, FIELD_HOST_NAME, "\0\0", 2), 0);
	assert_int_equal(facts.capacity, 0);
	assert_false(facts_newest(&facts, FIELD_HOST_NAME, &value));
	/* A terminator that is counted in is none of the name; of numbers a zero is one. */
	facts_say(&facts, FIELD_HOST_NAME, "ab\0", 3);
	facts_say(&facts, FIELD_DHCP_PARAMETERS, "\1\0", 2);
	assert_string_equal(told(&facts), "host-name=ab dhcp-parameters=1,0");
	facts_done(&facts);
}

/* One that talks without end of one thing does not unsay the others. */
static void test_the_largest_field_makes_room(void **state)
{
	struct facts facts = { 0 };
	char text[FIELD_VALUE_MAX];
	struct field_value value;

	(void)state;
	facts_say_text(&facts, FIELD_DHCP_VENDOR, "MSFT 5.0");
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < 500; i++) {
		snprintf(text, 16, "%zu", i);
		text[strlen(text)] = '.';
		facts_say(&facts, i % 2 ? FIELD_DNS_QUESTION : FIELD_TLS_NAME, text, sizeof(text));
		assert_true(facts.length <= FACTS_BYTES_MAX && facts.capacity <= FACTS_BYTES_MAX);
	}
	assert_true(facts_newest(&facts, FIELD_DHCP_VENDOR, &value));
	assert_true(facts_newest(&facts, FIELD_DNS_QUESTION, &value) && value.length == FACT_VALUE_MAX);
	assert_memory_equal(value.bytes, "499.", 4);
	assert_true(facts.forgotten > 480);
	facts_done(&facts);
}

static void test_copy_stands_alone(void **state)
{
	struct facts facts = { .mac = { { 2, 0, 0, 0, 0, 1 } } };
	struct facts copy = { 0 };

	(void)state;
	facts_say_text(&facts, FIELD_HOST_NAME, "a");
	assert_int_equal(facts_copy(&facts, &copy), 0);
	facts_done(&facts);
	assert_string_equal(told(&copy), "host-name=a");
	assert_true(mac_equal(&facts.mac, &copy.mac));
	facts_say_text(&copy, FIELD_DHCP_VENDOR, "b"); /* grows, where the copy was made to measure */
	assert_string_equal(told(&copy), "host-name=a dhcp-vendor=b");
	facts_done(&copy);
	assert_int_equal(facts_copy(&facts, &copy), 0);
	assert_null(copy.bytes);
}

static bool not_bad(const struct field_value *value, const void *context)
{
	return memcmp(value->bytes, context, 3) != 0;
}

static void test_learning_a_message(void **state)
{
	struct facts facts = { 0 };
	struct fields fields;
	struct field_value value;

	(void)state;
	fields_clear(&fields);
	fields_add_text(&fields, FIELD_DHCP_FQDN, "fqdn.example");
	assert_int_equal(facts_learn(&facts, &fields, NULL, NULL), 1);
	assert_string_equal(told(&facts), "host-name=fqdn.example");
	fields_add_text(&fields, FIELD_HOST_NAME, "short");
	fields_add_number(&fields, FIELD_DHCP_MESSAGE, 3);
	fields_add_text(&fields, FIELD_DHCP_VENDOR, "bad");
	assert_int_equal(facts_learn(&facts, &fields, not_bad, "bad"), 1);
	assert_string_equal(told(&facts), "host-name=short"); /* option 81 only where 12 is absent */
	assert_int_equal(facts_learn(&facts, &fields, not_bad, "bad"), 0);
	assert_true(facts_name(&facts, &value) && value.field == FIELD_HOST_NAME);
	facts_done(&facts);
	assert_false(facts_name(&facts, &value));
	facts_say_text(&facts, FIELD_DICOM_CALLING, "CT1");
	facts_say_text(&facts, FIELD_NETBIOS_NAME, "RAD-CT1");
	assert_true(facts_name(&facts, &value) && value.field == FIELD_NETBIOS_NAME);
	facts_done(&facts);
}

static void what_a_relay_passes_on_is_not_its_own(void **state)
{
	struct facts facts = { .length = 0 };
	struct fields fields;

	(void)state;
	fields_clear(&fields);
	fields_add_number(&fields, FIELD_DHCP6_MESSAGE, 12);
	fields_add_number(&fields, FIELD_DHCP6_MESSAGE, 1); /* the client's, inside */
	fields_add_text(&fields, FIELD_DHCP6_VENDOR, "pump");
	assert_int_equal(facts_learn(&facts, &fields, NULL, NULL), 0);
	assert_int_equal(facts.length, 0);
	fields_clear(&fields);
	fields_add_number(&fields, FIELD_DHCP6_MESSAGE, 1);
	fields_add_text(&fields, FIELD_DHCP6_VENDOR, "pump");
	assert_int_equal(facts_learn(&facts, &fields, NULL, NULL), 1);
	facts_done(&facts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_relay_passes_on_is_not_its_own),
		cmocka_unit_test(test_one_value_is_replaced),
		cmocka_unit_test(test_said_again_is_newest_and_no_news),
		cmocka_unit_test(test_what_is_no_evidence_is_passed_over),
		cmocka_unit_test(test_the_largest_field_makes_room),
		cmocka_unit_test(test_copy_stands_alone),
		cmocka_unit_test(test_learning_a_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
