/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/inventory/interfaces.h"

static struct policy policy = {
	.clinical = { { .pattern = "pumps*" }, { .pattern = "pcs0" } },
	.clinical_count = 2,
};

static struct interface *present(struct interfaces *interfaces, uint32_t ifindex, const char *name)
{
	struct link_event event = { .change = LINK_PRESENT, .ifindex = ifindex, .up = true };

	snprintf(event.name, sizeof(event.name), "%s", name);
	return interfaces_apply(interfaces, &event, &policy);
}

static void own(struct interfaces *interfaces, uint32_t ifindex, const char *address, uint8_t length,
                enum link_change change)
{
	struct link_event event = { .change = change, .ifindex = ifindex };

	assert_int_equal(address_parse(address, &event.prefix.address), 0);
	event.prefix.length = length;
	interfaces_apply(interfaces, &event, &policy);
}

static void names_decide_what_is_clinical(void **state)
{
	struct interfaces interfaces = { .count = 0 };

	(void)state;
	assert_true(present(&interfaces, 1, "pumps0")->clinical);
	assert_true(present(&interfaces, 2, "pcs0")->clinical);
	assert_false(present(&interfaces, 3, "pcs01")->clinical);
	assert_false(present(&interfaces, 3, "wan0")->clinical); /* renamed */
	assert_int_equal(interfaces.count, 3);
}

/* Its devices are behind it as before. */
static void a_renamed_interface_stays_clinical(void **state)
{
	static const struct policy other = { .clinical = { { .pattern = "ward0" } }, .clinical_count = 1 };
	struct interfaces interfaces = { .count = 0 };
	struct link_event gone = { .change = LINK_GONE, .ifindex = 1 };
	struct interface *interface = present(&interfaces, 1, "pumps0");

	(void)state;
	assert_string_equal(interface->former, "");
	assert_true(present(&interfaces, 1, "ward0")->clinical);
	assert_string_equal(interface->former, "pumps0");
	assert_true(present(&interfaces, 1, "ward1")->clinical);
	assert_string_equal(interface->former, "pumps0");
	interfaces_mark(&interfaces, &policy); /* read again, and still it does not know that name */
	assert_true(interface->clinical);
	present(&interfaces, 1, "ward0");
	interfaces_mark(&interfaces, &other);
	assert_true(interface->clinical);
	assert_string_equal(interface->former, "");
	assert_true(present(&interfaces, 1, "pumps7")->clinical);
	assert_string_equal(interface->former, "");
	interfaces_apply(&interfaces, &gone, &policy);
	assert_false(present(&interfaces, 1, "ward0")->clinical); /* another one that got its number */
}

static void what_nobody_tells_of_is_unseen(void **state)
{
	struct interfaces interfaces = { .count = 0 };

	(void)state;
	present(&interfaces, 1, "pumps0");
	own(&interfaces, 1, "10.1.0.1", 24, LINK_ADDRESS_PRESENT);
	present(&interfaces, 2, "pcs0");
	assert_null(interfaces_unseen(&interfaces));
	interfaces_forget_seen(&interfaces);
	present(&interfaces, 1, "pumps0");
	assert_int_equal(interfaces_unseen(&interfaces)->ifindex, 2);
	assert_int_equal(interfaces_by_index(&interfaces, 1)->own_count, 0);
	present(&interfaces, 2, "pcs0");
	assert_null(interfaces_unseen(&interfaces));
}

static void what_is_gone_is_gone(void **state)
{
	struct interfaces interfaces = { .count = 0 };
	struct link_event gone = { .change = LINK_GONE, .ifindex = 1 };

	(void)state;
	present(&interfaces, 1, "pumps0");
	present(&interfaces, 2, "pcs0");
	interfaces_apply(&interfaces, &gone, &policy);
	assert_null(interfaces_by_index(&interfaces, 1));
	assert_non_null(interfaces_by_index(&interfaces, 2));
}

struct host {
	const char *address;
	bool taken;
};

static void hosts_of_own_networks_are_taken(void **state)
{
	static const struct host hosts[] = {
		{ "10.20.0.11", true }, { "10.20.0.0", false }, { "10.20.0.255", false }, { "10.21.0.11", false },
		{ "192.0.2.1", true },  { "192.0.2.0", true }, /* a /31 has no reserved hosts */
		{ "fd00::5", true },    { "fd01::5", false },
	};
	struct interfaces interfaces = { .count = 0 };
	struct interface *interface = present(&interfaces, 1, "pumps0");

	(void)state;
	own(&interfaces, 1, "10.20.0.1", 24, LINK_ADDRESS_PRESENT);
	own(&interfaces, 1, "192.0.2.1", 31, LINK_ADDRESS_PRESENT);
	own(&interfaces, 1, "fd00::1", 64, LINK_ADDRESS_PRESENT);
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct address address;

		assert_int_equal(address_parse(hosts[i].address, &address), 0);
		if (interface_takes(interface, &address) != hosts[i].taken)
			fail_msg("%s", hosts[i].address);
	}
}

static void own_addresses_come_and_go(void **state)
{
	struct interfaces interfaces = { .count = 0 };
	struct address address;

	(void)state;
	present(&interfaces, 1, "pumps0");
	assert_int_equal(address_parse("10.20.0.1", &address), 0);
	own(&interfaces, 1, "10.20.0.1", 24, LINK_ADDRESS_PRESENT);
	own(&interfaces, 1, "10.20.0.1", 24, LINK_ADDRESS_PRESENT);
	assert_true(interfaces_is_own(&interfaces, &address));
	own(&interfaces, 1, "10.20.0.1", 24, LINK_ADDRESS_GONE);
	assert_false(interfaces_is_own(&interfaces, &address));
}

static void tables_are_capped(void **state)
{
	static struct interfaces interfaces;

	(void)state;
	for (uint32_t i = 1; i <= INTERFACES_MAX + 3; i++)
		present(&interfaces, i, "pumps0");
	assert_int_equal(interfaces.count, INTERFACES_MAX);
	assert_int_equal(interfaces.overflow, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_decide_what_is_clinical),
		cmocka_unit_test(a_renamed_interface_stays_clinical),
		cmocka_unit_test(what_nobody_tells_of_is_unseen),
		cmocka_unit_test(what_is_gone_is_gone),
		cmocka_unit_test(hosts_of_own_networks_are_taken),
		cmocka_unit_test(own_addresses_come_and_go),
		cmocka_unit_test(tables_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
