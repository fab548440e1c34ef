/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * utf16: names in UTF-16, as Windows sends them, into fields as UTF-8.
 *
 * Owns:    nothing.
 * Limits:  UTF16_UNITS_MAX units a name, the rest is left off.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; a surrogate without its other half becomes U+FFFD.
 * Source:  RFC 2781.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_UTF16_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_UTF16_H

#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define UTF16_UNITS_MAX 256

/* utf16_add adds the ${length} bytes of little-endian UTF-16 at ${bytes} as ${field}; nothing where there are none. */
void utf16_add(struct fields *fields, enum field field, const uint8_t *bytes, size_t length);

#endif
