/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_terms_are_read(void **state)
{
	static const struct {
		const char *text;
		struct service_range range;
		const char *canonical; /* NULL where it is text itself */
	} vectors[] = {
		{ "tcp/104", { IPPROTO_TCP, HELPER_NONE, 104, 104 }, NULL },
		{ "udp/5000-5010", { IPPROTO_UDP, HELPER_NONE, 5000, 5010 }, NULL },
		{ "udp/7-7", { IPPROTO_UDP, HELPER_NONE, 7, 7 }, "udp/7" },
		{ "sctp/1", { IPPROTO_SCTP, HELPER_NONE, 1, 1 }, NULL },
		{ "tcp/65535", { IPPROTO_TCP, HELPER_NONE, 65535, 65535 }, NULL },
		{ "tcp/any", { IPPROTO_TCP, HELPER_NONE, 0, 65535 }, NULL },
		{ "icmp/echo", { IPPROTO_ICMP, HELPER_NONE, 0x0800, 0x08ff }, "icmp/8" },
		{ "icmp/13", { IPPROTO_ICMP, HELPER_NONE, 0x0d00, 0x0dff }, NULL },
		{ "icmp/255", { IPPROTO_ICMP, HELPER_NONE, 0xff00, 0xffff }, NULL },
		{ "icmp/any", { IPPROTO_ICMP, HELPER_NONE, 0, 65535 }, NULL },
		{ "icmpv6/echo", { IPPROTO_ICMPV6, HELPER_NONE, 0x8000, 0x80ff }, "icmpv6/128" },
		{ "ip/50", { IPPROTO_ESP, HELPER_NONE, 0, 65535 }, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct service_range range = { 0 };
		char buffer[SERVICE_TEXT_MAX];
		const char *hint;

		assert_int_equal(service_range_parse(vectors[i].text, &range, &hint), 0);
		assert_int_equal(range.protocol, vectors[i].range.protocol);
		assert_int_equal(range.first, vectors[i].range.first);
		assert_int_equal(range.last, vectors[i].range.last);
		assert_string_equal(service_range_format(&range, buffer),
		                    vectors[i].canonical ? vectors[i].canonical : vectors[i].text);
	}
}

static void test_wrong_terms_are_refused(void **state)
{
	static const char *const vectors[] = {
		"",
		"/",
		"tcp",
		"tcp/",
		"/104",
		"tpc/104",
		"TCP/104",
		"tcp/0",
		"tcp/65536",
		"tcp/-1",
		"tcp/1-",
		"tcp/-",
		"tcp/2-1",
		"tcp/1-2-3",
		"tcp/ 1",
		"tcp/1 ",
		"tcp/+1",
		"tcp/0x50",
		"tcp/007",
		"tcp/999999",
		"tcp/4294967297",
		"icmp/",
		"icmp/256",
		"icmp/pong",
		"icmpv6/timestamp",
		"ip/0",
		"ip/256",
		"ip/any",
		"tcp/any-",
		"udp/0-5",
		"tcp/1,2",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct service_range range = { 1, HELPER_NONE, 2, 3 };
		const char *hint = NULL;

		if (service_range_parse(vectors[i], &range, &hint) != -EINVAL)
			fail_msg("'%s' is read", vectors[i]);
		assert_non_null(hint);
		assert_int_equal(range.last, 3);
	}
}

static void test_builtins_are_in_order(void **state)
{
	const struct service_builtin *dns = service_builtin_by_name("dns");
	const struct service_builtin *builtin;
	const char *before = "";

	(void)state;
	for (size_t i = 0; (builtin = service_builtin_at(i)); i++) {
		assert_true(strcmp(before, builtin->name) < 0);
		before = builtin->name;
		assert_true(strlen(builtin->name) < POLICY_NAME_MAX);
		assert_true(builtin->range_count >= 1 && builtin->range_count <= SERVICE_RANGES_MAX);
		for (size_t j = 0; j < SERVICE_RANGES_MAX; j++)
			assert_true((builtin->ranges[j].protocol != 0) == (j < builtin->range_count));
		assert_ptr_equal(service_builtin_by_name(builtin->name), builtin);
	}
	assert_null(service_builtin_by_name("gopher"));
	assert_int_equal(dns->range_count, 2);
	assert_int_equal(dns->ranges[0].first, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms_are_read),
		cmocka_unit_test(test_wrong_terms_are_refused),
		cmocka_unit_test(test_builtins_are_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
