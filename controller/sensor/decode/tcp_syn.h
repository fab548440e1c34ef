/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tcp_syn: what the SYN or the SYN+ACK of a connection says of the TCP stack that sent it.
 *
 * Beside the header's own values the packet is written as p0f 3 writes a raw signature,
 * "4:64+0:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", so that its signature file can be matched against it.
 *
 * Owns:    nothing.
 * Limits:  24 options, as p0f. Its "ack+" stands, as its README says, wherever the number is not zero without the flag;
 *          the program itself looks at one bit of the number.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c.
 * Source:  RFC 9293, RFC 7323, RFC 2018, RFC 3168; the README of p0f 3.09b, sections 3 and 5.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_TCP_SYN_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_TCP_SYN_H

#include "controller/sensor/decode/decoder.h"

/*
 * tcp_syn_decode adds what the packet in ${datagram}, from its IPv4 or IPv6 header on and no fragment, says of its
 * sender to ${fields}, where it is a SYN or a SYN+ACK.
 * shape: 1 one of the two, 0 another segment. errors: -EBADMSG with ${reason} set, fields untouched.
 */
int tcp_syn_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
