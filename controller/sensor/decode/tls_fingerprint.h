/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tls_fingerprint: JA3 and JA4 of a ClientHello.
 *
 * Of JA4+ only JA4, the fingerprint of TLS clients, is free to use (BSD 3-Clause); the others are not made here.
 *
 * Owns:    nothing.
 * Limits:  a hello with more than TLS_FINGERPRINT_NUMBERS_MAX cipher suites, groups or signatures has none.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_tls.c.
 * Source:  JA3: github.com/salesforce/ja3. JA4: github.com/FoxIO-LLC/ja4, technical_details/JA4.md.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_FINGERPRINT_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_TLS_FINGERPRINT_H

#include <stdbool.h>

#include "controller/sensor/decode/tls_hello.h"

#define TLS_FINGERPRINT_NUMBERS_MAX 512
#define TLS_JA3_STRING_MAX          8192
#define TLS_JA3_MAX                 33 /* 32 hexadecimal digits and the terminator */
#define TLS_JA4_MAX                 37 /* "t13d1516h2_8daaf6152771_e5627efa2ab1" and the terminator */

/* tls_ja3_string writes the text that JA3 is the MD5 of into ${text}. shape: false where ${hello} is too large. */
bool tls_ja3_string(const struct tls_client_hello *hello, char text[TLS_JA3_STRING_MAX]);

/* tls_ja4 writes the JA4 of ${hello} into ${text}. shape: false where ${hello} is too large. */
bool tls_ja4(const struct tls_client_hello *hello, char text[TLS_JA4_MAX]);

/* tls_fingerprint_add adds JA3 and its text, and JA4, of ${hello} to ${fields}; of a hello of SSL 2.0 JA4 alone. */
void tls_fingerprint_add(const struct tls_client_hello *hello, struct fields *fields);

#endif
