/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of trust, without a kernel: what is staged is looked at, nothing is sent. */
#include "learner_bench.h"

static const char POLICY[] = "version: 1\n"
			     "site: test\n"
			     "gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  pcs: { members: { class: computer } }\n"
			     "  monitors: { members: { class: medical/monitor } }\n"
			     "  internet: { networks: [0.0.0.0/0] }\n"
			     "  quarantine: { default: true }\n"
			     "rules:\n"
			     "  - { from: pcs, to: internet, allow: [web], why: work }\n"
			     "devices:\n"
			     "  - { mac: \"02:00:00:00:00:99\", zone: pumps, name: pinned-one }\n";

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

static void lease_binds(void **state)
{
	struct bench *bench = *state;

	say(bench, 1, mac_of(1), "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	acknowledge(bench, 1, mac_of(1), ip(20, 11), true);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_int_equal(bench->enforcement.staged_count, 2);
	assert_string_equal(bench->enforcement.staged[0].set, PLAN_SET_GUARD4);
	assert_string_equal(bench->enforcement.staged[1].set, PLAN_MAP_ZONE4);
	assert_false(bench->enforcement.bump);
}

static void stranger_server_binds_nothing(void **state)
{
	struct bench *bench = *state;

	say(bench, 1, mac_of(1), "PUMP");
	acknowledge(bench, 1, mac_of(1), ip(20, 11), false);
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	assert_int_equal(events_of(bench, "rogue-dhcp"), 1);
}

static void static_address_is_quarantined(void **state)
{
	struct bench *bench = *state;

	arp(bench, 1, mac_of(2), mac_of(2), ip(20, 50));
	assert_string_equal(zone_of(bench, ip(20, 50)), "quarantine");
	arp(bench, 1, mac_of(2), mac_of(2), ip(77, 50)); /* no network of this interface */
	assert_string_equal(zone_of(bench, ip(77, 50)), "");
	arp(bench, 1, mac_of(2), mac_of(2), ip(20, 255));
	assert_string_equal(zone_of(bench, ip(20, 255)), "");
}

static void probe_claims_nothing(void **state)
{
	struct bench *bench = *state;
	struct address none = { 0 };
	struct mac mac = mac_of(3);

	arp(bench, 1, mac, mac, none);
	assert_non_null(inventory_device(&bench->inventory, &mac));
	assert_int_equal(bench->inventory.bindings.count, 0);
}

static void address_of_another_is_spoof(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	arp(bench, 1, mac_of(2), mac_of(2), ip(20, 11));
	assert_int_equal(events_of(bench, "spoof"), 1);
	assert_int_equal(inventory_binding(&bench->inventory, &(struct address){ 0 }) != NULL, 0);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	arp(bench, 1, mac_of(2), mac_of(1), ip(20, 11)); /* the pump's ARP in another's frame */
	assert_int_equal(events_of(bench, "spoof"), 2);
}

static void gateway_address_is_spoof(void **state)
{
	struct bench *bench = *state;

	arp(bench, 1, mac_of(2), mac_of(2), ip(20, 1));
	assert_int_equal(events_of(bench, "spoof"), 1);
	assert_string_equal(zone_of(bench, ip(20, 1)), "");
	acknowledge(bench, 1, mac_of(2), ip(20, 1), true);
	assert_string_equal(zone_of(bench, ip(20, 1)), "");
}

static void address_moves_without_its_zone(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	join(bench, 1, mac_of(2), ip(20, 11), "nobody knows");
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine");
	assert_true(bench->enforcement.bump);
	assert_int_equal(events_of(bench, "address-moved"), 1);
	assert_int_equal(bench->recorder.batch.unbound.count, 1);
}

static void new_lease_ends_the_old(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	acknowledge(bench, 1, mac_of(1), ip(20, 12), true);
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	assert_string_equal(zone_of(bench, ip(20, 12)), "pumps");
}

static void release_changes_nothing(void **state)
{
	struct bench *bench = *state;
	struct observation release = dhcp(1, mac_of(1), DHCP4_RELEASE, "");

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	learner_observe(&bench->learner, &release, NOW + 3600000);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
}

static void changed_identity_tightens(void **state)
{
	struct bench *bench = *state;
	struct mac mac = mac_of(1);

	join(bench, 1, mac, ip(20, 11), "PUMP");
	say(bench, 1, mac, "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine");
	assert_true(bench->enforcement.bump);
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
	say(bench, 1, mac, "PUMP"); /* saying it was a pump all along does not loosen */
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine");
}

static void silence_is_no_contradiction(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	say(bench, 1, mac_of(1), "a boot loader");
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_int_equal(events_of(bench, "identity-conflict"), 0);
}

static void pin_wins(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(0x99), ip(20, 99), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 99)), "pumps");
	assert_string_equal(inventory_device(&bench->inventory, &(struct mac){ { 2, 0, 0, 0, 0, 0x99 } })->name,
	                    "pinned-one");
}

/* A policy that pins a device is tried, and not put in force: what the device did is not forgotten by that. */
static void refused_pin_forgives_nothing(void **state)
{
	static const char PINNING[] = "version: 1\n"
				      "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
				      "zones:\n"
				      "  pumps: { members: { class: medical/infusion-pump } }\n"
				      "  quarantine: { default: true }\n"
				      "devices:\n"
				      "  - { mac: \"02:00:00:00:00:01\", zone: pumps }\n";
	struct bench *bench = *state;
	struct policy *pinning = NULL;
	struct error error = { 0 };
	struct mac mac = mac_of(1);

	join(bench, 1, mac, ip(20, 11), "PUMP");
	say(bench, 1, mac, "MSFT 5.0");
	recorder_gather(&bench->recorder, &bench->inventory, bench->enforcement.policy, 1);
	learner_settle_all(&bench->learner, bench->enforcement.policy);
	assert_int_equal(bench->inventory.dirty_count, 0); /* what stays as it is, is not written again */
	assert_int_equal(policy_parse("q.yaml", PINNING, strlen(PINNING), &pinning, &error), 0);
	learner_settle_all(&bench->learner, pinning);
	assert_true(inventory_device(&bench->inventory, &mac)->pinned);
	assert_in_range(bench->inventory.dirty_count, 1, SIZE_MAX);
	learner_settle_all(&bench->learner, bench->enforcement.policy);
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine");
	learner_settle_all(&bench->learner, pinning);
	recorder_gather(&bench->recorder, &bench->inventory, pinning, 1);
	learner_forgive_pinned(&bench->learner); /* this time it is in force */
	assert_false(inventory_device(&bench->inventory, &mac)->conflict);
	assert_in_range(bench->inventory.dirty_count, 1, SIZE_MAX);
	policy_free(pinning);
}

static void stolen_mac_is_held(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	arp(bench, 2, mac_of(1), mac_of(1), ip(40, 33));
	assert_string_equal(zone_of(bench, ip(40, 33)), "");
	join(bench, 2, mac_of(1), ip(40, 33), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(40, 33)), "quarantine");
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_int_equal(events_of(bench, "spoof"),
	                 1); /* of its ARP there is nothing to tell yet, see test_roaming.c */
}

static void moved_device_keeps_its_zone(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	join(bench, 2, mac_of(1), ip(40, 33), "PUMP");
	assert_string_equal(zone_of(bench, ip(40, 33)), "pumps");
	assert_string_equal(zone_of(bench, ip(20, 11)), "");
	assert_int_equal(events_of(bench, "device-moved"), 1);
}

static void dhcp_in_anothers_name_is_spoof(void **state)
{
	struct bench *bench = *state;
	struct observation lie = dhcp(1, mac_of(1), DHCP4_REQUEST, "MSFT 5.0");

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	lie.source = mac_of(2);
	learner_observe(&bench->learner, &lie, NOW);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_int_equal(events_of(bench, "spoof"), 1);
}

static void addresses_of_one_device_are_capped(void **state)
{
	struct bench *bench = *state;

	for (uint8_t host = 50; host < 50 + 2 * DEVICE_BINDINGS_MAX; host++)
		arp(bench, 1, mac_of(2), mac_of(2), ip(20, host));
	assert_int_equal(bench->inventory.bindings.count, DEVICE_BINDINGS_MAX);
}

static void inventory_is_capped(void **state)
{
	struct bench *bench = *state;
	struct mac pump = mac_of(1);

	join(bench, 1, pump, ip(20, 11), "PUMP");
	for (uint32_t i = 0; i < INVENTORY_DEVICES_MAX + 10; i++) {
		struct mac mac = { { 6, 0, (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };

		arp(bench, 1, mac, mac, (struct address){ 0 });
	}
	assert_int_equal(bench->inventory.devices.count, INVENTORY_DEVICES_MAX);
	assert_int_equal(bench->inventory.devices_evicted, 11);
	assert_non_null(inventory_device(&bench->inventory, &pump)); /* only quarantined devices make room */
}

struct refusal_case {
	const char *name;
	const char *prefix;
	uint32_t ifindex;
	uint8_t mac;
	uint8_t source[4], destination[4];
	uint8_t protocol;
	uint16_t port;
	const char *kind; /* NULL: nothing is recorded */
};

static void refusals_are_told_apart(void **state)
{
	static const struct refusal_case cases[] = {
		{ "pump to pump", "deny", 1, 1, { 10, 20, 0, 11 }, { 10, 20, 0, 12 }, 6, 80, "lateral-movement" },
		{ "pump to a PC's network",
		  "deny",
		  1,
		  1,
		  { 10, 20, 0, 11 },
		  { 10, 40, 0, 77 },
		  6,
		  445,
		  "lateral-movement" },
		{ "browsing", "deny", 1, 1, { 10, 20, 0, 11 }, { 203, 0, 113, 10 }, 6, 443, "web-browsing" },
		{ "QUIC", "deny", 1, 1, { 10, 20, 0, 11 }, { 203, 0, 113, 10 }, 17, 443, "web-browsing" },
		{ "ssh outside", "deny", 1, 1, { 10, 20, 0, 11 }, { 203, 0, 113, 10 }, 6, 22, "other" },
		{ "to the gateway", "input", 1, 1, { 10, 20, 0, 11 }, { 10, 20, 0, 1 }, 6, 22, "to-gateway" },
		{ "another's address", "guard", 1, 5, { 10, 20, 0, 11 }, { 10, 20, 0, 12 }, 6, 80, "spoof" },
		{ "another's interface", "guard", 2, 1, { 10, 20, 0, 11 }, { 10, 20, 0, 12 }, 6, 80, "spoof" },
		{ "group chatter", "guard", 1, 6, { 10, 77, 0, 9 }, { 224, 0, 0, 251 }, 17, 5353, NULL },
		{ "foreign address", "guard", 1, 6, { 10, 77, 0, 9 }, { 10, 20, 0, 12 }, 6, 80, "other" },
		{ "static address, first packet", "guard", 1, 7, { 10, 20, 0, 70 }, { 10, 20, 0, 12 }, 6, 80, NULL },
	};
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	join(bench, 1, mac_of(2), ip(20, 12), "PUMP");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct refusal refusal = { .in_ifindex = cases[i].ifindex,
			                   .source_mac = mac_of(cases[i].mac),
			                   .source = address_v4(cases[i].source),
			                   .destination = address_v4(cases[i].destination),
			                   .protocol = cases[i].protocol,
			                   .destination_port = cases[i].port };

		snprintf(refusal.prefix, sizeof(refusal.prefix), "%s", cases[i].prefix);
		bench->recorder.batch.denied.count = 0;
		refusals_take(&bench->learner, &refusal, NOW);
		if (bench->recorder.batch.denied.count != (cases[i].kind ? 1 : 0))
			fail_msg("%s: %zu recorded", cases[i].name, bench->recorder.batch.denied.count);
		if (cases[i].kind && strcmp(bench->recorder.batch.denied.at[0].kind, cases[i].kind) != 0)
			fail_msg("%s: recorded as %s", cases[i].name, bench->recorder.batch.denied.at[0].kind);
		if (strcmp(cases[i].name, "pump to a PC's network") == 0)
			assert_string_equal(bench->recorder.batch.denied.at[0].to_zone, "");
	}
	assert_string_equal(zone_of(bench, ip(20, 70)), "quarantine");
}

static struct observation request_of(uint32_t ifindex, struct mac mac, const char *agent)
{
	struct observation observation = {
		.type = OBSERVATION_FIELDS,
		.protocol = PROTOCOL_HTTP,
		.ifindex = ifindex,
		.source = mac,
		.captured_ns = NOW * 1000000,
		.conversation = { .source = ip(40, 9), .destination = { FAMILY_IPV4, { 192, 0, 2, 1 } }, .protocol = 6 }
	};

	fields_clear(&observation.fields);
	fields_add_text(&observation.fields, FIELD_HTTP_USER_AGENT, agent);
	fields_add_text(&observation.fields, FIELD_HTTP_HOST, "news.example");
	return observation;
}

static const struct device *device_of(const struct bench *bench, uint8_t last)
{
	const struct mac mac = mac_of(last);

	return inventory_device(&bench->inventory, &mac);
}

static void what_a_device_says_tells_what_it_is(void **state)
{
	struct bench *bench = *state;
	struct observation request = request_of(2, mac_of(3), "Wardline/2.1");

	learner_observe(&bench->learner, &request, NOW); /* before its address is known: of nobody */
	assert_null(device_of(bench, 3));
	say(bench, 2, mac_of(3), "");
	acknowledge(bench, 2, mac_of(3), ip(40, 9), true);
	learner_observe(&bench->learner, &request, NOW);
	assert_string_equal(device_of(bench, 3)->traits->class, "computer/workstation");
	assert_string_equal(zone_of(bench, ip(40, 9)), "pcs");
	/* what the gateway sent itself, and what came from elsewhere than a clinical interface, is not a device's */
	say(bench, 2, mac_of(4), "");
	acknowledge(bench, 2, mac_of(4), ip(40, 10), true);
	request = request_of(2, mac_of(4), "Wardline/2.1");
	request.conversation.source = ip(40, 10);
	request.outgoing = 1;
	learner_observe(&bench->learner, &request, NOW);
	request.outgoing = 0;
	request.ifindex = 7;
	learner_observe(&bench->learner, &request, NOW);
	assert_string_equal(device_of(bench, 4)->traits->class, "");
}

static void a_message_under_a_foreign_interface_changes_nothing(void **state)
{
	struct bench *bench = *state;
	struct observation request = request_of(2, mac_of(1), "Wardline/2.1");

	say(bench, 1, mac_of(1), "PUMP");
	acknowledge(bench, 1, mac_of(1), ip(20, 11), true);
	request.conversation.source = ip(20, 11);
	learner_observe(&bench->learner, &request, NOW);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps");
	assert_false(device_of(bench, 1)->conflict);
}

static void a_pump_that_speaks_like_a_workstation_is_held(void **state)
{
	struct bench *bench = *state;
	struct observation request = request_of(1, mac_of(1), "Wardline/2.1");

	say(bench, 1, mac_of(1), "PUMP");
	acknowledge(bench, 1, mac_of(1), ip(20, 11), true);
	learner_observe(&bench->learner, &request, NOW); /* from an address it does not hold: a router's packet */
	assert_false(device_of(bench, 1)->conflict);
	request.conversation.source = ip(20, 11);
	learner_observe(&bench->learner, &request, NOW);
	assert_true(device_of(bench, 1)->conflict);
	assert_string_equal(zone_of(bench, ip(20, 11)), "quarantine");
}

static void findings_go_to_the_store(void **state)
{
	struct bench *bench = *state;
	struct observation request = request_of(2, mac_of(3), "Mozilla/5.0 (Windows NT 10.0) Firefox/115.0");
	const struct finding *finding;
	size_t before;

	say(bench, 2, mac_of(3), "");
	acknowledge(bench, 2, mac_of(3), ip(40, 9), true);
	before = bench->recorder.batch.findings.count;
	learner_observe(&bench->learner, &request, NOW);
	assert_int_equal(bench->recorder.batch.findings.count, before + 1);
	finding = &bench->recorder.batch.findings.at[before];
	assert_int_equal(finding->type, FINDING_BROWSING);
	assert_true(mac_equal(&finding->mac, &device_of(bench, 3)->mac));
	assert_string_equal(finding->zone, "quarantine");
	assert_string_equal(finding->evidence, "Firefox, news.example");
	assert_int_equal(finding->last_ms, NOW);
}

/* A monitor that says nothing but its address, which its maker gave it for its MAC. */
static void an_address_gives_its_device_away(void **state)
{
	struct bench *bench = *state;
	struct address own = address_v4((const uint8_t[]){ 126, 0, 0, 5 });
	struct address other = address_v4((const uint8_t[]){ 126, 0, 0, 77 });
	struct link_event event = { .change = LINK_ADDRESS_PRESENT,
		                    .ifindex = 1,
		                    .name = "pumps0",
		                    .prefix = { address_v4((const uint8_t[]){ 126, 0, 0, 1 }), 8 } };

	interfaces_apply(&bench->interfaces, &event, bench->enforcement.policy);
	arp(bench, 1, mac_of(6), mac_of(6), other);
	assert_string_equal(device_of(bench, 6)->traits->class, "");
	arp(bench, 1, mac_of(5), mac_of(5), own);
	assert_string_equal(device_of(bench, 5)->traits->class, "medical/monitor");
	assert_string_equal(zone_of(bench, own), "monitors");
	assert_false(bench->enforcement.bump); /* the kernel was never told of another zone */
	say(bench, 1, mac_of(5), "PUMP");      /* its first words, which contradict nothing */
	assert_false(device_of(bench, 5)->conflict);
	say(bench, 1, mac_of(5), "MSFT 5.0");
	assert_true(device_of(bench, 5)->conflict);
}

/* The newest finding of ${type}; NULL for none. */
static const struct finding *finding_of(const struct bench *bench, enum finding_type type)
{
	for (size_t i = bench->recorder.batch.findings.count; i-- > 0;)
		if (bench->recorder.batch.findings.at[i].type == type)
			return &bench->recorder.batch.findings.at[i];
	return NULL;
}

static void what_a_device_is_can_be_a_finding(void **state)
{
	struct bench *bench = *state;
	struct observation request = request_of(2, mac_of(3), "Seven/1.0");
	struct address address = ip(40, 9);

	say(bench, 2, mac_of(3), "");
	assert_null(finding_of(bench, FINDING_UNKNOWN_DEVICE)); /* it may still say more before it can do anything */
	acknowledge(bench, 2, mac_of(3), ip(40, 9), true);
	assert_string_equal(finding_of(bench, FINDING_UNKNOWN_DEVICE)->zone, "quarantine");
	assert_true(memcmp(&finding_of(bench, FINDING_UNKNOWN_DEVICE)->address, &address, sizeof(address)) == 0);
	say(bench, 2, mac_of(3), "MSFT 5.0");
	assert_null(finding_of(bench, FINDING_OLD_OS));
	learner_observe(&bench->learner, &request, NOW);
	assert_string_equal(finding_of(bench, FINDING_OLD_OS)->evidence, "Windows 7, support ended 2020-01-14 (test)");
	assert_string_equal(finding_of(bench, FINDING_OLD_OS)->zone, "pcs");
	bench->recorder.batch.findings.count = 0;
	fields_clear(&request.fields);
	fields_add_text(&request.fields, FIELD_HTTP_USER_AGENT, "Seven/1.1");
	learner_observe(&bench->learner, &request, NOW); /* nothing that is known changes by it */
	assert_null(finding_of(bench, FINDING_OLD_OS));
	join(bench, 1, mac_of(1), ip(20, 11), "PUMP"); /* known by its own words before it has an address */
	assert_null(finding_of(bench, FINDING_UNKNOWN_DEVICE));
}

static void a_contradiction_is_a_finding(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	assert_null(finding_of(bench, FINDING_SPOOF_IDENTITY));
	say(bench, 1, mac_of(1), "MSFT 5.0");
	assert_string_equal(finding_of(bench, FINDING_SPOOF_IDENTITY)->evidence,
	                    "was medical/infusion-pump, now looks like something else as well");
	assert_string_equal(finding_of(bench, FINDING_SPOOF_IDENTITY)->zone, "pumps");
}

#define LEARNER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEARNER_TEST(what_a_device_says_tells_what_it_is),
		LEARNER_TEST(a_message_under_a_foreign_interface_changes_nothing),
		LEARNER_TEST(a_pump_that_speaks_like_a_workstation_is_held),
		LEARNER_TEST(findings_go_to_the_store),
		LEARNER_TEST(what_a_device_is_can_be_a_finding),
		LEARNER_TEST(a_contradiction_is_a_finding),
		LEARNER_TEST(an_address_gives_its_device_away),
		LEARNER_TEST(lease_binds),
		LEARNER_TEST(stranger_server_binds_nothing),
		LEARNER_TEST(static_address_is_quarantined),
		LEARNER_TEST(probe_claims_nothing),
		LEARNER_TEST(address_of_another_is_spoof),
		LEARNER_TEST(gateway_address_is_spoof),
		LEARNER_TEST(address_moves_without_its_zone),
		LEARNER_TEST(new_lease_ends_the_old),
		LEARNER_TEST(release_changes_nothing),
		LEARNER_TEST(changed_identity_tightens),
		LEARNER_TEST(silence_is_no_contradiction),
		LEARNER_TEST(pin_wins),
		LEARNER_TEST(refused_pin_forgives_nothing),
		LEARNER_TEST(stolen_mac_is_held),
		LEARNER_TEST(moved_device_keeps_its_zone),
		LEARNER_TEST(dhcp_in_anothers_name_is_spoof),
		LEARNER_TEST(addresses_of_one_device_are_capped),
		LEARNER_TEST(inventory_is_capped),
		LEARNER_TEST(refusals_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
