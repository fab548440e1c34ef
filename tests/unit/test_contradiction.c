/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "controller/replay/contradiction.h"

enum zone {
	UNKNOWN,
	PUMPS,
	PCS,
};

static uint16_t zone_of(const char *class, void *context)
{
	(void)context;
	if (strcmp(class, "medical/infusion-pump") == 0)
		return PUMPS;
	return strncmp(class, "computer", 8) == 0 || strcmp(class, "phone") == 0 ? PCS : UNKNOWN;
}

struct reason {
	const char *class;
	int16_t weight;
};

static void what_a_device_looks_like_besides(void **state)
{
	static const struct {
		const char *name, *taken;
		struct reason reasons[3];
		const char *class, *was;
	} vectors[] = {
		{ "nothing else",
		  "medical/infusion-pump",
		  { { "medical/infusion-pump", 500 }, { "medical", 300 } },
		  NULL,
		  NULL },
		{ "another zone's",
		  "medical/infusion-pump",
		  { { "medical/infusion-pump", 600 }, { "computer/workstation", 400 } },
		  "computer/workstation",
		  "medical/infusion-pump" },
		{ "two of a weight",
		  "",
		  { { "medical/infusion-pump", 500 }, { "computer/workstation", 500 } },
		  "computer/workstation",
		  "medical/infusion-pump" },
		{ "too little",
		  "medical/infusion-pump",
		  { { "medical/infusion-pump", 600 }, { "computer/workstation", 299 } },
		  NULL,
		  NULL },
		{ "enough together",
		  "medical/infusion-pump",
		  { { "medical/infusion-pump", 600 }, { "computer/workstation", 299 }, { "computer", 100 } },
		  "computer/workstation",
		  "medical/infusion-pump" },
		{ "of the same zone", "computer", { { "computer", 600 }, { "phone", 400 } }, NULL, NULL },
		{ "of no zone", "computer", { { "computer", 600 }, { "printer", 400 } }, NULL, NULL },
		{ "nothing", "", { { "", 0 } }, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct identity identity = { 0 };
		const char *was = NULL, *class;

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].taken);
		for (size_t j = 0; j < 3 && vectors[i].reasons[j].class; j++) {
			struct identity_evidence *evidence = &identity.evidence[identity.evidence_count++];

			snprintf(evidence->class, sizeof(evidence->class), "%s", vectors[i].reasons[j].class);
			evidence->weight = vectors[i].reasons[j].weight;
		}
		class = contradiction_of(&identity, UNKNOWN, zone_of, NULL, &was);
		if (!class != !vectors[i].class || (class && strcmp(class, vectors[i].class) != 0))
			fail_msg("%s: %s", vectors[i].name, class ? class : "none");
		if (!was != !vectors[i].was || (was && strcmp(was, vectors[i].was) != 0))
			fail_msg("%s: was %s", vectors[i].name, was ? was : "none");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_a_device_looks_like_besides) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
