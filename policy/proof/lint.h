/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lint: what is allowed in a policy but hardly meant: rules that never decide, that are overdue, uncited or expired.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_LINT_H
#define ISOWARD_POLICY_PROOF_LINT_H

#include "policy/language/load.h"
#include "policy/table/table.h"

/*
 * lint_check notes warnings on ${policy} into ${warnings}, room for ${max}, sorted by place, and their ${count}:
 *   a rule that can never decide names the rule that hides it (redundant or shadowed, by the verdicts);
 *   a rule that is hidden on some of the zone pairs it names by one with another verdict, unless that one is an
 *   exception to "any";
 *   review_by before ${today}, until before ${today}; an allowing rule without why; a zone or service nobody uses;
 *   an include that stands for no file.
 * ${sources} (NULL where there are none) are the texts to show lines of.
 * errors: -ENOMEM.
 */
int lint_check(const struct policy *policy, const struct table *table, const struct sources *sources, int32_t today,
               struct error *warnings, size_t max, size_t *count);

#endif
