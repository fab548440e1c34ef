/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nflog: packets that rules report, most of them refused, as the kernel sends them to one nflog group.
 *
 * Owns:    one NETLINK_NETFILTER socket bound to one group.
 * Context: controller process. The packet bytes come from strangers: read through a cursor, fuzzed.
 * Source:  linux/netfilter/nfnetlink_log.h.
 */
#ifndef ISOWARD_NETLINK_NFLOG_H
#define ISOWARD_NETLINK_NFLOG_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

#define REFUSAL_PREFIX_MAX 32

/* One packet that a rule reports: refused, or only seen, as its prefix tells. */
struct refusal {
	char prefix[REFUSAL_PREFIX_MAX]; /* the log statement's: one of PLAN_REPORT_* */
	uint32_t in_ifindex;
	uint32_t out_ifindex;  /* 0 where it was not to be forwarded */
	struct mac source_mac; /* zero where the kernel told none */
	struct address source;
	struct address destination;
	uint8_t protocol;
	uint16_t source_port;      /* 0 where the protocol has none or the header was cut */
	uint16_t destination_port; /* for ICMP type << 8 | code, as in struct service_range */
	uint8_t tcp_flags;
};

struct nflog;

/* nflog_open binds ${group} in the current network namespace into a new ${nflog}. errors: -EBUSY taken; -EPERM. */
int nflog_open(uint16_t group, struct nflog **nflog, struct error *reterr);

/* nflog_close closes ${nflog}; NULL is allowed. */
void nflog_close(struct nflog *nflog);
CLEANUP_DEFINE(struct nflog, nflog_close);

/* nflog_fd borrows the descriptor to poll. */
int nflog_fd(const struct nflog *nflog);

/*
 * nflog_readable reads what is pending, about ${most} packets at most, and calls ${each} with ${context} for each.
 * shape: returns the number read; a datagram of up to 16 packets is read whole. errors: -ENOBUFS reports were lost (go
 * on); other negative errno.
 */
int nflog_readable(struct nflog *nflog, unsigned int most, void (*each)(const struct refusal *refusal, void *context),
                   void *context);

/*
 * nflog_parse_packet reads ${length} bytes of an IP packet, possibly cut, into addresses, protocol and ports of
 * ${refusal}; pure, fuzzed by tests/fuzz/fuzz_refusal.c. errors: -EBADMSG not IPv4 or IPv6 or cut inside the addresses.
 */
int nflog_parse_packet(const uint8_t *packet, size_t length, struct refusal *refusal);

#endif
