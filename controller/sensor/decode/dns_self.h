/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns_self: what the sender of an mDNS or LLMNR message says of itself.
 *
 * It speaks of itself in a response, and in the authority section of a probe for a name it wants (RFC 6762 section
 * 8.2). Where the message holds addresses of the family it was sent with and the sender's is none of them, somebody
 * speaks for others, and nothing is told.
 *
 * Owns:    nothing.
 * Limits:  as dns_message.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dns.c.
 * Source:  RFC 4795, RFC 6762, RFC 6763; HomeKit Accessory Protocol specification R2, table 12-3 (TXT ci=).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_SELF_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_SELF_H

#include "controller/sensor/decode/decoder.h"

/*
 * mdns_tell_self adds the sender's name without ".local", the services it offers, their instances and its models out
 * of ${datagram} to ${fields}, each once. shape: 0. errors: -EBADMSG.
 */
int mdns_tell_self(const struct datagram *datagram, struct fields *fields);

/*
 * llmnr_tell_self adds to ${fields} the name that the sender of ${datagram} answers to, or makes sure of for itself.
 * shape: 0. errors: -EBADMSG.
 */
int llmnr_tell_self(const struct datagram *datagram, struct fields *fields);

#endif
