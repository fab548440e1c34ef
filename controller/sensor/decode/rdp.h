/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * rdp: how a remote desktop connection begins, as far as it is in clear.
 *
 * The connection request and its answer are read, on any port where they are RDP's beyond doubt, and on 3389 in their
 * oldest form, which could be any protocol's over X.224. Where both sides agree on RDP's own security the client's core
 * data follow in clear; where they agree on TLS, what follows is TLS's.
 *
 * Of the cookie only its kind is told: its value is a user's name.
 *
 * Owns:    nothing.
 * Limits:  none of its own.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_rdp.c.
 * Source:  [MS-RDPBCGR] 2.2.1.1, 2.2.1.2, 2.2.1.3.2; RFC 1006 section 6 (TPKT); ITU-T X.224 section 13.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_RDP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_RDP_H

#include "controller/sensor/decode/decoder.h"

/*
 * rdp_decode reads the message at the head of ${stream}, with what decoder.h says of all stream decoders.
 * shape: the security is what is asked for, or what is chosen: 0 RDP's own, 1 TLS, 2 CredSSP, [MS-RDPBCGR] 2.2.1.1.1.
 */
int rdp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
