/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nflog_packets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_arp.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/attribute.h"
#include "netlink/nflog_bind.h"
#include "netlink/socket.h"

#define RECEIVE_BYTES   (4 << 20)
#define ETHERNET_HEADER 14

int nflog_packets_open(uint16_t group, int *fd, struct error *reterr)
{
	/* Many at once, or what there is after 10 ms: who a device is can wait so long. */
	const struct nflog_shape shape = {
		.copy_bytes = 65535, .threshold = 64, .timeout = 1, .buffer_bytes = NFLOG_PACKETS_BYTES / 2
	};
	struct mnl_socket *socket;
	bool privileged = false;
	int result = socket_open(NETLINK_NETFILTER, 0, RECEIVE_BYTES, &socket, &privileged), opened;

	if (result < 0)
		return nflog_bind_failed(result, privileged, group, reterr);
	result = nflog_bind(socket, group, &shape);
	/* The group is the socket's, which lives on in the copy of its descriptor. */
	opened = result < 0 ? -1 : fcntl(mnl_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
	if (result == 0 && opened < 0)
		result = -errno;
	mnl_socket_close(socket);
	if (result < 0)
		return nflog_bind_failed(result, privileged, group, reterr);
	*fd = opened;
	return 0;
}

static void read_header(const struct nlattr *const *slots, struct nflog_packet *packet)
{
	const struct nlattr *header = slots[NFULA_HWHEADER];
	uint16_t type_be = 0;

	if (slots[NFULA_HWTYPE] && mnl_attr_get_payload_len(slots[NFULA_HWTYPE]) == sizeof(type_be))
		memcpy(&type_be, mnl_attr_get_payload(slots[NFULA_HWTYPE]), sizeof(type_be));
	if (ntohs(type_be) != ARPHRD_ETHER || !header || mnl_attr_get_payload_len(header) < ETHERNET_HEADER)
		return;
	memcpy(packet->destination.byte, mnl_attr_get_payload(header), sizeof(packet->destination.byte));
	memcpy(packet->source.byte, (const uint8_t *)mnl_attr_get_payload(header) + sizeof(packet->destination.byte),
	       sizeof(packet->source.byte));
}

static void read_time(const struct nlattr *attribute, struct nflog_packet *packet)
{
	struct nfulnl_msg_packet_timestamp stamp;

	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(stamp))
		return;
	memcpy(&stamp, mnl_attr_get_payload(attribute), sizeof(stamp));
	packet->captured_ns = be64toh(stamp.sec) * 1000000000U + be64toh(stamp.usec) * 1000U;
}

static bool read_message(const struct nlmsghdr *header, struct nflog_packet *packet)
{
	const struct nlattr *slots[NFULA_MAX + 1];
	uint32_t index_be = 0;

	*packet = (struct nflog_packet){ .in_ifindex = 0 };
	if (header->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
		return false;
	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFULA_MAX);
	if (!slots[NFULA_PAYLOAD])
		return false;
	packet->bytes = mnl_attr_get_payload(slots[NFULA_PAYLOAD]);
	packet->length = mnl_attr_get_payload_len(slots[NFULA_PAYLOAD]);
	if (attribute_u32(slots[NFULA_IFINDEX_INDEV], &index_be))
		packet->in_ifindex = ntohl(index_be);
	if (attribute_u32(slots[NFULA_IFINDEX_OUTDEV], &index_be))
		packet->out_ifindex = ntohl(index_be);
	read_header(slots, packet);
	read_time(slots[NFULA_TIMESTAMP], packet);
	return true;
}

static int read_datagram(const uint8_t *bytes, size_t length, nflog_packets_each *each, void *context)
{
	const struct nlmsghdr *header = (const void *)bytes;
	int count = 0, left = (int)length;

	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
		struct nflog_packet packet;

		if (!read_message(header, &packet))
			continue;
		count++;
		each(&packet, context);
	}
	return count;
}

int nflog_packets_read(int fd, uint8_t *buffer, unsigned int datagrams, nflog_packets_each *each, void *context)
{
	int count = 0;

	while (datagrams-- > 0) {
		struct iovec part = { .iov_base = buffer, .iov_len = NFLOG_PACKETS_BYTES };
		struct msghdr envelope = { .msg_iov = &part, .msg_iovlen = 1 };
		ssize_t received = recvmsg(fd, &envelope, MSG_DONTWAIT);

		if (received < 0 && errno == EAGAIN)
			break;
		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return -errno;
		count += read_datagram(buffer, (size_t)received, each, context);
	}
	return count;
}
