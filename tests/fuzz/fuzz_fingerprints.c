/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The first byte chooses: rules in YAML or a registry in CSV. What was read must also serve a judgement. */
#include <assert.h>

#include "policy/identity/identity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	struct facts facts = { .mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } } };
	struct error error = { 0 };
	struct identity identity;
	const char *text = (const char *)data + 1;
	int rc;

	if (size < 1 || fingerprints_new(&fingerprints) < 0)
		return 0;
	if (data[0] == 'C')
		rc = fingerprints_add_registry(fingerprints, "fuzz", text, size - 1, &error);
	else
		rc = fingerprints_add_yaml(fingerprints, "fuzz", text, size - 1, &error);
	assert((rc < 0) == (error.code < 0) && (rc >= 0 || rc == error.code));
	for (int field = FIELD_NONE + 1; field < FIELD_COUNT; field++) {
		const struct field_value value = { (enum field)field, (const uint8_t *)text,
			                           size > 64 ? 64 : size - 1 };

		facts_add(&facts, &value);
	}
	identity_judge(fingerprints, &facts, &identity);
	facts_done(&facts);
	assert(identity.evidence_count <= IDENTITY_EVIDENCE_MAX);
	return 0;
}
