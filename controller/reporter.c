/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/reporter.h"

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

/* Counters as they are read, in the order of the plan's rules in each chain. */
struct reading {
	struct reporter_totals *totals;
	const struct policy *policy;
	const struct plan *plan;
	size_t chain; /* the last one met */
	size_t next;  /* rule of it; SIZE_MAX where the plan has no such chain */
};

static bool has_statement(const struct plan_rule *rule, enum plan_statement_type type)
{
	for (size_t i = 0; i < rule->statement_count; i++)
		if (rule->statements[i].type == type)
			return true;
	return false;
}

/* Most often the next chain, for the kernel tells them in the order in which they were laid out. */
static void find_chain(struct reading *reading, const char *name)
{
	const struct plan *plan = reading->plan;

	for (size_t i = 0; i < plan->chain_count; i++) {
		size_t at = (reading->chain + i) % plan->chain_count;

		if (strcmp(plan->chains[at].name, name) != 0)
			continue;
		if (i > 0 || reading->next == SIZE_MAX)
			reading->next = 0;
		reading->chain = at;
		return;
	}
	reading->next = SIZE_MAX;
}

/* The plan's rule that has ${counter}; NULL where the kernel holds something else. */
static const struct plan_rule *rule_of(struct reading *reading, const struct nft_counter *counter)
{
	const struct plan_chain *chain;

	find_chain(reading, counter->chain);
	if (reading->next == SIZE_MAX)
		return NULL;
	chain = &reading->plan->chains[reading->chain];
	while (reading->next < chain->rule_count) {
		const struct plan_rule *rule = &chain->rules[reading->next++];

		if (has_statement(rule, STATEMENT_COUNTER))
			return strcmp(rule->comment, counter->comment) == 0 ? rule : NULL;
	}
	return NULL;
}

/* A rule of the policy refuses what it denies, and what is above the rate it allows. */
static bool refuses(const struct policy *policy, const struct plan_rule *rule)
{
	const struct policy_rule *said;

	if (!rule || rule->policy_rule < 0)
		return false;
	said = &policy->rules[rule->policy_rule];
	return said->mode == MODE_ENFORCE &&
	       (said->verdict != VERDICT_ALLOW || has_statement(rule, STATEMENT_LIMIT_OVER));
}

/*
 * What a source zone was refused is counted by default in rules with the comment "default <zone>…", and by the policy's
 * rules in the chains of its pairs, "<zone>..<zone>"; a single device's group is "<zone>.<MAC>".
 */
static void add_counter(const struct nft_counter *counter, void *context)
{
	struct reading *reading = context;
	const struct plan_rule *rule = rule_of(reading, counter);
	char name[POLICY_NAME_MAX];
	struct reporter_total *total;

	if (sscanf(counter->comment, "default %31s", name) != 1 &&
	    (!refuses(reading->policy, rule) || sscanf(counter->chain, "%31[^.].", name) != 1))
		return;
	total = total_of(reading->totals, name);
	if (total)
		total->read += counter->packets;
}

int reporter_read_totals(struct enforcement *enforcement, struct reporter_totals *totals, struct error *reterr)
{
	struct reading reading = { .totals = totals, .policy = enforcement->policy, .plan = enforcement->plan };
	int result;

	for (size_t i = 0; i < totals->count; i++)
		totals->at[i].read = 0;
	result = nft_read_counters(enforcement->nft, add_counter, &reading, reterr);
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

static const char *coverage_of(const struct policy *policy, const struct policy_zone *zone, bool on_link)
{
	if (zone->network_count > 0 && members_is_none(&zone->members))
		return "network";
	if (policy->isolation != ISOLATION_PROXY_ARP)
		return "between-vlans";
	return on_link ? "on-link" : "full";
}

static void fill_zone(struct store_zone *row, const struct policy *policy, const struct policy_zone *zone,
                      struct reporter_totals *totals, bool on_link)
{
	const struct reporter_total *total = total_of(totals, zone->name);

	snprintf(row->name, sizeof(row->name), "%s", zone->name);
	snprintf(row->label, sizeof(row->label), "%s", zone->label);
	snprintf(row->coverage, sizeof(row->coverage), "%s", coverage_of(policy, zone, on_link));
	row->is_default = zone->is_default;
	row->refused_packets = total ? total->before + total->now : 0;
}

int reporter_write_zones(struct enforcement *enforcement, struct reporter_totals *totals, struct recorder *recorder,
                         bool on_link, struct error *reterr)
{
	const struct policy *policy = enforcement->policy;
	struct store_zone *rows = calloc(policy->zone_count, sizeof(*rows));
	int result;

	if (!rows)
		return error_set(reterr, -ENOMEM, "no memory for %zu zones", policy->zone_count);
	result = reporter_read_totals(enforcement, totals, reterr);
	for (size_t i = 0; i < policy->zone_count; i++)
		fill_zone(&rows[i], policy, &policy->zones[i], totals, on_link);
	recorder_zones(recorder, rows, policy->zone_count);
	free(rows);
	return result;
}
