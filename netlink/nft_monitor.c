/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>

#include <errno.h>
#include <linux/filter.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/attribute.h"
#include "netlink/nft.h"
#include "netlink/socket.h"

#define MONITOR_DATAGRAM_MAX 65536
#define MONITOR_BUFFER       (4 << 20)

struct nft_monitor {
	struct mnl_socket *socket;
	uint32_t filtered_port; /* whose events the kernel keeps away; 0 for nobody's */
	uint64_t losses;
	uint8_t *buffer;
};

static int join(struct nft_monitor *monitor)
{
	int group = NFNLGRP_NFTABLES;

	return mnl_socket_setsockopt(monitor->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0 ? -errno : 0;
}

static int open_monitor(struct nft_monitor *monitor)
{
	int rc;

	monitor->buffer = malloc(MONITOR_DATAGRAM_MAX);
	if (!monitor->buffer)
		return -ENOMEM;
	rc = socket_open(NETLINK_NETFILTER, 0, MONITOR_BUFFER, &monitor->socket, NULL);
	return rc < 0 ? rc : join(monitor);
}

int nft_monitor_open(struct nft_monitor **monitor, struct error *reterr)
{
	struct nft_monitor *opened CLEANUP(nft_monitor_close) = calloc(1, sizeof(*opened));
	int rc = opened ? open_monitor(opened) : -ENOMEM;

	if (rc < 0)
		return error_set(reterr, rc, "cannot listen to changes of nf_tables: %s", strerror(-rc));
	*monitor = take_ptr(&opened);
	return 0;
}

void nft_monitor_close(struct nft_monitor *monitor)
{
	if (!monitor)
		return;
	if (monitor->socket)
		mnl_socket_close(monitor->socket);
	free(monitor->buffer);
	free(monitor);
}

void nft_monitor_pause(struct nft_monitor *monitor)
{
	int group = NFNLGRP_NFTABLES;

	/* where that fails it is heard, which is only slow */
	mnl_socket_setsockopt(monitor->socket, NETLINK_DROP_MEMBERSHIP, &group, sizeof(group));
}

int nft_monitor_resume(struct nft_monitor *monitor, struct error *reterr)
{
	int rc = join(monitor);

	return rc < 0 ? error_set(reterr, rc, "cannot listen to changes of nf_tables: %s", strerror(-rc)) : 0;
}

uint64_t nft_monitor_losses(const struct nft_monitor *monitor)
{
	return monitor->losses;
}

int nft_monitor_fd(const struct nft_monitor *monitor)
{
	return mnl_socket_get_fd(monitor->socket);
}

/*
 * Our own transaction of 100 000 elements would overflow the socket and then look like a loss, for ever: the kernel
 * drops the events of ${port} before they are queued. One datagram is one transaction's, so its first header tells.
 * The filter loads words in network order.
 */
static void filter_own(struct nft_monitor *monitor, uint32_t port)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_pid)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	};
	struct sock_fprog program = { .len = ARRAY_SIZE(code), .filter = code };

	if (monitor->filtered_port == port)
		return;
	/* Without the filter the events are read and left out one by one. */
	setsockopt(nft_monitor_fd(monitor), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	monitor->filtered_port = port;
}

/* In every message of nf_tables that belongs to a table, its name is attribute 1. */
static bool is_foreign_change(const struct nlmsghdr *header, uint32_t own_port)
{
	const struct nlattr *slots[NFTA_TABLE_NAME + 1];
	const struct nfgenmsg *general;
	const char *table;

	if (header->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES || header->nlmsg_pid == own_port ||
	    mnl_nlmsg_get_payload_len(header) < sizeof(*general))
		return false;
	if ((header->nlmsg_type & 0xff) == NFT_MSG_NEWGEN || (header->nlmsg_type & 0xff) == NFT_MSG_TRACE)
		return false;
	general = mnl_nlmsg_get_payload(header);
	attribute_parse(header, sizeof(*general), slots, NFTA_TABLE_NAME);
	table = attribute_text(slots[NFTA_TABLE_NAME]);
	return table && general->nfgen_family == NFPROTO_INET && strcmp(table, PLAN_TABLE) == 0;
}

static bool holds_foreign_change(const uint8_t *bytes, size_t length, uint32_t own_port)
{
	const struct nlmsghdr *header = (const void *)bytes;
	int left = (int)length;

	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
		if (is_foreign_change(header, own_port))
			return true;
	return false;
}

int nft_monitor_readable(struct nft_monitor *monitor, uint32_t own_port)
{
	int changed = 0;

	filter_own(monitor, own_port);
	for (;;) {
		struct iovec vector = { .iov_base = monitor->buffer, .iov_len = MONITOR_DATAGRAM_MAX };
		struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
		ssize_t received = recvmsg(nft_monitor_fd(monitor), &message, MSG_DONTWAIT);

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0 && errno == EAGAIN)
			return changed;
		if (received < 0 && errno != ENOBUFS)
			return -errno;
		/* A lost or a cut datagram is unknown, and unknown is a change. */
		if (received < 0 || (message.msg_flags & MSG_TRUNC)) {
			monitor->losses++;
			changed = 1;
		} else if (holds_foreign_change(monitor->buffer, (size_t)received, own_port)) {
			changed = 1;
		}
	}
}
