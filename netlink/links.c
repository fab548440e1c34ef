/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/links.h"

#include <net/if.h>

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/attribute.h"
#include "netlink/socket.h"

#define LINKS_DATAGRAM_MAX  65536
#define LINKS_RECEIVE_BYTES (1 << 20)
#define LINKS_DUMP_TRIES    8
#define VLAN_ID_MAX         4094 /* IEEE 802.1Q: 0 is no VLAN, 4095 is reserved */

struct links {
	struct mnl_socket *socket;
	uint8_t *buffer;
	uint32_t sequence;
	uint64_t losses;
};

static int open_links(struct links *links)
{
	unsigned int groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;

	links->buffer = malloc(LINKS_DATAGRAM_MAX);
	if (!links->buffer)
		return -ENOMEM;
	return socket_open(NETLINK_ROUTE, groups, LINKS_RECEIVE_BYTES, &links->socket, NULL);
}

int links_open(struct links **links, struct error *reterr)
{
	struct links *opened CLEANUP(links_close) = calloc(1, sizeof(*opened));
	int rc = opened ? open_links(opened) : -ENOMEM;

	if (rc < 0)
		return error_set(reterr, rc, "cannot listen to the network interfaces: %s", strerror(-rc));
	*links = take_ptr(&opened);
	return 0;
}

void links_close(struct links *links)
{
	if (!links)
		return;
	if (links->socket)
		mnl_socket_close(links->socket);
	free(links->buffer);
	free(links);
}

uint64_t links_losses(const struct links *links)
{
	return links->losses;
}

int links_fd(const struct links *links)
{
	return mnl_socket_get_fd(links->socket);
}

/* What "ip link add … type vlan id 20" set; 0 for an interface of another kind. */
static uint16_t read_vlan(const struct nlattr *link_info)
{
	const struct nlattr *info[IFLA_INFO_DATA + 1];
	const struct nlattr *data[IFLA_VLAN_ID + 1];
	const char *kind;
	uint16_t vlan;

	attribute_parse_nested(link_info, info, IFLA_INFO_DATA);
	kind = attribute_text(info[IFLA_INFO_KIND]);
	if (!kind || strcmp(kind, "vlan") != 0)
		return 0;
	attribute_parse_nested(info[IFLA_INFO_DATA], data, IFLA_VLAN_ID);
	if (!data[IFLA_VLAN_ID] || mnl_attr_get_payload_len(data[IFLA_VLAN_ID]) != sizeof(vlan))
		return 0;
	vlan = mnl_attr_get_u16(data[IFLA_VLAN_ID]);
	return vlan <= VLAN_ID_MAX ? vlan : 0;
}

/*
 * A bridge tells of its ports in the same group, with family AF_BRIDGE; there RTM_DELLINK means that the interface
 * left the bridge, not that it is gone.
 */
static bool read_link(const struct nlmsghdr *header, struct link_event *event)
{
	const struct nlattr *slots[IFLA_LINKINFO + 1];
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
	const char *name;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*info) || info->ifi_family != AF_UNSPEC)
		return false;
	attribute_parse(header, sizeof(*info), slots, IFLA_LINKINFO);
	name = attribute_text(slots[IFLA_IFNAME]);
	if (!name)
		return false;
	event->change = header->nlmsg_type == RTM_NEWLINK ? LINK_PRESENT : LINK_GONE;
	event->ifindex = (uint32_t)info->ifi_index;
	event->up = (info->ifi_flags & IFF_UP) && (info->ifi_flags & IFF_RUNNING);
	event->vlan = read_vlan(slots[IFLA_LINKINFO]);
	attribute_copy_text(event->name, sizeof(event->name), name, strlen(name));
	if (slots[IFLA_ADDRESS] && mnl_attr_get_payload_len(slots[IFLA_ADDRESS]) == sizeof(event->mac.byte))
		memcpy(event->mac.byte, mnl_attr_get_payload(slots[IFLA_ADDRESS]), sizeof(event->mac.byte));
	return true;
}

/* IFA_LOCAL is the own address where there is one; IFA_ADDRESS is then the peer's (linux/if_addr.h). */
static bool read_address(const struct nlmsghdr *header, struct link_event *event)
{
	const struct nlattr *slots[IFA_LOCAL + 1];
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
	const struct nlattr *own;
	const uint8_t *bytes;

	if (mnl_nlmsg_get_payload_len(header) < sizeof(*info))
		return false;
	attribute_parse(header, sizeof(*info), slots, IFA_LOCAL);
	own = slots[IFA_LOCAL] ? slots[IFA_LOCAL] : slots[IFA_ADDRESS];
	if (!own)
		return false;
	bytes = mnl_attr_get_payload(own);
	if (info->ifa_family == AF_INET && mnl_attr_get_payload_len(own) == 4 && info->ifa_prefixlen <= 32)
		event->prefix.address = address_v4(bytes);
	else if (info->ifa_family == AF_INET6 && mnl_attr_get_payload_len(own) == 16 && info->ifa_prefixlen <= 128)
		event->prefix.address = address_v6(bytes);
	else
		return false;
	event->change = header->nlmsg_type == RTM_NEWADDR ? LINK_ADDRESS_PRESENT : LINK_ADDRESS_GONE;
	event->ifindex = info->ifa_index;
	event->prefix.length = info->ifa_prefixlen;
	return true;
}

bool links_parse(const struct nlmsghdr *header, struct link_event *event)
{
	*event = (struct link_event){ .ifindex = 0 };
	switch (header->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return read_link(header, event);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return read_address(header, event);
	default:
		return false;
	}
}

/* A datagram: its length; -EAGAIN where ${flags} say not to wait; -ESTALE where some were lost or this one cut. */
static int receive(struct links *links, int flags)
{
	struct iovec vector = { .iov_base = links->buffer, .iov_len = LINKS_DATAGRAM_MAX };
	struct msghdr message = { .msg_iov = &vector, .msg_iovlen = 1 };
	ssize_t received;

	do {
		received = recvmsg(links_fd(links), &message, flags);
	} while (received < 0 && errno == EINTR);
	if (received >= 0 && !(message.msg_flags & MSG_TRUNC))
		return (int)received;
	if (received < 0 && errno != ENOBUFS)
		return -errno;
	links->losses++;
	return -ESTALE;
}

/* The state of one dump: events that come between its datagrams are told like any other. */
struct dump {
	uint32_t sequence;
	bool done;
	bool torn; /* what was dumped changed meanwhile */
	int failed;
};

static void read_datagram(const struct links *links, int length, struct dump *dump,
                          void (*each)(const struct link_event *event, void *context), void *context)
{
	const struct nlmsghdr *header = (const void *)links->buffer;
	struct link_event event;

	for (; mnl_nlmsg_ok(header, length); header = mnl_nlmsg_next(header, &length)) {
		bool answer = dump && header->nlmsg_seq == dump->sequence &&
		              header->nlmsg_pid == mnl_socket_get_portid(links->socket);

		if (answer && (header->nlmsg_flags & NLM_F_DUMP_INTR))
			dump->torn = true;
		if (answer && header->nlmsg_type == NLMSG_DONE)
			dump->done = true;
		else if (answer && header->nlmsg_type == NLMSG_ERROR)
			dump->failed = mnl_nlmsg_get_payload_len(header) < sizeof(struct nlmsgerr)
			                       ? -EBADMSG
			                       : ((const struct nlmsgerr *)mnl_nlmsg_get_payload(header))->error;
		else if (links_parse(header, &event))
			each(&event, context);
	}
}

static int dump_once(struct links *links, uint16_t type, void (*each)(const struct link_event *event, void *context),
                     void *context)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[64];
	struct dump dump = { .sequence = ++links->sequence };
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(header, sizeof(*info));
	bool stale = false;

	info->ifi_family = AF_UNSPEC;
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = dump.sequence;
	if (mnl_socket_sendto(links->socket, header, header->nlmsg_len) < 0)
		return -errno;
	while (!dump.done && !dump.failed) {
		int length = receive(links, 0);

		if (length < 0 && length != -ESTALE)
			return length;
		stale |= length < 0;
		if (length > 0)
			read_datagram(links, length, &dump, each, context);
	}
	if (dump.failed)
		return dump.failed;
	return stale || dump.torn ? -ESTALE : 0;
}

static int dump_all(struct links *links, uint16_t type, void (*each)(const struct link_event *event, void *context),
                    void *context)
{
	int rc = -ESTALE;

	for (int tries = 0; rc == -ESTALE && tries < LINKS_DUMP_TRIES; tries++)
		rc = dump_once(links, type, each, context);
	return rc;
}

int links_dump(struct links *links, void (*each)(const struct link_event *event, void *context), void *context,
               struct error *reterr)
{
	int rc = dump_all(links, RTM_GETLINK, each, context);

	if (rc == 0)
		rc = dump_all(links, RTM_GETADDR, each, context);
	if (rc < 0)
		return error_set(reterr, rc, "cannot read the network interfaces: %s", strerror(-rc));
	return 0;
}

int links_readable(struct links *links, void (*each)(const struct link_event *event, void *context), void *context)
{
	bool stale = false;

	for (;;) {
		int length = receive(links, MSG_DONTWAIT);

		if (length == -EAGAIN)
			return stale ? -ESTALE : 0;
		if (length < 0 && length != -ESTALE)
			return length;
		stale |= length < 0;
		if (length > 0)
			read_datagram(links, length, NULL, each, context);
	}
}
