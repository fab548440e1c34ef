/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/language/parse.h"

static int refuse_again(struct parse *parse, const struct yaml_node *value, uint16_t group)
{
	return report_at(&parse->report, value->place, -EINVAL, "%s '%s' stands here twice",
	                 group > parse->policy->zone_count ? "device" : "zone",
	                 policy_group_name(parse->policy, group));
}

static int add_every_zone(struct parse *parse, struct parse_groups *groups)
{
	size_t count = parse->policy->zone_count;

	if (PARSE_RESERVE(*groups->ids, &groups->capacity, count) < 0)
		return report_memory(&parse->report);
	for (uint16_t id = 1; id <= count; id++)
		(*groups->ids)[(*groups->count)++] = id;
	groups->is_any = true;
	return 0;
}

int parse_groups_add(struct parse *parse, const struct yaml_node *value, struct parse_groups *groups)
{
	bool any = strcmp(value->text, "any") == 0;
	uint16_t group = ZONE_NONE;
	int rc;

	if (groups->is_any || (any && *groups->count > 0))
		return report_at(&parse->report, value->place, -EINVAL, "'any' is every zone; it stands alone");
	if (any)
		return add_every_zone(parse, groups);
	rc = parse_group_reference(parse, value, &group);
	if (rc < 0 || group == ZONE_NONE)
		return rc;
	if (groups->seen[group / 64] >> (group % 64) & 1)
		return refuse_again(parse, value, group);
	groups->seen[group / 64] |= UINT64_C(1) << (group % 64);
	if (PARSE_RESERVE(*groups->ids, &groups->capacity, *groups->count + 1) < 0)
		return report_memory(&parse->report);
	(*groups->ids)[(*groups->count)++] = group;
	return 0;
}

static void show_term(char shown[POLICY_WHY_MAX], const char *term)
{
	size_t used = strlen(shown);
	size_t left = POLICY_WHY_MAX - used;

	if ((size_t)snprintf(shown + used, left, "%s%s", used ? ", " : "", term) >= left)
		memcpy(shown + POLICY_WHY_MAX - 4, "...", 4);
}

int parse_terms_add(struct parse *parse, const struct yaml_node *value, struct parse_terms *terms)
{
	bool any = strcmp(value->text, "any") == 0;

	if (terms->is_any || (any && *terms->count > 0))
		return report_at(&parse->report, value->place, -EINVAL, "'any' is every service; it stands alone");
	show_term(terms->shown, value->text);
	if (!any)
		return parse_service_term(parse, value, terms->ranges, terms->count, &terms->capacity,
		                          PARSE_RULE_RANGES_MAX);
	if (PARSE_RESERVE(*terms->ranges, &terms->capacity, 1) < 0)
		return report_memory(&parse->report);
	terms->is_any = true;
	(*terms->ranges)[(*terms->count)++] = (struct service_range){ .last = UINT16_MAX };
	return 0;
}
