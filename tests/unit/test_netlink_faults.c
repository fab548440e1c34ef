/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Each call that sends to or receives from the kernel fails once, in each way that it can, while devices join, move and
 * leave and rules are replaced, read and repaired. Afterwards the kernel holds what the inventory says, or the state is
 * known to be unknown and the next flush makes it so. In a network namespace of this test's own; without root: skipped.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/enforcement/enforcement.h"
#include "netlink/links.h"
#include "tests/unit/netlink_faults.h"

#define SKIPPED    77
#define CALLS_MOST 2000
#define NOON_S     (INT64_C(20514) * 86400 + 12 * 3600)

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
	struct links *links;
	struct error error;
};

static struct policy *parse(void)
{
	struct policy *policy = NULL;
	struct error error = { 0 };

	if (policy_parse("p.yaml", POLICY, strlen(POLICY), &policy, &error) < 0)
		fail_msg("%s", error.text);
	return policy;
}

static void set_up(struct bench *bench)
{
	static const struct calendar calendar = { .now_s = NOON_S,
		                                  .first_s = NOON_S,
		                                  .last_s = NOON_S + 28 * 86400,
		                                  .offsets = { { .from_s = NOON_S } },
		                                  .offset_count = 1 };

	*bench = (struct bench){ .links = NULL };
	inventory_init(&bench->inventory);
	if (enforcement_open(&bench->enforcement, &bench->error) < 0 || links_open(&bench->links, &bench->error) < 0 ||
	    enforcement_load(&bench->enforcement, parse(), &calendar, &bench->inventory, &bench->error) < 0)
		fail_msg("%s", bench->error.text);
}

static void tear_down(struct bench *bench)
{
	assert_int_equal(nft_clear(bench->enforcement.nft, NULL), 0);
	enforcement_close(&bench->enforcement);
	inventory_done(&bench->inventory);
	links_close(bench->links);
}

static struct binding *join(struct bench *bench, uint8_t last)
{
	struct mac mac = { { 2, 0, 0, 0, 0, last } };
	struct device *device = inventory_device(&bench->inventory, &mac);
	struct address address = address_v4((const uint8_t[]){ 10, 20, 0, last });
	struct binding *binding;

	if (!device)
		device = inventory_add_device(&bench->inventory, &mac, 0);
	assert_non_null(device);
	device->zone = policy_zone_by_name(bench->enforcement.policy, "pumps");
	binding = inventory_bind(&bench->inventory, device, &address, "pumps0");
	assert_non_null(binding);
	enforcement_bind(&bench->enforcement, binding);
	return binding;
}

static void leave(struct bench *bench, struct binding *binding)
{
	enforcement_unbind(&bench->enforcement, binding);
	inventory_unbind(&bench->inventory, binding);
}

static int flush(struct bench *bench)
{
	struct error error = { 0 };

	return enforcement_flush(&bench->enforcement, &bench->inventory, &error);
}

static int step_to_end(struct bench *bench)
{
	struct nft_verify *verify = bench->enforcement.verify;
	struct pollfd wait = { .fd = nft_verify_fd(verify), .events = POLLIN };
	int rc = 0;

	while (rc == 0) {
		if (poll(&wait, 1, 0) == 0) { /* what was to come is lost: as the caller's timeout does */
			nft_verify_cancel(verify);
			return -ETIMEDOUT;
		}
		rc = nft_verify_step(verify, bench->enforcement.nft, 4);
	}
	return rc;
}

static void each_element(const char *set, nft_take_element *take, void *taker, void *context)
{
	const struct bench *bench = context;

	enforcement_each_element(&bench->enforcement, &bench->inventory, set, take, taker);
}

/* As the runtime does: read, and where elements differ put them right. */
static void verify_and_repair(struct bench *bench)
{
	struct enforcement *enforcement = &bench->enforcement;
	const struct plan_change *changes = NULL;
	int count;

	if (enforcement->unknown || nft_verify_begin(enforcement->verify, enforcement->nft) < 0 ||
	    step_to_end(bench) < 0 || nft_verify_verdict(enforcement->verify)->equal)
		return;
	if (!nft_verify_verdict(enforcement->verify)->elements_only ||
	    nft_verify_search(enforcement->verify, enforcement->nft, enforcement->plan, each_element, bench) < 0 ||
	    step_to_end(bench) < 0) {
		enforcement->unknown = true;
		return;
	}
	count = nft_verify_changes(enforcement->verify, &changes);
	if (count < 0)
		enforcement->unknown = true;
	else
		enforcement_repair(enforcement, changes, (size_t)count, NULL);
}

static void ignore_link(const struct link_event *event, void *context)
{
	(void)event;
	(void)context;
}

/* All that is said to the kernel in a day, by the ways of the runtime. */
static void live(struct bench *bench)
{
	struct enforcement *enforcement = &bench->enforcement;
	struct binding *first = join(bench, 1), *second;
	struct error error = { 0 };

	flush(bench);
	second = join(bench, 2);
	first->device->zone = policy_zone_by_name(enforcement->policy, "quarantine");
	enforcement_rezone(enforcement, first);
	flush(bench);
	leave(bench, second);
	flush(bench);
	verify_and_repair(bench);
	if (nft_monitor_readable(enforcement->monitor, nft_port(enforcement->nft)) != 0)
		verify_and_repair(bench);
	links_dump(bench->links, ignore_link, NULL, &error);
	links_readable(bench->links, ignore_link, NULL);
	enforcement->unknown = true; /* a replacement */
	flush(bench);
	join(bench, 3);
	flush(bench);
	verify_and_repair(bench);
}

static void check(struct bench *bench, enum way way, int code, int at)
{
	static const char *const sets[] = { PLAN_SET_GUARD4, PLAN_MAP_ZONE4 };
	struct enforcement *enforcement = &bench->enforcement;
	size_t held = 0;
	int tries = 0;

	while (flush(bench) < 0)
		if (++tries > 1)
			fail_msg("way %d, code %d, call %d: %s", way, code, at, enforcement->trouble.text);
	assert_false(enforcement->unknown);
	verify_and_repair(bench);
	assert_int_equal(flush(bench), 0);
	if (nft_verify_begin(enforcement->verify, enforcement->nft) < 0 || step_to_end(bench) != 1 ||
	    !nft_verify_verdict(enforcement->verify)->equal)
		fail_msg("way %d, code %d, call %d: %s", way, code, at, nft_verify_verdict(enforcement->verify)->what);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(nft_count_elements(enforcement->nft, sets[i], &held, NULL), 0);
		assert_int_equal(held, bench->inventory.bindings.count);
	}
	assert_int_equal(bench->inventory.bindings.count, 2);
}

static int inject(enum way way, int code, int at)
{
	struct bench bench;
	int injected;

	set_up(&bench);
	fault_arm(way, code, at);
	live(&bench);
	injected = fault_disarm();
	check(&bench, way, code, at);
	tear_down(&bench);
	return injected;
}

static void every_call_fails_once(void **state)
{
	int calls = 0;

	(void)state;
	fault.impatient = true;
	for (size_t i = 0; i < ARRAY_SIZE(fault_cases); i++) {
		int at = 0;

		while (at < CALLS_MOST && inject(fault_cases[i].way, fault_cases[i].code, at))
			at++;
		assert_in_range(at, 20, CALLS_MOST - 1);
		calls += at;
	}
	print_message("%d faults, each made up for\n", calls);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_call_fails_once) };

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		printf("1..0 # SKIP needs root for a network namespace\n");
		return SKIPPED;
	}
	/* Somewhere for the neighbour table's entries. */
	if (system("ip link add pumps0 type veth peer name far0 && ip link set pumps0 up") != 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
