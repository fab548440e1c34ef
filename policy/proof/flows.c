/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/flows.h"

static bool has_own_regions(const struct regions *regions, uint8_t protocol)
{
	return regions_at(regions, protocol, 0)->protocol == protocol;
}

bool flows_common(const struct regions *regions, const struct region *region, const struct service_range *range,
                  struct service_range *common)
{
	uint16_t first = range->first > region->first ? range->first : region->first;
	uint16_t last = range->last < region->last ? range->last : region->last;

	if (first > last)
		return false;
	if (range->protocol != 0 && range->protocol != region->protocol &&
	    (region->protocol != REGION_OTHERS || has_own_regions(regions, range->protocol)))
		return false;
	*common = (struct service_range){
		.protocol = range->protocol ? range->protocol : region->protocol,
		.first = first,
		.last = last,
	};
	return true;
}

struct flow flows_specimen(const struct regions *regions, const struct service_range *range, uint16_t from, uint16_t to,
                           struct circumstance circumstance)
{
	uint8_t protocol = range->protocol;

	/* 253 is for experiments (RFC 3692): the likeliest to be nobody's */
	for (uint8_t other = 253; protocol == 0 && other > 0; other--)
		if (!has_own_regions(regions, other))
			protocol = other;
	return (struct flow){
		.from = from,
		.to = to,
		.protocol = protocol,
		.port = range->first,
		.names = circumstance.names,
		.moment = circumstance.moment,
	};
}
