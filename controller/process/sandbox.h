/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandbox: give up, for good, everything a process will not need.
 *
 *              sensor                            web                              controller
 * user         the given one                     the given one                    stays
 * capabilities none, bounding set empty          none, bounding set empty         the few it works with
 * files        none (Landlock)                   read the state folder (Landlock) by its user's rights
 * system calls an allow-list; any other kills;   an allow-list; others fail with  a list of forbidden ones, which
 *              sends on its message socket only  EPERM, those of attacks kill     fail with EPERM
 *
 * A filter passes through exec to the children, so the controller's leaves out what the children's sandbox needs.
 *
 * Owns:    nothing.
 * Context: called once a process, single-threaded, before a stranger's byte is read.
 * Source:  capabilities(7), seccomp(2), landlock(7).
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_SANDBOX_H
#define ISOWARD_CONTROLLER_PROCESS_SANDBOX_H

#include <stddef.h>
#include <sys/types.h>

#include "policy/base/error.h"

enum sandbox_role {
	SANDBOX_CONTROLLER,
	SANDBOX_SENSOR,
	SANDBOX_WEB,
};

struct sandbox_options {
	const char *state_directory; /* web: may be read; NULL where nothing may */
	int message_fd;              /* the socket to the controller, above 2; controller: -1 */
	const int *keep_fds;         /* sensor, web: what stays open besides 0, 1, 2 and message_fd */
	size_t keep_fds_count;
	uid_t uid; /* sensor, web: the user and group to become, neither 0 */
	gid_t gid;
};

/*
 * sandbox_enter confines this process to ${role} with ${options}. Every step must succeed: the caller ends the process
 * on failure, as it may be half confined.
 * errors: negative errno, the text begins with the step's name ("capabilities: …", "user: …", "landlock: …").
 */
int sandbox_enter(enum sandbox_role role, const struct sandbox_options *options, struct error *reterr);

#endif
