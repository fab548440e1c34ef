/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * learner_internal: what the files of the learner ask of each other: learner.c knows addresses, leases and zones,
 * learner_pins.c which of them the operator gave away, learner_ip6.c what neighbour discovery and DHCPv6 say of
 * addresses, learner_identity.c what a device is by its own words, learner_relations.c who stands before whom,
 * learner_names.c which addresses stand for the names of rules.
 *
 * Owns:    nothing.
 * Context: as learner.h.
 */
#ifndef ISOWARD_CONTROLLER_LEARNER_LEARNER_INTERNAL_H
#define ISOWARD_CONTROLLER_LEARNER_LEARNER_INTERNAL_H

#include "controller/learner/learner.h"

/* What a DHCP server of this gateway gave away. */
struct lease {
	struct mac client;
	struct address address;
	uint32_t seconds; /* 0 where it was not told, UINT32_MAX is forever */
};

/* learner_device finds the device of ${mac} or makes it, seen at ${now_ms}; NULL where there is no room or memory. */
struct device *learner_device(struct learner *learner, const struct mac *mac, uint64_t now_ms);

/* learner_lives_elsewhere tells whether ${device} has addresses and lives on another interface than ${interface}. */
bool learner_lives_elsewhere(const struct device *device, const struct interface *interface);

/* learner_lives_on takes in that ${device} lives on ${interface}; ${tag} is the 802.1Q id of its frame, 0 for none. */
void learner_lives_on(struct learner *learner, struct device *device, const struct interface *interface, uint16_t tag);

/* learner_bind binds ${address} on ${interface} to ${device}; NULL where it has no room, or memory is out. */
struct binding *learner_bind(struct learner *learner, struct device *device, const struct interface *interface,
                             const struct address *address, enum binding_source source, bool suspect, uint64_t now_ms);

/* learner_unbind ends ${binding}. */
void learner_unbind(struct learner *learner, struct binding *binding);

/* learner_make_room lets go of what ${device} can spare, where it has its most. */
void learner_make_room(struct learner *learner, struct device *device, uint64_t now_ms);

/* learner_lease binds what ${lease} says on ${interface}, whoever held it before. */
void learner_lease(struct learner *learner, struct interface *interface, const struct lease *lease, uint64_t now_ms);

/* learner_moved ends all bindings of ${device}: it lives on ${interface} now, and is what it was; where it asked for a
 * lease there it is what it said then. */
void learner_moved(struct learner *learner, struct device *device, const struct interface *interface, uint64_t now_ms);

/* learner_nd_said takes in a message of neighbour discovery: who uses which address, and who says it is a router. */
void learner_nd_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                     uint64_t now_ms);

/* learner_dhcp6_said takes in a DHCPv6 message: the identifier of a client, or the lease it was given. */
void learner_dhcp6_said(struct learner *learner, struct interface *interface, const struct observation *observation,
                        uint64_t now_ms);

/* learner_settle_in_kernel finds the zone of ${device} and stages it for its addresses. */
void learner_settle_in_kernel(struct learner *learner, struct device *device);

/*
 * learner_judge makes of ${device} what its facts say, or holds it where they contradict what it is held to be. Where
 * it never ${spoke_before}, nothing is contradicted: what was known is no more than its MAC and its addresses.
 */
void learner_judge(struct learner *learner, struct device *device, bool spoke_before, uint64_t now_ms);

/* learner_learn adds what ${fields} say of ${device}, their sender, and judges it anew where that is news. */
void learner_learn(struct learner *learner, struct device *device, const struct fields *fields, uint64_t now_ms);

/* learner_learn_address does the same for what ${address}, which ${device} holds now, gives away by itself. */
void learner_learn_address(struct learner *learner, struct device *device, const struct address *address,
                           uint64_t now_ms);

/*
 * learner_said_by takes in that ${carrier} sent DHCP of ${client}, as a docking station does that has but one MAC to
 * the outside. It is shown, with the finding that it may be: nothing is learned of the client.
 */
void learner_said_by(struct learner *learner, const struct mac *client, const struct mac *carrier);

/* learner_given_lease takes in that ${device} was given a lease: who carried its request stands before it. */
void learner_given_lease(struct learner *learner, struct device *device);

/* learner_speaks_itself takes in that ${device} sends with its own MAC. */
void learner_speaks_itself(struct learner *learner, struct device *device);

/* learner_asked takes in the question of DNS that ${observation}, of a device by its own address, may be. */
void learner_asked(struct learner *learner, const struct observation *observation, uint64_t now_ms);

/* learner_answered takes in the answer of DNS that ${observation}, which came in by ${interface}, may be. */
void learner_answered(struct learner *learner, const struct interface *interface, const struct observation *observation,
                      uint64_t now_ms);

/*
 * learner_is_same_kind tells whether what was said under the MAC of ${device} on another ${interface} can be the same
 * device come over: recognised, its class must speak for the same zone; unrecognised, it must say the same words. Its
 * MAC, and what the operator says of that, prove nothing.
 */
bool learner_is_same_kind(struct learner *learner, const struct device *device, const struct interface *interface);

#endif
