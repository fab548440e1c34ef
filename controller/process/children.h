/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * children: the sensor and the web process, started from our own binary and started again when they die.
 *
 * A child is exec'd, not only forked: it begins with one socket and an empty memory, at the first start as at any
 * later one. The kernel's rules do not know that children exist.
 *
 * Owns:    the controller's end of each child's socket.
 * Limits:  a child that dies is started again after CHILD_BACKOFF_FIRST_MS, doubled at each death up to
 *          CHILD_BACKOFF_MOST_MS, from the start after it has lived a minute.
 * Context: controller process. Times are monotonic milliseconds.
 */
#ifndef ISOWARD_CONTROLLER_PROCESS_CHILDREN_H
#define ISOWARD_CONTROLLER_PROCESS_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "policy/base/error.h"

#define CHILD_BACKOFF_FIRST_MS 100
#define CHILD_BACKOFF_MOST_MS  10000
#define CHILD_STEADY_MS        60000

#define CHILD_MESSAGE_FD  3 /* in the child: the socket to the controller */
#define CHILD_LISTENER_FD 4 /* in the web process: the listening socket */

enum child_role {
	CHILD_SENSOR,
	CHILD_WEB,
	CHILD_COUNT
};

struct child {
	enum child_role role;
	pid_t pid; /* 0 while it does not run */
	int fd;    /* -1 while it does not run */
	uint64_t started_ms;
	uint64_t retry_ms; /* when to start it again */
	uint32_t backoff_ms;
	uint32_t restarts;
};

struct child_setup {
	const char *state_directory;
	int listener; /* -1 for the sensor */
	uid_t uid;
	gid_t gid;
};

/*
 * child_start starts ${child} of its role with ${setup} at ${now_ms}.
 * errors: those of socketpair and fork; a child that cannot exec dies at once and is started again later.
 */
int child_start(struct child *child, const struct child_setup *setup, uint64_t now_ms, struct error *reterr);

/* child_died takes in that ${child} ended: its socket is closed and a time for the next start set. */
void child_died(struct child *child, uint64_t now_ms);

/* child_name names ${role} in logs and as the child's own first argument: "sensor", "web". */
const char *child_name(enum child_role role);

/* child_stop closes the socket of ${child}, on which it ends by itself, and waits for it. */
void child_stop(struct child *child);

#endif
