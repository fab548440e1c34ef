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

static const struct housing_table housings = { 1, { { "medical/imaging", "computer", "c" } } };

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
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct identity identity = { .confidence = 1 };

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].judged);
		assert_string_equal(settle_class(vectors[i].held, &identity), vectors[i].class);
	}
}

/* What is inside, or only yields, does not take the place of what the device is. */
static void test_what_gives_way(void **state)
{
	static const struct {
		const char *held, *judged;
		bool yields;
		const char *class;
	} vectors[] = {
		{ "medical/imaging/ct", "computer/workstation", false, "medical/imaging/ct" },
		{ "computer/workstation", "medical/imaging/ct", false, "medical/imaging/ct" },
		{ "medical/infusion-pump", "computer/workstation", false, "computer/workstation" },
		{ "medical/infusion-pump", "computer", true, "medical/infusion-pump" },
		{ "", "computer", true, "computer" },
		{ "computer", "computer/server", true, "computer/server" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct identity identity = { .yields = vectors[i].yields, .housings = &housings };

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].judged);
		assert_string_equal(settle_class(vectors[i].held, &identity), vectors[i].class);
	}
}

/* A PC inside a scanner is no contradiction, one inside a pump is, and so is another system in the scanner's place. */
static void test_a_computer_inside(void **state)
{
	static const struct {
		const char *name;
		const char *held, *judged;
		const char *held_os, *judged_os;
		const char *said;
		bool yields, houses;
		enum settling settling;
		bool is_known;
	} vectors[] = {
		{ "a PC, then a scanner's work", "computer/workstation", "medical/imaging/ct", "Windows 10", "Windows",
		  "medical/imaging/ct", false, true, SETTLE_ADOPT, false },
		{ "a PC for long, then a scanner's work", "computer/workstation", "medical/imaging/ct", "Windows 10",
		  "Windows", "medical/imaging/ct", false, true, SETTLE_KEEP, true },
		{ "a PC, then hints of a scanner", "computer/workstation", "", "Windows 10", "Windows",
		  "medical/imaging/ct", false, false, SETTLE_KEEP, false },
		{ "a PC, then a pump's work", "computer/workstation", "medical/infusion-pump", "Windows", "Windows",
		  "medical/infusion-pump", false, false, SETTLE_CONFLICT, false },
		{ "a PC, then a scanner of another system", "computer/workstation", "medical/imaging/ct", "Windows 10",
		  "Linux", "medical/imaging/ct", false, true, SETTLE_CONFLICT, false },
		{ "a scanner, then a PC", "medical/imaging/ct", "computer/workstation", "", "Windows 10",
		  "computer/workstation", false, false, SETTLE_KEEP, false },
		{ "a scanner, then as much a PC", "medical/imaging/ct", "medical/imaging/ct", "Windows", "Windows 10",
		  "computer/workstation", false, true, SETTLE_KEEP, false },
		{ "a scanner, then a PC of another system", "medical/imaging/ct", "medical/imaging/ct", "Linux",
		  "Windows 10", "computer/workstation", false, true, SETTLE_CONFLICT, false },
		{ "a pump, then a PC", "medical/infusion-pump", "computer/workstation", "", "Windows 10",
		  "computer/workstation", false, false, SETTLE_CONFLICT, false },
		{ "a pump that a toolkit is in", "medical/infusion-pump", "computer", "", "", "computer", true, false,
		  SETTLE_KEEP, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct identity identity = { .yields = vectors[i].yields,
			                     .houses = vectors[i].houses,
			                     .housings = &housings,
			                     .evidence_count = 1 };
		struct settle_view held = { vectors[i].held, "Dell", "x", vectors[i].held_os,
			                    zone_of(vectors[i].held, NULL) };
		struct settle_view judged = { "", "Dell", "x", vectors[i].judged_os, 0 };

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].judged);
		snprintf(identity.evidence[0].class, sizeof(identity.evidence[0].class), "%s", vectors[i].said);
		identity.evidence[0].weight = 500;
		identity.evidence[0].yields = vectors[i].yields;
		judged.class = settle_class(held.class, &identity);
		judged.zone = zone_of(judged.class, NULL);
		if (strncmp(judged.class, "medical/imaging", 15) == 0)
			judged.vendor = "Siemens"; /* of what it is, not of what is inside */
		if (strncmp(held.class, "medical/imaging", 15) == 0)
			held.vendor = "Siemens";
		if (settle(&held, &judged, &identity, ZONE_OTHERS, vectors[i].is_known ? SETTLE_KNOWN : SETTLE_NEW,
		           zone_of, NULL) != vectors[i].settling)
			fail_msg("%s", vectors[i].name);
	}
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
		struct identity identity = { .evidence_count = vectors[i].weight != 0 };
		struct settle_view held = { vectors[i].held, "", vectors[i].held_host, "",
			                    zone_of(vectors[i].held, NULL) };
		struct settle_view judged = { "", "", vectors[i].judged_host, "", 0 };

		snprintf(identity.class, sizeof(identity.class), "%s", vectors[i].judged);
		judged.class = settle_class(held.class, &identity);
		judged.zone = zone_of(judged.class, NULL);
		snprintf(identity.evidence[0].class, sizeof(identity.evidence[0].class), "%s", vectors[i].said);
		identity.evidence[0].weight = (int16_t)vectors[i].weight;
		if (settle(&held, &judged, &identity, ZONE_OTHERS,
		           vectors[i].first_words ? SETTLE_FIRST_WORDS : SETTLE_KNOWN, zone_of,
		           NULL) != vectors[i].settling)
			fail_msg("%s", vectors[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_class_that_stays),
		cmocka_unit_test(test_what_gives_way),
		cmocka_unit_test(test_what_is_made_of_it),
		cmocka_unit_test(test_a_computer_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
