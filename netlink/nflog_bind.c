/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nflog_bind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define CONFIG_BYTES   256
#define SEQUENCE       1
#define RECEIVED_BYTES 65536

/*
 * From the bind on packets of the group arrive between the answers: what is not the answer is passed over, since the
 * first packets are of no more use than those before the bind.
 */
static int send_config(struct mnl_socket *socket, const struct nlmsghdr *header, uint8_t *received_bytes)
{
	if (mnl_socket_sendto(socket, header, header->nlmsg_len) < 0)
		return -errno;
	for (;;) {
		ssize_t received = mnl_socket_recvfrom(socket, received_bytes, RECEIVED_BYTES);
		const struct nlmsghdr *reply = (const void *)received_bytes;

		if (received < 0 && (errno == EINTR || errno == ENOBUFS || errno == ENOSPC))
			continue; /* ENOSPC: a datagram of packets, larger than an answer is */
		if (received < 0)
			return -errno;
		if (mnl_nlmsg_ok(reply, (int)received) && reply->nlmsg_type == NLMSG_ERROR &&
		    reply->nlmsg_seq == header->nlmsg_seq &&
		    mnl_nlmsg_get_payload_len(reply) >= sizeof(struct nlmsgerr))
			return ((const struct nlmsgerr *)mnl_nlmsg_get_payload(reply))->error;
	}
}

static void put_shape(struct nlmsghdr *header, const struct nflog_shape *shape)
{
	struct nfulnl_msg_config_cmd command = { .command = NFULNL_CFG_CMD_BIND };
	struct nfulnl_msg_config_mode mode = { .copy_range = htonl(shape->copy_bytes),
		                               .copy_mode = NFULNL_COPY_PACKET };

	mnl_attr_put(header, NFULA_CFG_CMD, sizeof(command), &command);
	mnl_attr_put(header, NFULA_CFG_MODE, sizeof(mode), &mode);
	mnl_attr_put_u32(header, NFULA_CFG_QTHRESH, htonl(shape->threshold));
	mnl_attr_put_u32(header, NFULA_CFG_TIMEOUT, htonl(shape->timeout));
	if (shape->buffer_bytes)
		mnl_attr_put_u32(header, NFULA_CFG_NLBUFSIZ, htonl(shape->buffer_bytes));
}

int nflog_bind(struct mnl_socket *socket, uint16_t group, const struct nflog_shape *shape)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[CONFIG_BYTES];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg *general = mnl_nlmsg_put_extra_header(header, sizeof(*general));
	uint8_t *received = malloc(RECEIVED_BYTES);
	int result;

	if (!received)
		return -ENOMEM;
	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	header->nlmsg_seq = SEQUENCE;
	general->nfgen_family = AF_UNSPEC;
	general->version = NFNETLINK_V0;
	general->res_id = htons(group);
	put_shape(header, shape);
	result = send_config(socket, header, received);
	free(received);
	return result;
}

int nflog_bind_failed(int code, bool privileged, uint16_t group, struct error *reterr)
{
	/* nfulnl_recv_config() says EPERM for another's group as well. */
	if (code == -EBUSY || (code == -EPERM && privileged))
		return error_set(reterr, -EBUSY, "nflog group %u is taken by another program", group);
	if (code == -EPERM)
		return error_set(reterr, code, "nflog needs CAP_NET_ADMIN: run as root");
	return error_set(reterr, code, "cannot bind nflog group %u: %s", group, strerror(-code));
}
