/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * netlink_faults: calls that send to or receive from the kernel fail where a test says so.
 *
 * Include it in one file of a test: its sendmsg, sendto and recvmsg stand before the C library's.
 */
#ifndef ISOWARD_TESTS_UNIT_NETLINK_FAULTS_H
#define ISOWARD_TESTS_UNIT_NETLINK_FAULTS_H

#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/time.h>

enum way {
	WAY_SEND,      /* the call fails with the code, nothing is sent */
	WAY_RECEIVE,   /* the call fails with the code; what would have been read is lost */
	WAY_INTERRUPT, /* the call fails, what there is stays */
	WAY_CUT,       /* a datagram is cut in half */
	WAY_REPLY,     /* its first message is an error with the code */
};

/* The call ${at} of the way's kind from now on fails. */
static struct {
	bool armed;
	enum way way;
	int code;
	int at;
	int injected;
	bool impatient; /* what is lost here never comes: sockets opened now wait 5 ms for it, not seconds */
} fault;

static inline bool fault_strikes(bool sending)
{
	if (!fault.armed || sending != (fault.way == WAY_SEND) || fault.at-- != 0)
		return false;
	fault.injected++;
	return true;
}

static inline ssize_t real_recvmsg(int fd, struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, struct msghdr *, int);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "recvmsg");
	return real(fd, message, flags);
}

/* fault_arm lets call ${at} from now on, of those that ${way} concerns, fail with ${code}. */
static inline void fault_arm(enum way way, int code, int at)
{
	fault.way = way;
	fault.code = code;
	fault.at = at;
	fault.injected = 0;
	fault.armed = true;
}

/* fault_disarm tells how many calls failed, none or one. */
static inline int fault_disarm(void)
{
	fault.armed = false;
	return fault.injected;
}

/* All the ways there are. */
static const struct {
	enum way way;
	int code;
} fault_cases[] = {
	{ WAY_SEND, ENOBUFS },     { WAY_SEND, EINTR }, { WAY_RECEIVE, ENOBUFS }, { WAY_INTERRUPT, EINTR },
	{ WAY_INTERRUPT, EAGAIN }, { WAY_CUT, 0 },      { WAY_REPLY, EBUSY },
};

/* These stand before the C library's, for the code under test and for libmnl. */
ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
	static ssize_t (*real)(int, const struct msghdr *, int);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "sendmsg");
	if (!fault_strikes(true))
		return real(fd, message, flags);
	errno = fault.code;
	return -1;
}

ssize_t sendto(int fd, const void *bytes, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
{
	static ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "sendto");
	if (!fault_strikes(true))
		return real(fd, bytes, length, flags, to, to_length);
	errno = fault.code;
	return -1;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t length)
{
	static int (*real)(int, int, int, const void *, socklen_t);
	static const struct timeval little = { .tv_usec = 5000 };

	if (!real)
		*(void **)(void *)&real = dlsym(RTLD_NEXT, "setsockopt");
	if (fault.impatient && level == SOL_SOCKET && option == SO_RCVTIMEO)
		return real(fd, level, option, &little, sizeof(little));
	return real(fd, level, option, value, length);
}

static inline void fault_spoil(struct msghdr *message, ssize_t *received)
{
	struct nlmsghdr *header = message->msg_iov[0].iov_base;

	if (fault.way == WAY_CUT) {
		message->msg_flags |= MSG_TRUNC;
		*received /= 2;
	} else if (*received >= (ssize_t)(sizeof(*header) + sizeof(struct nlmsgerr))) {
		struct nlmsgerr *reply = NLMSG_DATA(header);

		header->nlmsg_type = NLMSG_ERROR;
		reply->error = -fault.code;
	}
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	ssize_t received;

	if (!fault_strikes(false))
		return real_recvmsg(fd, message, flags);
	if (fault.way == WAY_INTERRUPT) {
		errno = fault.code;
		return -1;
	}
	received = real_recvmsg(fd, message, flags | MSG_DONTWAIT);
	if (received < 0)
		return received;
	if (fault.way == WAY_RECEIVE) {
		errno = fault.code;
		return -1;
	}
	fault_spoil(message, &received);
	return received;
}

#endif
