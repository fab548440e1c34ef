/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hl7: HL7 version 2 messages in the minimal lower layer protocol, on any port: who sends them and about which devices.
 *
 * Of the header all fields are taken but MSH-8, which may be a password. Of the segments behind it only what names
 * devices is looked at: OBR-3, OBX-3, OBX-18 and PRT-10, -16; segments about a patient are passed over unread, and so
 * are all results.
 *
 * Owns:    nothing.
 * Limits:  of a message longer than STREAM_BYTES_MAX the beginning is read and the rest passed over. HL7_NAMES_MAX
 *          devices, codes and models a message.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_hl7.c.
 * Source:  HL7 version 2.9 chapter 2; MLLP release 1 (HL7 transport specification); IHE Devices (PCD) technical
 *          framework volume 2 appendix B for MSH-3, OBX-18 and PRT; GS1 general specifications for the UDI.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_H

#include "controller/sensor/decode/decoder.h"

#define HL7_NAMES_MAX 8

/*
 * hl7_decode reads the message at the head of ${stream}, with what decoder.h says of all stream decoders.
 * shape: an EUI-64 as 16 upper-case hexadecimal digits; of a UDI the device identifier alone, "(01)" and 14 digits.
 */
int hl7_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
