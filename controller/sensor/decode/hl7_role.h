/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hl7_role: what the sender of an HL7 message does, by the message's type and by what devices it speaks of.
 *
 * Whose words a message is decides: an observation of a pump comes from the pump or its gateway, an order that names a
 * pump from the system that prescribes. An alert is the device's own where the sender names itself by an EUI-64;
 * else somebody passes it on.
 *
 * Owns:    nothing.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input.
 * Source:  HL7 version 2.9 chapters 3 to 13; IHE Devices (PCD) technical framework volume 2: PCD-01, PCD-03, PCD-04,
 *          PCD-10; ISO/IEEE 11073-10101 for MDC names; LOINC for vital signs.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_ROLE_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_ROLE_H

#include "controller/sensor/decode/hl7_segment.h"

/* What kinds of devices a message speaks of, a set. */
enum hl7_kind {
	HL7_KIND_PUMP = 1 << 0,
	HL7_KIND_VENTILATOR = 1 << 1,
	HL7_KIND_VITALS = 1 << 2,
	HL7_KIND_LAB = 1 << 3,
};

/* What a message is about. */
struct hl7_subject {
	struct hl7_span type;
	struct hl7_span event;
	unsigned int systems;      /* kinds of whole devices (MDS) it speaks of */
	unsigned int parts;        /* and of what else it names */
	bool sender_is_identified; /* MSH-3 is an EUI-64 */
};

/* hl7_kind_of_device gives the kind of the device that an MDC name such as "MDC_DEV_PUMP_INFUS_MDS" is of; 0: none. */
unsigned int hl7_kind_of_device(const struct hl7_span *name);

/* hl7_kind_of_code gives the kind of device that observes what ${code} called ${name} is, MDC or LOINC; 0: none. */
unsigned int hl7_kind_of_code(const struct hl7_span *code, const struct hl7_span *name);

/* hl7_role gives the role of who sends a message about ${subject}: "reports pump"; NULL where it tells none. */
const char *hl7_role(const struct hl7_subject *subject);

#endif
