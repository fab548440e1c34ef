/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * openvpn: the hello of the TLS handshake that OpenVPN carries in its control channel, over UDP and over TCP.
 *
 * The packets' parts are joined by their numbers, in whichever order they come. Where the channel is signed (tls-auth)
 * the length of the signature is found by where the first record of TLS begins; where it is encrypted (tls-crypt) there
 * is nothing to read.
 *
 * Owns:    nothing.
 * Limits:  a hello in OPENVPN_PARTS_MAX packets.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_openvpn.c.
 * Source:  OpenVPN's description of its wire protocol (doc/doxygen: network protocol, control channel); a packet over
 *          TCP has two bytes of length before it.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_OPENVPN_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_OPENVPN_H

#include "controller/sensor/decode/decoder.h"

#define OPENVPN_PARTS_MAX 64

/* openvpn_decode is the decoder of OpenVPN in ${datagram}. shape: datagram_decode. */
int openvpn_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* openvpn_decode_stream is the decoder of OpenVPN in ${stream}. shape: stream_decode. */
int openvpn_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields,
                          enum malformed_reason *reason);

#endif
