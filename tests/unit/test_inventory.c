/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Devices and bindings: found by what they are, walked while some go, and what is to be stored is told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "controller/inventory/inventory.h"

static int set_up(void **state)
{
	struct inventory *inventory = malloc(sizeof(*inventory));

	inventory_init(inventory);
	*state = inventory;
	return 0;
}

static int tear_down(void **state)
{
	struct inventory *inventory = *state;

	inventory_done(inventory);
	assert_int_equal(inventory->devices.count + inventory->bindings.count, 0);
	free(inventory);
	return 0;
}

static struct device *add(struct inventory *inventory, uint16_t number)
{
	struct mac mac = { { 2, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number } };
	struct device *device = inventory_add_device(inventory, &mac, 1);

	assert_non_null(device);
	return device;
}

static struct address ip(uint8_t last)
{
	return address_v4((const uint8_t[]){ 10, 20, 0, last });
}

static void addresses_come_and_go(void **state)
{
	struct inventory *inventory = *state;
	struct device *device = add(inventory, 1);
	struct address more = ip(DEVICE_BINDINGS_MAX);

	for (uint64_t round = 1; round < 4; round++) {
		for (uint8_t i = device->binding_count; i < DEVICE_BINDINGS_MAX; i++) {
			struct address address = ip(i);
			struct binding *binding = inventory_bind(inventory, device, &address, "pumps0");

			assert_non_null(binding);
			assert_null(inventory_bind(inventory, device, &address, "pumps0"));
		}
		for (uint8_t i = 0; i < DEVICE_BINDINGS_MAX; i++) {
			struct address address = ip(i);

			assert_ptr_equal(inventory_binding(inventory, &address), device->bindings[i]);
			assert_ptr_equal(device->bindings[i]->device, device);
			assert_string_equal(device->bindings[i]->interface, "pumps0");
		}
		assert_null(inventory_bind(inventory, device, &more, "pumps0"));
		assert_int_equal(inventory->bindings_refused, round);
		while (device->binding_count > 2 - round % 3) /* down to one, to none, to two */
			inventory_unbind(inventory, device->bindings[device->binding_count - 1]);
		assert_int_equal(inventory->by_address.count, 2 - round % 3);
	}
}

static void a_link_local_address_is_of_its_interface(void **state)
{
	struct inventory *inventory = *state;
	struct device *here = add(inventory, 1), *there = add(inventory, 2);
	struct binding *binding, *other;
	struct address local;

	assert_int_equal(address_parse("fe80::7", &local), 0);
	binding = inventory_bind(inventory, here, &local, "pumps0");
	other = inventory_bind(inventory, there, &local, "pcs0");
	assert_non_null(binding);
	assert_non_null(other);
	assert_ptr_equal(inventory_binding_on(inventory, &local, "pumps0"), binding);
	assert_ptr_equal(inventory_binding_on(inventory, &local, "pcs0"), other);
	assert_false(inventory_move(inventory, other, "pumps0")); /* there it is another's */
	assert_string_equal(other->interface, "pcs0");
	assert_true(inventory_move(inventory, other, "ward0"));
	assert_null(inventory_binding_on(inventory, &local, "pcs0"));
	assert_ptr_equal(inventory_binding_on(inventory, &local, "ward0"), other);
	assert_string_equal(other->interface, "ward0");
}

static void all_are_walked_while_some_go(void **state)
{
	struct inventory *inventory = *state;
	struct device *device;
	size_t walked = 0;

	for (uint16_t i = 0; i < 500; i++) {
		struct address address = address_v4((const uint8_t[]){ 10, 21, (uint8_t)(i >> 8), (uint8_t)i });

		assert_non_null(inventory_bind(inventory, add(inventory, i), &address, "pumps0"));
	}
	for (uint32_t at = 0; (device = inventory_next_device(inventory, &at)); walked++)
		if (device->mac.byte[5] % 2)
			inventory_remove_device(inventory, device);
	assert_int_equal(walked, 500);
	assert_int_equal(inventory->devices.count, 250);
	assert_int_equal(inventory->bindings.count, 250);
	for (uint16_t i = 0; i < 500; i++) {
		struct mac mac = { { 2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i } };

		assert_int_equal(inventory_device(inventory, &mac) != NULL, i % 2 == 0);
	}
}

static void what_changed_is_told_once(void **state)
{
	struct inventory *inventory = *state;
	struct device *devices[130];
	size_t taken = 0;

	for (uint16_t i = 0; i < 130; i++)
		devices[i] = add(inventory, i);
	inventory_all_stored(inventory);
	assert_null(inventory_next_dirty(inventory));
	inventory_touch(inventory, devices[129]);
	inventory_touch(inventory, devices[3]);
	inventory_touch(inventory, devices[3]);
	inventory_touch(inventory, devices[64]);
	inventory_remove_device(inventory, devices[64]);
	for (struct device *next; (next = inventory_next_dirty(inventory)); taken++) {
		assert_ptr_equal(inventory_take_dirty(inventory), next);
		assert_true(next == devices[3] || next == devices[129]);
	}
	assert_int_equal(taken, 2);
	assert_null(inventory_take_dirty(inventory));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(addresses_come_and_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_link_local_address_is_of_its_interface, set_up, tear_down),
		cmocka_unit_test_setup_teardown(all_are_walked_while_some_go, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_changed_is_told_once, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
