/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * batch: rows for the store, gathered by the event loop, written as one transaction by the writer.
 *
 * Owns:    its arrays and the facts in them. Rows are copies: a batch stays whole whatever becomes of the inventory
 * meanwhile. Limits:  BATCH_ROWS_MAX events, refusals, reports and audit rows each, BATCH_DEVICES_MAX devices; what
 * undoes a stored row (unbound, removed) is bounded by the inventory's own caps. Context: gathered in the event loop,
 * written in the writer's thread; never both at once.
 */
#ifndef ISOWARD_CONTROLLER_BATCH_H
#define ISOWARD_CONTROLLER_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/inventory/inventory.h"
#include "controller/store/store.h"

#define BATCH_ROWS_MAX      8192
#define BATCH_DEVICES_MAX   1024
#define BATCH_COUNTERS_MAX  4096 /* rules, and pairs of zones, whose counters are shown */
#define BATCH_RELATIONS_MAX (KINSHIP_KEYS * (RELATIVES_COMPARED - 1))

struct batch_device {
	struct store_device row;
	struct store_binding bindings[DEVICE_BINDINGS_MAX];
	size_t binding_count;
	struct store_relation relations[BATCH_RELATIONS_MAX];
	size_t relation_count;
	bool related;  /* the relations are all there are */
	bool evidence; /* its facts are there, to be judged and written with the reasons */
	bool moved;    /* a row of zone history, from_zone to row.zone */
	char from_zone[POLICY_NAME_MAX];
	uint64_t at_ms;
};

struct batch_audit {
	uint64_t at_ms;
	char actor[STORE_KIND_MAX];
	char action[STORE_KIND_MAX];
	char detail[STORE_EVENT_TEXT_MAX];
};

/* A growable array of rows; each is released by free. */
#define BATCH_ROWS(type)                                                                                               \
	struct {                                                                                                       \
		type *at;                                                                                              \
		size_t count, capacity;                                                                                \
	}

struct batch {
	BATCH_ROWS(struct address) unbound;
	BATCH_ROWS(struct mac) removed;
	BATCH_ROWS(struct batch_device) devices;
	BATCH_ROWS(struct store_denied) denied;
	BATCH_ROWS(struct store_reported) reported;
	BATCH_ROWS(struct finding) findings;
	BATCH_ROWS(struct store_event) events;
	BATCH_ROWS(struct batch_audit) audits;
	BATCH_ROWS(struct store_zone) zones;                 /* all of them, or none */
	BATCH_ROWS(struct store_rule_counter) rule_counters; /* the first of the policy, where */
	BATCH_ROWS(struct store_pair_counter) pair_counters; /* all of them, where */
	bool has_counters;                                   /* they have changed */
	BATCH_ROWS(struct store_name) names;                 /* all of them, where */
	bool has_names;                                      /* they have changed */
};

/* BATCH_ADD adds a zeroed row to ${rows} of a batch, at most ${most}; NULL at the cap or without memory. */
#define BATCH_ADD(rows, most)                                                                                          \
	batch_add_row((void **)&(rows)->at, &(rows)->count, &(rows)->capacity, sizeof(*(rows)->at), most)

/* batch_add_row is BATCH_ADD's function: a zeroed row of ${size} bytes behind the ${count} rows at ${at}. */
void *batch_add_row(void **at, size_t *count, size_t *capacity, size_t size, size_t most);

/* batch_is_empty tells whether ${batch} has no row. */
bool batch_is_empty(const struct batch *batch);

/*
 * batch_clear takes all rows out of ${batch} and keeps its memory for the next, but for rows of which it has far more
 * than it had use for: a storm of devices is over.
 */
void batch_clear(struct batch *batch);

/* batch_done releases the arrays of ${batch}. */
void batch_done(struct batch *batch);

/*
 * batch_write writes ${batch} into ${store} as one transaction; reasons are judged by ${fingerprints}.
 * errors: those of the store; nothing of it is then written.
 */
int batch_write(const struct batch *batch, struct store *store, const struct fingerprints *fingerprints,
                struct error *reterr);

#endif
