/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kinship: which MAC addresses are one device, and which one stands before many.
 *
 *   Two adapters are one device where they say something that only one device can: the same DUID in DHCPv6, made to
 *   outlive an adapter (RFC 8415 section 11), or the same names in two protocols with the same kind of DHCP client. The
 *   second is a guess and is told as such: cloned PCs have the same names as well.
 *
 *   A MAC that many addresses of other networks come from is a router's, a docking station's or a bridge's: what is
 * seen behind it is not its own.
 *
 * Owns:    nothing.
 * Limits:  none; all is counted by the caller.
 * Context: pure. Kinship is shown, and never moves a device to another zone: all of it is a stranger's word.
 * Trust:   facts are a stranger's bytes.
 */
#ifndef ISOWARD_POLICY_KINSHIP_H
#define ISOWARD_POLICY_KINSHIP_H

#include <stdbool.h>

#include "policy/identity/facts.h"

/* Addresses behind one MAC from which on it stands before others: a device of its own rarely holds more. */
#define KINSHIP_BEHIND 8

#define KINSHIP_KEYS    2 /* kinds of keys that kin are looked up by */
#define KINSHIP_KEY_MAX (FACT_VALUE_MAX * 4 + 1)

enum kinship {
	KINSHIP_NONE,
	KINSHIP_LIKELY, /* the same names and the same DHCP client */
	KINSHIP_SAME,   /* the same DUID */
};

/*
 * mac_is_random tells whether ${mac} was made up, as phones, tablets and PCs do against tracking: locally administered,
 * and not of a range that virtual machines, containers and router protocols make theirs from.
 */
bool mac_is_random(const struct mac *mac);

/* kinship_of tells whether the devices of ${a} and ${b} are one; a device is no kin of itself. */
enum kinship kinship_of(const struct facts *a, const struct facts *b);

/*
 * kinship_key writes into ${key} what kin of ${kinship} share, to look them up by: the DUID for KINSHIP_SAME, the name
 * for KINSHIP_LIKELY. shape: false where the device says nothing of the kind, key untouched.
 */
bool kinship_key(const struct facts *facts, enum kinship kinship, char key[KINSHIP_KEY_MAX]);

/* kinship_name gives "same-device" or "likely-same-device"; NULL for KINSHIP_NONE. */
const char *kinship_name(enum kinship kinship);

/* kinship_why tells in a sentence why devices of that ${kinship} are taken for one; NULL for KINSHIP_NONE. */
const char *kinship_why(enum kinship kinship);

/* kinship_stands_before tells whether a MAC seen with ${addresses} different addresses stands before other devices. */
bool kinship_stands_before(size_t addresses);

#endif
