/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns: the questions and answers of DNS over UDP and TCP, of mDNS and of LLMNR.
 *
 * All that a message says is told in its order. Of mDNS and LLMNR it is told besides what the sender says of itself:
 * its name, the services it offers, its model. What a question lists as known already (RFC 6762 section 7.1) is not
 * offered, and neither is what a proxy or a reflector says for others: the addresses in it are not the sender's.
 *
 * Owns:    nothing.
 * Limits:  reads on until the fields are full.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dns.c.
 * Source:  RFC 1035 (4.2.2 for TCP), RFC 2136, RFC 4795, RFC 6762, RFC 6763.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_H

#include "controller/sensor/decode/decoder.h"

/* dns_decode is the decoder of DNS over UDP. shape, errors: as datagram_decode. */
int dns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* dns_stream_decode is the decoder of DNS over TCP, port 53. shape, errors: as stream_decode. */
int dns_stream_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

/* mdns_decode is the decoder of multicast DNS. shape, errors: as datagram_decode. */
int mdns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* llmnr_decode is the decoder of LLMNR over UDP. shape, errors: as datagram_decode. */
int llmnr_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
