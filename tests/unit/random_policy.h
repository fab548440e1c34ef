/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * random_policy: a policy made from a seed, small enough that rules, ports and networks collide often.
 *
 * Owns:    a policy whose parts policy_free releases.
 * Context: tests of table and plan.
 */
#ifndef ISOWARD_TESTS_RANDOM_POLICY_H
#define ISOWARD_TESTS_RANDOM_POLICY_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/policy.h"

/* xorshift64: any seed but 0 gives the same policies on every machine. */
static inline uint32_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 32);
}

static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
	return random_next(state) % limit;
}

/* The seed of this run, printed so that ISOWARD_TEST_SEED can bring it back. */
static inline uint64_t random_seed(void)
{
	const char *given = getenv("ISOWARD_TEST_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given ? strtoull(given, NULL, 0) : ((uint64_t)now.tv_sec << 20) ^ (uint64_t)now.tv_nsec;
	seed = seed ? seed : 1;
	printf("ISOWARD_TEST_SEED=%#llx\n", (unsigned long long)seed);
	return seed;
}

static inline void *random_array(size_t count, size_t size)
{
	void *array = calloc(count + 1, size);

	assert(array);
	return array;
}

/* A prefix that shares its first bytes with others: IPv4 below 10.0.0.0/8 or IPv6 below fd00::/8, or one of all. */
static inline struct prefix random_prefix(uint64_t *state)
{
	bool v4 = random_below(state, 2);
	uint8_t bytes[16] = { v4 ? 10 : 0xfd };
	unsigned int bits = v4 ? 32 : 128;
	struct prefix prefix = { .length = (uint8_t)(random_below(state, 8) ? bits - random_below(state, 11) : 0) };

	bytes[bits / 8 - 2] = (uint8_t)random_below(state, 4);
	bytes[bits / 8 - 1] = (uint8_t)random_next(state);
	for (unsigned int bit = prefix.length; bit < bits; bit++)
		bytes[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
	prefix.address = v4 ? address_v4(bytes) : address_v6(bytes);
	return prefix;
}

static inline bool random_prefix_taken(const struct policy *policy, const struct prefix *prefix)
{
	for (size_t z = 0; z < policy->zone_count; z++)
		for (size_t n = 0; n < policy->zones[z].network_count; n++)
			if (policy->zones[z].networks[n].prefix.length == prefix->length &&
			    address_equal(&policy->zones[z].networks[n].prefix.address, &prefix->address))
				return true;
	return false;
}

static inline void random_zones(struct policy *policy, uint64_t *state)
{
	policy->zone_count = 1 + random_below(state, 6);
	policy->zones = random_array(policy->zone_count, sizeof(*policy->zones));
	for (size_t z = 0; z < policy->zone_count; z++) {
		struct policy_zone *zone = &policy->zones[z];
		size_t wanted = random_below(state, 8);

		snprintf(zone->name, sizeof(zone->name), "zone-%zu", z + 1);
		snprintf(zone->label, sizeof(zone->label), "%s", zone->name);
		zone->networks = random_array(wanted, sizeof(*zone->networks));
		for (size_t n = 0; n < wanted; n++) {
			struct prefix prefix = random_prefix(state);

			if (!random_prefix_taken(policy, &prefix))
				zone->networks[zone->network_count++].prefix = prefix;
		}
	}
	policy->zones[0].is_default = true;
	policy->default_zone = 1;
}

static inline struct service_range random_range(uint64_t *state)
{
	static const uint8_t protocols[] = { 1, 6, 6, 17, 47, 58, 0 };
	struct service_range range = { .protocol = protocols[random_below(state, sizeof(protocols))] };

	if (range.protocol == 0 || random_below(state, 12) == 0) {
		range.last = UINT16_MAX;
		return range;
	}
	range.first = (uint16_t)(random_below(state, 10) ? random_below(state, 40) : 65535 - random_below(state, 5));
	range.last = (uint16_t)(range.first + random_below(state, 5));
	if (range.last < range.first)
		range.last = UINT16_MAX;
	return range;
}

/* Ids of some of the zones, each at most once. */
static inline uint16_t *random_ids(const struct policy *policy, uint64_t *state, size_t *count)
{
	uint16_t *ids = random_array(policy->zone_count, sizeof(*ids));

	*count = 0;
	for (uint16_t id = 1; id <= policy->zone_count; id++)
		if (random_below(state, 3) == 0)
			ids[(*count)++] = id;
	return ids;
}

static inline void random_rules(struct policy *policy, uint64_t *state)
{
	policy->rule_count = random_below(state, 12);
	policy->rules = random_array(policy->rule_count, sizeof(*policy->rules));
	for (size_t r = 0; r < policy->rule_count; r++) {
		struct policy_rule *rule = &policy->rules[r];

		rule->from = random_ids(policy, state, &rule->from_count);
		rule->to = random_ids(policy, state, &rule->to_count);
		rule->verdict = random_below(state, 3) ? VERDICT_ALLOW : VERDICT_DENY;
		rule->range_count = 1 + random_below(state, 5);
		rule->ranges = random_array(rule->range_count, sizeof(*rule->ranges));
		for (size_t i = 0; i < rule->range_count; i++)
			rule->ranges[i] = random_range(state);
		snprintf(rule->services, sizeof(rule->services), "service %zu", r);
		rule->place = (struct place){ .line = (unsigned int)r + 10, .column = 5 };
	}
}

/* Times that overlap, end soon after each other and run past midnight. */
static inline struct schedule random_schedule(uint64_t *state)
{
	struct schedule schedule = { .window_count = (uint8_t)random_below(state, 3) };

	for (size_t i = 0; i < schedule.window_count; i++)
		schedule.windows[i] = (struct window){
			.days = (uint8_t)(1 + random_below(state, 127)),
			.first = (uint16_t)(random_below(state, 24) * 60),
			.last = (uint16_t)(1 + random_below(state, 3) * 480),
		};
	if (schedule.window_count == 0 || random_below(state, 3) == 0)
		schedule.until = (int32_t)(1 + random_below(state, 30));
	return schedule;
}

/* A moment before, at and after the ends of random_schedule. */
static inline struct moment random_moment(uint64_t *state)
{
	return (struct moment){
		.day = (int32_t)random_below(state, 40),
		.minute = (uint16_t)(random_below(state, 2) ? random_below(state, MINUTES_OF_DAY)
		                                            : random_below(state, 24) * 60),
	};
}

/* Devices by themselves, pinned, and rules that name them: some of each rule's ends. */
static inline void random_singles(struct policy *policy, uint64_t *state)
{
	policy->single_count = random_below(state, 4);
	policy->singles = random_array(policy->single_count, sizeof(*policy->singles));
	policy->pin_count = policy->single_count;
	policy->pins = random_array(policy->pin_count, sizeof(*policy->pins));
	for (size_t i = 0; i < policy->single_count; i++) {
		struct policy_single *single = &policy->singles[i];

		single->mac = (struct mac){ { 2, 0, 0, 0, 0, (uint8_t)i } };
		single->zone = (uint16_t)(1 + random_below(state, (uint32_t)policy->zone_count));
		snprintf(single->name, sizeof(single->name), "CT-%zu", i + 1);
		policy->pins[i].mac = single->mac;
		policy->pins[i].zone = single->zone;
		snprintf(policy->pins[i].name, sizeof(policy->pins[i].name), "%s", single->name);
	}
}

static inline void random_add_singles(const struct policy *policy, uint64_t *state, uint16_t **ids, size_t *count)
{
	uint16_t *grown = random_array(*count + policy->single_count, sizeof(*grown));

	if (*count > 0)
		memcpy(grown, *ids, *count * sizeof(*grown));
	for (uint16_t id = (uint16_t)(policy->zone_count + 1); id <= policy_group_count(policy); id++)
		if (random_below(state, 4) == 0)
			grown[(*count)++] = id;
	free(*ids);
	*ids = grown;
}

/* The next policy that ${state} gives; release it with policy_free. */
static inline struct policy *random_policy(uint64_t *state)
{
	struct policy *policy = random_array(1, sizeof(*policy));

	snprintf(policy->file, sizeof(policy->file), "random.yaml");
	policy->clinical_count = 2;
	strcpy(policy->clinical[0].pattern, "ward0");
	strcpy(policy->clinical[1].pattern, "pumps*");
	random_zones(policy, state);
	random_rules(policy, state);
	return policy;
}

/* random_policy with single devices, names, times, observing rules and rules that tell whom they refuse. */
static inline struct policy *random_full_policy(uint64_t *state)
{
	struct policy *policy = random_policy(state);

	random_singles(policy, state);
	policy->name_set_count = random_below(state, 4);
	policy->name_sets = random_array(policy->name_set_count, sizeof(*policy->name_sets));
	for (size_t r = 0; r < policy->rule_count; r++) {
		struct policy_rule *rule = &policy->rules[r];

		random_add_singles(policy, state, &rule->from, &rule->from_count);
		random_add_singles(policy, state, &rule->to, &rule->to_count);
		if (random_below(state, 4) == 0)
			rule->verdict = VERDICT_REJECT;
		if (random_below(state, 4) == 0)
			rule->mode = MODE_OBSERVE;
		if (random_below(state, 3) == 0)
			rule->schedule = random_schedule(state);
		if (random_below(state, 4) == 0)
			rule->names = (uint16_t)random_below(state, (uint32_t)policy->name_set_count + 1);
	}
	return policy;
}

/* What else a rule can say: a rate, a report, a helper for its ports. */
static inline void random_extras(struct policy *policy, uint64_t *state)
{
	for (size_t r = 0; r < policy->rule_count; r++) {
		struct policy_rule *rule = &policy->rules[r];

		rule->log = (enum policy_log)random_below(state, 3);
		if (rule->verdict == VERDICT_ALLOW && random_below(state, 3) == 0)
			rule->rate = (struct policy_rate){ 1 + random_below(state, 100), 60 };
		for (size_t i = 0; i < rule->range_count; i++) {
			if (rule->ranges[i].protocol == 6 && random_below(state, 3) == 0)
				rule->ranges[i].helper = HELPER_FTP;
			if (rule->ranges[i].protocol == 17 && random_below(state, 3) == 0)
				rule->ranges[i].helper = HELPER_TFTP;
		}
	}
}

/* random_full_policy with rates, reports and helpers too. */
static inline struct policy *random_language_policy(uint64_t *state)
{
	struct policy *policy = random_full_policy(state);

	random_extras(policy, state);
	return policy;
}

#endif
