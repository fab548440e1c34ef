/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/settle.h"

#include <string.h>

#include "policy/identity/decision.h"

const char *settle_class(const char *held, const struct identity *identity)
{
	const char *judged = identity->class;

	if (!judged[0] || decision_within(held, judged))
		return held;
	if (!held[0] || decision_within(judged, held))
		return judged;
	return identity->yields || housing_holds(identity->housings, held, judged) ? held : judged;
}

static bool is_other(const char *known, const char *said)
{
	return known[0] && strcmp(known, said) != 0;
}

/* Whether its operating system is of another family, the first word, than it was. */
static bool is_reinstalled(const struct settle_view *held, const struct settle_view *judged)
{
	size_t length = strcspn(held->os, " ");

	return held->os[0] && judged->os[0] &&
	       (length != strcspn(judged->os, " ") || memcmp(held->os, judged->os, length) != 0);
}

/* Something it was known by is another; what only comes to it is learning. The PC in a scanner has its own maker. */
static bool changed(const struct settle_view *held, const struct settle_view *judged, const struct identity *identity)
{
	if (is_other(held->host_name, judged->host_name))
		return true;
	if (housing_holds(identity->housings, judged->class, held->class))
		return false;
	return is_other(held->class, judged->class) || is_other(held->vendor, judged->vendor);
}

/* Of one trade, "medical" for example: its parts share software, and one does some of what another is known by. */
static bool same_trade(const char *a, const char *b)
{
	size_t length = strcspn(a, "/");

	return length == strcspn(b, "/") && memcmp(a, b, length) == 0;
}

/* Whether ${evidence} is of what holds a ${held}, or is held by it. */
static bool is_of_housing(const struct identity_evidence *evidence, const char *held, const struct identity *identity)
{
	return housing_holds(identity->housings, held, evidence->class) ||
	       housing_holds(identity->housings, evidence->class, held);
}

static bool contradicts(const struct identity_evidence *evidence, const char *held)
{
	if (!evidence->class[0] || evidence->yields || decision_related(evidence->class, held))
		return false;
	return evidence->weight >=
	       (same_trade(evidence->class, held) ? SETTLE_CONTRADICTION_WITHIN : SETTLE_CONTRADICTION);
}

/*
 * Whether it is no longer judged to be what it was held to be, or only because that may hold a computer, and something
 * good speaks for another line that would live elsewhere.
 */
static bool speaks_for_other(const struct settle_view *held, const struct settle_view *judged,
                             const struct identity *identity, settle_zone_of *zone_of, void *context)
{
	bool reinstalled = is_reinstalled(held, judged);

	if (!held->class[0] || (decision_within(identity->class, held->class) && !(identity->houses && reinstalled)))
		return false;
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (contradicts(evidence, held->class) &&
		    (reinstalled || !is_of_housing(evidence, held->class, identity)) &&
		    zone_of(evidence->class, context) != held->zone)
			return true;
	}
	return false;
}

static bool same(const struct settle_view *held, const struct settle_view *judged)
{
	return strcmp(held->class, judged->class) == 0 && strcmp(held->vendor, judged->vendor) == 0 &&
	       strcmp(held->host_name, judged->host_name) == 0;
}

enum settling settle(const struct settle_view *held, const struct settle_view *judged, const struct identity *identity,
                     uint16_t default_zone, enum settle_age age, settle_zone_of *zone_of, void *context)
{
	if (age == SETTLE_FIRST_WORDS || held->zone == default_zone)
		return SETTLE_ADOPT;
	if (changed(held, judged, identity) && judged->zone != held->zone)
		return SETTLE_CONFLICT;
	if (speaks_for_other(held, judged, identity, zone_of, context))
		return SETTLE_CONFLICT;
	if (judged->zone != held->zone && age == SETTLE_KNOWN &&
	    housing_holds(identity->housings, judged->class, held->class))
		return SETTLE_KEEP;
	return same(held, judged) ? SETTLE_KEEP : SETTLE_ADOPT;
}
