/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sip: requests and answers of SIP over UDP and TCP.
 *
 * Owns:    nothing.
 * Limits:  a head of STREAM_BYTES_MAX bytes.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_sip.c.
 * Source:  RFC 3261 sections 7, 18.3, 20.35 and 20.41.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_SIP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_SIP_H

#include "controller/sensor/decode/decoder.h"

/* sip_decode_datagram is the decoder of SIP in ${datagram}. shape: datagram_decode. */
int sip_decode_datagram(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* sip_decode_stream is the decoder of SIP in ${stream}. shape: stream_decode. */
int sip_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
