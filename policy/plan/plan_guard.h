/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_guard: what IPv6 adds to the source guard: link-local addresses, and messages that only a router or a DHCP
 * server sends.
 *
 * IPv6 packets from clinical interfaces meet, in this order: no routing header, no word of a router or a server, a
 * bound source, nobody's link-local source on its way to get an address. Extension headers hide nothing: the kernel
 * looks behind them for the transport (nft_set_pktinfo_ipv6), and connection tracking puts fragments together at
 * priority -400, before the guard.
 *
 * Owns:    nothing.
 * Context: pure; part of the writing of a plan.
 * Source:  RFC 4861, RFC 4862, RFC 8415 section 7.2, RFC 2894, RFC 6105 (RA guard), RFC 7113 (what slips past one),
 *          RFC 7610 (DHCPv6 shield).
 */
#ifndef ISOWARD_POLICY_PLAN_GUARD_H
#define ISOWARD_POLICY_PLAN_GUARD_H

#include "policy/plan/plan_write.h"

#define PLAN_GUARD_COMMENT "source not bound to this interface and MAC"

/* plan_write_guard6_sets writes the sets of IPv6 sources and message types. */
void plan_write_guard6_sets(struct plan_writer *writer);

/* plan_write_rogue6 writes the chain "rogue6", which reports once a source and drops. */
void plan_write_rogue6(struct plan_writer *writer);

/* plan_write_guard6 writes the chain "guard_ip6", which lets a packet return or drops it. */
void plan_write_guard6(struct plan_writer *writer);

/* plan_write_output6 writes the chain "to_devices": what the gateway itself may not say to devices. */
void plan_write_output6(struct plan_writer *writer);

#endif
