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

static int read_on_conflict(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	(void)into;
	return parse_conflict(parse, value, &parse->policy->on_conflict);
}

/* The files were read before all else. */
static int pass_include(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)parse;
	(void)key;
	(void)value;
	(void)into;
	return 0;
}

static const char *const version_words[] = { "1", NULL };
static const struct key_table site_form = { .what = "a line of text", .most = POLICY_LABEL_MAX * 2 - 1 };
static const struct key_table version_form = { .what = "a version", .words = version_words };

/* What only the policy's own file may say: an included one serves other sites too. */
static const char *const main_only[] = { "gateway", "site", "on_conflict", NULL };
static const char *const each_file[] = { "version", NULL };

/* In this order they are read: what is referred to before what refers to it. */
static const struct key root_keys[] = {
	{ "version", SHAPE_NUMBER, true, NULL, "of the language; 1", "1", read_version, &version_form },
	{ "include", SHAPE_LIST, false, "none",
	  "files whose parts stand before those of this one, beside it or among the installed packs; '*' is any name",
	  "[packs/bd-alaris.yaml, \"site/*.yaml\"]", pass_include, NULL },
	{ "site", SHAPE_TEXT, false, "none", "what the place is called, shown on the page", "Riverside General",
	  read_site, &site_form },
	{ "gateway", SHAPE_MAPPING, true, NULL, "the gateway's interfaces", "{ clinical: [pumps0], uplink: [wan0] }",
	  parse_gateway, &parse_gateway_keys },
	{ "on_conflict", SHAPE_TEXT, false, "quarantine",
	  "what becomes of a device that is not what it was taken for, in zones that do not say: quarantine holds it "
	  "in "
	  "the default zone until it is pinned, alert leaves it and tells, keep leaves it and tells on its page only",
	  "quarantine", read_on_conflict, &parse_conflict_form },
	{ "zones", SHAPE_NAMED, true, NULL, "groups of devices and addresses that are treated alike",
	  "{ quarantine: { default: true } }", parse_zone, &parse_zone_keys },
	{ "services", SHAPE_NAMED, false, "the built-in ones", "names for ports: protocol/port or other services",
	  "{ alaris: [tcp/3613] }", parse_service, &parse_service_keys },
	{ "devices", SHAPE_SEQUENCE, false, "none", "devices with a zone, name or tags of the operator's",
	  "[{ mac: \"44:4b:5d:00:00:01\", zone: imaging }]", parse_device, &parse_device_keys },
	{ "rules", SHAPE_SEQUENCE, false, "none; everything is denied",
	  "who may reach whom; the first that fits a zone pair and service decides, what no rule allows is denied",
	  "[{ from: imaging, to: pacs, allow: [dicom] }]", parse_rule, &parse_rule_keys },
	{ "expect", SHAPE_SEQUENCE, false, "none", "what must be true of the policy; one that fails refuses it",
	  "[{ from: pumps, to: pumps, verdict: deny }]", parse_expect, &parse_expect_keys },
	{ "canaries", SHAPE_NAMED, false, "none",
	  "flows that must keep moving after every change; each must be allowed",
	  "{ pump-to-server: { from: pumps, to: pump-servers, service: tcp/3613 } }", parse_canary,
	  &parse_canary_keys },
};

static const struct key_table root_table = {
	.what = "a policy",
	.keys = root_keys,
	.count = ARRAY_SIZE(root_keys),
	.main_only = main_only,
	.each_file = each_file,
};

const struct key_table *keys_policy(void)
{
	return &root_table;
}

static int refuse_in_included(struct parse *parse, const struct yaml_node *root)
{
	int rc = 0;

	for (size_t i = 0; main_only[i] && root->place.file > 0 && rc == 0; i++) {
		const struct yaml_node *name = yaml_node_find(root, main_only[i]);

		if (name)
			rc = report_at(&parse->report, name->place, -EINVAL,
			               "'%s' stands in the policy itself, not in a file that it includes",
			               main_only[i]);
	}
	return rc;
}

static int compare_names(const void *a, const void *b)
{
	const struct yaml_node *const *left = a;
	const struct yaml_node *const *right = b;
	int order = strcmp((*left)->text, (*right)->text);

	if (order == 0)
		order = ((*left)->place.file > (*right)->place.file) - ((*left)->place.file < (*right)->place.file);
	return order;
}

/* A name that two files give; one file that gives it twice was refused before. */
static int refuse_same_name(struct parse *parse, const struct yaml_node **names, size_t count)
{
	char where[REPORT_WHERE_MAX];
	int rc = 0;

	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count && rc == 0; i++)
		if (strcmp(names[i - 1]->text, names[i]->text) == 0)
			rc = report_at(&parse->report, names[i]->place, -EINVAL, "'%s' is defined already, on %s",
			               names[i]->text,
			               report_where(&parse->report, names[i]->place, names[i - 1]->place, where));
	return rc;
}

/* The names below ${key} of all files. */
static int check_names(struct parse *parse, const char *key)
{
	const struct yaml_node **names CLEANUP(free) = NULL;
	size_t capacity = 0;
	size_t count = 0;

	for (size_t i = 0; i < parse->root_count; i++) {
		const struct yaml_node *section = yaml_node_find(parse->roots[i], key);

		if (!section || section->value->kind != YAML_MAPPING)
			continue;
		for (const struct yaml_node *name = section->value->first; name; name = name->next) {
			if (PARSE_RESERVE(names, &capacity, count + 1) < 0)
				return report_memory(&parse->report);
			names[count++] = name;
		}
	}
	return count > 1 ? refuse_same_name(parse, names, count) : 0;
}

static int check_files(struct parse *parse)
{
	int rc = 0;

	for (size_t i = 0; i < parse->root_count && rc == 0; i++)
		rc = refuse_in_included(parse, parse->roots[i]);
	for (size_t i = 0; i < ARRAY_SIZE(root_keys) && parse->root_count > 1 && rc == 0; i++)
		if (root_keys[i].shape == SHAPE_NAMED)
			rc = check_names(parse, root_keys[i].name);
	return rc;
}

static int keep_files(struct parse *parse)
{
	struct policy *policy = parse->policy;

	policy->files = calloc(parse->report.text_count, sizeof(*policy->files));
	if (!policy->files)
		return report_memory(&parse->report);
	for (size_t i = 0; i < parse->report.text_count; i++)
		snprintf(policy->files[i], sizeof(policy->files[i]), "%s", parse->report.texts[i].file);
	policy->file_count = parse->report.text_count;
	return 0;
}

static int read_sections(struct parse *parse)
{
	int rc = parse_rules_reserve(parse);

	if (rc < 0)
		return rc;
	rc = keys_read_all(parse, &root_table, parse->roots, parse->root_count, "the policy", NULL);

	if (rc == 0)
		rc = parse_services_finish(parse);
	if (rc == 0)
		rc = parse_zones_finish(parse, parse->roots[parse->root_count - 1]);
	if (rc == 0)
		rc = parse_devices_finish(parse);
	return rc;
}

int parse_root(struct parse *parse)
{
	int rc;

	parse->nodes_left = YAML_NODES_MAX;
	rc = parse_includes(parse);
	if (rc == 0 && parse->report.code == 0)
		rc = keep_files(parse);
	if (rc == 0 && parse->report.code == 0)
		rc = check_files(parse);
	/* without one of its files the rest of a policy looks wrong where it is not */
	if (rc == 0 && parse->report.code == 0)
		rc = read_sections(parse);
	return rc < 0 ? rc : parse->report.code;
}

void parse_done(struct parse *parse)
{
	for (size_t i = 0; i < parse->report.text_count; i++)
		yaml_tree_free(parse->files[i].tree);
	for (size_t i = 0; i < parse->service_count; i++)
		free(parse->services[i].ranges);
	free(parse->services);
	free(parse->claims);
	free(parse->device_names);
}

static int parse_alone(struct parse *parse, const char *file, const char *text, size_t length)
{
	if (length > POLICY_BYTES_MAX) {
		report_add_text(&parse->report, file, "", 0); /* not worth looking for a line in */
		return report_stop(&parse->report, (struct place){ 0 }, -E2BIG,
		                   "the file is larger than %u bytes, the most a policy may have", POLICY_BYTES_MAX);
	}
	report_add_text(&parse->report, file, text ? text : "", length);
	return parse_root(parse);
}

int policy_parse_all(const char *file, const char *text, size_t length, struct policy **policy, struct error *errors,
                     size_t max, size_t *count)
{
	struct policy *made CLEANUP(policy_free) = calloc(1, sizeof(*made));
	struct parse parse = { .policy = made };
	int rc;

	report_init(&parse.report, errors, max);
	if (made) {
		snprintf(made->file, sizeof(made->file), "%s", file);
		rc = parse_alone(&parse, file, text, length);
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
