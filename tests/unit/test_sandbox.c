/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Each forbidden act is tried in a child of its own, and each allowed one beside it, so that the act is the cause. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/process/sandbox.h"
#include "controller/sensor/dissect/dissector.h"
#include "policy/base/memory.h"

/* A sanitizer's run time makes calls of its own, some at exit, that the filters rightly refuse. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#define NOT_ROOT     (geteuid() != 0)
#define UNPRIVILEGED 65534

static int message_pair[2]; /* [0] is the child's */
static int foreign_pair[2]; /* stands for a packet socket: open, but not the message socket */
static char state_directory[] = "/tmp/isoward-sandbox-XXXXXX";

/* What a child does once confined: 0 where it was let, else the errno. */
typedef int act_function(void);

static int refused(long result)
{
	return result < 0 ? errno : 0;
}

static int act_nothing(void)
{
	return 0;
}

static int act_socket(void)
{
	return refused(socket(AF_INET, SOCK_DGRAM, 0));
}

static int act_packet_socket(void)
{
	return refused(socket(AF_PACKET, SOCK_RAW, 0));
}

static int act_send_message(void)
{
	return refused(send(message_pair[0], "x", 1, MSG_DONTWAIT));
}

static void overlook(const struct observation *observation, void *context)
{
	(void)observation;
	(void)context;
}

/* Datagrams and segments with every first byte, among them QUIC's, TLS's and SSH's. */
static int act_dissect(void)
{
	static const struct dissector_options options = { .flows_max = 64, .streams_max = 4, .applications = true };
	uint8_t bytes[20 + 8 + 1200] = { 0x45, 0, 4, 204, 0, 0, 0, 0, 64, 17, 0, 0, 10, 20, 0, 7, 10, 20, 0, 1 };
	struct frame frame = { .bytes = bytes, .length = sizeof(bytes), .link = LINK_RAW_IP, .ifindex = 1 };
	struct dissector *dissector;

	if (dissector_new(&options, overlook, NULL, &dissector) < 0)
		return ENOMEM;
	for (unsigned int i = 0; i < 1024; i++) {
		bytes[9] = i & 256 ? 6 : 17;
		bytes[20] = 0xc0;
		bytes[21] = bytes[28] = bytes[40] = (uint8_t)i;
		bytes[22] = i & 512 ? 1 : 0; /* to port 443, or 187 */
		bytes[23] = 0xbb;
		bytes[24] = 4;
		bytes[25] = 184;
		bytes[32] = 0x51; /* of TCP the header's length; QUIC, version 1 */
		dissector_take(dissector, &frame);
	}
	dissector_free(dissector);
	return 0;
}

static int act_send_foreign(void)
{
	return refused(send(foreign_pair[0], "x", 1, MSG_DONTWAIT));
}

static int act_sendmsg_foreign(void)
{
	struct iovec part = { .iov_base = (char[]){ 'x' }, .iov_len = 1 };
	struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1 };

	return refused(sendmsg(foreign_pair[0], &envelope, MSG_DONTWAIT));
}

static int act_write_foreign(void)
{
	return refused(write(foreign_pair[0], "x", 1));
}

static int act_receive_foreign(void)
{
	struct iovec part = { .iov_base = (char[1]){ 0 }, .iov_len = 1 };
	struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1 };

	return recvmsg(foreign_pair[0], &envelope, MSG_DONTWAIT) < 0 && errno == EAGAIN ? 0 : errno;
}

static int act_write_standard_error(void)
{
	return refused(write(STDERR_FILENO, "", 0));
}

static int act_close_message(void)
{
	return refused(close(message_pair[0]));
}

/* The kernel looks at 32 bits of a descriptor only. */
static int act_close_message_wide(void)
{
	return refused(syscall(SYS_close, 0x100000000L + message_pair[0]));
}

static int act_close_standard_error(void)
{
	return refused(close(STDERR_FILENO));
}

static int act_close_foreign(void)
{
	return refused(close(foreign_pair[0]));
}

static int act_duplicate(void)
{
	return refused(dup2(foreign_pair[0], STDERR_FILENO));
}

static int act_open(void)
{
	return refused(open("/etc/hostname", O_RDONLY));
}

static int act_open_state(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/inventory", state_directory);
	return refused(open(path, O_RDONLY));
}

static int act_open_state_to_write(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/inventory", state_directory);
	return refused(open(path, O_RDWR));
}

static int act_create_in_state(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/new", state_directory);
	return refused(open(path, O_CREAT | O_WRONLY, 0600));
}

static int act_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	return refused(child);
}

static int act_exec(void)
{
	char *const arguments[] = { (char[]){ "true" }, NULL };

	return refused(execv("/bin/true", arguments));
}

static int act_map_code(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? errno : 0;
}

static int act_map_memory(void)
{
	void *map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return map == MAP_FAILED ? errno : 0;
}

static int act_make_executable(void)
{
	static char page[8192];
	char *start = page + 4096 - (uintptr_t)page % 4096;

	return refused(mprotect(start, 4096, PROT_READ | PROT_EXEC));
}

static int act_ptrace(void)
{
	return refused(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static int act_unshare(void)
{
	return refused(unshare(CLONE_NEWNS));
}

static int act_kill_parent(void)
{
	return refused(kill(getppid(), 0));
}

static int act_become_root(void)
{
	return refused(setuid(0));
}

/* What the controller must still be able to do: start a child that confines itself. */
static int act_spawn_sensor(void)
{
	const struct sandbox_options options = { .message_fd = message_pair[0],
		                                 .uid = UNPRIVILEGED,
		                                 .gid = UNPRIVILEGED };
	struct error error = { 0 };
	int status = 0;
	pid_t child = fork();

	if (child == 0)
		_exit(sandbox_enter(SANDBOX_SENSOR, &options, &error) == 0 ? 0 : 1);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return errno;
	return status == 0 ? 0 : ECHILD;
}

/* The bounding set holds 6 of the 41 capabilities, after exec of a root binary too. */
static int act_check_controller_capabilities(void)
{
	char line[256];
	unsigned long long kept = 0;
	FILE *file = popen("/bin/cat /proc/self/status", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapEff: %llx", &kept) == 1)
			break;
	if (file)
		pclose(file);
	return __builtin_popcountll(kept) == 6 ? 0 : EPERM;
}

enum fate {
	DOES = 0,
	KILLED = -1, /* by SIGSYS; a positive fate is the errno */
};

struct attempt {
	const char *name;
	act_function *act;
	int fate;
};

/* Runs ${act} in a child confined to ${role}: 0, an errno, or KILLED. */
static int attempt(enum sandbox_role role, act_function *act)
{
	const struct sandbox_options options = {
		.state_directory = state_directory,
		.message_fd = role == SANDBOX_CONTROLLER ? -1 : message_pair[0],
		.keep_fds = &foreign_pair[0],
		.keep_fds_count = 1,
		.uid = UNPRIVILEGED,
		.gid = UNPRIVILEGED,
	};
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		struct error error = { 0 };

		if (sandbox_enter(role, &options, &error) < 0) {
			fprintf(stderr, "sandbox_enter: %s\n", error.text);
			_exit(255);
		}
		_exit(act());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status)) {
		assert_int_equal(WTERMSIG(status), SIGSYS);
		return KILLED;
	}
	assert_int_not_equal(WEXITSTATUS(status), 255);
	return WEXITSTATUS(status);
}

static void expect(enum sandbox_role role, const struct attempt *attempts, size_t count)
{
	if (NOT_ROOT || SANITIZED)
		skip();
	for (size_t i = 0; i < count; i++) {
		int fate = attempt(role, attempts[i].act);

		if (fate != attempts[i].fate)
			fail_msg("%s: %d instead of %d", attempts[i].name, fate, attempts[i].fate);
	}
}

static void confines_the_sensor(void **state)
{
	static const struct attempt attempts[] = {
		{ "nothing", act_nothing, DOES },
		{ "send a message", act_send_message, DOES },
		{ "dissect", act_dissect, DOES },
		{ "receive on any socket", act_receive_foreign, DOES },
		{ "write to standard error", act_write_standard_error, DOES },
		{ "close another descriptor", act_close_foreign, DOES },
		{ "map memory", act_map_memory, DOES },
		{ "socket", act_socket, KILLED },
		{ "packet socket", act_packet_socket, KILLED },
		{ "send on a packet socket", act_send_foreign, KILLED },
		{ "sendmsg on a packet socket", act_sendmsg_foreign, KILLED },
		{ "write to a packet socket", act_write_foreign, KILLED },
		{ "close the message socket", act_close_message, KILLED },
		{ "close the message socket, upper half set", act_close_message_wide, KILLED },
		{ "close standard error", act_close_standard_error, KILLED },
		{ "duplicate over standard error", act_duplicate, KILLED },
		{ "open a file", act_open, KILLED },
		{ "open the state", act_open_state, KILLED },
		{ "fork", act_fork, KILLED },
		{ "exec", act_exec, KILLED },
		{ "map code", act_map_code, KILLED },
		{ "make memory executable", act_make_executable, KILLED },
		{ "ptrace", act_ptrace, KILLED },
		{ "become root", act_become_root, KILLED },
	};

	(void)state;
	expect(SANDBOX_SENSOR, attempts, ARRAY_SIZE(attempts));
}

/* Says that it is there, then waits to be let go. */
static int act_wait(void)
{
	char byte = 'w';
	struct iovec part = { .iov_base = &byte, .iov_len = 1 };
	struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1 };

	if (send(message_pair[0], &byte, 1, 0) < 0 || recvmsg(message_pair[0], &envelope, 0) < 0)
		return errno;
	return 0;
}

/* Copies the line of /proc/${pid}/status that begins with ${key} into ${line}. */
static void read_status(pid_t pid, const char *key, char *line, int size)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "r");
	assert_non_null(file);
	while (fgets(line, size, file) && strncmp(line, key, strlen(key)) != 0)
		;
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	while (line[0] && line[strlen(line) - 1] == ' ')
		line[strlen(line) - 1] = '\0';
}

static void expect_status(pid_t child)
{
	static const char *const lines[][2] = {
		{ "Uid:", "Uid:\t65534\t65534\t65534\t65534" },
		{ "Gid:", "Gid:\t65534\t65534\t65534\t65534" },
		{ "Groups:", "Groups:\t" },
		{ "CapInh:", "CapInh:\t0000000000000000" },
		{ "CapPrm:", "CapPrm:\t0000000000000000" },
		{ "CapEff:", "CapEff:\t0000000000000000" },
		{ "CapBnd:", "CapBnd:\t0000000000000000" },
		{ "CapAmb:", "CapAmb:\t0000000000000000" },
		{ "NoNewPrivs:", "NoNewPrivs:\t1" },
		{ "Seccomp:", "Seccomp:\t2" },
	};
	char line[256];

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		read_status(child, lines[i][0], line, sizeof(line));
		assert_string_equal(line, lines[i][1]);
	}
}

/* The kernel's own account of a confined child, and which descriptors it has left. */
static void leaves_nothing_behind(void **state)
{
	static const enum sandbox_role roles[] = { SANDBOX_SENSOR, SANDBOX_WEB };
	const struct sandbox_options options = { .state_directory = state_directory,
		                                 .message_fd = message_pair[0],
		                                 .uid = UNPRIVILEGED,
		                                 .gid = UNPRIVILEGED };
	char byte, path[64];

	(void)state;
	if (NOT_ROOT || SANITIZED)
		skip();
	while (recv(message_pair[1], &byte, 1, MSG_DONTWAIT) > 0)
		; /* what the other tests sent */
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++) {
		struct error error = { 0 };
		const gid_t group = 4242;
		int status;
		pid_t child = fork();

		if (child == 0) {
			if (setgroups(1, &group) < 0 || sandbox_enter(roles[i], &options, &error) < 0)
				_exit(255);
			_exit(act_wait());
		}
		assert_int_equal(recv(message_pair[1], &byte, 1, 0), 1);
		assert_int_equal(byte, 'w');
		expect_status(child);
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)child, message_pair[0]);
		assert_int_equal(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW), 0);
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)child, foreign_pair[0]);
		assert_int_equal(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW), -1);
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)child, message_pair[1]);
		assert_int_equal(faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW), -1);
		assert_int_equal(send(message_pair[1], "x", 1, 0), 1);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

static void confines_the_web(void **state)
{
	static const struct attempt attempts[] = {
		{ "nothing", act_nothing, DOES },
		{ "send a message", act_send_message, DOES },
		{ "read the state", act_open_state, DOES },
		{ "map memory", act_map_memory, DOES },
		{ "write the state", act_open_state_to_write, EPERM },
		{ "create in the state", act_create_in_state, EPERM },
		{ "open another file", act_open, EACCES },
		{ "socket", act_socket, EPERM },
		{ "packet socket", act_packet_socket, EPERM },
		{ "map code", act_map_code, EPERM },
		{ "make memory executable", act_make_executable, EPERM },
		{ "become root", act_become_root, EPERM },
		{ "signal the controller", act_kill_parent, EPERM },
		{ "fork", act_fork, KILLED },
		{ "exec", act_exec, KILLED },
		{ "ptrace", act_ptrace, KILLED },
	};

	(void)state;
	expect(SANDBOX_WEB, attempts, ARRAY_SIZE(attempts));
}

static void confines_the_controller(void **state)
{
	static const struct attempt attempts[] = {
		{ "nothing", act_nothing, DOES },
		{ "open a file", act_open, DOES },
		{ "packet socket", act_packet_socket, DOES },
		{ "fork", act_fork, DOES },
		{ "start a sensor", act_spawn_sensor, DOES },
		{ "capabilities over exec", act_check_controller_capabilities, DOES },
		{ "ptrace", act_ptrace, EPERM },
		{ "unshare", act_unshare, EPERM },
	};

	(void)state;
	expect(SANDBOX_CONTROLLER, attempts, ARRAY_SIZE(attempts));
}

/* Without the sandbox every act above works, or the tests above would show nothing. */
static void acts_work_outside(void **state)
{
	static act_function *const acts[] = {
		act_socket,        act_packet_socket, act_send_foreign,        act_sendmsg_foreign,
		act_write_foreign, act_open,          act_open_state_to_write, act_create_in_state,
		act_fork,          act_map_code,      act_make_executable,     act_ptrace,
		act_kill_parent,   act_become_root,   act_duplicate,           act_close_message
	};

	(void)state;
	if (NOT_ROOT)
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(acts); i++) {
		int status;
		pid_t child = fork();

		if (child == 0)
			_exit(acts[i]());
		assert_int_equal(waitpid(child, &status, 0), child);
		if (status != 0)
			fail_msg("act %zu: status %d", i, status);
	}
}

static void names_the_step_that_failed(void **state)
{
	const struct sandbox_options root = { .message_fd = message_pair[0] };
	const struct sandbox_options lost = { .message_fd = message_pair[0],
		                              .uid = UNPRIVILEGED,
		                              .gid = UNPRIVILEGED,
		                              .state_directory = "/nonexistent" };
	struct error error = { 0 };
	int status;
	pid_t child;

	(void)state;
	assert_int_equal(sandbox_enter(SANDBOX_SENSOR, &root, &error), -EINVAL);
	assert_non_null(strstr(error.text, "user: "));
	if (NOT_ROOT)
		skip();
	child = fork();
	if (child == 0) {
		memset(&error, 0, sizeof(error));
		_exit(sandbox_enter(SANDBOX_WEB, &lost, &error) == -ENOENT && strncmp(error.text, "landlock: ", 10) == 0
		              ? 0
		              : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static int make_state(void **state)
{
	char path[64];
	int fd;

	(void)state;
	if (!mkdtemp(state_directory) || chmod(state_directory, 0777) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/inventory", state_directory);
	fd = open(path, O_CREAT | O_WRONLY, 0666);
	if (fd < 0 || fchmod(fd, 0666) < 0)
		return -1;
	close(fd);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, message_pair) < 0)
		return -1;
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, foreign_pair);
}

static int remove_state(void **state)
{
	char path[64];

	(void)state;
	snprintf(path, sizeof(path), "%s/inventory", state_directory);
	unlink(path);
	snprintf(path, sizeof(path), "%s/new", state_directory);
	unlink(path);
	return rmdir(state_directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(acts_work_outside),     cmocka_unit_test(confines_the_sensor),
		cmocka_unit_test(confines_the_web),      cmocka_unit_test(confines_the_controller),
		cmocka_unit_test(leaves_nothing_behind), cmocka_unit_test(names_the_step_that_failed),
	};

	return cmocka_run_group_tests(tests, make_state, remove_state);
}
