/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * difference_internal: what the files that find differences share: the ends of both sides, and noting one.
 *
 * Owns:    struct search owns its ends and what it remembers.
 * Context: pure; included by difference*.c only.
 */
#ifndef ISOWARD_POLICY_PROOF_DIFFERENCE_INTERNAL_H
#define ISOWARD_POLICY_PROOF_DIFFERENCE_INTERNAL_H

#include "policy/proof/comparison.h"
#include "policy/proof/difference.h"

/* A zone or a device that both sides may know. */
struct end {
	uint16_t old_group; /* ZONE_NONE where that side has none */
	uint16_t new_group;
	size_t zone; /* index of the end that is its zone; its own for a zone */
	const char *name;
};

struct search {
	struct sides sides;
	struct differences *differences;
	struct end *ends; /* the zones of both sides, then the devices that stay in one zone */
	size_t zone_count;
	size_t end_count;
	int8_t *looser; /* by old zone * (new zones + 1) + new zone: 1, 0, or -1 where it is not known yet */
};

/* difference_add puts an empty difference of ${kind} between ${from} and ${to} ("" for none) behind the others.
 * errors: NULL no memory or DIFFERENCES_MAX. */
struct difference *difference_add(struct search *search, enum difference_kind kind, const char *from, const char *to);

/*
 * difference_is_looser tells whether something that moves from group ${from} of the old side to ${to} of the new
 * reaches, or is reached by, what it was not. errors: 1 it does, 0 it does not, -ENOMEM, -E2BIG.
 */
int difference_is_looser(struct search *search, uint16_t from, uint16_t to);

/*
 * difference_on_coming tells whether a device that comes into group ${to} of the new side, from whatever zone of the
 * old one that takes devices, may find it looser there. errors: as difference_is_looser.
 */
int difference_on_coming(struct search *search, uint16_t to);

/*
 * difference_on_going tells whether a device that leaves group ${from} of the old side, for whatever zone of the new
 * one that takes devices, may find it looser there. errors: as difference_is_looser.
 */
int difference_on_going(struct search *search, uint16_t from);

/* difference_add_moves adds what moves: networks and devices. errors: -ENOMEM, -E2BIG. */
int difference_add_moves(struct search *search);

/* difference_add_zones adds zones that came, went or take others, and what the gateway guards otherwise.
 * errors: -ENOMEM, -E2BIG. */
int difference_add_zones(struct search *search);

/* difference_add_pair adds what becomes of the flows between the ends ${from} and ${to}. errors: -ENOMEM, -E2BIG. */
int difference_add_pair(struct search *search, const struct end *from, const struct end *to);

#endif
