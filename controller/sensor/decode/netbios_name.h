/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * netbios_name: names of NetBIOS, from their encoding and as they are shown: "FILES<20>".
 *
 * The last of sixteen bytes tells what the name is for. Spaces at the end of the others are left off, and a byte that
 * is no printable ASCII stands as <xx>.
 *
 * Owns:    nothing.
 * Limits:  NETBIOS_TEXT_MAX characters.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_netbios.c.
 * Source:  RFC 1001 section 14.1, RFC 1002 section 4.1; [MS-NBTE] section 1.8 (suffixes).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_NETBIOS_NAME_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_NETBIOS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define NETBIOS_NAME_BYTES   16
#define NETBIOS_ENCODED      32 /* two letters a byte */
#define NETBIOS_TEXT_MAX     (NETBIOS_NAME_BYTES * 4)
#define NETBIOS_WORKSTATION  0x00
#define NETBIOS_FILE_SERVICE 0x20

struct netbios_name {
	uint8_t suffix;
	uint8_t plain;  /* characters of the text before the suffix */
	uint8_t length; /* of all the text */
	char text[NETBIOS_TEXT_MAX];
};

/* netbios_name_make shows the NETBIOS_NAME_BYTES at ${bytes} in ${name}. */
void netbios_name_make(const uint8_t bytes[NETBIOS_NAME_BYTES], struct netbios_name *name);

/*
 * netbios_name_decode reads the ${length} letters at ${letters}, one label, into ${name}.
 * errors: -EBADMSG no encoded name, name untouched.
 */
int netbios_name_decode(const void *letters, size_t length, struct netbios_name *name);

/* netbios_name_is_host tells whether the suffix of ${name}, if unique, makes it a computer's own. */
bool netbios_name_is_host(const struct netbios_name *name);

/* netbios_name_tell adds ${name} with its suffix to ${fields} as ${field}. */
void netbios_name_tell(const struct netbios_name *name, enum field field, struct fields *fields);

/* netbios_name_tell_host adds ${name} without its suffix to ${fields} as the sender's own, where nothing has yet. */
void netbios_name_tell_host(const struct netbios_name *name, struct fields *fields);

#endif
