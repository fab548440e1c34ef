/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * table: the policy compiled, the one thing that decides: flattened networks and, per zone pair, ordered services.
 *
 * Owns:    its arrays; table_free releases them. Borrows nothing from the policy.
 * Limits:  those of the policy, TABLE_SCHEDULES_MAX, and TABLE_ENTRIES_MAX: a rule counts once per zone pair it names.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_TABLE_H
#define ISOWARD_POLICY_TABLE_H

#include "policy/policy.h"

#define TABLE_ENTRIES_MAX   200000U
#define TABLE_SCHEDULES_MAX 1000 /* always included */

/* An inclusive range of addresses that belongs to one zone; ranges of a family are sorted and do not overlap. */
struct table_network {
	struct address first;
	struct address last;
	uint16_t zone;
};

/* One step of a pair's chain: the first enforced entry that holds the flow decides. */
struct table_entry {
	struct service_range *ranges; /* sorted, those of one protocol apart; part of the table's ranges */
	size_t range_count;
	enum verdict verdict;
	enum policy_mode mode;
	uint16_t names;    /* the name set the destination must be known by; 0 for any destination */
	uint16_t schedule; /* index into the table's schedules; 0 is always */
	size_t rule;       /* index into policy->rules */
};

struct table_pair {
	uint16_t from; /* group ids */
	uint16_t to;
	struct table_entry *entries; /* in the order of the policy's rules */
	size_t entry_count;
};

struct table {
	uint16_t group_count;
	struct table_network *networks;
	size_t network_count;
	struct table_pair *pairs; /* sorted by (from, to); pairs no rule names are absent: default deny */
	size_t pair_count;
	struct table_entry *entries; /* what the pairs' entries point into */
	size_t entry_count;
	struct service_range *ranges; /* what the entries' ranges point into: one merged copy a rule */
	struct schedule *schedules;   /* each once; the first is always */
	size_t schedule_count;
};

/* A new flow, as the gateway meets it. */
struct flow {
	uint16_t from; /* group ids; ZONE_NONE for an address in no zone */
	uint16_t to;
	uint8_t protocol;
	uint16_t port;          /* original destination, host order; ICMP: type << 8 | code */
	uint16_t names;         /* a name set the destination is known by; 0 for none */
	struct name_sets known; /* more of them */
	struct moment moment;
};

struct decision {
	enum verdict verdict;
	bool by_default;
	size_t rule;      /* index into policy->rules where not by_default */
	bool is_observed; /* a rule in observe mode stood before it */
	size_t observed;  /* the first such rule where is_observed */
};

/*
 * table_compile compiles ${policy} into a new ${table}.
 * errors: -ENOMEM; -EINVAL with a place where two zones claim the same prefix; -E2BIG with the place of the rule that
 *         goes over TABLE_ENTRIES_MAX or TABLE_SCHEDULES_MAX. table untouched on failure.
 */
int table_compile(const struct policy *policy, struct table **table, struct error *reterr);

/* table_free releases ${table}; NULL is allowed. */
void table_free(struct table *table);
CLEANUP_DEFINE(struct table, table_free);

/* table_zone_of_network finds the zone whose network holds ${address} (longest prefix wins); ZONE_NONE for none. */
uint16_t table_zone_of_network(const struct table *table, const struct address *address);

/* table_pair finds the pair ${from} and ${to}; NULL where no rule names it. */
const struct table_pair *table_pair(const struct table *table, uint16_t from, uint16_t to);

/* table_decide decides ${flow}. */
struct decision table_decide(const struct table *table, const struct flow *flow);

#endif
