/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * arp: read an ARP message for Ethernet and IPv4 into a struct.
 *
 * Owns:    nothing; the result holds copies.
 * Limits:  requests and replies only.
 * Context: pure. Sensor process.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_arp.c. Whether the sender speaks for itself (its hardware address
 *          beside the frame's source) is the controller's to judge.
 * Source:  RFC 826, RFC 5227.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_ARP_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_ARP_H

#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/malformed.h"
#include "policy/observation.h"

/*
 * arp_decode reads ${length} bytes at ${bytes}, the Ethernet payload, into ${arp}; what follows the message is padding.
 * shape: 1 a message, 0 another operation than request and reply.
 * errors: -EBADMSG with ${reason} set. arp untouched unless 1 is returned.
 */
int arp_decode(const uint8_t *bytes, size_t length, struct observation_arp *arp, enum malformed_reason *reason);

#endif
