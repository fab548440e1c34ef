/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ntlm_carrier: NTLM authentication within LDAP, DCE/RPC and TDS, of which nothing else is read.
 *
 * Within SMB and HTTP their decoders look for it themselves.
 *
 * Owns:    nothing.
 * Limits:  none of its own.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_ntlm.c.
 * Source:  RFC 4511 4.1.1 and 4.2 (LDAP bind); DCE 1.1 RPC (C706) 12.6 and [MS-RPCE] 2.2.2.11 (auth verifier);
 *          [MS-TDS] 2.2.3.1 (packet header).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_NTLM_CARRIER_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_NTLM_CARRIER_H

#include "controller/sensor/decode/decoder.h"

/*
 * ntlm_carrier_decode reads the message at the head of ${stream}, with what decoder.h says of all stream decoders;
 * one that carries no NTLM is passed over.
 */
int ntlm_carrier_decode(const struct stream *stream, size_t *taken, struct fields *fields,
                        enum malformed_reason *reason);

#endif
