/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * banner: what servers of FTP, SMTP, Telnet and SSH greet with, what SSH clients call themselves, and whether a
 * password goes by in clear. What the password is, is never looked at.
 *
 * Owns:    nothing; the word of a direction keeps how far it is.
 * Limits:  a greeting of BANNER_MAX bytes.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_banner.c.
 * Source:  RFC 959 section 4.2, RFC 5321 section 4.2, RFC 4954, RFC 854, RFC 4253 section 4.2.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_BANNER_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_BANNER_H

#include "controller/sensor/decode/decoder.h"

#define BANNER_MAX 1024

/* ftp_decode is the decoder of FTP's control connection in ${stream}. shape: stream_decode. */
int ftp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

/* smtp_decode is the decoder of SMTP in ${stream}. shape: stream_decode. */
int smtp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

/* ssh_decode is the decoder of SSH's first lines in ${stream}. shape: stream_decode. */
int ssh_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

/* telnet_decode is the decoder of Telnet in ${stream}. shape: stream_decode. */
int telnet_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
