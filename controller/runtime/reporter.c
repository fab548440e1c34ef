/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/runtime/reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/sensor/decode/malformed.h"

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

void reporter_fill_counters(struct status *status, const struct learner *learner,
                            const struct sensor_statistics *statistics)
{
	const struct inventory *inventory = learner->inventory;
	uint64_t *counters = status->counters;

	counters[COUNTER_ADDRESSES_REFUSED] = inventory->bindings_refused;
	counters[COUNTER_ADDRESSES_REPLACED] = inventory->bindings_evicted;
	counters[COUNTER_ROAMING_REFUSED] = learner->roaming.refused;
	counters[COUNTER_FACTS_FORGOTTEN] = learner->facts_forgotten;
	counters[COUNTER_KIN_CROWDED_OUT] = inventory->relatives.crowded_out;
	counters[COUNTER_BEHIND_FORGOTTEN] = learner->behind_forgotten;
	if (learner->watch) {
		counters[COUNTER_DETECTOR_FORGOTTEN] = detector_forgotten(learner->watch->detector);
		counters[COUNTER_FINDINGS_SUPPRESSED] = detector_suppressed(learner->watch->detector);
	}
	if (learner->known)
		counters[COUNTER_NAMES_FORGOTTEN] = known_names_forgotten(learner->known);
	counters[COUNTER_OBSERVATIONS_LOST] = statistics->observations_lost;
	counters[COUNTER_FLOWS_EVICTED] = statistics->flows_evicted;
	counters[COUNTER_STREAMS_REFUSED] = statistics->streams_refused;
	counters[COUNTER_SEGMENTS_LOST] = statistics->segments_lost;
	counters[COUNTER_FRAGMENTS] = statistics->fragments;
	counters[COUNTER_LINK_UNKNOWN] = statistics->link_unknown;
}

static const char *coverage_of(const struct policy *policy, const struct policy_zone *zone, bool on_link)
{
	if (zone->network_count > 0 && members_is_none(&zone->members))
		return "network";
	if (policy->isolation != ISOLATION_PROXY_ARP)
		return "between-vlans";
	return on_link ? "on-link" : "full";
}

static void fill_zone(struct store_zone *row, const struct policy *policy, const struct policy_zone *zone,
                      const struct counters *counters, bool on_link)
{
	const struct counters_zone *counted = counters_zone_of(counters, zone->name);

	snprintf(row->name, sizeof(row->name), "%s", zone->name);
	snprintf(row->label, sizeof(row->label), "%s", zone->label);
	snprintf(row->coverage, sizeof(row->coverage), "%s", coverage_of(policy, zone, on_link));
	row->is_default = zone->is_default;
	row->refused_packets = counted ? counters_total(&counted->refused).packets : 0;
}

/* Only the last part of the path, as in the comments of the kernel's rules. */
static void fill_place(char place[STORE_PLACE_MAX], const struct policy *policy, const struct policy_rule *rule)
{
	const char *file = policy_file(policy, rule->place);
	const char *base = strrchr(file, '/');

	snprintf(place, STORE_PLACE_MAX, "%.80s:%u", base ? base + 1 : file, rule->place.line);
}

static void fill_rule(struct store_rule_counter *row, const struct policy *policy, const struct policy_rule *rule,
                      const struct counters_rule *counted)
{
	static const char *const verdicts[] = {
		[VERDICT_ALLOW] = "allow",
		[VERDICT_DENY] = "deny",
		[VERDICT_REJECT] = "reject",
	};
	struct counted allowed = counters_total(&counted->by[COUNTERS_ALLOWED]);
	struct counted refused = counters_total(&counted->by[COUNTERS_REFUSED]);
	struct counted observed = counters_total(&counted->by[COUNTERS_OBSERVED]);

	fill_place(row->place, policy, rule);
	snprintf(row->name, sizeof(row->name), "%s", rule->name);
	snprintf(row->services, sizeof(row->services), "%s", rule->services);
	snprintf(row->verdict, sizeof(row->verdict), "%s", verdicts[rule->verdict]);
	row->observed = rule->mode == MODE_OBSERVE;
	row->allowed_packets = allowed.packets;
	row->allowed_bytes = allowed.bytes;
	row->refused_packets = refused.packets;
	row->refused_bytes = refused.bytes;
	row->observed_packets = observed.packets;
	row->observed_bytes = observed.bytes;
}

static void fill_pair(struct store_pair_counter *row, const struct counters_pair *pair)
{
	struct counted refused = counters_total(&pair->refused);
	struct counted unruled = counters_total(&pair->unruled);

	snprintf(row->from_zone, sizeof(row->from_zone), "%s", pair->from);
	snprintf(row->to_zone, sizeof(row->to_zone), "%s", pair->to);
	row->packets = refused.packets;
	row->bytes = refused.bytes;
	row->default_packets = unruled.packets;
	row->default_bytes = unruled.bytes;
}

static void write_counters(const struct policy *policy, struct counters *counters, struct recorder *recorder)
{
	if (!counters->changed)
		return;
	counters->changed = false;
	recorder_begin_counters(recorder);
	for (size_t i = 0; i < counters->rule_count; i++) {
		struct store_rule_counter *row = recorder_rule_counter(recorder);

		if (!row)
			break;
		fill_rule(row, policy, &policy->rules[i], &counters->rules[i]);
	}
	for (size_t i = 0; i < counters->pair_count; i++) {
		struct store_pair_counter *row = recorder_pair_counter(recorder);

		if (!row)
			break;
		fill_pair(row, &counters->pairs[i]);
	}
}

int reporter_write_zones(struct enforcement *enforcement, struct counters *counters, struct recorder *recorder,
                         bool on_link, struct error *reterr)
{
	const struct policy *policy = enforcement->policy;
	struct store_zone *rows = calloc(policy->zone_count, sizeof(*rows));
	int result;

	if (!rows)
		return error_set(reterr, -ENOMEM, "no memory for %zu zones", policy->zone_count);
	result = counters_read(enforcement, counters, reterr);
	for (size_t i = 0; i < policy->zone_count; i++)
		fill_zone(&rows[i], policy, &policy->zones[i], counters, on_link);
	recorder_zones(recorder, rows, policy->zone_count);
	write_counters(policy, counters, recorder);
	free(rows);
	return result;
}
