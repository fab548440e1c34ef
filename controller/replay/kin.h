/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kin: which devices of a capture are one device with several adapters.
 *
 * Owns:    nothing after the call; the devices of a census are linked in rings.
 * Limits:  those of relatives.h.
 * Context: replay, when all was read: a ring holds until the next call of census_take.
 * Trust:   as kinship.h: shown, and nothing is decided by it.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_KIN_H
#define ISOWARD_CONTROLLER_REPLAY_KIN_H

#include "controller/replay/census.h"

/* kin_find links those devices of ${census} that are one by kinship_of. errors: -ENOMEM, what was found stays. */
int kin_find(struct census *census);

/* kin_next gives the next device that is one with ${device}, itself in the end. */
struct census_device *kin_next(struct census_device *device);

#endif
