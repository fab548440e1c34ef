/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of housings in a rules file: { class: medical/imaging, holds: computer, source: … }. */
#include <errno.h>
#include <string.h>

#include "policy/classes.h"
#include "policy/identity/fingerprint_rule.h"
#include "policy/language/report.h"
#include "policy/language/yaml_tree.h"

enum housing_key {
	HOUSING_CLASS,
	HOUSING_HOLDS,
	HOUSING_SOURCE,
	HOUSING_KEY_COUNT
};

static const char *const key_names[HOUSING_KEY_COUNT] = { "class", "holds", "source" };

static int read_keys(struct report *report, const struct yaml_node *node,
                     const struct yaml_node *parts[HOUSING_KEY_COUNT])
{
	if (node->kind != YAML_MAPPING)
		return report_stop(report, node->place, -EINVAL,
		                   "a housing is a mapping: { class: …, holds: computer, source: … }");
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		size_t i = 0;

		while (i < HOUSING_KEY_COUNT && strcmp(key->text, key_names[i]) != 0)
			i++;
		if (i == HOUSING_KEY_COUNT || parts[i])
			return report_stop(report, key->place, -EINVAL,
			                   "unknown or repeated key; a housing has class, holds and source");
		if (key->value->kind != YAML_SCALAR)
			return report_stop(report, key->value->place, -EINVAL, "%s: must be text", key_names[i]);
		parts[i] = key->value;
	}
	for (size_t i = 0; i < HOUSING_KEY_COUNT; i++)
		if (!parts[i])
			return report_stop(report, node->place, -EINVAL, "housing without %s", key_names[i]);
	return 0;
}

static int read_class(struct report *report, const struct yaml_node *node, const char *what,
                      char class[POLICY_CLASS_MAX])
{
	char value[REPORT_VALUE_MAX];

	if (!class_known(node->text))
		return report_stop(report, node->place, -EINVAL, "%s: %s is not in the tree of classes", what,
		                   report_value(node->text, value));
	memcpy(class, node->text, strlen(node->text) + 1);
	return 0;
}

static int read_entry(struct report *report, const struct yaml_node *node, const struct housing_table *known,
                      struct housing_table *table)
{
	const struct yaml_node *parts[HOUSING_KEY_COUNT] = { NULL };
	struct housing housing = { 0 };
	int rc = read_keys(report, node, parts);
	size_t length;

	if (rc == 0)
		rc = read_class(report, parts[HOUSING_CLASS], "class", housing.class);
	if (rc == 0)
		rc = read_class(report, parts[HOUSING_HOLDS], "holds", housing.holds);
	if (rc < 0)
		return rc;
	length = strlen(parts[HOUSING_SOURCE]->text);
	if (length == 0 || length >= sizeof(housing.source))
		return report_stop(report, parts[HOUSING_SOURCE]->place, -EINVAL, "source: must be 1 to %zu bytes long",
		                   sizeof(housing.source) - 1);
	memcpy(housing.source, parts[HOUSING_SOURCE]->text, length + 1);
	if (known->count + table->count >= HOUSING_ENTRIES_MAX)
		return report_stop(report, node->place, -EINVAL, "more than %d housings", HOUSING_ENTRIES_MAX);
	if (housing_table_add(table, &housing) < 0)
		return report_stop(report, node->place, -EINVAL, "given twice: %s holds %s", housing.class,
		                   housing.holds);
	return 0;
}

int fingerprint_read_housings(struct report *report, const struct yaml_node *node, const struct housing_table *known,
                              struct housing_table *table)
{
	for (const struct yaml_node *entry = node->first; entry; entry = entry->next) {
		int rc = read_entry(report, entry, known, table);

		if (!report_goes_on(report, rc))
			return rc;
	}
	return 0;
}
