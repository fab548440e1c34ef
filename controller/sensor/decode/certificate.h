/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * certificate: who an X.509 certificate is of and who issued it.
 *
 * The structure is walked here; only the two names are given to OpenSSL, so that no key of a stranger is ever decoded.
 *
 * Owns:    nothing.
 * Limits:  CERTIFICATE_BYTES_MAX, CERTIFICATE_NAMES_MAX alternative names.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_certificate.c.
 * Source:  RFC 5280 sections 4.1 and 4.2.1.6, ITU-T X.690 section 8, RFC 2253.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_CERTIFICATE_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_CERTIFICATE_H

#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define CERTIFICATE_BYTES_MAX 16384
#define CERTIFICATE_NAMES_MAX 16

/*
 * certificate_add adds subject, issuer and alternative names (DNS names and IP addresses) of the certificate of
 * ${length} ${bytes} of DER to ${fields}, names in the form of RFC 2253. errors: -EBADMSG, fields untouched.
 */
int certificate_add(const uint8_t *bytes, size_t length, struct fields *fields);

#endif
