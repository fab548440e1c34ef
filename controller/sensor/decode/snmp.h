/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * snmp: the version of SNMP messages, and what an agent answers or reports of itself.
 *
 * Taken are the system group's sysDescr, sysObjectID and sysName, of responses, notifications and traps. A community
 * string is a credential: that one went by in clear is told, the string itself is passed over.
 *
 * Owns:    nothing.
 * Limits:  one datagram; lengths of up to four bytes.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_snmp.c.
 * Source:  RFC 1157, RFC 1901, RFC 3412 section 6, RFC 3416 section 3, RFC 3418 section 2; X.690 for BER.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_SNMP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_SNMP_H

#include "controller/sensor/decode/decoder.h"

/* snmp_decode is the decoder of SNMP, UDP ports 161 and 162. shape, errors: as datagram_decode. */
int snmp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
