/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "controller/process/sandbox_internal.h"
#include "policy/base/memory.h"

/* A descriptor is 32 bits to the kernel, whatever stands in the upper half of the register. */
#define LOW_HALF 0xffffffffULL

/* Calls that both children make: memory, time, waiting, ending. */
static const char *const calls_common[] = {
	"brk",          "munmap",     "mremap",       "madvise",         "futex",
	"epoll_ctl",    "epoll_wait", "epoll_pwait",  "epoll_create1",   "poll",
	"ppoll",        "close",      "recvmsg",      "getsockopt",      "getrandom",
	"exit",         "exit_group", "rt_sigreturn", "restart_syscall", "clock_gettime",
	"gettimeofday", "getpid",     "gettid",       "rt_sigprocmask",  "sigaltstack",
};

static const char *const calls_web[] = {
	"accept",     "accept4",   "access",         "clock_nanosleep", "dup",         "eventfd2",     "faccessat",
	"faccessat2", "fadvise64", "fcntl",          "fstat",           "fstatfs",     "getcwd",       "getdents64",
	"getegid",    "geteuid",   "getgid",         "getpeername",     "getsockname", "getuid",       "ioctl",
	"lseek",      "lstat",     "nanosleep",      "newfstatat",      "pipe2",       "pread64",      "preadv",
	"read",       "readlink",  "readlinkat",     "readv",           "recvfrom",    "rt_sigaction", "sched_yield",
	"sendfile",   "sendmsg",   "sendto",         "setsockopt",      "shutdown",    "stat",         "statfs",
	"statx",      "sysinfo",   "timerfd_create", "timerfd_settime", "umask",       "uname",        "write",
	"writev",
};

/* No honest web process comes near these: an attack ends here. */
static const char *const calls_deadly[] = {
	"execve",
	"execveat",
	"fork",
	"vfork",
	"clone",
	"clone3",
	"ptrace",
	"bpf",
	"io_uring_setup",
	"process_vm_readv",
	"process_vm_writev",
	"mount",
	"userfaultfd",
	"unshare",
};

/*
 * What the controller and, through exec, all its children will never call. Refused, not killed: a surprise in a library
 * must not end the process that holds the rules.
 */
static const char *const calls_forbidden[] = {
	"acct",
	"add_key",
	"adjtimex",
	"bpf",
	"chroot",
	"clock_adjtime",
	"clock_settime",
	"delete_module",
	"fanotify_init",
	"finit_module",
	"fsconfig",
	"fsmount",
	"fsopen",
	"fspick",
	"init_module",
	"io_uring_enter",
	"io_uring_register",
	"io_uring_setup",
	"ioperm",
	"iopl",
	"kcmp",
	"kexec_file_load",
	"kexec_load",
	"keyctl",
	"lookup_dcookie",
	"mbind",
	"migrate_pages",
	"mount",
	"mount_setattr",
	"move_mount",
	"move_pages",
	"name_to_handle_at",
	"nfsservctl",
	"open_by_handle_at",
	"open_tree",
	"perf_event_open",
	"personality",
	"pivot_root",
	"process_vm_readv",
	"process_vm_writev",
	"ptrace",
	"quotactl",
	"reboot",
	"request_key",
	"setdomainname",
	"setns",
	"sethostname",
	"settimeofday",
	"swapoff",
	"swapon",
	"syslog",
	"umount2",
	"unshare",
	"userfaultfd",
	"vhangup",
};

static int add_calls(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int number = seccomp_syscall_resolve_name(names[i]);
		int result;

		if (number == __NR_SCMP_ERROR)
			return -ENOSYS;
		result = seccomp_rule_add(filter, action, number, 0);
		if (result < 0)
			return result;
	}
	return 0;
}

/* The test that argument ${number} is ${value}, in all its 64 bits. */
static struct scmp_arg_cmp argument_is(unsigned int number, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = number, .op = SCMP_CMP_EQ, .datum_a = value };
}

/* The test that the bits ${mask} of argument ${number} are ${value}. */
static struct scmp_arg_cmp argument_bits_are(unsigned int number, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = number, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value };
}

/* Allows ${call} where its argument ${comparison} holds. */
static int allow_if(scmp_filter_ctx filter, int call, struct scmp_arg_cmp comparison)
{
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &comparison);
}

/* Memory, but none to execute. */
static int allow_memory(scmp_filter_ctx filter)
{
	struct scmp_arg_cmp not_executable = argument_bits_are(2, PROT_EXEC, 0);
	int result = allow_if(filter, SCMP_SYS(mmap), not_executable);

	return result < 0 ? result : allow_if(filter, SCMP_SYS(mprotect), not_executable);
}

static int load_and_release(scmp_filter_ctx filter, int result)
{
	if (result == 0)
		result = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	return result;
}

/*
 * The sensor holds packet sockets, and a write to one is a frame on the wire. So it may write to 2 and to its message
 * socket, by number. The numbers must stay what they are: neither may be closed, or the next packet socket that is
 * received would take its place.
 */
static int hold_descriptors(int message_fd)
{
	struct scmp_arg_cmp standard_error = argument_bits_are(0, LOW_HALF, STDERR_FILENO);
	struct scmp_arg_cmp message = argument_bits_are(0, LOW_HALF, (uint32_t)message_fd);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (!filter)
		return -ENOMEM;
	result = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(close), 1, &standard_error);
	if (result == 0)
		result = seccomp_rule_add_array(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(close), 1, &message);
	return load_and_release(filter, result);
}

static int filter_sensor(int message_fd)
{
	struct scmp_arg_cmp standard_error = argument_is(0, STDERR_FILENO);
	struct scmp_arg_cmp message = argument_is(0, (uint32_t)message_fd);
	scmp_filter_ctx filter;
	int result = hold_descriptors(message_fd);

	if (result < 0)
		return result;
	filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!filter)
		return -ENOMEM;
	result = add_calls(filter, SCMP_ACT_ALLOW, calls_common, ARRAY_SIZE(calls_common));
	if (result == 0)
		result = allow_memory(filter);
	if (result == 0)
		result = allow_if(filter, SCMP_SYS(write), standard_error);
	if (result == 0)
		result = allow_if(filter, SCMP_SYS(sendmsg), message);
	if (result == 0)
		result = allow_if(filter, SCMP_SYS(sendto), message);
	return load_and_release(filter, result);
}

static int filter_web(void)
{
	struct scmp_arg_cmp read_only = argument_bits_are(2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY);
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (!filter)
		return -ENOMEM;
	result = add_calls(filter, SCMP_ACT_ALLOW, calls_common, ARRAY_SIZE(calls_common));
	if (result == 0)
		result = add_calls(filter, SCMP_ACT_ALLOW, calls_web, ARRAY_SIZE(calls_web));
	if (result == 0)
		result = add_calls(filter, SCMP_ACT_KILL_PROCESS, calls_deadly, ARRAY_SIZE(calls_deadly));
	if (result == 0)
		result = allow_memory(filter);
	if (result == 0)
		result = allow_if(filter, SCMP_SYS(openat), read_only);
	return load_and_release(filter, result);
}

static int filter_controller(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	if (!filter)
		return -ENOMEM;
	result = add_calls(filter, SCMP_ACT_ERRNO(EPERM), calls_forbidden, ARRAY_SIZE(calls_forbidden));
	return load_and_release(filter, result);
}

int sandbox_filter_calls(enum sandbox_role role, int message_fd, struct error *reterr)
{
	int result = -EINVAL;

	switch (role) {
	case SANDBOX_CONTROLLER:
		result = filter_controller();
		break;
	case SANDBOX_SENSOR:
		result = filter_sensor(message_fd);
		break;
	case SANDBOX_WEB:
		result = filter_web();
		break;
	}
	return result < 0 ? sandbox_fail(reterr, "seccomp", result) : 0;
}
