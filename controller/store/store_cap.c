/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* The share of a full table that goes at once, so that a flood pays for a sort of the oldest rarely. */
#define EVICT_SHARE 64

static const char *const EVICTED_KEY[STORE_TABLE_COUNT] = {
	[STORE_DENIED] = "evicted.denied",
	[STORE_EVENT] = "evicted.event",
	[STORE_ZONE_HISTORY] = "evicted.zone_history",
	[STORE_AUDIT] = "evicted.audit",
	[STORE_REPORTED] = "evicted.reported",
	[STORE_FINDING] = "evicted.finding",
};

static int load_one(struct store *store, enum store_table table, struct error *reterr)
{
	struct store_row row = store_row_of(store, (enum store_statement)((unsigned int)STATEMENT_ROWS_DENIED + table));
	char text[32] = "0";
	int result = store_row_next(&row, reterr);

	if (result > 0)
		store->rows[table] = (uint64_t)sqlite3_column_int64(row.statement, 0);
	store_row_done(&row);
	if (result < 0)
		return result;
	result = store_get_meta(store, EVICTED_KEY[table], text, sizeof(text), NULL);
	if (result && result != -ENOENT)
		return error_set(reterr, result, "inventory %s: cannot read %s", store->file, EVICTED_KEY[table]);
	store->evicted[table] = strtoull(text, NULL, 10);
	return 0;
}

int store_cap_load(struct store *store, struct error *reterr)
{
	int result = 0;

	for (unsigned int table = 0; !result && table < STORE_TABLE_COUNT; table++)
		result = load_one(store, (enum store_table)table, reterr);
	return result;
}

int store_cap_added(struct store *store, enum store_table table, struct error *reterr)
{
	struct store_row row;
	uint64_t spare = store->cap[table] / EVICT_SHARE;
	char text[32];
	int result;

	if (++store->rows[table] <= store->cap[table])
		return 0;
	row = store_row_of(store, (enum store_statement)((unsigned int)STATEMENT_EVICT_DENIED + table));
	store_row_number(&row, (int64_t)(store->rows[table] - store->cap[table] + spare));
	result = store_row_run(&row, reterr);
	if (result)
		return result;
	store->rows[table] -= (uint64_t)sqlite3_changes64(store->database);
	store->evicted[table] += (uint64_t)sqlite3_changes64(store->database);
	snprintf(text, sizeof(text), "%" PRIu64, store->evicted[table]);
	return store_set_meta(store, EVICTED_KEY[table], text, reterr);
}

void store_limit(struct store *store, enum store_table table, uint64_t rows)
{
	store->cap[table] = rows;
}

uint64_t store_evicted(const struct store *store, enum store_table table)
{
	return store->evicted[table];
}
