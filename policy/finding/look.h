/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * look: one look at a device, what it just sent and what is remembered of it, that may end in findings.
 *
 * Owns:    nothing; lives for one call into the detector.
 * Context: pure; private to policy/finding/.
 * Trust:   as detector.h.
 */
#ifndef ISOWARD_POLICY_FINDING_LOOK_H
#define ISOWARD_POLICY_FINDING_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/finding/claims.h"
#include "policy/finding/detector.h"
#include "policy/finding/spread.h"

/* What of a device is remembered between looks. */
struct look_memory {
	struct spread asked;     /* addresses asked for by ARP */
	struct spread connected; /* addresses and ports connected to, or refused */
};

struct look {
	struct detector *detector;
	const struct subject *subject;
	struct look_memory *memory; /* NULL: there was no room for it */
	struct claims *claims;
	bool is_gateway;
	uint64_t now_ms;
	struct address peer; /* FAMILY_NONE for nobody in particular */
};

/* look_tell gives out a finding of ${type} about the device that ${look} is at, unless it is over its rate. */
void look_tell(const struct look *look, enum finding_type type, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* look_connected counts that the device connects, or tried to, as ${conversation} tells: too many make a scan. */
void look_connected(const struct look *look, const struct conversation *conversation);

/* look_message looks at what ${observation} says. */
void look_message(struct look *look, const struct observation *observation);

/* look_class_within tells whether ${class} is ${whole} or a part of it. */
bool look_class_within(const char *class, const char *whole);

#endif
