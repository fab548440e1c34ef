/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

struct device_reader {
	struct policy_pin *pin;
	size_t tag_capacity;
};

static int read_mac(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct device_reader *reader = into;
	int rc = parse_mac(parse, value, &reader->pin->mac);

	(void)key;
	return rc < 0 ? rc : 0;
}

static int read_zone(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct device_reader *reader = into;

	(void)key;
	return parse_zone_reference(parse, value, &reader->pin->zone);
}

static int read_name(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy_pin *pin = ((struct device_reader *)into)->pin;

	(void)key;
	return parse_text(parse, "name", value, pin->name, sizeof(pin->name));
}

static int read_tag(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct device_reader *reader = into;
	struct policy_pin *pin = reader->pin;
	char tag[MEMBER_TAG_MAX];
	int rc = parse_name(parse, "tag", value, tag);

	(void)key;
	if (rc < 0 || !tag[0])
		return rc;
	for (size_t i = 0; i < pin->tag_count; i++)
		if (strcmp(pin->tags[i], tag) == 0)
			return report_at(&parse->report, value->place, -EINVAL, "tag '%s' stands here twice", tag);
	if (pin->tag_count == POLICY_TAGS_MAX)
		return report_at(&parse->report, value->place, -E2BIG, "more than %d tags of one device",
		                 POLICY_TAGS_MAX);
	if (PARSE_RESERVE(pin->tags, &reader->tag_capacity, pin->tag_count + 1) < 0)
		return report_memory(&parse->report);
	memcpy(pin->tags[pin->tag_count++], tag, sizeof(tag));
	return 0;
}

/* Such as one host can have, and on one link only: a link-local one says nothing without its link. */
static bool is_pinnable(const struct address *address)
{
	if (address->family == FAMILY_IPV6)
		return address_is_unicast6(address) && !address_is_link_local6(address);
	return address->byte[0] != 0 && address->byte[0] < 224 && !address_stays_on_link(address);
}

static int read_address(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy_pin *pin = ((struct device_reader *)into)->pin;
	struct address address;

	(void)key;
	if (address_parse(value->text, &address) < 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "'%s' is no address; wanted is one as 10.30.0.200 or \"fd00:30::200\"", value->text);
	if (!is_pinnable(&address))
		return report_at(&parse->report, value->place, -EINVAL, "'%s' is no address that one device can have",
		                 value->text);
	if (pin->address_count == POLICY_PINNED_MAX)
		return report_at(&parse->report, value->place, -E2BIG, "more than %d addresses of one device",
		                 POLICY_PINNED_MAX);
	pin->addresses[pin->address_count++] = address;
	return 0;
}

static const struct key device_keys[] = {
	{ "mac", SHAPE_TEXT, true, NULL, "the device's hardware address, six pairs of hex digits",
	  "\"44:4b:5d:00:00:01\"", read_mac, &parse_mac_form },
	{ "zone", SHAPE_TEXT, false, "what its class says", "the zone the device is in, whatever it looks like",
	  "imaging", read_zone, &parse_name_form },
	{ "name", SHAPE_TEXT, false, "what the device calls itself",
	  "what people call the device; rules may name it so, where it has a zone", "CT-2", read_name,
	  &parse_label_form },
	{ "tags", SHAPE_LIST, false, "none", "words of the operator's that zones can ask for with 'tag'",
	  "[loaner, icu]", read_tag, &parse_name_form },
	{ "addresses", SHAPE_LIST, false, "those that it takes",
	  "static addresses that are this device's from the start, and no other's ever", "[10.30.0.200]", read_address,
	  &parse_address_form },
};

static const char *const useful_keys[] = { "zone", "name", "tags", "addresses", NULL };

const struct key_table parse_device_keys = {
	.what = "a device", .keys = device_keys, .count = ARRAY_SIZE(device_keys), .any_of = useful_keys
};

int parse_device(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct device_reader reader = { 0 };
	struct policy_pin *pin;
	int rc;

	(void)key;
	(void)into;
	if (policy->pin_count == POLICY_PINS_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d devices", POLICY_PINS_MAX);
	if (PARSE_RESERVE(policy->pins, &parse->pin_capacity, policy->pin_count + 1) < 0)
		return report_memory(&parse->report);
	pin = &policy->pins[policy->pin_count++];
	*pin = (struct policy_pin){ .place = value->place };
	parse->device_names_ready = false;
	reader.pin = pin;
	rc = keys_read(parse, &parse_device_keys, value, "the device", &reader);
	if (rc == 0 && parse->report.code == 0 && pin->zone == ZONE_NONE && !pin->name[0] && pin->tag_count == 0 &&
	    pin->address_count == 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "the device has neither 'zone', 'name', 'tags' nor 'addresses'; the entry would do "
		                 "nothing");
	return rc;
}

static int compare_pins(const void *a, const void *b)
{
	const struct policy_pin *left = a;
	const struct policy_pin *right = b;
	int order = memcmp(&left->mac, &right->mac, sizeof(left->mac));

	return order ? order : parse_compare_places(left->place, right->place);
}

void parse_devices_sort(struct policy *policy)
{
	if (policy->pin_count > 1)
		qsort(policy->pins, policy->pin_count, sizeof(*policy->pins), compare_pins);
}

static int compare_pinned(const void *a, const void *b)
{
	const struct policy_pinned *left = a;
	const struct policy_pinned *right = b;
	int order = memcmp(&left->address, &right->address, sizeof(left->address));

	return order ? order : (left->pin > right->pin) - (left->pin < right->pin);
}

static int refuse_pinned_twice(struct parse *parse, const struct policy_pinned *first,
                               const struct policy_pinned *second)
{
	const struct policy_pin *pins = parse->policy->pins;
	char text[ADDRESS_TEXT_MAX];
	char where[REPORT_WHERE_MAX];

	return report_at(&parse->report, pins[second->pin].place, -EINVAL,
	                 "address %s stands here twice; the first is on %s", address_format(&second->address, text),
	                 report_where(&parse->report, pins[second->pin].place, pins[first->pin].place, where));
}

/* The pins stand in their order now. */
static int index_addresses(struct parse *parse)
{
	struct policy *policy = parse->policy;
	size_t total = 0;
	int rc = 0;

	for (size_t i = 0; i < policy->pin_count; i++)
		total += policy->pins[i].address_count;
	if (total == 0)
		return 0;
	policy->pinned = calloc(total, sizeof(*policy->pinned));
	if (!policy->pinned)
		return report_memory(&parse->report);
	for (size_t i = 0; i < policy->pin_count; i++)
		for (size_t j = 0; j < policy->pins[i].address_count; j++)
			policy->pinned[policy->pinned_count++] =
				(struct policy_pinned){ policy->pins[i].addresses[j], (uint32_t)i };
	qsort(policy->pinned, policy->pinned_count, sizeof(*policy->pinned), compare_pinned);
	for (size_t i = 1; i < total && rc == 0; i++)
		if (address_equal(&policy->pinned[i - 1].address, &policy->pinned[i].address))
			rc = refuse_pinned_twice(parse, &policy->pinned[i - 1], &policy->pinned[i]);
	return rc;
}

int parse_devices_finish(struct parse *parse)
{
	struct policy *policy = parse->policy;
	const struct policy_pin *pins = policy->pins;
	char where[REPORT_WHERE_MAX];
	char text[MAC_TEXT_MAX];
	int rc = 0;

	parse_devices_sort(policy);
	for (size_t i = 1; i < policy->pin_count && rc == 0; i++)
		if (mac_equal(&pins[i - 1].mac, &pins[i].mac) && mac_is_device(&pins[i].mac))
			rc = report_at(&parse->report, pins[i].place, -EINVAL,
			               "device %s stands here twice; the first is on %s",
			               mac_format(&pins[i].mac, text),
			               report_where(&parse->report, pins[i].place, pins[i - 1].place, where));
	return rc == 0 ? index_addresses(parse) : rc;
}
