/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "policy/base/memory.h"
#include "web/json.h"
#include "web/query.h"

#define TYPE_JSON    "application/json; charset=utf-8"
#define TYPE_METRICS "text/plain; version=0.0.4; charset=utf-8"

/* An answer is a function that fills an object; it returns 0, a negative errno of the source, or an HTTP status. */
typedef int answer(const struct api_view *view, const struct query *query, json_t *object);

const char *api_enforcement_name(uint8_t enforcement)
{
	static const char *const NAMES[] = {
		[ENFORCEMENT_STARTING] = "starting",
		[ENFORCEMENT_ACTIVE] = "active",
		[ENFORCEMENT_UNKNOWN] = "unknown",
		[ENFORCEMENT_DEGRADED] = "degraded",
	};

	return enforcement < ARRAY_SIZE(NAMES) ? NAMES[enforcement] : "unknown";
}

/* A new array under ${key} of ${object}, borrowed; NULL when out of memory. */
static json_t *array_in(json_t *object, const char *key)
{
	json_t *array = json_array();

	return json_object_set_new(object, key, array) ? NULL : array;
}

static int answer_status(const struct api_view *view, const struct query *query, json_t *object)
{
	json_t *status = json_of_status(view);
	int result = status && !json_object_update(object, status) ? 0 : -ENOMEM;

	(void)query;
	json_decref(status);
	return result;
}

static int answer_summary(const struct api_view *view, const struct query *query, json_t *object)
{
	struct web_summary summary = { 0 };
	int result = view->source->summary(view->source->context, &summary);
	json_t *kinds;

	(void)query;
	if (result)
		return result;
	if (json_object_set_new(object, "summary", json_of_summary(&summary)))
		return -ENOMEM;
	kinds = array_in(object, "denied_by_kind");
	return kinds ? view->source->each_denied_kind(view->source->context, json_add_denied_total, kinds) : -ENOMEM;
}

static int answer_zones(const struct api_view *view, const struct query *query, json_t *object)
{
	json_t *zones = array_in(object, "zones");

	(void)query;
	return zones ? view->source->each_zone(view->source->context, json_add_zone, zones) : -ENOMEM;
}

static struct web_device_filter filter_of(const struct query *query)
{
	return (struct web_device_filter){
		.mac = query->mac,
		.after = query->after,
		.zone = query->zone,
		.text = query->text,
		.limit = query->limit,
	};
}

/* An array of devices being filled, each with its relations. */
struct device_list {
	const struct web_source *source;
	json_t *devices;
};

static int add_device(const struct web_device *device, void *argument)
{
	const struct device_list *list = argument;
	json_t *relations;
	int result = json_add_device(device, list->devices);

	if (result)
		return result;
	relations = array_in(json_array_get(list->devices, json_array_size(list->devices) - 1), "relations");
	return relations ? list->source->each_relation(list->source->context, device->mac, API_RELATIONS_MAX,
	                                               json_add_relation, relations)
	                 : -ENOMEM;
}

static int answer_devices(const struct api_view *view, const struct query *query, json_t *object)
{
	struct web_device_filter filter = filter_of(query);
	json_t *devices = array_in(object, "devices");
	struct device_list list = { view->source, devices };
	uint64_t total = 0;
	int result;

	if (!devices)
		return -ENOMEM;
	filter.limit++; /* one more tells whether there is a next page */
	result = view->source->each_device(view->source->context, &filter, add_device, &list);
	if (!result)
		result = view->source->count_devices(view->source->context, &filter, &total);
	if (result)
		return result;
	if (json_array_size(devices) > query->limit) {
		json_array_remove(devices, query->limit);
		json_object_set(object, "next", json_object_get(json_array_get(devices, query->limit - 1), "mac"));
	}
	return json_object_set_new(object, "total", json_integer((json_int_t)total)) ? -ENOMEM : 0;
}

static int add_details(const struct web_source *source, const char *mac, json_t *object)
{
	json_t *evidence = array_in(object, "evidence");
	json_t *bindings = array_in(object, "bindings");
	json_t *history = array_in(object, "zone_history");
	json_t *denied = array_in(object, "denied");
	json_t *findings = array_in(object, "findings");
	int result;

	if (!evidence || !bindings || !history || !denied || !findings)
		return -ENOMEM;
	result = source->each_evidence(source->context, mac, json_add_evidence, evidence);
	if (!result)
		result = source->each_binding(source->context, mac, json_add_binding, bindings);
	if (!result)
		result = source->each_zone_change(source->context, mac, API_DETAIL_MAX, json_add_zone_change, history);
	if (!result)
		result = source->each_denied(source->context, mac, API_DETAIL_MAX, json_add_denied, denied);
	if (!result)
		result = source->each_finding(source->context, mac, "", API_DETAIL_MAX, json_add_finding, findings);
	return result;
}

static int answer_device(const struct api_view *view, const struct query *query, json_t *object)
{
	struct web_device_filter filter = filter_of(query);
	json_t *found = json_array();
	struct device_list list = { view->source, found };
	int result = found ? view->source->each_device(view->source->context, &filter, add_device, &list) : -ENOMEM;

	if (!result && json_array_size(found) == 0)
		result = 404;
	if (!result && json_object_set(object, "device", json_array_get(found, 0)))
		result = -ENOMEM;
	json_decref(found);
	return result ? result : add_details(view->source, query->mac, object);
}

static int answer_denied(const struct api_view *view, const struct query *query, json_t *object)
{
	const struct web_source *source = view->source;
	json_t *denied = array_in(object, "denied");
	json_t *totals = array_in(object, "by_device");
	int result;

	if (!denied || !totals)
		return -ENOMEM;
	result = source->each_denied(source->context, query->mac, query->limit, json_add_denied, denied);
	if (!result)
		result = source->each_denied_total(source->context, QUERY_LIMIT_MAX, json_add_denied_total, totals);
	return result;
}

static int answer_reported(const struct api_view *view, const struct query *query, json_t *object)
{
	const struct web_source *source = view->source;
	json_t *reported = array_in(object, "reported");
	json_t *totals = array_in(object, "by_rule");
	int result;

	if (!reported || !totals)
		return -ENOMEM;
	result = source->each_reported(source->context, query->mac, query->limit, json_add_reported, reported);
	if (!result)
		result = source->each_reported_total(source->context, QUERY_LIMIT_MAX, json_add_reported_total, totals);
	return result;
}

static int answer_findings(const struct api_view *view, const struct query *query, json_t *object)
{
	const struct web_source *source = view->source;
	json_t *findings = array_in(object, "findings");
	json_t *totals = array_in(object, "by_type");
	int result;

	if (!findings || !totals)
		return -ENOMEM;
	result = source->each_finding(source->context, query->mac, query->type, query->limit, json_add_finding,
	                              findings);
	return result ? result : source->each_finding_total(source->context, json_add_finding_total, totals);
}

static int answer_counters(const struct api_view *view, const struct query *query, json_t *object)
{
	json_t *rules = array_in(object, "rules");
	json_t *pairs = array_in(object, "refused");
	int result;

	(void)query;
	if (!rules || !pairs)
		return -ENOMEM;
	result = view->source->each_rule_counter(view->source->context, json_add_rule_counter, rules);
	return result ? result : view->source->each_pair_counter(view->source->context, json_add_pair_counter, pairs);
}

static int answer_events(const struct api_view *view, const struct query *query, json_t *object)
{
	json_t *events = array_in(object, "events");

	return events ? view->source->each_event(view->source->context, query->mac, query->limit, json_add_event,
	                                         events)
	              : -ENOMEM;
}

static const struct route {
	const char *path;
	answer *answer;
} ROUTES[] = {
	{ API_PREFIX "status", answer_status },     { API_PREFIX "summary", answer_summary },
	{ API_PREFIX "zones", answer_zones },       { API_PREFIX "devices", answer_devices },
	{ API_PREFIX "denied", answer_denied },     { API_PREFIX "reported", answer_reported },
	{ API_PREFIX "findings", answer_findings }, { API_PREFIX "events", answer_events },
	{ API_PREFIX "counters", answer_counters },
};

/* The answer for ${path}; for one device, ${query} is given its MAC. */
static answer *route_of(const char *path, struct query *query)
{
	for (size_t i = 0; i < ARRAY_SIZE(ROUTES); i++) {
		if (strcmp(path, ROUTES[i].path) == 0)
			return ROUTES[i].answer;
	}
	if (query_mac_of_path(path, API_PREFIX "devices/", query->mac))
		return NULL;
	*query->after = *query->zone = *query->text = '\0';
	query->limit = 1;
	return answer_device;
}

static int finish(json_t *object, int code, struct api_reply *reply)
{
	char *body = json_dumps(object, JSON_COMPACT);

	if (!body)
		return -ENOMEM;
	*reply = (struct api_reply){ .code = code, .type = TYPE_JSON, .body = body, .length = strlen(body) };
	return 0;
}

static int finish_error(json_t *object, int code, const char *text, struct api_reply *reply)
{
	json_object_clear(object);
	if (json_object_set_new(object, "error", json_text(text)))
		return -ENOMEM;
	return finish(object, code, reply);
}

static int get_metrics(const struct api_view *view, struct api_reply *reply)
{
	char *text = NULL;
	size_t length = 0;
	int result = metrics_write(view, &text, &length);

	if (!result)
		*reply = (struct api_reply){ .code = 200, .type = TYPE_METRICS, .body = text, .length = length };
	return result;
}

static int get_object(const struct api_view *view, const char *path, const char *text, json_t *object,
                      struct api_reply *reply)
{
	struct query query = { 0 };
	struct error error = { 0 };
	answer *answer_it;
	int result;

	if (query_parse(text, &query, &error))
		return finish_error(object, 400, error.text, reply);
	answer_it = route_of(path, &query);
	if (!answer_it)
		return finish_error(object, 404, "there is nothing here", reply);
	result = answer_it(view, &query, object);
	if (result == 404)
		return finish_error(object, 404, "no such device", reply);
	if (result == -ENOMEM)
		return result;
	if (result)
		return finish_error(object, 500, "the inventory cannot be read", reply);
	return finish(object, 200, reply);
}

int api_get(const struct api_view *view, const char *path, const char *query, struct api_reply *reply)
{
	json_t *object = json_object();
	int result;

	if (!object)
		return -ENOMEM;
	result = strcmp(path, API_METRICS) == 0 ? get_metrics(view, reply)
	                                        : get_object(view, path, query, object, reply);
	if (result && result != -ENOMEM)
		result = finish_error(object, 500, "the inventory cannot be read", reply);
	json_decref(object);
	return result;
}

int api_status_text(const struct api_view *view, char **text)
{
	json_t *object = json_of_status(view);
	char *dumped = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	if (!dumped)
		return -ENOMEM;
	*text = dumped;
	return 0;
}
