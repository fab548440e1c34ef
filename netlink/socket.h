/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * socket: open a netlink socket as all of netlink/ want it: own port, much room to receive, no wait without end.
 *
 * Owns:    nothing; the socket is the caller's.
 * Context: controller process; private to netlink/.
 * Source:  netlink(7), socket(7).
 */
#ifndef ISOWARD_NETLINK_SOCKET_H
#define ISOWARD_NETLINK_SOCKET_H

#include <libmnl/libmnl.h>
#include <stdbool.h>

/* A request that the kernel has not answered after this time fails with -EAGAIN: its answer was lost. */
#define SOCKET_TIMEOUT_S 5

/*
 * socket_open opens a netlink socket of ${bus} that joins the ${groups} (a bit mask) and can hold ${receive_bytes}
 * into ${opened}. ${privileged}, where not NULL, learns whether we have CAP_NET_ADMIN in the network namespace.
 * errors: negative errno, ${opened} untouched. ownership: the caller's, for mnl_socket_close.
 */
int socket_open(int bus, unsigned int groups, int receive_bytes, struct mnl_socket **opened, bool *privileged);

#endif
