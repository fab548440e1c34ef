/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cdp: what a switch, router, phone or other gear says of itself by the Cisco Discovery Protocol.
 *
 * Owns:    nothing.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c.
 * Source:  Cisco, "Cisco Discovery Protocol Configuration Guide"; Cisco IOS "CDP packet format".
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_CDP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_CDP_H

#include "controller/sensor/decode/decoder.h"

/*
 * cdp_decode adds what the message in ${datagram}, all behind SNAP's 00-00-0c and 0x2000, says to ${fields}.
 * shape: 1 a message, 0 another version than 1 and 2. errors: -EBADMSG with ${reason} set; what was read until then
 *        stays in fields.
 */
int cdp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
