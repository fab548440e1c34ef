/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of ends of support in a rules file: { name: Windows 7, ended: 2020-01-14, source: … }. */
#include <errno.h>
#include <string.h>

#include "policy/identity/fingerprint_rule.h"
#include "policy/language/report.h"
#include "policy/language/yaml_tree.h"

enum support_key {
	SUPPORT_NAME,
	SUPPORT_ENDED,
	SUPPORT_SOURCE,
	SUPPORT_KEY_COUNT
};

static const char *const key_names[SUPPORT_KEY_COUNT] = { "name", "ended", "source" };

static int read_keys(struct report *report, const struct yaml_node *node,
                     const struct yaml_node *parts[SUPPORT_KEY_COUNT])
{
	if (node->kind != YAML_MAPPING)
		return report_stop(report, node->place, -EINVAL,
		                   "an end of support is a mapping: { name: …, ended: 2020-01-14, source: … }");
	for (const struct yaml_node *key = node->first; key; key = key->next) {
		size_t i = 0;

		while (i < SUPPORT_KEY_COUNT && strcmp(key->text, key_names[i]) != 0)
			i++;
		if (i == SUPPORT_KEY_COUNT || parts[i])
			return report_stop(report, key->place, -EINVAL,
			                   "unknown or repeated key; an end of support has name, ended and source");
		if (key->value->kind != YAML_SCALAR)
			return report_stop(report, key->value->place, -EINVAL, "%s: must be text", key_names[i]);
		parts[i] = key->value;
	}
	for (size_t i = 0; i < SUPPORT_KEY_COUNT; i++)
		if (!parts[i])
			return report_stop(report, node->place, -EINVAL, "end of support without %s", key_names[i]);
	return 0;
}

static int copy_text(struct report *report, const struct yaml_node *node, const char *what, char *to, size_t size)
{
	size_t length = strlen(node->text);

	if (length == 0 || length >= size)
		return report_stop(report, node->place, -EINVAL, "%s: must be 1 to %zu bytes long", what, size - 1);
	memcpy(to, node->text, length + 1);
	return 0;
}

static int read_entry(struct report *report, const struct yaml_node *node, const struct support_table *known,
                      struct support_table *table)
{
	const struct yaml_node *parts[SUPPORT_KEY_COUNT] = { NULL };
	struct support support = { 0 };
	const struct support *other;
	int rc = read_keys(report, node, parts);

	if (rc == 0)
		rc = copy_text(report, parts[SUPPORT_NAME], "name", support.name, sizeof(support.name));
	if (rc == 0)
		rc = copy_text(report, parts[SUPPORT_SOURCE], "source", support.source, sizeof(support.source));
	if (rc < 0)
		return rc;
	if (date_parse(parts[SUPPORT_ENDED]->text, &support.ended) < 0)
		return report_stop(report, parts[SUPPORT_ENDED]->place, -EINVAL,
		                   "ended: must be a day like 2020-01-14");
	other = support_find(known, support.name);
	rc = other && strcmp(other->name, support.name) == 0 ? -EEXIST : support_table_add(table, &support);
	if (rc == -EEXIST)
		return report_stop(report, parts[SUPPORT_NAME]->place, -EINVAL, "name: \"%s\" is there already",
		                   support.name);
	if (rc == -E2BIG)
		return report_stop(report, node->place, -EINVAL, "more than %d ends of support", SUPPORT_ENTRIES_MAX);
	return rc < 0 ? report_memory(report) : 0;
}

int fingerprint_read_support(struct report *report, const struct yaml_node *node, const struct support_table *known,
                             struct support_table *support)
{
	for (const struct yaml_node *entry = node->first; entry; entry = entry->next) {
		int rc = read_entry(report, entry, known, support);

		if (!report_goes_on(report, rc))
			return rc;
	}
	return 0;
}
