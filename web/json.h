/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * json: rows of the source as jansson objects.
 *
 * Owns:    each function adds a new reference to the array it is given.
 * Context: pure; the argument of an each function is the json_t array to append to; -ENOMEM ends the walk.
 * Trust:   bytes that are no UTF-8 become '?': a string is never left out.
 */
#ifndef ISOWARD_WEB_JSON_H
#define ISOWARD_WEB_JSON_H

#include <jansson.h>

#include "web/api.h"
#include "web/source.h"

/* json_text makes a JSON string of ${text}; NULL when out of memory. */
json_t *json_text(const char *text);

/* json_of_status makes the status object of ${view}; NULL when out of memory. */
json_t *json_of_status(const struct api_view *view);

/* json_of_summary makes the object of ${summary}; NULL when out of memory. */
json_t *json_of_summary(const struct web_summary *summary);

/* json_add_zone appends ${zone}. */
int json_add_zone(const struct web_zone *zone, void *array);

/* json_add_device appends ${device}. */
int json_add_device(const struct web_device *device, void *array);

/* json_add_binding appends ${binding}. */
int json_add_binding(const struct web_binding *binding, void *array);

/* json_add_evidence appends ${evidence}. */
int json_add_evidence(const struct web_evidence *evidence, void *array);

/* json_add_relation appends ${relation}. */
int json_add_relation(const struct web_relation *relation, void *array);

/* json_add_zone_change appends ${change}. */
int json_add_zone_change(const struct web_zone_change *change, void *array);

/* json_add_denied appends ${denied}. */
int json_add_denied(const struct web_denied *denied, void *array);

/* json_add_denied_total appends ${total}. */
int json_add_denied_total(const struct web_denied_total *total, void *array);

/* json_add_reported appends ${reported}: the members of a denied flow, and its rule. */
int json_add_reported(const struct web_reported *reported, void *array);

/* json_add_reported_total appends ${total}. */
int json_add_reported_total(const struct web_reported_total *total, void *array);

/* json_add_finding appends ${finding}. */
int json_add_finding(const struct web_finding *finding, void *array);

/* json_add_finding_total appends ${total}. */
int json_add_finding_total(const struct web_finding_total *total, void *array);

/* json_add_rule_counter appends ${counter}. */
int json_add_rule_counter(const struct web_rule_counter *counter, void *array);

/* json_add_pair_counter appends ${counter}. */
int json_add_pair_counter(const struct web_pair_counter *counter, void *array);

/* json_add_event appends ${event}. */
int json_add_event(const struct web_event *event, void *array);

#endif
