/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/neighbours.h"

#include <net/if.h>

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "netlink/socket.h"

#define RECEIVE_BYTES (1 << 20)
/* One change: header 16, ndmsg 12, address 4 + 16, MAC 4 + 8. */
#define CHANGE_MAX 64
/* Refusals are answered at once, each with its request: what is sent together may not overflow the receive buffer. */
#define SEND_MAX (CHANGE_MAX * 1024)

struct neighbours {
	struct mnl_socket *socket;
	uint8_t *bytes;
	size_t length;
	size_t capacity;
	char interface[IF_NAMESIZE]; /* the last one staged for, and its index; until interfaces change */
	unsigned int ifindex;
	uint64_t failures;
};

int neighbours_open(struct neighbours **neighbours, struct error *reterr)
{
	struct neighbours *opened CLEANUP(neighbours_close) = calloc(1, sizeof(*opened));
	int rc = opened ? socket_open(NETLINK_ROUTE, 0, RECEIVE_BYTES, &opened->socket, NULL) : -ENOMEM;

	if (rc < 0)
		return error_set(reterr, rc, "cannot open the neighbour table: %s", strerror(-rc));
	*neighbours = take_ptr(&opened);
	return 0;
}

void neighbours_close(struct neighbours *neighbours)
{
	if (!neighbours)
		return;
	if (neighbours->socket)
		mnl_socket_close(neighbours->socket);
	free(neighbours->bytes);
	free(neighbours);
}

/* To ask is three system calls, for each of 100 000 devices on one interface, and while a device waits for its element.
 */
static unsigned int index_of(struct neighbours *neighbours, const char *interface)
{
	if (neighbours->ifindex != 0 && strcmp(neighbours->interface, interface) == 0)
		return neighbours->ifindex;
	neighbours->ifindex = if_nametoindex(interface);
	snprintf(neighbours->interface, sizeof(neighbours->interface), "%s", interface);
	return neighbours->ifindex;
}

static void put_entry(struct nlmsghdr *header, unsigned int ifindex, const struct address *address, uint16_t state)
{
	struct ndmsg *entry = mnl_nlmsg_put_extra_header(header, sizeof(*entry));

	entry->ndm_family = address->family == FAMILY_IPV6 ? AF_INET6 : AF_INET;
	entry->ndm_ifindex = (int)ifindex;
	entry->ndm_state = state;
	mnl_attr_put(header, NDA_DST, address_length(address->family), address->byte);
}

static int stage(struct neighbours *neighbours, uint16_t type, const char *interface, const struct address *address,
                 const struct mac *mac, uint16_t state)
{
	unsigned int ifindex = index_of(neighbours, interface);
	void *bytes = neighbours->bytes;
	struct nlmsghdr *header;

	if (ifindex == 0)
		return -ENODEV;
	if (memory_reserve(&bytes, &neighbours->capacity, neighbours->length + CHANGE_MAX, 1) < 0)
		return -ENOMEM;
	neighbours->bytes = bytes;
	header = mnl_nlmsg_put_header(neighbours->bytes + neighbours->length);
	header->nlmsg_type = type;
	header->nlmsg_flags = NLM_F_REQUEST;
	if (mac)
		header->nlmsg_flags |= NLM_F_CREATE | NLM_F_REPLACE;
	put_entry(header, ifindex, address, state);
	if (mac)
		mnl_attr_put(header, NDA_LLADDR, sizeof(mac->byte), mac->byte);
	neighbours->length += NLMSG_ALIGN(header->nlmsg_len);
	return 0;
}

void neighbours_forget_names(struct neighbours *neighbours)
{
	neighbours->ifindex = 0;
}

int neighbours_set(struct neighbours *neighbours, const char *interface, const struct address *address,
                   const struct mac *mac)
{
	return stage(neighbours, RTM_NEWNEIGH, interface, address, mac, NUD_PERMANENT);
}

int neighbours_release(struct neighbours *neighbours, const char *interface, const struct address *address)
{
	return stage(neighbours, RTM_DELNEIGH, interface, address, NULL, NUD_PERMANENT);
}

/* rtnetlink works inside send(): the refusals wait already when that returns, and nothing else is answered. */
static int count_refusals(struct neighbours *neighbours)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[8192];
	int refused = 0;

	for (;;) {
		ssize_t received = recv(mnl_socket_get_fd(neighbours->socket), buffer, sizeof(buffer), MSG_DONTWAIT);
		const struct nlmsghdr *header = (const void *)buffer;
		int left = (int)received;

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return refused; /* nothing more; or ENOBUFS: more than were counted */
		for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left))
			refused += header->nlmsg_type == NLMSG_ERROR;
	}
}

/* As many whole messages from ${at} on as may be sent together. */
static size_t piece_length(const struct neighbours *neighbours, size_t at)
{
	size_t end = at;

	while (end < neighbours->length) {
		const struct nlmsghdr *header = (const void *)(neighbours->bytes + end);
		size_t length = NLMSG_ALIGN(header->nlmsg_len);

		if (end + length - at > SEND_MAX)
			break;
		end += length;
	}
	return end - at;
}

/* What a whole inventory took is not kept for the few entries that come after it. */
static void forget_staged(struct neighbours *neighbours)
{
	neighbours->length = 0;
	if (neighbours->capacity <= SEND_MAX)
		return;
	free(neighbours->bytes);
	neighbours->bytes = NULL;
	neighbours->capacity = 0;
}

uint64_t neighbours_failures(const struct neighbours *neighbours)
{
	return neighbours->failures;
}

int neighbours_flush(struct neighbours *neighbours)
{
	size_t at = 0;
	int refused = 0;

	while (at < neighbours->length) {
		size_t piece = piece_length(neighbours, at);

		if (mnl_socket_sendto(neighbours->socket, neighbours->bytes + at, piece) < 0) {
			int rc = -errno;

			neighbours->failures++;
			forget_staged(neighbours);
			return rc;
		}
		refused += count_refusals(neighbours);
		at += piece;
	}
	forget_staged(neighbours);
	return refused;
}

/* A state set by an administrator begins its timer at once; the timer asks (__neigh_update and neigh_timer_handler). */
int neighbours_probe(struct neighbours *neighbours, const char *interface, const struct address *address,
                     const struct mac *mac)
{
	return stage(neighbours, RTM_NEWNEIGH, interface, address, mac, NUD_PROBE);
}

/* The state in the one answer to a question for an entry; negative errno where there is none. */
static int receive_state(struct neighbours *neighbours)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[8192];
	ssize_t received = recv(mnl_socket_get_fd(neighbours->socket), buffer, sizeof(buffer), MSG_DONTWAIT);
	const struct nlmsghdr *header = (const void *)buffer;
	const struct ndmsg *entry;

	if (received < 0)
		return -errno;
	if (!mnl_nlmsg_ok(header, (int)received))
		return -EBADMSG;
	entry = mnl_nlmsg_get_payload(header);
	if (header->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(header) < sizeof(*entry))
		return -ENOENT;
	return entry->ndm_state;
}

int neighbours_is_silent(struct neighbours *neighbours, const char *interface, const struct address *address)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[CHANGE_MAX * 2];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	unsigned int ifindex = if_nametoindex(interface);
	int state;

	if (ifindex == 0)
		return -ENODEV;
	header->nlmsg_type = RTM_GETNEIGH;
	header->nlmsg_flags = NLM_F_REQUEST;
	put_entry(header, ifindex, address, NUD_NONE);
	if (mnl_socket_sendto(neighbours->socket, header, header->nlmsg_len) < 0)
		return -errno;
	state = receive_state(neighbours);
	if (state < 0)
		return state;
	return (state & (NUD_PROBE | NUD_INCOMPLETE | NUD_FAILED)) != 0;
}
