/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_pairs: the part of the plan that grows with the policy: networks, zones and zone pairs.
 *
 * Owns:    nothing.
 * Context: pure; of use to plan_build only.
 */
#ifndef ISOWARD_POLICY_PLAN_PAIRS_H
#define ISOWARD_POLICY_PLAN_PAIRS_H

#include "policy/plan/plan_write.h"

/* plan_write_networks writes the interval maps net4 and net6 of ${table}. */
void plan_write_networks(struct plan_writer *writer, const struct table *table);

/*
 * plan_write_zones writes the map "from", and for each zone of ${policy} its chain and its map of the pairs that
 * ${table} holds, and for each pair its chain and the port sets. Entries that do not hold at ${moment} are left out.
 */
void plan_write_zones(struct plan_writer *writer, const struct policy *policy, const struct table *table,
                      struct moment moment);

#endif
