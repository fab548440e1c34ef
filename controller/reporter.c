/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reporter_fill_status(struct status *status, const struct enforcement *enforcement,
                          const struct sensor_statistics *statistics)
{
	status->enforcement = ENFORCEMENT_ACTIVE;
	status->trouble[0] = '\0';
	if (enforcement->trouble.code != 0) {
		status->enforcement = ENFORCEMENT_DEGRADED;
		error_format(&enforcement->trouble, status->trouble, sizeof(status->trouble));
	} else if (enforcement->unknown) {
		status->enforcement = ENFORCEMENT_UNKNOWN;
	}
	status->epoch = enforcement->epoch;
	status->device_elements = enforcement->elements;
	status->repairs = enforcement->repairs;
	status->frames = statistics->frames;
	status->frames_dropped = statistics->dropped + statistics->observations_lost;
	status->frames_malformed = 0;
	for (size_t i = 0; i < MALFORMED_REASONS_MAX; i++)
		status->frames_malformed += statistics->malformed[i];
	snprintf(status->site, sizeof(status->site), "%s", enforcement->policy->site);
	snprintf(status->policy_file, sizeof(status->policy_file), "%s", enforcement->policy->file);
}

struct zone_rows {
	const struct policy *policy;
	struct store_zone *rows;
};

/* The plan counts what a source zone was refused in rules with the comment "default <zone>…". */
static void add_counter(const struct nft_counter *counter, void *context)
{
	struct zone_rows *zones = context;
	char name[POLICY_NAME_MAX];
	uint16_t zone;

	if (sscanf(counter->comment, "default %31s", name) != 1)
		return;
	zone = policy_zone_by_name(zones->policy, name);
	if (zone != ZONE_NONE)
		zones->rows[zone - 1].refused_packets += counter->packets;
}

static const char *coverage_of(const struct policy *policy, const struct policy_zone *zone)
{
	if (zone->network_count > 0 && zone->class_count == 0)
		return "network";
	return policy->isolation == ISOLATION_PROXY_ARP ? "full" : "between-vlans";
}

int reporter_write_zones(struct enforcement *enforcement, struct store *store, struct error *reterr)
{
	const struct policy *policy = enforcement->policy;
	struct zone_rows zones = { .policy = policy, .rows = calloc(policy->zone_count, sizeof(struct store_zone)) };
	int result;

	if (!zones.rows)
		return error_set(reterr, -ENOMEM, "no memory for %zu zones", policy->zone_count);
	for (size_t i = 0; i < policy->zone_count; i++) {
		const struct policy_zone *zone = &policy->zones[i];
		struct store_zone *row = &zones.rows[i];

		snprintf(row->name, sizeof(row->name), "%s", zone->name);
		snprintf(row->label, sizeof(row->label), "%s", zone->label);
		snprintf(row->coverage, sizeof(row->coverage), "%s", coverage_of(policy, zone));
		row->is_default = zone->is_default;
	}
	result = nft_read_counters(enforcement->nft, add_counter, &zones, reterr);
	if (result >= 0)
		result = store_put_zones(store, zones.rows, policy->zone_count, reterr);
	free(zones.rows);
	return result;
}
