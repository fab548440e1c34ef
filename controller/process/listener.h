/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * listener: the listening socket of the status page, handed over or opened.
 *
 * Owns:    nothing; the descriptor is the caller's.
 * Context: controller process, before its children start.
 * Source:  sd_listen_fds(3) for the handed over one.
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_LISTENER_H
#define ISOWARD_CONTROLLER_PROCESS_LISTENER_H

#include "policy/base/error.h"

/*
 * listener_open takes the one socket that systemd's activation protocol hands over or, without it, listens on
 * ${where}, "ADDR:PORT" or "[ADDR]:PORT".
 * shape: returns the descriptor. errors: -EINVAL not an address and port; -EADDRINUSE; other errnos, with what to do.
 */
int listener_open(const char *where, struct error *reterr);

#endif
