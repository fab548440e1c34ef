/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/memory.h"
#include "web/query.h"

#define TWENTY_DIGITS "01234567890123456789"
#define LONG_SEARCH   "q=" TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS TWENTY_DIGITS

static void test_good_queries(void **state)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *after, *zone, *needle;
	} VECTORS[] = {
		{ NULL, QUERY_LIMIT_DEFAULT, "", "", "" },
		{ "", QUERY_LIMIT_DEFAULT, "", "", "" },
		{ "&&&", QUERY_LIMIT_DEFAULT, "", "", "" },
		{ "limit=1&zone=pumps&q=CT-2", 1, "", "pumps", "CT-2" },
		{ "after=44:4B:5D:00:00:01", QUERY_LIMIT_DEFAULT, "44:4b:5d:00:00:01", "", "" },
		{ "after=44%3a4b%3A5d%3A00:00:01", QUERY_LIMIT_DEFAULT, "44:4b:5d:00:00:01", "", "" },
		{ "q=a+b%20c%2B%26%3d", QUERY_LIMIT_DEFAULT, "", "", "a b c+&=" },
		{ "q=&zone=", QUERY_LIMIT_DEFAULT, "", "", "" },
		{ "q=a=b", QUERY_LIMIT_DEFAULT, "", "", "a=b" },
		{ "limit=1000", QUERY_LIMIT_MAX, "", "", "" },
		{ "unknown=%41&averyveryverylongname=1&q=x", QUERY_LIMIT_DEFAULT, "", "", "x" },
		{ "q=%E2%82%AC", QUERY_LIMIT_DEFAULT, "", "", "\xe2\x82\xac" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(VECTORS); i++) {
		struct query query;

		assert_int_equal(query_parse(VECTORS[i].text, &query, NULL), 0);
		assert_int_equal(query.limit, VECTORS[i].limit);
		assert_string_equal(query.after, VECTORS[i].after);
		assert_string_equal(query.zone, VECTORS[i].zone);
		assert_string_equal(query.text, VECTORS[i].needle);
	}
}

static void test_bad_queries(void **state)
{
	static const char *const VECTORS[] = {
		"limit=0",
		"limit=1001",
		"limit=-1",
		"limit=+1",
		"limit=1x",
		"limit=",
		"limit=99999999999999999999",
		"limit= 1",
		"after=44:4b:5d:00:00",
		"after=zz",
		"q=%",
		"q=%4",
		"q=%zz",
		"q=%00",
		"q=a%0ab",
		"q=\x7f",
		"mac=1",
		"q=%0",
		"limit=1&limit=0",
		"zone=01234567890123456789012345678901",
		LONG_SEARCH,
	};
	struct query query;

	(void)state;
	memset(&query, 0x55, sizeof(query));
	for (size_t i = 0; i < ARRAY_SIZE(VECTORS); i++) {
		struct error error = { 0 };
		struct query before = query;

		assert_int_equal(query_parse(VECTORS[i], &query, &error), -EINVAL);
		assert_memory_equal(&query, &before, sizeof(query));
		assert_true(error.text[0] != '\0');
	}
}

static void test_mac_of_path(void **state)
{
	char mac[MAC_TEXT_MAX] = "before";

	(void)state;
	assert_int_equal(query_mac_of_path("/d/44:4B:5d:00:00:01", "/d/", mac), 0);
	assert_string_equal(mac, "44:4b:5d:00:00:01");
	assert_int_equal(query_mac_of_path("/d/44%3A4b:5d:00:00:02", "/d/", mac), 0);
	assert_string_equal(mac, "44:4b:5d:00:00:02");
	assert_int_equal(query_mac_of_path("/d/", "/d/", mac), -EINVAL);
	assert_int_equal(query_mac_of_path("/d/44:4b:5d:00:00:01/x", "/d/", mac), -EINVAL);
	assert_int_equal(query_mac_of_path("/e/44:4b:5d:00:00:01", "/d/", mac), -EINVAL);
	assert_int_equal(query_mac_of_path("/d/../../etc/passwd", "/d/", mac), -EINVAL);
	assert_string_equal(mac, "44:4b:5d:00:00:02");
}

static void test_hosts(void **state)
{
	static const char *const ALLOWED[] = {
		"localhost", "LOCALHOST:8080", "127.0.0.1", "127.0.0.1:8080", "10.1.2.3:80",
		"[::1]",     "[::1]:8080",     "gateway",   "Gateway:8080",
	};
	static const char *const REFUSED[] = {
		"",
		"evil.example",
		"localhost.evil.example",
		"127.0.0.1.evil.example",
		"127.0.0.1:",
		"127.0.0.1:x",
		"127.0.0.1:123456",
		"::1",
		"[::1",
		"[::1]x",
		"[localhost]",
		"[127.0.0.1]",
		":8080",
		"localhost:80:80",
		"gateway.",
		"a@localhost",
		"localhost/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ALLOWED); i++)
		assert_true(query_host_allowed(ALLOWED[i], "gateway"));
	for (size_t i = 0; i < ARRAY_SIZE(REFUSED); i++)
		assert_false(query_host_allowed(REFUSED[i], "gateway"));
	assert_false(query_host_allowed(NULL, "gateway"));
	assert_false(query_host_allowed("x", ""));
	assert_false(query_host_allowed("x", NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_queries),
		cmocka_unit_test(test_bad_queries),
		cmocka_unit_test(test_mac_of_path),
		cmocka_unit_test(test_hosts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
