/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * proof_policy: policies for the tests of policy/proof, written as YAML, with their tables.
 *
 * Owns:    nothing; what it makes is the caller's.
 * Context: tests.
 */
#ifndef ISOWARD_TESTS_PROOF_POLICY_H
#define ISOWARD_TESTS_PROOF_POLICY_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/table/table.h"

#define PROOF_HEAD                                                                                                     \
	"version: 1\n"                                                                                                 \
	"gateway: { clinical: [ward0], uplink: [wan0] }\n"
#define PROOF_ZONES                                                                                                    \
	"zones:\n"                                                                                                     \
	"  pumps: { members: { class: medical/infusion-pump } }\n"                                                     \
	"  imaging: { members: { class: medical/imaging } }\n"                                                         \
	"  pump-servers: { networks: [10.8.0.0/24] }\n"                                                                \
	"  pcs: { members: { class: computer } }\n"                                                                    \
	"  internet: { networks: [0.0.0.0/0] }\n"                                                                      \
	"  quarantine: { default: true }\n"

static inline struct policy *proof_parse(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { .code = 0 };
	char words[1024];

	if (policy_parse("site.yaml", text, strlen(text), &policy, &error) < 0) {
		fprintf(stderr, "%s\n", error_format(&error, words, sizeof(words)));
		abort();
	}
	return policy;
}

static inline struct table *proof_compile(const struct policy *policy)
{
	struct table *table = NULL;
	struct error error = { .code = 0 };
	char words[1024];

	if (table_compile(policy, &table, &error) < 0) {
		fprintf(stderr, "%s\n", error_format(&error, words, sizeof(words)));
		abort();
	}
	return table;
}

/* Makes rule ${index} of ${policy} hold on working days from seven to seven. */
static inline void proof_work_hours(struct policy *policy, size_t index)
{
	policy->rules[index].schedule = (struct schedule){
		.windows = { { .days = 0x1f, .first = 7 * 60, .last = 19 * 60 } },
		.window_count = 1,
	};
}

/* Makes rule ${index} of ${policy}, which has no names yet, hold for ${name} only. */
static inline void proof_name(struct policy *policy, size_t index, const char *name)
{
	struct policy_name_set *set = calloc(1, sizeof(*set));

	assert(set && policy->name_set_count == 0);
	set->names = calloc(1, sizeof(*set->names));
	assert(set->names);
	snprintf(set->names[0], sizeof(set->names[0]), "%s", name);
	set->name_count = 1;
	policy->name_sets = set;
	policy->name_set_count = 1;
	policy->rules[index].names = 1;
}

/* Adds the device ${name}, pinned to ${zone}, that rules can name by itself. */
static inline uint16_t proof_single(struct policy *policy, const char *name, const char *zone)
{
	struct policy_single *grown = realloc(policy->singles, (policy->single_count + 1) * sizeof(*policy->singles));

	assert(grown);
	policy->singles = grown;
	grown[policy->single_count] = (struct policy_single){
		.mac = { { 2, 0, 0, 0, 0, (uint8_t)policy->single_count } },
		.zone = policy_zone_by_name(policy, zone),
	};
	snprintf(grown[policy->single_count].name, sizeof(grown->name), "%s", name);
	policy->single_count++;
	return policy_group_count(policy);
}

static inline uint16_t proof_group(const struct policy *policy, const char *name)
{
	for (uint16_t group = 1; group <= policy_group_count(policy); group++)
		if (strcmp(policy_group_name(policy, group), name) == 0)
			return group;
	fprintf(stderr, "no group is called %s\n", name);
	abort();
}

#endif
