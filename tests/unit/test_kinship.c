/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/memory.h"
#include "policy/identity/kinship.h"
#include "tests/unit/small_facts.h"

static void test_made_up_addresses(void **state)
{
	static const struct {
		const char *mac;
		bool random;
	} vectors[] = {
		{ "da:a1:19:00:00:01", true },  { "02:11:22:33:44:55", true },  { "44:4b:5d:00:00:01", false },
		{ "52:54:00:12:34:56", false }, { "02:42:ac:11:00:02", false }, { "03:00:00:00:00:01", false },
		{ "ff:ff:ff:ff:ff:ff", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct mac mac;

		assert_int_equal(mac_parse(vectors[i].mac, &mac), 0);
		if (mac_is_random(&mac) != vectors[i].random)
			fail_msg("%s", vectors[i].mac);
	}
}

static struct facts facts_of(uint8_t last)
{
	return (struct facts){ .mac = { { 2, 0, 0, 0, 0, last } } };
}

static void test_two_adapters_of_one_device(void **state)
{
	struct facts wired = facts_of(1), radio = facts_of(2);
	char left[KINSHIP_KEY_MAX], right[KINSHIP_KEY_MAX];

	(void)state;
	assert_false(kinship_key(&wired, KINSHIP_SAME, left) || kinship_key(&wired, KINSHIP_LIKELY, left));
	assert_int_equal(kinship_of(&wired, &radio), KINSHIP_NONE);
	facts_say_text(&wired, FIELD_HOST_NAME, "CART-7.hospital.example");
	facts_say_text(&radio, FIELD_HOST_NAME, "cart-7");
	facts_say_list(&wired, FIELD_DHCP_PARAMETERS, "1,3,6");
	facts_say_list(&radio, FIELD_DHCP_PARAMETERS, "1,3,6");
	assert_int_equal(kinship_of(&wired, &radio), KINSHIP_NONE); /* one name is anybody's */
	facts_say_text(&wired, FIELD_NETBIOS_NAME, "CART-7");
	facts_say_text(&radio, FIELD_NETBIOS_NAME, "CART-7");
	assert_int_equal(kinship_of(&wired, &radio), KINSHIP_LIKELY);
	assert_int_equal(kinship_of(&wired, &wired), KINSHIP_NONE);
	assert_true(kinship_key(&wired, KINSHIP_LIKELY, left) && kinship_key(&radio, KINSHIP_LIKELY, right));
	assert_string_equal(left, right);
	facts_say_text(&radio, FIELD_MDNS_NAME, "other");
	facts_say_text(&wired, FIELD_MDNS_NAME, "cart-7");
	assert_int_equal(kinship_of(&wired, &radio), KINSHIP_NONE); /* one of its names is another */
	facts_say(&wired, FIELD_DHCP6_DUID, "\0\1\0\1abcd", 8);
	facts_say(&radio, FIELD_DHCP6_DUID, "\0\1\0\1abcd", 8);
	assert_int_equal(kinship_of(&wired, &radio), KINSHIP_SAME);
	assert_true(kinship_key(&wired, KINSHIP_SAME, left) && kinship_key(&radio, KINSHIP_SAME, right));
	assert_string_equal(left, "0001000161626364");
	assert_string_equal(left, right);
	facts_done(&wired);
	facts_done(&radio);
}

static void test_one_before_many(void **state)
{
	(void)state;
	assert_false(kinship_stands_before(1));
	assert_false(kinship_stands_before(KINSHIP_BEHIND));
	assert_true(kinship_stands_before(KINSHIP_BEHIND + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made_up_addresses),
		cmocka_unit_test(test_two_adapters_of_one_device),
		cmocka_unit_test(test_one_before_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
