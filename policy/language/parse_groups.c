/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/language/parse.h"

static int compare_device_names(const void *a, const void *b)
{
	const struct parse_device_name *left = a;
	const struct parse_device_name *right = b;
	int order = strcmp(left->name, right->name);

	return order ? order : (left->pin > right->pin) - (left->pin < right->pin);
}

/* Sorts the devices by MAC address and their names, so that a search is fast among 100 000. */
static int sort_device_names(struct parse *parse)
{
	struct policy *policy = parse->policy;
	size_t count = 0;

	if (parse->device_names_ready || policy->pin_count == 0)
		return 0;
	free(parse->device_names);
	parse->device_names = NULL;
	parse->device_name_count = 0;
	parse_devices_sort(policy);
	parse->device_names = calloc(policy->pin_count, sizeof(*parse->device_names));
	if (!parse->device_names)
		return report_memory(&parse->report);
	for (size_t i = 0; i < policy->pin_count; i++)
		if (policy->pins[i].name[0])
			parse->device_names[count++] = (struct parse_device_name){ policy->pins[i].name, (uint32_t)i };
	qsort(parse->device_names, count, sizeof(*parse->device_names), compare_device_names);
	parse->device_name_count = count;
	parse->device_names_ready = true;
	return 0;
}

/* The first of the devices called ${name} and how many there are. */
static size_t devices_by_name(const struct parse *parse, const char *name, const struct parse_device_name **first)
{
	const struct parse_device_name *names = parse->device_names;
	size_t low = 0;
	size_t high = parse->device_name_count;
	size_t count = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(names[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + count < parse->device_name_count && strcmp(names[low + count].name, name) == 0)
		count++;
	*first = names ? names + low : NULL;
	return count;
}

/* Would ${name}, written in a rule, stand for this one device? */
static bool names_one(struct parse *parse, const char *name)
{
	const struct parse_device_name *first;
	struct mac mac;

	return strcmp(name, "any") != 0 && mac_parse(name, &mac) < 0 && devices_by_name(parse, name, &first) == 1 &&
	       parse_zone_by_name(parse, name) == ZONE_NONE;
}

/* The group of ${pin}, made where it is not yet one of the policy's singles. */
static int single_of(struct parse *parse, const struct yaml_node *value, const struct policy_pin *pin, bool by_name,
                     uint16_t *group)
{
	struct policy *policy = parse->policy;
	struct policy_single *single;
	uint16_t known = policy_group_of(policy, &pin->mac, pin->zone);

	if (known != pin->zone) {
		*group = known;
		return 0;
	}
	if (policy->single_count == POLICY_SINGLES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG,
		                   "more than %d devices that rules, expectations and canaries name one by one",
		                   POLICY_SINGLES_MAX);
	if (PARSE_RESERVE(policy->singles, &parse->single_capacity, policy->single_count + 1) < 0)
		return report_memory(&parse->report);
	single = &policy->singles[policy->single_count++];
	*single = (struct policy_single){ .mac = pin->mac, .zone = pin->zone };
	/* a name that does not say which one is none */
	if (by_name || names_one(parse, pin->name))
		memcpy(single->name, pin->name, sizeof(single->name));
	else
		mac_format(&pin->mac, single->name);
	*group = policy_group_count(policy);
	return 0;
}

static int refuse_loose(struct parse *parse, const struct yaml_node *value, const struct policy_pin *pin)
{
	char where[REPORT_WHERE_MAX];
	char shown[REPORT_VALUE_MAX];

	return report_at(&parse->report, value->place, -EINVAL,
	                 "device %s has no zone; rules can name it once its entry on %s says 'zone:'",
	                 report_value(value->text, shown),
	                 report_where(&parse->report, value->place, pin->place, where));
}

/* Names of devices are often written in another case: "ct-2" for CT-2. */
static void consider_device(struct suggest *suggest, const char *name)
{
	if (strcasecmp(name, suggest->wanted) != 0) {
		suggest_consider(suggest, name);
		return;
	}
	suggest->best = name;
	suggest->distance = 0;
}

static int refuse_unknown(struct parse *parse, const struct yaml_node *value)
{
	const struct policy *policy = parse->policy;
	char shown[REPORT_VALUE_MAX];
	char mended[MAC_TEXT_MAX];
	struct suggest suggest;

	report_value(value->text, shown);
	if (parse_mac_mend(value->text, mended))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "there is no zone or device %s; did you mean '%s'?", shown, mended);
	suggest_init(&suggest, value->text);
	for (size_t i = 0; i < policy->zone_count; i++)
		suggest_consider(&suggest, policy->zones[i].name);
	for (size_t i = 0; i < parse->device_name_count; i++)
		consider_device(&suggest, parse->device_names[i].name);
	if (suggest.best || policy->pin_count > 0)
		return report_at(&parse->report, value->place, -EINVAL, "there is no zone or device %s%s", shown,
		                 suggest.best ? suggest_text(&suggest)
		                              : "; they are defined under 'zones:' and 'devices:'");
	return report_at(&parse->report, value->place, -EINVAL, "there is no zone %s; zones are defined under 'zones:'",
	                 shown);
}

static int mac_reference(struct parse *parse, const struct yaml_node *value, const struct mac *mac, uint16_t *group)
{
	const struct policy_pin *pin = policy_pin_of(parse->policy, mac);
	char shown[REPORT_VALUE_MAX];

	if (!pin)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "there is no device %s; give it an entry with a zone under 'devices:'",
		                 report_value(value->text, shown));
	return pin->zone == ZONE_NONE ? refuse_loose(parse, value, pin) : single_of(parse, value, pin, false, group);
}

static int refuse_several(struct parse *parse, const struct yaml_node *value, const struct policy_pin *one,
                          const struct policy_pin *two, size_t count)
{
	bool in_order = parse_compare_places(one->place, two->place) < 0;
	char shown[REPORT_VALUE_MAX];
	char first[REPORT_WHERE_MAX];
	char second[REPORT_WHERE_MAX];

	report_where(&parse->report, value->place, in_order ? one->place : two->place, first);
	report_where(&parse->report, value->place, in_order ? two->place : one->place, second);
	return report_at(&parse->report, value->place, -EINVAL,
	                 "%s is the name of %zu devices, on %s and on %s; write the MAC address",
	                 report_value(value->text, shown), count, first, second);
}

static int name_reference(struct parse *parse, const struct yaml_node *value, uint16_t *group)
{
	const struct policy *policy = parse->policy;
	uint16_t zone = parse_zone_by_name(parse, value->text);
	const struct parse_device_name *named;
	const struct policy_pin *pin;
	char shown[REPORT_VALUE_MAX];
	char where[REPORT_WHERE_MAX];
	size_t count = devices_by_name(parse, value->text, &named);

	if (count == 0 && zone != ZONE_NONE) {
		*group = zone;
		return 0;
	}
	if (count == 0)
		return refuse_unknown(parse, value);
	pin = &policy->pins[named->pin];
	report_value(value->text, shown);
	report_where(&parse->report, value->place, pin->place, where);
	if (zone != ZONE_NONE)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s is a zone and also the name of a device, on %s; give the device another name",
		                 shown, where);
	if (count > 1)
		return refuse_several(parse, value, pin, &policy->pins[named[1].pin], count);
	return pin->zone == ZONE_NONE ? refuse_loose(parse, value, pin) : single_of(parse, value, pin, true, group);
}

int parse_group_reference(struct parse *parse, const struct yaml_node *value, uint16_t *group)
{
	struct mac mac;
	int rc = sort_device_names(parse);

	if (rc < 0)
		return rc;
	return mac_parse(value->text, &mac) == 0 ? mac_reference(parse, value, &mac, group)
	                                         : name_reference(parse, value, group);
}
