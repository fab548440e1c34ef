/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/language/parse.h"

static int read_version(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	char shown[REPORT_VALUE_MAX];

	(void)key;
	(void)into;
	if (strcmp(value->text, "1") == 0)
		return 0;
	return report_at(&parse->report, value->place, -EINVAL, "version %s is not known; this program reads version 1",
	                 report_value(value->text, shown));
}

static int read_site(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	(void)into;
	return parse_text(parse, "site", value, parse->policy->site, sizeof(parse->policy->site));
}

/* In this order they are read: what is referred to before what refers to it. */
static const struct key root_keys[] = {
	{ "version", SHAPE_NUMBER, true, NULL, "of the language; 1", "1", read_version, NULL },
	{ "site", SHAPE_TEXT, false, "none", "what the place is called, shown on the page", "Riverside General",
	  read_site, NULL },
	{ "gateway", SHAPE_MAPPING, true, NULL, "the gateway's interfaces", "{ clinical: [pumps0], uplink: [wan0] }",
	  parse_gateway, &parse_gateway_keys },
	{ "zones", SHAPE_NAMED, true, NULL, "groups of devices and addresses that are treated alike",
	  "{ quarantine: { default: true } }", parse_zone, &parse_zone_keys },
	{ "services", SHAPE_NAMED, false, "the built-in ones", "names for ports: protocol/port or other services",
	  "{ alaris: [tcp/3613] }", parse_service, NULL },
	{ "rules", SHAPE_SEQUENCE, false, "none; everything is denied",
	  "who may reach whom; the first that fits a zone pair and service decides, what no rule allows is denied",
	  "[{ from: imaging, to: pacs, allow: [dicom] }]", parse_rule, &parse_rule_keys },
	{ "devices", SHAPE_SEQUENCE, false, "none", "devices with a zone or name of the operator's",
	  "[{ mac: \"44:4b:5d:00:00:01\", zone: imaging }]", parse_device, &parse_device_keys },
};

static const struct key_table root_table = { "a policy", root_keys, ARRAY_SIZE(root_keys) };

const struct key_table *keys_policy(void)
{
	return &root_table;
}

static int read_policy(struct parse *parse, const struct yaml_node *root)
{
	int rc;

	if (!root || yaml_node_is_empty(root))
		return report_stop(&parse->report, (struct place){ 1, 1, 0 }, -EINVAL,
		                   "the policy is empty; it begins with 'version: 1'");
	rc = keys_read(parse, &root_table, root, "the policy", NULL);
	if (rc == 0)
		rc = parse_services_finish(parse);
	if (rc == 0)
		rc = parse_zones_finish(parse, root);
	if (rc == 0)
		rc = parse_devices_finish(parse);
	return rc < 0 ? rc : parse->report.code;
}

static int read_text(struct parse *parse)
{
	struct yaml_tree *tree CLEANUP(yaml_tree_free) = NULL;
	struct report_text *text = &parse->report.texts[parse->report.reading];
	int rc;

	if (text->length > POLICY_BYTES_MAX) {
		text->length = 0; /* not worth looking for a line in */
		return report_stop(&parse->report, (struct place){ 0 }, -E2BIG,
		                   "the file is larger than %u bytes, the most a policy may have", POLICY_BYTES_MAX);
	}
	rc = yaml_tree_read(&parse->report, &tree);
	return rc < 0 ? rc : read_policy(parse, yaml_tree_root(tree));
}

static void parse_done(struct parse *parse)
{
	for (size_t i = 0; i < parse->service_count; i++)
		free(parse->services[i].ranges);
	free(parse->services);
	free(parse->claims);
}

int policy_parse_all(const char *file, const char *text, size_t length, struct policy **policy, struct error *errors,
                     size_t max, size_t *count)
{
	struct policy *made CLEANUP(policy_free) = calloc(1, sizeof(*made));
	struct parse parse = { .policy = made };
	int rc;

	report_init(&parse.report, errors, max);
	report_add_text(&parse.report, file, text ? text : "", length);
	if (made) {
		snprintf(made->file, sizeof(made->file), "%s", file);
		rc = read_text(&parse);
	} else {
		rc = report_memory(&parse.report);
	}
	parse_done(&parse);
	report_sort(&parse.report);
	*count = parse.report.error_count;
	if (rc == 0)
		*policy = take_ptr(&made);
	return rc;
}

int policy_parse(const char *file, const char *text, size_t length, struct policy **policy, struct error *reterr)
{
	struct error first;
	size_t count;
	int rc = policy_parse_all(file, text, length, policy, &first, 1, &count);

	if (rc < 0 && reterr && reterr->code == 0)
		*reterr = first;
	return rc;
}
