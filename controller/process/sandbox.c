/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "controller/process/sandbox.h"

#include <assert.h>
#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "controller/process/sandbox_internal.h"
#include "policy/base/memory.h"

#define STANDARD_FDS 3 /* 0, 1, 2 */

/*
 * What the controller works with: the firewall, packet sockets for new interfaces, ending its children, and starting
 * them again under another user with an empty bounding set.
 */
static const unsigned int controller_capabilities[] = {
	CAP_NET_ADMIN, CAP_NET_RAW, CAP_KILL, CAP_SETUID, CAP_SETGID, CAP_SETPCAP,
};

int sandbox_fail(struct error *reterr, const char *step, int code)
{
	return error_set(reterr, code, "%s: %s", step, strerror(-code));
}

/* A missing one would give its number, and the right to write to it, to the next descriptor that is received. */
static int fill_standard_fds(struct error *reterr)
{
	for (int fd = 0; fd < STANDARD_FDS; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
			return sandbox_fail(reterr, "descriptors: /dev/null", -errno);
	return 0;
}

static bool fd_is_kept(const struct sandbox_options *options, unsigned int fd)
{
	if (fd < STANDARD_FDS || fd == (unsigned int)options->message_fd)
		return true;
	for (size_t i = 0; i < options->keep_fds_count; i++)
		if (fd == (unsigned int)options->keep_fds[i])
			return true;
	return false;
}

static int close_others(const struct sandbox_options *options, struct error *reterr)
{
	unsigned int last = (unsigned int)options->message_fd;

	for (size_t i = 0; i < options->keep_fds_count; i++)
		if ((unsigned int)options->keep_fds[i] > last)
			last = (unsigned int)options->keep_fds[i];
	for (unsigned int fd = STANDARD_FDS; fd <= last; fd++)
		if (!fd_is_kept(options, fd))
			close((int)fd);
	if (syscall(SYS_close_range, last + 1, ~0U, 0) < 0)
		return sandbox_fail(reterr, "descriptors: close_range", -errno);
	return 0;
}

/* Fills libcap-ng's state with the ${count} capabilities at ${kept} and no other. */
static int select_capabilities(const unsigned int *kept, size_t count)
{
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < count; i++)
		if (capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, kept[i]) != 0)
			return -EINVAL;
	return 0;
}

static int keep_controller_capabilities(struct error *reterr)
{
	int result = select_capabilities(controller_capabilities, ARRAY_SIZE(controller_capabilities));

	if (result < 0)
		return sandbox_fail(reterr, "capabilities: select", result);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return sandbox_fail(reterr, "capabilities: bounding set (needs CAP_SETPCAP)", -EPERM);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return sandbox_fail(reterr, "capabilities: keep the controller's (is this root?)", -EPERM);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return sandbox_fail(reterr, "capabilities: ambient set", -errno);
	return 0;
}

/* The bounding set goes first: it needs CAP_SETPCAP, which goes with the user. */
static int become_user(uid_t uid, gid_t gid, struct error *reterr)
{
	select_capabilities(NULL, 0);
	if (capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return sandbox_fail(reterr, "capabilities: bounding set (needs CAP_SETPCAP)", -EPERM);
	if (setgroups(0, NULL) < 0)
		return sandbox_fail(reterr, "user: supplementary groups", -errno);
	if (setresgid(gid, gid, gid) < 0)
		return sandbox_fail(reterr, "user: group", -errno);
	if (setresuid(uid, uid, uid) < 0)
		return sandbox_fail(reterr, "user: user", -errno);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return sandbox_fail(reterr, "capabilities: ambient set", -errno);
	select_capabilities(NULL, 0);
	if (capng_apply(CAPNG_SELECT_CAPS) != 0)
		return sandbox_fail(reterr, "capabilities: drop", -EPERM);
	return 0;
}

/* Asks the kernel, not ourselves, whether the way back is closed. */
static int check_user(uid_t uid, gid_t gid, struct error *reterr)
{
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;

	if (getresuid(&real, &effective, &saved) < 0 || getresgid(&real_group, &effective_group, &saved_group) < 0)
		return sandbox_fail(reterr, "user: check", -errno);
	if (real != uid || effective != uid || saved != uid)
		return sandbox_fail(reterr, "user: check of the user", -EPERM);
	if (real_group != gid || effective_group != gid || saved_group != gid)
		return sandbox_fail(reterr, "user: check of the group", -EPERM);
	if (setuid(0) == 0)
		return sandbox_fail(reterr, "user: root came back", -EPERM);
	if (capng_get_caps_process() != 0 || capng_have_capabilities(CAPNG_SELECT_ALL) != CAPNG_NONE)
		return sandbox_fail(reterr, "capabilities: check", -EPERM);
	return 0;
}

static int confine_child(enum sandbox_role role, const struct sandbox_options *options, struct error *reterr)
{
	const char *readable = role == SANDBOX_WEB ? options->state_directory : NULL;
	int result;

	assert(options->message_fd >= STANDARD_FDS);
	if (options->uid == 0 || options->gid == 0)
		return sandbox_fail(reterr, "user: root is no user to drop to", -EINVAL);
	result = close_others(options, reterr);
	if (result == 0)
		result = become_user(options->uid, options->gid, reterr);
	if (result == 0)
		result = check_user(options->uid, options->gid, reterr);
	if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		result = sandbox_fail(reterr, "no_new_privs", -errno);
	if (result == 0)
		result = sandbox_restrict_files(readable, reterr);
	return result;
}

int sandbox_enter(enum sandbox_role role, const struct sandbox_options *options, struct error *reterr)
{
	int result = fill_standard_fds(reterr);

	if (result == 0 && role != SANDBOX_CONTROLLER)
		result = confine_child(role, options, reterr);
	if (result == 0 && role == SANDBOX_CONTROLLER)
		result = keep_controller_capabilities(reterr);
	if (result == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		result = sandbox_fail(reterr, "no_new_privs", -errno);
	if (result == 0)
		result = sandbox_filter_calls(role, options->message_fd, reterr);
	return result;
}
