/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/settle.h"

#include <string.h>

#include "policy/identity/decision.h"

const char *settle_class(const char *held, const char *judged)
{
	return judged[0] && !decision_within(held, judged) ? judged : held;
}

static bool is_other(const char *known, const char *said)
{
	return known[0] && strcmp(known, said) != 0;
}

/* Something it was known by is another; what only comes to it is learning. */
static bool changed(const struct settle_view *held, const struct settle_view *judged)
{
	return is_other(held->class, judged->class) || is_other(held->vendor, judged->vendor) ||
	       is_other(held->host_name, judged->host_name);
}

/* Of one trade, "medical" for example: its parts share software, and one does some of what another is known by. */
static bool same_trade(const char *a, const char *b)
{
	size_t length = strcspn(a, "/");

	return length == strcspn(b, "/") && memcmp(a, b, length) == 0;
}

static bool contradicts(const struct identity_evidence *evidence, const char *held)
{
	if (!evidence->class[0] || decision_related(evidence->class, held))
		return false;
	return evidence->weight >=
	       (same_trade(evidence->class, held) ? SETTLE_CONTRADICTION_WITHIN : SETTLE_CONTRADICTION);
}

/* Whether it is no longer judged to be ${held}, and something good speaks for another line that would live elsewhere.
 */
static bool speaks_for_other(const struct settle_view *held, const struct identity *identity, settle_zone_of *zone_of,
                             void *context)
{
	if (!held->class[0] || decision_within(identity->class, held->class))
		return false;
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *evidence = &identity->evidence[i];

		if (contradicts(evidence, held->class) && zone_of(evidence->class, context) != held->zone)
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
                     uint16_t default_zone, bool spoke_before, settle_zone_of *zone_of, void *context)
{
	if (!spoke_before || held->zone == default_zone)
		return SETTLE_ADOPT;
	if (changed(held, judged) && judged->zone != held->zone)
		return SETTLE_CONFLICT;
	if (speaks_for_other(held, identity, zone_of, context))
		return SETTLE_CONFLICT;
	return same(held, judged) ? SETTLE_KEEP : SETTLE_ADOPT;
}
