/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * roaming: a device that turns up on another interface without a lease there: has it moved, or is it a copy?
 *
 * What it says there proves nothing, its MAC can be copied. So the kernel asks for it where it lived: who answers, or
 * is heard, within ROAMING_ROUND_MS and then once more, is alive there and the one elsewhere is a copy. Who keeps
 * silent has moved: all its bindings end and it begins anew where it turned up, in its zone, with all addresses that it
 * has used there meanwhile: the kernel reports each only once an interval. A whole interface that is down needs no
 * asking. A lease needs none of this, see learner.h.
 *
 * Owns:    nothing beyond struct roaming, part of the learner.
 * Limits:  ROAMING_MAX devices at a time; a further one is refused as a copy, and counted. Of each ROAMING_ADDRESSES
 *          addresses; a further one waits for its next word. One that was found a copy is not asked for again for
 *          ROAMING_QUIET_MS.
 * Context: controller process; ${monotonic_ms} is for timers. The sensor sends nothing, the kernel does.
 */
#ifndef ISOWARD_CONTROLLER_LEARNER_ROAMING_H
#define ISOWARD_CONTROLLER_LEARNER_ROAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"

#define ROAMING_MAX       64
#define ROAMING_ADDRESSES 8
#define ROAMING_ROUND_MS  1000
#define ROAMING_ROUNDS    2
#define ROAMING_QUIET_MS  10000

struct learner;
struct device;
struct interface;

/* A device that is asked for where it lived, or was found to be alive there. */
struct roaming_device {
	struct mac mac;
	struct address addresses[ROAMING_ADDRESSES]; /* that it uses where it turned up, the first one first */
	size_t address_count;
	uint32_t ifindex; /* where it turned up */
	char from[INTERFACE_NAME_MAX];
	uint16_t tag;
	unsigned int round; /* 0 before the first question */
	uint64_t next_ms;   /* when the round, or the quiet behind it, ends */
	bool is_alive;      /* where it lived */
	bool is_copy;       /* decided: this waits for the quiet to end */
};

struct roaming {
	struct roaming_device at[ROAMING_MAX];
	size_t count;
	uint64_t refused;
};

/*
 * roaming_claims takes in that ${device}, which lives elsewhere, uses ${address} on ${interface} with the 802.1Q
 * ${tag}. shape: true while it is being found out whether it moved; false where that one is a copy.
 */
bool roaming_claims(struct learner *learner, const struct device *device, const struct interface *interface,
                    const struct address *address, uint16_t tag);

/* roaming_heard takes in that a frame of ${mac} came in by ${interface}. */
void roaming_heard(struct learner *learner, const struct mac *mac, const struct interface *interface);

/* roaming_tick asks, and decides what is due at ${monotonic_ms}; call it often. What it decides is staged, not sent. */
void roaming_tick(struct learner *learner, uint64_t monotonic_ms, uint64_t now_ms);

#endif
