/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "policy/language/parse.h"

int parse_date(struct parse *parse, const char *name, const struct yaml_node *value, int32_t *day)
{
	char shown[REPORT_VALUE_MAX];
	int rc = date_parse(value->text, day);

	if (rc == 0)
		return 0;
	report_value(value->text, shown);
	return report_at(&parse->report, value->place, -EINVAL,
	                 rc == -ERANGE ? "%s: there is no day %s" : "%s is %s; write year-month-day, 2026-12-31", name,
	                 shown);
}

int parse_window(struct parse *parse, const struct yaml_node *value, struct schedule *schedule)
{
	struct window window;
	char shown[REPORT_VALUE_MAX];
	const char *hint = "";

	if (window_parse(value->text, &window, &hint) < 0)
		return report_at(&parse->report, value->place, -EINVAL, "during %s: %s",
		                 report_value(value->text, shown), hint);
	if (schedule->window_count == SCHEDULE_WINDOWS_MAX)
		return report_at(&parse->report, value->place, -E2BIG, "more than %d windows in one rule",
		                 SCHEDULE_WINDOWS_MAX);
	schedule->windows[schedule->window_count++] = window;
	return 0;
}

int parse_schedule_keep(struct parse *parse, struct place place, const struct schedule *schedule)
{
	if (schedule_is_always(schedule))
		return 0;
	for (size_t i = 0; i < parse->schedule_count; i++)
		if (schedule_equal(&parse->schedules[i], schedule))
			return 0;
	if (parse->schedule_count == POLICY_SCHEDULES_MAX)
		return report_stop(
			&parse->report, place, -E2BIG,
			"more than %d schedules ('during' and 'until') that differ; give rules the same ones",
			POLICY_SCHEDULES_MAX);
	parse->schedules[parse->schedule_count++] = *schedule;
	return 0;
}

int parse_rate(struct parse *parse, const struct yaml_node *value, struct policy_rate *rate)
{
	static const struct {
		const char *name;
		uint32_t seconds;
	} spans[] = { { "second", 1 }, { "minute", 60 }, { "hour", 3600 }, { "day", 86400 } };
	size_t digits = strspn(value->text, "0123456789");
	char shown[REPORT_VALUE_MAX];
	uint32_t count = 0;

	for (size_t i = 0; i < digits && digits <= 7; i++)
		count = count * 10 + (uint32_t)(value->text[i] - '0');
	for (size_t i = 0; i < ARRAY_SIZE(spans) && value->text[digits] == '/'; i++) {
		if (strcmp(value->text + digits + 1, spans[i].name) != 0 || count == 0 || count > POLICY_RATE_MAX ||
		    value->text[0] == '0')
			continue;
		*rate = (struct policy_rate){ count, spans[i].seconds };
		return 0;
	}
	return report_at(
		&parse->report, value->place, -EINVAL,
		"rate %s: write new flows and their span of time, 1 to %d, second, minute, hour or day: 10/second",
		report_value(value->text, shown), POLICY_RATE_MAX);
}
