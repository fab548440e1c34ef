/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * smb: how two stations agree on SMB 1, 2 or 3, and what each says of its system while a session is set up.
 *
 * Negotiate and session setup are read, both ways, behind a NetBIOS session's header (port 139) or the same four bytes
 * without one (445), on any port. All else is passed over. Neither users nor what they prove themselves with is taken.
 *
 * Owns:    nothing.
 * Limits:  SMB_DIALECTS_MAX dialects of an SMB2 negotiation. Of compounded messages the first.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_smb.c.
 * Source:  RFC 1002 4.3.1 and [MS-SMB2] 2.1 (framing); [MS-CIFS] 2.2.4.52, 2.2.4.53 and [MS-SMB] 2.2.4.5, 2.2.4.6;
 *          [MS-SMB2] 2.2.3 to 2.2.6.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_SMB_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_SMB_H

#include "controller/sensor/decode/decoder.h"

#define SMB_DIALECTS_MAX 64

/* smb_decode reads the message at the head of ${stream}, with what decoder.h says of all stream decoders. */
int smb_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
