/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flatten: overlapping prefixes to sorted ranges that do not overlap, the longest prefix winning.
 *
 * Owns:    nothing but the array it returns.
 * Limits:  POLICY_NETWORKS_MAX prefixes come in; at most two ranges a prefix, less one, go out.
 * Context: pure. O(n log n).
 */
#ifndef ISOWARD_POLICY_FLATTEN_H
#define ISOWARD_POLICY_FLATTEN_H

#include <sys/types.h>

#include "policy/policy.h"
#include "policy/table/table.h"

/* One prefix of one zone, with where the policy says so. */
struct flatten_prefix {
	struct prefix prefix;
	uint16_t zone;
	struct place place;
};

/*
 * flatten_prefixes writes the ${count} ${prefixes}, which it sorts, as ${networks}: by family, then by address; ranges
 * of one zone that touch are one range.
 * shape: returns the number of ranges. errors: -ENOMEM; -EINVAL two zones claim one prefix: ${reterr} tells the place
 *        of the later in the file and, by the names in ${policy}, both zones. networks untouched.
 * ownership: ${networks} is the caller's, to release with free(); NULL where there are none.
 */
ssize_t flatten_prefixes(struct flatten_prefix *prefixes, size_t count, const struct policy *policy,
                         struct table_network **networks, struct error *reterr);

#endif
