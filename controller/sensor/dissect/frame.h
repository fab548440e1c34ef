/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * frame: from an Ethernet frame to an observation.
 *
 * Reads Ethernet II with up to two VLAN tags, IPv4 with options and UDP, then hands over to dhcp4 or arp. Checksums are
 * not checked: a frame captured on its way out may not carry its UDP checksum yet.
 *
 * Owns:    nothing; the observation holds copies.
 * Limits:  two tags in the frame; fragments are refused, never put together.
 * Context: pure. Sensor process.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_frame.c.
 * Source:  IEEE 802.3, IEEE 802.1Q, RFC 791, RFC 768.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_FRAME_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/malformed.h"
#include "policy/observation.h"

/* What the kernel tells beside the bytes of a frame. */
struct frame_meta {
	uint32_t ifindex;
	uint64_t captured_ns; /* wall clock, nanoseconds */
	bool outgoing;        /* PACKET_OUTGOING */
	uint16_t vlan;        /* VLAN id the kernel took out of the frame (TP_STATUS_VLAN_VALID), 0 where none */
};

/*
 * frame_decode reads ${length} bytes of ${frame}, captured as ${meta} tells, into ${observation}.
 * shape: 1 an observation, 0 nothing of interest. The outermost VLAN id that is not 0 is reported.
 * errors: -EBADMSG with ${reason} set. observation untouched unless 1 is returned.
 */
int frame_decode(const uint8_t *frame, size_t length, const struct frame_meta *meta, struct observation *observation,
                 enum malformed_reason *reason);

#endif
