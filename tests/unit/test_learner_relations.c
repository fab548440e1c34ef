/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which MACs are one device, and which one stands before others: told to the store, and nobody's zone changes by it. */
#include "controller/runtime/reporter.h"
#include "learner_bench.h"

static const char POLICY[] = "version: 1\n"
			     "site: test\n"
			     "gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  pcs: { members: { class: computer } }\n"
			     "  quarantine: { default: true }\n"
			     "rules:\n"
			     "  - { from: pcs, to: pumps, allow: [web], why: work }\n";

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

/* A message of DHCPv6 from ${mac} with ${duid}. */
static void solicit(struct bench *bench, struct mac mac, const char *duid)
{
	struct observation observation = { .type = OBSERVATION_FIELDS, .ifindex = 1, .source = mac };

	fields_clear(&observation.fields);
	fields_add(&observation.fields, FIELD_DHCP6_DUID, (const uint8_t *)duid, strlen(duid));
	learner_observe(&bench->learner, &observation, NOW);
}

/* What the store is given of the device that ends with ${last}; NULL where it is not written. */
static const struct batch_device *gathered(const struct bench *bench, uint8_t last)
{
	const struct batch_device *found = NULL;

	for (size_t i = 0; i < bench->recorder.batch.devices.count; i++)
		if (bench->recorder.batch.devices.at[i].row.mac.byte[5] == last)
			found = &bench->recorder.batch.devices.at[i];
	return found;
}

static void gather(struct bench *bench)
{
	batch_clear(&bench->recorder.batch);
	recorder_gather(&bench->recorder, &bench->inventory, bench->enforcement.policy, NOW);
}

static void two_adapters_are_told_of_both(void **state)
{
	struct bench *bench = *state;

	solicit(bench, mac_of(1), "a duid of its own");
	gather(bench);
	assert_int_equal(gathered(bench, 1)->relation_count, 0);
	solicit(bench, mac_of(2), "a duid of its own");
	solicit(bench, mac_of(3), "another one");
	gather(bench);
	for (uint8_t i = 1; i <= 2; i++) {
		const struct batch_device *device = gathered(bench, i);

		assert_true(device->related);
		assert_int_equal(device->relation_count, 1);
		assert_int_equal(device->relations[0].other.byte[5], 3 - i);
		assert_int_equal(device->relations[0].kinship, KINSHIP_SAME);
	}
	assert_int_equal(gathered(bench, 3)->relation_count, 0);
	gather(bench);
	assert_int_equal(bench->recorder.batch.devices.count, 0);
}

static void kin_that_is_gone_is_told_of_no_more(void **state)
{
	struct bench *bench = *state;
	struct mac mac = mac_of(2);

	solicit(bench, mac_of(1), "a duid of its own");
	solicit(bench, mac, "a duid of its own");
	gather(bench);
	assert_int_equal(gathered(bench, 1)->relation_count, 1);
	inventory_remove_device(&bench->inventory, inventory_device(&bench->inventory, &mac));
	gather(bench);
	assert_true(gathered(bench, 1)->related);
	assert_int_equal(gathered(bench, 1)->relation_count, 0);
}

/* DHCP of ${client} in a frame of ${carrier}. */
static void say_by(struct bench *bench, struct mac client, struct mac carrier, struct address relay)
{
	struct observation observation = dhcp(1, client, DHCP4_REQUEST, "PUMP");

	observation.source = carrier;
	observation.dhcp4.relay_address = relay;
	learner_observe(&bench->learner, &observation, NOW);
}

static struct mac behind_of(const struct bench *bench, uint8_t last)
{
	struct mac mac = mac_of(last);

	return inventory_device(&bench->inventory, &mac)->behind;
}

static void who_stands_behind_another(void **state)
{
	struct bench *bench = *state;
	const struct mac dock = mac_of(9), none = { { 0 } };
	struct mac pump = mac_of(1);

	say_by(bench, pump, dock, (struct address){ 0 });
	assert_null(inventory_device(&bench->inventory, &pump)); /* on another's word nobody is there */
	assert_int_equal(events_of(bench, "spoof"), 1);
	acknowledge(bench, 1, pump, ip(20, 11), true);
	assert_int_equal(behind_of(bench, 1).byte[5], 9);
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine"); /* what the dock said of it is not its word */
	gather(bench);
	assert_int_equal(gathered(bench, 1)->row.behind.byte[5], 9);
	say(bench, 1, pump, "PUMP"); /* by itself: it stands behind nobody */
	assert_memory_equal(behind_of(bench, 1).byte, none.byte, sizeof(none.byte));
	say_by(bench, pump, mac_of(8), (struct address){ 0 });
	assert_int_equal(behind_of(bench, 1).byte[5], 8);
	say_by(bench, pump, mac_of(7), ip(20, 7)); /* a relay forwards: RFC 2131 section 4.1.1 */
	assert_int_equal(behind_of(bench, 1).byte[5], 8);
}

static void http_from(struct bench *bench, struct mac mac, struct address address, uint64_t now_ms)
{
	struct observation observation = { .type = OBSERVATION_FIELDS, .ifindex = 1, .source = mac };

	fields_clear(&observation.fields);
	fields_add_text(&observation.fields, FIELD_HTTP_USER_AGENT, "Wardline 1");
	observation.conversation.source = address;
	observation.conversation.destination = ip(40, 1);
	learner_observe(&bench->learner, &observation, now_ms);
}

static size_t routers_found(const struct bench *bench)
{
	size_t count = 0;

	for (size_t i = 0; i < bench->recorder.batch.findings.count; i++)
		count += bench->recorder.batch.findings.at[i].type == FINDING_ROGUE_ROUTER;
	return count;
}

static void who_carries_many_stands_before_them(void **state)
{
	struct bench *bench = *state;
	struct mac mac = mac_of(4);
	const struct device *device;

	join(bench, 1, mac, ip(20, 14), "nobody knows");
	device = inventory_device(&bench->inventory, &mac);
	for (uint8_t i = 1; i < KINSHIP_BEHIND; i++)
		for (int twice = 0; twice < 2; twice++)
			http_from(bench, mac, ip(77, i), NOW);
	http_from(bench, mac, ip(20, 14), NOW); /* its own */
	assert_int_equal(device->carried_count, KINSHIP_BEHIND - 1);
	assert_int_equal(routers_found(bench), 0);
	for (uint8_t i = KINSHIP_BEHIND; i < 40; i++)
		http_from(bench, mac, ip(77, i), NOW);
	assert_int_equal(device->carried_count, KINSHIP_BEHIND + 1); /* more are not told apart */
	assert_int_equal(routers_found(bench), 1);
	assert_string_equal(zone_of(bench, ip(20, 14)), "pcs");     /* by its own word, and still there */
	http_from(bench, mac, ip(77, 1), NOW + UINT64_C(90000000)); /* another day */
	assert_int_equal(device->carried_count, 1);
}

/* What had no room is counted, for the page and the metrics. */
static void what_had_no_room_is_counted(void **state)
{
	const struct sensor_statistics statistics = { .flows_evicted = 5, .link_unknown = 6 };
	struct bench *bench = *state;
	struct status status = { .repairs = 0 };
	char long_name[FACT_VALUE_MAX + 1];

	for (uint8_t i = 0; i < LEARNER_BEHIND_MAX + 2; i++)
		say_by(bench, mac_of(i), mac_of(200), (struct address){ 0 });
	for (uint8_t i = 1; i < DEVICE_BINDINGS_MAX + 4; i++)
		arp(bench, 1, mac_of(201), mac_of(201), ip(20, (uint8_t)(10 + i)));
	for (uint8_t i = 0; i < RELATIVES_COMPARED + 1; i++)
		solicit(bench, mac_of((uint8_t)(100 + i)), "the same of all");
	for (int i = 0; i < 50; i++) {
		snprintf(long_name, sizeof(long_name), "%0*d", FACT_VALUE_MAX, i);
		solicit(bench, mac_of(202), long_name);
	}
	reporter_fill_counters(&status, &bench->learner, &statistics);
	assert_int_equal(status.counters[COUNTER_BEHIND_FORGOTTEN], 2);
	assert_int_equal(status.counters[COUNTER_ADDRESSES_REFUSED], 3);
	assert_int_equal(status.counters[COUNTER_KIN_CROWDED_OUT], 1);
	assert_true(status.counters[COUNTER_FACTS_FORGOTTEN] > 40);
	assert_int_equal(status.counters[COUNTER_FLOWS_EVICTED], 5);
	assert_int_equal(status.counters[COUNTER_LINK_UNKNOWN], 6);
	assert_int_equal(status.counters[COUNTER_DETECTOR_FORGOTTEN], 0);
}

/* Privacy addresses are made up anew each day: RFC 8981. */
static void addresses_of_version_six_tell_nothing(void **state)
{
	struct bench *bench = *state;
	struct mac mac = mac_of(4);
	struct address address = { .family = FAMILY_IPV6, .byte = { 0x20, 0x01, 0x0d, 0xb8 } };

	join(bench, 1, mac, ip(20, 14), "nobody knows");
	for (; address.byte[15] < 40; address.byte[15]++)
		http_from(bench, mac, address, NOW);
	assert_int_equal(inventory_device(&bench->inventory, &mac)->carried_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(two_adapters_are_told_of_both, set_up, tear_down),
		cmocka_unit_test_setup_teardown(kin_that_is_gone_is_told_of_no_more, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_stands_behind_another, set_up, tear_down),
		cmocka_unit_test_setup_teardown(who_carries_many_stands_before_them, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_had_no_room_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(addresses_of_version_six_tell_nothing, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
