/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draft-07 and not a later one: it is what the editors' YAML plug-ins know whole. There "$ref" takes no neighbours. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/language/keys.h"

#define NUMBER_MOST 999999999 /* the readers take nine digits */

/* Where the definitions go, for each table that has keys one. */
static json_t *reference(const struct key_table *table, json_t *definitions);

static bool is_number(const char *text)
{
	size_t length = strlen(text);

	return length > 0 && length < 10 && strspn(text, "0123456789") == length && (text[0] != '0' || length == 1);
}

/* A plain scalar as editors read it: YAML 1.2, core schema. */
static json_t *scalar_json(const char *text, bool quoted)
{
	if (!quoted && is_number(text))
		return json_integer(strtol(text, NULL, 10));
	if (!quoted && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))
		return json_boolean(text[0] == 't');
	return json_string(text);
}

static json_t *node_json(const struct yaml_node *node)
{
	json_t *made;

	if (node->kind == YAML_SCALAR)
		return scalar_json(node->text, node->quoted);
	made = node->kind == YAML_SEQUENCE ? json_array() : json_object();
	for (const struct yaml_node *child = node->first; child; child = child->next) {
		if (node->kind == YAML_SEQUENCE)
			json_array_append_new(made, node_json(child));
		else
			json_object_set_new(made, child->text, node_json(child->value));
	}
	return made;
}

/* The example as the value it is; NULL where it cannot be read. */
static json_t *example_json(const char *example)
{
	struct yaml_tree *tree CLEANUP(yaml_tree_free) = NULL;
	size_t nodes_left = YAML_NODES_MAX;
	struct report report;
	struct error error;

	report_init(&report, &error, 1);
	report_add_text(&report, "example", example, strlen(example));
	if (yaml_tree_read(&report, &nodes_left, &tree) < 0 || !yaml_tree_root(tree))
		return NULL;
	return node_json(yaml_tree_root(tree));
}

static json_t *words_json(const char *const *words)
{
	json_t *list = json_array();

	for (; *words; words++)
		json_array_append_new(list, scalar_json(*words, false));
	return json_pack("{s:o}", "enum", list);
}

static json_t *number_json(const struct key_table *form)
{
	return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", form ? (int)form->least : 0, "maximum",
	                 form && form->most ? (int)form->most : NUMBER_MOST);
}

/* What one scalar of ${key} may be; text that looks like a number is text to the language and a number to an editor. */
static json_t *item_json(const struct key *key)
{
	const struct key_table *form = key->inner;
	json_t *made;

	if (key->shape == SHAPE_FLAG)
		return json_pack("{s:s}", "type", "boolean");
	if (form && form->words)
		return words_json(form->words);
	if (key->shape == SHAPE_NUMBER || (form && form->is_number))
		return number_json(form);
	if (form && form->pattern)
		made = json_pack("{s:s, s:s}", "type", "string", "pattern", form->pattern);
	else
		made = json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
	if (form && form->most)
		json_object_set_new(made, "maxLength", json_integer(form->most));
	return made;
}

/* One ${item} or a list of them, or a mapping with the keys of ${table} where it has some. */
static json_t *list_json(json_t *item, const struct key_table *table, json_t *definitions)
{
	json_t *list = json_pack("{s:s, s:O, s:i}", "type", "array", "items", item, "minItems", 1);
	json_t *choice = json_pack("[o, o]", item, list);

	if (table && table->count > 0)
		json_array_append_new(choice, reference(table, definitions));
	return json_pack("{s:o}", "anyOf", choice);
}

static json_t *entry_json(const struct key *key, json_t *definitions)
{
	struct key term = { .shape = SHAPE_TEXT, .inner = key->inner };

	if (!key->inner || key->inner->count == 0 || key->inner->or_list)
		return list_json(item_json(&term), key->inner, definitions);
	return reference(key->inner, definitions);
}

static json_t *named_json(const struct key *key, json_t *definitions)
{
	json_t *names = json_pack("{s:s, s:{s:s}}", "pattern", "^[a-z][a-z0-9-]{0,30}$", "not", "const", "any");

	return json_pack("{s:s, s:o, s:o}", "type", "object", "propertyNames", names, "additionalProperties",
	                 entry_json(key, definitions));
}

static json_t *sequence_json(const struct key *key, json_t *definitions)
{
	json_t *made = json_pack("{s:s, s:o}", "type", "array", "items", reference(key->inner, definitions));

	if (key->inner->not_empty)
		json_object_set_new(made, "minItems", json_integer(1));
	return made;
}

static json_t *value_json(const struct key *key, json_t *definitions)
{
	switch (key->shape) {
	case SHAPE_TEXT:
	case SHAPE_NUMBER:
	case SHAPE_FLAG:
		return item_json(key);
	case SHAPE_LIST:
		return list_json(item_json(key), key->inner, definitions);
	case SHAPE_MAPPING:
		return json_pack("{s:[o]}", "allOf", reference(key->inner, definitions));
	case SHAPE_NAMED:
		return named_json(key, definitions);
	case SHAPE_SEQUENCE:
		return sequence_json(key, definitions);
	}
	return NULL;
}

static bool is_word(const struct key *key, const char *text)
{
	const char *const *words = key->inner && key->shape == SHAPE_TEXT ? key->inner->words : NULL;

	for (; words && *words; words++)
		if (strcmp(*words, text) == 0)
			return true;
	return false;
}

/* The default as a value where it is one; else it stands in the description, in words. */
static json_t *default_json(const struct key *key)
{
	const char *text = key->by_default;

	if (text && (is_word(key, text) || (key->shape == SHAPE_NUMBER && is_number(text)) ||
	             (key->shape == SHAPE_FLAG && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0))))
		return scalar_json(text, false);
	return NULL;
}

static json_t *key_json(const struct key *key, json_t *definitions)
{
	json_t *made = value_json(key, definitions);
	json_t *example = example_json(key->example);

	if (key->by_default)
		json_object_set_new(made, "description", json_sprintf("%s\nDefault: %s", key->help, key->by_default));
	else
		json_object_set_new(made, "description", json_string(key->help));
	json_object_set_new(made, "default", default_json(key));
	if (example)
		json_object_set_new(made, "examples", json_pack("[o]", example));
	return made;
}

static bool is_among(const char *const *names, const char *name)
{
	for (; names && *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

/* [{ required: [a] }, { required: [b] }] of ${names}. */
static json_t *each_required(const char *const *names)
{
	json_t *list = json_array();

	for (; *names; names++)
		json_array_append_new(list, json_pack("{s:[s]}", "required", *names));
	return list;
}

static json_t *required_json(const struct key_table *table)
{
	json_t *list = json_array();

	for (size_t i = 0; i < table->count; i++)
		if (table->keys[i].required)
			json_array_append_new(list, json_string(table->keys[i].name));
	return list;
}

static json_t *table_json(const struct key_table *table, json_t *definitions)
{
	json_t *properties = json_object();
	json_t *made =
		json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties", properties);

	for (size_t i = 0; i < table->count; i++)
		json_object_set_new(properties, table->keys[i].name, key_json(&table->keys[i], definitions));
	if (table->not_empty)
		json_object_set_new(made, "minProperties", json_integer(1));
	if (table->one_of)
		json_object_set_new(made, "oneOf", each_required(table->one_of));
	if (table->any_of)
		json_object_set_new(made, "anyOf", each_required(table->any_of));
	return made;
}

static json_t *reference(const struct key_table *table, json_t *definitions)
{
	const char *space = strrchr(table->what, ' ');
	const char *name = space ? space + 1 : table->what;
	json_t *made;

	if (!json_object_get(definitions, name)) {
		/* it stands there before it is filled: a table may lead back to itself */
		json_object_set_new(definitions, name, json_object());
		made = table_json(table, definitions);
		json_object_set_new(made, "required", required_json(table));
		json_object_update(json_object_get(definitions, name), made);
		json_decref(made);
	}
	return json_pack("{s:o}", "$ref", json_sprintf("#/definitions/%s", name));
}

/*
 * A policy's own file has all that is required; where it includes others, they may bring all but what only the policy's
 * own may say; and an included file has only what each file has.
 */
static json_t *kinds_of_file(const struct key_table *root)
{
	json_t *included = json_array();
	json_t *with_includes = json_array();
	json_t *forbidden = json_pack("{s:o}", "anyOf", each_required(root->main_only));

	for (size_t i = 0; i < root->count; i++) {
		const struct key *key = &root->keys[i];

		if (is_among(root->each_file, key->name))
			json_array_append_new(included, json_string(key->name));
		if (key->required && (is_among(root->each_file, key->name) || is_among(root->main_only, key->name)))
			json_array_append_new(with_includes, json_string(key->name));
	}
	json_array_append_new(with_includes, json_string("include"));
	return json_pack("[{s:o}, {s:o}, {s:o, s:o}]", "required", required_json(root), "required", with_includes,
	                 "required", included, "not", forbidden);
}

static json_t *schema_json(void)
{
	const struct key_table *root = keys_policy();
	json_t *definitions = json_object();
	json_t *made = json_pack("{s:s, s:s, s:s}", "$schema", "http://json-schema.org/draft-07/schema#", "title",
	                         "Isoward policy", "description", "what isoward-policy(5) describes");
	json_t *table = table_json(root, definitions);

	json_object_update(made, table);
	json_decref(table);
	json_object_set_new(made, "anyOf", kinds_of_file(root));
	json_object_set_new(made, "definitions", definitions);
	return made;
}

static int run(int count, char **arguments)
{
	json_t *schema;

	if (count > 1)
		return cli_usage(&cli_schema, "it takes no arguments; '%s' is one too many", arguments[1]);
	schema = schema_json();
	if (!schema || json_dumpf(schema, stdout, JSON_INDENT(2)) < 0) {
		fprintf(stderr, "isoward schema: the schema could not be written\n");
		json_decref(schema);
		return CLI_FAILED;
	}
	printf("\n");
	json_decref(schema);
	return CLI_DONE;
}

const struct cli_command cli_schema = {
	.name = "schema",
	.arguments = "",
	.help = "print the policy language as JSON Schema, for editors",
	.details = "Made from the tables that read policies: keys, values, defaults and examples are those of this "
		   "program.\n"
		   "\n"
		   "  isoward schema > isoward.schema.json\n"
		   "\n"
		   "Editors that know YAML take it by a first line in the policy:\n"
		   "  # yaml-language-server: $schema=isoward.schema.json\n",
	.run = run,
};
