/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * learner: what observations mean for the inventory: who is new, who holds which address, who belongs in which zone.
 *
 * The rules of trust:
 * - a binding comes from a DHCPACK that this gateway itself sent, or from an address nobody holds (ARP, traffic);
 *   nothing that a device says takes an address from another device, one made of another's MAC included;
 * - a device that turns up on another interface has moved when a lease is given there, or when it answers no more where
 *   it lived (roaming.h);
 * - neighbour discovery says what ARP says, and no more; a DHCPv6 reply counts for the device to which this gateway
 *   sent it and whose identifier it bears;
 * - an address that the operator pinned to a device is its from the start, and no other's;
 * - what is or becomes the gateway's own address is no device's;
 * - facts about a device count only from its own MAC on its own interface; said elsewhere they wait until a server
 *   gives a lease there, and if they tell of another kind of device that lease is held in the default zone;
 * - a lease that runs out changes nothing: only another device's lease of the address ends a binding;
 * - an answer of DNS makes addresses known for the names of rules where a device asked for it, and where the policy
 *   lets that device have DNS from the one who answers; who is but in a network of all addresses, as the internet's, is
 *   a stranger and not believed;
 * - a device that a zone took for what it said and that now says what another zone would take it for goes to the
 *   default zone until it is pinned, unless policy leaves it there (on_conflict); where it lives and which addresses it
 *   holds move it between zones, no more.
 *
 * Owns:    nothing; borrows all its members.
 * Context: controller process; no I/O but the log. ${now_ms} is wall clock, milliseconds.
 * Trust:   observations are hostile in content, checked in form.
 */
#ifndef ISOWARD_CONTROLLER_LEARNER_LEARNER_H
#define ISOWARD_CONTROLLER_LEARNER_LEARNER_H

#include <stdint.h>

#include "controller/enforcement/enforcement.h"
#include "controller/inventory/interfaces.h"
#include "controller/inventory/inventory.h"
#include "controller/learner/roaming.h"
#include "controller/learner/watch.h"
#include "controller/store/recorder.h"
#include "policy/identity/identity.h"
#include "policy/known_names.h"
#include "policy/observation.h"

#define LEARNER_BEHIND_MAX 64

/* A device that was met in DHCP with another's MAC, before it held an address. */
struct learner_behind {
	struct mac client;
	struct mac carrier;
};

struct learner {
	struct inventory *inventory;
	struct enforcement *enforcement;
	struct interfaces *interfaces;
	struct recorder *recorder;
	const struct fingerprints *fingerprints;
	struct known_names *known;                        /* NULL where no names are learned */
	struct watch *watch;                              /* NULL where nobody looks for findings */
	struct learner_behind behind[LEARNER_BEHIND_MAX]; /* the one met longest ago makes room */
	size_t behind_next;
	uint64_t behind_forgotten;
	uint64_t facts_forgotten; /* of all devices */
	struct roaming roaming;
};

/* learner_observe takes one ${observation} in. Changes for the kernel are staged, not sent. */
void learner_observe(struct learner *learner, const struct observation *observation, uint64_t now_ms);

/*
 * learner_claim takes in that ${mac} on ${interface} uses ${address}, seen in ${how} ("ARP", "ND", "traffic") with the
 * 802.1Q
 * ${tag}, 0 for none.
 * shape: returns 1 where the address is, or now is, bound to just that; 0 where the claim is refused.
 */
int learner_claim(struct learner *learner, struct interface *interface, const struct mac *mac,
                  const struct address *address, uint16_t tag, const char *how, uint64_t now_ms);

/*
 * learner_carries takes in that a packet with the MAC of ${device} came from ${address}, which it does not hold: from
 * more than KINSHIP_BEHIND of them on in a day it stands before others.
 */
void learner_carries(struct learner *learner, struct device *device, const struct address *address, uint64_t now_ms);

/*
 * learner_group_of tells the group that ${address} is in: a device's, a network's, or ZONE_NONE for an address of a
 * clinical network that no device holds, as in the plan.
 */
uint16_t learner_group_of(const struct learner *learner, const struct address *address);

/*
 * learner_bind_pinned binds the addresses that the policy in force pins to devices, on the clinical interfaces whose
 * networks hold them; whoever had one loses it. Call it when a policy or an interface's address is new.
 */
void learner_bind_pinned(struct learner *learner, uint64_t now_ms);

/* learner_own_address takes in that ${address} is the gateway's own now: whoever holds it loses it. */
void learner_own_address(struct learner *learner, const struct address *address, uint64_t now_ms);

/* learner_interface_changed takes in that ${interface} is now of another VLAN: so are the devices that live on it. */
void learner_interface_changed(struct learner *learner, const struct interface *interface);

/*
 * learner_interface_renamed takes in that the interface ${from} is called as ${interface} now: its devices and what is
 * bound there are behind it as before. The caller flushes.
 */
void learner_interface_renamed(struct learner *learner, const char *from, const struct interface *interface);

/* learner_settle finds the zone of ${device} under ${policy}, without telling the kernel. */
void learner_settle(struct learner *learner, struct device *device, const struct policy *policy);

/* learner_forgive_pinned ends the conflict of every pinned device: the policy that pins them is in force. */
void learner_forgive_pinned(struct learner *learner);

/* learner_settle_all does so for every device: before a policy is put in force, and again should that fail. */
void learner_settle_all(struct learner *learner, const struct policy *policy);

#endif
