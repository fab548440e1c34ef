/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/malformed.h"

_Static_assert((int)MALFORMED_COUNT <= (int)STATUS_REASONS_MAX, "each reason has its place in the status");

/* As many names as fit, and how many more there are. */
static void fill_included(const struct policy *policy, char text[STATUS_TEXT_MAX])
{
	const size_t most = STATUS_TEXT_MAX - sizeof(" and 64 more");
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 1; i < policy->file_count; i++) {
		size_t length = strlen(policy->files[i]) + (used ? 2 : 0);

		if (used + length >= most) {
			snprintf(text + used, STATUS_TEXT_MAX - used, "%s%zu more", used ? " and " : "",
			         policy->file_count - i);
			return;
		}
		used += (size_t)snprintf(text + used, STATUS_TEXT_MAX - used, "%s%s", used ? ", " : "",
		                         policy->files[i]);
	}
}

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
	for (size_t i = 0; i < MALFORMED_COUNT; i++) {
		status->frames_malformed += statistics->malformed[i];
		status->malformed[i].frames = statistics->malformed[i];
		snprintf(status->malformed[i].reason, sizeof(status->malformed[i].reason), "%s",
		         malformed_reason_name((enum malformed_reason)i));
	}
	snprintf(status->site, sizeof(status->site), "%s", enforcement->policy->site);
	snprintf(status->policy_file, sizeof(status->policy_file), "%s", enforcement->policy->file);
	fill_included(enforcement->policy, status->included_files);
}

/* The total of ${zone}, made where it is new; NULL when there are too many. */
static struct reporter_total *total_of(struct reporter_totals *totals, const char *zone)
{
	size_t i = 0;

	while (i < totals->count && strcmp(totals->at[i].zone, zone) != 0)
		i++;
	if (i == POLICY_ZONES_MAX)
		return NULL;
	if (i == totals->count) {
		totals->at[totals->count++] = (struct reporter_total){ .now = 0 };
		snprintf(totals->at[i].zone, sizeof(totals->at[i].zone), "%s", zone);
	}
	return &totals->at[i];
}

/* The plan counts what a source zone was refused in rules with the comment "default <zone>…". */
static void add_counter(const struct nft_counter *counter, void *context)
{
	char name[POLICY_NAME_MAX];
	struct reporter_total *total;

	if (sscanf(counter->comment, "default %31s", name) != 1)
		return;
	total = total_of(context, name);
	if (total)
		total->read += counter->packets;
}

int reporter_read_totals(struct enforcement *enforcement, struct reporter_totals *totals, struct error *reterr)
{
	int result;

	for (size_t i = 0; i < totals->count; i++)
		totals->at[i].read = 0;
	result = nft_read_counters(enforcement->nft, add_counter, totals, reterr);
	for (size_t i = 0; i < totals->count && result >= 0; i++) {
		struct reporter_total *total = &totals->at[i];

		if (total->read < total->now)
			total->before += total->now;
		total->now = total->read;
	}
	return result;
}

void reporter_rules_replaced(struct reporter_totals *totals)
{
	for (size_t i = 0; i < totals->count; i++) {
		totals->at[i].before += totals->at[i].now;
		totals->at[i].now = 0;
	}
}

static const char *coverage_of(const struct policy *policy, const struct policy_zone *zone)
{
	if (zone->network_count > 0 && members_is_none(&zone->members))
		return "network";
	return policy->isolation == ISOLATION_PROXY_ARP ? "full" : "between-vlans";
}

static void fill_zone(struct store_zone *row, const struct policy *policy, const struct policy_zone *zone,
                      struct reporter_totals *totals)
{
	const struct reporter_total *total = total_of(totals, zone->name);

	snprintf(row->name, sizeof(row->name), "%s", zone->name);
	snprintf(row->label, sizeof(row->label), "%s", zone->label);
	snprintf(row->coverage, sizeof(row->coverage), "%s", coverage_of(policy, zone));
	row->is_default = zone->is_default;
	row->refused_packets = total ? total->before + total->now : 0;
}

int reporter_write_zones(struct enforcement *enforcement, struct reporter_totals *totals, struct recorder *recorder,
                         struct error *reterr)
{
	const struct policy *policy = enforcement->policy;
	struct store_zone *rows = calloc(policy->zone_count, sizeof(*rows));
	int result;

	if (!rows)
		return error_set(reterr, -ENOMEM, "no memory for %zu zones", policy->zone_count);
	result = reporter_read_totals(enforcement, totals, reterr);
	for (size_t i = 0; i < policy->zone_count; i++)
		fill_zone(&rows[i], policy, &policy->zones[i], totals);
	recorder_zones(recorder, rows, policy->zone_count);
	free(rows);
	return result;
}
