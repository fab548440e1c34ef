/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls: the handshake of TLS as far as it is in clear: hellos and, up to TLS 1.2, certificates.
 *
 * Messages over several records and several messages in one record are read alike. A message of ours is the shortest
 * run of records that ends where a handshake message ends.
 *
 * Owns:    nothing.
 * Limits:  STREAM_BYTES_MAX bytes of records at once.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_tls.c.
 * Source:  RFC 8446 section 5.1, RFC 5246 section 6.2, RFC 5246 appendix E.2.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_H

#include "controller/sensor/decode/decoder.h"

/* tls_decode is the decoder of TLS in ${stream}. shape: stream_decode. */
int tls_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
