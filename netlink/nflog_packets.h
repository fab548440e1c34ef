/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nflog_packets: whole packets from one nflog group, opened in one process and read in another.
 *
 * Owns:    nothing; the descriptor is the caller's.
 * Limits:  NFLOG_PACKETS_BYTES a datagram; one that is longer is lost.
 * Context: nflog_packets_open needs CAP_NET_ADMIN; nflog_packets_read needs nothing but recvmsg(2), so that a sandboxed
 *          process can call it.
 * Trust:   what the kernel says of a packet is believed; the packet's bytes are a stranger's and only passed on.
 * Source:  linux/netfilter/nfnetlink_log.h.
 */
#ifndef ISOWARD_NETLINK_NFLOG_PACKETS_H
#define ISOWARD_NETLINK_NFLOG_PACKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/error.h"

#define NFLOG_PACKETS_BYTES (256U << 10)

/* An IP packet as the kernel saw it; the bytes are gone once the callback returns. */
struct nflog_packet {
	const uint8_t *bytes; /* from the IP header on */
	size_t length;
	uint32_t in_ifindex;
	uint32_t out_ifindex;   /* 0 where it was for this machine */
	struct mac source;      /* link layer; zero where the kernel told none */
	struct mac destination; /* likewise */
	uint64_t captured_ns;   /* wall clock; 0 where the kernel told none */
};

typedef void nflog_packets_each(const struct nflog_packet *packet, void *context);

/*
 * nflog_packets_open binds ${group} in the current network namespace; the caller closes ${fd}.
 * errors: -EBUSY taken; -EPERM; fd untouched.
 */
int nflog_packets_open(uint16_t group, int *fd, struct error *reterr);

/*
 * nflog_packets_read calls ${each} with ${context} for each packet that is pending at ${fd}, in ${datagrams} datagrams
 * at most; ${buffer} has NFLOG_PACKETS_BYTES bytes, as aligned as malloc's.
 * shape: the packets read. errors: -ENOBUFS some were lost (go on); other negative errno.
 */
int nflog_packets_read(int fd, uint8_t *buffer, unsigned int datagrams, nflog_packets_each *each, void *context);

#endif
