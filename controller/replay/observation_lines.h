/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * observation_lines: every decoded field of every message, to be compared with another dissector.
 *
 * Owns:    nothing.
 * Context: replay.
 * Trust:   values are a stranger's bytes, shown by field_show.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_OBSERVATION_LINES_H
#define ISOWARD_CONTROLLER_REPLAY_OBSERVATION_LINES_H

#include "controller/replay/json_lines.h"
#include "policy/observation.h"

/*
 * observation_line writes ${observation}, of the file called ${capture}, to ${lines}. Under "fields" each field is a
 * list of all its values in the order of the message: numbers as numbers, all else as text.
 */
void observation_line(struct json_lines *lines, const char *capture, const struct observation *observation);

#endif
