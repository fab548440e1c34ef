/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A policy made of any bytes is read or refused with an error that has a text; what is read keeps its promises.
 */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void check_policy(const struct policy *policy)
{
	size_t defaults = 0;

	for (size_t i = 0; i < policy->zone_count; i++)
		defaults += policy->zones[i].is_default;
	require(defaults == 1 && policy_zone(policy, policy->default_zone)->is_default);
	require(policy->clinical_count > 0 && policy->uplink_count > 0);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct policy_rule *rule = &policy->rules[i];

		require(rule->from_count > 0 && rule->to_count > 0 && rule->range_count > 0);
		for (size_t j = 0; j < rule->from_count; j++)
			require(policy_zone(policy, rule->from[j]) != NULL);
		for (size_t j = 0; j < rule->range_count; j++)
			require(rule->ranges[j].first <= rule->ranges[j].last);
	}
	for (size_t i = 1; i < policy->pin_count; i++)
		require(memcmp(&policy->pins[i - 1].mac, &policy->pins[i].mac, sizeof(struct mac)) < 0);
	require(policy_zone(policy, policy_zone_of_class(policy, "medical/imaging/ct")) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct error errors[ERRORS_MAX];
	struct policy *policy = NULL;
	struct error error = { 0 };
	size_t count;
	int rc = policy_parse("fuzz", (const char *)data, size, &policy, &error);

	if (rc == 0) {
		check_policy(policy);
		policy_free(policy);
		return 0;
	}
	require(policy == NULL && error.code == rc && error.text[0]);
	require(policy_parse_all("fuzz", (const char *)data, size, &policy, errors, ERRORS_MAX, &count) < 0);
	require(policy == NULL && count >= 1 && count <= ERRORS_MAX);
	return 0;
}
