/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reach: who can touch whom, directly and over others: the zone by zone table and the blast radius.
 *
 * A zone reaches another where some flow between them can be allowed at some moment, to some name. An infected member
 * reaches on: what it touches is taken to be infected too. A zone reaches itself where its members may touch each
 * other, directly or over others.
 *
 * Ends are group ids. A zone's stands for all its members, the single devices among them included; a device's for it
 * alone. What is counted and shown is zones: a device that is reached is its zone reached.
 *
 * Owns:    struct reach owns its tables; reach_free releases them.
 * Context: pure. O(zones cubed) at most.
 */
#ifndef ISOWARD_POLICY_PROOF_REACH_H
#define ISOWARD_POLICY_PROOF_REACH_H

#include "policy/table/table.h"

struct reach;

/*
 * reach_new computes into new ${reach} who reaches whom by one of the ${count} ${ranges} ({ 0, 0, 0, 65535 } is any).
 * errors: -ENOMEM, -E2BIG. ownership: the caller's, to free.
 */
int reach_new(const struct policy *policy, const struct table *table, const struct service_range *ranges, size_t count,
              struct reach **reach);

/* reach_free releases ${reach}; NULL is allowed. */
void reach_free(struct reach *reach);
CLEANUP_DEFINE(struct reach, reach_free);

/* reach_hops tells over how many connections group ${from} reaches group ${to}: 1 directly; 0 not at all. */
unsigned int reach_hops(const struct reach *reach, uint16_t from, uint16_t to);

/*
 * reach_radius tells how many zones ${from} reaches over at most ${hops} (0: any number); its own is one of them where
 * it reaches other members of it. An expectation of a reach counts the same way.
 */
unsigned int reach_radius(const struct reach *reach, uint16_t from, unsigned int hops);

/*
 * reach_path fills ${path}, room for ${max} group ids, with a shortest way from ${from} to ${to}, both included. Where
 * a device that rules name by itself makes the way, it stands there instead of its zone.
 * shape: returns how many; 0 where there is none or no room.
 */
size_t reach_path(const struct reach *reach, uint16_t from, uint16_t to, uint16_t *path, size_t max);

#endif
