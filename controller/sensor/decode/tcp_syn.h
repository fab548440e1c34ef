/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tcp_syn: what the SYN or the SYN+ACK of a connection says of the TCP stack that sent it.
 *
 * Beside the header's own values the packet is written as p0f 3 writes a raw signature,
 * "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", so that its signature file can be matched against it.
 *
 * Owns:    nothing.
 * Limits:  24 options, as p0f. Extension headers of IPv6 are passed over by the caller.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_tcp_syn.c.
 * Source:  RFC 9293, RFC 7323, RFC 2018, RFC 3168; the README of p0f 3.09b, sections 3 and 5.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_TCP_SYN_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_TCP_SYN_H

#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/malformed.h"
#include "policy/fields.h"

/* One packet with a TCP segment in it, no fragment. */
struct tcp_packet {
	const uint8_t *bytes;      /* from the IPv4 or IPv6 header on */
	size_t length;             /* captured, without what follows the IP packet */
	size_t header_length;      /* of IP, IPv4's options or IPv6's extension headers included: there TCP begins */
	uint16_t peer_segment_max; /* of a SYN+ACK: the MSS option of the SYN it answers; 0 where unknown or a SYN */
};

/*
 * tcp_syn_decode adds what ${packet} says of its sender to ${fields}, where it is a SYN or a SYN+ACK.
 * shape: 1 one of the two, 0 another segment. errors: -EBADMSG with ${reason} set, fields untouched.
 */
int tcp_syn_decode(const struct tcp_packet *packet, struct fields *fields, enum malformed_reason *reason);

#endif
