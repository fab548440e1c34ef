/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ssdp: discovery of UPnP devices: what one announces, what it answers, what another searches.
 *
 * What is offered is the NT of an announcement and the ST of an answer, where it is a type and not one device's own
 * name; the ST of a search is what is wanted, and an announcement that takes leave offers nothing.
 *
 * Owns:    nothing.
 * Limits:  one datagram; reads on until the fields are full.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_ssdp.c.
 * Source:  UPnP Device Architecture 2.0 section 1.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_SSDP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_SSDP_H

#include "controller/sensor/decode/decoder.h"

/* ssdp_decode is the decoder of SSDP, UDP port 1900. shape, errors: as datagram_decode. */
int ssdp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/*
 * ssdp_answer_decode is the decoder of answers to a search that come from any port to any other.
 * shape, errors: as datagram_decode.
 */
int ssdp_answer_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
