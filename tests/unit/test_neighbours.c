/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/neighbours.h"

#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "small_plan.h"

#define MANY 3000

static struct neighbours *open_neighbours(void)
{
	struct neighbours *neighbours = NULL;
	struct error error = { 0 };

	if (neighbours_open(&neighbours, &error) < 0)
		fail_msg("%s", error.text);
	return neighbours;
}

static struct address address_of(uint16_t number)
{
	return address_v4((const uint8_t[]){ 10, 20, (uint8_t)(number >> 8), (uint8_t)number });
}

/* How many permanent entries the kernel shows that hold ${word}. */
static int permanent(const char *word)
{
	char command[160];
	FILE *pipe;
	int count = -1;

	snprintf(command, sizeof(command), "ip neigh show nud permanent | grep -c '%s'", word);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	assert_int_equal(fscanf(pipe, "%d", &count), 1);
	pclose(pipe);
	return count;
}

static void entry_is_set_moved_and_released(void **state)
{
	struct neighbours *neighbours CLEANUP(neighbours_close) = open_neighbours();
	struct address v4 = address_of(7), v6;
	struct mac mac = { { 2, 0, 0, 0, 0, 7 } };

	(void)state;
	assert_int_equal(address_parse("fd00::7", &v6), 0);
	assert_int_equal(neighbours_set(neighbours, "pumps0", &v4, &mac), 0);
	assert_int_equal(neighbours_set(neighbours, "pumps0", &v6, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(permanent("02:00:00:00:00:07"), 2);
	mac.byte[5] = 8;
	assert_int_equal(neighbours_set(neighbours, "pumps0", &v4, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(permanent("10.20.0.7 .*02:00:00:00:00:08"), 1);
	assert_int_equal(neighbours_release(neighbours, "pumps0", &v4), 0);
	assert_int_equal(neighbours_release(neighbours, "pumps0", &v6), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(permanent("02:00:00"), 0);
}

static void refusals_are_counted_and_passed_over(void **state)
{
	struct neighbours *neighbours CLEANUP(neighbours_close) = open_neighbours();
	struct address one = address_of(1), two = address_of(2);
	struct mac mac = { { 2, 0, 0, 0, 0, 1 } };

	(void)state;
	assert_int_equal(neighbours_set(neighbours, "nothing0", &one, &mac), -ENODEV);
	assert_int_equal(neighbours_release(neighbours, "pumps0", &one), 0);
	assert_int_equal(neighbours_set(neighbours, "pumps0", &two, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 1);
	assert_int_equal(permanent("10.20.0.2"), 1);
	assert_int_equal(neighbours_flush(neighbours), 0); /* nothing is sent twice */
}

static void many_are_sent_in_pieces(void **state)
{
	struct neighbours *neighbours CLEANUP(neighbours_close) = open_neighbours();
	struct mac mac = { { 2, 0, 0, 0, 1, 1 } };

	(void)state;
	for (uint16_t i = 1; i <= MANY; i++) {
		struct address address = address_of(i);

		assert_int_equal(neighbours_set(neighbours, "pumps0", &address, &mac), 0);
	}
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(permanent("02:00:00:00:01:01"), MANY);
}

static bool becomes_silent(struct neighbours *neighbours, const struct address *address, int wanted)
{
	for (int tries = 0; tries < 100; tries++) {
		if (neighbours_is_silent(neighbours, "pumps0", address) == wanted)
			return true;
		usleep(20000);
	}
	return false;
}

static int remove_far(void **state)
{
	(void)state;
	return system("ip netns del isoward-far-$PPID 2>/dev/null || true");
}

/* The far end of the wire has one address and not the other. */
static void the_kernel_asks_who_is_there(void **state)
{
	struct neighbours *neighbours CLEANUP(neighbours_close) = open_neighbours();
	struct address here = address_of(4000), away = address_of(4001);
	struct mac mac = { { 2, 0, 0, 0, 2, 1 } };

	(void)state;
	assert_int_equal(neighbours_is_silent(neighbours, "pumps0", &here), -ENOENT);
	if (system("ip netns add isoward-far-$PPID && ip link set far0 netns isoward-far-$PPID && "
	           "ip -n isoward-far-$PPID link set far0 address 02:00:00:00:02:01 up && "
	           "ip -n isoward-far-$PPID addr add 10.20.15.160/16 dev far0 && ip addr add 10.20.0.1/16 dev "
	           "pumps0") != 0)
		skip();
	assert_int_equal(neighbours_set(neighbours, "pumps0", &here, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(neighbours_is_silent(neighbours, "pumps0", &here), 0); /* nobody was asked */
	assert_int_equal(neighbours_probe(neighbours, "pumps0", &here, &mac), 0);
	assert_int_equal(neighbours_probe(neighbours, "pumps0", &away, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_true(becomes_silent(neighbours, &here, 0));
	assert_int_equal(neighbours_is_silent(neighbours, "pumps0", &away), 1);
	assert_int_equal(neighbours_is_silent(neighbours, "nothing0", &away), -ENODEV);
}

static void a_name_holds_until_interfaces_change(void **state)
{
	struct neighbours *neighbours CLEANUP(neighbours_close) = open_neighbours();
	struct address address = address_of(9);
	struct mac mac = { { 2, 0, 0, 0, 0, 9 } };

	(void)state;
	assert_int_equal(neighbours_set(neighbours, "pumps0", &address, &mac), 0);
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(system("ip link set pumps0 name ward0"), 0);
	assert_int_equal(neighbours_release(neighbours, "pumps0", &address),
	                 0); /* the same one, whatever it is called */
	assert_int_equal(neighbours_flush(neighbours), 0);
	assert_int_equal(permanent("02:00:00:00:00:09"), 0);
	neighbours_forget_names(neighbours);
	assert_int_equal(neighbours_set(neighbours, "pumps0", &address, &mac), -ENODEV);
	assert_int_equal(neighbours_set(neighbours, "ward0", &address, &mac), 0);
	assert_int_equal(system("ip link set ward0 name pumps0"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entry_is_set_moved_and_released),
		cmocka_unit_test(refusals_are_counted_and_passed_over),
		cmocka_unit_test(many_are_sent_in_pieces),
		cmocka_unit_test(a_name_holds_until_interfaces_change),
		cmocka_unit_test_teardown(the_kernel_asks_who_is_there, remove_far),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	if (system("ip link add pumps0 type veth peer name far0 && ip link set pumps0 up && ip link set far0 up") !=
	    0) {
		puts("1..0 # SKIP needs veth interfaces and the ip command");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
