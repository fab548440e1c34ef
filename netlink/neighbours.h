/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * neighbours: fixed entries of the kernel's neighbour table, so that no answer to ARP changes whom the gateway sends
 * to.
 *
 * Without them a device that answers ARP for a pump's address would not send as the pump, the source guard sees to
 * that, but it would draw to itself what the pump's server sends: the drip stops.
 *
 * Owns:    one NETLINK_ROUTE socket and the changes that wait.
 * Limits:  permanent entries are outside the kernel's gc_thresh and stay when we die. The kernel drops those of an
 *          interface that goes down; the caller sets them again when it comes up.
 * Context: controller process, CAP_NET_ADMIN.
 * Source:  rtnetlink(7), linux/neighbour.h.
 */
#ifndef ISOWARD_NETLINK_NEIGHBOURS_H
#define ISOWARD_NETLINK_NEIGHBOURS_H

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

struct neighbours;

/* neighbours_open opens the socket into a new ${neighbours}. errors: negative errno. */
int neighbours_open(struct neighbours **neighbours, struct error *reterr);

/* neighbours_close closes ${neighbours}; NULL is allowed. The kernel keeps the entries. */
void neighbours_close(struct neighbours *neighbours);
CLEANUP_DEFINE(struct neighbours, neighbours_close);

/* neighbours_forget_names takes in that interfaces are, or may be, called otherwise than they were. */
void neighbours_forget_names(struct neighbours *neighbours);

/* neighbours_set stages: ${address} on ${interface} is ${mac}, whatever ARP says. errors: -ENOMEM; -ENODEV. */
int neighbours_set(struct neighbours *neighbours, const char *interface, const struct address *address,
                   const struct mac *mac);

/* neighbours_release stages that ARP decides again about ${address} on ${interface}. errors: as above. */
int neighbours_release(struct neighbours *neighbours, const char *interface, const struct address *address);

/*
 * neighbours_probe stages that the kernel asks ${mac} on ${interface} whether it still has ${address}: by itself, three
 * times, a second apart (the interface's neighbour sysctls), with the entry as it is meanwhile. neighbours_set ends it.
 * errors: as above.
 */
int neighbours_probe(struct neighbours *neighbours, const char *interface, const struct address *address,
                     const struct mac *mac);

/*
 * neighbours_is_silent tells whether nobody has answered for ${address} on ${interface} since neighbours_probe was
 * sent. shape: 1 nobody, 0 somebody, or nobody was asked. errors: negative errno: not known.
 */
int neighbours_is_silent(struct neighbours *neighbours, const char *interface, const struct address *address);

/*
 * neighbours_flush sends what is staged, in order.
 * shape: returns how many changes the kernel refused: an interface that is down takes none, and an entry to release
 * may be gone. errors: negative errno of the socket.
 */
int neighbours_flush(struct neighbours *neighbours);

/* neighbours_failures tells how often a flush failed: what was staged is then not set, and is for the caller to stage
 * anew. */
uint64_t neighbours_failures(const struct neighbours *neighbours);

#endif
