/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "controller/process/sandbox_internal.h"

/*
 * struct landlock_ruleset_attr as it grew (ABI 1: files; 4: network; 6: scopes). Debian 12's header ends before the
 * last two, so the layout stands here.
 */
struct ruleset {
	uint64_t files;
	uint64_t network;
	uint64_t scopes;
};

#define RIGHTS_READ    (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define RIGHTS_ABI_1   ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define RIGHT_REFER    (1ULL << 13) /* ABI 2 */
#define RIGHT_TRUNCATE (1ULL << 14) /* ABI 3 */
#define RIGHT_IOCTL    (1ULL << 15) /* ABI 5 */
#define NETWORK_TCP    3ULL         /* bind and connect, ABI 4 */
#define SCOPES_ALL     3ULL         /* abstract UNIX sockets and signals, ABI 6 */

static struct ruleset everything(long abi, size_t *size)
{
	struct ruleset ruleset = { .files = RIGHTS_ABI_1 };

	*size = sizeof(ruleset.files);
	if (abi >= 2)
		ruleset.files |= RIGHT_REFER;
	if (abi >= 3)
		ruleset.files |= RIGHT_TRUNCATE;
	if (abi >= 5)
		ruleset.files |= RIGHT_IOCTL;
	if (abi >= 4) {
		ruleset.network = NETWORK_TCP;
		*size = sizeof(ruleset.files) + sizeof(ruleset.network);
	}
	if (abi >= 6) {
		ruleset.scopes = SCOPES_ALL;
		*size = sizeof(ruleset);
	}
	return ruleset;
}

static int allow_reading(int ruleset_fd, const char *directory)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = RIGHTS_READ,
		.parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
	};
	int result = 0;

	if (rule.parent_fd < 0)
		return -errno;
	if (syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		result = -errno;
	close(rule.parent_fd);
	return result;
}

int sandbox_restrict_files(const char *readable, struct error *reterr)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset ruleset;
	size_t size;
	int fd, result = 0;

	if (abi < 1)
		return sandbox_fail(reterr, "landlock: not in this kernel, add it to the lsm= boot option", -errno);
	ruleset = everything(abi, &size);
	fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, size, 0);
	if (fd < 0)
		return sandbox_fail(reterr, "landlock: ruleset", -errno);
	if (readable) {
		result = allow_reading(fd, readable);
		if (result < 0)
			sandbox_fail(reterr, "landlock: state directory", result);
	}
	if (result == 0 && syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		result = sandbox_fail(reterr, "landlock: restrict", -errno);
	close(fd);
	return result;
}
