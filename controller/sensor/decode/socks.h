/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * socks: what a client and a SOCKS proxy say before the stream that goes through it, to be passed over.
 *
 * Owns:    nothing; the word of a direction keeps how far it is.
 * Limits:  a request of SOCKS 4 of SOCKS_REQUEST_MAX bytes.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_banner.c.
 * Source:  RFC 1928, RFC 1929, SOCKS 4A (openssh.com/txt/socks4a.protocol).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_SOCKS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_SOCKS_H

#include "controller/sensor/decode/decoder.h"

#define SOCKS_REQUEST_MAX 512

/* socks_decode is the decoder of SOCKS 4 and 5 in ${stream}; it has no fields. shape: stream_decode. */
int socks_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
