/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void policy_free(struct policy *policy)
{
	if (!policy)
		return;
	for (size_t i = 0; i < policy->zone_count; i++) {
		members_free(&policy->zones[i].members);
		free(policy->zones[i].networks);
	}
	for (size_t i = 0; i < policy->service_count; i++)
		free(policy->services[i].ranges);
	for (size_t i = 0; i < policy->rule_count; i++) {
		free(policy->rules[i].from);
		free(policy->rules[i].to);
		free(policy->rules[i].ranges);
	}
	for (size_t i = 0; i < policy->pin_count; i++)
		free(policy->pins[i].tags);
	for (size_t i = 0; i < policy->name_set_count; i++)
		free(policy->name_sets[i].names);
	for (size_t i = 0; i < policy->expect_count; i++) {
		free(policy->expects[i].from);
		free(policy->expects[i].to);
		free(policy->expects[i].ranges);
	}
	for (size_t i = 0; i < policy->canary_count; i++)
		free(policy->canaries[i].ranges);
	free(policy->files);
	free(policy->includes);
	free(policy->zones);
	free(policy->services);
	free(policy->rules);
	free(policy->pins);
	free(policy->pinned);
	free(policy->singles);
	free(policy->name_sets);
	free(policy->expects);
	free(policy->canaries);
	free(policy);
}

uint16_t policy_zone_by_name(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->zone_count; i++)
		if (name[0] && strcmp(policy->zones[i].name, name) == 0)
			return (uint16_t)(i + 1);
	return ZONE_NONE;
}

const struct policy_zone *policy_zone(const struct policy *policy, uint16_t id)
{
	return id == ZONE_NONE || id > policy->zone_count ? NULL : &policy->zones[id - 1];
}

const char *policy_file(const struct policy *policy, struct place place)
{
	return place.file < policy->file_count ? policy->files[place.file] : policy->file;
}

enum policy_conflict policy_on_conflict(const struct policy *policy, uint16_t zone)
{
	const struct policy_zone *of = policy_zone(policy, zone);

	if (of && of->on_conflict != CONFLICT_UNSAID)
		return (enum policy_conflict)of->on_conflict;
	return policy->on_conflict == CONFLICT_UNSAID ? CONFLICT_QUARANTINE : policy->on_conflict;
}

const char *policy_conflict_name(enum policy_conflict conflict)
{
	static const char *const names[] = {
		[CONFLICT_UNSAID] = NULL,
		[CONFLICT_QUARANTINE] = "quarantine",
		[CONFLICT_ALERT] = "alert",
		[CONFLICT_KEEP] = "keep",
	};

	return (size_t)conflict < ARRAY_SIZE(names) ? names[conflict] : NULL;
}

const struct policy_service *policy_service_by_name(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->service_count; i++)
		if (strcmp(policy->services[i].name, name) == 0)
			return &policy->services[i];
	return NULL;
}

uint16_t policy_group_count(const struct policy *policy)
{
	return (uint16_t)(policy->zone_count + policy->single_count);
}

const struct policy_single *policy_single(const struct policy *policy, uint16_t group)
{
	if (group <= policy->zone_count || group > policy_group_count(policy))
		return NULL;
	return &policy->singles[group - policy->zone_count - 1];
}

uint16_t policy_group_zone(const struct policy *policy, uint16_t group)
{
	const struct policy_single *single = policy_single(policy, group);

	if (single)
		return single->zone;
	return policy_zone(policy, group) ? group : ZONE_NONE;
}

const char *policy_group_name(const struct policy *policy, uint16_t group)
{
	const struct policy_single *single = policy_single(policy, group);
	const struct policy_zone *zone = policy_zone(policy, group);

	return single ? single->name : zone ? zone->name : "";
}

uint16_t policy_group_of(const struct policy *policy, const struct mac *mac, uint16_t zone)
{
	for (size_t i = 0; i < policy->single_count; i++)
		if (policy->singles[i].zone == zone && mac_equal(&policy->singles[i].mac, mac))
			return (uint16_t)(policy->zone_count + i + 1);
	return zone;
}

static int compare_mac(const void *key, const void *pin)
{
	return memcmp(key, &((const struct policy_pin *)pin)->mac, sizeof(struct mac));
}

const struct policy_pin *policy_pin_of(const struct policy *policy, const struct mac *mac)
{
	if (policy->pin_count == 0)
		return NULL;
	return bsearch(mac, policy->pins, policy->pin_count, sizeof(*policy->pins), compare_mac);
}

static int compare_address(const void *key, const void *pinned)
{
	return memcmp(key, &((const struct policy_pinned *)pinned)->address, sizeof(struct address));
}

const struct policy_pin *policy_pin_of_address(const struct policy *policy, const struct address *address)
{
	const struct policy_pinned *found = NULL;

	if (policy->pinned_count > 0)
		found = bsearch(address, policy->pinned, policy->pinned_count, sizeof(*policy->pinned),
		                compare_address);
	return found ? &policy->pins[found->pin] : NULL;
}

uint16_t policy_zone_of(const struct policy *policy, const struct member_facts *facts)
{
	const struct policy_zone *best = NULL;
	size_t best_depth = 0;

	for (size_t i = 0; i < policy->zone_count; i++) {
		const struct policy_zone *zone = &policy->zones[i];
		size_t depth;

		if (!members_hold(&zone->members, facts, &depth))
			continue;
		if (best &&
		    (zone->priority < best->priority || (zone->priority == best->priority && depth <= best_depth)))
			continue;
		best = zone;
		best_depth = depth;
	}
	return best ? (uint16_t)(best - policy->zones + 1) : policy->default_zone;
}

static bool name_is_below(const char *name, const char *pattern)
{
	size_t suffix = strlen(pattern + 1); /* with its dot */
	size_t length = strlen(name);

	return length > suffix && strcmp(name + length - suffix, pattern + 1) == 0;
}

bool policy_name_set_holds(const struct policy_name_set *set, const char *name)
{
	for (size_t i = 0; i < set->name_count; i++)
		if (strcmp(set->names[i], name) == 0 ||
		    (strncmp(set->names[i], "*.", 2) == 0 && name_is_below(name, set->names[i])))
			return true;
	return false;
}

void name_sets_add(struct name_sets *sets, uint16_t names)
{
	sets->bits[names / 64] |= UINT64_C(1) << names % 64;
}

bool name_sets_has(const struct name_sets *sets, uint16_t names)
{
	return sets->bits[names / 64] >> names % 64 & 1;
}

uint16_t policy_zone_of_class(const struct policy *policy, const char *class)
{
	struct member_facts facts = { .class = class };

	return policy_zone_of(policy, &facts);
}

bool policy_interface_matches(const struct policy_interface *patterns, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		size_t length = strlen(patterns[i].pattern);
		bool glob = length > 0 && patterns[i].pattern[length - 1] == '*';

		if (glob ? strncmp(patterns[i].pattern, name, length - 1) == 0 : strcmp(patterns[i].pattern, name) == 0)
			return true;
	}
	return false;
}
