/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * interfaces: the machine's interfaces, which of them are clinical, and the gateway's own addresses on them.
 *
 * Owns:    its tables.
 * Limits:  INTERFACES_MAX interfaces, INTERFACE_PREFIXES_MAX own addresses an interface; more are not followed and
 * counted. Context: controller process; no I/O. netlink/links.h tells it what changes.
 */
#ifndef ISOWARD_CONTROLLER_INVENTORY_INTERFACES_H
#define ISOWARD_CONTROLLER_INVENTORY_INTERFACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink/links.h"
#include "policy/policy.h"

#define INTERFACES_MAX         256
#define INTERFACE_PREFIXES_MAX 16

struct interface {
	uint32_t ifindex;
	char name[INTERFACE_NAME_MAX];
	uint16_t vlan; /* 802.1Q id of a VLAN interface; 0 for any other */
	bool up;
	bool clinical;
	char former[INTERFACE_NAME_MAX]; /* the name by which it is clinical, where the policy does not know its present
	                                    one; "" */
	bool captured;
	bool seen;     /* since interfaces_forget_seen */
	bool on_link6; /* its IPv6 prefix is advertised as one whose hosts reach each other past the gateway */
	struct prefix
		own[INTERFACE_PREFIXES_MAX]; /* the gateway's addresses with their prefix lengths; host bits kept */
	size_t own_count;
};

struct interfaces {
	struct interface at[INTERFACES_MAX];
	size_t count;
	uint64_t overflow;
};

/*
 * interfaces_apply takes ${event} into ${interfaces}; names are held against the clinical patterns of ${policy}. A
 * clinical interface that is renamed stays clinical, whatever it is called: its devices are behind it as before.
 * shape: returns the interface that changed, or NULL where none of ours did. A vanished interface is first returned
 * by the caller's own look-up (interfaces_by_index), then removed here.
 */
struct interface *interfaces_apply(struct interfaces *interfaces, const struct link_event *event,
                                   const struct policy *policy);

/*
 * interfaces_forget_seen prepares ${interfaces} for being told of all that there is: those of which nothing is told
 * until interfaces_unseen is asked are gone, and so are own addresses.
 */
void interfaces_forget_seen(struct interfaces *interfaces);

/* interfaces_unseen finds one of which nothing was told; NULL where there is none. */
const struct interface *interfaces_unseen(const struct interfaces *interfaces);

/* interfaces_mark marks anew which of ${interfaces} are clinical under ${policy}; renamed ones are by their former
 * names where it does not know the present. */
void interfaces_mark(struct interfaces *interfaces, const struct policy *policy);

/* interfaces_by_index finds the interface of ${ifindex}; NULL where there is none. */
struct interface *interfaces_by_index(struct interfaces *interfaces, uint32_t ifindex);

/* interfaces_is_own tells whether ${address} is the gateway's own, on any interface. */
bool interfaces_is_own(const struct interfaces *interfaces, const struct address *address);

/* interfaces_is_clinical tells whether ${address} is one that a device behind a clinical interface can have. */
bool interfaces_is_clinical(const struct interfaces *interfaces, const struct address *address);

/* interface_takes tells whether a device on ${interface} can have ${address}: inside an own prefix, neither its network
 * nor broadcast address. */
bool interface_takes(const struct interface *interface, const struct address *address);

/* interfaces_on_link6 tells whether ${interfaces} have a clinical one with a prefix advertised on-link. */
bool interfaces_on_link6(const struct interfaces *interfaces);

/* interface_network writes the network of own address ${index} of ${interface}, host bits cleared, into ${network}. */
void interface_network(const struct interface *interface, size_t index, struct prefix *network);

#endif
