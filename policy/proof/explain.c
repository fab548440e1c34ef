/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/explain.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/report.h"
#include "policy/services.h"
#include "policy/table/regions.h"

static bool has_ports(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_DCCP:
	case IPPROTO_UDPLITE:
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return true;
	default:
		return false;
	}
}

static int refuse_service(const struct policy *policy, const char *text, struct error *reterr)
{
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, text);
	for (size_t i = 0; i < policy->service_count; i++)
		suggest_consider(&suggest, policy->services[i].name);
	return error_set(reterr, -EINVAL, "there is no service %s%s", report_value(text, shown),
	                 suggest.best ? suggest_text(&suggest) : "; write tcp/445, icmp/echo or a service's name");
}

/* One port of ${text}: the first of a service or of a range. */
static int find_service(const struct policy *policy, const char *text, struct service_range *range,
                        struct error *reterr)
{
	const struct policy_service *service = policy_service_by_name(policy, text);
	char shown[REPORT_VALUE_MAX];
	const char *hint;

	if (service && service->range_count > 0)
		*range = service->ranges[0];
	else if (service || (!strchr(text, '/') && strcmp(text, "any") != 0))
		return refuse_service(policy, text, reterr);
	else if (strcmp(text, "any") == 0)
		*range = (struct service_range){ .last = UINT16_MAX };
	else if (service_range_parse(text, range, &hint) < 0)
		return error_set(reterr, -EINVAL, "service %s: %s", report_value(text, shown), hint);
	if (range->protocol == 0 || (has_ports(range->protocol) && range->first == 0 && range->last == UINT16_MAX))
		return error_set(reterr, -EINVAL, "service %s is every port; ask about one, like tcp/445",
		                 report_value(text, shown));
	if (has_ports(range->protocol))
		range->last = range->first;
	return 0;
}

/* A name may be in several sets: the rule that stands first decides, by whichever of them. */
static struct decision decide(const struct policy *policy, const struct table *table, struct endpoint *to,
                              struct flow *flow)
{
	struct decision decision = table_decide(table, flow);

	for (uint16_t names = 1; to->kind == ENDPOINT_NAME && names <= policy->name_set_count; names++) {
		struct flow by_name = *flow;
		struct decision other;

		if (!explain_name_is_in(policy, to->text, names))
			continue;
		by_name.names = names;
		other = table_decide(table, &by_name);
		if (other.is_observed && (!decision.is_observed || other.observed < decision.observed)) {
			decision.is_observed = true;
			decision.observed = other.observed;
		}
		if (other.by_default || (!decision.by_default && decision.rule <= other.rule))
			continue;
		decision.verdict = other.verdict;
		decision.by_default = false;
		decision.rule = other.rule;
		to->names = names;
		flow->names = names;
	}
	/* what stands behind the deciding rule was seen by a set that the deciding one is not */
	if (decision.is_observed && !decision.by_default && decision.observed > decision.rule)
		decision.is_observed = false;
	return decision;
}

static bool is_allowed(const struct decision *decision)
{
	return decision->verdict == VERDICT_ALLOW;
}

/* The next moment, within a week and a day, at which ${flow} is decided otherwise; else its own moment stays. */
static void find_next_moment(const struct table *table, struct explanation *explanation, struct flow flow)
{
	for (unsigned int minutes = 0; minutes < 8 * MINUTES_OF_DAY; minutes++) {
		struct decision decision;

		if (++flow.moment.minute == MINUTES_OF_DAY)
			flow.moment = (struct moment){ .day = flow.moment.day + 1 };
		decision = table_decide(table, &flow);
		if (is_allowed(&decision) == is_allowed(&explanation->decision))
			continue;
		explanation->otherwise = decision;
		explanation->otherwise_moment = flow.moment;
		return;
	}
}

/* Whether the flow would be let where it is not, or not where it is, at another moment or by a name. */
static int find_otherwise(const struct table *table, struct explanation *explanation)
{
	const struct flow *flow = &explanation->flow;
	CLEANUP(free) struct circumstance *list = NULL;
	size_t count = 0;
	int r = regions_circumstances(table, flow->from, flow->to, &list, &count);

	if (r == -E2BIG)
		return 0; /* only a hint is lost */
	for (size_t i = 0; r == 0 && i < count && !explanation->is_otherwise; i++) {
		bool asks_by_name = explanation->to.kind == ENDPOINT_NAME;
		struct flow other = *flow;

		if (asks_by_name && list[i].names != flow->names)
			continue;
		other.names = list[i].names;
		other.moment = list[i].moment;
		explanation->otherwise = table_decide(table, &other);
		explanation->is_otherwise = is_allowed(&explanation->otherwise) != is_allowed(&explanation->decision);
		explanation->otherwise_moment = other.moment;
		explanation->otherwise_names = other.names;
	}
	if (explanation->is_otherwise && explanation->otherwise_names == flow->names)
		find_next_moment(table, explanation, *flow);
	return r;
}

/* The helper the deciding rule gives the port; one of several terms that hold it is enough. */
static uint8_t helper_of(const struct policy_rule *rule, const struct flow *flow)
{
	for (size_t i = 0; rule && rule->verdict == VERDICT_ALLOW && i < rule->range_count; i++) {
		const struct service_range *range = &rule->ranges[i];

		if (range->helper != HELPER_NONE && range->protocol == flow->protocol && range->first <= flow->port &&
		    flow->port <= range->last)
			return range->helper;
	}
	return HELPER_NONE;
}

static void say_why(const struct policy *policy, struct explanation *explanation)
{
	const struct endpoint *nowhere = explanation->from.zone ? &explanation->to : &explanation->from;
	char service[SERVICE_TEXT_MAX];

	service_range_format(&explanation->service, service);
	if (explanation->rule)
		snprintf(explanation->why, sizeof(explanation->why), "%s", explanation->rule->why);
	else if (nowhere->zone == ZONE_NONE)
		snprintf(explanation->why, sizeof(explanation->why),
		         "'%s' is in no zone, and what is in no zone is refused", nowhere->text);
	else
		snprintf(explanation->why, sizeof(explanation->why),
		         "no rule decides on %s from '%s' to '%s', and what no rule allows is refused", service,
		         policy_group_name(policy, explanation->from.group),
		         policy_group_name(policy, explanation->to.group));
}

/* " ; or ..." where a rule lets the flow at another time or by a name. */
static void add_otherwise(const struct policy *policy, struct explanation *explanation)
{
	const struct policy_rule *rule;
	size_t used = strlen(explanation->change);
	char day[DATE_TEXT_MAX];

	if (!explanation->is_otherwise || explanation->otherwise.by_default)
		return;
	rule = &policy->rules[explanation->otherwise.rule];
	if (explanation->otherwise_names != explanation->flow.names)
		snprintf(explanation->change + used, sizeof(explanation->change) - used,
		         "; the rule at %s:%u decides for addresses known by its names",
		         policy_file(policy, rule->place), rule->place.line);
	else
		snprintf(explanation->change + used, sizeof(explanation->change) - used,
		         "; the rule at %s:%u decides at other times, as on %s at %02u:%02u",
		         policy_file(policy, rule->place), rule->place.line,
		         date_format(explanation->otherwise_moment.day, day),
		         explanation->otherwise_moment.minute / 60U, explanation->otherwise_moment.minute % 60U);
}

static void say_change(const struct policy *policy, struct explanation *explanation)
{
	const struct policy_rule *rule = explanation->rule;
	const struct endpoint *nowhere = explanation->from.zone ? &explanation->to : &explanation->from;
	char service[SERVICE_TEXT_MAX];
	char place[ERROR_FILE_MAX + 16] = "";

	service_range_format(&explanation->service, service);
	if (rule)
		snprintf(place, sizeof(place), "%s:%u", policy_file(policy, rule->place), rule->place.line);
	if (nowhere->zone == ZONE_NONE && nowhere->kind == ENDPOINT_NAME)
		snprintf(explanation->change, sizeof(explanation->change),
		         "to allow it: a zone with network 0.0.0.0/0, and a rule that allows %s to it", service);
	else if (nowhere->zone == ZONE_NONE)
		snprintf(explanation->change, sizeof(explanation->change),
		         "to allow it: '%s' in the networks of a zone, and a rule that allows %s", nowhere->text,
		         service);
	else if (rule && rule->verdict == VERDICT_ALLOW)
		snprintf(explanation->change, sizeof(explanation->change),
		         "to refuse it: take %s from the rule at %s, or put a rule that denies it before that one",
		         service, place);
	else
		snprintf(explanation->change, sizeof(explanation->change),
		         "to allow it: a rule from '%s' to '%s' that allows %s%s%s",
		         policy_group_name(policy, explanation->from.group),
		         policy_group_name(policy, explanation->to.group), service, rule ? ", before the rule at " : "",
		         place);
	add_otherwise(policy, explanation);
}

int explain(const struct policy *policy, const struct table *table, const char *from, const char *to,
            const char *service, struct moment moment, struct explanation *explanation, struct error *reterr)
{
	struct explanation made = { .flow = { .moment = moment } };
	int r = explain_endpoint(policy, table, from, true, &made.from, reterr);

	if (r == 0)
		r = explain_endpoint(policy, table, to, false, &made.to, reterr);
	if (r == 0)
		r = find_service(policy, service, &made.service, reterr);
	if (r < 0)
		return r;
	if (made.from.address.family && made.to.address.family && made.from.address.family != made.to.address.family)
		return error_set(reterr, -EINVAL, "'%s' and '%s' are an IPv4 and an IPv6 address: no flow has both",
		                 from, to);
	made.flow.from = made.from.group;
	made.flow.to = made.to.group;
	made.flow.protocol = made.service.protocol;
	made.flow.port = made.service.first;
	made.flow.names = made.to.names;
	made.decision = decide(policy, table, &made.to, &made.flow);
	made.rule = made.decision.by_default ? NULL : &policy->rules[made.decision.rule];
	made.observed = made.decision.is_observed ? &policy->rules[made.decision.observed] : NULL;
	made.helper = helper_of(made.rule, &made.flow);
	r = find_otherwise(table, &made);
	if (r < 0)
		return error_set(reterr, r, "no memory to explain a flow");
	say_why(policy, &made);
	say_change(policy, &made);
	*explanation = made;
	return 0;
}
