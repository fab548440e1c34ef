/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hiding: which rules never come to decide, because rules before them decide every flow they name.
 *
 * A rule that hangs on names or on a time, or that only observes, hides nothing: what stands behind it may still
 * decide.
 *
 * Owns:    nothing; the caller frees the array.
 * Context: pure. O(n log n) in the entries of each pair.
 */
#ifndef ISOWARD_POLICY_PROOF_HIDING_H
#define ISOWARD_POLICY_PROOF_HIDING_H

#include "policy/table/table.h"

/* What becomes of one rule. */
struct hiding {
	size_t pairs;      /* of groups that it names */
	size_t hidden;     /* of those, where nothing is left to it */
	bool against;      /* on one of those at least by a rule with another verdict */
	size_t by;         /* such a rule, else the one that decides in its place: index into policy->rules */
	bool by_several;   /* others hide it, too */
	size_t against_in; /* the pairs it names itself, no exception to "any", where another verdict stands in its way
	                    */
	uint16_t from;     /* the first of them: group ids */
	uint16_t to;
	size_t against_by; /* and the rule that does */
};

/*
 * hiding_find makes ${hidings}, one for each rule of ${policy}, by ${table}.
 * errors: -ENOMEM. ownership: the caller's, to free.
 */
int hiding_find(const struct policy *policy, const struct table *table, struct hiding **hidings);

#endif
