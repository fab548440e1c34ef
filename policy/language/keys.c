/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/keys.h"

#include <errno.h>
#include <string.h>

#include "policy/language/parse.h"

static int wrong_shape(struct parse *parse, const char *name, const struct yaml_node *value, const char *wanted)
{
	char shown[REPORT_VALUE_MAX];

	if (value->kind == YAML_SCALAR && !yaml_node_is_empty(value))
		return report_at(&parse->report, value->place, -EINVAL, "%s is %s; it must be %s", name,
		                 report_value(value->text, shown), wanted);
	return report_at(&parse->report, value->place, -EINVAL, "%s is %s; it must be %s", name, yaml_kind_name(value),
	                 wanted);
}

static const char *flag_hint(const char *text)
{
	static const char *const yes[] = { "yes", "on", "y", "1", "True", "TRUE", "Yes", "On" };
	static const char *const no[] = { "no", "off", "n", "0", "False", "FALSE", "No", "Off" };

	for (size_t i = 0; i < ARRAY_SIZE(yes); i++)
		if (strcmp(text, yes[i]) == 0)
			return "true or false; did you mean 'true'?";
	for (size_t i = 0; i < ARRAY_SIZE(no); i++)
		if (strcmp(text, no[i]) == 0)
			return "true or false; did you mean 'false'?";
	return "true or false";
}

static int read_scalar(struct parse *parse, const struct key *key, const struct yaml_node *name,
                       const struct yaml_node *value, void *into)
{
	const char *text = value->text;

	if (value->kind != YAML_SCALAR || yaml_node_is_empty(value))
		return wrong_shape(parse, key->name, value,
		                   key->shape == SHAPE_FLAG     ? "true or false"
		                   : key->shape == SHAPE_NUMBER ? "a number"
		                                                : "text");
	if (key->shape == SHAPE_FLAG && strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return wrong_shape(parse, key->name, value, flag_hint(text));
	if (key->shape == SHAPE_NUMBER && (strspn(text, "0123456789") != strlen(text) || strlen(text) > 9))
		return wrong_shape(parse, key->name, value, "a number of up to 9 digits");
	return key->read(parse, name, value, into);
}

int keys_read_list(struct parse *parse, const char *name, const struct yaml_node *key, const struct yaml_node *value,
                   key_reader *read, void *into)
{
	int rc = 0;

	if (value->kind == YAML_SCALAR && !yaml_node_is_empty(value))
		return read(parse, key, value, into);
	if (value->kind != YAML_SEQUENCE)
		return wrong_shape(parse, name, value, "one value or a list [a, b]");
	if (!value->first)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s is an empty list; name at least one or leave the key out", name);
	for (const struct yaml_node *item = value->first; item && rc == 0; item = item->next) {
		if (item->kind == YAML_SCALAR && !yaml_node_is_empty(item))
			rc = read(parse, key, item, into);
		else
			rc = wrong_shape(parse, name, item, "a list of plain values");
	}
	return rc;
}

static int read_named(struct parse *parse, const struct key *key, const struct yaml_node *value, void *into)
{
	int rc = 0;

	if (value->kind != YAML_MAPPING)
		return wrong_shape(parse, key->name, value, "a mapping of names, each with its value");
	for (const struct yaml_node *name = value->first; name && rc == 0; name = name->next)
		rc = key->read(parse, name, name->value, into);
	return rc;
}

static int read_sequence(struct parse *parse, const struct key *key, const struct yaml_node *value, void *into)
{
	int rc = 0;

	if (value->kind != YAML_SEQUENCE)
		return wrong_shape(parse, key->name, value, "a list: one '- { ... }' a line");
	for (const struct yaml_node *item = value->first; item && rc == 0; item = item->next)
		rc = key->read(parse, item, item, into);
	return rc;
}

static int read_value(struct parse *parse, const struct key *key, const struct yaml_node *name,
                      const struct yaml_node *value, void *into)
{
	switch (key->shape) {
	case SHAPE_TEXT:
	case SHAPE_NUMBER:
	case SHAPE_FLAG:
		return read_scalar(parse, key, name, value, into);
	case SHAPE_LIST:
		if (value->kind == YAML_MAPPING && key->inner && key->inner->count > 0)
			return key->read(parse, name, value, into);
		return keys_read_list(parse, key->name, name, value, key->read, into);
	case SHAPE_MAPPING:
		return key->read(parse, name, value, into);
	case SHAPE_NAMED:
		return read_named(parse, key, value, into);
	case SHAPE_SEQUENCE:
		return read_sequence(parse, key, value, into);
	}
	return 0;
}

static bool is_known(const struct key_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->keys[i].name[0] == name[0] && strcmp(table->keys[i].name, name) == 0)
			return true;
	return false;
}

static int refuse_unknown(struct parse *parse, const struct key_table *table, const struct yaml_node *name)
{
	struct suggest suggest;
	char shown[REPORT_VALUE_MAX];
	char known[REPORT_VALUE_MAX * 2] = "";

	suggest_init(&suggest, name->text);
	for (size_t i = 0; i < table->count; i++) {
		suggest_consider(&suggest, table->keys[i].name);
		strncat(known, i ? ", " : "", sizeof(known) - strlen(known) - 1);
		strncat(known, table->keys[i].name, sizeof(known) - strlen(known) - 1);
	}
	report_value(name->text, shown);
	if (suggest.best)
		return report_at(&parse->report, name->place, -EINVAL, "%s is not a key of %s%s", shown, table->what,
		                 suggest_text(&suggest));
	return report_at(&parse->report, name->place, -EINVAL, "%s is not a key of %s; it takes %s", shown, table->what,
	                 known);
}

/* Reads ${key} wherever it stands, or says that the last of the mappings lacks it. */
static int read_key(struct parse *parse, const struct key *key, const struct yaml_node *const *nodes, size_t count,
                    const char *owner, void *into)
{
	bool found = false;
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct yaml_node *name = yaml_node_find(nodes[i], key->name);

		found |= name != NULL;
		if (name)
			rc = read_value(parse, key, name, name->value, into);
	}
	if (found || !key->required)
		return rc;
	return report_at(&parse->report, nodes[count - 1]->place, -EINVAL, "%s has no '%s'; for example %s: %s", owner,
	                 key->name, key->name, key->example);
}

int keys_read_all(struct parse *parse, const struct key_table *table, const struct yaml_node *const *nodes,
                  size_t count, const char *owner, void *into)
{
	int rc = 0;

	for (size_t i = 0; i < count; i++)
		if (nodes[i]->kind != YAML_MAPPING)
			return wrong_shape(parse, owner, nodes[i], "a mapping { key: value }");
	for (size_t i = 0; i < count && rc == 0; i++)
		for (const struct yaml_node *name = nodes[i]->first; name && rc == 0; name = name->next)
			if (!is_known(table, name->text))
				rc = refuse_unknown(parse, table, name);
	for (size_t i = 0; i < table->count && rc == 0; i++)
		rc = read_key(parse, &table->keys[i], nodes, count, owner, into);
	return rc;
}

int keys_read(struct parse *parse, const struct key_table *table, const struct yaml_node *node, const char *owner,
              void *into)
{
	return keys_read_all(parse, table, &node, 1, owner, into);
}
