/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of trust for IPv6: what neighbour discovery and DHCPv6 say of who has which address. */
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

#define SOLICITATION  135
#define ADVERTISEMENT 136

static struct address address_of(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static void own_address(struct bench *bench, uint32_t ifindex, const char *address, uint8_t length)
{
	struct link_event event = { .change = LINK_ADDRESS_PRESENT, .ifindex = ifindex };

	event.prefix = (struct prefix){ .address = address_of(address), .length = length };
	assert_non_null(interfaces_apply(&bench->interfaces, &event, bench->enforcement.policy));
}

static int set_up(void **state)
{
	struct bench *bench = bench_new(POLICY);

	own_address(bench, 1, "fd20::1", 64);
	own_address(bench, 1, "fe80::1", 64);
	own_address(bench, 2, "fd40::1", 64);
	own_address(bench, 2, "fe80::1", 64);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_free(*state);
	return 0;
}

static struct observation nd(uint32_t ifindex, struct mac mac, uint8_t type, const char *source, const char *target)
{
	struct observation observation = {
		.type = OBSERVATION_FIELDS, .protocol = PROTOCOL_ND, .ifindex = ifindex, .source = mac
	};
	struct address about = address_of(target);

	observation.conversation.source = address_of(source);
	observation.conversation.hops = 255;
	observation.conversation.protocol = 58;
	fields_clear(&observation.fields);
	fields_add_number(&observation.fields, FIELD_ND_TYPE, type);
	fields_add_address(&observation.fields, FIELD_ND_TARGET, &about);
	return observation;
}

static void say_nd_at(struct bench *bench, uint32_t ifindex, struct mac mac, uint8_t type, const char *source,
                      const char *target, uint64_t now_ms)
{
	struct observation observation = nd(ifindex, mac, type, source, target);

	learner_observe(&bench->learner, &observation, now_ms);
}

static void say_nd(struct bench *bench, uint32_t ifindex, struct mac mac, uint8_t type, const char *source,
                   const char *target)
{
	say_nd_at(bench, ifindex, mac, type, source, target, NOW);
}

/* dad has ${mac} look whether ${target} is free before it takes it. */
static void dad(struct bench *bench, uint32_t ifindex, uint8_t mac, const char *target)
{
	say_nd(bench, ifindex, mac_of(mac), SOLICITATION, "::", target);
}

static uint8_t holder(const struct bench *bench, const char *text, const char *interface)
{
	struct address address = address_of(text);
	const struct binding *binding = inventory_binding_on(&bench->inventory, &address, interface);

	return binding && strcmp(binding->interface, interface) == 0 ? binding->device->mac.byte[5] : 0;
}

static void detecting_duplicates_binds(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	dad(bench, 1, 1, "fd20::a");
	assert_string_equal(zone_of(bench, address_of("fd20::a")), "pumps");
	assert_string_equal(bench->enforcement.staged[2].set, PLAN_SET_GUARD6);
	assert_string_equal(bench->enforcement.staged[3].set, PLAN_MAP_ZONE6);
	dad(bench, 1, 2, "fd20::b");
	assert_string_equal(zone_of(bench, address_of("fd20::b")), "quarantine");
	assert_int_equal(events_of(bench, "spoof"), 0);
}

static void what_is_said_in_its_own_name_binds(void **state)
{
	struct bench *bench = *state;

	say_nd(bench, 1, mac_of(1), SOLICITATION, "fd20::a", "fd20::99");
	assert_int_equal(holder(bench, "fd20::a", "pumps0"), 1);
	assert_int_equal(holder(bench, "fd20::99", "pumps0"), 0); /* it asks who that is */
	say_nd(bench, 1, mac_of(1), ADVERTISEMENT, "fe80::a", "fd20::b");
	assert_int_equal(holder(bench, "fe80::a", "pumps0"), 1);
	assert_int_equal(holder(bench, "fd20::b", "pumps0"), 1);
}

static void what_is_held_is_not_taken(void **state)
{
	struct bench *bench = *state;

	dad(bench, 1, 1, "fd20::a");
	dad(bench, 1, 2, "fd20::a");
	say_nd(bench, 1, mac_of(2), ADVERTISEMENT, "fd20::a", "fd20::a");
	assert_int_equal(holder(bench, "fd20::a", "pumps0"), 1);
	assert_int_equal(events_of(bench, "spoof"), 2);
	dad(bench, 1, 2, "fd20::1"); /* the gateway's */
	dad(bench, 1, 2, "fe80::1");
	assert_int_equal(holder(bench, "fd20::1", "pumps0"), 0);
	assert_int_equal(events_of(bench, "spoof"), 4);
	dad(bench, 1, 2, "fd20::");   /* any router, RFC 4291 */
	dad(bench, 1, 2, "fd21::2");  /* no network of this interface */
	dad(bench, 1, 2, "ff02::99"); /* nobody's */
	assert_int_equal(holder(bench, "fd20::", "pumps0") + holder(bench, "fd21::2", "pumps0"), 0);
}

static void an_address_made_of_anothers_mac_is_not_taken(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	dad(bench, 1, 2, "fd20::ff:fe00:1"); /* of 02:00:00:00:00:01 */
	assert_int_equal(holder(bench, "fd20::ff:fe00:1", "pumps0"), 0);
	assert_int_equal(events_of(bench, "spoof"), 1);
	dad(bench, 1, 1, "fd20::ff:fe00:1");
	assert_int_equal(holder(bench, "fd20::ff:fe00:1", "pumps0"), 1);
	dad(bench, 1, 2, "fd20::ff:fe00:77"); /* of a MAC that nobody has */
	assert_int_equal(holder(bench, "fd20::ff:fe00:77", "pumps0"), 2);
}

static void in_anothers_name_is_a_spoof(void **state)
{
	struct bench *bench = *state;
	struct observation lie = nd(1, mac_of(2), SOLICITATION, "fd20::a", "fd20::1");
	struct mac named = mac_of(1);

	fields_add_mac(&lie.fields, FIELD_ND_LINK_MAC, &named);
	learner_observe(&bench->learner, &lie, NOW);
	assert_int_equal(holder(bench, "fd20::a", "pumps0"), 0);
	assert_int_equal(events_of(bench, "spoof"), 1);
}

static void what_came_over_a_router_is_nothing(void **state)
{
	struct bench *bench = *state;
	struct observation far = nd(1, mac_of(1), SOLICITATION, "fd20::a", "fd20::1");

	far.conversation.hops = 254;
	learner_observe(&bench->learner, &far, NOW);
	far.conversation.hops = 255;
	far.outgoing = 1;
	learner_observe(&bench->learner, &far, NOW);
	assert_int_equal(bench->inventory.bindings.count, 0);
}

static void a_link_local_address_is_of_its_link(void **state)
{
	struct bench *bench = *state;

	dad(bench, 1, 1, "fe80::a");
	dad(bench, 2, 2, "fe80::a");
	assert_int_equal(holder(bench, "fe80::a", "pumps0"), 1);
	assert_int_equal(holder(bench, "fe80::a", "pcs0"), 2);
	assert_int_equal(events_of(bench, "spoof"), 0);
	assert_string_equal(bench->enforcement.staged[0].set, PLAN_SET_GUARD6);
	assert_string_equal(bench->enforcement.staged[1].set, PLAN_SET_LINK6);
	dad(bench, 1, 3, "fe80::a");
	assert_int_equal(holder(bench, "fe80::a", "pumps0"), 1);
	assert_int_equal(events_of(bench, "spoof"), 1);
	/* nothing of it is kept on disk */
	recorder_gather(&bench->recorder, &bench->inventory, bench->enforcement.policy, NOW);
	for (size_t i = 0; i < bench->recorder.batch.devices.count; i++)
		assert_int_equal(bench->recorder.batch.devices.at[i].binding_count, 0);
}

static void a_routers_word_is_an_event(void **state)
{
	struct bench *bench = *state;

	say_nd(bench, 1, mac_of(1), 134, "fe80::a", "fd20::1");
	say_nd(bench, 1, mac_of(1), 137, "fe80::a", "fd20::1");
	assert_int_equal(events_of(bench, "rogue-router"), 2);
	assert_int_equal(bench->inventory.bindings.count, 0);
}

/* A device that makes up addresses loses its own oldest, and never at the rate it makes them up. */
static void its_own_oldest_makes_room(void **state)
{
	struct bench *bench = *state;
	uint64_t now = NOW;
	char text[32];

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	dad(bench, 1, 2, "fd20::2");
	for (unsigned int i = 0; i < DEVICE_BINDINGS_MAX - 1; i++) {
		snprintf(text, sizeof(text), "fd20::1:%x", i);
		say_nd_at(bench, 1, mac_of(1), SOLICITATION, "::", text, now + i);
	}
	dad(bench, 1, 1, "fd20::3"); /* all were heard of just now */
	assert_int_equal(holder(bench, "fd20::3", "pumps0"), 0);
	assert_int_equal(bench->inventory.bindings_refused, 1);
	now += BINDING_QUIET_MS + DEVICE_BINDINGS_MAX;
	say_nd_at(bench, 1, mac_of(1), SOLICITATION, "fd20::1:0", "fd20::1", now); /* the first is still in use */
	say_nd_at(bench, 1, mac_of(1), SOLICITATION, "::", "fd20::3", now);
	assert_int_equal(holder(bench, "fd20::3", "pumps0"), 1);
	assert_int_equal(holder(bench, "fd20::1:0", "pumps0"), 1);
	assert_int_equal(holder(bench, "fd20::1:1", "pumps0"), 0);
	assert_int_equal(bench->inventory.bindings_evicted, 1);
	assert_string_equal(zone_of(bench, ip(20, 11)), "pumps"); /* what was leased stays */
	assert_int_equal(holder(bench, "fd20::2", "pumps0"), 2);  /* and what is another's */
}

static void the_gateways_new_address_is_no_devices(void **state)
{
	struct bench *bench = *state;
	struct address address = address_of("fd20::a");

	dad(bench, 1, 1, "fd20::a");
	dad(bench, 1, 1, "fd20::b");
	bench->enforcement.bump = false;
	learner_own_address(&bench->learner, &address, NOW);
	assert_int_equal(holder(bench, "fd20::a", "pumps0"), 0);
	assert_int_equal(holder(bench, "fd20::b", "pumps0"), 1);
	assert_true(bench->enforcement.bump);
}

static void an_on_link_prefix_is_told(void **state)
{
	struct bench *bench = *state;
	struct observation router = nd(1, mac_of(7), 134, "fe80::1", "fd20::");

	fields_add_number(&router.fields, FIELD_ND_PREFIX_FLAGS, 0xc0);
	learner_observe(&bench->learner, &router, NOW); /* a device's: it is a rogue, and changes nothing */
	assert_false(interfaces_on_link6(&bench->interfaces));
	router.outgoing = 1;
	learner_observe(&bench->learner, &router, NOW);
	learner_observe(&bench->learner, &router, NOW);
	assert_true(interfaces_on_link6(&bench->interfaces));
	assert_int_equal(events_of(bench, "prefix-on-link"), 1);
	router = nd(1, mac_of(7), 134, "fe80::1", "fd20::");
	router.outgoing = 1;
	fields_add_number(&router.fields, FIELD_ND_PREFIX_FLAGS, 0x40);
	learner_observe(&bench->learner, &router, NOW);
	assert_false(interfaces_on_link6(&bench->interfaces));
}

/* ---- DHCPv6 ---- */

static struct observation dhcp6(uint32_t ifindex, uint8_t message, const char *duid)
{
	struct observation observation = { .type = OBSERVATION_FIELDS, .protocol = PROTOCOL_DHCP6, .ifindex = ifindex };

	observation.conversation.protocol = 17;
	fields_clear(&observation.fields);
	fields_add_number(&observation.fields, FIELD_DHCP6_MESSAGE, message);
	fields_add(&observation.fields, message == 7 ? FIELD_DHCP6_OTHER_DUID : FIELD_DHCP6_DUID, duid, strlen(duid));
	return observation;
}

static void ask6(struct bench *bench, uint32_t ifindex, uint8_t mac, const char *source, const char *duid)
{
	struct observation observation = dhcp6(ifindex, 3, duid);

	observation.source = mac_of(mac);
	observation.conversation.source = address_of(source);
	learner_observe(&bench->learner, &observation, NOW);
}

static struct observation reply6(uint32_t ifindex, uint8_t mac, const char *to, const char *duid, const char *lease,
                                 uint32_t seconds)
{
	struct observation observation = dhcp6(ifindex, 7, duid);
	struct address address = address_of(lease);

	observation.outgoing = 1;
	observation.destination = mac_of(mac);
	observation.conversation.destination = address_of(to);
	fields_add_address(&observation.fields, FIELD_DHCP6_ADDRESS, &address);
	fields_add_number(&observation.fields, FIELD_DHCP6_LIFETIME, seconds);
	return observation;
}

static void give6(struct bench *bench, uint8_t mac, const char *to, const char *duid, const char *lease,
                  uint32_t seconds)
{
	struct observation observation = reply6(1, mac, to, duid, lease, seconds);

	learner_observe(&bench->learner, &observation, NOW);
}

static void a_lease_by_dhcp6_binds(void **state)
{
	struct bench *bench = *state;
	struct address address = address_of("fd20::100");

	dad(bench, 1, 1, "fe80::a");
	ask6(bench, 1, 1, "fe80::a", "one");
	give6(bench, 1, "fe80::a", "one", "fd20::100", 60);
	give6(bench, 1, "fe80::a", "one", "fd20::101", 60); /* a second one is no move */
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 1);
	assert_int_equal(holder(bench, "fd20::101", "pumps0"), 1);
	assert_int_equal(inventory_binding(&bench->inventory, &address)->source, BINDING_DHCP);
	assert_int_equal(inventory_binding(&bench->inventory, &address)->lease_until_ms, NOW + 60000);
	give6(bench, 1, "fe80::a", "one", "fd20::102", 0); /* taken back */
	assert_int_equal(holder(bench, "fd20::102", "pumps0"), 0);
}

static void a_lease_outranks_a_claim(void **state)
{
	struct bench *bench = *state;

	dad(bench, 1, 2, "fd20::100");
	ask6(bench, 1, 1, "fe80::a", "one");
	give6(bench, 1, "fe80::a", "one", "fd20::100", 60);
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 1);
	assert_int_equal(events_of(bench, "address-moved"), 1);
	assert_true(bench->enforcement.bump);
	dad(bench, 1, 2, "fd20::100");
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 1);
	give6(bench, 1, "fe80::a", "one", "fd20::1", 60); /* whatever a server says, the gateway's own is its own */
	assert_int_equal(holder(bench, "fd20::1", "pumps0"), 0);
}

/* Who asks from another's address, or for another, gets nothing bound, neither to itself nor to the other. */
static void a_lease_is_for_who_asked(void **state)
{
	struct bench *bench = *state;
	struct observation foreign = reply6(1, 1, "fe80::a", "one", "fd20::100", 60);

	dad(bench, 1, 1, "fe80::a");
	ask6(bench, 1, 1, "fe80::a", "one");
	ask6(bench, 1, 2, "fe80::a", "two");
	give6(bench, 1, "fe80::a", "two", "fd20::100", 60); /* the kernel sends it to the address's holder */
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 0);
	give6(bench, 2, "fe80::a", "two", "fd20::100", 60); /* and if it did not */
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 0);
	foreign.outgoing = 0;
	foreign.source = mac_of(3);
	learner_observe(&bench->learner, &foreign, NOW);
	assert_int_equal(holder(bench, "fd20::100", "pumps0"), 0);
	assert_int_equal(events_of(bench, "rogue-dhcp"), 1);
}

static void refusals_by_ip6_are_told_apart(void **state)
{
	struct bench *bench = *state;
	struct refusal refusal = {
		.prefix = PLAN_REPORT_GUARD, .in_ifindex = 1, .protocol = 6, .destination_port = 80
	};

	refusal.source_mac = mac_of(1);
	refusal.source = address_of("fd20::a");
	refusal.destination = address_of("2001:db8::1");
	refusals_take(&bench->learner, &refusal, NOW);
	assert_int_equal(holder(bench, "fd20::a", "pumps0"), 1); /* in use before anything was heard of it */
	assert_int_equal(bench->recorder.batch.denied.count, 0);
	refusal.source_mac = mac_of(2);
	refusals_take(&bench->learner, &refusal, NOW);
	assert_string_equal(bench->recorder.batch.denied.at[0].kind, "spoof");
	snprintf(refusal.prefix, sizeof(refusal.prefix), "%s", PLAN_REPORT_ROGUE);
	refusal.protocol = 58;
	refusal.destination = address_of("ff02::1");
	refusals_take(&bench->learner, &refusal, NOW);
	assert_string_equal(bench->recorder.batch.denied.at[1].kind, "rogue");
}

#define LEARNER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEARNER_TEST(detecting_duplicates_binds),
		LEARNER_TEST(what_is_said_in_its_own_name_binds),
		LEARNER_TEST(what_is_held_is_not_taken),
		LEARNER_TEST(an_address_made_of_anothers_mac_is_not_taken),
		LEARNER_TEST(in_anothers_name_is_a_spoof),
		LEARNER_TEST(what_came_over_a_router_is_nothing),
		LEARNER_TEST(a_link_local_address_is_of_its_link),
		LEARNER_TEST(a_routers_word_is_an_event),
		LEARNER_TEST(its_own_oldest_makes_room),
		LEARNER_TEST(the_gateways_new_address_is_no_devices),
		LEARNER_TEST(an_on_link_prefix_is_told),
		LEARNER_TEST(a_lease_by_dhcp6_binds),
		LEARNER_TEST(a_lease_outranks_a_claim),
		LEARNER_TEST(a_lease_is_for_who_asked),
		LEARNER_TEST(refusals_by_ip6_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
