/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel made to hold the inventory, in a network namespace of this test's own. Without root: skipped. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/enforcement.h"

static const char POLICY[] = "version: 1\n"
			     "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  internet: { networks: [0.0.0.0/0] }\n"
			     "  quarantine: { default: true }\n"
			     "rules:\n"
			     "  - { from: pumps, to: internet, allow: [ntp], why: time }\n";

struct bench {
	struct enforcement enforcement;
	struct inventory inventory;
	struct error error;
};

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { 0 };

	if (policy_parse("p.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s", error.text);
	return policy;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	inventory_init(&bench->inventory);
	assert_int_equal(enforcement_open(&bench->enforcement, &bench->error), 0);
	if (enforcement_load(&bench->enforcement, parse(POLICY), &bench->inventory, &bench->error) < 0)
		fail_msg("%s", bench->error.text);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	enforcement_close(&bench->enforcement);
	inventory_done(&bench->inventory);
	free(bench);
	return 0;
}

static struct device *add(struct bench *bench, uint8_t last, const char *zone)
{
	struct mac mac = { { 2, 0, 0, 0, 0, last } };
	struct device *device = inventory_add_device(&bench->inventory, &mac, 0);

	assert_non_null(device);
	device->zone = policy_zone_by_name(bench->enforcement.policy, zone);
	return device;
}

static struct binding *bind(struct bench *bench, struct device *device, uint8_t host)
{
	struct address address = address_v4((const uint8_t[]){ 10, 20, 0, host });
	struct binding *binding = inventory_bind(&bench->inventory, device, &address);

	assert_non_null(binding);
	snprintf(binding->interface, sizeof(binding->interface), "pumps0");
	assert_int_equal(enforcement_bind(&bench->enforcement, binding), 0);
	return binding;
}

static void flush(struct bench *bench)
{
	if (enforcement_flush(&bench->enforcement, &bench->inventory, &bench->error) < 0 || bench->error.code != 0)
		fail_msg("%s", bench->error.text);
}

static void assert_held(struct bench *bench, size_t count)
{
	static const char *const sets[] = { PLAN_SET_GUARD4, PLAN_MAP_ZONE4 };

	for (size_t i = 0; i < 2; i++) {
		size_t held = 0;

		assert_int_equal(nft_count_elements(bench->enforcement.nft, sets[i], &held, &bench->error), 0);
		assert_int_equal(held, count);
	}
}

static void join_move_leave(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1, "quarantine");
	struct binding *binding = bind(bench, device, 11);
	uint32_t epoch = bench->enforcement.epoch;

	flush(bench);
	assert_held(bench, 1);
	assert_int_equal(bench->enforcement.epoch, epoch); /* a join ends no flow */
	device->zone = policy_zone_by_name(bench->enforcement.policy, "pumps");
	assert_int_equal(enforcement_rezone(&bench->enforcement, binding), 0);
	flush(bench);
	assert_held(bench, 1);
	assert_int_not_equal(bench->enforcement.epoch, epoch);
	assert_int_equal(enforcement_unbind(&bench->enforcement, binding), 0);
	inventory_unbind(&bench->inventory, binding);
	flush(bench);
	assert_held(bench, 0);
	assert_int_equal(bench->enforcement.repairs, 0);
}

/* Joined, moved and gone between two flushes: one transaction that cannot fail. */
static void all_in_one_flush(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1, "quarantine");
	struct binding *binding = bind(bench, device, 11);

	device->zone = policy_zone_by_name(bench->enforcement.policy, "pumps");
	enforcement_rezone(&bench->enforcement, binding);
	enforcement_unbind(&bench->enforcement, binding);
	inventory_unbind(&bench->inventory, binding);
	bind(bench, add(bench, 2, "pumps"), 11);
	flush(bench);
	assert_held(bench, 1);
	assert_int_equal(bench->enforcement.repairs, 0);
}

static void lost_table_is_rebuilt(void **state)
{
	struct bench *bench = *state;

	bind(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(nft_clear(bench->enforcement.nft, &bench->error), 0);
	bind(bench, add(bench, 2, "pumps"), 12);
	/* The transaction fails, its reason is told, and the same flush puts the whole table back. */
	assert_int_equal(enforcement_flush(&bench->enforcement, &bench->inventory, &bench->error), 0);
	assert_int_equal(bench->error.code, -ENOENT);
	assert_held(bench, 2);
	assert_int_equal(bench->enforcement.repairs, 1);
}

static void strangers_change_is_heard(void **state)
{
	struct bench *bench = *state;
	uint32_t own = nft_port(bench->enforcement.nft);

	bind(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(nft_monitor_readable(bench->enforcement.monitor, own), 0);
	if (system("nft add element inet isoward zone4 '{ 10.20.0.66 : 0x1 }' 2>/dev/null") != 0)
		skip();
	assert_int_equal(nft_monitor_readable(bench->enforcement.monitor, own), 1);
	bench->enforcement.unknown = true;
	flush(bench);
	assert_held(bench, 1);
}

static void reload_keeps_devices(void **state)
{
	struct bench *bench = *state;
	uint32_t epoch = bench->enforcement.epoch;

	bind(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(enforcement_load(&bench->enforcement, parse(POLICY), &bench->inventory, &bench->error), 0);
	assert_held(bench, 1);
	assert_int_not_equal(bench->enforcement.epoch, epoch);
}

static void refused_policy_leaves_the_former(void **state)
{
	static const char TWICE[] = "version: 1\n"
				    "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
				    "zones:\n"
				    "  a: { networks: [10.0.0.0/8] }\n"
				    "  b: { networks: [10.0.0.0/8] }\n"
				    "  quarantine: { default: true }\n";
	struct bench *bench = *state;
	const struct policy *former = bench->enforcement.policy;
	struct policy *twice = parse(TWICE);

	bind(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(enforcement_load(&bench->enforcement, twice, &bench->inventory, &bench->error), -EINVAL);
	assert_int_equal(bench->error.line, 5);
	assert_ptr_equal(bench->enforcement.policy, former);
	assert_held(bench, 1);
	policy_free(twice);
}

#define ENFORCEMENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENFORCEMENT_TEST(join_move_leave),       ENFORCEMENT_TEST(all_in_one_flush),
		ENFORCEMENT_TEST(lost_table_is_rebuilt), ENFORCEMENT_TEST(strangers_change_is_heard),
		ENFORCEMENT_TEST(reload_keeps_devices),  ENFORCEMENT_TEST(refused_policy_leaves_the_former),
	};

	if (geteuid() != 0) {
		puts("skipped: needs root for a network namespace and nf_tables");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
