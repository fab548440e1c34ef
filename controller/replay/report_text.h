/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * report_text: what a replay found, for somebody at a terminal: devices, findings, what would be refused, what to do.
 *
 * Owns:    nothing.
 * Limits:  REPORT_DEVICES_MAX devices, REPORT_KIN_MAX of them with several adapters, and REPORT_REFUSALS_MAX kinds of
 *          refusals are listed; how many more there are is told.
 * Context: replay, after replay_settle.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_REPORT_TEXT_H
#define ISOWARD_CONTROLLER_REPLAY_REPORT_TEXT_H

#include "controller/replay/replay.h"

#define REPORT_DEVICES_MAX  200
#define REPORT_REFUSALS_MAX 40
#define REPORT_KIN_MAX      20

/* report_text writes ${replay} to ${stream}, no wider than ${width} columns. errors: -ENOMEM. */
int report_text(struct replay *replay, size_t width, FILE *stream);

#endif
