/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * wsd: WS-Discovery: what printers, cameras, Windows computers and medical devices announce themselves as.
 *
 * Types and scopes are told where they are offered (Hello, ProbeMatches, ResolveMatches); those in a Probe are wanted.
 * Types stand without the prefix of their name space, which each sender chooses. XML is scanned for the few elements
 * that count and not checked: what is cut is told as far as it goes.
 *
 * Owns:    nothing.
 * Limits:  one datagram; reads on until the fields are full.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_ssdp.c.
 * Source:  OASIS WS-Discovery 1.1; ONVIF core specification section 7.3; IEEE 11073-20702 (MedicalDevice).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_WSD_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_WSD_H

#include "controller/sensor/decode/decoder.h"

/* wsd_decode is the decoder of WS-Discovery, UDP port 3702. shape: as datagram_decode, without errors. */
int wsd_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

#endif
