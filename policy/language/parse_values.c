/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "policy/language/parse.h"

int parse_text(struct parse *parse, const char *name, const struct yaml_node *value, char *buffer, size_t size)
{
	const unsigned char *text = (const unsigned char *)value->text;
	size_t length = strlen(value->text);

	if (length >= size)
		return report_at(&parse->report, value->place, -E2BIG, "%s is %zu bytes long; it may have %zu", name,
		                 length, size - 1);
	for (size_t i = 0; i < length; i++)
		if (text[i] < 0x20 || text[i] == 0x7f || (text[i] == 0xc2 && text[i + 1] < 0xa0))
			return report_at(&parse->report, value->place, -EINVAL,
			                 "%s holds a line break or control character; it must be one line of text",
			                 name);
	memcpy(buffer, text, length + 1);
	return 0;
}

int parse_name(struct parse *parse, const char *what, const struct yaml_node *value, char buffer[POLICY_NAME_MAX])
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const char *text = value->text;
	size_t length = strlen(text);
	char shown[REPORT_VALUE_MAX];

	buffer[0] = '\0';
	report_value(text, shown);
	if (strcmp(text, "any") == 0)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "a %s cannot be called 'any'; the word stands for all of them", what);
	if (length >= POLICY_NAME_MAX)
		return report_at(&parse->report, value->place, -EINVAL, "the %s name %s is longer than %d letters",
		                 what, shown, POLICY_NAME_MAX - 1);
	if (strspn(text, allowed) != length || text[0] < 'a' || text[0] > 'z')
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s cannot name a %s; a name is a lower-case letter, then a-z, 0-9 and '-'", shown,
		                 what);
	memcpy(buffer, text, length + 1);
	return 0;
}

int parse_zone_reference(struct parse *parse, const struct yaml_node *value, uint16_t *zone)
{
	const struct policy *policy = parse->policy;
	uint16_t found = policy_zone_by_name(policy, value->text);
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	if (found != ZONE_NONE) {
		*zone = found;
		return 0;
	}
	suggest_init(&suggest, value->text);
	for (size_t i = 0; i < policy->zone_count; i++)
		suggest_consider(&suggest, policy->zones[i].name);
	return report_at(&parse->report, value->place, -EINVAL, "there is no zone %s%s",
	                 report_value(value->text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; zones are defined under 'zones:'");
}
