/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table: the policy compiled, the one thing that decides: flattened networks and, per zone pair, ordered services.
 *
 * Owns:    its arrays; table_free releases them. Borrows nothing from the policy.
 * Limits:  those of the policy, and TABLE_ENTRIES_MAX: a rule counts once per zone pair it names.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_TABLE_H
#define ISOWARD_POLICY_TABLE_H

#include "policy/policy.h"

#define TABLE_ENTRIES_MAX 200000U

/* An inclusive range of addresses that belongs to one zone; ranges of a family are sorted and do not overlap. */
struct table_network {
	struct address first;
	struct address last;
	uint16_t zone;
};

/* One step of a pair's chain: the first entry that holds the flow's protocol and port decides. */
struct table_entry {
	struct service_range *ranges; /* merged and sorted; part of the table's ranges */
	size_t range_count;
	enum verdict verdict;
	size_t rule; /* index into policy->rules */
};

struct table_pair {
	uint16_t from;
	uint16_t to;
	struct table_entry *entries; /* in the order of the policy's rules */
	size_t entry_count;
};

struct table {
	struct table_network *networks;
	size_t network_count;
	struct table_pair *pairs; /* sorted by (from, to); pairs no rule names are absent: default deny */
	size_t pair_count;
	struct table_entry *entries;  /* what the pairs' entries point into */
	struct service_range *ranges; /* what the entries' ranges point into: one merged copy a rule */
};

struct decision {
	enum verdict verdict;
	bool by_default;
	size_t rule; /* index into policy->rules where not by_default */
};

/*
 * table_compile compiles ${policy} into a new ${table}.
 * errors: -ENOMEM; -EINVAL with a place where two zones claim the same prefix; -E2BIG with the place of the rule that
 *         goes over TABLE_ENTRIES_MAX. table untouched on failure.
 */
int table_compile(const struct policy *policy, struct table **table, struct error *reterr);

/* table_free releases ${table}; NULL is allowed. */
void table_free(struct table *table);
CLEANUP_DEFINE(struct table, table_free);

/* table_zone_of_network finds the zone whose network holds ${address} (longest prefix wins); ZONE_NONE for none. */
uint16_t table_zone_of_network(const struct table *table, const struct address *address);

/* table_decide decides a flow ${from} zone ${to} zone of ${protocol} and original destination ${port} (host order). */
struct decision table_decide(const struct table *table, uint16_t from, uint16_t to, uint8_t protocol, uint16_t port);

#endif
