/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * members: which devices a zone takes: a tree of conditions over what is known of a device.
 *
 * The values of one condition are alternatives; the keys of one mapping must all hold. A condition on what is not
 * known of a device does not hold, and neither does "not" alone: see members_take_anything.
 *
 * Owns:    members_free releases what hangs below a member.
 * Limits:  MEMBERS_DEPTH_MAX levels; MEMBERS_TERMS_MAX alternatives a zone when written out.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_MEMBERS_H
#define ISOWARD_POLICY_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/place.h"

#define MEMBERS_DEPTH_MAX    8
#define MEMBERS_TERMS_MAX    256
#define MEMBERS_LITERALS_MAX 32
#define MEMBERS_STEPS_MAX    50000000
#define MEMBER_TEXT_MAX      64 /* "medical/imaging/ct", "GE*", "ct-*" */
#define MEMBER_TAG_MAX       32

enum member_kind {
	MEMBER_ALL, /* every child holds; of no children: true */
	MEMBER_ANY, /* a child holds; of no children: false */
	MEMBER_NOT, /* the one child does not hold */
	MEMBER_CLASS,
	MEMBER_VENDOR, /* glob, letters of either case alike */
	MEMBER_HOST,   /* glob, likewise: the host name a device gives itself */
	MEMBER_INTERFACE,
	MEMBER_VLAN,
	MEMBER_TAG,
	MEMBER_MAC,
	MEMBER_NETWORK,
};

union member_value {
	char text[MEMBER_TEXT_MAX]; /* class, vendor, host, interface, tag */
	uint16_t vlan;
	struct mac mac;
	struct prefix network;
};

struct member {
	enum member_kind kind;
	struct member *children; /* MEMBER_ALL, MEMBER_ANY, MEMBER_NOT */
	size_t child_count;
	union member_value *values; /* the other kinds: alternatives; MAC addresses sorted, none twice */
	size_t value_count;
	struct place place;
};

/* What is known of a device; NULL, "" and 0 where nothing is. Borrows everything. */
struct member_facts {
	const struct mac *mac;
	const char *class;
	const char *vendor;
	const char *host_name;
	const char *interface;
	uint16_t vlan; /* 802.1Q id; 0 for none */
	const char (*tags)[MEMBER_TAG_MAX];
	size_t tag_count;
	const struct address *addresses;
	size_t address_count;
};

/* members_is_none tells whether ${member} is what a zone without members has: it takes no device. */
bool members_is_none(const struct member *member);

/* members_free releases what ${member} owns, not the member itself. */
void members_free(struct member *member);

/*
 * members_hold tells whether ${member} holds for ${facts}; ${depth} becomes the letters of the longest class that
 * made it hold, 0 where no class did.
 */
bool members_hold(const struct member *member, const struct member_facts *facts, size_t *depth);

/* members_take_anything tells whether ${member} holds for a device of which nothing is known: that is the default
 * zone's to do. */
bool members_take_anything(const struct member *member);

/* Two zones' conditions that hold for one device with nothing to choose by. */
struct members_overlap {
	char example[192]; /* a device that both take, in words: "class medical/imaging with vendor 'GE*'" */
	size_t steps;      /* comparisons made, added up over the calls; 0 before the first */
};

/*
 * members_overlap tells whether a device could be taken by both ${left} and ${right} without one of them naming a
 * longer class; ${overlap} says which. It may see an overlap where there is none, never the other way.
 * errors: 1 they overlap, 0 they do not, -E2BIG more than MEMBERS_TERMS_MAX alternatives, one of more than
 *         MEMBERS_LITERALS_MAX conditions, or MEMBERS_STEPS_MAX comparisons; -ENOMEM.
 */
int members_overlap(const struct member *left, const struct member *right, struct members_overlap *overlap);

#endif
