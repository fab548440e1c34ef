/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "controller/process/web_process.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <event2/event.h>

#include "controller/message.h"
#include "controller/process/sandbox.h"
#include "controller/store/store_reader.h"
#include "policy/base/memory.h"
#include "web/server.h"

#define KEEP_FDS_MAX 64
#define SPARE_FDS    8 /* between what is open and the limit, besides the connections */

struct web_process {
	struct event_base *base;
	struct web_server *server;
	int controller_fd;
	int result;
};

/* The controller's first status; whatever else it says is not for us. returns 1, 0 at the end, negative errno. */
static int wait_for_status(int fd, struct message *message)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	int result;

	for (;;) {
		if (poll(&ready, 1, -1) < 0 && errno != EINTR)
			return -errno;
		result = message_receive(fd, message, NULL);
		if (result == 0 || (result > 0 && message->type == MESSAGE_STATUS))
			return result;
		if (result < 0 && result != -EAGAIN && result != -EINTR)
			return result;
	}
}

static void stop(struct web_process *process, int result)
{
	process->result = result;
	event_base_loopbreak(process->base);
}

static void on_message(evutil_socket_t fd, short what, void *argument)
{
	struct web_process *process = argument;
	struct message message;
	int result;

	(void)what;
	while ((result = message_receive(fd, &message, NULL)) > 0) {
		if (message.type == MESSAGE_STATUS)
			web_server_status(process->server, &message.status);
	}
	if (result != -EAGAIN && result != -EINTR)
		stop(process, result);
}

/* What is open now stays open: our own reader, loop and listener. The controller's were closed before these. */
static int list_open_fds(int controller_fd, int fds[KEEP_FDS_MAX], size_t *count)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	int result = 0;

	*count = 0;
	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		int fd = atoi(entry->d_name);

		if (fd <= 2 || fd == controller_fd || fd == dirfd(directory))
			continue;
		if (*count == KEEP_FDS_MAX) {
			result = -E2BIG;
			break;
		}
		fds[(*count)++] = fd;
	}
	closedir(directory);
	return result;
}

/* Closes what was inherited but for ${a} and ${b}. */
static void close_inherited(int a, int b)
{
	unsigned int low = (unsigned int)(a < b ? a : b);
	unsigned int high = (unsigned int)(a < b ? b : a);

	if (low > 3)
		close_range(3, low - 1, 0);
	if (high > low + 1)
		close_range(low + 1, high - 1, 0);
	close_range(high + 1, ~0U, 0);
}

static int limit_connections(const int *fds, size_t count, int controller_fd)
{
	int highest = controller_fd;
	struct rlimit limit;

	for (size_t i = 0; i < count; i++)
		highest = fds[i] > highest ? fds[i] : highest;
	limit.rlim_cur = limit.rlim_max = (rlim_t)highest + 1 + SPARE_FDS + WEB_CONNECTIONS_MAX;
	return setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0;
}

static int confine(const struct web_process *process, const char *state_directory, uid_t uid, gid_t gid,
                   struct error *reterr)
{
	int fds[KEEP_FDS_MAX];
	struct sandbox_options options = {
		.state_directory = state_directory,
		.message_fd = process->controller_fd,
		.keep_fds = fds,
		.uid = uid,
		.gid = gid,
	};
	int result = list_open_fds(process->controller_fd, fds, &options.keep_fds_count);

	if (!result)
		result = limit_connections(fds, options.keep_fds_count, process->controller_fd);
	if (result)
		return error_set(reterr, result, "web: cannot prepare its descriptors: %s", strerror(-result));
	return sandbox_enter(SANDBOX_WEB, &options, reterr);
}

static int run_loop(struct web_process *process)
{
	struct event *event =
		event_new(process->base, process->controller_fd, EV_READ | EV_PERSIST, on_message, process);

	if (!event)
		return -ENOMEM;
	if (event_add(event, NULL) || event_base_dispatch(process->base) < 0)
		process->result = -ENOMEM;
	event_free(event);
	return process->result;
}

static int serve(struct web_process *process, int listen_fd, const char *state_directory, uid_t uid, gid_t gid,
                 const struct status *status, struct error *reterr)
{
	struct store_reader *reader CLEANUP(store_reader_close) = NULL;
	struct web_server *server CLEANUP(web_server_free) = NULL;
	int result = store_reader_open(state_directory, &reader, reterr);

	if (result)
		return result;
	result = web_server_new(process->base, listen_fd, store_reader_source(reader), &server, reterr);
	if (!result)
		result = confine(process, state_directory, uid, gid, reterr);
	if (result)
		return result;
	process->server = server;
	web_server_status(server, status);
	result = run_loop(process);
	return result ? error_set(reterr, result, "web: the controller's messages end: %s", strerror(-result)) : 0;
}

int web_process_run(int controller_fd, int listen_fd, const char *state_directory, uid_t uid, gid_t gid,
                    struct error *reterr)
{
	struct web_process process = { .controller_fd = controller_fd };
	struct message message;
	int result;

	signal(SIGPIPE, SIG_IGN); /* a page that is gone is no reason to end */
	close_inherited(controller_fd, listen_fd);
	result = wait_for_status(controller_fd, &message);
	if (result <= 0)
		return result ? error_set(reterr, result, "web: no status from the controller: %s", strerror(-result))
		              : 0;
	evutil_make_socket_nonblocking(controller_fd);
	process.base = event_base_new();
	if (!process.base)
		return error_set(reterr, -ENOMEM, "web: no event loop");
	result = serve(&process, listen_fd, state_directory, uid, gid, &message.status, reterr);
	event_base_free(process.base);
	return result;
}
