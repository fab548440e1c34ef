/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

struct rule_reader {
	struct policy_rule *rule;
	struct parse_groups from;
	struct parse_groups to;
	struct parse_terms terms;
	struct policy_name_set names;
	size_t name_capacity;
	const struct yaml_node *verdict_key; /* the 'allow', 'deny' or 'reject' that was read */
	const struct yaml_node *rate_key;
};

static int read_name(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_text(parse, "name", value, reader->rule->name, sizeof(reader->rule->name));
}

static int read_from(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_groups_add(parse, value, &reader->from);
}

static int read_to_group(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_groups_add(parse, value, &reader->to);
}

static int read_to_name(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_names_add(parse, value, &reader->names, &reader->name_capacity);
}

static const struct key to_keys[] = {
	{ "names", SHAPE_LIST, true, NULL,
	  "DNS names, \"*.\" in front for all below one; the rule fits the addresses learned for them",
	  "[updates.vendor.example, \"*.vendor.example\"]", read_to_name, NULL },
	{ "zone", SHAPE_LIST, false, "every zone", "zones in which those addresses may lie", "internet", read_to_group,
	  NULL },
};

static const struct key_table to_table = { .what = "to", .keys = to_keys, .count = ARRAY_SIZE(to_keys) };

static int read_names(struct parse *parse, const struct yaml_node *value, struct rule_reader *reader)
{
	struct yaml_node any = { .kind = YAML_SCALAR, .place = value->place, .text = "any" };
	int rc;

	reader->names.place = value->place;
	rc = keys_read(parse, &to_table, value, "to", reader);
	if (rc == 0 && !yaml_node_find(value, "zone"))
		rc = parse_groups_add(parse, &any, &reader->to);
	return rc < 0 ? rc : parse_names_keep(parse, &reader->names, &reader->rule->names);
}

static int read_to(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return value->kind == YAML_MAPPING ? read_names(parse, value, into) : read_to_group(parse, key, value, into);
}

static int read_services(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value,
                         struct rule_reader *reader, enum verdict verdict)
{
	if (reader->verdict_key && reader->verdict_key != key)
		return report_at(&parse->report, key->place, -EINVAL,
		                 "a rule has one of 'allow', 'deny' and 'reject'; make it two rules");
	reader->verdict_key = key;
	reader->rule->verdict = verdict;
	return parse_terms_add(parse, value, &reader->terms);
}

static int read_allow(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_services(parse, key, value, into, VERDICT_ALLOW);
}

static int read_deny(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_services(parse, key, value, into, VERDICT_DENY);
}

static int read_reject(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_services(parse, key, value, into, VERDICT_REJECT);
}

static int read_mode(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;
	char shown[REPORT_VALUE_MAX];

	(void)key;
	if (strcmp(value->text, "enforce") == 0)
		reader->rule->mode = MODE_ENFORCE;
	else if (strcmp(value->text, "observe") == 0)
		reader->rule->mode = MODE_OBSERVE;
	else
		return report_at(
			&parse->report, value->place, -EINVAL,
			"mode %s: write 'enforce', or 'observe' for a rule that decides nothing and reports what "
			"it would decide",
			report_value(value->text, shown));
	return 0;
}

static int read_during(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_window(parse, value, &reader->rule->schedule);
}

static int read_until(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_date(parse, "until", value, &reader->rule->schedule.until);
}

static int read_rate(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	reader->rate_key = key;
	return parse_rate(parse, value, &reader->rule->rate);
}

static int read_log(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)parse;
	(void)key;
	reader->rule->log = strcmp(value->text, "true") == 0 ? LOG_ALWAYS : LOG_NEVER;
	return 0;
}

static int read_why(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_text(parse, "why", value, reader->rule->why, sizeof(reader->rule->why));
}

static int read_owner(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_text(parse, "owner", value, reader->rule->owner, sizeof(reader->rule->owner));
}

static int read_review(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct rule_reader *reader = into;

	(void)key;
	return parse_date(parse, "review_by", value, &reader->rule->review_by);
}

static const char *const verdict_keys[] = { "allow", "deny", "reject", NULL };
static const char *const mode_words[] = { "enforce", "observe", NULL };
static const struct key_table mode_form = { .what = "a mode", .words = mode_words };
static const struct key_table rate_form = { .what = "a rate", .pattern = "^[1-9][0-9]{0,6}/(second|minute|hour|day)$" };

static const struct key rule_keys[] = {
	{ "name", SHAPE_TEXT, false, "none", "what to call the rule in reports", "images to the archive", read_name,
	  &parse_label_form },
	{ "from", SHAPE_LIST, true, NULL,
	  "zones and devices that open the connection; a device is named by its name or MAC address; any is every zone",
	  "imaging", read_from, NULL },
	{ "to", SHAPE_LIST, true, NULL,
	  "zones and devices that are connected to; any is every zone; or { names: [...] } for DNS names", "pacs",
	  read_to, &to_table },
	{ "allow", SHAPE_LIST, false, "none; a rule has one of allow, deny, reject",
	  "services that may pass; any is every service", "[dicom, tcp/8104]", read_allow, &parse_term_form },
	{ "deny", SHAPE_LIST, false, "none; a rule has one of allow, deny, reject",
	  "services that may not, where a later rule would allow them; clinical devices are told, others meet silence",
	  "[ssh, rdp]", read_deny, &parse_term_form },
	{ "reject", SHAPE_LIST, false, "none; a rule has one of allow, deny, reject",
	  "services that may not, and whoever asks is told at once", "[printing]", read_reject, &parse_term_form },
	{ "mode", SHAPE_TEXT, false, "enforce",
	  "observe: the rule decides nothing; what it would have decided is reported and the next rule is asked",
	  "observe", read_mode, &mode_form },
	{ "during", SHAPE_LIST, false, "at all hours", "days and hours at which the rule is in force, local time",
	  "\"Mon-Fri 07:00-19:00\"", read_during, &parse_window_form },
	{ "until", SHAPE_TEXT, false, "no end", "the last day on which the rule is in force, local time", "2026-12-31",
	  read_until, &parse_date_form },
	{ "rate", SHAPE_TEXT, false, "no limit",
	  "new flows that allow lets pass in a second, minute, hour or day, by pair of zones and protocol; those above "
	  "are "
	  "refused",
	  "10/second", read_rate, &rate_form },
	{ "log", SHAPE_FLAG, false, "what is refused is reported, what is allowed is not",
	  "true: every new flow the rule decides is reported; false: they are only counted", "true", read_log, NULL },
	{ "why", SHAPE_TEXT, false, "none", "the reason or its source, shown wherever the rule decides",
	  "ICSMA-23-194-01", read_why, &parse_why_form },
	{ "owner", SHAPE_TEXT, false, "none", "who answers for the rule", "biomed", read_owner, &parse_label_form },
	{ "review_by", SHAPE_TEXT, false, "none", "the day by which the rule is looked at again", "2027-06-30",
	  read_review, &parse_date_form },
};

const struct key_table parse_rule_keys = {
	.what = "a rule", .keys = rule_keys, .count = ARRAY_SIZE(rule_keys), .one_of = verdict_keys
};

static int check_rate(struct parse *parse, const struct rule_reader *reader)
{
	if (!reader->rate_key || !reader->verdict_key || reader->rule->verdict == VERDICT_ALLOW)
		return 0;
	return report_at(&parse->report, reader->rate_key->place, -EINVAL,
	                 "rate limits what 'allow' lets pass; with '%s' nothing passes", reader->verdict_key->text);
}

static int check_pairs(struct parse *parse, const struct yaml_node *node, const struct policy_rule *rule)
{
	parse->pair_entries += rule->from_count * rule->to_count;
	parse->pair_ranges += rule->from_count * rule->to_count * rule->range_count;
	if (parse->pair_entries <= PARSE_PAIR_ENTRIES_MAX && parse->pair_ranges <= PARSE_PAIR_RANGES_MAX)
		return 0;
	return report_stop(&parse->report, node->place, -E2BIG,
	                   "up to this rule they name %zu zone pairs and %zu port ranges; at most %d and %d fit",
	                   parse->pair_entries, parse->pair_ranges, PARSE_PAIR_ENTRIES_MAX, PARSE_PAIR_RANGES_MAX);
}

static int check_rule(struct parse *parse, const struct yaml_node *node, const struct rule_reader *reader)
{
	int rc;

	if (!reader->verdict_key && parse->report.code == 0)
		return report_at(&parse->report, node->place, -EINVAL,
		                 "the rule has no 'allow', 'deny' or 'reject'; for example allow: [dicom]");
	rc = check_rate(parse, reader);
	if (rc == 0)
		rc = parse_schedule_keep(parse, node->place, &reader->rule->schedule);
	return rc < 0 ? rc : check_pairs(parse, node, reader->rule);
}

int parse_rules_reserve(struct parse *parse)
{
	struct policy *policy = parse->policy;
	size_t count = 0;

	for (size_t i = 0; i < parse->root_count; i++) {
		const struct yaml_node *section = yaml_node_find(parse->roots[i], "rules");

		count += section ? section->value->child_count : 0;
	}
	if (count > POLICY_RULES_MAX)
		count = POLICY_RULES_MAX;
	if (PARSE_RESERVE(policy->rules, &parse->rule_capacity, count) < 0)
		return report_memory(&parse->report);
	memory_prefer_large(policy->rules, parse->rule_capacity * sizeof(*policy->rules));
	return 0;
}

int parse_rule(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct rule_reader reader = { 0 };
	struct policy_rule *rule;
	int rc;

	(void)key;
	(void)into;
	if (policy->rule_count == POLICY_RULES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d rules", POLICY_RULES_MAX);
	if (PARSE_RESERVE(policy->rules, &parse->rule_capacity, policy->rule_count + 1) < 0)
		return report_memory(&parse->report);
	rule = &policy->rules[policy->rule_count++];
	*rule = (struct policy_rule){ .place = value->place };
	reader.rule = rule;
	reader.from = (struct parse_groups){ .ids = &rule->from, .count = &rule->from_count };
	reader.to = (struct parse_groups){ .ids = &rule->to, .count = &rule->to_count };
	reader.terms = (struct parse_terms){ &rule->ranges, &rule->range_count, 0, rule->services, false };
	rc = keys_read(parse, &parse_rule_keys, value, "the rule", &reader);
	free(reader.names.names); /* of a set that was not kept */
	return rc < 0 ? rc : check_rule(parse, value, &reader);
}
