/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_lines: what a replay found, as one JSON object a line: devices, findings, flows, and the counters last.
 *
 * Owns:    nothing.
 * Context: replay, after replay_settle.
 * Trust:   a stranger's texts, shown by field_show and escaped by json_lines.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_REPORT_LINES_H
#define ISOWARD_CONTROLLER_REPLAY_REPORT_LINES_H

#include "controller/replay/replay.h"

/* report_lines writes all of ${replay} to ${lines}. */
void report_lines(struct replay *replay, struct json_lines *lines);

#endif
