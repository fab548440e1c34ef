/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ruling: what the policy would have decided about a flow of a capture, by the table that the kernel gets.
 *
 * Owns:    nothing; borrows from the replay.
 * Context: replay, after replay_settle; no I/O.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_RULING_H
#define ISOWARD_CONTROLLER_REPLAY_RULING_H

#include "controller/replay/replay.h"
#include "policy/services.h"

struct ruling_end {
	const struct census_device *device; /* NULL where only the address is known */
	uint16_t zone;                      /* ZONE_NONE for an address in no zone */
	uint16_t group;
	const char *zone_name; /* "" where there is none */
};

struct ruling {
	struct ruling_end from;
	struct ruling_end to;
	struct decision decision;
	const struct policy_rule *rule; /* NULL where no rule decides */
};

/*
 * ruling_of decides the flow of ${row} at the time it was first seen into ${ruling}.
 * shape: false where it is none of the policy's: neither end is in a zone, both are one device, or it is DHCP.
 */
bool ruling_of(const struct replay *replay, const struct flow_row *row, struct ruling *ruling);

/* ruling_verdict gives "allow", "deny" or "reject". */
const char *ruling_verdict(enum verdict verdict);

/* ruling_service writes the service of ${row}, "tcp/104", into ${text} and returns it. */
const char *ruling_service(const struct flow_row *row, char text[SERVICE_TEXT_MAX]);

#endif
