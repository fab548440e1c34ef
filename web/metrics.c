/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prometheus text exposition format 0.0.4; a label's value escapes backslash, quote and line feed. */
#include "web/api.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/base/memory.h"

static void write_label(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || *text == '"')
			fprintf(out, "\\%c", *text);
		else
			fputc(*text, out);
	}
}

static void write_head(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP isoward_%s %s\n# TYPE isoward_%s %s\n", name, help, name, type);
}

static void write_one(FILE *out, const char *name, const char *type, const char *help, uint64_t value)
{
	write_head(out, name, type, help);
	fprintf(out, "isoward_%s %" PRIu64 "\n", name, value);
}

static void write_labelled(FILE *out, const char *name, const char *label, const char *text, uint64_t value)
{
	fprintf(out, "isoward_%s{%s=\"", name, label);
	write_label(out, text);
	fprintf(out, "\"} %" PRIu64 "\n", value);
}

static int write_zone_devices(const struct web_zone *zone, void *out)
{
	write_labelled(out, "zone_devices", "zone", zone->name, zone->devices);
	return 0;
}

static int write_zone_refused(const struct web_zone *zone, void *out)
{
	write_labelled(out, "zone_refused_packets_total", "zone", zone->name, zone->refused_packets);
	return 0;
}

static int write_kind(const struct web_denied_total *total, void *out)
{
	write_labelled(out, "denied_flows_total", "kind", total->kind, total->flows);
	return 0;
}

static void write_limits(FILE *out, const struct status *status)
{
	for (size_t i = 0; i < STATUS_COUNTER_COUNT; i++) {
		enum status_counter counter = (enum status_counter)i;
		char name[64];

		snprintf(name, sizeof(name), "%s_total", status_counter_name(counter));
		write_one(out, name, "counter", status_counter_help(counter), status->counters[i]);
	}
}

/* A digest has more bits than a sample: it is a label. */
static void write_rules(FILE *out, const struct status *status)
{
	char digest[17];

	write_head(out, "repairs_total", "counter", "Times the kernel's rules were put back, whole or elements alone.");
	write_labelled(out, "repairs_total", "kind", "whole", status->repairs);
	write_labelled(out, "repairs_total", "kind", "elements", status->repaired_elements);
	write_one(out, "rules_equal", "gauge", "Whether the kernel held what it was told, when last read.",
	          status->rules_equal);
	write_one(out, "rules_verified_seconds", "gauge", "When that was last known.",
	          status->rules_verified_ms / 1000);
	write_head(out, "rules_wanted", "gauge", "The digest of what the kernel was told.");
	snprintf(digest, sizeof(digest), "%016" PRIx64, status->rules_wanted);
	write_labelled(out, "rules_wanted", "digest", digest, 1);
	write_head(out, "rules_found", "gauge", "The digest of what it held, when last read.");
	snprintf(digest, sizeof(digest), "%016" PRIx64, status->rules_found);
	write_labelled(out, "rules_found", "digest", digest, 1);
}

static void write_status(FILE *out, const struct api_view *view)
{
	const struct status *status = view->status;

	write_head(out, "enforcement", "gauge", "1 for the state that enforcement is in.");
	for (uint8_t i = 0; i <= ENFORCEMENT_DEGRADED; i++)
		write_labelled(out, "enforcement", "state", api_enforcement_name(i), status->enforcement == i);
	write_one(out, "sensor_alive", "gauge", "Whether the sensor process runs.", status->sensor_alive ? 1 : 0);
	write_one(out, "sensor_restarts_total", "counter", "Restarts of the sensor.", status->sensor_restarts);
	write_one(out, "interfaces", "gauge", "Clinical interfaces captured.", status->interfaces);
	write_one(out, "frames_total", "counter", "Frames the sensor decoded.", status->frames);
	write_head(out, "frames_malformed_total", "counter", "Frames it could not read.");
	for (size_t i = 0; i < STATUS_REASONS_MAX; i++)
		if (status->malformed[i].reason[0])
			write_labelled(out, "frames_malformed_total", "reason", status->malformed[i].reason,
			               status->malformed[i].frames);
	write_one(out, "frames_dropped_total", "counter", "Frames lost to a full ring.", status->frames_dropped);
	write_one(out, "devices_evicted_total", "counter", "Devices that made room.", status->devices_evicted);
	write_one(out, "devices_refused_total", "counter", "Devices without room.", status->devices_refused);
	write_one(out, "rows_lost_total", "counter", "Rows that could not wait for the disk.", status->rows_lost);
	write_one(out, "reports_lost_total", "counter", "Times the kernel lost refusals.", status->reports_lost);
	write_limits(out, status);
	write_rules(out, status);
	write_one(out, "device_elements", "gauge", "Device elements in the kernel.", status->device_elements);
	write_one(out, "epoch", "gauge", "The policy epoch in the conntrack mark.", status->epoch);
	write_one(out, "policy_loaded_seconds", "gauge", "When the policy was loaded.",
	          status->policy_loaded_ms / 1000);
	write_one(out, "web_requests_total", "counter", "Requests answered.", view->requests);
	write_one(out, "web_streams", "gauge", "Open event streams.", view->streams);
	write_one(out, "web_refused_total", "counter", "Streams and connections over the limit.",
	          view->refused_streams);
}

static int write_finding(const struct web_finding_total *total, void *out)
{
	write_labelled(out, "findings", "type", total->type, total->findings);
	return 0;
}

static void write_rule(FILE *out, const char *place, const char *verdict, uint64_t packets)
{
	fputs("isoward_rule_packets_total{rule=\"", out);
	write_label(out, place);
	fprintf(out, "\",verdict=\"%s\"} %" PRIu64 "\n", verdict, packets);
}

/* Its own verdict's figure always, so that a rule that was never asked is seen; others where there is something. */
static int write_place(const struct web_rule_counter *counter, void *out)
{
	bool allows = !counter->observed && counter->verdict[0] == 'a';
	bool refuses = !counter->observed && !allows;

	if (allows || counter->allowed_packets > 0)
		write_rule(out, counter->place, "allow", counter->allowed_packets);
	if (refuses || counter->refused_packets > 0)
		write_rule(out, counter->place, "refuse", counter->refused_packets);
	if (counter->observed || counter->observed_packets > 0)
		write_rule(out, counter->place, "observe", counter->observed_packets);
	return 0;
}

static int write_pair(const struct web_pair_counter *counter, void *context)
{
	FILE *out = context;

	fputs("isoward_refused_packets_total{from=\"", out);
	write_label(out, counter->from_zone);
	fputs("\",to=\"", out);
	write_label(out, counter->to_zone);
	fprintf(out, "\"} %" PRIu64 "\n", counter->packets);
	return 0;
}

static int write_counters(FILE *out, const struct web_source *source)
{
	int result;

	write_head(out, "rule_packets_total", "counter", "Packets a rule judged; of flows it allowed the new ones.");
	result = source->each_place_counter(source->context, write_place, out);
	write_head(out, "refused_packets_total", "counter", "Packets refused between two zones.");
	return result ? result : source->each_pair_counter(source->context, write_pair, out);
}

static int write_inventory(FILE *out, const struct web_source *source)
{
	struct web_summary summary = { 0 };
	int result = source->summary(source->context, &summary);

	if (result)
		return result;
	write_one(out, "devices", "gauge", "Devices in the inventory.", summary.devices);
	write_one(out, "devices_unknown", "gauge", "Devices of no known class.", summary.unknown);
	write_one(out, "devices_conflict", "gauge", "Devices whose identity changed.", summary.conflicts);
	write_one(out, "addresses", "gauge", "Addresses held by devices.", summary.addresses);
	write_head(out, "zone_devices", "gauge", "Devices in a zone.");
	result = source->each_zone(source->context, write_zone_devices, out);
	write_head(out, "zone_refused_packets_total", "counter", "Packets from a zone that were refused.");
	if (!result)
		result = source->each_zone(source->context, write_zone_refused, out);
	write_head(out, "denied_flows_total", "counter", "Reports of denied flows, one a flow and interval.");
	if (!result)
		result = source->each_denied_kind(source->context, write_kind, out);
	write_head(out, "findings", "gauge", "Findings by type, each about one device.");
	if (!result)
		result = source->each_finding_total(source->context, write_finding, out);
	return result ? result : write_counters(out, source);
}

int metrics_write(const struct api_view *view, char **text, size_t *length)
{
	char *written = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&written, &size);
	int result;

	if (!out)
		return -ENOMEM;
	write_status(out, view);
	result = write_inventory(out, view->source);
	if (fclose(out) && !result)
		result = -ENOMEM;
	if (result) {
		free(written);
		return result;
	}
	*text = written;
	*length = size;
	return 0;
}
