/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nflog_bind: take an nflog group and say in what shape its packets are to come.
 *
 * Owns:    nothing.
 * Context: private to netlink/nflog*.c.
 * Source:  linux/netfilter/nfnetlink_log.h.
 */
#ifndef ISOWARD_NETLINK_NFLOG_BIND_H
#define ISOWARD_NETLINK_NFLOG_BIND_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "policy/base/error.h"

struct nflog_shape {
	uint32_t copy_bytes;   /* of each packet, at most */
	uint32_t threshold;    /* a datagram is sent with so many packets, */
	uint32_t timeout;      /* or after so many hundredths of a second */
	uint32_t buffer_bytes; /* of a datagram; 0 for the kernel's own choice */
};

/* nflog_bind binds ${group} to ${socket} in ${shape}. errors: the kernel's, -EPERM for a group that is taken as well.
 */
int nflog_bind(struct mnl_socket *socket, uint16_t group, const struct nflog_shape *shape);

/*
 * nflog_bind_failed says why ${group} could not be had by ${code}, of a socket that is ${privileged} or not.
 * shape: returns -EBUSY for a group that is taken, else ${code}.
 */
int nflog_bind_failed(int code, bool privileged, uint16_t group, struct error *reterr);

#endif
