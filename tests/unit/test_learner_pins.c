/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses that the operator pins to devices: theirs from the start, and nobody else's. */
#include "learner_bench.h"

static const char POLICY[] =
	"version: 1\n"
	"gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
	"zones:\n"
	"  servers: { label: Servers }\n"
	"  pcs: { members: { class: computer } }\n"
	"  quarantine: { default: true }\n"
	"devices:\n"
	"  - { mac: \"02:00:00:00:00:01\", zone: servers, addresses: [10.20.0.200, 10.40.0.200] }\n"
	"  - { mac: \"02:00:00:00:00:02\", addresses: [10.77.0.9, 10.20.0.1] }\n";

static int set_up(void **state)
{
	*state = bench_new(POLICY);
	return 0;
}

static int tear_down(void **state)
{
	bench_free(*state);
	return 0;
}

static const struct binding *binding_of(const struct bench *bench, struct address address)
{
	return inventory_binding(&bench->inventory, &address);
}

static void they_are_bound_before_a_word(void **state)
{
	struct bench *bench = *state;

	learner_bind_pinned(&bench->learner, NOW);
	assert_string_equal(zone_of(bench, ip(20, 200)), "servers");
	assert_string_equal(binding_of(bench, ip(20, 200))->interface, "pumps0");
	assert_string_equal(binding_of(bench, ip(40, 200))->interface, "pcs0");
	assert_int_equal(binding_of(bench, ip(20, 200))->source, BINDING_PIN);
	/* in no network of ours, and the gateway's own */
	assert_null(binding_of(bench, ip(77, 9)));
	assert_null(binding_of(bench, ip(20, 1)));
	bench->enforcement.staged_count = 0;
	learner_bind_pinned(&bench->learner, NOW); /* again: nothing is new */
	assert_int_equal(bench->enforcement.staged_count, 0);
}

static void whoever_has_one_loses_it(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(9), ip(20, 11), "MSFT 5.0");
	assert_int_equal(events_of(bench, "spoof"), 0);
	arp(bench, 1, mac_of(9), mac_of(9), ip(20, 200)); /* before it is bound: no less the server's */
	acknowledge(bench, 1, mac_of(9), ip(20, 200), true);
	assert_null(binding_of(bench, ip(20, 200)));
	assert_int_equal(events_of(bench, "spoof"), 2);
	learner_bind_pinned(&bench->learner, NOW);
	arp(bench, 1, mac_of(9), mac_of(9), ip(20, 200));
	acknowledge(bench, 1, mac_of(9), ip(20, 200), true);
	assert_string_equal(zone_of(bench, ip(20, 200)), "servers");
	assert_string_equal(zone_of(bench, ip(20, 11)), "pcs");
}

static void a_holder_makes_way(void **state)
{
	struct bench *bench = *state;
	struct mac stranger = mac_of(9);
	struct device *device = inventory_add_device(&bench->inventory, &stranger, NOW);
	struct address address = ip(20, 200);
	struct binding *held = inventory_bind(&bench->inventory, device, &address, "pumps0");

	assert_int_equal(enforcement_bind(&bench->enforcement, held), 0); /* from before the policy pinned it */
	learner_bind_pinned(&bench->learner, NOW);
	assert_string_equal(zone_of(bench, ip(20, 200)), "servers");
	assert_true(bench->enforcement.bump);
	assert_int_equal(events_of(bench, "address-moved"), 1);
}

static void a_lease_leaves_them(void **state)
{
	struct bench *bench = *state;

	learner_bind_pinned(&bench->learner, NOW);
	acknowledge(bench, 1, mac_of(1), ip(20, 200), true);
	assert_int_equal(binding_of(bench, ip(20, 200))->source, BINDING_PIN);
	acknowledge(bench, 1, mac_of(1), ip(20, 12), true);
	assert_string_equal(zone_of(bench, ip(20, 12)), "servers");
	assert_string_equal(zone_of(bench, ip(20, 200)), "servers");
}

static void without_its_pin_it_is_as_claimed(void **state)
{
	struct bench *bench = *state;

	learner_bind_pinned(&bench->learner, NOW);
	bench->enforcement.policy->pinned_count = 0;
	learner_bind_pinned(&bench->learner, NOW);
	assert_int_equal(binding_of(bench, ip(20, 200))->source, BINDING_ARP);
}

#define PINS_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PINS_TEST(they_are_bound_before_a_word),
		PINS_TEST(whoever_has_one_loses_it),
		PINS_TEST(a_holder_makes_way),
		PINS_TEST(a_lease_leaves_them),
		PINS_TEST(without_its_pin_it_is_as_claimed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
