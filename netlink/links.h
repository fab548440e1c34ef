/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * links: network interfaces and the gateway's own addresses, now and as they change (rtnetlink).
 *
 * Owns:    one NETLINK_ROUTE socket. Events are hints: after loss the caller gets a whole dump again.
 * Context: controller process; needs no capability.
 * Source:  rtnetlink(7), linux/if_link.h, linux/if_addr.h.
 */
#ifndef ISOWARD_NETLINK_LINKS_H
#define ISOWARD_NETLINK_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

enum link_change {
	LINK_PRESENT, /* exists; named, and up or down, as told */
	LINK_GONE,
	LINK_ADDRESS_PRESENT,
	LINK_ADDRESS_GONE,
};

struct link_event {
	enum link_change change;
	uint32_t ifindex;
	char name[INTERFACE_NAME_MAX]; /* "" in address events */
	struct mac mac;                /* zero in address events */
	uint16_t vlan;                 /* the 802.1Q id of a VLAN interface; 0 for any other */
	bool up;                       /* IFF_UP and IFF_RUNNING */
	struct prefix prefix; /* address events: the gateway's own address and its prefix length (host bits kept) */
};

struct nlmsghdr;
struct links;

/*
 * links_parse reads one message of the kernel at ${header}, whole within its own length, into ${event}; false where it
 * is about no interface and no address. The message is the kernel's: what it should have and has not is left out.
 */
bool links_parse(const struct nlmsghdr *header, struct link_event *event);

/* links_open joins the link and address groups into a new ${links}. errors: negative errno. */
int links_open(struct links **links, struct error *reterr);

/* links_close closes ${links}; NULL is allowed. */
void links_close(struct links *links);
CLEANUP_DEFINE(struct links, links_close);

/* links_fd borrows the descriptor to poll. */
int links_fd(const struct links *links);

/* links_losses tells how often the kernel lost events for want of room (ENOBUFS), or one was cut. */
uint64_t links_losses(const struct links *links);

/* links_dump calls ${each} with ${context} for every interface, then every own address. errors: negative errno. */
int links_dump(struct links *links, void (*each)(const struct link_event *event, void *context), void *context,
               struct error *reterr);

/*
 * links_readable reads what is pending and calls ${each} with ${context} for each change.
 * errors: -ESTALE events were lost: call links_dump; other negative errno.
 */
int links_readable(struct links *links, void (*each)(const struct link_event *event, void *context), void *context);

#endif
