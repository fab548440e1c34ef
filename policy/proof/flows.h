/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flows: what the services of an expectation or a question have in common with a pair's regions.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_FLOWS_H
#define ISOWARD_POLICY_PROOF_FLOWS_H

#include "policy/table/regions.h"

/*
 * flows_common tells whether flows of ${region}, which is one of ${regions}, are among those of ${range}; ${common}
 * becomes them. Its protocol is 0 where they are those of every protocol without regions of its own.
 */
bool flows_common(const struct regions *regions, const struct region *region, const struct service_range *range,
                  struct service_range *common);

/*
 * flows_specimen makes one flow from ${from} to ${to} of ${range} under ${circumstance}; where the protocol is 0, one
 * that ${regions} have no regions of their own for.
 */
struct flow flows_specimen(const struct regions *regions, const struct service_range *range, uint16_t from, uint16_t to,
                           struct circumstance circumstance);

#endif
