/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * http: requests and answers of HTTP/1, one after the other on a connection, on any port.
 *
 * Bodies are passed over by Content-Length or chunk by chunk. Behind CONNECT and an upgrade the stream is another's.
 * A request of HTTP/0.9 is taken where a blank line ends it. Of a head that the capture cut its whole lines are read.
 * Passwords in an address are never taken: they are shown as "***".
 *
 * Owns:    nothing; the word of a direction keeps where in a message it is.
 * Limits:  a head of STREAM_BYTES_MAX bytes.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_http.c.
 * Source:  RFC 9110, RFC 9112, RFC 7617 (Basic), RFC 1945 section 4.1.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HTTP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HTTP_H

#include "controller/sensor/decode/decoder.h"

/* http_decode is the decoder of HTTP in ${stream}. shape: stream_decode. */
int http_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
