/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"

#define LABEL_MAX 63 /* RFC 1035 section 2.3.4 */

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_address(const char *text)
{
	struct prefix prefix;

	return prefix_parse(text, &prefix) != -EINVAL;
}

/* What is wrong with one part of a name, of ${length} lower-case bytes; NULL where nothing is. */
static const char *fault_of_label(const char *label, size_t length)
{
	if (length == 0)
		return "two dots with nothing between them, or one in front";
	if (length > LABEL_MAX)
		return "a part between dots has at most 63 letters";
	if (label[0] == '-' || label[length - 1] == '-')
		return "no part of a name begins or ends with '-'";
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)label[i] >= 0x80)
			return "write the form that resolvers ask for, which begins with xn--";
		if (label[i] == '*')
			return "'*' stands only in front and for whole parts: \"*.vendor.example\"";
		if (label[i] == '/' || label[i] == ':')
			return "only the name of the machine, without https://, port or path";
		if (!is_letter(label[i]) && label[i] != '-')
			return "a name has letters, digits, '-' and dots";
	}
	return NULL;
}

/* RFC 1035 section 2.3.1 with the digits of RFC 1123 section 2.1. */
static const char *fault_of_name(const char *name)
{
	const char *label = strncmp(name, "*.", 2) == 0 ? name + 2 : name;
	const char *fault = NULL;
	bool digits = true;

	if (strcmp(name, "*") == 0 || strcmp(name, "any") == 0)
		return "every name is every address: leave 'names' out";
	while (!fault) {
		size_t length = strcspn(label, ".");

		fault = fault_of_label(label, length);
		digits = strspn(label, "0123456789") == length;
		if (!label[length])
			break;
		label += length + 1;
	}
	return !fault && digits ? "its last part is a number, as in an address" : fault;
}

int parse_names_add(struct parse *parse, const struct yaml_node *value, struct policy_name_set *set, size_t *capacity)
{
	size_t length = strlen(value->text);
	char name[POLICY_DNS_MAX];
	char shown[REPORT_VALUE_MAX];
	const char *fault;

	report_value(value->text, shown);
	if (is_address(value->text))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s is an address, not a name; use a zone with networks", shown);
	if (length > 1 && value->text[length - 1] == '.')
		length--;
	if (length >= sizeof(name))
		return report_at(&parse->report, value->place, -EINVAL, "the DNS name %s is longer than %d letters",
		                 shown, POLICY_DNS_MAX - 1);
	for (size_t i = 0; i < length; i++)
		name[i] = (char)(value->text[i] >= 'A' && value->text[i] <= 'Z' ? value->text[i] + ('a' - 'A')
		                                                                : value->text[i]);
	name[length] = '\0';
	fault = fault_of_name(name);
	if (fault)
		return report_at(&parse->report, value->place, -EINVAL, "%s is no DNS name: %s", shown, fault);
	if (set->name_count == POLICY_SET_NAMES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d names in one rule",
		                   POLICY_SET_NAMES_MAX);
	for (size_t i = 0; i < set->name_count; i++)
		if (strcmp(set->names[i], name) == 0)
			return report_at(&parse->report, value->place, -EINVAL, "name %s stands here twice", shown);
	if (PARSE_RESERVE(set->names, capacity, set->name_count + 1) < 0)
		return report_memory(&parse->report);
	memcpy(set->names[set->name_count++], name, length + 1);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool same_names(const struct policy_name_set *a, const struct policy_name_set *b)
{
	if (a->name_count != b->name_count)
		return false;
	for (size_t i = 0; i < a->name_count; i++)
		if (strcmp(a->names[i], b->names[i]) != 0)
			return false;
	return true;
}

int parse_names_keep(struct parse *parse, struct policy_name_set *set, uint16_t *number)
{
	struct policy *policy = parse->policy;

	if (set->name_count == 0) /* none was right */
		return 0;
	qsort(set->names, set->name_count, sizeof(*set->names), compare_names);
	for (size_t i = 0; i < policy->name_set_count; i++) {
		if (same_names(&policy->name_sets[i], set)) {
			*number = (uint16_t)(i + 1);
			return 0;
		}
	}
	if (policy->name_set_count == POLICY_NAME_SETS_MAX)
		return report_stop(&parse->report, set->place, -E2BIG, "more than %d sets of names that differ",
		                   POLICY_NAME_SETS_MAX);
	if (PARSE_RESERVE(policy->name_sets, &parse->name_set_capacity, policy->name_set_count + 1) < 0)
		return report_memory(&parse->report);
	policy->name_sets[policy->name_set_count++] = *set;
	*set = (struct policy_name_set){ 0 };
	*number = (uint16_t)policy->name_set_count;
	return 0;
}
