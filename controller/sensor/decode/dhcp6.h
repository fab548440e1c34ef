/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dhcp6: read a DHCPv6 message, through the relays it came by.
 *
 * Owns:    nothing.
 * Limits:  relays nested eight deep (RFC 8415 section 7.6 stops at HOP_COUNT_LIMIT, 8).
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c.
 * Source:  RFC 8415, RFC 4704 (FQDN), RFC 8520 section 10 (MUD URL).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DHCP6_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DHCP6_H

#include "controller/sensor/decode/decoder.h"

/*
 * dhcp6_decode adds what the message in ${datagram} says to ${fields}.
 * shape: 1 a message, 0 a type that IANA does not list. errors: -EBADMSG with ${reason} set; what was read until
 *        then stays in fields.
 */
int dhcp6_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
