/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_pairs: the part of the plan that grows with the policy: networks, groups and pairs of groups.
 *
 * Owns:    nothing.
 * Context: pure; of use to plan_build only.
 */
#ifndef ISOWARD_POLICY_PLAN_PAIRS_H
#define ISOWARD_POLICY_PLAN_PAIRS_H

#include "policy/plan/plan_write.h"

/* Pairs of groups up to which each has a chain, so that what is refused by default is counted by pair: 64 groups. */
#define PLAN_PAIRS_WHOLE_MAX 4096

/* plan_write_networks writes the interval maps net4 and net6 of ${table}. */
void plan_write_networks(struct plan_writer *writer, const struct table *table);

/*
 * plan_write_groups writes the map "from", and for each group of ${policy} its chain and its map of the pairs that
 * ${table} holds, and for each pair its chain and the port sets; up to PLAN_PAIRS_WHOLE_MAX pairs of groups also for
 * those that it does not hold. ${calendar} says when entries with a schedule hold.
 * A zone's names are its own ("from.pumps"), a single device's have its MAC behind ("from.pumps.444b5d000001"). What
 * nothing allows is counted in rules whose comments begin "default " and the source's zone.
 */
void plan_write_groups(struct plan_writer *writer, const struct policy *policy, const struct table *table,
                       const struct calendar *calendar);

#endif
