/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refusals: what a packet that a rule reports was: whose, of which kind, and why it was refused or let through.
 *
 * Owns:    nothing.
 * Context: controller process; the kernel reports a flow once an interval, so a report is a flow, not a packet.
 */
#ifndef ISOWARD_CONTROLLER_LEARNER_REFUSALS_H
#define ISOWARD_CONTROLLER_LEARNER_REFUSALS_H

#include <stdint.h>

#include "controller/learner/learner.h"
#include "netlink/nflog.h"

/*
 * refusals_take takes one ${refusal} in: traffic of an address that nobody holds may bind it (a device with a static
 * address), everything else is recorded with its kind: 'web-browsing', 'lateral-movement', 'spoof', 'to-gateway',
 * 'rogue', 'other'. What a rule only observes or allows with a log is recorded apart, with the rule. What goes to
 * groups and broadcast is every device's chatter and only counted by the kernel.
 */
void refusals_take(struct learner *learner, const struct refusal *refusal, uint64_t now_ms);

#endif
