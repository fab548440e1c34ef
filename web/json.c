/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/identity/kinship.h"

json_t *json_text(const char *text)
{
	json_t *string = json_string(text);
	char *copy;

	if (string)
		return string;
	copy = strdup(text);
	if (!copy)
		return NULL;
	for (char *at = copy; *at; at++) {
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	}
	string = json_string(copy);
	free(copy);
	return string;
}

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

/* Members are added one by one; the first failure sticks in *failed, jansson frees what it was given. */
static void put(json_t *object, const char *key, json_t *value, int *failed)
{
	if (json_object_set_new_nocheck(object, key, value))
		*failed = -ENOMEM;
}

static int append(json_t *array, json_t *object, int failed)
{
	if (failed) {
		json_decref(object);
		return failed;
	}
	return json_array_append_new(array, object) ? -ENOMEM : 0;
}

int json_add_zone(const struct web_zone *zone, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "name", json_text(zone->name), &failed);
	put(object, "label", json_text(zone->label), &failed);
	put(object, "coverage", json_text(zone->coverage), &failed);
	put(object, "default", json_boolean(zone->is_default), &failed);
	put(object, "devices", number(zone->devices), &failed);
	put(object, "refused_packets", number(zone->refused_packets), &failed);
	return append(array, object, failed);
}

static json_t *split_addresses(const char *addresses)
{
	json_t *array = json_array();

	while (array && *addresses) {
		size_t length = strcspn(addresses, " ");

		if (length > 0 && json_array_append_new(array, json_stringn(addresses, length))) {
			json_decref(array);
			return NULL;
		}
		addresses += length + (addresses[length] == ' ');
	}
	return array;
}

static bool is_random(const char *text)
{
	struct mac mac;

	return mac_parse(text, &mac) == 0 && mac_is_random(&mac);
}

int json_add_device(const struct web_device *device, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "mac", json_text(device->mac), &failed);
	put(object, "name", json_text(device->name), &failed);
	put(object, "host_name", json_text(device->host_name), &failed);
	put(object, "class", json_text(device->class), &failed);
	put(object, "vendor", json_text(device->vendor), &failed);
	put(object, "model", json_text(device->model), &failed);
	put(object, "os", json_text(device->os), &failed);
	put(object, "confidence", number(device->confidence), &failed);
	put(object, "zone", json_text(device->zone), &failed);
	put(object, "zone_why", json_text(device->zone_why), &failed);
	put(object, "pinned", json_boolean(device->pinned), &failed);
	put(object, "conflict", json_boolean(device->conflict), &failed);
	put(object, "doubted", json_boolean(device->doubted), &failed);
	put(object, "random_mac", json_boolean(is_random(device->mac)), &failed);
	put(object, "interface", json_text(device->interface), &failed);
	put(object, "vlan", number(device->vlan), &failed);
	put(object, "addresses", split_addresses(device->addresses), &failed);
	put(object, "first_seen", number(device->first_seen_ms), &failed);
	put(object, "last_seen", number(device->last_seen_ms), &failed);
	return append(array, object, failed);
}

int json_add_binding(const struct web_binding *binding, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "address", json_text(binding->address), &failed);
	put(object, "interface", json_text(binding->interface), &failed);
	put(object, "source", json_text(binding->source), &failed);
	put(object, "since", number(binding->since_ms), &failed);
	put(object, "lease_until", number(binding->lease_until_ms), &failed);
	return append(array, object, failed);
}

int json_add_evidence(const struct web_evidence *evidence, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "source", json_text(evidence->source), &failed);
	put(object, "value", json_text(evidence->value), &failed);
	put(object, "class", json_text(evidence->class), &failed);
	put(object, "weight", json_integer(evidence->weight), &failed);
	put(object, "why", json_text(evidence->why), &failed);
	return append(array, object, failed);
}

int json_add_relation(const struct web_relation *relation, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "kind", json_text(relation->kind), &failed);
	put(object, "mac", json_text(relation->mac), &failed);
	put(object, "device", json_text(relation->device), &failed);
	put(object, "why", json_text(relation->why), &failed);
	return append(array, object, failed);
}

int json_add_zone_change(const struct web_zone_change *change, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "at", number(change->at_ms), &failed);
	put(object, "from_zone", json_text(change->from_zone), &failed);
	put(object, "to_zone", json_text(change->to_zone), &failed);
	put(object, "why", json_text(change->why), &failed);
	return append(array, object, failed);
}

static void put_flow(json_t *object, const struct web_denied *denied, int *failed)
{
	put(object, "mac", json_text(denied->mac), failed);
	put(object, "device", json_text(denied->device), failed);
	put(object, "source", json_text(denied->source), failed);
	put(object, "destination", json_text(denied->destination), failed);
	put(object, "from_zone", json_text(denied->from_zone), failed);
	put(object, "to_zone", json_text(denied->to_zone), failed);
	put(object, "protocol", number(denied->protocol), failed);
	put(object, "port", number(denied->port), failed);
	put(object, "kind", json_text(denied->kind), failed);
	put(object, "why", json_text(denied->why), failed);
	put(object, "flows", number(denied->flows), failed);
	put(object, "first_seen", number(denied->first_seen_ms), failed);
	put(object, "last_seen", number(denied->last_seen_ms), failed);
}

int json_add_denied(const struct web_denied *denied, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put_flow(object, denied, &failed);
	return append(array, object, failed);
}

int json_add_reported(const struct web_reported *reported, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put_flow(object, &reported->flow, &failed);
	put(object, "rule", json_text(reported->rule), &failed);
	return append(array, object, failed);
}

int json_add_reported_total(const struct web_reported_total *total, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "rule", json_text(total->rule), &failed);
	put(object, "kind", json_text(total->kind), &failed);
	put(object, "flows", number(total->flows), &failed);
	put(object, "devices", number(total->devices), &failed);
	put(object, "last_seen", number(total->last_seen_ms), &failed);
	return append(array, object, failed);
}

int json_add_denied_total(const struct web_denied_total *total, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "mac", json_text(total->mac), &failed);
	put(object, "device", json_text(total->device), &failed);
	put(object, "kind", json_text(total->kind), &failed);
	put(object, "flows", number(total->flows), &failed);
	put(object, "last_seen", number(total->last_seen_ms), &failed);
	return append(array, object, failed);
}

int json_add_finding(const struct web_finding *finding, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "type", json_text(finding->type), &failed);
	put(object, "mac", json_text(finding->mac), &failed);
	put(object, "device", json_text(finding->device), &failed);
	put(object, "address", json_text(finding->address), &failed);
	put(object, "peer", json_text(finding->peer), &failed);
	put(object, "zone", json_text(finding->zone), &failed);
	put(object, "evidence", json_text(finding->evidence), &failed);
	put(object, "count", number(finding->count), &failed);
	put(object, "first_seen", number(finding->first_seen_ms), &failed);
	put(object, "last_seen", number(finding->last_seen_ms), &failed);
	return append(array, object, failed);
}

int json_add_finding_total(const struct web_finding_total *total, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "type", json_text(total->type), &failed);
	put(object, "findings", number(total->findings), &failed);
	put(object, "devices", number(total->devices), &failed);
	put(object, "count", number(total->count), &failed);
	put(object, "last_seen", number(total->last_seen_ms), &failed);
	return append(array, object, failed);
}

int json_add_rule_counter(const struct web_rule_counter *counter, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "rule", json_text(counter->place), &failed);
	put(object, "name", json_text(counter->name), &failed);
	put(object, "services", json_text(counter->services), &failed);
	put(object, "verdict", json_text(counter->verdict), &failed);
	put(object, "observe", json_boolean(counter->observed), &failed);
	put(object, "allowed_packets", number(counter->allowed_packets), &failed);
	put(object, "allowed_bytes", number(counter->allowed_bytes), &failed);
	put(object, "refused_packets", number(counter->refused_packets), &failed);
	put(object, "refused_bytes", number(counter->refused_bytes), &failed);
	put(object, "observed_packets", number(counter->observed_packets), &failed);
	put(object, "observed_bytes", number(counter->observed_bytes), &failed);
	return append(array, object, failed);
}

int json_add_pair_counter(const struct web_pair_counter *counter, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "from", json_text(counter->from_zone), &failed);
	put(object, "to", json_text(counter->to_zone), &failed);
	put(object, "packets", number(counter->packets), &failed);
	put(object, "bytes", number(counter->bytes), &failed);
	put(object, "default_packets", number(counter->default_packets), &failed);
	put(object, "default_bytes", number(counter->default_bytes), &failed);
	return append(array, object, failed);
}

int json_add_event(const struct web_event *event, void *array)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "at", number(event->at_ms), &failed);
	put(object, "last_at", number(event->last_at_ms), &failed);
	put(object, "kind", json_text(event->kind), &failed);
	put(object, "mac", json_text(event->mac), &failed);
	put(object, "text", json_text(event->text), &failed);
	put(object, "count", number(event->count), &failed);
	return append(array, object, failed);
}

json_t *json_of_summary(const struct web_summary *summary)
{
	json_t *object = json_object();
	int failed = 0;

	put(object, "devices", number(summary->devices), &failed);
	put(object, "medical", number(summary->medical), &failed);
	put(object, "infusion_pumps", number(summary->infusion_pumps), &failed);
	put(object, "imaging", number(summary->imaging), &failed);
	put(object, "computers", number(summary->computers), &failed);
	put(object, "unknown", number(summary->unknown), &failed);
	put(object, "pinned", number(summary->pinned), &failed);
	put(object, "conflicts", number(summary->conflicts), &failed);
	put(object, "addresses", number(summary->addresses), &failed);
	if (failed)
		json_decref(object);
	return failed ? NULL : object;
}

/* Of the reasons that have been met. */
static json_t *json_of_malformed(const struct status *status)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < STATUS_REASONS_MAX; i++)
		if (status->malformed[i].frames)
			put(object, status->malformed[i].reason, number(status->malformed[i].frames), &failed);
	if (failed)
		json_decref(object);
	return failed ? NULL : object;
}

static json_t *json_of_counters(const struct status *status)
{
	json_t *object = json_object();
	int failed = 0;

	for (size_t i = 0; i < STATUS_COUNTER_COUNT; i++)
		put(object, status_counter_name((enum status_counter)i), number(status->counters[i]), &failed);
	if (failed)
		json_decref(object);
	return failed ? NULL : object;
}

/* In hexadecimal: a number of JSON has 53 bits for certain. */
static json_t *digest(uint64_t value)
{
	char text[17];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	return json_string(text);
}

json_t *json_of_status(const struct api_view *view)
{
	const struct status *status = view->status;
	json_t *object = json_object();
	int failed = 0;

	put(object, "site", json_text(status->site), &failed);
	put(object, "policy_file", json_text(status->policy_file), &failed);
	put(object, "included_files", json_text(status->included_files), &failed);
	put(object, "enforcement", json_text(api_enforcement_name(status->enforcement)), &failed);
	put(object, "since", number(view->since_ms), &failed);
	put(object, "trouble", json_text(status->trouble), &failed);
	put(object, "epoch", number(status->epoch), &failed);
	put(object, "device_elements", number(status->device_elements), &failed);
	put(object, "interfaces", number(status->interfaces), &failed);
	put(object, "repairs", number(status->repairs), &failed);
	put(object, "repaired_elements", number(status->repaired_elements), &failed);
	put(object, "rules_wanted", digest(status->rules_wanted), &failed);
	put(object, "rules_found", digest(status->rules_found), &failed);
	put(object, "rules_equal", json_boolean(status->rules_equal), &failed);
	put(object, "rules_verified", number(status->rules_verified_ms), &failed);
	put(object, "sensor_alive", json_boolean(status->sensor_alive), &failed);
	put(object, "sensor_restarts", number(status->sensor_restarts), &failed);
	put(object, "frames", number(status->frames), &failed);
	put(object, "frames_malformed", number(status->frames_malformed), &failed);
	put(object, "malformed", json_of_malformed(status), &failed);
	put(object, "frames_dropped", number(status->frames_dropped), &failed);
	put(object, "devices_evicted", number(status->devices_evicted), &failed);
	put(object, "devices_refused", number(status->devices_refused), &failed);
	put(object, "rows_lost", number(status->rows_lost), &failed);
	put(object, "reports_lost", number(status->reports_lost), &failed);
	put(object, "limits", json_of_counters(status), &failed);
	put(object, "policy_loaded", number(status->policy_loaded_ms), &failed);
	put(object, "started", number(status->started_ms), &failed);
	put(object, "now", number(view->now_ms), &failed);
	if (failed)
		json_decref(object);
	return failed ? NULL : object;
}
