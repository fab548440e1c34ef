/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "controller/local_time.h"
#include "controller/runtime/runtime_internal.h"
#include "policy/base/log.h"
#include "policy/proof/expect.h"
#include "policy/table/table.h"

#define TIME_RULES_SAID 3
#define CALENDAR_DAYS   33 /* so long the kernel keeps to the hours by itself */

/* ---- reading ---- */

/* A name without a glob must exist: else a typing mistake would leave a VLAN without a ward, in silence. */
int runtime_check_interfaces(const struct runtime *runtime, const struct policy *policy, struct error *reterr)
{
	for (size_t i = 0; i < policy->clinical_count; i++) {
		const struct policy_interface *wanted = &policy->clinical[i];
		bool found = strchr(wanted->pattern, '*') != NULL;
		char present[256] = "";

		for (size_t j = 0; j < runtime->interfaces.count; j++) {
			const char *name = runtime->interfaces.at[j].name;
			size_t used = strlen(present);

			found = found || strcmp(name, wanted->pattern) == 0;
			snprintf(present + used, sizeof(present) - used, "%s%s", used ? ", " : "", name);
		}
		if (!found)
			return error_set_at(reterr, -ENODEV, policy_file(policy, wanted->place), wanted->place.line,
			                    wanted->place.column,
			                    "error: there is no interface '%s'; there are: %s. Name one of them, or "
			                    "write '%.13s*' for one that comes later",
			                    wanted->pattern, present, wanted->pattern);
	}
	return 0;
}

/* What the policy expects of itself is asked of the table that the kernel would get. */
static int check_expectations(const struct policy *policy, const struct sources *sources, struct error *reterr)
{
	CLEANUP(table_free) struct table *table = NULL;
	size_t count = 0;
	int result = table_compile(policy, &table, reterr);

	return result < 0 ? result : expect_check(policy, table, sources, reterr, 1, &count);
}

/* One problem is told, the first that was met: `isoward check` tells them all. */
static int read_policy(struct runtime *runtime, struct sources *sources, struct policy **policy, struct error *reterr)
{
	struct source_reader reader = policy_files_reader(&runtime->files);
	size_t count = 0;
	int result = policy_load(&reader, runtime->options->policy, sources, policy, reterr, 1, &count);

	if (result == 0)
		result = check_expectations(*policy, sources, reterr);
	if (result == 0 && runtime->links)
		result = runtime_check_interfaces(runtime, *policy, reterr);
	return result;
}

int runtime_read_policy(struct runtime *runtime, struct policy **policy, struct error *reterr)
{
	struct sources *sources = calloc(1, sizeof(*sources));
	CLEANUP(policy_free) struct policy *read = NULL;
	int result;

	if (!sources)
		return error_set(reterr, -ENOMEM, "no memory to read the policy");
	result = read_policy(runtime, sources, &read, reterr);
	if (result == 0)
		*policy = take_ptr(&read);
	sources_free(sources);
	free(sources);
	return result;
}

/* ---- in force ---- */

int runtime_put_in_force(struct runtime *runtime, struct policy *policy, struct error *reterr)
{
	struct calendar calendar;
	int result;

	local_time_calendar(time(NULL), CALENDAR_DAYS, &calendar);
	learner_settle_all(&runtime->learner, policy);
	result = enforcement_load(&runtime->enforcement, policy, &calendar, &runtime->inventory, reterr);
	if (result < 0 && runtime->enforcement.policy)
		learner_settle_all(&runtime->learner, runtime->enforcement.policy);
	return result;
}

void runtime_follow_policy(struct runtime *runtime)
{
	const struct policy *policy = runtime->enforcement.policy;
	struct error error = { 0 };

	if (counters_take_policy(&runtime->counters, policy, &error) < 0)
		runtime_log_error(LEVEL_WARNING, "counters-failed", &error);
	runtime_want_verification(runtime);
	learner_forgive_pinned(&runtime->learner);
	interfaces_mark(&runtime->interfaces, policy);
	learner_bind_pinned(&runtime->learner, runtime_now_ms());
	runtime_flush(runtime);
	malloc_trim(0); /* what was released lies between what stays, which the C library would keep */
	runtime->status.policy_loaded_ms = runtime_now_ms();
	runtime->zones_written_ms = 0;
	runtime->policy_trouble = (struct error){ 0 };
	log_event(LEVEL_NOTICE, "policy-loaded", "file", runtime->options->policy, NULL);
	recorder_audit(&runtime->recorder, runtime_now_ms(), "isoward", "policy-loaded", runtime->options->policy);
}

int runtime_load(struct runtime *runtime, struct policy *policy, struct error *reterr)
{
	int result = runtime_put_in_force(runtime, policy, reterr);

	if (result == 0)
		runtime_follow_policy(runtime);
	return result;
}

void runtime_refuse_policy(struct runtime *runtime, const struct error *error)
{
	char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	fprintf(stderr, "%s\n", error_format(error, text, sizeof(text)));
	log_event(LEVEL_ERROR, "policy-refused", "file", runtime->options->policy, "kept", "the former policy", NULL);
	recorder_audit(&runtime->recorder, runtime_now_ms(), "SIGHUP", "policy-refused", text);
	runtime->policy_trouble = *error;
}

/* ---- by time ---- */

/* "now: rule 'night' at hospital.yaml:31, …; no longer: …" */
static void say_rules_by_time(const struct policy *policy, struct moment before, struct moment now, char *text,
                              size_t size)
{
	static const char *const heads[] = { "no longer in force: ", "now in force: " };
	size_t used = 0;

	text[0] = '\0';
	for (unsigned int holds = 2; holds-- > 0;) {
		size_t count = 0;

		for (size_t i = 0; i < policy->rule_count; i++) {
			const struct policy_rule *rule = &policy->rules[i];

			if (schedule_holds(&rule->schedule, now) != holds ||
			    schedule_holds(&rule->schedule, before) == holds)
				continue;
			if (count++ < TIME_RULES_SAID && used + 1 < size)
				used += (size_t)snprintf(text + used, size - used, "%s%.40s%s%.60s:%u",
				                         count > 1 ? ", " : heads[holds], rule->name,
				                         rule->name[0] ? " at " : "", policy_file(policy, rule->place),
				                         rule->place.line);
		}
		if (count > TIME_RULES_SAID && used + 1 < size)
			used += (size_t)snprintf(text + used, size - used, " and %zu more", count - TIME_RULES_SAID);
		if (count && holds && used + 1 < size)
			used += (size_t)snprintf(text + used, size - used, "; ");
	}
	if (used >= 2 && used < size && strcmp(text + used - 2, "; ") == 0)
		text[used - 2] = '\0';
}

void runtime_keep_time(struct runtime *runtime)
{
	struct enforcement *enforcement = &runtime->enforcement;
	struct moment before = enforcement->moment, now = local_time_now();
	struct calendar calendar;
	char text[STORE_EVENT_TEXT_MAX];
	struct error error = { 0 };
	int result;

	if (before.day == now.day && before.minute == now.minute)
		return;
	say_rules_by_time(enforcement->policy, before, now, text, sizeof(text));
	if (text[0]) {
		recorder_event(&runtime->recorder, "rules-by-time", NULL, runtime_now_ms(), "%s", text);
		recorder_audit(&runtime->recorder, runtime_now_ms(), "isoward", "rules-by-time", text);
	}
	local_time_calendar(time(NULL), CALENDAR_DAYS, &calendar);
	result = enforcement_keep_time(enforcement, &calendar, &runtime->inventory, &error);
	if (result < 0) {
		char words[ERROR_TEXT_MAX + ERROR_FILE_MAX];

		log_event(LEVEL_ERROR, "kernel-refused", "text", error_format(&error, words, sizeof(words)), NULL);
		runtime_flush(runtime); /* sets the repair */
	}
	if (result <= 0)
		return;
	runtime_want_verification(runtime);
	recorder_audit(&runtime->recorder, runtime_now_ms(), "isoward", "hours-renewed",
	               "the kernel has the hours of the next weeks");
}
