/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

struct zone_reader {
	struct policy_zone *zone;
	uint16_t id;
	size_t network_capacity;
};

static int read_label(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;

	(void)key;
	return parse_text(parse, "label", value, reader->zone->label, sizeof(reader->zone->label));
}

static int read_members(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;

	(void)key;
	return parse_members(parse, value, reader->id, &reader->zone->members);
}

static int read_priority(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	unsigned long priority = strtoul(value->text, NULL, 10); /* of at most 9 digits */

	if (priority > POLICY_PRIORITY_MAX)
		return report_at(&parse->report, value->place, -EINVAL, "priority %lu is above %d, the highest",
		                 priority, POLICY_PRIORITY_MAX);
	if (members_is_none(&reader->zone->members) && parse->report.code == 0)
		return report_at(&parse->report, key->place, -EINVAL,
		                 "a priority says which zone's members come first; this zone has no 'members'");
	reader->zone->priority = (uint16_t)priority;
	return 0;
}

static const char *const conflict_names[] = { "quarantine", "alert", "keep", NULL };

const struct key_table parse_conflict_form = { .what = "what becomes of a device", .words = conflict_names };

int parse_conflict(struct parse *parse, const struct yaml_node *value, enum policy_conflict *conflict)
{
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, value->text);
	for (enum policy_conflict known = CONFLICT_QUARANTINE; policy_conflict_name(known); known++) {
		suggest_consider(&suggest, policy_conflict_name(known));
		if (strcmp(policy_conflict_name(known), value->text) == 0) {
			*conflict = known;
			return 0;
		}
	}
	return report_at(&parse->report, value->place, -EINVAL, "on_conflict %s is not known%s",
	                 report_value(value->text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; it is quarantine, alert or keep");
}

static int read_on_conflict(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	enum policy_conflict conflict = CONFLICT_UNSAID;
	int rc = parse_conflict(parse, value, &conflict);

	(void)key;
	reader->zone->on_conflict = (uint8_t)conflict;
	return rc;
}

static int read_network(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	struct policy_zone *zone = reader->zone;
	struct policy_network network = { .place = value->place };
	int rc = parse_network(parse, value, &network.prefix);

	(void)key;
	if (rc <= 0)
		return rc;
	if (PARSE_RESERVE(zone->networks, &reader->network_capacity, zone->network_count + 1) < 0)
		return report_memory(&parse->report);
	zone->networks[zone->network_count++] = network;
	return 0;
}

static int read_default(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct zone_reader *reader = into;
	struct policy *policy = parse->policy;
	char where[REPORT_WHERE_MAX];

	if (strcmp(value->text, "true") != 0)
		return 0;
	if (policy->default_zone != ZONE_NONE)
		return report_at(&parse->report, key->place, -EINVAL,
		                 "a second default zone; '%s' on %s is the default already",
		                 policy_zone(policy, policy->default_zone)->name,
		                 report_where(&parse->report, key->place, parse->default_place, where));
	reader->zone->is_default = true;
	policy->default_zone = reader->id;
	parse->default_place = key->place;
	return 0;
}

static const struct key_table priority_form = { .what = "a priority", .most = POLICY_PRIORITY_MAX };

static const struct key zone_keys[] = {
	{ "label", SHAPE_TEXT, false, "the zone's name", "what people call the zone", "Infusion pumps", read_label,
	  &parse_label_form },
	{ "members", SHAPE_MAPPING, false, "none", "which devices belong to the zone: all that is said must hold",
	  "{ class: medical/infusion-pump }", read_members, &parse_members_keys },
	{ "priority", SHAPE_NUMBER, false, "0",
	  "where the members of several zones fit a device the highest takes it; among equals the longest class", "10",
	  read_priority, &priority_form },
	{ "networks", SHAPE_LIST, false, "none",
	  "addresses that belong to the zone; the longest prefix wins, a device wins "
	  "over a network",
	  "[10.9.0.0/24, \"2001:db8::/32\"]", read_network, &parse_network_form },
	{ "default", SHAPE_FLAG, false, "false", "the zone of devices no other zone takes; exactly one", "true",
	  read_default, NULL },
	{ "on_conflict", SHAPE_TEXT, false, "as the policy says",
	  "what becomes of a device of the zone that is not what it was taken for: quarantine holds it in the default "
	  "zone until it is pinned, alert leaves it and tells, keep leaves it and tells on its page only",
	  "alert", read_on_conflict, &parse_conflict_form },
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

static int compare_claims(const void *a, const void *b)
{
	const struct parse_claim *left = a;
	const struct parse_claim *right = b;
	int order = strcmp(left->class, right->class);

	return order ? order : parse_compare_places(left->place, right->place);
}

/* No two zones may name the same class by itself. */
static int check_claims(struct parse *parse)
{
	const struct policy *policy = parse->policy;
	const struct parse_claim *claims = parse->claims;
	char where[REPORT_WHERE_MAX];
	int rc = 0;

	if (parse->claim_count > 1)
		qsort(parse->claims, parse->claim_count, sizeof(*parse->claims), compare_claims);
	for (size_t i = 1; i < parse->claim_count && rc == 0; i++)
		if (strcmp(claims[i - 1].class, claims[i].class) == 0)
			rc = report_at(&parse->report, claims[i].place, -EINVAL,
			               "class '%s' is claimed by zone '%s' here and by zone '%s' on %s; one zone "
			               "takes it",
			               claims[i].class, policy_zone(policy, claims[i].zone)->name,
			               policy_zone(policy, claims[i - 1].zone)->name,
			               report_where(&parse->report, claims[i].place, claims[i - 1].place, where));
	return rc;
}

static int refuse_size(struct parse *parse, const struct policy_zone *left, const struct policy_zone *right)
{
	return report_at(
		&parse->report, right->place, -E2BIG,
		"the members of zones '%s' and '%s' combine too many conditions to be compared; give one of them "
		"a priority, or write them shorter",
		left->name, right->name);
}

static int check_pair(struct parse *parse, const struct policy_zone *left, const struct policy_zone *right,
                      struct members_overlap *overlap)
{
	int rc;

	if (left->priority != right->priority || members_is_none(&left->members) || members_is_none(&right->members))
		return 0;
	rc = members_overlap(&left->members, &right->members, overlap);
	if (rc == -E2BIG)
		return refuse_size(parse, left, right);
	if (rc < 0)
		return report_memory(&parse->report);
	if (rc == 0)
		return 0;
	return report_at(&parse->report, right->place, -EINVAL,
	                 "zones '%s' and '%s' may both take %s; give one of them a priority", left->name, right->name,
	                 overlap->example);
}

/* No device may be taken by two zones with nothing to choose by. */
static int check_overlaps(struct parse *parse)
{
	const struct policy *policy = parse->policy;
	struct members_overlap overlap = { 0 };
	int rc = 0;

	for (size_t right = 1; right < policy->zone_count && rc == 0; right++)
		for (size_t left = 0; left < right && rc == 0; left++)
			rc = check_pair(parse, &policy->zones[left], &policy->zones[right], &overlap);
	return rc;
}

int parse_zones_finish(struct parse *parse, const struct yaml_node *root)
{
	const struct policy *policy = parse->policy;
	const struct yaml_node *zones = yaml_node_find(root, "zones");
	int rc = check_claims(parse);

	if (rc == 0 && (zones || policy->zone_count > 0) && policy->default_zone == ZONE_NONE)
		rc = report_at(&parse->report, zones ? zones->place : root->place, -EINVAL,
		               "no zone is the default; give one 'default: true', as in quarantine: { default: true }");
	/* what was not read would seem to overlap */
	if (rc == 0 && parse->report.code == 0)
		rc = check_overlaps(parse);
	return rc;
}
