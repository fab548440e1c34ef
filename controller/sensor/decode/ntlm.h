/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ntlm: the messages of NTLM authentication: which Windows speaks, and what it is called.
 *
 * They come within SMB, HTTP, LDAP, DCE/RPC and TDS, bare or in SPNEGO, whose DER is not read: the signature is looked
 * for. Users, passwords' hashes and challenges are never taken.
 *
 * Owns:    nothing.
 * Limits:  NTLM_MESSAGE_MAX bytes of one in Base64; NTLM_PAIRS_MAX attributes of a target.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_ntlm.c. Of a
 *          message with a part that runs past it only the type is told.
 * Source:  [MS-NLMP] 2.2.1, 2.2.2.1 (attributes), 2.2.2.10 (version); RFC 4559 (HTTP).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_NTLM_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_NTLM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define NTLM_MESSAGE_MAX 4096
#define NTLM_PAIRS_MAX   16

/*
 * ntlm_add looks for an NTLM message in ${length} bytes at ${bytes} and adds what it says to ${fields}.
 * shape: false where there is none.
 */
bool ntlm_add(const uint8_t *bytes, size_t length, struct fields *fields);

/* ntlm_add_base64 does as ntlm_add with ${length} characters of Base64 at ${text}, up to the first that is none. */
bool ntlm_add_base64(const uint8_t *text, size_t length, struct fields *fields);

#endif
