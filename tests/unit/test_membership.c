/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zones by all that is known of a device: which one takes it, why, and what it may not talk itself into. */
#include "learner_bench.h"

#include "controller/inventory/membership.h"

static const char POLICY[] =
	"version: 1\n"
	"gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
	"zones:\n"
	"  pumps:    { members: { class: medical/infusion-pump } }\n"
	"  ge:       { members: { all: [{ class: medical/imaging }, { vendor: \"GE*\" }] }, priority: 5 }\n"
	"  imaging:  { members: { class: medical/imaging } }\n"
	"  named:    { members: { host: [\"lab-*\", \"path-*\"] }, priority: 1 }\n"
	"  tagged:   { members: { tag: biomed }, priority: 9 }\n"
	"  low:      { members: { network: 10.20.0.0/28 }, priority: 3 }\n"
	"  trunk:    { members: { all: [{ vlan: 30 }, { not: { class: computer } }] }, priority: 2 }\n"
	"  internet: { networks: [0.0.0.0/0] }\n"
	"  quarantine: { default: true }\n"
	"devices:\n"
	"  - { mac: \"02:00:00:00:00:77\", name: cart-7, tags: [mobile, biomed] }\n";

static const char REGISTRY[] = "Registry,Assignment,Organization Name,Organization Address\n"
			       "MA-L,000011,Toy Works,Somewhere\n";

static int set_up(void **state)
{
	struct bench *bench = bench_new(POLICY);

	assert_int_equal(fingerprints_add_registry(bench->fingerprints, "oui.csv", REGISTRY, strlen(REGISTRY), NULL),
	                 1);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	bench_free(*state);
	return 0;
}

static struct device *device_of(const struct bench *bench, uint8_t last)
{
	struct mac mac = mac_of(last);
	struct device *device = inventory_device(&bench->inventory, &mac);

	assert_non_null(device);
	return device;
}

static void say_named(struct bench *bench, uint8_t last, const char *vendor_class, const char *host_name)
{
	struct observation observation = dhcp(1, mac_of(last), DHCP4_REQUEST, vendor_class);

	observation.dhcp4.host_name.length = (uint8_t)strlen(host_name);
	memcpy(observation.dhcp4.host_name.byte, host_name, strlen(host_name));
	learner_observe(&bench->learner, &observation, NOW);
}

static void vendor_and_class_together(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 31), "GEHC CT");
	join(bench, 1, mac_of(2), ip(20, 32), "SIEM CT");
	join(bench, 1, mac_of(3), ip(20, 33), "GEHC");
	assert_string_equal(zone_of(bench, ip(20, 31)), "ge");
	assert_string_equal(zone_of(bench, ip(20, 32)), "imaging");
	assert_string_equal(zone_of(bench, ip(20, 33)), "quarantine");
	assert_string_equal(device_of(bench, 1)->traits->zone_why,
	                    "class medical/imaging/ct (99 %), vendor 'GE*' at p.yaml:5");
	assert_string_equal(device_of(bench, 2)->traits->zone_why, "class medical/imaging/ct (99 %) at p.yaml:6");
	assert_string_equal(device_of(bench, 3)->traits->zone_why, "not recognised");
}

static void host_name_takes(void **state)
{
	struct bench *bench = *state;

	say_named(bench, 1, "", "PATH-17");
	acknowledge(bench, 1, mac_of(1), ip(20, 31), true);
	assert_string_equal(zone_of(bench, ip(20, 31)), "named");
	assert_string_equal(device_of(bench, 1)->traits->zone_why, "host name 'path-*' at p.yaml:7");
}

/* A name that puts it elsewhere is a contradiction like a class is; one that does not is only news. */
static void other_name_is_held_where_it_matters(void **state)
{
	struct bench *bench = *state;

	say_named(bench, 1, "", "lab-1");
	acknowledge(bench, 1, mac_of(1), ip(20, 31), true);
	say_named(bench, 1, "", "lab-2");
	assert_string_equal(zone_of(bench, ip(20, 31)), "named");
	assert_string_equal(device_of(bench, 1)->host_name, "lab-2");
	assert_int_equal(events_of(bench, "identity-conflict"), 0);
	say_named(bench, 1, "PUMP", "alaris");
	assert_string_equal(zone_of(bench, ip(20, 31)), "quarantine");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
	say_named(bench, 1, "", "lab-1");
	assert_string_equal(zone_of(bench, ip(20, 31)), "quarantine");
	join(bench, 1, mac_of(2), ip(20, 32), "PUMP");
	say_named(bench, 2, "PUMP", "whatever");
	assert_string_equal(zone_of(bench, ip(20, 32)), "pumps");
}

/*
 * First words are no contradiction, although they put the device into another zone and name another vendor than that of
 * its MAC; later ones are.
 */
static void first_words_are_no_contradiction(void **state)
{
	struct bench *bench = *state;
	struct mac mac = { { 0, 0, 0x11, 0, 0, 1 } };

	arp(bench, 1, mac, mac, ip(20, 3));
	assert_string_equal(zone_of(bench, ip(20, 3)), "low");
	assert_string_equal(inventory_device(&bench->inventory, &mac)->traits->vendor, "Toy Works");
	say(bench, 1, mac, "GEHC CT");
	assert_string_equal(zone_of(bench, ip(20, 3)), "ge");
	assert_int_equal(events_of(bench, "identity-conflict"), 0);
	say(bench, 1, mac, "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 3)), "quarantine");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
}

/* Addresses put a device into a zone while it holds them, before the kernel is told of them. */
static void address_takes_while_it_is_held(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 11)), "low");
	assert_int_equal(bench->enforcement.staged[1].mark, policy_zone_by_name(bench->enforcement.policy, "low"));
	assert_string_equal(device_of(bench, 1)->traits->zone_why, "network 10.20.0.0/28 at p.yaml:9");
	acknowledge(bench, 1, mac_of(1), ip(20, 40), true);
	assert_string_equal(zone_of(bench, ip(20, 40)), "pumps");
	assert_string_equal(device_of(bench, 1)->traits->zone_why, "class medical/infusion-pump (99 %) at p.yaml:4");
	assert_int_equal(events_of(bench, "identity-conflict"), 0);
}

/* An impostor's address, held in the default zone, does not move the device whose MAC it wears. */
static void suspect_address_takes_nothing(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(1), ip(20, 31), "PUMP");
	join(bench, 2, mac_of(1), ip(20, 5), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 5)), "quarantine");
	assert_string_equal(zone_of(bench, ip(20, 31)), "pumps");
}

static void tag_of_the_operator_takes(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(0x77), ip(20, 31), "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 31)), "tagged");
	assert_string_equal(device_of(bench, 0x77)->name, "cart-7");
	assert_string_equal(device_of(bench, 0x77)->traits->zone_why, "tag biomed at p.yaml:8");
	assert_false(device_of(bench, 0x77)->pinned);
}

/* Its MAC carries the tag along; that alone is no proof that it is the device that came over. */
static void stolen_tag_is_held(void **state)
{
	struct bench *bench = *state;

	join(bench, 1, mac_of(0x77), ip(20, 31), "PUMP");
	join(bench, 2, mac_of(0x77), ip(40, 33), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(40, 33)), "quarantine");
	assert_string_equal(zone_of(bench, ip(20, 31)), "tagged");
	assert_int_equal(events_of(bench, "spoof"), 1);
	join(bench, 2, mac_of(0x77), ip(40, 34), "PUMP"); /* the cart itself, rolled over */
	assert_string_equal(zone_of(bench, ip(40, 34)), "tagged");
	assert_int_equal(events_of(bench, "device-moved"), 1);
}

static void set_vlan(struct bench *bench, uint16_t vlan)
{
	struct link_event event = { .change = LINK_PRESENT, .ifindex = 1, .name = "pumps0", .up = true, .vlan = vlan };

	learner_interface_changed(&bench->learner,
	                          interfaces_apply(&bench->interfaces, &event, bench->enforcement.policy));
}

static void vlan_of_the_interface_takes(void **state)
{
	struct bench *bench = *state;

	set_vlan(bench, 30);
	join(bench, 1, mac_of(1), ip(20, 31), "nobody knows");
	join(bench, 1, mac_of(2), ip(20, 32), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 31)), "trunk");
	assert_string_equal(zone_of(bench, ip(20, 32)), "quarantine");
	assert_string_equal(device_of(bench, 1)->traits->zone_why, "VLAN 30, not class computer at p.yaml:10");
	set_vlan(bench, 20);
	assert_string_equal(zone_of(bench, ip(20, 31)), "quarantine");
	assert_int_equal(events_of(bench, "identity-conflict"), 0);
}

/* On a VLAN interface a tag in the frame is its sender's own; without one it is the switch's. */
static void tag_in_a_frame(void **state)
{
	struct bench *bench = *state;
	struct observation tagged = dhcp(1, mac_of(1), DHCP4_REQUEST, "nobody knows");

	tagged.vlan = 30;
	learner_observe(&bench->learner, &tagged, NOW);
	acknowledge(bench, 1, mac_of(1), ip(20, 31), true);
	assert_string_equal(zone_of(bench, ip(20, 31)), "trunk");
	set_vlan(bench, 20);
	learner_observe(&bench->learner, &tagged, NOW);
	assert_string_equal(zone_of(bench, ip(20, 31)), "quarantine");
	assert_int_equal(device_of(bench, 1)->vlan, 20);
}

/* ---- what rules report ---- */

static void take(struct bench *bench, const char *prefix, uint16_t port)
{
	struct refusal refusal = { .in_ifindex = 1,
		                   .source_mac = mac_of(1),
		                   .source = ip(20, 31),
		                   .destination = address_v4((const uint8_t[]){ 203, 0, 113, 10 }),
		                   .protocol = 6,
		                   .destination_port = port };

	snprintf(refusal.prefix, sizeof(refusal.prefix), "%s", prefix);
	refusals_take(&bench->learner, &refusal, NOW);
}

static const char RULED[] = "version: 1\n"
			    "gateway: { clinical: [pumps0, pcs0], uplink: [wan0] }\n"
			    "zones:\n"
			    "  pumps: { members: { class: medical/infusion-pump } }\n"
			    "  internet: { networks: [0.0.0.0/0] }\n"
			    "  quarantine: { default: true }\n"
			    "rules:\n"
			    "  - { name: trial, from: pumps, to: internet, deny: [tcp/443], mode: observe }\n"
			    "  - { from: pumps, to: internet, allow: [tcp/443], log: true }\n"
			    "  - { name: slow, from: pumps, to: internet, allow: [tcp/22], rate: 10/minute }\n"
			    "  - { name: never, from: pumps, to: internet, deny: [tcp/23] }\n";

static void reports_are_told_apart(void **state)
{
	struct bench *bench = bench_new(RULED);
	const struct batch *batch = &bench->recorder.batch;

	(void)state;
	join(bench, 1, mac_of(1), ip(20, 31), "PUMP");
	take(bench, PLAN_REPORT_OBSERVE, 443);
	take(bench, PLAN_REPORT_ALLOW, 443);
	assert_int_equal(batch->denied.count, 0);
	assert_int_equal(batch->reported.count, 2);
	assert_string_equal(batch->reported.at[0].flow.kind, "observed");
	assert_string_equal(batch->reported.at[0].rule, "rule 'trial' at p.yaml:8");
	assert_string_equal(batch->reported.at[0].flow.why, "would be refused; now allowed by the rule at p.yaml:9");
	assert_string_equal(batch->reported.at[0].flow.from_zone, "pumps");
	assert_string_equal(batch->reported.at[1].flow.kind, "allowed");
	assert_string_equal(batch->reported.at[1].rule, "rule at p.yaml:9");
	take(bench, PLAN_REPORT_OBSERVE, 22); /* of rules that were in force a moment ago */
	assert_int_equal(batch->reported.count, 2);
	take(bench, PLAN_REPORT_RATE, 22);
	take(bench, PLAN_REPORT_DENY, 22);
	take(bench, PLAN_REPORT_DENY, 23);
	take(bench, PLAN_REPORT_DENY, 25);
	assert_int_equal(batch->reported.count, 2);
	assert_int_equal(batch->denied.count, 4);
	assert_string_equal(batch->denied.at[0].why, "more than the rate of the rule 'slow' at p.yaml:10");
	assert_string_equal(batch->denied.at[1].why, "refused by the rules in force at that time");
	assert_string_equal(batch->denied.at[2].why, "denied by the rule 'never' at p.yaml:11");
	assert_string_equal(batch->denied.at[3].why, "no rule allows pumps to internet this service");
	bench_free(bench);
}

#define MEMBERSHIP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* Policy may leave a device where it is: then somebody is told once, or only its page tells. */
static void conflict_as_policy_says(void **state)
{
	struct bench *bench = *state;
	struct policy *policy = bench->enforcement.policy;

	policy->on_conflict = CONFLICT_ALERT;
	join(bench, 1, mac_of(1), ip(20, 31), "PUMP");
	say(bench, 1, mac_of(1), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 31)), "pumps");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
	assert_false(device_of(bench, 1)->conflict);
	assert_string_equal(device_of(bench, 1)->traits->class, "medical/infusion-pump");
	assert_non_null(strstr(device_of(bench, 1)->traits->zone_why, "looks like something else as well"));
	say_named(bench, 1, "MSFT 5.0", "again");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
	/* The zone's own word goes before the policy's. */
	policy->zones[0].on_conflict = CONFLICT_KEEP;
	join(bench, 1, mac_of(2), ip(20, 32), "PUMP");
	say(bench, 1, mac_of(2), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 32)), "pumps");
	assert_int_equal(events_of(bench, "identity-conflict"), 1);
	assert_true(device_of(bench, 2)->doubted);
	policy->zones[0].on_conflict = CONFLICT_QUARANTINE;
	join(bench, 1, mac_of(3), ip(20, 33), "PUMP");
	say(bench, 1, mac_of(3), "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 33)), "quarantine");
	assert_int_equal(events_of(bench, "identity-conflict"), 2);
}

static void say_field(struct bench *bench, struct mac mac, struct address source, const char *vendor)
{
	struct observation observation = { .type = OBSERVATION_FIELDS, .ifindex = 1, .source = mac };

	observation.conversation.source = source;
	fields_add_text(&observation.fields, FIELD_DHCP_VENDOR, vendor);
	learner_observe(&bench->learner, &observation, NOW);
}

/* What is said in any protocol counts, from an address the device holds; what a router passes on is not its own. */
static void other_protocols_tell(void **state)
{
	struct bench *bench = *state;
	struct mac mac = mac_of(4);

	say_field(bench, mac, ip(20, 34), "PUMP");
	assert_null(inventory_device(&bench->inventory, &mac)); /* nobody holds that address yet */
	arp(bench, 1, mac, mac, ip(20, 34));
	say_field(bench, mac, ip(99, 1), "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 34)), "quarantine");
	say_field(bench, mac, ip(20, 34), "PUMP");
	assert_string_equal(zone_of(bench, ip(20, 34)), "pumps");
	say_field(bench, mac_of(5), (struct address){ 0 }, "PUMP"); /* on the link alone */
	assert_string_equal(device_of(bench, 5)->traits->class, "medical/infusion-pump");
	say_field(bench, mac_of(4), (struct address){ 0 }, "MSFT 5.0");
	assert_string_equal(zone_of(bench, ip(20, 34)), "quarantine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MEMBERSHIP_TEST(vendor_and_class_together),
		MEMBERSHIP_TEST(host_name_takes),
		MEMBERSHIP_TEST(other_name_is_held_where_it_matters),
		MEMBERSHIP_TEST(first_words_are_no_contradiction),
		MEMBERSHIP_TEST(address_takes_while_it_is_held),
		MEMBERSHIP_TEST(suspect_address_takes_nothing),
		MEMBERSHIP_TEST(tag_of_the_operator_takes),
		MEMBERSHIP_TEST(stolen_tag_is_held),
		MEMBERSHIP_TEST(vlan_of_the_interface_takes),
		MEMBERSHIP_TEST(tag_in_a_frame),
		MEMBERSHIP_TEST(conflict_as_policy_says),
		MEMBERSHIP_TEST(other_protocols_tell),
		cmocka_unit_test(reports_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
