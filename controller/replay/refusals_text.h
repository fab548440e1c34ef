/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * refusals_text: the flows of a replay that policy would have refused, by zone pair and service, the most frequent
 * first.
 *
 * Owns:    nothing.
 * Context: replay, after replay_settle.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_REFUSALS_TEXT_H
#define ISOWARD_CONTROLLER_REPLAY_REFUSALS_TEXT_H

#include "controller/replay/replay.h"

/* refusals_text writes what of ${replay} would be refused to ${stream}, no wider than ${width} columns. errors:
 * -ENOMEM.
 */
int refusals_text(const struct replay *replay, size_t width, FILE *stream);

#endif
