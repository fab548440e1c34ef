/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * contradiction: what a device of a capture looks like besides what it is taken for, where the daemon would hold it for
 * that: had it been known as the one before the other came.
 *
 * Owns:    nothing.
 * Context: pure but for ${zone_of}.
 * Trust:   as settle.h.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_CONTRADICTION_H
#define ISOWARD_CONTROLLER_REPLAY_CONTRADICTION_H

#include "policy/identity/settle.h"

/*
 * contradiction_of borrows from ${identity} the class that contradicts the one it takes, or the two that keep it from
 * taking any: enough speaks for it to be taken, and ${zone_of} with ${context} puts it elsewhere than in the other's
 * zone and in ${default_zone}. ${was} borrows the class that is contradicted. shape: NULL where there is none, was
 * untouched.
 */
const char *contradiction_of(const struct identity *identity, uint16_t default_zone, settle_zone_of *zone_of,
                             void *context, const char **was);

#endif
