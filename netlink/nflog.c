/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nflog.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/attribute.h"
#include "netlink/nflog_bind.h"
#include "netlink/socket.h"

#define NFLOG_BUFFER_BYTES  65536
#define NFLOG_RECEIVE_BYTES (8 << 20)
#define NFLOG_SNAPLEN       128
/* The kernel sends a datagram with so many packets, or what it has after so many hundredths of a second. */
#define NFLOG_THRESHOLD 16
#define NFLOG_TIMEOUT   1

struct nflog {
	struct mnl_socket *socket;
	uint8_t *buffer;
	bool privileged; /* CAP_NET_ADMIN in the namespace */
};

static int open_nflog(struct nflog *nflog, uint16_t group)
{
	const struct nflog_shape shape = { .copy_bytes = NFLOG_SNAPLEN,
		                           .threshold = NFLOG_THRESHOLD,
		                           .timeout = NFLOG_TIMEOUT };
	int rc;

	nflog->buffer = malloc(NFLOG_BUFFER_BYTES);
	if (!nflog->buffer)
		return -ENOMEM;
	rc = socket_open(NETLINK_NETFILTER, 0, NFLOG_RECEIVE_BYTES, &nflog->socket, &nflog->privileged);
	return rc < 0 ? rc : nflog_bind(nflog->socket, group, &shape);
}

int nflog_open(uint16_t group, struct nflog **nflog, struct error *reterr)
{
	struct nflog *opened CLEANUP(nflog_close) = calloc(1, sizeof(*opened));
	int rc = opened ? open_nflog(opened, group) : -ENOMEM;

	if (rc < 0)
		return nflog_bind_failed(rc, opened && opened->privileged, group, reterr);
	*nflog = take_ptr(&opened);
	return 0;
}

void nflog_close(struct nflog *nflog)
{
	if (!nflog)
		return;
	if (nflog->socket)
		mnl_socket_close(nflog->socket);
	free(nflog->buffer);
	free(nflog);
}

int nflog_fd(const struct nflog *nflog)
{
	return mnl_socket_get_fd(nflog->socket);
}

static void read_mac(const struct nlattr *attribute, struct mac *mac)
{
	struct nfulnl_msg_packet_hw hardware;

	if (!attribute || mnl_attr_get_payload_len(attribute) < sizeof(hardware))
		return;
	memcpy(&hardware, mnl_attr_get_payload(attribute), sizeof(hardware));
	if (ntohs(hardware.hw_addrlen) == sizeof(mac->byte))
		memcpy(mac->byte, hardware.hw_addr, sizeof(mac->byte));
}

/* False where the message is not a packet's or the packet cannot be read. */
static bool read_message(const struct nlmsghdr *header, struct refusal *refusal)
{
	const struct nlattr *slots[NFULA_MAX + 1];
	const char *prefix;
	uint32_t index_be = 0;

	*refusal = (struct refusal){ .in_ifindex = 0 };
	if (header->nlmsg_type != (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET))
		return false;
	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFULA_MAX);
	prefix = attribute_text(slots[NFULA_PREFIX]);
	if (prefix)
		attribute_copy_text(refusal->prefix, sizeof(refusal->prefix), prefix, strlen(prefix));
	if (attribute_u32(slots[NFULA_IFINDEX_INDEV], &index_be))
		refusal->in_ifindex = ntohl(index_be);
	if (attribute_u32(slots[NFULA_IFINDEX_OUTDEV], &index_be))
		refusal->out_ifindex = ntohl(index_be);
	read_mac(slots[NFULA_HWADDR], &refusal->source_mac);
	return slots[NFULA_PAYLOAD] && nflog_parse_packet(mnl_attr_get_payload(slots[NFULA_PAYLOAD]),
	                                                  mnl_attr_get_payload_len(slots[NFULA_PAYLOAD]), refusal) == 0;
}

static unsigned int read_datagram(const uint8_t *bytes, size_t length,
                                  void (*each)(const struct refusal *refusal, void *context), void *context)
{
	const struct nlmsghdr *header = (const void *)bytes;
	unsigned int count = 0;
	int left = (int)length;

	for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
		struct refusal refusal;

		if (!read_message(header, &refusal))
			continue;
		count++;
		each(&refusal, context);
	}
	return count;
}

int nflog_readable(struct nflog *nflog, unsigned int most, void (*each)(const struct refusal *refusal, void *context),
                   void *context)
{
	unsigned int count = 0;

	while (count + NFLOG_THRESHOLD <= most || count == 0) {
		struct iovec vector = { .iov_base = nflog->buffer, .iov_len = NFLOG_BUFFER_BYTES };
		struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
		ssize_t received = recvmsg(nflog_fd(nflog), &message, MSG_DONTWAIT);

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0 && errno == EAGAIN)
			break;
		if (received < 0)
			return -errno;
		count += read_datagram(nflog->buffer, (size_t)received, each, context);
	}
	return (int)count;
}
