/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Moved or copied: without a kernel, so that nobody answers but who is heard. */
#include "controller/learner/roaming.h"

#include "learner_bench.h"

static const char POLICY[] = "version: 1\n"
			     "site: test\n"
			     "gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  pcs: { members: { class: computer } }\n"
			     "  internet: { networks: [0.0.0.0/0] }\n"
			     "  quarantine: { default: true }\n"
			     "rules:\n"
			     "  - { from: pcs, to: internet, allow: [web], why: work }\n";

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

/* A pump on the first interface uses an address on the second. */
static void turn_up(struct bench *bench)
{
	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	arp(bench, 1, mac_of(1), mac_of(1), ip(20, 12));
	arp(bench, 2, mac_of(1), mac_of(1), ip(40, 33));
	assert_int_equal(bench->learner.roaming.count, 1);
}

static void tick(struct bench *bench, uint64_t monotonic_ms)
{
	roaming_tick(&bench->learner, monotonic_ms, NOW);
}

static void who_keeps_silent_has_moved(void **state)
{
	struct bench *bench = *state;

	turn_up(bench);
	tick(bench, 100);
	tick(bench, 100 + ROAMING_ROUND_MS - 1);
	assert_string_equal(zone_of(bench, ip(40, 33)), ""); /* not before it was asked for */
	tick(bench, 100 + ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps"); /* and asked once more */
	bench->enforcement.bump = false;
	tick(bench, 100 + ROAMING_ROUNDS * ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(40, 33)), "pumps");
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	assert_string_equal(zone_of(bench, ip(20, 12)), "");
	assert_true(bench->enforcement.bump);
	assert_int_equal(events_of(bench, "device-moved"), 1);
	assert_int_equal(events_of(bench, "spoof"), 0);
	assert_int_equal(bench->learner.roaming.count, 0);
}

/* The kernel tells of each only once an interval: what was said while it was asked for must not be lost. */
static void who_moved_has_all_that_it_used(void **state)
{
	struct bench *bench = *state;

	turn_up(bench);
	tick(bench, 100);
	for (uint8_t last = 34; last <= 33 + ROAMING_ADDRESSES; last++) /* each twice; the last is one too many */
		for (int times = 0; times < 2; times++)
			arp(bench, 2, mac_of(1), mac_of(1), ip(40, last));
	tick(bench, 100 + ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(40, 34)), "");
	tick(bench, 100 + ROAMING_ROUNDS * ROAMING_ROUND_MS);
	for (uint8_t last = 33; last < 33 + ROAMING_ADDRESSES; last++)
		assert_string_equal(zone_of(bench, ip(40, last)), "pumps");
	assert_string_equal(zone_of(bench, ip(40, 33 + ROAMING_ADDRESSES)), "");
	assert_int_equal(events_of(bench, "device-moved"), 1);
	assert_int_equal(events_of(bench, "spoof"), 0);
}

static void who_is_heard_has_not(void **state)
{
	struct bench *bench = *state;
	uint64_t quiet = 100 + 2 * ROAMING_ROUND_MS + ROAMING_QUIET_MS;

	turn_up(bench);
	tick(bench, 100);
	tick(bench, 100 + ROAMING_ROUND_MS);
	arp(bench, 1, mac_of(1), mac_of(1), ip(20, 11));
	tick(bench, 100 + 2 * ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(40, 33)), "");
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_int_equal(events_of(bench, "spoof"), 1);
	arp(bench, 2, mac_of(1), mac_of(1), ip(40, 33)); /* asked for no more for a while, and told */
	assert_int_equal(events_of(bench, "spoof"), 2);
	tick(bench, quiet - 1);
	assert_int_equal(bench->learner.roaming.count, 1);
	tick(bench, quiet);
	assert_int_equal(bench->learner.roaming.count, 0);
	assert_int_equal(events_of(bench, "device-moved"), 0);
}

/* What waited in a ring while it moved, what others say in its name, and what it says where it turned up, is no life.
 */
static void only_its_own_frames_there_count(void **state)
{
	struct bench *bench = *state;

	turn_up(bench);
	arp(bench, 1, mac_of(1), mac_of(1), ip(20, 11));
	tick(bench, 100);
	arp(bench, 1, mac_of(2), mac_of(1), ip(20, 11));
	arp(bench, 2, mac_of(1), mac_of(1), ip(40, 33));
	tick(bench, 100 + ROAMING_ROUND_MS);
	tick(bench, 100 + 2 * ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(40, 33)), "pumps");
}

static void where_an_interface_is_down_nobody_is_asked(void **state)
{
	struct bench *bench = *state;
	struct link_event down = { .change = LINK_PRESENT, .ifindex = 1, .name = "pumps0", .up = false };

	turn_up(bench);
	interfaces_apply(&bench->interfaces, &down, bench->enforcement.policy);
	tick(bench, 100);
	assert_string_equal(zone_of(bench, ip(40, 33)), "pumps");
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
}

static void a_lease_is_quicker(void **state)
{
	struct bench *bench = *state;

	turn_up(bench);
	tick(bench, 100);
	join(bench, 2, mac_of(1), ip(40, 34), "PUMP");
	tick(bench, 100 + ROAMING_ROUND_MS);
	assert_string_equal(zone_of(bench, ip(40, 34)), "pumps");
	assert_int_equal(events_of(bench, "device-moved"), 1);
	assert_int_equal(bench->learner.roaming.count, 0);
}

/* The MAC of a pump that is off, on a PC: what it asked for its lease with tells. */
static void its_words_go_with_it(void **state)
{
	struct bench *bench = *state;

	turn_up(bench);
	join(bench, 2, mac_of(1), ip(40, 34), "MSFT 5.0");
	for (uint64_t at = 100; at < 5000; at += 100)
		tick(bench, at);
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	assert_string_equal(zone_of(bench, ip(40, 33)), "quarantine");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
}

static void what_fits_no_network_there_is_a_spoof(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	arp(bench, 2, mac_of(1), mac_of(1), ip(20, 11));
	arp(bench, 2, mac_of(1), mac_of(1), ip(77, 1));
	assert_int_equal(events_of(bench, "spoof"), 2);
	assert_int_equal(bench->learner.roaming.count, 0);
}

static void those_asked_for_are_capped(void **state)
{
	struct bench *bench = *state;

	for (uint8_t i = 1; i <= ROAMING_MAX + 3; i++) {
		arp(bench, 1, mac_of(i), mac_of(i), ip(20, (uint8_t)(100 + i)));
		arp(bench, 2, mac_of(i), mac_of(i), ip(40, (uint8_t)(100 + i)));
	}
	assert_int_equal(bench->learner.roaming.count, ROAMING_MAX);
	assert_int_equal(bench->learner.roaming.refused, 3);
	assert_int_equal(events_of(bench, "spoof"), 3);
}

#define ROAMING_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROAMING_TEST(who_keeps_silent_has_moved),
		ROAMING_TEST(who_moved_has_all_that_it_used),
		ROAMING_TEST(who_is_heard_has_not),
		ROAMING_TEST(only_its_own_frames_there_count),
		ROAMING_TEST(where_an_interface_is_down_nobody_is_asked),
		ROAMING_TEST(a_lease_is_quicker),
		ROAMING_TEST(its_words_go_with_it),
		ROAMING_TEST(what_fits_no_network_there_is_a_spoof),
		ROAMING_TEST(those_asked_for_are_capped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
