/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * regions: what a zone pair's chain comes to: every flow of the pair, in blocks that one entry decides.
 *
 * Expectations, differences, reach and the search for rules that never match all read the table through here, so that
 * they speak of the table that the kernel gets.
 *
 * Owns:    struct regions owns its array.
 * Context: pure. O(n log n) in the entries of the pair.
 */
#ifndef ISOWARD_POLICY_TABLE_REGIONS_H
#define ISOWARD_POLICY_TABLE_REGIONS_H

#include "policy/table/table.h"

#define REGIONS_CIRCUMSTANCES_MAX 4096
#define REGION_OTHERS             0 /* every protocol that has no region of its own in the list */

/* A block of ports of one protocol that is decided alike. */
struct region {
	uint8_t protocol; /* IPPROTO_* or REGION_OTHERS */
	uint16_t first;
	uint16_t last;
	struct decision decision;
};

/* Sorted by protocol and port; they hold every port of every protocol in the list once, and REGION_OTHERS is in it. */
struct regions {
	struct region *at;
	size_t count;
	size_t capacity;
};

/* What else a decision hangs on. */
struct circumstance {
	uint16_t names; /* as struct flow */
	struct moment moment;
};

/* regions_free releases what ${regions} owns and makes it empty. */
void regions_free(struct regions *regions);

/*
 * regions_of fills ${regions} (empty or used before) with what the pair ${from}, ${to} comes to under ${circumstance}.
 * errors: -ENOMEM.
 */
int regions_of(const struct table *table, uint16_t from, uint16_t to, struct circumstance circumstance,
               struct regions *regions);

/* regions_at borrows the region of ${regions} that holds ${port} of ${protocol}. */
const struct region *regions_at(const struct regions *regions, uint8_t protocol, uint16_t port);

/*
 * regions_circumstances lists into new ${list} of ${count}, ownership to the caller, circumstances such that whatever
 * the pair can decide for a flow, at any moment and for any set of names its destination has, it decides under one of
 * them; the first has no names. A pair without conditions has one.
 * errors: -ENOMEM; -E2BIG more than REGIONS_CIRCUMSTANCES_MAX, or too many moments to look at to tell.
 */
int regions_circumstances(const struct table *table, uint16_t from, uint16_t to, struct circumstance **list,
                          size_t *count);

#endif
