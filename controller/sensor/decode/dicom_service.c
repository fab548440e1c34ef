/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dicom_service.h"

#include <string.h>

#include "policy/base/memory.h"

#define DICOM_ROOT   "1.2.840.10008."
#define STORAGE      "5.1.4.1.1."
#define FAMILIES_MAX 3 /* scanners of two kinds in one housing exist (PET and CT, PET and MR), of four none */

struct sop_class {
	const char *uid; /* below DICOM_ROOT; it and all below it */
	enum dicom_service service;
};

/* The first that fits counts. */
static const struct sop_class sop_classes[] = {
	{ "1.1", DICOM_VERIFIES },
	{ "1.20.1", DICOM_COMMITS },
	{ "3.1.2.3.3", DICOM_PERFORMS_STEPS },
	{ "5.1.4.31", DICOM_QUERIES_WORKLIST },
	{ "5.1.4.1.2.1.1", DICOM_QUERIES_ARCHIVE },
	{ "5.1.4.1.2.2.1", DICOM_QUERIES_ARCHIVE },
	{ "5.1.4.1.2.3.1", DICOM_QUERIES_ARCHIVE },
	{ "5.1.4.1.2.1.2", DICOM_MOVES },
	{ "5.1.4.1.2.2.2", DICOM_MOVES },
	{ "5.1.4.1.2.3.2", DICOM_MOVES },
	{ "5.1.4.1.2", DICOM_GETS },
	{ "5.1.4.34.6", DICOM_WORKS_STEPS },
	{ "5.1.1.33", DICOM_SERVICE_NONE }, /* media creation */
	{ "5.1.1", DICOM_PRINTS },
	{ STORAGE "1.2", DICOM_STORES_MAMMO },
	{ STORAGE "1.3", DICOM_STORES_DENTAL },
	{ STORAGE "1", DICOM_STORES_XR },
	{ STORAGE "2", DICOM_STORES_CT },
	{ STORAGE "3", DICOM_STORES_US },
	{ STORAGE "4", DICOM_STORES_MR },
	{ STORAGE "5", DICOM_STORES_NM },
	{ STORAGE "6", DICOM_STORES_US },
	{ STORAGE "7", DICOM_STORES_CAPTURES },
	{ STORAGE "9.1", DICOM_STORES_ECG },
	{ STORAGE "11", DICOM_STORES_REPORTS },
	{ STORAGE "12", DICOM_STORES_ANGIO },
	{ STORAGE "13.1.1", DICOM_STORES_ANGIO },
	{ STORAGE "13.1.2", DICOM_STORES_DENTAL },
	{ STORAGE "13.1", DICOM_STORES_MAMMO },
	{ STORAGE "20", DICOM_STORES_NM },
	{ STORAGE "77.1.1", DICOM_STORES_ENDOSCOPY },
	{ STORAGE "77.1.2", DICOM_STORES_PATHOLOGY },
	{ STORAGE "77.1.3", DICOM_STORES_PATHOLOGY },
	{ STORAGE "77.1.4", DICOM_STORES_PHOTO },
	{ STORAGE "77.1.5", DICOM_STORES_EYE },
	{ STORAGE "77.1.6", DICOM_STORES_PATHOLOGY },
	{ STORAGE "78", DICOM_STORES_EYE },
	{ STORAGE "79", DICOM_STORES_EYE },
	{ STORAGE "80", DICOM_STORES_EYE },
	{ STORAGE "81", DICOM_STORES_EYE },
	{ STORAGE "82", DICOM_STORES_EYE },
	{ STORAGE "88", DICOM_STORES_REPORTS },
	{ STORAGE "104", DICOM_STORES_DOCUMENTS },
	{ STORAGE "128", DICOM_STORES_PET },
	{ STORAGE "130", DICOM_STORES_PET },
	{ STORAGE "481", DICOM_STORES_RADIOTHERAPY },
	{ "5.1.4.34.7", DICOM_STORES_RADIOTHERAPY },
	{ "5.1.4.1.1", DICOM_STORES_OBJECTS },
};

static const char *const roles[DICOM_SERVICE_COUNT] = {
	[DICOM_STORES_CT] = "stores ct",
	[DICOM_STORES_MR] = "stores mr",
	[DICOM_STORES_US] = "stores us",
	[DICOM_STORES_NM] = "stores nm",
	[DICOM_STORES_PET] = "stores pet",
	[DICOM_STORES_XR] = "stores xr",
	[DICOM_STORES_MAMMO] = "stores mammo",
	[DICOM_STORES_DENTAL] = "stores dental",
	[DICOM_STORES_ANGIO] = "stores angio",
	[DICOM_STORES_ENDOSCOPY] = "stores endoscopy",
	[DICOM_STORES_EYE] = "stores eye",
	[DICOM_STORES_PATHOLOGY] = "stores pathology",
	[DICOM_STORES_PHOTO] = "stores photo",
	[DICOM_STORES_ECG] = "stores ecg",
	[DICOM_STORES_RADIOTHERAPY] = "stores radiotherapy",
	[DICOM_STORES_CAPTURES] = "stores captures",
	[DICOM_STORES_REPORTS] = "stores reports",
	[DICOM_STORES_DOCUMENTS] = "stores documents",
	[DICOM_STORES_OBJECTS] = "stores objects",
	[DICOM_QUERIES_WORKLIST] = "queries worklist",
	[DICOM_QUERIES_ARCHIVE] = "queries archive",
	[DICOM_MOVES] = "moves from archive",
	[DICOM_GETS] = "gets from archive",
	[DICOM_COMMITS] = "commits storage",
	[DICOM_PERFORMS_STEPS] = "performs steps",
	[DICOM_WORKS_STEPS] = "works on steps",
	[DICOM_PRINTS] = "prints",
	[DICOM_VERIFIES] = "verifies",
};

/* What one housing can hold counts once. */
static const uint64_t families[] = {
	1ULL << DICOM_STORES_CT,
	1ULL << DICOM_STORES_MR,
	1ULL << DICOM_STORES_US,
	1ULL << DICOM_STORES_NM | 1ULL << DICOM_STORES_PET,
	1ULL << DICOM_STORES_XR | 1ULL << DICOM_STORES_MAMMO | 1ULL << DICOM_STORES_DENTAL,
	1ULL << DICOM_STORES_ANGIO,
	1ULL << DICOM_STORES_ENDOSCOPY | 1ULL << DICOM_STORES_PHOTO,
	1ULL << DICOM_STORES_EYE,
	1ULL << DICOM_STORES_PATHOLOGY,
	1ULL << DICOM_STORES_ECG,
	1ULL << DICOM_STORES_RADIOTHERAPY,
};

/* What no device makes both of, and yet is proposed together, was made by others. */
static const uint64_t apart[][2] = {
	{ 1ULL << DICOM_STORES_CT, 1ULL << DICOM_STORES_MR },
	{ 1ULL << DICOM_STORES_US, 1ULL << DICOM_STORES_CT | 1ULL << DICOM_STORES_MR | 1ULL << DICOM_STORES_NM |
	                                   1ULL << DICOM_STORES_PET | 1ULL << DICOM_STORES_XR },
};

#define STORES_ANY (((1ULL << (DICOM_STORES_OBJECTS + 1)) - 1) & ~1ULL)

enum dicom_service dicom_service_of(const uint8_t *uid, size_t length)
{
	const size_t root = sizeof(DICOM_ROOT) - 1;

	if (length <= root || memcmp(uid, DICOM_ROOT, root) != 0)
		return DICOM_SERVICE_NONE;
	uid += root;
	length -= root;
	for (size_t i = 0; i < ARRAY_SIZE(sop_classes); i++) {
		size_t known = strlen(sop_classes[i].uid);

		if (length >= known && memcmp(uid, sop_classes[i].uid, known) == 0 &&
		    (length == known || uid[known] == '.'))
			return sop_classes[i].service;
	}
	return DICOM_SERVICE_NONE;
}

static bool is_of_many(uint64_t services)
{
	size_t count = 0;

	for (size_t i = 0; i < ARRAY_SIZE(families); i++)
		if (services & families[i])
			count++;
	for (size_t i = 0; i < ARRAY_SIZE(apart); i++)
		if (services & apart[i][0] && services & apart[i][1])
			return true;
	return count > FAMILIES_MAX;
}

void dicom_roles_request(uint64_t services, struct fields *fields)
{
	if (is_of_many(services)) {
		fields_add_text(fields, FIELD_DICOM_ROLE, "stores many");
		services &= ~STORES_ANY;
	}
	for (size_t i = 0; i < DICOM_SERVICE_COUNT; i++)
		if (services & 1ULL << i && roles[i])
			fields_add_text(fields, FIELD_DICOM_ROLE, roles[i]);
}

void dicom_roles_answer(unsigned int proposals, struct fields *fields)
{
	static const struct {
		enum dicom_proposal proposal;
		const char *role;
	} answers[] = {
		{ DICOM_PROPOSES_STORAGE, "accepts storage" }, { DICOM_PROPOSES_WORKLIST, "answers worklist" },
		{ DICOM_PROPOSES_ARCHIVE, "answers archive" }, { DICOM_PROPOSES_COMMITMENT, "confirms storage" },
		{ DICOM_PROPOSES_STEPS, "accepts steps" },     { DICOM_PROPOSES_PRINT, "accepts prints" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		if (proposals & answers[i].proposal)
			fields_add_text(fields, FIELD_DICOM_ROLE, answers[i].role);
}

unsigned int dicom_proposals(uint64_t services)
{
	static const struct {
		uint64_t services;
		enum dicom_proposal proposal;
	} proposed[] = {
		{ STORES_ANY, DICOM_PROPOSES_STORAGE },
		{ 1ULL << DICOM_QUERIES_WORKLIST, DICOM_PROPOSES_WORKLIST },
		{ 1ULL << DICOM_QUERIES_ARCHIVE | 1ULL << DICOM_MOVES | 1ULL << DICOM_GETS, DICOM_PROPOSES_ARCHIVE },
		{ 1ULL << DICOM_COMMITS, DICOM_PROPOSES_COMMITMENT },
		{ 1ULL << DICOM_PERFORMS_STEPS | 1ULL << DICOM_WORKS_STEPS, DICOM_PROPOSES_STEPS },
		{ 1ULL << DICOM_PRINTS, DICOM_PROPOSES_PRINT },
	};
	unsigned int proposals = 0;

	for (size_t i = 0; i < ARRAY_SIZE(proposed); i++)
		if (services & proposed[i].services)
			proposals |= proposed[i].proposal;
	return proposals;
}
