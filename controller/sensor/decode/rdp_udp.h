/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rdp_udp: the hello of TLS with which a Remote Desktop client opens its reliable transport over UDP, version 2.
 *
 * Owns:    nothing.
 * Limits:  a hello in one datagram; datagrams with a vector of acknowledgements, of which there is none before it, are
 *          not read. Asked on Remote Desktop's own port alone.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_openvpn.c.
 * Source:  [MS-RDPEUDP2] sections 2.2.1 and 3.1.5.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_RDP_UDP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_RDP_UDP_H

#include "controller/sensor/decode/decoder.h"

/* rdp_udp_decode is the decoder of Remote Desktop over UDP in ${datagram}. shape: datagram_decode. */
int rdp_udp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
