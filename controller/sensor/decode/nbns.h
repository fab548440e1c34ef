/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nbns: NetBIOS name service messages: queries, registrations, answers and node status.
 *
 * The sender's own name is the unique one that it registers, refreshes or gives up, that it answers with its own
 * address for, or that it lists in its status. The name of its user (suffix 03) is not told apart and not kept.
 *
 * Owns:    nothing.
 * Limits:  as dns_message, whose form the messages have.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_netbios.c.
 * Source:  RFC 1002 section 4.2.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_NBNS_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_NBNS_H

#include "controller/sensor/decode/decoder.h"

/* nbns_decode is the decoder of the NetBIOS name service, UDP port 137. shape, errors: as datagram_decode. */
int nbns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
