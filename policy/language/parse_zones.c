/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

struct zone_reader {
	struct policy_zone *zone;
	uint16_t id;
	size_t value_capacity;
	size_t network_capacity;
};

static int read_label(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;

	(void)key;
	return parse_text(parse, "label", value, reader->zone->label, sizeof(reader->zone->label));
}

/* "a/b/c": steps of lower-case letters, digits and '-', none of them empty. */
static bool is_class(const char *text)
{
	bool at_step = true;

	for (; *text; text++) {
		bool letter = (*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9');

		if (!letter && (at_step || (*text != '/' && *text != '-')))
			return false;
		at_step = *text == '/';
	}
	return !at_step;
}

static int refuse_class(struct parse *parse, const struct yaml_node *value)
{
	char shown[REPORT_VALUE_MAX];
	char lower[POLICY_CLASS_MAX];
	size_t length = strlen(value->text);

	report_value(value->text, shown);
	if (length >= POLICY_CLASS_MAX)
		return report_at(&parse->report, value->place, -EINVAL, "class %s is longer than %d letters", shown,
		                 POLICY_CLASS_MAX - 1);
	for (size_t i = 0; i <= length; i++) {
		char c = value->text[i];

		lower[i] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c == ' ' || c == '_' ? '-' : c);
	}
	if (is_class(lower))
		return report_at(&parse->report, value->place, -EINVAL, "%s is not a class; did you mean '%s'?", shown,
		                 lower);
	return report_at(&parse->report, value->place, -EINVAL,
	                 "%s is not a class; write lower-case words with '/' between, medical/imaging", shown);
}

static int read_class(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	struct policy_zone *zone = reader->zone;

	(void)key;
	if (strlen(value->text) >= POLICY_CLASS_MAX || !is_class(value->text))
		return refuse_class(parse, value);
	if (parse->claim_count == PARSE_CLASSES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d member classes",
		                   PARSE_CLASSES_MAX);
	if (PARSE_RESERVE(zone->members.values, &reader->value_capacity, zone->members.value_count + 1) < 0 ||
	    PARSE_RESERVE(parse->claims, &parse->claim_capacity, parse->claim_count + 1) < 0)
		return report_memory(&parse->report);
	zone->members.kind = MEMBER_CLASS;
	memcpy(zone->members.values[zone->members.value_count++].text, value->text, strlen(value->text) + 1);
	parse->claims[parse->claim_count++] = (struct parse_claim){ value->text, reader->id, value->place };
	return 0;
}

static const struct key members_keys[] = {
	{ "class", SHAPE_LIST, true, NULL, "device classes, each with all below it; the longest one that fits wins",
	  "medical/imaging", read_class, NULL },
};

static const struct key_table members_table = { .what = "members",
	                                        .keys = members_keys,
	                                        .count = ARRAY_SIZE(members_keys) };

static int read_members(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	return keys_read(parse, &members_table, value, "members", into);
}

/* The network that ${text} lies in, where only the bits after its length are wrong. */
static bool mend_prefix(const char *text, char buffer[PREFIX_TEXT_MAX])
{
	const char *slash = strchr(text, '/');
	struct prefix prefix;
	char address[ADDRESS_TEXT_MAX];
	unsigned int length;

	if (!slash || (size_t)(slash - text) >= sizeof(address) || sscanf(slash + 1, "%3u", &length) != 1)
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (address_parse(address, &prefix.address) < 0 || length > address_length(prefix.address.family) * 8)
		return false;
	prefix.length = (uint8_t)length;
	for (unsigned int bit = length; bit < address_length(prefix.address.family) * 8; bit++)
		prefix.address.byte[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
	prefix_format(&prefix, buffer);
	return true;
}

static int refuse_network(struct parse *parse, const struct yaml_node *value, int code)
{
	char mended[PREFIX_TEXT_MAX];
	char shown[REPORT_VALUE_MAX];

	report_value(value->text, shown);
	if (code == -ERANGE && mend_prefix(value->text, mended))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "network %s has host bits set; did you mean '%s'?", shown, mended);
	return report_at(&parse->report, value->place, -EINVAL,
	                 "%s is not a network; write 10.9.0.0/24, 10.8.0.10, \"2001:db8::/32\"", shown);
}

static int read_network(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	struct policy_zone *zone = reader->zone;
	struct policy_network network = { .place = value->place };
	int rc = prefix_parse(value->text, &network.prefix);

	(void)key;
	if (rc < 0)
		return refuse_network(parse, value, rc);
	if (++parse->network_total > POLICY_NETWORKS_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d networks", POLICY_NETWORKS_MAX);
	if (PARSE_RESERVE(zone->networks, &reader->network_capacity, zone->network_count + 1) < 0)
		return report_memory(&parse->report);
	zone->networks[zone->network_count++] = network;
	return 0;
}

static int read_default(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	struct policy *policy = parse->policy;

	if (strcmp(value->text, "true") != 0)
		return 0;
	if (policy->default_zone != ZONE_NONE)
		return report_at(&parse->report, key->place, -EINVAL,
		                 "a second default zone; '%s' on line %u is the default already",
		                 policy_zone(policy, policy->default_zone)->name, parse->default_place.line);
	reader->zone->is_default = true;
	policy->default_zone = reader->id;
	parse->default_place = key->place;
	return 0;
}

static const struct key zone_keys[] = {
	{ "label", SHAPE_TEXT, false, "the zone's name", "what people call the zone", "Infusion pumps", read_label,
	  NULL },
	{ "members", SHAPE_MAPPING, false, "none", "which devices belong to the zone",
	  "{ class: medical/infusion-pump }", read_members, &members_table },
	{ "networks", SHAPE_LIST, false, "none",
	  "addresses that belong to the zone; the longest prefix wins, a device wins "
	  "over a network",
	  "[10.9.0.0/24, \"2001:db8::/32\"]", read_network, NULL },
	{ "default", SHAPE_FLAG, false, "false", "the zone of devices no other zone takes; exactly one", "true",
	  read_default, NULL },
};

const struct key_table parse_zone_keys = { .what = "a zone", .keys = zone_keys, .count = ARRAY_SIZE(zone_keys) };

int parse_zone(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct zone_reader reader = { 0 };
	char owner[POLICY_NAME_MAX + 8];
	int rc;

	(void)into;
	if (policy->zone_count == POLICY_ZONES_MAX)
		return report_stop(&parse->report, key->place, -E2BIG, "more than %d zones", POLICY_ZONES_MAX);
	if (PARSE_RESERVE(policy->zones, &parse->zone_capacity, policy->zone_count + 1) < 0)
		return report_memory(&parse->report);
	reader.zone = &policy->zones[policy->zone_count++];
	reader.id = (uint16_t)policy->zone_count;
	*reader.zone = (struct policy_zone){ .members = { .kind = MEMBER_ANY }, .place = key->place };
	rc = parse_name(parse, "zone", key, reader.zone->name);
	if (rc < 0)
		return rc;
	snprintf(reader.zone->label, sizeof(reader.zone->label), "%s", reader.zone->name);
	snprintf(owner, sizeof(owner), "zone %s", reader.zone->name);
	return keys_read(parse, &parse_zone_keys, value, owner, &reader);
}

static int compare_places(struct place a, struct place b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return (a.column > b.column) - (a.column < b.column);
}

static int compare_claims(const void *a, const void *b)
{
	const struct parse_claim *left = a;
	const struct parse_claim *right = b;
	int order = strcmp(left->class, right->class);

	return order ? order : compare_places(left->place, right->place);
}

int parse_zones_finish(struct parse *parse, const struct yaml_node *root)
{
	const struct policy *policy = parse->policy;
	const struct yaml_node *zones = yaml_node_find(root, "zones");
	const struct parse_claim *claims = parse->claims;
	int rc = 0;

	if (parse->claim_count > 1)
		qsort(parse->claims, parse->claim_count, sizeof(*parse->claims), compare_claims);
	for (size_t i = 1; i < parse->claim_count && rc == 0; i++)
		if (strcmp(claims[i - 1].class, claims[i].class) == 0)
			rc = report_at(&parse->report, claims[i].place, -EINVAL,
			               "class '%s' is claimed by zone '%s' here and by zone '%s' on line %u; one zone "
			               "takes it",
			               claims[i].class, policy_zone(policy, claims[i].zone)->name,
			               policy_zone(policy, claims[i - 1].zone)->name, claims[i - 1].place.line);
	if (rc == 0 && (zones || policy->zone_count > 0) && policy->default_zone == ZONE_NONE)
		rc = report_at(&parse->report, zones ? zones->place : root->place, -EINVAL,
		               "no zone is the default; give one 'default: true', as in quarantine: { default: true }");
	return rc;
}
