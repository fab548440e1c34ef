/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/language/parse.h"

struct rule_reader {
	struct policy_rule *rule;
	size_t from_capacity;
	size_t to_capacity;
	size_t range_capacity;
	bool any_service;
	const struct yaml_node *verdict_key; /* the 'allow' or 'deny' that was read */
};

static int add_zone(struct parse *parse, const struct yaml_node *value, uint16_t **zones, size_t *count,
                    size_t *capacity, uint16_t zone)
{
	if (PARSE_RESERVE(*zones, capacity, *count + 1) < 0)
		return report_memory(&parse->report);
	for (size_t i = 0; i < *count; i++)
		if ((*zones)[i] == zone)
			return report_at(&parse->report, value->place, -EINVAL,
			                 "zone '%s' stands here twice (any is all zones)",
			                 policy_zone(parse->policy, zone)->name);
	(*zones)[(*count)++] = zone;
	return 0;
}

static int read_zones(struct parse *parse, const struct yaml_node *value, uint16_t **zones, size_t *count,
                      size_t *capacity)
{
	uint16_t zone = ZONE_NONE;
	int rc = 0;

	if (strcmp(value->text, "any") == 0) {
		for (uint16_t id = 1; id <= parse->policy->zone_count && rc == 0; id++)
			rc = add_zone(parse, value, zones, count, capacity, id);
		return rc;
	}
	rc = parse_zone_reference(parse, value, &zone);
	if (rc == 0 && zone != ZONE_NONE)
		rc = add_zone(parse, value, zones, count, capacity, zone);
	return rc;
}

static int read_from(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return read_zones(parse, value, &reader->rule->from, &reader->rule->from_count, &reader->from_capacity);
}

static int read_to(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return read_zones(parse, value, &reader->rule->to, &reader->rule->to_count, &reader->to_capacity);
}

static void show_service(char services[POLICY_WHY_MAX], const char *term)
{
	size_t used = strlen(services);
	size_t left = POLICY_WHY_MAX - used;

	if ((size_t)snprintf(services + used, left, "%s%s", used ? ", " : "", term) >= left)
		memcpy(services + POLICY_WHY_MAX - 4, "...", 4);
}

static int read_services(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value,
                         struct rule_reader *reader, enum verdict verdict)
{
	struct policy_rule *rule = reader->rule;
	bool any = strcmp(value->text, "any") == 0;
	size_t before = rule->range_count;

	if (reader->verdict_key && reader->verdict_key != key)
		return report_at(&parse->report, key->place, -EINVAL,
		                 "a rule has 'allow' or 'deny', not both; make it two rules");
	if (reader->any_service || (any && before > 0))
		return report_at(&parse->report, value->place, -EINVAL, "'any' is every service; it stands alone");
	reader->verdict_key = key;
	rule->verdict = verdict;
	show_service(rule->services, value->text);
	if (!any)
		return parse_service_term(parse, value, &rule->ranges, &rule->range_count, &reader->range_capacity,
		                          PARSE_RULE_RANGES_MAX);
	if (PARSE_RESERVE(rule->ranges, &reader->range_capacity, 1) < 0)
		return report_memory(&parse->report);
	reader->any_service = true;
	rule->ranges[rule->range_count++] = (struct service_range){ .last = UINT16_MAX };
	return 0;
}

static int read_allow(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_services(parse, key, value, into, VERDICT_ALLOW);
}

static int read_deny(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_services(parse, key, value, into, VERDICT_DENY);
}

static int read_why(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_text(parse, "why", value, reader->rule->why, sizeof(reader->rule->why));
}

static int read_name(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_text(parse, "name", value, reader->rule->name, sizeof(reader->rule->name));
}

static const struct key rule_keys[] = {
	{ "name", SHAPE_TEXT, false, "none", "what to call the rule in reports", "images to the archive", read_name,
	  NULL },
	{ "from", SHAPE_LIST, true, NULL, "zones whose devices open the connection; any is every zone", "imaging",
	  read_from, NULL },
	{ "to", SHAPE_LIST, true, NULL, "zones that are connected to; any is every zone", "pacs", read_to, NULL },
	{ "allow", SHAPE_LIST, false, "none; a rule has allow or deny", "services that may pass; any is every service",
	  "[dicom, tcp/8104]", read_allow, NULL },
	{ "deny", SHAPE_LIST, false, "none; a rule has allow or deny",
	  "services that may not, where a later rule would allow them", "[ssh, rdp]", read_deny, NULL },
	{ "why", SHAPE_TEXT, false, "none", "the reason or its source, shown wherever the rule decides",
	  "ICSMA-23-194-01", read_why, NULL },
};

const struct key_table parse_rule_keys = { .what = "a rule", .keys = rule_keys, .count = ARRAY_SIZE(rule_keys) };

static int check_rule(struct parse *parse, const struct yaml_node *node, const struct rule_reader *reader)
{
	const struct policy_rule *rule = reader->rule;

	if (!reader->verdict_key && parse->report.code == 0)
		return report_at(&parse->report, node->place, -EINVAL,
		                 "the rule has no 'allow' or 'deny'; for example allow: [dicom]");
	parse->pair_entries += rule->from_count * rule->to_count;
	parse->pair_ranges += rule->from_count * rule->to_count * rule->range_count;
	if (parse->pair_entries > PARSE_PAIR_ENTRIES_MAX || parse->pair_ranges > PARSE_PAIR_RANGES_MAX)
		return report_stop(
			&parse->report, node->place, -E2BIG,
			"up to this rule they name %zu zone pairs and %zu port ranges; at most %d and %d fit",
			parse->pair_entries, parse->pair_ranges, PARSE_PAIR_ENTRIES_MAX, PARSE_PAIR_RANGES_MAX);
	return 0;
}

int parse_rule(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct rule_reader reader = { 0 };
	int rc;

	(void)key;
	(void)into;
	if (policy->rule_count == POLICY_RULES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d rules", POLICY_RULES_MAX);
	if (PARSE_RESERVE(policy->rules, &parse->rule_capacity, policy->rule_count + 1) < 0)
		return report_memory(&parse->report);
	reader.rule = &policy->rules[policy->rule_count++];
	*reader.rule = (struct policy_rule){ .place = value->place };
	rc = keys_read(parse, &parse_rule_keys, value, "the rule", &reader);
	return rc < 0 ? rc : check_rule(parse, value, &reader);
}
