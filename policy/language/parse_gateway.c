/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "policy/language/parse.h"

static bool is_glob(const char *pattern)
{
	size_t length = strlen(pattern);

	return length > 0 && pattern[length - 1] == '*';
}

/* Can one interface be named by both? */
static bool patterns_meet(const char *a, const char *b)
{
	size_t a_length = strlen(a) - is_glob(a);
	size_t b_length = strlen(b) - is_glob(b);

	if (is_glob(a) && is_glob(b))
		return strncmp(a, b, a_length < b_length ? a_length : b_length) == 0;
	if (is_glob(a))
		return strncmp(a, b, a_length) == 0;
	if (is_glob(b))
		return strncmp(a, b, b_length) == 0;
	return strcmp(a, b) == 0;
}

/* dev_valid_name() of the kernel takes more; these are the signs that mean the same in every tool. */
static const char *pattern_problem(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t length = strlen(text);
	size_t plain = strspn(text, allowed);

	if (length == 0)
		return "an interface has a name";
	if (length >= INTERFACE_NAME_MAX)
		return "an interface name has at most 15 letters";
	if (strcmp(text, "*") == 0)
		return "that would take every interface; put the beginning of the names before the '*'";
	if (strchr(text, '*') && plain == strcspn(text, "*") && plain < length - 1)
		return "one '*' may stand at the end only";
	if (plain != length && !(plain == length - 1 && text[plain] == '*'))
		return "an interface name is letters, digits, '.', '_' and '-', with one '*' at the end for a group";
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || strcmp(text, "lo") == 0)
		return "this cannot be an interface of the gateway";
	return NULL;
}

int parse_interface(struct parse *parse, const struct yaml_node *value)
{
	const struct policy *policy = parse->policy;
	const char *problem = pattern_problem(value->text);
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	report_value(value->text, shown);
	if (problem)
		return report_at(&parse->report, value->place, -EINVAL, "%s: %s", shown, problem);
	suggest_init(&suggest, value->text);
	for (size_t i = 0; i < policy->clinical_count + policy->uplink_count; i++) {
		const char *pattern = i < policy->clinical_count ? policy->clinical[i].pattern
		                                                 : policy->uplink[i - policy->clinical_count].pattern;

		if (patterns_meet(pattern, value->text))
			return 1;
		suggest_consider(&suggest, pattern);
	}
	if (parse->report.code)
		return 1; /* the gateway's may not have been read */
	return report_at(&parse->report, value->place, -EINVAL, "the gateway has no interface %s%s", shown,
	                 suggest.best ? suggest_text(&suggest) : "; its interfaces stand under 'gateway:'");
}

static int read_pattern(struct parse *parse, const struct yaml_node *value, struct policy_interface *list,
                        size_t *count)
{
	const char *problem = pattern_problem(value->text);
	char shown[REPORT_VALUE_MAX];

	report_value(value->text, shown);
	if (problem)
		return report_at(&parse->report, value->place, -EINVAL, "%s: %s", shown, problem);
	if (*count == POLICY_INTERFACES_MAX)
		return report_stop(&parse->report, value->place, -E2BIG, "more than %d interfaces",
		                   POLICY_INTERFACES_MAX);
	for (size_t i = 0; i < *count; i++)
		if (strcmp(list[i].pattern, value->text) == 0)
			return report_at(&parse->report, value->place, -EINVAL,
			                 "interface %s stands here twice; the first is on line %u", shown,
			                 list[i].place.line);
	list[*count].place = value->place;
	memcpy(list[(*count)++].pattern, value->text, strlen(value->text) + 1);
	return 0;
}

static int read_clinical(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	(void)into;
	return read_pattern(parse, value, parse->policy->clinical, &parse->policy->clinical_count);
}

static int read_uplink(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct policy *policy = parse->policy;
	size_t before = policy->uplink_count;
	int rc = read_pattern(parse, value, policy->uplink, &policy->uplink_count);
	char shown[REPORT_VALUE_MAX];

	(void)key;
	(void)into;
	for (size_t i = 0; rc == 0 && policy->uplink_count > before && i < policy->clinical_count; i++)
		if (patterns_meet(policy->clinical[i].pattern, value->text))
			return report_at(
				&parse->report, value->place, -EINVAL,
				"%s is uplink here and clinical on line %u ('%s'); an interface is one of them",
				report_value(value->text, shown), policy->clinical[i].place.line,
				policy->clinical[i].pattern);
	return rc;
}

static const char *const isolation_names[] = {
	[ISOLATION_NONE] = "none",
	[ISOLATION_PROXY_ARP] = "proxy-arp",
	[ISOLATION_PROXY_ARP + 1] = NULL,
};

static const struct key_table isolation_form = { .what = "an isolation", .words = isolation_names };

static int read_isolation(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	(void)key;
	(void)into;
	suggest_init(&suggest, value->text);
	for (size_t i = 0; isolation_names[i]; i++) {
		suggest_consider(&suggest, isolation_names[i]);
		if (strcmp(isolation_names[i], value->text) == 0) {
			parse->policy->isolation = (enum policy_isolation)i;
			return 0;
		}
	}
	return report_at(&parse->report, value->place, -EINVAL, "isolation %s is not known%s",
	                 report_value(value->text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; it is proxy-arp or none");
}

static const struct key gateway_keys[] = {
	{ "clinical", SHAPE_LIST, true, NULL,
	  "interfaces towards the clinical devices; 'pumps*' takes all that begin so", "[pumps0, imaging0]",
	  read_clinical, &parse_interface_form },
	{ "uplink", SHAPE_LIST, true, NULL, "interfaces towards servers, the hospital and the internet", "[wan0]",
	  read_uplink, &parse_interface_form },
	{ "isolation", SHAPE_TEXT, false, "none",
	  "proxy-arp where switch ports are isolated and neighbours reach each other through the gateway only; none "
	  "where they do not, then traffic inside a VLAN cannot be held to the policy",
	  "proxy-arp", read_isolation, &isolation_form },
};

const struct key_table parse_gateway_keys = { .what = "the gateway",
	                                      .keys = gateway_keys,
	                                      .count = ARRAY_SIZE(gateway_keys) };

int parse_gateway(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	return keys_read(parse, &parse_gateway_keys, value, "gateway", into);
}
