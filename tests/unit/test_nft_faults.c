/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the socket can do to a transaction or a dump: each call that fails leaves one clear error and no wait. */
#define _GNU_SOURCE
#include "netlink/nft.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/wait.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "netlink/nflog.h"
#include "small_plan.h"

/* The next ${left} calls fail with ${code}. */
struct fault {
	int left;
	int code;
	int injected;
};

static struct fault send_fault;
static struct fault receive_fault;

static bool strikes(struct fault *fault)
{
	if (fault->left == 0)
		return false;
	fault->left--;
	fault->injected++;
	errno = fault->code;
	return true;
}

/* These stand before the C library's, for the code under test and for libmnl. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, const struct msghdr *, int);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "sendmsg");
	return strikes(&send_fault) ? -1 : real(fd, message, flags);
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
	static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "sendto");
	return strikes(&send_fault) ? -1 : real(fd, bytes, length, flags, to, to_length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, struct msghdr *, int);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "recvmsg");
	return strikes(&receive_fault) ? -1 : real(fd, message, flags);
}

static void arm(struct fault *fault, int times, int code)
{
	*fault = (struct fault){ .left = times, .code = code };
}

/* All the armed faults must have struck. */
static void check_injected(const struct fault *fault)
{
	assert_true(fault->injected > 0);
	assert_int_equal(fault->left, 0);
}

static struct nft *open_nft(void)
{
	struct nft *nft = NULL;
	struct error error = { 0 };

	if (nft_open(&nft, &error) < 0)
		fail_msg("%s", error.text);
	return nft;
}

static void a_send_that_fails_changes_nothing(void **state)
{
	static const int codes[] = { EMSGSIZE, ENOBUFS, EPERM, ENOMEM };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct plan_change join = small_plan_guard(1);
	size_t count = 9;

	(void)state;
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct error error = { 0 };

		arm(&send_fault, 4, codes[i]);
		assert_int_equal(nft_change(nft, plan, &join, 1, &error), -codes[i]);
		assert_non_null(strstr(error.text, strerror(codes[i])));
		assert_int_equal(nft_replace(nft, plan, &join, 1, NULL), -codes[i]);
		assert_int_equal(nft_clear(nft, NULL), -codes[i]);
		assert_int_equal(nft_count_elements(nft, "guard4", &count, NULL), -codes[i]);
		check_injected(&send_fault);
	}
	assert_int_equal(count, 9);
	assert_int_equal(nft_count_elements(nft, "guard4", &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(nft_change(nft, plan, &join, 1, NULL), 0);
	small_plan_free(plan);
}

/* The answer is lost, or never comes: the caller hears it, and the next transaction takes no old answer for its own. */
static void lost_answers_are_errors(void **state)
{
	static const struct {
		int code;
		int rc;
	} cases[] = { { ENOBUFS, -ENOBUFS }, { EAGAIN, -EIO }, { EBADF, -EBADF } };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();

	(void)state;
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan_change join = small_plan_guard((uint32_t)i + 1);
		struct plan_change again = small_plan_guard((uint32_t)i + 100);
		struct error error = { 0 };

		arm(&receive_fault, 1, cases[i].code);
		if (nft_change(nft, plan, &join, 1, &error) != cases[i].rc)
			fail_msg("%d: %s", cases[i].code, error.text);
		check_injected(&receive_fault);
		assert_int_equal(nft_change(nft, plan, &join, 1, NULL), -EEXIST);
		assert_int_equal(nft_change(nft, plan, &again, 1, NULL), 0);
	}
	small_plan_free(plan);
}

static void an_interrupted_call_goes_on(void **state)
{
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();

	(void)state;
	arm(&receive_fault, 1, EINTR);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	check_injected(&receive_fault);
	arm(&send_fault, 1, EINTR);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	check_injected(&send_fault);
	small_plan_free(plan);
}

static void opening_fails_whole(void **state)
{
	struct nft *nft = NULL;
	struct nflog *nflog = NULL;
	struct error error = { 0 };

	(void)state;
	arm(&send_fault, 2, ECONNREFUSED);
	assert_int_equal(nft_open(&nft, &error), -ECONNREFUSED);
	assert_int_equal(nflog_open(1, &nflog, NULL), -ECONNREFUSED);
	check_injected(&send_fault);
	arm(&receive_fault, 2, EBADF);
	assert_int_equal(nft_open(&nft, NULL), -EBADF);
	assert_int_equal(nflog_open(1, &nflog, NULL), -EBADF);
	check_injected(&receive_fault);
	assert_null(nft);
	assert_null(nflog);
}

/* Without the capability, as an ordinary user would: one clear line. */
static void without_privilege_it_says_so(void **state)
{
	pid_t child;
	int status = 0;

	(void)state;
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct nft *nft = NULL;
		struct nflog *nflog = NULL;
		struct error error = { 0 };

		if (setresuid(65534, 65534, 65534) < 0)
			_exit(1);
		if (nft_open(&nft, &error) != -EPERM || !strstr(error.text, "CAP_NET_ADMIN"))
			_exit(2);
		_exit(nflog_open(1, &nflog, NULL) == -EPERM ? 0 : 3);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_send_that_fails_changes_nothing), cmocka_unit_test(lost_answers_are_errors),
		cmocka_unit_test(an_interrupted_call_goes_on),       cmocka_unit_test(opening_fails_whole),
		cmocka_unit_test(without_privilege_it_says_so),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
