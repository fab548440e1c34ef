/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A policy made of any bytes is read or refused with an error that has a text; what is read keeps its promises. A line
 * "#file" begins another file: the first is 0.yaml, and it may include 1.yaml and so on.
 */
#include "policy/language/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/memory_files.h"

#define ERRORS_MAX 32
#define FILES_MAX  8
#define SEPARATOR  "\n#file\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_place(const struct policy *policy, struct place place)
{
	require(place.file < policy->file_count && place.line > 0 && place.column > 0);
}

static void check_groups(const struct policy *policy, const uint16_t *ids, size_t count)
{
	require(count > 0);
	for (size_t i = 0; i < count; i++)
		require(policy_group_zone(policy, ids[i]) != ZONE_NONE);
}

static void check_ranges(const struct service_range *ranges, size_t count)
{
	require(count > 0);
	for (size_t i = 0; i < count; i++)
		require(ranges[i].first <= ranges[i].last && ranges[i].helper <= HELPER_TFTP);
}

static void check_schedule(const struct schedule *schedule)
{
	require(schedule->window_count <= SCHEDULE_WINDOWS_MAX);
	for (size_t i = 0; i < schedule->window_count; i++) {
		const struct window *window = &schedule->windows[i];

		require(window->days > 0 && window->days < 128);
		require(window->first < MINUTES_OF_DAY && window->last >= 1 && window->last <= MINUTES_OF_DAY);
	}
}

static void check_rules(const struct policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		check_place(policy, rule->place);
		check_groups(policy, rule->from, rule->from_count);
		check_groups(policy, rule->to, rule->to_count);
		check_ranges(rule->ranges, rule->range_count);
		check_schedule(&rule->schedule);
		require(rule->names <= policy->name_set_count);
		require(rule->rate.count == 0 || (rule->verdict == VERDICT_ALLOW && rule->rate.seconds > 0));
	}
}

static void check_names(const struct policy *policy)
{
	for (size_t i = 0; i < policy->name_set_count; i++) {
		const struct policy_name_set *set = &policy->name_sets[i];

		require(set->name_count > 0);
		for (size_t j = 0; j < set->name_count; j++)
			require(strspn(set->names[j], "abcdefghijklmnopqrstuvwxyz0123456789-.*") ==
			        strlen(set->names[j]));
		for (size_t j = 1; j < set->name_count; j++)
			require(strcmp(set->names[j - 1], set->names[j]) < 0);
	}
}

static void check_questions(const struct policy *policy)
{
	for (size_t i = 0; i < policy->expect_count; i++) {
		const struct policy_expect *expect = &policy->expects[i];

		check_place(policy, expect->place);
		check_groups(policy, expect->from, expect->from_count);
		check_groups(policy, expect->to, expect->to_count);
		check_ranges(expect->ranges, expect->range_count);
		require(expect->has_verdict || expect->has_reach);
	}
	for (size_t i = 0; i < policy->canary_count; i++) {
		check_groups(policy, &policy->canaries[i].from, 1);
		check_groups(policy, &policy->canaries[i].to, 1);
		check_ranges(policy->canaries[i].ranges, policy->canaries[i].range_count);
	}
}

/* No zone takes what only the default zone may; a device that is named by itself is pinned to its zone. */
static void check_members(const struct policy *policy)
{
	for (size_t i = 0; i < policy->zone_count; i++)
		require(!members_take_anything(&policy->zones[i].members));
	for (size_t i = 0; i < policy->single_count; i++) {
		const struct policy_single *single = &policy->singles[i];
		const struct policy_pin *pin = policy_pin_of(policy, &single->mac);

		require(pin && single->zone != ZONE_NONE && pin->zone == single->zone && single->name[0]);
	}
}

static void check_policy(const struct policy *policy)
{
	size_t defaults = 0;

	for (size_t i = 0; i < policy->zone_count; i++) {
		defaults += policy->zones[i].is_default;
		check_place(policy, policy->zones[i].place);
	}
	require(defaults == 1 && policy_zone(policy, policy->default_zone)->is_default);
	require(policy->clinical_count > 0 && policy->uplink_count > 0);
	check_rules(policy);
	check_names(policy);
	check_questions(policy);
	check_members(policy);
	for (size_t i = 1; i < policy->pin_count; i++)
		require(memcmp(&policy->pins[i - 1].mac, &policy->pins[i].mac, sizeof(struct mac)) < 0);
	require(policy_zone(policy, policy_zone_of_class(policy, "medical/imaging/ct")) != NULL);
}

/* Cuts ${data} at its separators; the parts are borrowed from it. */
static void cut(struct memory_files *files, const char *data, size_t size)
{
	static char names[FILES_MAX][8];

	files->count = 0;
	while (files->count < FILES_MAX) {
		const char *end = size ? memmem(data, size, SEPARATOR, strlen(SEPARATOR)) : NULL;
		size_t length = end ? (size_t)(end - data) + 1 : size;

		snprintf(names[files->count], sizeof(names[0]), "%zu.yaml", files->count);
		files->at[files->count] = (struct memory_file){ names[files->count], data, length };
		files->count++;
		if (!end)
			break;
		data += length + strlen(SEPARATOR) - 1;
		size -= length + strlen(SEPARATOR) - 1;
	}
}

static void load_files(const uint8_t *data, size_t size)
{
	static struct error errors[ERRORS_MAX];
	static struct memory_files files;
	static struct sources sources;
	struct source_reader reader = { memory_files_read, memory_files_find, &files };
	struct policy *policy = NULL;
	size_t count = 0;
	int rc;

	cut(&files, (const char *)data, size);
	rc = policy_load(&reader, "0.yaml", &sources, &policy, errors, ERRORS_MAX, &count);
	if (rc == 0) {
		require(count == 0 && policy->file_count == sources.count);
		check_policy(policy);
	} else {
		require(policy == NULL && count >= 1 && count <= ERRORS_MAX);
		for (size_t i = 0; i < count; i++)
			require(errors[i].code < 0 && errors[i].text[0]);
	}
	policy_free(policy);
	sources_free(&sources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy *policy = NULL;
	struct error error = { 0 };
	int rc = policy_parse("fuzz", (const char *)data, size, &policy, &error);

	if (rc == 0)
		check_policy(policy);
	else
		require(policy == NULL && error.code == rc && error.text[0]);
	policy_free(policy);
	load_files(data, size);
	return 0;
}
