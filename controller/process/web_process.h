/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * web_process: the process that serves the page: no rights, the inventory read-only, one listener.
 *
 * Owns:    its event loop, the reader and the server.
 * Limits:  those of web/server.h; RLIMIT_NOFILE is lowered to what it holds and WEB_CONNECTIONS_MAX.
 * Context: a process of its own, forked by the controller; it reads no byte of a stranger before its sandbox.
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_WEB_PROCESS_H
#define ISOWARD_CONTROLLER_PROCESS_WEB_PROCESS_H

#include <sys/types.h>

#include "policy/base/error.h"

/*
 * web_process_run serves the inventory of ${state_directory} on ${listen_fd} as user ${uid} and group ${gid} until
 * ${controller_fd} closes. It waits for the controller's first status, which tells that the inventory is there.
 * shape: returns 0 when the controller is gone. errors: negative errno with the step that failed in ${reterr}.
 */
int web_process_run(int controller_fd, int listen_fd, const char *state_directory, uid_t uid, gid_t gid,
                    struct error *reterr);

#endif
