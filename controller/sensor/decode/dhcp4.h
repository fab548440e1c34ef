/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dhcp4: read a DHCPv4 message into a struct.
 *
 * Options that stand in several parts are put together (RFC 3396), over the options field, then file, then sname where
 * option 52 says that they hold options; each area is read once and option 52 counts in the options field alone.
 *
 * Owns:    nothing; the result holds copies.
 * Limits:  OCTETS_MAX bytes an option, the rest is left off and marked.
 * Context: pure. Sensor process.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dhcp4.c.
 * Source:  RFC 2131, RFC 2132, RFC 3396, RFC 4702 (option 81), RFC 3046 (82), RFC 8520 (161).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DHCP4_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DHCP4_H

#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/decoder.h"
#include "controller/sensor/decode/malformed.h"
#include "policy/observation.h"

/*
 * dhcp4_decode reads ${length} bytes at ${bytes}, the UDP payload, into ${dhcp4}.
 * shape: 1 a message, 0 BOOTP without DHCP or a message type after DHCPINFORM. An address field of zero is
 *        FAMILY_NONE. A name in option 81 that comes in DNS wire format is written with dots.
 * errors: -EBADMSG with ${reason} set. dhcp4 untouched unless 1 is returned.
 */
int dhcp4_decode(const uint8_t *bytes, size_t length, struct observation_dhcp4 *dhcp4, enum malformed_reason *reason);

/*
 * dhcp4_decode_other adds what ${datagram} says to ${fields}, of a message that dhcp4_decode does not take: BOOTP, a
 * lease query of a relay (RFC 4388), a client on another medium than Ethernet. Nobody is bound to an address by it.
 * shape: 1 a message. errors: as dhcp4_decode, but for these.
 */
int dhcp4_decode_other(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
