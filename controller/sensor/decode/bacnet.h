/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bacnet: the I-Am of a building controller, which names its maker. What a router or a broadcast management device
 * sends on for another goes to fields of the other's.
 *
 * Owns:    nothing.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c.
 * Source:  ASHRAE 135, clause 6 (network layer), 16.10 (Who-Is and I-Am), 20 (encoding), annex J (BACnet/IP).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_BACNET_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_BACNET_H

#include "controller/sensor/decode/decoder.h"

/*
 * bacnet_decode adds what the message in ${datagram}, of BACnet/IP (UDP port 47808) or at once behind LLC's 0x82, says
 * to
 * ${fields}.
 * shape: 1 a message with something of the sender in it, 0 another. errors: -EBADMSG with ${reason} set.
 */
int bacnet_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
