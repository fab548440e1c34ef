/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dicom: the association that two DICOM stations open: who they are, what each can do, and what it does.
 *
 * The request and its answer are read, on any port; a rejection, an abort and all that is sent over the association
 * afterwards are passed over, so that nothing of an image or a patient is gathered. A request whose contexts are more
 * than fields hold is told in parts, whole contexts each (STREAM_MORE).
 *
 * A request tells what its sender does: it is the user of each service it proposes, unless role selection has it the
 * provider. An answer tells what its sender provides, where it accepts: contexts have numbers alone in it, so what was
 * proposed is kept in the request's word of memory, and what is told of an answer that refuses some of several
 * services is nothing. The titles in an answer are the request's own, sent back.
 *
 * Owns:    nothing.
 * Limits:  a PDU of ASSOCIATION_MAX bytes; one beyond STREAM_BYTES_MAX is read as it comes. 128 contexts, as their
 *          odd numbers allow, have a part in the roles.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dicom.c.
 * Source:  DICOM PS3.8 section 9.3 and annex D, PS3.7 annex D.3.3 (user information).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DICOM_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DICOM_H

#include "controller/sensor/decode/decoder.h"

/*
 * dicom_decode reads the PDU at the head of ${stream}, with what decoder.h says of all stream decoders.
 * shape: UIDs and titles without their padding; a user's name and passcode are never told, but that there were any.
 */
int dicom_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason);

#endif
