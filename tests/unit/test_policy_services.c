/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/services.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
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
		{ "icmp/information", { IPPROTO_ICMP, HELPER_NONE, 0x0f00, 0x0fff }, "icmp/15" },
		{ "icmpv6/node-information", { IPPROTO_ICMPV6, HELPER_NONE, 0x8b00, 0x8bff }, "icmpv6/139" },
		{ "icmp/0", { IPPROTO_ICMP, HELPER_NONE, 0, 0xff }, NULL },
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
		"icmp/node-information",
		"icmp/time-exceeded",
		"icmpv6/packet-too-big",
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

static bool holds(const char *name, uint8_t protocol, uint16_t port, enum service_helper helper)
{
	const struct service_builtin *builtin = service_builtin_by_name(name);

	assert_non_null(builtin);
	for (size_t i = 0; i < builtin->range_count; i++) {
		const struct service_range *range = &builtin->ranges[i];

		if (range->protocol == protocol && range->first <= port && port <= range->last)
			return range->helper == helper;
	}
	return false;
}

/* What people block or allow by these words must hold what they mean. */
static void test_builtins_hold_their_ports(void **state)
{
	static const struct {
		const char *name;
		uint8_t protocol;
		uint16_t port;
	} vectors[] = {
		{ "lateral", IPPROTO_TCP, 3389 },   { "lateral", IPPROTO_TCP, 445 },
		{ "lateral", IPPROTO_TCP, 139 },    { "lateral", IPPROTO_TCP, 135 },
		{ "lateral", IPPROTO_TCP, 22 },     { "lateral", IPPROTO_TCP, 5900 },
		{ "lateral", IPPROTO_TCP, 5985 },   { "doh", IPPROTO_TCP, 443 },
		{ "doh", IPPROTO_UDP, 443 },        { "dicom", IPPROTO_TCP, 104 },
		{ "dicom", IPPROTO_TCP, 11112 },    { "dicom-tls", IPPROTO_TCP, 2762 },
		{ "ipsec", IPPROTO_ESP, 0 },        { "ipsec", IPPROTO_UDP, 500 },
		{ "ike", IPPROTO_UDP, 4500 },       { "radius", IPPROTO_UDP, 1813 },
		{ "nfs", IPPROTO_TCP, 2049 },       { "sql", IPPROTO_TCP, 1433 },
		{ "x11", IPPROTO_TCP, 6000 },       { "rtsp", IPPROTO_TCP, 554 },
		{ "sip", IPPROTO_UDP, 5060 },       { "sccm", IPPROTO_TCP, 10123 },
		{ "winrm", IPPROTO_TCP, 5986 },     { "dot", IPPROTO_TCP, 853 },
		{ "https", IPPROTO_TCP, 443 },      { "http", IPPROTO_TCP, 80 },
		{ "quic", IPPROTO_UDP, 443 },       { "ping", IPPROTO_ICMP, 0x0800 },
		{ "ping", IPPROTO_ICMPV6, 0x8000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		if (!holds(vectors[i].name, vectors[i].protocol, vectors[i].port, HELPER_NONE))
			fail_msg("%s lacks %u/%u", vectors[i].name, vectors[i].protocol, vectors[i].port);
	assert_true(holds("ftp", IPPROTO_TCP, 21, HELPER_FTP));
	assert_true(holds("tftp", IPPROTO_UDP, 69, HELPER_TFTP));
	assert_false(holds("dicom-tls", IPPROTO_TCP, 104, HELPER_NONE));
}

/* Every way to move along that has a name of its own is in the group. */
static void test_lateral_holds_its_parts(void **state)
{
	static const char *const parts[] = { "rdp", "smb", "netbios", "rpc", "ssh", "vnc", "winrm", "telnet" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct service_builtin *part = service_builtin_by_name(parts[i]);

		for (size_t j = 0; j < part->range_count; j++)
			if (!holds("lateral", part->ranges[j].protocol, part->ranges[j].first, HELPER_NONE) ||
			    !holds("lateral", part->ranges[j].protocol, part->ranges[j].last, HELPER_NONE))
				fail_msg("lateral lacks %s", parts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_terms_are_read),          cmocka_unit_test(test_wrong_terms_are_refused),
		cmocka_unit_test(test_builtins_are_in_order),   cmocka_unit_test(test_builtins_hold_their_ports),
		cmocka_unit_test(test_lateral_holds_its_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
