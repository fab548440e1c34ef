/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hl7_segment: an HL7 version 2 message as segments, fields, repetitions and components, without a copy.
 *
 * Escape sequences stay as they are.
 *
 * Owns:    nothing; spans borrow the message.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input.
 * Source:  HL7 version 2.9 chapter 2, sections 2.5 (message construction) and 2.14.9 (MSH).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_SEGMENT_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_HL7_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Part of a message; empty where there is none. */
struct hl7_span {
	const uint8_t *at;
	size_t length;
};

struct hl7_message {
	struct hl7_span rest; /* segments not walked yet */
	uint8_t field;        /* the separators that the header names */
	uint8_t component;
	uint8_t repetition;
};

/*
 * hl7_open reads the separators of the message in ${length} bytes at ${bytes}, the first of them its header's.
 * shape: false where that begins with no "MSH" or its separators are none.
 */
bool hl7_open(const uint8_t *bytes, size_t length, struct hl7_message *message);

/* hl7_next gives the next segment that is not empty and moves on. shape: false at the end. */
bool hl7_next(struct hl7_message *message, struct hl7_span *segment);

/* hl7_named tells whether ${segment} is of the three letters ${name}. */
bool hl7_named(const struct hl7_message *message, const struct hl7_span *segment, const char *name);

/* hl7_field gives the field that the standard numbers ${number} of ${segment}; MSH-1 is the separator itself. */
struct hl7_span hl7_field(const struct hl7_message *message, const struct hl7_span *segment, unsigned int number);

/* hl7_component gives component ${number}, from 1, of the first repetition of ${field}. */
struct hl7_span hl7_component(const struct hl7_message *message, const struct hl7_span *field, unsigned int number);

/* hl7_repetition gives the next repetition of ${*field} and moves it on. shape: false at the end. */
bool hl7_repetition(const struct hl7_message *message, struct hl7_span *field, struct hl7_span *repetition);

/* hl7_is tells whether ${span} is ${text}. */
bool hl7_is(const struct hl7_span *span, const char *text);

/* hl7_contains tells whether ${text} stands in ${span}. */
bool hl7_contains(const struct hl7_span *span, const char *text);

#endif
