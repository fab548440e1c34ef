/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity/settle.h"

enum {
	ZONE_OTHERS = 1, /* the default */
	ZONE_PUMPS,
	ZONE_IMAGING,
	ZONE_PCS,
};

static uint16_t zone_of(const char *class, void *context)
{
	(void)context;
	if (strcmp(class, "medical/infusion-pump") == 0)
		return ZONE_PUMPS;
	if (strncmp(class, "medical/imaging", 15) == 0)
		return ZONE_IMAGING;
	return strncmp(class, "computer", 8) == 0 ? ZONE_PCS : ZONE_OTHERS;
}

static void test_the_class_that_stays(void **state)
{
	static const struct {
		const char *held, *judged, *class;
	} vectors[] = {
		{ "", "", "" },
		{ "", "medical", "medical" },
		{ "medical", "", "medical" },
		{ "medical", "medical/imaging/ct", "medical/imaging/ct" },
		{ "medical/imaging/ct", "medical", "medical/imaging/ct" },
		{ "medical/imaging/ct", "medical/imaging/mr", "medical/imaging/mr" },
		{ "phone", "phone/ip", "phone/ip" },
		{ "phone", "phones", "phones" },
		{ "printer", "computer", "computer" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++)
		assert_string_equal(settle_class(vectors[i].held, vectors[i].judged), vectors[i].class);
}

static void test_what_is_made_of_it(void **state)
{
	static const struct {
		const char *name;
		const char *held, *judged;
		const char *held_host, *judged_host;
		const char *said; /* good evidence for another class */
		int weight;
		bool first_words;
		enum settling settling;
	} vectors[] = {
		{ "first recognition", "", "medical/infusion-pump", "", "", "", 0, false, SETTLE_ADOPT },
		{ "again the same", "medical/infusion-pump", "medical/infusion-pump", "", "", "", 0, false,
		  SETTLE_KEEP },
		{ "less is known", "medical/infusion-pump", "", "", "", "", 0, false, SETTLE_KEEP },
		{ "refined in its zone", "medical/imaging", "medical/imaging/ct", "", "", "", 0, false, SETTLE_ADOPT },
		{ "coarser", "medical/imaging/ct", "medical", "", "", "", 0, false, SETTLE_KEEP },
		{ "other part, same zone", "medical/imaging/ct", "medical/imaging/mr", "", "", "", 0, false,
		  SETTLE_ADOPT },
		{ "another zone", "medical/infusion-pump", "computer/workstation", "", "", "", 0, false,
		  SETTLE_CONFLICT },
		{ "to no zone", "medical/infusion-pump", "printer", "", "", "", 0, false, SETTLE_CONFLICT },
		{ "first words", "medical/infusion-pump", "computer/workstation", "", "", "", 0, true, SETTLE_ADOPT },
		{ "from the default zone", "printer", "computer/workstation", "", "", "", 0, false, SETTLE_ADOPT },
		{ "unknown, speaks for other", "medical/infusion-pump", "", "", "", "computer/workstation", 300, false,
		  SETTLE_CONFLICT },
		{ "coarser, speaks for other", "medical/imaging/ct", "medical", "", "", "medical/infusion-pump", 300,
		  false, SETTLE_CONFLICT },
		{ "speaks weakly for other", "medical/infusion-pump", "", "", "", "computer", 99, false, SETTLE_KEEP },
		{ "of one trade, not enough to be taken", "medical/imaging/ct", "", "", "", "medical/infusion-pump",
		  299, false, SETTLE_KEEP },
		{ "of another trade, the same weight", "medical/imaging/ct", "", "", "", "computer/workstation", 299,
		  false, SETTLE_CONFLICT },
		{ "other of the same zone", "medical/imaging/ct", "", "", "", "medical/imaging/mr", 300, false,
		  SETTLE_KEEP },
		{ "still itself, a PC inside", "medical/imaging/ct", "medical/imaging/ct", "", "",
		  "computer/workstation", 300, false, SETTLE_KEEP },
		{ "a name comes to it", "medical/imaging/ct", "medical/imaging/ct", "", "ct-1", "", 0, false,
		  SETTLE_ADOPT },
		{ "a name changes, zone stays", "medical/imaging/ct", "medical/imaging/ct", "ct-1", "ct-2", "", 0,
		  false, SETTLE_ADOPT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const char *class = settle_class(vectors[i].held, vectors[i].judged);
		struct settle_view held = { vectors[i].held, "", vectors[i].held_host, zone_of(vectors[i].held, NULL) };
		struct settle_view judged = { class, "", vectors[i].judged_host, zone_of(class, NULL) };
		struct identity identity = { .evidence_count = vectors[i].weight != 0 };

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].judged);
		snprintf(identity.evidence[0].class, sizeof(identity.evidence[0].class), "%s", vectors[i].said);
		identity.evidence[0].weight = (int16_t)vectors[i].weight;
		if (settle(&held, &judged, &identity, ZONE_OTHERS, !vectors[i].first_words, zone_of, NULL) !=
		    vectors[i].settling)
			fail_msg("%s", vectors[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_class_that_stays),
		cmocka_unit_test(test_what_is_made_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
