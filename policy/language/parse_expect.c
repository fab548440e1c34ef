/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

static const struct yaml_node any_value = { .kind = YAML_SCALAR, .text = "any" };

struct expect_reader {
	struct policy_expect *expect;
	struct parse_groups from;
	struct parse_groups to;
	struct parse_terms terms;
};

static int read_from(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)key;
	return parse_groups_add(parse, value, &reader->from);
}

static int read_to(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)key;
	return parse_groups_add(parse, value, &reader->to);
}

static int read_service(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)key;
	return parse_terms_add(parse, value, &reader->terms);
}

static int read_verdict(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	static const char *const words[] = {
		[VERDICT_DENY] = "deny", [VERDICT_ALLOW] = "allow", [VERDICT_REJECT] = "reject"
	};
	struct expect_reader *reader = into;
	char shown[REPORT_VALUE_MAX];

	(void)key;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(value->text, words[i]) != 0)
			continue;
		reader->expect->verdict = (enum verdict)i;
		reader->expect->has_verdict = true;
		return 0;
	}
	return report_at(&parse->report, value->place, -EINVAL, "verdict %s: it is allow, deny or reject",
	                 report_value(value->text, shown));
}

static int read_reach(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)parse;
	(void)key;
	reader->expect->has_reach = true;
	reader->expect->reach = (uint32_t)strtoul(value->text, NULL, 10); /* up to nine digits */
	return 0;
}

static int read_hops(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)key;
	reader->expect->hops = (uint32_t)strtoul(value->text, NULL, 10);
	if (reader->expect->hops > 0)
		return 0;
	return report_at(&parse->report, value->place, -EINVAL,
	                 "hops is 0; it is 1 or more connections, or left out for any number");
}

static int read_why(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct expect_reader *reader = into;

	(void)key;
	return parse_text(parse, "why", value, reader->expect->why, sizeof(reader->expect->why));
}

static const char *const question_keys[] = { "verdict", "reach", NULL };
static const char *const verdict_words[] = { "allow", "deny", "reject", NULL };
static const struct key_table verdict_form = { .what = "a verdict", .words = verdict_words };

static const struct key expect_keys[] = {
	{ "from", SHAPE_LIST, true, NULL, "zones and devices that open the connection; any is every zone", "pumps",
	  read_from, NULL },
	{ "to", SHAPE_LIST, false, "any", "zones and devices that are connected to; any is every zone", "internet",
	  read_to, NULL },
	{ "service", SHAPE_LIST, false, "any", "services that are asked about", "lateral", read_service,
	  &parse_term_form },
	{ "verdict", SHAPE_TEXT, false, "none; an expectation has verdict or reach",
	  "what becomes of every such flow at any hour: allow, reject, or deny for either way of refusing", "deny",
	  read_verdict, &verdict_form },
	{ "reach", SHAPE_NUMBER, false, "none; an expectation has verdict or reach",
	  "how many of the zones of to one infected member of from may reach at most", "0", read_reach, NULL },
	{ "hops", SHAPE_NUMBER, false, "any number", "with reach: over how many connections, one after the other", "1",
	  read_hops, NULL },
	{ "why", SHAPE_TEXT, false, "none", "the reason or its source, shown when it fails", "ICSMA-23-194-01",
	  read_why, &parse_why_form },
};

const struct key_table parse_expect_keys = {
	.what = "an expectation", .keys = expect_keys, .count = ARRAY_SIZE(expect_keys), .any_of = question_keys
};

static int check_expect(struct parse *parse, const struct yaml_node *node, const struct policy_expect *expect)
{
	const struct yaml_node *hops = yaml_node_find(node, "hops");

	if (parse->report.code != 0)
		return 0;
	if (!expect->has_verdict && !expect->has_reach)
		return report_at(&parse->report, node->place, -EINVAL,
		                 "the expectation has neither 'verdict' nor 'reach'; for example verdict: deny");
	if (hops && !expect->has_reach)
		return report_at(&parse->report, hops->place, -EINVAL, "hops goes with reach: reach: 0, hops: 1");
	return 0;
}

/* What was left out is "any". */
static int fill_expect(struct parse *parse, const struct yaml_node *node, struct expect_reader *reader)
{
	int rc = 0;

	if (!yaml_node_find(node, "to"))
		rc = parse_groups_add(parse, &any_value, &reader->to);
	if (rc == 0 && !yaml_node_find(node, "service"))
		rc = parse_terms_add(parse, &any_value, &reader->terms);
	return rc;
}

int parse_expect(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct expect_reader reader = { 0 };
	struct policy_expect *expect;
	int rc;

	(void)key;
	(void)into;
	if (policy->expect_count == POLICY_EXPECTS_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d expectations",
		                   POLICY_EXPECTS_MAX);
	if (PARSE_RESERVE(policy->expects, &parse->expect_capacity, policy->expect_count + 1) < 0)
		return report_memory(&parse->report);
	expect = &policy->expects[policy->expect_count++];
	*expect = (struct policy_expect){ .place = value->place };
	reader.expect = expect;
	reader.from = (struct parse_groups){ .ids = &expect->from, .count = &expect->from_count };
	reader.to = (struct parse_groups){ .ids = &expect->to, .count = &expect->to_count };
	reader.terms = (struct parse_terms){ &expect->ranges, &expect->range_count, 0, expect->services, false };
	rc = keys_read(parse, &parse_expect_keys, value, "the expectation", &reader);
	if (rc == 0)
		rc = fill_expect(parse, value, &reader);
	return rc < 0 ? rc : check_expect(parse, value, expect);
}

struct canary_reader {
	struct policy_canary *canary;
	struct parse_terms terms;
};

static int read_end(struct parse *parse, const struct yaml_node *value, uint16_t *group)
{
	if (strcmp(value->text, "any") == 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "a canary is one flow; name one zone or device instead of 'any'");
	return parse_group_reference(parse, value, group);
}

static int read_canary_from(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct canary_reader *reader = into;

	(void)key;
	return read_end(parse, value, &reader->canary->from);
}

static int read_canary_to(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct canary_reader *reader = into;

	(void)key;
	return read_end(parse, value, &reader->canary->to);
}

static int read_canary_service(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value,
                               void *into)
{
	struct canary_reader *reader = into;

	(void)key;
	if (strcmp(value->text, "any") == 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "a canary is one flow; name its service instead of 'any', tcp/3613");
	return parse_terms_add(parse, value, &reader->terms);
}

static const struct key canary_keys[] = {
	{ "from", SHAPE_TEXT, true, NULL, "the zone or device that opens the connection", "pumps", read_canary_from,
	  NULL },
	{ "to", SHAPE_TEXT, true, NULL, "the zone or device that is connected to", "pump-servers", read_canary_to,
	  NULL },
	{ "service", SHAPE_LIST, true, NULL, "what must keep moving between them", "tcp/3613", read_canary_service,
	  &parse_term_form },
};

const struct key_table parse_canary_keys = { .what = "a canary",
	                                     .keys = canary_keys,
	                                     .count = ARRAY_SIZE(canary_keys) };

int parse_canary(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	struct canary_reader reader = { 0 };
	struct policy_canary *canary;
	char owner[POLICY_NAME_MAX + 8];
	int rc;

	(void)into;
	if (policy->canary_count == POLICY_CANARIES_MAX)
		return report_stop(&parse->report, key->place, -E2BIG, "more than %d canaries", POLICY_CANARIES_MAX);
	if (PARSE_RESERVE(policy->canaries, &parse->canary_capacity, policy->canary_count + 1) < 0)
		return report_memory(&parse->report);
	canary = &policy->canaries[policy->canary_count++];
	*canary = (struct policy_canary){ .place = key->place };
	reader.canary = canary;
	reader.terms = (struct parse_terms){ &canary->ranges, &canary->range_count, 0, canary->services, false };
	rc = parse_name(parse, "canary", key, canary->name);
	if (rc < 0)
		return rc;
	snprintf(owner, sizeof(owner), "canary %s", canary->name);
	return keys_read(parse, &parse_canary_keys, value, owner, &reader);
}
