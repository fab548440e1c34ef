/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * lldp: what a switch, phone or other gear says of itself in an LLDP frame.
 *
 * Owns:    nothing.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c.
 * Source:  IEEE 802.1AB clause 8, ANSI/TIA-1057 (MED), RFC 8520 section 11 (MUD URL).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_LLDP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_LLDP_H

#include "controller/sensor/decode/decoder.h"

/*
 * lldp_decode adds what the LLDPDU in ${datagram}, all behind EtherType 0x88cc, says to ${fields}.
 * shape: 1 an LLDPDU. errors: -EBADMSG with ${reason} set; what was read until then stays in fields.
 */
int lldp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
