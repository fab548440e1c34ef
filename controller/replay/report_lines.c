/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/report_lines.h"

#include "controller/replay/kin.h"
#include "controller/replay/ruling.h"
#include "controller/replay/view.h"
#include "policy/identity/kinship.h"

#define NS_PER_MS 1000000U

struct writer {
	struct replay *replay;
	struct json_lines *lines;
};

static void begin(struct json_lines *lines, const char *type)
{
	json_lines_open(lines, NULL, '{');
	json_lines_text(lines, "type", type);
}

static void end(struct json_lines *lines)
{
	json_lines_close(lines, '}');
	json_lines_end(lines);
}

/* Null where nothing is known. */
static void known(struct json_lines *lines, const char *name, const char *text)
{
	json_lines_text(lines, name, text[0] ? text : NULL);
}

static void evidence(struct json_lines *lines, const struct identity *identity)
{
	json_lines_open(lines, "evidence", '[');
	for (size_t i = 0; i < identity->evidence_count; i++) {
		const struct identity_evidence *one = &identity->evidence[i];

		json_lines_open(lines, NULL, '{');
		json_lines_text(lines, "field", field_info((enum field)one->field)->name);
		json_lines_text(lines, "value", one->value);
		known(lines, "class", one->class);
		json_lines_hundredths(lines, "weight", one->weight);
		json_lines_text(lines, "why", one->why);
		json_lines_close(lines, '}');
	}
	json_lines_close(lines, ']');
}

/* The other adapters of the same device. */
static void same_as(struct json_lines *lines, struct census_device *device)
{
	json_lines_open(lines, "same_as", '[');
	for (struct census_device *one = kin_next(device); one != device; one = kin_next(one))
		json_lines_mac(lines, NULL, &one->key.mac);
	json_lines_close(lines, ']');
}

static void device(const struct writer *writer, struct census_device *device)
{
	struct json_lines *lines = writer->lines;
	struct view view;

	view_make(writer->replay, device, &view);
	begin(lines, "device");
	json_lines_mac(lines, "mac", &device->key.mac);
	json_lines_open(lines, "ips", '[');
	for (size_t i = 0; i < device->address_count; i++)
		json_lines_address(lines, NULL, &device->addresses[i]->address);
	json_lines_close(lines, ']');
	json_lines_number(lines, "vlan", device->vlan);
	known(lines, "name", view.name);
	known(lines, "hostname", view.host_name);
	known(lines, "class", view.identity->class);
	json_lines_number(lines, "confidence", view.identity->confidence);
	known(lines, "vendor", view.identity->vendor);
	known(lines, "model", view.identity->model);
	known(lines, "os", view.identity->os);
	known(lines, "zone", view.zone_name);
	known(lines, "zone_why", view.zone_why);
	known(lines, "conflict", view.conflict);
	same_as(lines, device);
	json_lines_mac(lines, "behind", &device->behind);
	json_lines_number(lines, "devices_behind", device->behind_count);
	json_lines_bool(lines, "random_mac", mac_is_random(&device->key.mac));
	json_lines_seconds(lines, "first", device->first_ns);
	json_lines_seconds(lines, "last", device->last_ns);
	json_lines_number(lines, "observations", device->observations);
	evidence(lines, view.identity);
	end(lines);
}

static void finding(const struct finding *finding, void *context)
{
	const struct writer *writer = context;
	const struct census_device *device = census_of_mac(writer->replay->census, &finding->mac);
	const struct policy *policy = writer->replay->options.policy;
	struct json_lines *lines = writer->lines;

	if (!device)
		device = census_of_address(writer->replay->census, &finding->address);
	begin(lines, "finding");
	json_lines_text(lines, "finding", finding_type_name((enum finding_type)finding->type));
	json_lines_mac(lines, "mac", &finding->mac);
	json_lines_address(lines, "ip", &finding->address);
	json_lines_address(lines, "peer", &finding->peer);
	json_lines_text(lines, "zone",
	                policy && device && device->zone != ZONE_NONE ? policy_zone(policy, device->zone)->name : NULL);
	json_lines_text(lines, "evidence", finding->evidence);
	json_lines_seconds(lines, "first", finding->first_ms * NS_PER_MS);
	json_lines_seconds(lines, "last", finding->last_ms * NS_PER_MS);
	json_lines_number(lines, "count", finding->count);
	end(lines);
}

static void rule(struct json_lines *lines, const struct policy *policy, const struct policy_rule *rule)
{
	if (!rule) {
		json_lines_text(lines, "rule", NULL);
		return;
	}
	json_lines_open(lines, "rule", '{');
	json_lines_text(lines, "file", policy_file(policy, rule->place));
	json_lines_number(lines, "line", rule->place.line);
	json_lines_text(lines, "name", rule->name);
	json_lines_close(lines, '}');
}

static void device_mac(struct json_lines *lines, const char *name, const struct census_device *device)
{
	if (device)
		json_lines_mac(lines, name, &device->key.mac);
	else
		json_lines_text(lines, name, NULL);
}

static void flow(const struct writer *writer, const struct flow_row *row)
{
	struct json_lines *lines = writer->lines;
	char service[SERVICE_TEXT_MAX];
	struct ruling ruling;

	if (!ruling_of(writer->replay, row, &ruling))
		return;
	begin(lines, "flow");
	json_lines_address(lines, "from", &row->key.client);
	device_mac(lines, "from_mac", ruling.from.device);
	known(lines, "from_zone", ruling.from.zone_name);
	json_lines_address(lines, "to", &row->key.server);
	device_mac(lines, "to_mac", ruling.to.device);
	known(lines, "to_zone", ruling.to.zone_name);
	json_lines_text(lines, "service", ruling_service(row, service));
	json_lines_text(lines, "verdict", ruling_verdict(ruling.decision.verdict));
	rule(lines, writer->replay->options.policy, ruling.rule);
	known(lines, "application", row->application);
	json_lines_number(lines, "flows", row->count);
	json_lines_number(lines, "packets", row->packets);
	json_lines_number(lines, "bytes", row->bytes);
	json_lines_seconds(lines, "first", row->first_ns);
	json_lines_seconds(lines, "last", row->last_ns);
	end(lines);
}

static void statistics(const struct writer *writer)
{
	const struct replay *replay = writer->replay;
	const struct dissector_statistics *counted = dissector_statistics(replay->dissector);
	struct json_lines *lines = writer->lines;
	char day[DATE_TEXT_MAX];

	begin(lines, "statistics");
	json_lines_text(lines, "support_judged_by", date_format(view_support_day(replay), day));
	json_lines_number(lines, "captures", replay->captures);
	json_lines_number(lines, "frames", replay->frames);
	json_lines_number(lines, "observations", counted->observations);
	json_lines_number(lines, "connections", counted->flows);
	json_lines_number(lines, "connections_evicted", counted->flows_evicted);
	json_lines_number(lines, "streams_refused", counted->streams_refused);
	json_lines_number(lines, "segments_lost", counted->segments_lost);
	json_lines_number(lines, "link_unknown", counted->link_unknown);
	json_lines_number(lines, "fragments", counted->fragments);
	json_lines_number(lines, "fragments_joined", counted->fragments_joined);
	json_lines_number(lines, "fragments_evicted", counted->fragments_evicted);
	json_lines_number(lines, "devices", census_count(replay->census));
	json_lines_number(lines, "devices_peak", census_peak(replay->census));
	json_lines_number(lines, "devices_evicted", census_evicted(replay->census));
	json_lines_number(lines, "flows_peak", flow_rows_peak(replay->rows));
	json_lines_number(lines, "flows_evicted", flow_rows_evicted(replay->rows));
	json_lines_number(lines, "findings", findings_count(replay->findings));
	json_lines_number(lines, "findings_evicted", findings_evicted(replay->findings));
	json_lines_number(lines, "findings_suppressed", detector_suppressed(replay->detector));
	if (replay->known)
		json_lines_number(lines, "names_known", known_names_count(replay->known));
	json_lines_number(lines, "detector_forgotten", detector_forgotten(replay->detector));
	json_lines_open(lines, "malformed", '{');
	for (int i = 0; i < MALFORMED_COUNT; i++)
		if (counted->malformed[i] > 0)
			json_lines_number(lines, malformed_reason_name((enum malformed_reason)i),
			                  counted->malformed[i]);
	json_lines_close(lines, '}');
	end(lines);
}

void report_lines(struct replay *replay, struct json_lines *lines)
{
	struct writer writer = { .replay = replay, .lines = lines };

	for (struct census_device *one = census_first(replay->census); one; one = one->next)
		device(&writer, one);
	findings_each(replay->findings, finding, &writer);
	if (replay->options.policy)
		for (const struct flow_row *row = flow_rows_first(replay->rows); row; row = row->next)
			flow(&writer, row);
	statistics(&writer);
}
