/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow_rows: who opened what to whom, one row for all connections of one kind, to be decided when all is known.
 *
 * Owns:    its rows.
 * Limits:  the rows it was made for; the row that grew longest ago makes room, and is counted.
 * Context: replay; no I/O, no clock.
 * Trust:   values are a stranger's.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_FLOW_ROWS_H
#define ISOWARD_CONTROLLER_REPLAY_FLOW_ROWS_H

#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "policy/base/memory.h"
#include "policy/observation.h"

#define FLOW_APPLICATION_MAX 32

/* No padding: it is compared as it stands. */
struct flow_key_row {
	struct address client;
	struct address server;
	uint16_t port;    /* of the server; of ICMP type << 8 | code */
	uint8_t protocol; /* IANA number */
	uint8_t zero;
};

struct flow_row {
	struct flow_key_row key;
	uint64_t count;
	uint64_t packets; /* of those that are given up, both directions */
	uint64_t bytes;   /* of their frames, as they were sent */
	uint64_t first_ns;
	uint64_t last_ns;
	char application[FLOW_APPLICATION_MAX]; /* as shown, "" where it was not recognised */
	struct flow_row *prev, *next;
	UT_hash_handle hh;
};

struct flow_rows;

/* flow_rows_new makes an empty table of ${rows_max} rows at ${rows}, the caller's to free. errors: -ENOMEM. */
int flow_rows_new(size_t rows_max, struct flow_rows **rows);

/* flow_rows_free releases ${rows}; NULL is allowed. */
void flow_rows_free(struct flow_rows *rows);
CLEANUP_DEFINE(struct flow_rows, flow_rows_free);

/* flow_rows_take counts the flow that ${observation} begins, or notes which application it is of. */
void flow_rows_take(struct flow_rows *rows, const struct observation *observation);

/* flow_rows_end adds what a flow of ${conversation}, its client's, came to: ${packets} of ${bytes}. */
void flow_rows_end(struct flow_rows *rows, const struct conversation *conversation, uint64_t packets, uint64_t bytes);

/* flow_rows_first lends the row that grew longest ago; its ${next} leads on. NULL where there is none. */
const struct flow_row *flow_rows_first(const struct flow_rows *rows);

/* flow_rows_evicted tells how many rows made room for others. */
uint64_t flow_rows_evicted(const struct flow_rows *rows);

/* flow_rows_peak tells how many rows there were at most. */
size_t flow_rows_peak(const struct flow_rows *rows);

#endif
