/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dtls: the hellos of DTLS, whose parts may stand in several records and datagrams.
 *
 * Owns:    nothing.
 * Limits:  a hello of DTLS_HELLO_MAX bytes whose parts come in order.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_tls.c.
 * Source:  RFC 6347 sections 4.1 and 4.2, RFC 9147 section 5.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DTLS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DTLS_H

#include "controller/sensor/decode/decoder.h"

#define DTLS_HELLO_MAX 4096

/* dtls_decode is the decoder of DTLS in ${datagram}. shape: datagram_decode. */
int dtls_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
