/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_internal: what the parts of the store share: the connection, cached statements, a binder that fails once.
 *
 * Owns:    statements live until store_close; a row borrows one and store_row_done gives it back.
 * Context: store.c, store_write.c, store_counters.c, store_load.c, store_cap.c only.
 */
#ifndef ISOWARD_CONTROLLER_STORE_INTERNAL_H
#define ISOWARD_CONTROLLER_STORE_INTERNAL_H

#include <sqlite3.h>

#include "controller/store/store.h"

#define STORE_RECENT_EVENTS 1024 /* slots of the cache that finds an event told before; a collision costs a row */

enum store_statement {
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
	STATEMENT_SAVEPOINT,
	STATEMENT_RELEASE,
	STATEMENT_BACK,
	STATEMENT_PUT_DEVICE,
	STATEMENT_DELETE_DEVICE,
	STATEMENT_PUT_BINDING,
	STATEMENT_DELETE_BINDING,
	STATEMENT_DELETE_FACTS,
	STATEMENT_PUT_FACT,
	STATEMENT_DELETE_EVIDENCE,
	STATEMENT_PUT_EVIDENCE,
	STATEMENT_DELETE_RELATIONS,
	STATEMENT_PUT_RELATION,
	STATEMENT_ADD_ZONE_HISTORY,
	STATEMENT_COUNT_DENIED,
	STATEMENT_ADD_DENIED,
	STATEMENT_COUNT_REPORTED,
	STATEMENT_ADD_REPORTED,
	STATEMENT_COUNT_FINDING,
	STATEMENT_ADD_FINDING,
	STATEMENT_COUNT_EVENT,
	STATEMENT_ADD_EVENT,
	STATEMENT_ADD_AUDIT,
	STATEMENT_DELETE_ZONES,
	STATEMENT_PUT_ZONE,
	STATEMENT_DELETE_RULE_COUNTERS,
	STATEMENT_PUT_RULE_COUNTER,
	STATEMENT_DELETE_PAIR_COUNTERS,
	STATEMENT_PUT_PAIR_COUNTER,
	STATEMENT_DELETE_NAMES,
	STATEMENT_PUT_NAME,
	STATEMENT_LOAD_NAMES,
	STATEMENT_SET_META,
	STATEMENT_GET_META,
	STATEMENT_LOAD_DEVICES,
	STATEMENT_LOAD_FACTS,
	STATEMENT_LOAD_BINDINGS,
	STATEMENT_EVICT_DENIED, /* in the order of enum store_table */
	STATEMENT_EVICT_EVENT,
	STATEMENT_EVICT_ZONE_HISTORY,
	STATEMENT_EVICT_AUDIT,
	STATEMENT_EVICT_REPORTED,
	STATEMENT_EVICT_FINDING,
	STATEMENT_ROWS_DENIED, /* likewise */
	STATEMENT_ROWS_EVENT,
	STATEMENT_ROWS_ZONE_HISTORY,
	STATEMENT_ROWS_AUDIT,
	STATEMENT_ROWS_REPORTED,
	STATEMENT_ROWS_FINDING,
	STORE_STATEMENT_COUNT
};

struct store_recent_event {
	int64_t id;
	uint64_t at_ms;
};

struct store {
	sqlite3 *database;
	char file[ERROR_FILE_MAX];
	sqlite3_stmt *statements[STORE_STATEMENT_COUNT];
	int failed; /* first failure of the open batch: it must not be committed */
	bool in_batch;
	uint64_t cap[STORE_TABLE_COUNT];
	uint64_t rows[STORE_TABLE_COUNT];
	uint64_t evicted[STORE_TABLE_COUNT];
	struct store_recent_event recent[STORE_RECENT_EVENTS];
};

/* A statement being filled from its first parameter on. */
struct store_row {
	struct store *store;
	sqlite3_stmt *statement;
	int index;
	int failed; /* an SQLite result code, sticky */
};

/* store_fail maps the SQLite ${result} of ${store} to a negative errno with a text that says what to do. */
int store_fail(struct store *store, int result, struct error *reterr);

/* store_row_of begins a row of ${which}; a failure shows at store_row_run. */
struct store_row store_row_of(struct store *store, enum store_statement which);

/* store_row_text binds ${text}, which must stay until the row is done. */
void store_row_text(struct store_row *row, const char *text);

/* store_row_number binds ${number}. */
void store_row_number(struct store_row *row, int64_t number);

/* store_row_bytes binds ${length} ${bytes} as a blob, which must stay until the row is done. */
void store_row_bytes(struct store_row *row, const uint8_t *bytes, size_t length);

/* store_row_mac binds ${mac} as text; NULL is "". */
void store_row_mac(struct store_row *row, const struct mac *mac);

/* store_row_address binds ${address} as text. */
void store_row_address(struct store_row *row, const struct address *address);

/* store_row_next steps the row: 1 where there is a row to read, 0 at the end, negative errno. */
int store_row_next(struct store_row *row, struct error *reterr);

/* store_row_done gives the statement back. */
void store_row_done(struct store_row *row);

/* store_row_run runs a row that yields nothing and gives it back. */
int store_row_run(struct store_row *row, struct error *reterr);

/* store_atomic_begin begins a group of statements that stand or fall together, in a batch or alone. */
int store_atomic_begin(struct store *store, struct error *reterr);

/* store_atomic_end keeps the group where ${result} is 0, else undoes it; returns the first failure. */
int store_atomic_end(struct store *store, int result, struct error *reterr);

/* store_cap_load counts the rows of the capped tables and reads how many were evicted. */
int store_cap_load(struct store *store, struct error *reterr);

/* store_cap_added counts a new row of ${table} and evicts the oldest where there are too many. */
int store_cap_added(struct store *store, enum store_table table, struct error *reterr);

#endif
