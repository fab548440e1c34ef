/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How weighed reasons become a class:
 *
 *   A class is supported by reasons for itself, for what it is part of (an imaging device's evidence fits a CT) and
 *   for its parts (a CT is an imaging device), but a part that something speaks against supports nothing else. It is
 *   weakened by reasons against itself or what it is part of.
 *
 *   Of the classes that reach the threshold, lead every class outside their own line by the margin, and are spoken
 *   for by the margin's worth of reasons of their own, the most particular is taken. The lead is over all that speaks
 *   for the other, whatever speaks against it: what looks like a pump and cannot be one is unknown, not a PC.
 *
 *   What yields speaks for its class and against no other: it counts only where without it no class would be taken,
 *   and there has to lead by twice the margin.
 *   Nor does a computer stand against a class that may hold one (housing.h).
 *
 *   A medical class is never taken by the maker of the network adapter alone nor by names alone, whatever the rules
 *   weigh.
 */
#include "policy/identity/decision.h"

#include <assert.h>
#include <string.h>

#include "policy/identity/fingerprint_rule.h"

#define CLASS_LEVELS_MAX 4
#define CANDIDATES_MAX   (IDENTITY_EVIDENCE_MAX * CLASS_LEVELS_MAX)

bool decision_within(const char *class, const char *whole)
{
	size_t length = strlen(whole);

	return strncmp(class, whole, length) == 0 && (class[length] == '\0' || class[length] == '/');
}

bool decision_related(const char *a, const char *b)
{
	return decision_within(a, b) || decision_within(b, a);
}

/* Whether anything speaks against ${class} or what it is part of. */
static bool contradicted(const struct identity *identity, const char *class)
{
	for (size_t i = 0; i < identity->evidence_count; i++) {
		if (identity->evidence[i].weight < 0 && decision_within(class, identity->evidence[i].class))
			return true;
	}
	return false;
}

/* What of the parts' and the whole's evidence counts. */
enum reach {
	REACH_OWN, /* only what names the class or a part of it */
	REACH_LINE /* also what names a class it is part of */
};

/* The strongest of each field, added up; weaker ones of the same field say nothing more. */
struct tally {
	int best[FIELD_COUNT];
	int sum;
};

static void tally_add(struct tally *tally, enum field field, int weight)
{
	if (weight <= tally->best[field])
		return;
	tally->sum += weight - tally->best[field];
	tally->best[field] = weight;
}

static bool reaches(const struct identity *identity, const char *said, const char *class, enum reach reach)
{
	return strcmp(said, class) == 0 || (reach == REACH_LINE && decision_within(class, said)) ||
	       (decision_within(said, class) && !contradicted(identity, said));
}

/* What speaks for ${class}; where it is to be ${firm}, without what yields. */
static int speaks_for(const struct identity *identity, const char *class, enum reach reach, bool firm)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (evidence->weight > 0 && !(firm && evidence->yields) &&
		    reaches(identity, evidence->class, class, reach))
			tally_add(&tally, (enum field)evidence->field, evidence->weight);
	}
	return tally.sum;
}

static int speaks_against(const struct identity *identity, const char *class)
{
	struct tally tally = { 0 };

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (evidence->weight < 0 && decision_within(class, evidence->class))
			tally_add(&tally, (enum field)evidence->field, -evidence->weight);
	}
	return tally.sum;
}

/*
 * Whether a medical ${class} has no reason but the maker of the network adapter, or none but names that anybody may
 * choose. Both together are two witnesses.
 */
static bool by_hearsay_alone(const struct identity *identity, const char *class)
{
	bool maker = false, named = false;

	if (!decision_within(class, "medical"))
		return false;
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (evidence->weight <= 0 || !reaches(identity, evidence->class, class, REACH_LINE))
			continue;
		if (evidence->field == FIELD_OUI)
			maker = true;
		else if (field_info((enum field)evidence->field)->group == GROUP_NAME)
			named = true;
		else
			return false;
	}
	return !(maker && named);
}

struct candidate {
	char class[POLICY_CLASS_MAX];
	int claim; /* what speaks for it, be it firm or not, as asked for */
	int score; /* less what speaks against it */
};

static void candidate_add(struct candidate *candidates, size_t *count, const char *class)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp(candidates[i].class, class) == 0)
			return;
	}
	assert(*count < CANDIDATES_MAX);
	memcpy(candidates[(*count)++].class, class, strlen(class) + 1);
}

/* Every class that something speaks for, and what it is part of, up to CLASS_LEVELS_MAX. */
static size_t candidates_of(const struct identity *identity, bool firm, struct candidate *candidates)
{
	size_t count = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		char class[POLICY_CLASS_MAX];

		if (identity->evidence[i].weight <= 0)
			continue;
		memcpy(class, identity->evidence[i].class, sizeof(class));
		for (size_t level = 0; level < CLASS_LEVELS_MAX; level++) {
			char *slash = strrchr(class, '/');

			candidate_add(candidates, &count, class);
			if (!slash)
				break;
			*slash = '\0';
		}
	}
	for (size_t i = 0; i < count; i++) {
		candidates[i].claim = speaks_for(identity, candidates[i].class, REACH_LINE, firm);
		candidates[i].score = candidates[i].claim - speaks_against(identity, candidates[i].class);
	}
	return count;
}

/*
 * How far ${chosen} is ahead of the best claim outside its own line and of no evidence at all; what by ${housings} it
 * may hold is no other.
 */
static int lead_of(const struct candidate *candidates, size_t count, const struct candidate *chosen,
                   const struct housing_table *housings)
{
	int second = 0;

	for (size_t i = 0; i < count; i++) {
		if (candidates[i].claim > second && !decision_related(candidates[i].class, chosen->class) &&
		    !housing_holds(housings, chosen->class, candidates[i].class))
			second = candidates[i].claim;
	}
	return chosen->score - second;
}

/* 100 / (1 + e^-lead), for ${lead} in hundredths, in steps of a half; certainty is never claimed. */
static uint8_t confidence_of(int lead)
{
	static const uint8_t percent[] = { 50, 62, 73, 82, 88, 92, 95, 97, 98, 98, 99 };
	int step = lead / 50;

	if (step < 0)
		return percent[0];
	return (size_t)step < ARRAY_SIZE(percent) ? percent[step] : percent[ARRAY_SIZE(percent) - 1];
}

/* Takes the class that the reasons speak for, of them only the firm ones where asked so; false where there is none. */
static bool choose(struct identity *identity, bool firm)
{
	struct candidate candidates[CANDIDATES_MAX];
	size_t count = candidates_of(identity, firm, candidates);
	const struct candidate *chosen = NULL;
	int margin = firm ? IDENTITY_MARGIN : 2 * IDENTITY_MARGIN;

	for (size_t i = 0; i < count; i++) {
		const struct candidate *candidate = &candidates[i];

		if (candidate->score < IDENTITY_THRESHOLD ||
		    lead_of(candidates, count, candidate, identity->housings) < margin ||
		    speaks_for(identity, candidate->class, REACH_OWN, firm) < IDENTITY_MARGIN ||
		    by_hearsay_alone(identity, candidate->class))
			continue;
		/*
		 * Two that get here stand in one line, for of others not both can lead, or one holds the other: then
		 * what holds it is the device.
		 */
		if (!chosen || housing_holds(identity->housings, candidate->class, chosen->class) ||
		    (decision_within(candidate->class, chosen->class)))
			chosen = candidate;
	}
	if (!chosen)
		return false;
	memcpy(identity->class, chosen->class, sizeof(identity->class));
	identity->confidence = confidence_of(lead_of(candidates, count, chosen, identity->housings));
	identity->houses = lead_of(candidates, count, chosen, NULL) < IDENTITY_MARGIN;
	identity->yields = !firm;
	return true;
}

/* Leaves out what speaks against a class that nothing speaks for: it contradicts nobody. */
static void drop_idle(struct identity *identity)
{
	size_t kept = 0;

	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *against = &identity->evidence[i];
		bool idle = against->weight < 0;

		for (size_t j = 0; j < identity->evidence_count && idle; j++)
			idle = identity->evidence[j].weight <= 0 ||
			       !decision_within(identity->evidence[j].class, against->class);
		identity->evidence[kept] = *against;
		kept += !idle;
	}
	memset(&identity->evidence[kept], 0, (identity->evidence_count - kept) * sizeof(identity->evidence[0]));
	identity->evidence_count = kept;
}

void decision_make(struct identity *identity)
{
	if (!choose(identity, true))
		choose(identity, false);
	drop_idle(identity);
}
