/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/contradiction.h"

#include "policy/identity/decision.h"
#include "policy/identity/fingerprint_rule.h"

/* What speaks for ${class}, hundredths: reasons for itself, for what it is part of and for its parts; what yields not.
 */
static int claim_of(const struct identity *identity, const char *class)
{
	int claim = 0;

	for (size_t i = 0; i < identity->evidence_count; i++)
		if (identity->evidence[i].class[0] && !identity->evidence[i].yields &&
		    decision_related(identity->evidence[i].class, class))
			claim += identity->evidence[i].weight;
	return claim;
}

/* What it is taken for, else what most speaks for; "" where nothing does. */
static const char *best_of(const struct identity *identity)
{
	const char *best = identity->class;
	int most = 0;

	for (size_t i = 0; i < identity->evidence_count && !identity->class[0]; i++) {
		const char *class = identity->evidence[i].class;
		int claim = class[0] ? claim_of(identity, class) : 0;

		if (claim > most) {
			most = claim;
			best = class;
		}
	}
	return best;
}

const char *contradiction_of(const struct identity *identity, uint16_t default_zone, settle_zone_of *zone_of,
                             void *context, const char **was)
{
	const char *best = best_of(identity);
	struct settle_view judged = { .class = best, .vendor = "", .host_name = "", .os = "" };

	if (!best[0] || claim_of(identity, best) < IDENTITY_THRESHOLD)
		return NULL;
	judged.zone = zone_of(best, context);
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const char *class = identity->evidence[i].class;
		struct settle_view held = { .class = class, .vendor = "", .host_name = "", .os = "" };

		if (!class[0] || decision_related(class, best) || claim_of(identity, class) < IDENTITY_THRESHOLD)
			continue;
		held.zone = zone_of(class, context);
		if (settle(&held, &judged, identity, default_zone, SETTLE_KNOWN, zone_of, context) != SETTLE_CONFLICT)
			continue;
		*was = best;
		return class;
	}
	return NULL;
}
