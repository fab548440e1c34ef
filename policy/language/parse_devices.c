/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

/* The twelve digits of other spellings (44-4B-5D-00-00-01, 444b.5d00.0001), in ours. */
static bool mend_mac(const char *text, char buffer[MAC_TEXT_MAX])
{
	char digits[12];
	size_t count = 0;
	struct mac mac;

	for (; *text; text++) {
		if (strchr(":-. ", *text))
			continue;
		if (!isxdigit((unsigned char)*text) || count == sizeof(digits))
			return false;
		digits[count++] = (char)tolower((unsigned char)*text);
	}
	if (count != sizeof(digits))
		return false;
	for (size_t i = 0; i < 6; i++) {
		memcpy(buffer + i * 3, digits + i * 2, 2);
		buffer[i * 3 + 2] = i < 5 ? ':' : '\0';
	}
	return mac_parse(buffer, &mac) == 0;
}

static int read_mac(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy_pin *pin = into;
	char shown[REPORT_VALUE_MAX];
	char mended[MAC_TEXT_MAX];

	(void)key;
	report_value(value->text, shown);
	if (mac_parse(value->text, &pin->mac) < 0) {
		if (mend_mac(value->text, mended))
			return report_at(&parse->report, value->place, -EINVAL,
			                 "%s is not a MAC address as written here; did you mean '%s'?", shown, mended);
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s is not a MAC address; write six pairs of hex digits, \"44:4b:5d:00:00:01\"",
		                 shown);
	}
	if (!mac_is_device(&pin->mac))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s cannot be one device's; it is a group address or zero", shown);
	return 0;
}

static int read_zone(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy_pin *pin = into;

	(void)key;
	return parse_zone_reference(parse, value, &pin->zone);
}

static int read_name(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy_pin *pin = into;

	(void)key;
	return parse_text(parse, "name", value, pin->name, sizeof(pin->name));
}

static const struct key device_keys[] = {
	{ "mac", SHAPE_TEXT, true, NULL, "the device's hardware address, six pairs of hex digits",
	  "\"44:4b:5d:00:00:01\"", read_mac, NULL },
	{ "zone", SHAPE_TEXT, false, "what its class says", "the zone the device is in, whatever it looks like",
	  "imaging", read_zone, NULL },
	{ "name", SHAPE_TEXT, false, "what the device calls itself", "what people call the device", "CT-2", read_name,
	  NULL },
};

const struct key_table parse_device_keys = { "a device", device_keys, ARRAY_SIZE(device_keys) };

int parse_device(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
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
	rc = keys_read(parse, &parse_device_keys, value, "the device", pin);
	if (rc == 0 && parse->report.code == 0 && pin->zone == ZONE_NONE && !pin->name[0])
		return report_at(&parse->report, value->place, -EINVAL,
		                 "the device has neither 'zone' nor 'name'; the entry would do nothing");
	return rc;
}

static int compare_pins(const void *a, const void *b)
{
	const struct policy_pin *left = a;
	const struct policy_pin *right = b;
	int order = memcmp(&left->mac, &right->mac, sizeof(left->mac));

	if (order != 0)
		return order;
	if (left->place.line != right->place.line)
		return left->place.line < right->place.line ? -1 : 1;
	return (left->place.column > right->place.column) - (left->place.column < right->place.column);
}

int parse_devices_finish(struct parse *parse)
{
	struct policy *policy = parse->policy;
	const struct policy_pin *pins = policy->pins;
	char text[MAC_TEXT_MAX];
	int rc = 0;

	if (policy->pin_count > 1)
		qsort(policy->pins, policy->pin_count, sizeof(*pins), compare_pins);
	for (size_t i = 1; i < policy->pin_count && rc == 0; i++)
		if (mac_equal(&pins[i - 1].mac, &pins[i].mac) && mac_is_device(&pins[i].mac))
			rc = report_at(&parse->report, pins[i].place, -EINVAL,
			               "device %s stands here twice; the first is on line %u",
			               mac_format(&pins[i].mac, text), pins[i - 1].place.line);
	return rc;
}
