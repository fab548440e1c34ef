/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/parse.h"
#include "policy/services.h"

static int resolve(struct parse *parse, struct parse_service *service);

int parse_service(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	char name[POLICY_NAME_MAX];
	int rc = parse_name(parse, "service", key, name);

	(void)into;
	if (rc < 0)
		return rc;
	if (parse->service_count == POLICY_SERVICES_MAX)
		return report_stop(&parse->report, key->place, -E2BIG, "more than %d services", POLICY_SERVICES_MAX);
	if (PARSE_RESERVE(parse->services, &parse->service_capacity, parse->service_count + 1) < 0)
		return report_memory(&parse->report);
	parse->services[parse->service_count++] = (struct parse_service){ .name = key, .terms = value };
	return 0;
}

static const char *service_name_at(const struct parse *parse, size_t at)
{
	return parse->services[at].name->text;
}

static struct parse_service *find_service(struct parse *parse, const char *name)
{
	size_t found = parse_index_find(parse, &parse->service_index, parse->service_count, service_name_at, name);

	return found ? &parse->services[found - 1] : NULL;
}

struct destination {
	struct service_range **ranges;
	size_t *count;
	size_t *capacity;
	size_t max;
};

/* By member: the padding after the protocol is anything. */
static bool ranges_equal(const struct service_range *a, const struct service_range *b)
{
	return a->protocol == b->protocol && a->helper == b->helper && a->first == b->first && a->last == b->last;
}

/* What stands there already is not added again, so that services that include each other twice do not grow. */
static int add_ranges(struct parse *parse, const struct yaml_node *term, const struct service_range *ranges,
                      size_t count, struct destination *to)
{
	for (size_t i = 0; i < count; i++) {
		size_t same = 0;

		while (same < *to->count && !ranges_equal(&(*to->ranges)[same], &ranges[i]))
			same++;
		if (same < *to->count)
			continue;
		if (*to->count == to->max)
			return report_stop(&parse->report, term->place, -E2BIG, "more than %zu port ranges", to->max);
		if (PARSE_RESERVE(*to->ranges, to->capacity, *to->count + 1) < 0)
			return report_memory(&parse->report);
		(*to->ranges)[(*to->count)++] = ranges[i];
	}
	return 0;
}

static int refuse_service(struct parse *parse, const struct yaml_node *term)
{
	const struct service_builtin *builtin;
	struct suggest suggest;
	char shown[REPORT_VALUE_MAX];

	suggest_init(&suggest, term->text);
	for (size_t i = 0; i < parse->service_count; i++)
		suggest_consider(&suggest, parse->services[i].name->text);
	for (size_t i = 0; (builtin = service_builtin_at(i)); i++)
		suggest_consider(&suggest, builtin->name);
	return report_at(&parse->report, term->place, -EINVAL, "there is no service %s%s",
	                 report_value(term->text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; define it under 'services:' or write tcp/104");
}

int parse_service_term(struct parse *parse, const struct yaml_node *value, struct service_range **ranges, size_t *count,
                       size_t *capacity, size_t max)
{
	struct destination to = { ranges, count, capacity, max };
	bool is_term = strchr(value->text, '/') != NULL; /* no name has a '/' */
	struct parse_service *service = is_term ? NULL : find_service(parse, value->text);
	const struct service_builtin *builtin = is_term ? NULL : service_builtin_by_name(value->text);
	struct service_range range;
	char shown[REPORT_VALUE_MAX];
	const char *hint;
	int rc;

	if (service) {
		rc = resolve(parse, service);
		return rc < 0 ? rc : add_ranges(parse, value, service->ranges, service->range_count, &to);
	}
	if (builtin)
		return add_ranges(parse, value, builtin->ranges, builtin->range_count, &to);
	if (!is_term)
		return refuse_service(parse, value);
	if (service_range_parse(value->text, &range, &hint) < 0)
		return report_at(&parse->report, value->place, -EINVAL, "service %s: %s",
		                 report_value(value->text, shown), hint);
	return add_ranges(parse, value, &range, 1, &to);
}

static int read_term(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct parse_service *service = into;
	struct parse_service *other = find_service(parse, value->text);

	(void)key;
	if (other == service)
		return report_at(&parse->report, value->place, -EINVAL, "service '%s' includes itself", value->text);
	if (other && other->state == SERVICE_RESOLVING)
		return report_at(&parse->report, value->place, -EINVAL,
		                 "service '%s' includes '%s', which includes it again (line %u)", service->name->text,
		                 value->text, other->name->place.line);
	return parse_service_term(parse, value, &service->ranges, &service->range_count, &service->range_capacity,
	                          PARSE_SERVICE_RANGES_MAX);
}

/* Gives ${helper} to the ranges of ${service}, which must be of ${protocol} and not all its ports. */
static int give_helper(struct parse *parse, const struct yaml_node *value, struct parse_service *service,
                       enum service_helper helper, uint8_t protocol)
{
	for (size_t i = 0; i < service->range_count; i++) {
		struct service_range *range = &service->ranges[i];

		if (range->protocol != protocol || (range->first == 0 && range->last == UINT16_MAX))
			return report_at(&parse->report, value->place, -EINVAL,
			                 "helper '%s' reads %s ports that are named; give the other services a name of "
			                 "their own",
			                 value->text, protocol == IPPROTO_TCP ? "tcp" : "udp");
		range->helper = (uint8_t)helper;
	}
	return 0;
}

static int read_helper(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct parse_service *service = into;
	char shown[REPORT_VALUE_MAX];

	(void)key;
	if (strcmp(value->text, "ftp") == 0)
		return give_helper(parse, value, service, HELPER_FTP, IPPROTO_TCP);
	if (strcmp(value->text, "tftp") == 0)
		return give_helper(parse, value, service, HELPER_TFTP, IPPROTO_UDP);
	return report_at(&parse->report, value->place, -EINVAL, "helper %s is not known; there are ftp and tftp",
	                 report_value(value->text, shown));
}

static const char *const helper_words[] = { "ftp", "tftp", NULL };
static const struct key_table helper_form = { .what = "a helper", .words = helper_words };

/* In this order: the helper is given to the ports. */
static const struct key service_keys[] = {
	{ "ports", SHAPE_LIST, true, NULL, "protocol/port or other services", "[tcp/2121]", read_term,
	  &parse_term_form },
	{ "helper", SHAPE_TEXT, false, "none",
	  "what lets the data channels pass that the protocol on these ports opens: ftp (tcp) or tftp (udp)", "ftp",
	  read_helper, &helper_form },
};

const struct key_table parse_service_keys = { .what = "a service",
	                                      .keys = service_keys,
	                                      .count = ARRAY_SIZE(service_keys),
	                                      .pattern = PARSE_TERM_PATTERN,
	                                      .or_list = true };

/* Recursion ends: a service is resolved once, and one that is being resolved is not entered again. */
static int resolve(struct parse *parse, struct parse_service *service)
{
	char owner[POLICY_NAME_MAX + 16];
	int rc;

	if (service->state != SERVICE_WAITING)
		return 0;
	service->state = SERVICE_RESOLVING;
	snprintf(owner, sizeof(owner), "service %s", service->name->text);
	if (service->terms->kind == YAML_MAPPING)
		rc = keys_read(parse, &parse_service_keys, service->terms, owner, service);
	else
		rc = keys_read_list(parse, service->name->text, service->name, service->terms, read_term, service);
	service->state = SERVICE_RESOLVED;
	return rc;
}

static int keep_service(struct parse *parse, const char *name, const struct service_range *ranges, size_t count,
                        struct place place)
{
	struct policy *policy = parse->policy;
	struct policy_service *kept = &policy->services[policy->service_count];

	*kept = (struct policy_service){ .built_in = place.line == 0, .place = place };
	memcpy(kept->name, name, strlen(name) + 1);
	kept->ranges = calloc(count ? count : 1, sizeof(*ranges));
	if (!kept->ranges)
		return report_memory(&parse->report);
	if (count)
		memcpy(kept->ranges, ranges, count * sizeof(*ranges));
	kept->range_count = count;
	policy->service_count++;
	return 0;
}

int parse_services_finish(struct parse *parse)
{
	const struct service_builtin *builtin;
	size_t count = parse->service_count;
	int rc = 0;

	for (size_t i = 0; service_builtin_at(i); i++)
		count++;
	parse->policy->services = calloc(count, sizeof(*parse->policy->services));
	if (!parse->policy->services)
		return report_memory(&parse->report);
	for (size_t i = 0; i < parse->service_count && rc == 0; i++) {
		struct parse_service *service = &parse->services[i];

		rc = resolve(parse, service);
		if (rc == 0)
			rc = keep_service(parse, service->name->text, service->ranges, service->range_count,
			                  service->name->place);
	}
	for (size_t i = 0; rc == 0 && (builtin = service_builtin_at(i)); i++)
		if (!find_service(parse, builtin->name))
			rc = keep_service(parse, builtin->name, builtin->ranges, builtin->range_count,
			                  (struct place){ 0, 0, 0 });
	return rc;
}
