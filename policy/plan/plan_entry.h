/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_entry: the rules of one entry of a pair's chain, the sets of ports and of hours that entries share, and what the
 * rules of a policy need beside: helpers, and sets of addresses known by name.
 *
 * Owns:    struct entry_writer owns its port sets and the note of its hours; entry_writer_done releases them.
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
	const struct calendar *calendar;
	struct port_set *port_sets;
	uint8_t *hours; /* by schedule, which of its sets are written; NULL before the first */
};

/* entry_writer_done releases what ${entries} owns. */
void entry_writer_done(struct entry_writer *entries);

/*
 * entry_write writes the rules of the ${index}th entry of ${pair} to the last chain: for each protocol, and for each
 * family where the destination must be known by name, one that observes or decides, before it what its rate and its
 * reports ask for. What a schedule has a say in is admitted packet by packet, so that it ends on the minute.
 */
void entry_write(struct entry_writer *entries, const struct table_pair *pair, size_t index);

/*
 * entry_match_hours adds: the packet comes when ${schedule}, an index into the table's schedules, holds. ${refuses}
 * says that the rule refuses, and goes on to do so behind the calendar's horizon: in doubt nothing opens.
 */
void entry_match_hours(struct entry_writer *entries, uint16_t schedule, bool refuses);

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
