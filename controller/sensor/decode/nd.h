/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nd: neighbour discovery of IPv6: who has which address, and who says that it is a router.
 *
 * Owns:    nothing.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_link.c. Whether the sender speaks for itself is the controller's to
 *          judge.
 * Source:  RFC 4861 section 4, RFC 4862, RFC 4291 (addresses), RFC 7136 (interface identifiers).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_ND_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_ND_H

#include "controller/sensor/decode/decoder.h"

/*
 * A message that breaks off is told as far as it goes: not every host drops it, as RFC 4861 section 6.1 wants, and who
 * says that it is a router with a broken option behind is one that should be known of.
 *
 * nd_decode adds what the ICMPv6 message in ${datagram} says to ${fields}.
 * shape: 1 a message of neighbour discovery (types 133 to 137), 0 another type.
 * errors: -EBADMSG with ${reason} set, where even the type's head is cut.
 */
int nd_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/*
 * nd_address_kind tells how the interface identifier of ${address} came about: "eui-64", "static" where it is a small
 * number or an IPv4 address, else "random"; NULL where it is no unicast IPv6 address.
 */
const char *nd_address_kind(const struct address *address);

#endif
