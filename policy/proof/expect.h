/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * expect: hold a policy against its own expectations and canaries.
 *
 * An expectation of a verdict holds for every flow of its services, between every pair it names, at every moment and
 * for every name a destination may have; one of a zone holds for its single devices too.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_EXPECT_H
#define ISOWARD_POLICY_PROOF_EXPECT_H

#include "policy/language/load.h"
#include "policy/table/table.h"

/*
 * expect_check notes into ${errors}, room for ${max}, each expectation and canary of ${policy} that ${table} does not
 * meet, with a flow that shows it and the rule that lets or stops it; ${sources} (NULL where there are none) are the
 * texts to show lines of. ${count} is how many were noted.
 * errors: -EINVAL one failed; -ENOMEM, -E2BIG.
 */
int expect_check(const struct policy *policy, const struct table *table, const struct sources *sources,
                 struct error *errors, size_t max, size_t *count);

#endif
