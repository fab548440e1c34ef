/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/address.h"
#include "policy/base/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_mac(void **state)
{
	static const char *const good[] = { "44:4b:5d:00:00:01", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00" };
	static const char *const bad[] = {
		"",
		"44:4b:5d:00:00:0",
		"44:4b:5d:00:00:011",
		"44-4b-5d-00-00-01",
		"44:4b:5d:00:00:0g",
		"444b:5d:00:00:001",
		"44:4b:5d:00:00:01 ",
		" 44:4b:5d:00:00:1",
		":44:4b:5d:00:00:1",
		"44:4b:5d:00:00:+1",
		"44:4b:5d:00:00:-1",
		"44:4b:5d:00:00:\xb0\xb1",
	};
	char text[MAC_TEXT_MAX];
	struct mac mac, before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(mac_parse(good[i], &mac), 0);
		assert_string_equal(mac_format(&mac, text), good[i]);
	}
	assert_int_equal(mac_parse("AA:bB:Cc:dd:EE:FF", &mac), 0);
	assert_string_equal(mac_format(&mac, text), "aa:bb:cc:dd:ee:ff");
	before = mac;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(mac_parse(bad[i], &mac), -EINVAL);
		assert_true(mac_equal(&mac, &before));
	}
}

static void test_mac_is_device(void **state)
{
	static const struct {
		const char *mac;
		bool device;
	} rows[] = {
		{ "44:4b:5d:00:00:01", true },  { "02:00:00:00:00:01", true },  { "00:00:00:00:00:01", true },
		{ "00:00:00:00:00:00", false }, { "ff:ff:ff:ff:ff:ff", false }, { "01:00:5e:00:00:fb", false },
		{ "33:33:00:00:00:01", false }, { "03:00:00:00:00:01", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct mac mac;

		assert_int_equal(mac_parse(rows[i].mac, &mac), 0);
		assert_int_equal(mac_is_device(&mac), rows[i].device);
	}
}

static void test_address(void **state)
{
	static const struct {
		const char *text, *shown;
		unsigned int length;
	} good[] = {
		{ "10.9.0.1", "10.9.0.1", 4 },
		{ "0.0.0.0", "0.0.0.0", 4 },
		{ "255.255.255.255", "255.255.255.255", 4 },
		{ "::", "::", 16 },
		{ "FE80:0:0::1", "fe80::1", 16 },
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1", 16 },
		{ "::ffff:10.0.0.1", "::ffff:10.0.0.1", 16 },
		{ "2001:db8:ffff:ffff:ffff:ffff:255.255.255.255", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", 16 },
	};
	static const char *const bad[] = { "",        "10.9.0",  "10.9.0.256", "10.9.0.1 ", "010.9.0.1",  "0x0a.9.0.1",
		                           "fe80:::", "fe80::g", "fe80::1%lo", "[::1]",     "10.9.0.1/8", "localhost" };
	char text[ADDRESS_TEXT_MAX];
	struct address address, before;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(address_parse(good[i].text, &address), 0);
		assert_int_equal(address_length(address.family), good[i].length);
		assert_string_equal(address_format(&address, text), good[i].shown);
	}
	before = address;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(address_parse(bad[i], &address), -EINVAL);
		assert_true(address_equal(&address, &before));
	}
	address = (struct address){ 0 };
	assert_string_equal(address_format(&address, text), "");
	assert_int_equal(address_length(FAMILY_NONE), 0);
	assert_int_equal(address_length(200), 0);
}

static void test_address_values(void **state)
{
	static const uint8_t bytes[16] = { 10, 9, 0, 1 };
	struct address v4 = address_v4(bytes);
	struct address v6 = address_v6(bytes);
	struct address parsed;

	(void)state;
	assert_int_equal(address_parse("10.9.0.1", &parsed), 0);
	assert_true(address_equal(&v4, &parsed)); /* whole values: no byte is left unset */
	assert_false(address_equal(&v4, &v6));
	assert_int_equal(sizeof(struct address), 17);
}

static void test_prefix(void **state)
{
	static const struct {
		const char *text, *shown;
	} good[] = {
		{ "10.9.0.0/24", "10.9.0.0/24" },
		{ "0.0.0.0/0", "0.0.0.0/0" },
		{ "::/0", "::/0" },
		{ "10.8.0.10", "10.8.0.10/32" },
		{ "10.8.0.10/32", "10.8.0.10/32" },
		{ "10.128.0.0/9", "10.128.0.0/9" },
		{ "2001:db8::", "2001:db8::/128" },
		{ "2001:db8:8000::/33", "2001:db8:8000::/33" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128" },
	};
	static const struct {
		const char *text;
		int error;
	} bad[] = {
		{ "", -EINVAL },
		{ "/24", -EINVAL },
		{ "10.9.0.0/", -EINVAL },
		{ "10.9.0.0/33", -EINVAL },
		{ "10.9.0.0/-1", -EINVAL },
		{ "10.9.0.0/+8", -EINVAL },
		{ "10.9.0.0/ 8", -EINVAL },
		{ "10.9.0.0/8x", -EINVAL },
		{ "10.9.0.0/8/8", -EINVAL },
		{ "10.9.0.0/008", -EINVAL },
		{ "10.9.0.0/08", -EINVAL },
		{ "10.9.0.0/18446744073709551640", -EINVAL },
		{ "::/129", -EINVAL },
		{ "10.9.0.1/24", -ERANGE },
		{ "10.9.0.0/0", -ERANGE },
		{ "::1/127", -ERANGE },
		{ "128.0.0.0/0", -ERANGE },
		{ "2001:db8:8000::/32", -ERANGE },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/0000", -EINVAL },
	};
	struct prefix prefix, before;
	char text[PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(prefix_parse(good[i].text, &prefix), 0);
		assert_string_equal(prefix_format(&prefix, text), good[i].shown);
	}
	before = prefix;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(prefix_parse(bad[i].text, &prefix), bad[i].error);
		assert_memory_equal(&prefix, &before, sizeof(prefix));
	}
}

static void test_prefix_contains(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool inside;
	} rows[] = {
		{ "10.9.0.0/24", "10.9.0.255", true },
		{ "10.9.0.0/24", "10.9.1.0", false },
		{ "10.9.0.0/23", "10.9.1.0", true },
		{ "10.128.0.0/9", "10.127.255.255", false },
		{ "10.128.0.0/9", "10.255.0.0", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::", false },
		{ "::/0", "10.0.0.1", false },
		{ "::/0", "ffff::", true },
		{ "10.8.0.10", "10.8.0.10", true },
		{ "10.8.0.10", "10.8.0.11", false },
		{ "fe80::/10", "febf::1", true },
		{ "fe80::/10", "fec0::1", false },
		{ "2001:db8::/127", "2001:db8::1", true },
		{ "2001:db8::/127", "2001:db8::2", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct address address;
		struct prefix prefix;

		assert_int_equal(prefix_parse(rows[i].prefix, &prefix), 0);
		assert_int_equal(address_parse(rows[i].address, &address), 0);
		if (prefix_contains(&prefix, &address) != rows[i].inside)
			fail_msg("%s in %s: expected %d", rows[i].address, rows[i].prefix, rows[i].inside);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mac),     cmocka_unit_test(test_mac_is_device),
		cmocka_unit_test(test_address), cmocka_unit_test(test_address_values),
		cmocka_unit_test(test_prefix),  cmocka_unit_test(test_prefix_contains),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
