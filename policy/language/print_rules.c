/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/language/print_parts.h"
#include "policy/language/print_text.h"

static const char *const verdicts[] = {
	[VERDICT_DENY] = "deny",
	[VERDICT_ALLOW] = "allow",
	[VERDICT_REJECT] = "reject",
};

/* Every zone once, in order: "any". */
static bool is_any(const struct policy *policy, const uint16_t *groups, size_t count)
{
	if (count != policy->zone_count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (groups[i] != i + 1)
			return false;
	return true;
}

static void print_groups(const struct print *print, const uint16_t *groups, size_t count)
{
	bool any = is_any(print->policy, groups, count);
	struct print_list list = print_list_begin(print->out, any ? 1 : count);
	char scalar[PRINT_SCALAR_MAX];

	if (any)
		print_list_add(&list, "any");
	for (size_t i = 0; i < count && !any; i++)
		print_list_add(&list, print_scalar(policy_group_name(print->policy, groups[i]), scalar));
}

static void print_key_text(const struct print *print, const char *key, const char *text)
{
	char scalar[PRINT_SCALAR_MAX];

	if (text[0])
		fprintf(print->out, "    %s: %s\n", key, print_scalar(text, scalar));
}

static void print_day(const struct print *print, const char *key, int32_t day)
{
	char text[DATE_TEXT_MAX];

	if (day != DAY_NONE)
		fprintf(print->out, "    %s: %s\n", key, date_format(day, text));
}

static void print_names(const struct print *print, const struct policy_rule *rule)
{
	const struct policy_name_set *set = &print->policy->name_sets[rule->names - 1];
	struct print_list list;
	char scalar[PRINT_SCALAR_MAX];

	fputs("    to: { names: ", print->out);
	list = print_list_begin(print->out, set->name_count);
	for (size_t i = 0; i < set->name_count; i++)
		print_list_add(&list, print_scalar(set->names[i], scalar));
	if (!is_any(print->policy, rule->to, rule->to_count)) {
		fputs(", zone: ", print->out);
		print_groups(print, rule->to, rule->to_count);
	}
	fputs(" }\n", print->out);
}

static void print_ends(const struct print *print, const struct policy_rule *rule)
{
	fputs(rule->name[0] ? "    from: " : "  - from: ", print->out);
	print_groups(print, rule->from, rule->from_count);
	fputs("\n", print->out);
	if (rule->names > 0) {
		print_names(print, rule);
		return;
	}
	fputs("    to: ", print->out);
	print_groups(print, rule->to, rule->to_count);
	fputs("\n", print->out);
}

static void print_windows(const struct print *print, const struct schedule *schedule)
{
	struct print_list list;
	char text[WINDOW_TEXT_MAX];
	char scalar[PRINT_SCALAR_MAX];

	if (schedule->window_count == 0)
		return;
	fputs("    during: ", print->out);
	list = print_list_begin(print->out, schedule->window_count);
	for (size_t i = 0; i < schedule->window_count; i++)
		print_list_add(&list, print_quoted(window_format(&schedule->windows[i], text), scalar));
	fputs("\n", print->out);
}

static const char *rate_unit(uint32_t seconds)
{
	return seconds == 1 ? "second" : seconds == 60 ? "minute" : seconds == 3600 ? "hour" : "day";
}

/* The keys that are left out where they say what is so by default. */
static void print_manner(const struct print *print, const struct policy_rule *rule)
{
	if (rule->mode == MODE_OBSERVE)
		fputs("    mode: observe\n", print->out);
	print_windows(print, &rule->schedule);
	print_day(print, "until", rule->schedule.until);
	if (rule->rate.count > 0)
		fprintf(print->out, "    rate: %u/%s\n", rule->rate.count, rate_unit(rule->rate.seconds));
	if (rule->log != LOG_BY_VERDICT)
		fprintf(print->out, "    log: %s\n", rule->log == LOG_ALWAYS ? "true" : "false");
	print_key_text(print, "why", rule->why);
	print_key_text(print, "owner", rule->owner);
	print_day(print, "review_by", rule->review_by);
}

static void print_rule(const struct print *print, const struct policy_rule *rule)
{
	char scalar[PRINT_SCALAR_MAX];

	if (rule->name[0])
		fprintf(print->out, "  - name: %s\n", print_scalar(rule->name, scalar));
	print_ends(print, rule);
	fprintf(print->out, "    %s: ", verdicts[rule->verdict]);
	print_ranges(print, rule->ranges, rule->range_count);
	fputs("\n", print->out);
	print_manner(print, rule);
}

void print_rules(const struct print *print)
{
	if (print->policy->rule_count > 0)
		fputs("\nrules:\n", print->out);
	for (size_t i = 0; i < print->policy->rule_count; i++)
		print_rule(print, &print->policy->rules[i]);
}

static void print_expect(const struct print *print, const struct policy_expect *expect)
{
	fputs("  - from: ", print->out);
	print_groups(print, expect->from, expect->from_count);
	fputs("\n    to: ", print->out);
	print_groups(print, expect->to, expect->to_count);
	fputs("\n    service: ", print->out);
	print_ranges(print, expect->ranges, expect->range_count);
	fputs("\n", print->out);
	if (expect->has_verdict)
		fprintf(print->out, "    verdict: %s\n", verdicts[expect->verdict]);
	if (expect->has_reach)
		fprintf(print->out, "    reach: %u\n", expect->reach);
	if (expect->hops > 0)
		fprintf(print->out, "    hops: %u\n", expect->hops);
	print_key_text(print, "why", expect->why);
}

static void print_canary(const struct print *print, const struct policy_canary *canary)
{
	char scalar[PRINT_SCALAR_MAX];

	fprintf(print->out, "  %s:\n    from: ", print_scalar(canary->name, scalar));
	print_groups(print, &canary->from, 1);
	fputs("\n    to: ", print->out);
	print_groups(print, &canary->to, 1);
	fputs("\n    service: ", print->out);
	print_ranges(print, canary->ranges, canary->range_count);
	fputs("\n", print->out);
}

void print_expects(const struct print *print)
{
	const struct policy *policy = print->policy;

	if (policy->expect_count > 0)
		fputs("\nexpect:\n", print->out);
	for (size_t i = 0; i < policy->expect_count; i++)
		print_expect(print, &policy->expects[i]);
	if (policy->canary_count > 0)
		fputs("\ncanaries:\n", print->out);
	for (size_t i = 0; i < policy->canary_count; i++)
		print_canary(print, &policy->canaries[i]);
}
