/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * groups: sets of groups, and which groups an end of a rule or an expectation stands for.
 *
 * Owns:    nothing; a set is a plain value.
 * Limits:  GROUPS_MAX groups.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_TABLE_GROUPS_H
#define ISOWARD_POLICY_TABLE_GROUPS_H

#include "policy/policy.h"

#define GROUPS_MAX       (POLICY_ZONES_MAX + POLICY_SINGLES_MAX)
#define GROUPS_WORD_BITS 64U
#define GROUPS_WORDS     (GROUPS_MAX / GROUPS_WORD_BITS + 1)

/* Some of the groups, a bit for each id. */
struct group_set {
	uint64_t words[GROUPS_WORDS];
};

/* group_set_add puts ${group} into ${set}. */
static inline void group_set_add(struct group_set *set, uint16_t group)
{
	set->words[group / GROUPS_WORD_BITS] |= UINT64_C(1) << group % GROUPS_WORD_BITS;
}

/* group_set_has tells whether ${group} is in ${set}. */
static inline bool group_set_has(const struct group_set *set, uint16_t group)
{
	return set->words[group / GROUPS_WORD_BITS] >> group % GROUPS_WORD_BITS & 1;
}

/* group_set_of makes the set of the ${count} ${ids}; a zone stands for its single devices too. */
static inline struct group_set group_set_of(const struct policy *policy, const uint16_t *ids, size_t count)
{
	struct group_set named = { { 0 } };
	struct group_set set;

	for (size_t i = 0; i < count; i++)
		group_set_add(&named, ids[i]);
	set = named;
	for (uint16_t group = (uint16_t)(policy->zone_count + 1); group <= policy_group_count(policy); group++)
		if (group_set_has(&named, policy_group_zone(policy, group)))
			group_set_add(&set, group);
	return set;
}

#endif
