/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dicom_service: what a DICOM SOP class is for, and what a station does that proposes or accepts it.
 *
 * Owns:    nothing.
 * Limits:  DICOM_SERVICE_COUNT services fit the 64 bits of a set.
 * Context: pure. Sensor process and replay.
 * Trust:   UIDs are a stranger's.
 * Source:  DICOM PS3.4 annexes B (storage), C (query/retrieve), F (MPPS), H (print), J (storage commitment),
 *          K (worklist), CC (unified procedure step); PS3.6 table A-1 for the UIDs.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DICOM_SERVICE_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DICOM_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

enum dicom_service {
	DICOM_SERVICE_NONE,
	/* storage, by modality */
	DICOM_STORES_CT,
	DICOM_STORES_MR,
	DICOM_STORES_US,
	DICOM_STORES_NM,
	DICOM_STORES_PET,
	DICOM_STORES_XR,
	DICOM_STORES_MAMMO,
	DICOM_STORES_DENTAL,
	DICOM_STORES_ANGIO,
	DICOM_STORES_ENDOSCOPY,
	DICOM_STORES_EYE,
	DICOM_STORES_PATHOLOGY,
	DICOM_STORES_PHOTO,
	DICOM_STORES_ECG,
	DICOM_STORES_RADIOTHERAPY,
	/* storage of what any modality or workstation may make */
	DICOM_STORES_CAPTURES,
	DICOM_STORES_REPORTS,
	DICOM_STORES_DOCUMENTS,
	DICOM_STORES_OBJECTS,
	/* the other services */
	DICOM_QUERIES_WORKLIST,
	DICOM_QUERIES_ARCHIVE,
	DICOM_MOVES,
	DICOM_GETS,
	DICOM_COMMITS,
	DICOM_PERFORMS_STEPS,
	DICOM_WORKS_STEPS,
	DICOM_PRINTS,
	DICOM_VERIFIES,
	DICOM_SERVICE_COUNT
};

/* What a request proposes, in few bits: enough to say what an answer that accepts it all accepts. */
enum dicom_proposal {
	DICOM_PROPOSES_STORAGE = 1 << 0,
	DICOM_PROPOSES_WORKLIST = 1 << 1,
	DICOM_PROPOSES_ARCHIVE = 1 << 2, /* query, move or get */
	DICOM_PROPOSES_COMMITMENT = 1 << 3,
	DICOM_PROPOSES_STEPS = 1 << 4,
	DICOM_PROPOSES_PRINT = 1 << 5,
};

/* dicom_service_of tells what the SOP class with the UID of ${length} characters at ${uid} is for. */
enum dicom_service dicom_service_of(const uint8_t *uid, size_t length);

/*
 * dicom_roles_request adds to ${fields} what a station does that proposes ${services}, a set of 1 << enum
 * dicom_service. Storage of what no one modality makes is "stores many" in place of its parts.
 */
void dicom_roles_request(uint64_t services, struct fields *fields);

/* dicom_roles_answer adds to ${fields} what a station does that accepts ${proposals}, of enum dicom_proposal. */
void dicom_roles_answer(unsigned int proposals, struct fields *fields);

/* dicom_proposals gives the set of enum dicom_proposal that ${services} are. */
unsigned int dicom_proposals(uint64_t services);

#endif
