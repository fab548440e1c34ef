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
		free(policy->zones[i].classes);
		free(policy->zones[i].networks);
	}
	for (size_t i = 0; i < policy->service_count; i++)
		free(policy->services[i].ranges);
	for (size_t i = 0; i < policy->rule_count; i++) {
		free(policy->rules[i].from);
		free(policy->rules[i].to);
		free(policy->rules[i].ranges);
	}
	free(policy->zones);
	free(policy->services);
	free(policy->rules);
	free(policy->pins);
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

/* The length of ${claim} where it is ${class} or an ancestor: the same text, then the end or a '/'. */
static size_t class_depth(const char *claim, const char *class)
{
	size_t length = strlen(claim);
	bool covers = strncmp(claim, class, length) == 0 && (class[length] == '\0' || class[length] == '/');

	return covers ? length : 0;
}

uint16_t policy_zone_of_class(const struct policy *policy, const char *class)
{
	uint16_t best = policy->default_zone;
	size_t best_depth = 0;

	for (size_t i = 0; i < policy->zone_count; i++)
		for (size_t j = 0; j < policy->zones[i].class_count; j++) {
			size_t depth = class_depth(policy->zones[i].classes[j], class);

			if (depth > best_depth) {
				best_depth = depth;
				best = (uint16_t)(i + 1);
			}
		}
	return best;
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
