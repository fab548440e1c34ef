/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kerberos: requests for tickets and the answers: the realm, and the computer's own account.
 *
 * An account that is a computer's ("HOST$", "host/name") is told; a user's never, and nothing of a ticket.
 *
 * Owns:    nothing.
 * Limits:  none of its own.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_kerberos.c.
 * Source:  RFC 4120 sections 5.2.2, 5.4, 5.9.1 and 7.2.2 (TCP).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_KERBEROS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_KERBEROS_H

#include "controller/sensor/decode/decoder.h"

/* kerberos_decode reads ${datagram}, with what decoder.h says of all datagram decoders. */
int kerberos_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* kerberos_decode_stream reads the message at the head of ${stream}, with what decoder.h says of all of them. */
int kerberos_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields,
                           enum malformed_reason *reason);

#endif
