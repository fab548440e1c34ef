/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * learner_bench: a learner without a kernel, two VLANs, and devices that speak DHCP and ARP.
 *
 * Owns:    struct bench; bench_free releases it.
 * Context: unit tests of the controller: what is staged is looked at, nothing is sent.
 */
#ifndef ISOWARD_TESTS_UNIT_LEARNER_BENCH_H
#define ISOWARD_TESTS_UNIT_LEARNER_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "controller/learner/learner.h"
#include "controller/learner/refusals.h"

#define NOW UINT64_C(1700000000000)

static const char RULES[] =
	"version: 1\n"
	"rules:\n"
	"  - { name: pump, source: dhcp-vendor, match: PUMP, class: medical/infusion-pump, weight: 5.0, cite: test }\n"
	"  - { name: ge, source: dhcp-vendor, match: GEHC, vendor: GE Healthcare, cite: test }\n"
	"  - { name: ge-ct, source: dhcp-vendor, match: GEHC CT, vendor: GE Healthcare, class: medical/imaging/ct, "
	"weight: 5.0, cite: test }\n"
	"  - { name: siemens-ct, source: dhcp-vendor, match: SIEM CT, vendor: Siemens, class: medical/imaging/ct, "
	"weight: 5.0, cite: test }\n"
	"  - { name: windows, source: dhcp-vendor, match: MSFT 5.0, class: computer/workstation, weight: 5.0, cite: "
	"test "
	"}\n"
	"  - { name: dash, source: address-quirk, match: ge-dash-126, class: medical/monitor, weight: 5.0, cite: test "
	"}\n"
	"  - { name: seven, source: http-user-agent, prefix: [Seven], os: Windows 7, cite: test }\n"
	"  - { name: mirth, source: http-user-agent, prefix: [Wardline], class: computer/workstation, weight: 5.0, "
	"cite: test }\n"
	"support:\n"
	"  - { name: Windows 7, ended: 2020-01-14, source: test }\n";

struct bench {
	struct learner learner;
	struct inventory inventory;
	struct enforcement enforcement;
	struct interfaces interfaces;
	struct recorder recorder;
	struct fingerprints *fingerprints;
	struct watch watch;
};

/* mac_of is the MAC that ends with ${last}. */
static inline struct mac mac_of(uint8_t last)
{
	return (struct mac){ { 2, 0, 0, 0, 0, last } };
}

/* ip is 10.${net}.0.${host}. */
static inline struct address ip(uint8_t net, uint8_t host)
{
	return address_v4((const uint8_t[]){ 10, net, 0, host });
}

/* add_interface tells the bench of interface ${name}, up, with the gateway's address in 10.${net}.0.0/24. */
static inline void add_interface(struct bench *bench, uint32_t ifindex, const char *name, uint8_t net)
{
	struct link_event event = { .change = LINK_PRESENT, .ifindex = ifindex, .up = true };

	snprintf(event.name, sizeof(event.name), "%s", name);
	interfaces_apply(&bench->interfaces, &event, bench->enforcement.policy);
	event.change = LINK_ADDRESS_PRESENT;
	event.prefix = (struct prefix){ .address = ip(net, 1), .length = 24 };
	interfaces_apply(&bench->interfaces, &event, bench->enforcement.policy);
}

/* bench_new makes a bench under ${policy}, its two interfaces up. */
static inline struct bench *bench_new(const char *policy)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct error error = { 0 };

	assert_non_null(bench);
	if (policy_parse("p.yaml", policy, strlen(policy), &bench->enforcement.policy, &error) < 0)
		fail_msg("%s", error.text);
	assert_int_equal(table_compile(bench->enforcement.policy, &bench->enforcement.table, &error), 0);
	assert_int_equal(fingerprints_new(&bench->fingerprints), 0);
	assert_int_equal(fingerprints_add_yaml(bench->fingerprints, "r.yaml", RULES, strlen(RULES), &error), 0);
	bench->enforcement.epoch = 1;
	inventory_init(&bench->inventory);
	recorder_init(&bench->recorder);
	bench->learner = (struct learner){ .inventory = &bench->inventory,
		                           .enforcement = &bench->enforcement,
		                           .interfaces = &bench->interfaces,
		                           .recorder = &bench->recorder,
		                           .fingerprints = bench->fingerprints,
		                           .watch = &bench->watch };
	assert_int_equal(watch_init(&bench->watch, &bench->recorder, bench->fingerprints), 0);
	add_interface(bench, 1, "pumps0", 20);
	add_interface(bench, 2, "pcs0", 40);
	return bench;
}

/* bench_free releases ${bench}. */
static inline void bench_free(struct bench *bench)
{
	inventory_done(&bench->inventory);
	watch_done(&bench->watch);
	recorder_done(&bench->recorder);
	fingerprints_free(bench->fingerprints);
	table_free(bench->enforcement.table);
	policy_free(bench->enforcement.policy);
	free(bench->enforcement.staged);
	free(bench);
}

/* dhcp makes a DHCP message of ${mac} with the vendor class ${vendor_class}. */
static inline struct observation dhcp(uint32_t ifindex, struct mac mac, enum dhcp4_message message,
                                      const char *vendor_class)
{
	struct observation observation = { .type = OBSERVATION_DHCP4, .ifindex = ifindex, .source = mac };

	observation.dhcp4.message = (uint8_t)message;
	observation.dhcp4.client = mac;
	observation.dhcp4.vendor_class.length = (uint8_t)strlen(vendor_class);
	memcpy(observation.dhcp4.vendor_class.byte, vendor_class, strlen(vendor_class));
	return observation;
}

/* say has ${mac} ask for an address on ${ifindex}. */
static inline void say(struct bench *bench, uint32_t ifindex, struct mac mac, const char *vendor_class)
{
	struct observation observation = dhcp(ifindex, mac, DHCP4_REQUEST, vendor_class);

	learner_observe(&bench->learner, &observation, NOW);
}

/* acknowledge has a server, the gateway's own where ${outgoing}, give ${address} to ${mac}. */
static inline void acknowledge(struct bench *bench, uint32_t ifindex, struct mac mac, struct address address,
                               bool outgoing)
{
	struct observation observation = dhcp(ifindex, mac, DHCP4_ACK, "");

	observation.dhcp4.from_server = 1;
	observation.outgoing = outgoing;
	observation.dhcp4.your_address = address;
	observation.dhcp4.lease_s = 60;
	learner_observe(&bench->learner, &observation, NOW);
}

/* join has ${mac} ask for and get ${address}. */
static inline void join(struct bench *bench, uint32_t ifindex, struct mac mac, struct address address,
                        const char *vendor_class)
{
	say(bench, ifindex, mac, vendor_class);
	acknowledge(bench, ifindex, mac, address, true);
}

/* arp has ${source} send ARP in the name of ${sender}, which uses ${address}. */
static inline void arp(struct bench *bench, uint32_t ifindex, struct mac source, struct mac sender,
                       struct address address)
{
	struct observation observation = { .type = OBSERVATION_ARP, .ifindex = ifindex, .source = source };

	observation.arp = (struct observation_arp){ .operation = 1, .sender_mac = sender, .sender_address = address };
	learner_observe(&bench->learner, &observation, NOW);
}

/* zone_of is the zone a packet from ${address} is judged in; "" where the source guard lets none through. */
static inline const char *zone_of(const struct bench *bench, struct address address)
{
	const struct binding *binding = inventory_binding(&bench->inventory, &address);

	return recorder_zone_name(bench->enforcement.policy,
	                          binding ? policy_group_zone(bench->enforcement.policy,
	                                                      enforcement_group_of(&bench->enforcement, binding))
	                                  : ZONE_NONE);
}

/* events_of counts the events of ${kind}. */
static inline size_t events_of(const struct bench *bench, const char *kind)
{
	size_t count = 0;

	for (size_t i = 0; i < bench->recorder.batch.events.count; i++)
		count += strcmp(bench->recorder.batch.events.at[i].kind, kind) == 0;
	return count;
}

#endif
