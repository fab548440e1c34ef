/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_refusal: the chains that refuse, and those that only report, each at most once a flow and PLAN_SEEN_TIMEOUT_MS.
 *
 * Owns:    nothing.
 * Context: pure; of use to plan_build and plan_entry only.
 */
#ifndef ISOWARD_POLICY_PLAN_REFUSAL_H
#define ISOWARD_POLICY_PLAN_REFUSAL_H

#include "policy/plan/plan_write.h"

/* plan_write_seen writes the sets of flows that the rules of ${policy} have reported. */
void plan_write_seen(struct plan_writer *writer, const struct policy *policy);

/*
 * plan_write_refusal writes ${chain}: it reports under ${prefix}, or nothing where that is NULL, counts with
 * ${comment}, and goes to the chain ${end}, which tells whoever asked or does not.
 */
void plan_write_refusal(struct plan_writer *writer, const char *chain, const char *prefix, const char *comment,
                        const char *end);

/* plan_write_refusals writes "refuse" and those chains beside it to which the rules of ${policy} lead. */
void plan_write_refusals(struct plan_writer *writer, const struct policy *policy);

/* plan_refusal_chain names the chain to which ${rule}, of VERDICT_DENY or VERDICT_REJECT, sends what it holds. */
const char *plan_refusal_chain(const struct policy_rule *rule);

/* plan_rate_chain names the chain to which ${rule}, which has a rate, sends what is above it. */
const char *plan_rate_chain(const struct policy_rule *rule);

#define PLAN_CHAIN_ADMIT     "admit"
#define PLAN_CHAIN_ADMIT_NOW "admit_now" /* this packet: the clock decides on the next one anew */
#define PLAN_CHAIN_OBSERVE   "observe"   /* jumped to: reports, and the next rule is asked */
#define PLAN_CHAIN_REPORT    "report"    /* jumped to: reports a flow that is allowed */

#endif
