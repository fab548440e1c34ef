/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/process/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Observations are two kilobytes; a burst of a few thousand may wait while the controller is busy. */
#define SOCKET_BUFFER_BYTES (8 << 20)

const char *child_name(enum child_role role)
{
	static const char *const names[CHILD_COUNT] = { [CHILD_SENSOR] = "sensor", [CHILD_WEB] = "web" };

	return names[role];
}

/* What a child is exec'd with; made before the fork, since between fork and exec only system calls are safe. */
struct child_words {
	char role[32], uid[16], gid[16], state[4096], journal[128];
	char *arguments[6];
	char *environment[2];
};

static void make_words(struct child_words *words, const struct child *child, const struct child_setup *setup)
{
	static char name[] = "isoward";
	const char *journal = getenv("JOURNAL_STREAM"); /* sd-daemon(3): the log goes to the journal */

	snprintf(words->role, sizeof(words->role), "child-%s", child_name(child->role));
	snprintf(words->uid, sizeof(words->uid), "%u", (unsigned int)setup->uid);
	snprintf(words->gid, sizeof(words->gid), "%u", (unsigned int)setup->gid);
	snprintf(words->state, sizeof(words->state), "%s", setup->state_directory);
	snprintf(words->journal, sizeof(words->journal), "JOURNAL_STREAM=%s", journal ? journal : "");
	words->arguments[0] = name;
	words->arguments[1] = words->role;
	words->arguments[2] = words->uid;
	words->arguments[3] = words->gid;
	words->arguments[4] = words->state;
	words->arguments[5] = NULL;
	words->environment[0] = journal ? words->journal : NULL;
	words->environment[1] = NULL;
}

/* After fork: nothing but system calls. 0..2 stay, then the socket, then the listener; all else is closed. */
static void become_child(const struct child *child, const struct child_setup *setup, int socket,
                         const struct child_words *words)
{
	int high_socket = fcntl(socket, F_DUPFD, 16);
	int high_listener = setup->listener >= 0 ? fcntl(setup->listener, F_DUPFD, 16) : -1;
	unsigned int first_closed = CHILD_MESSAGE_FD + 1;

	if (high_socket < 0 || dup2(high_socket, CHILD_MESSAGE_FD) < 0)
		_exit(1);
	if (child->role == CHILD_WEB) {
		if (high_listener < 0 || dup2(high_listener, CHILD_LISTENER_FD) < 0)
			_exit(1);
		first_closed = CHILD_LISTENER_FD + 1;
	}
	if (close_range(first_closed, ~0U, 0) < 0)
		_exit(1);
	execve("/proc/self/exe", words->arguments, words->environment);
	_exit(1);
}

int child_start(struct child *child, const struct child_setup *setup, uint64_t now_ms, struct error *reterr)
{
	struct child_words words;
	int pair[2], size = SOCKET_BUFFER_BYTES;
	pid_t pid;

	make_words(&words, child, setup);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_set(reterr, -errno, "no socket for the %s: %s", child_name(child->role), strerror(errno));
	for (int i = 0; i < 2; i++) /* best effort: without CAP_NET_ADMIN the default size holds */
		(void)!setsockopt(pair[i], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	pid = fork();
	if (pid < 0) {
		int code = -errno;

		close(pair[0]);
		close(pair[1]);
		return error_set(reterr, code, "cannot fork the %s: %s", child_name(child->role), strerror(-code));
	}
	if (pid == 0)
		become_child(child, setup, pair[1], &words);
	close(pair[1]);
	child->pid = pid;
	child->fd = pair[0];
	child->started_ms = now_ms;
	return 0;
}

void child_died(struct child *child, uint64_t now_ms)
{
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
	child->pid = 0;
	if (now_ms - child->started_ms >= CHILD_STEADY_MS || child->backoff_ms == 0)
		child->backoff_ms = CHILD_BACKOFF_FIRST_MS;
	else if (child->backoff_ms < CHILD_BACKOFF_MOST_MS / 2)
		child->backoff_ms *= 2;
	else
		child->backoff_ms = CHILD_BACKOFF_MOST_MS;
	child->retry_ms = now_ms + child->backoff_ms;
	child->restarts++;
}

void child_stop(struct child *child)
{
	if (child->fd >= 0)
		close(child->fd);
	child->fd = -1;
	if (child->pid > 0) {
		kill(child->pid, SIGTERM);
		waitpid(child->pid, NULL, 0);
	}
	child->pid = 0;
}
