/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/proof/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void words_report(struct report *report, const struct policy *policy, const struct sources *sources,
                  struct error *errors, size_t max)
{
	report_init(report, errors, max);
	for (size_t i = 0; sources && i < sources->count; i++)
		report_add_text(report, sources->at[i].path, sources->at[i].text, sources->at[i].length);
	for (size_t i = report->text_count; i < policy->file_count; i++)
		report_add_text(report, policy->files[i], NULL, 0);
	if (report->text_count == 0)
		report_add_text(report, policy->file, NULL, 0);
}

const char *words_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_DENY:
		return "deny";
	case VERDICT_ALLOW:
		return "allow";
	case VERDICT_REJECT:
		return "reject";
	}
	return "";
}

bool words_add(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(buffer + used, size - used, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < size - used)
		return true;
	/* what was cut may end inside a character: take its first bytes away too */
	used = strlen(buffer);
	while (used > 0 && ((uint8_t)buffer[used - 1] & 0xc0) == 0x80)
		used--;
	if (used > 0 && (uint8_t)buffer[used - 1] >= 0xc0)
		used--;
	else
		used = strlen(buffer);
	buffer[used] = '\0';
	return false;
}

const char *words_rule(const struct policy *policy, const struct policy_rule *rule, char buffer[WORDS_MAX])
{
	const char *file = policy_file(policy, rule->place);
	const char *slash = strrchr(file, '/');

	/* a long way to the file would leave no room for what is wrong */
	if (strlen(file) > WORDS_MAX / 3 && slash)
		file = slash + 1;
	buffer[0] = '\0';
	words_add(buffer, WORDS_MAX, "the rule ");
	if (rule->name[0])
		words_add(buffer, WORDS_MAX, "'%.40s' ", rule->name);
	words_add(buffer, WORDS_MAX, "at %s:%u", file, rule->place.line);
	return buffer;
}

const char *words_schedule(const struct schedule *schedule, char buffer[WORDS_MAX])
{
	char text[WINDOW_TEXT_MAX];
	char date[DATE_TEXT_MAX];

	buffer[0] = '\0';
	for (size_t i = 0; i < schedule->window_count; i++)
		words_add(buffer, WORDS_MAX, "%s%s", i ? ", " : "", window_format(&schedule->windows[i], text));
	if (schedule->until != DAY_NONE)
		words_add(buffer, WORDS_MAX, "%suntil %s", buffer[0] ? ", " : "", date_format(schedule->until, date));
	return buffer;
}

const char *words_moment(struct moment moment, char buffer[WORDS_MAX])
{
	static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
	char date[DATE_TEXT_MAX];

	snprintf(buffer, WORDS_MAX, "%s %s %02u:%02u", days[moment_weekday(moment.day)], date_format(moment.day, date),
	         moment.minute / 60U, moment.minute % 60U);
	return buffer;
}

const char *words_names(const struct policy *policy, uint16_t names, char buffer[WORDS_MAX])
{
	const struct policy_name_set *set =
		names > 0 && names <= policy->name_set_count ? &policy->name_sets[names - 1] : NULL;

	buffer[0] = '\0';
	for (size_t i = 0; set && i < set->name_count; i++)
		if (!words_add(buffer, WORDS_MAX - 4, "%s%s", i ? ", " : "", set->names[i])) {
			words_add(buffer, WORDS_MAX, "...");
			break;
		}
	return buffer;
}
