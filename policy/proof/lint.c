/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/lint.h"

#include <errno.h>
#include <string.h>

#include "policy/proof/hiding.h"
#include "policy/proof/words.h"
#include "policy/table/groups.h"

struct lint {
	const struct policy *policy;
	int32_t today;
	struct report report;
};

/* Notes a warning at ${place}; errors: as report_at, which says when there is no room for more. */
#define WARN(lint, place, ...) report_at(&(lint)->report, (place), -EINVAL, __VA_ARGS__)

/* "the rule at line 12 (deny)", with the file where it is another. */
static const char *hider_words(const struct lint *lint, const struct policy_rule *hidden, size_t by,
                               char text[WORDS_MAX])
{
	const struct policy_rule *hider = &lint->policy->rules[by];
	char rule[WORDS_MAX];

	text[0] = '\0';
	if (hider->place.file != hidden->place.file)
		words_add(text, WORDS_MAX, "%s", words_rule(lint->policy, hider, rule));
	else if (hider->name[0])
		words_add(text, WORDS_MAX, "the rule '%.40s' at line %u", hider->name, hider->place.line);
	else
		words_add(text, WORDS_MAX, "the rule at line %u", hider->place.line);
	words_add(text, WORDS_MAX, " (%s)", words_verdict(hider->verdict));
	return text;
}

static int warn_hidden(struct lint *lint, const struct policy_rule *rule, const struct hiding *hiding)
{
	const char *does = rule->mode == MODE_OBSERVE ? "observes" : "decides";
	const char *others = hiding->by_several ? " and others before it" : "";
	char words[WORDS_MAX];

	hider_words(lint, rule, hiding->by, words);
	if (hiding->against)
		return WARN(lint, rule->place,
		            "this rule never %s: every flow it names is decided by %s%s; move it above, or take it out",
		            does, words, others);
	return WARN(lint, rule->place,
	            "this rule never %s: every flow it names is decided alike by %s%s; it can be taken out", does,
	            words, others);
}

static int warn_against(struct lint *lint, const struct policy_rule *rule, const struct hiding *hiding)
{
	const char *does = rule->mode == MODE_OBSERVE ? "observes" : "decides";
	char more[WORDS_MAX] = "";
	char words[WORDS_MAX];

	if (hiding->against_in > 1)
		words_add(more, sizeof(more), " (and between %zu more pairs)", hiding->against_in - 1);
	return WARN(lint, rule->place,
	            "from %s to %s%s this rule never %s: %s stands before it; move it above, or name fewer zones in it",
	            policy_group_name(lint->policy, hiding->from), policy_group_name(lint->policy, hiding->to), more,
	            does, hider_words(lint, rule, hiding->against_by, words));
}

static int warn_dates(struct lint *lint, const struct policy_rule *rule)
{
	bool overdue = rule->review_by != DAY_NONE && rule->review_by < lint->today;
	char date[DATE_TEXT_MAX];
	int r = 0;

	if (rule->schedule.until != DAY_NONE && rule->schedule.until < lint->today)
		r = WARN(lint, rule->place, "this rule ended on %s; take it out, or move 'until' on",
		         date_format(rule->schedule.until, date));
	else if (overdue && rule->owner[0])
		r = WARN(lint, rule->place,
		         "the review of this rule was due on %s; ask %s whether it is still needed, then move "
		         "'review_by' on",
		         date_format(rule->review_by, date), rule->owner);
	else if (overdue)
		r = WARN(lint, rule->place,
		         "the review of this rule was due on %s; see whether it is still needed, then move "
		         "'review_by' on",
		         date_format(rule->review_by, date));
	return r;
}

static int look_at_rule(struct lint *lint, const struct policy_rule *rule, const struct hiding *hiding)
{
	int r = 0;

	if (hiding->pairs > 0 && hiding->hidden == hiding->pairs)
		r = warn_hidden(lint, rule, hiding);
	else if (hiding->against_in > 0)
		r = warn_against(lint, rule, hiding);
	if (r == 0)
		r = warn_dates(lint, rule);
	if (r == 0 && rule->verdict == VERDICT_ALLOW && !rule->why[0])
		r = WARN(lint, rule->place,
		         "nothing says why this is allowed; add 'why' with the reason or its source");
	return r;
}

static int look_at_rules(struct lint *lint, const struct table *table)
{
	CLEANUP(free) struct hiding *hidings = NULL;
	int r = hiding_find(lint->policy, table, &hidings);

	for (size_t i = 0; i < lint->policy->rule_count && r == 0; i++)
		r = look_at_rule(lint, &lint->policy->rules[i], &hidings[i]);
	return r;
}

/* Adds the zones of ${ids} to those that are named; a list of all zones names none of them by itself. */
static void add_named(const struct policy *policy, const uint16_t *ids, size_t count, struct group_set *named)
{
	for (size_t i = 0; i < count && count < policy->zone_count; i++)
		group_set_add(named, policy_group_zone(policy, ids[i]));
}

static void find_named(const struct policy *policy, struct group_set *named)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		add_named(policy, policy->rules[i].from, policy->rules[i].from_count, named);
		add_named(policy, policy->rules[i].to, policy->rules[i].to_count, named);
	}
	for (size_t i = 0; i < policy->expect_count; i++) {
		add_named(policy, policy->expects[i].from, policy->expects[i].from_count, named);
		add_named(policy, policy->expects[i].to, policy->expects[i].to_count, named);
	}
	for (size_t i = 0; i < policy->canary_count; i++) {
		add_named(policy, &policy->canaries[i].from, 1, named);
		add_named(policy, &policy->canaries[i].to, 1, named);
	}
	for (size_t i = 0; i < policy->pin_count; i++)
		group_set_add(named, policy->pins[i].zone);
}

static int look_at_zones(struct lint *lint)
{
	struct group_set named = { { 0 } };
	int r = 0;

	find_named(lint->policy, &named);
	for (uint16_t id = 1; id <= lint->policy->zone_count && r == 0; id++) {
		const struct policy_zone *zone = policy_zone(lint->policy, id);

		if (zone->is_default || zone->network_count > 0 || !members_is_none(&zone->members) ||
		    group_set_has(&named, id))
			continue;
		r = WARN(
			lint, zone->place,
			"nothing can be in zone '%s' and no rule names it; give it 'members' or 'networks', or take it "
			"out",
			zone->name);
	}
	return r;
}

static int compare_services(const void *left, const void *right)
{
	const struct policy_service *const *a = left;
	const struct policy_service *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

/* The services of the policy's own, sorted by name, and which of them are used. */
struct usage {
	const struct policy_service **services;
	bool *used;
	size_t count;
	bool unknown; /* a list of services was cut: what else stands in it is not known */
};

/* Marks the services named in ${text}, "dicom, tcp/22". */
static void mark_used(struct usage *usage, const char *text)
{
	size_t length = strlen(text);

	if (length >= 3 && strcmp(text + length - 3, "...") == 0)
		usage->unknown = true;
	while (*text) {
		struct policy_service wanted = { .place = { .line = 0 } };
		const struct policy_service *key = &wanted;
		const struct policy_service **found;

		length = strcspn(text, ", ");
		if (length > 0 && length < sizeof(wanted.name)) {
			memcpy(wanted.name, text, length);
			found = bsearch(&key, usage->services, usage->count, sizeof(*found), compare_services);
			if (found)
				usage->used[found - usage->services] = true;
		}
		text += length;
		text += strspn(text, ", ");
	}
}

static bool holds_range(const struct policy_service *service, const struct service_range *range)
{
	for (size_t i = 0; i < service->range_count; i++)
		if (service->ranges[i].protocol == range->protocol && service->ranges[i].first <= range->first &&
		    range->last <= service->ranges[i].last)
			return true;
	return false;
}

/* Whether another service of the policy may be made of ${service}: the model does not tell what they are made of. */
static bool may_be_part(const struct usage *usage, const struct policy_service *service)
{
	for (size_t i = 0; i < usage->count; i++) {
		size_t held = 0;

		for (size_t at = 0; at < service->range_count && usage->services[i] != service; at++)
			held += holds_range(usage->services[i], &service->ranges[at]);
		if (held > 0 && held == service->range_count)
			return true;
	}
	return false;
}

static void find_usage(const struct policy *policy, struct usage *usage)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (!policy->services[i].built_in)
			usage->services[usage->count++] = &policy->services[i];
	if (usage->count == 0)
		return;
	qsort(usage->services, usage->count, sizeof(*usage->services), compare_services);
	for (size_t i = 0; i < policy->rule_count; i++)
		mark_used(usage, policy->rules[i].services);
	for (size_t i = 0; i < policy->expect_count; i++)
		mark_used(usage, policy->expects[i].services);
	for (size_t i = 0; i < policy->canary_count; i++)
		mark_used(usage, policy->canaries[i].services);
}

static int look_at_services(struct lint *lint)
{
	const struct policy *policy = lint->policy;
	CLEANUP(free) const struct policy_service **services = calloc(policy->service_count + 1, sizeof(*services));
	CLEANUP(free) bool *used = calloc(policy->service_count + 1, sizeof(*used));
	struct usage usage = { .services = services, .used = used };
	int r = 0;

	if (!services || !used)
		return -ENOMEM;
	find_usage(policy, &usage);
	for (size_t i = 0; i < usage.count && !usage.unknown && r == 0; i++)
		if (!used[i] && !may_be_part(&usage, services[i]))
			r = WARN(lint, services[i]->place, "service '%s' is not used; take it out", services[i]->name);
	return r;
}

static int look_at_includes(struct lint *lint)
{
	const struct policy *policy = lint->policy;
	char value[REPORT_VALUE_MAX];
	int r = 0;

	for (size_t i = 0; i < policy->include_count && r == 0; i++)
		if (policy->includes[i].file_count == 0)
			r = WARN(lint, policy->includes[i].place,
			         "no file is there for %s; see whether its folder is right",
			         report_value(policy->includes[i].pattern, value));
	return r;
}

int lint_check(const struct policy *policy, const struct table *table, const struct sources *sources, int32_t today,
               struct error *warnings, size_t max, size_t *count)
{
	struct lint lint = { .policy = policy, .today = today };
	int r;

	words_report(&lint.report, policy, sources, warnings, max);
	r = look_at_includes(&lint);
	if (r == 0)
		r = look_at_zones(&lint);
	if (r == 0)
		r = look_at_services(&lint);
	if (r == 0)
		r = look_at_rules(&lint, table);
	report_sort(&lint.report);
	*count = lint.report.error_count;
	return r == -ENOMEM ? r : 0;
}
