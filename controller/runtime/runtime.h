/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runtime: the running gateway: everything opened in its order, then one event loop.
 *
 * Owns:    all modules of the controller while it runs.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_RUNTIME_RUNTIME_H
#define ISOWARD_CONTROLLER_RUNTIME_RUNTIME_H

#include "controller/options.h"
#include "policy/base/error.h"

/*
 * runtime_run does `isoward run` with ${options} until SIGTERM or SIGINT; the kernel keeps the rules.
 * errors: one per cause, each with what to do; nothing in the kernel has changed where the start failed before the
 *         rules were sent.
 */
int runtime_run(const struct options *options, struct error *reterr);

/* runtime_clear does `isoward clear`: removes our table and neighbour entries and puts kernel settings back. errors: as
 * above. */
int runtime_clear(const struct options *options, struct error *reterr);

#endif
