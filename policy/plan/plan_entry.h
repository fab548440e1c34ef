/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_entry: the rules of one entry of a pair's chain, the sets of ports that entries share, and what the rules of a
 * policy need beside: helpers, and sets of addresses known by name.
 *
 * Owns:    struct entry_writer owns its port sets; entry_writer_done releases them.
 * Context: pure; of use to plan_build, plan_pairs and plan_data only.
 */
#ifndef ISOWARD_POLICY_PLAN_ENTRY_H
#define ISOWARD_POLICY_PLAN_ENTRY_H

#include "policy/plan/plan_write.h"

struct port_set;

/* What the rules of a plan are written from. */
struct entry_writer {
	struct plan_writer *writer;
	const struct policy *policy;
	const struct table *table;
	struct moment moment;
	struct port_set *port_sets;
};

/* entry_writer_done releases what ${entries} owns. */
void entry_writer_done(struct entry_writer *entries);

/* entry_is_in_force tells whether ${entry} holds at the moment of ${entries}. */
bool entry_is_in_force(const struct entry_writer *entries, const struct table_entry *entry);

/*
 * entry_write writes the rules of ${entry} to the last chain: for each protocol, and for each family where the
 * destination must be known by name, one that observes or decides, before it what its rate and its reports ask for.
 */
void entry_write(struct entry_writer *entries, const struct table_entry *entry);

/* plan_write_names writes the sets of the addresses that ${policy} knows by name; they are empty. */
void plan_write_names(struct plan_writer *writer, const struct policy *policy);

/* plan_write_known adds: the flow is of ${family}, and the destination, or with ${source} the source, is an address
 * known by the set ${names} of names. */
void plan_write_known(struct plan_writer *writer, uint8_t family, bool source, uint16_t names);

/* plan_write_helpers notes the helpers that the rules of ${policy} give to flows. */
void plan_write_helpers(struct plan_writer *writer, const struct policy *policy);

/* plan_helper_name tells what the kernel calls ${helper}; NULL for HELPER_NONE. */
const char *plan_helper_name(uint8_t helper);

#endif
