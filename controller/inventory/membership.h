/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * membership: which zone takes a device by what is known of it, and the words that say why.
 *
 * Of what a zone may ask, the interface and the VLAN id of a VLAN interface are the gateway's own knowledge. All else
 * is what a device says of itself and can forge: class, vendor and host name, its MAC (and with it the operator's tags)
 * and, within its interface's network, its address.
 *
 * Owns:    nothing.
 * Context: controller process; no I/O.
 */
#ifndef ISOWARD_CONTROLLER_INVENTORY_MEMBERSHIP_H
#define ISOWARD_CONTROLLER_INVENTORY_MEMBERSHIP_H

#include "controller/inventory/inventory.h"
#include "policy/policy.h"

/* What is known of one device as zones ask for it. */
struct membership {
	struct member_facts facts; /* borrows from the device, the policy and the addresses below */
	struct address addresses[DEVICE_BINDINGS_MAX];
};

/* membership_of fills ${membership} with what is known of ${device} under ${policy}; suspects' addresses are not its
 * own. Both must outlive it. */
void membership_of(struct membership *membership, const struct policy *policy, const struct device *device);

/* membership_zone finds the zone of ${policy} that takes ${device}, pins and conflicts aside. */
uint16_t membership_zone(const struct policy *policy, const struct device *device);

/* What membership_zone_as is asked about. */
struct membership_question {
	const struct policy *policy;
	const struct device *device;
};

/* membership_zone_as finds the zone that would take the device of ${question}, a struct membership_question, were it of
 * ${class}; a settle_zone_of. */
uint16_t membership_zone_as(const char *class, void *question);

/* membership_why writes into ${why} which members of ${zone} took ${device}, with their place in ${policy}; for the
 * default zone, why no other did. */
void membership_why(const struct policy *policy, const struct device *device, uint16_t zone, char why[DEVICE_WHY_MAX]);

#endif
