/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "controller/files.h"
#include "policy/classes.h"

/* "2.50"; "" where the rule weighs nothing. */
static const char *weight_text(int weight, char text[16])
{
	int size = weight < 0 ? -weight : weight;

	text[0] = '\0';
	if (weight)
		snprintf(text, 16, "%s%d.%02d", weight < 0 ? "-" : "", size / 100, size % 100);
	return text;
}

static json_t *rule_json(const struct fingerprint_summary *rule)
{
	return json_pack("{s:s, s:s, s:s, s:f, s:s, s:s, s:s, s:s}", "name", rule->name, "source", rule->source,
	                 "class", rule->class, "weight", rule->weight / 100.0, "vendor", rule->vendor, "model",
	                 rule->model, "os", rule->os, "cite", rule->cite);
}

static int list_rules(const struct fingerprints *fingerprints, bool json)
{
	json_t *list = json ? json_array() : NULL;
	struct fingerprint_summary rule;
	size_t count = 0;
	char weight[16];

	for (; fingerprints_rule(fingerprints, count, &rule); count++) {
		if (json)
			json_array_append_new(list, rule_json(&rule));
		else
			printf("%-28s %-20s %-24s %6s  %s\n", rule.name, rule.source, rule.class,
			       weight_text(rule.weight, weight), rule.cite);
	}
	if (json)
		return cli_json_print(json_pack("{s:o}", "rules", list)) < 0 ? CLI_FAILED : CLI_DONE;
	printf("%zu rules\n", count);
	return CLI_DONE;
}

/* ---- schema ---- */

static json_t *fields_json(void)
{
	json_t *names = json_array();

	for (int field = FIELD_NONE + 1; field < FIELD_COUNT; field++)
		if (field_info((enum field)field)->keep)
			json_array_append_new(names, json_string(field_info((enum field)field)->name));
	return json_pack("{s:o}", "enum", names);
}

static json_t *classes_json(void)
{
	json_t *names = json_array();

	for (size_t i = 0; class_names[i]; i++)
		json_array_append_new(names, json_string(class_names[i]));
	return json_pack("{s:o}", "enum", names);
}

static json_t *value_json(enum fingerprint_key_kind kind)
{
	switch (kind) {
	case FINGERPRINT_KEY_TEXT:
		return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
	case FINGERPRINT_KEY_FIELD:
		return fields_json();
	case FINGERPRINT_KEY_CLASS:
		return classes_json();
	case FINGERPRINT_KEY_WEIGHT:
		return json_pack("{s:s, s:i, s:i}", "type", "number", "minimum", -20, "maximum", 20);
	case FINGERPRINT_KEY_FLAG:
		return json_pack("{s:s}", "type", "boolean");
	case FINGERPRINT_KEY_PATTERN:
		return json_pack("{s:[{s:[s,s]}, {s:s, s:{s:[s,s]}, s:i}]}", "anyOf", "type", "string", "number",
		                 "type", "array", "items", "type", "string", "number", "minItems", 1);
	}
	return NULL;
}

static json_t *rule_schema(void)
{
	json_t *properties = json_object(), *required = json_array(), *patterns = json_array();
	const struct fingerprint_key *key;

	for (size_t i = 0; (key = fingerprints_key(i)); i++) {
		json_t *value = value_json(key->kind);

		json_object_set_new(value, "description", json_string(key->help));
		json_object_set_new(properties, key->name, value);
		if (key->required)
			json_array_append_new(required, json_string(key->name));
		if (key->kind == FINGERPRINT_KEY_PATTERN)
			json_array_append_new(patterns, json_pack("{s:[s]}", "required", key->name));
	}
	return json_pack("{s:s, s:o, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
	                 "oneOf", patterns, "additionalProperties", 0);
}

static json_t *support_schema(void)
{
	return json_pack("{s:s, s:{s:{s:s}, s:{s:s, s:s}, s:{s:s}}, s:[s,s,s], s:b}", "type", "object", "properties",
	                 "name", "type", "string", "ended", "type", "string", "pattern", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
	                 "source", "type", "string", "required", "name", "ended", "source", "additionalProperties", 0);
}

static json_t *housing_schema(void)
{
	return json_pack("{s:s, s:{s:o, s:o, s:{s:s}}, s:[s,s,s], s:b}", "type", "object", "properties", "class",
	                 classes_json(), "holds", classes_json(), "source", "type", "string", "required", "class",
	                 "holds", "source", "additionalProperties", 0);
}

static int print_schema(void)
{
	json_t *sections = json_pack("{s:{s:[i]}, s:{s:s, s:o}, s:{s:s, s:o}, s:{s:s, s:o}}", "version", "enum", 1,
	                             "rules", "type", "array", "items", rule_schema(), "support", "type", "array",
	                             "items", support_schema(), "housings", "type", "array", "items", housing_schema());

	return cli_json_print(json_pack("{s:s, s:s, s:s, s:o, s:[s], s:b}", "$schema",
	                                "http://json-schema.org/draft-07/schema#", "title", "Isoward fingerprints",
	                                "type", "object", "properties", sections, "required", "version",
	                                "additionalProperties", 0)) < 0
	               ? CLI_FAILED
	               : CLI_DONE;
}

/* All that is wrong, as isoward check does. */
static int say_errors(const struct error *errors, size_t count)
{
	char message[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "%s\n", error_format(&errors[i], message, sizeof(message)));
	if (count == CLI_PROBLEMS_MAX)
		fprintf(stderr, "and perhaps more: these are the first %d\n", CLI_PROBLEMS_MAX);
	return CLI_FAILED;
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "schema", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	CLEANUP(fingerprints_free) struct fingerprints *fingerprints = NULL;
	bool json = false, schema = false;
	struct error errors[CLI_PROBLEMS_MAX] = { { 0 } };
	size_t error_count = 0;
	int option;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1) {
		if (option != 'j' && option != 's')
			return cli_bad_option(&cli_fingerprints, option, arguments);
		json |= option == 'j';
		schema |= option == 's';
	}
	if (count - optind > 1)
		return cli_usage(&cli_fingerprints, "one folder at most; '%s' is one word too many",
		                 arguments[optind + 1]);
	if (schema)
		return print_schema();
	if (files_check_fingerprints(optind < count ? arguments[optind] : NULL, &fingerprints, errors, CLI_PROBLEMS_MAX,
	                             &error_count) < 0)
		return say_errors(errors, error_count);
	return list_rules(fingerprints, json);
}

const struct cli_command cli_fingerprints = {
	.name = "fingerprints",
	.arguments = "[DIR] [--json | --schema]",
	.help = "check and list the rules that recognise devices",
	.details = "The delivered rules are read, and those of a site's folder beside them, as `isoward run` does.\n"
		   "\n"
		   "  DIR        the site's own rules; a file of the same name takes the place of a delivered one\n"
		   "  --json     { \"rules\": [{ name, source, class, weight, vendor, model, os, cite }] }\n"
		   "  --schema   the format of a rules file as JSON Schema\n"
		   "\n"
		   "  isoward fingerprints /etc/isoward/fingerprints\n",
	.run = run,
};
