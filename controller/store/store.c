/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "controller/store/schema.h"
#include "controller/store/store_internal.h"

/* How long a write waits for a reader that holds a checkpoint back; the reader's statements are far shorter. */
#define BUSY_TIMEOUT_MS 2000

static int set_up(struct store *store, struct error *reterr)
{
	static const char *const PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;"
					   "PRAGMA trusted_schema=OFF; PRAGMA temp_store=MEMORY;"
					   "PRAGMA journal_size_limit=67108864;";
	int result = sqlite3_exec(store->database, PRAGMAS, NULL, NULL, NULL);

	return result ? store_fail(store, result, reterr) : 0;
}

static int read_version(struct store *store, int *version, struct error *reterr)
{
	sqlite3_stmt *statement = NULL;
	int result = sqlite3_prepare_v2(store->database, "PRAGMA user_version", -1, &statement, NULL);

	if (!result)
		result = sqlite3_step(statement);
	if (result == SQLITE_ROW)
		*version = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return result == SQLITE_ROW ? 0 : store_fail(store, result, reterr);
}

static int migrate_one(struct store *store, int version, struct error *reterr)
{
	char pragma[64];
	int result = sqlite3_exec(store->database, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (!result)
		result = sqlite3_exec(store->database, SCHEMA_MIGRATIONS[version], NULL, NULL, NULL);
	snprintf(pragma, sizeof(pragma), "PRAGMA user_version=%d", version + 1);
	if (!result)
		result = sqlite3_exec(store->database, pragma, NULL, NULL, NULL);
	if (!result)
		result = sqlite3_exec(store->database, "COMMIT", NULL, NULL, NULL);
	if (!result)
		return 0;
	result = store_fail(store, result, reterr);
	if (!sqlite3_get_autocommit(store->database))
		sqlite3_exec(store->database, "ROLLBACK", NULL, NULL, NULL);
	return result;
}

static int migrate(struct store *store, struct error *reterr)
{
	int version = 0;
	int result = read_version(store, &version, reterr);

	if (result)
		return result;
	if (version > SCHEMA_VERSION)
		return error_set(reterr, -EINVAL,
		                 "inventory %s has version %d, this isoward knows versions up to %d; "
		                 "start the newer isoward again or name another folder with --state",
		                 store->file, version, SCHEMA_VERSION);
	for (; !result && version < SCHEMA_VERSION; version++)
		result = migrate_one(store, version, reterr);
	return result;
}

/* The file is made by us first, so that its mode does not hang on the umask. */
static int make_file(const char *directory, const char *file, struct error *reterr)
{
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		return error_set(reterr, errno == ENOSPC || errno == EIO ? -EIO : -EACCES,
		                 "state folder %s: cannot write %s: %s; make it with "
		                 "`install -d -m 0750 %s` or name another with --state",
		                 directory, STORE_FILE, strerror(errno), directory);
	close(fd);
	return 0;
}

static int connect_to(struct store *store, struct error *reterr)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW;
	int result = sqlite3_open_v2(store->file, &store->database, flags, NULL);

	if (!store->database)
		return error_set(reterr, -ENOMEM, "inventory %s: out of memory", store->file);
	if (result)
		return store_fail(store, result, reterr);
	sqlite3_extended_result_codes(store->database, 1);
	sqlite3_busy_timeout(store->database, BUSY_TIMEOUT_MS);
	result = set_up(store, reterr);
	if (!result)
		result = migrate(store, reterr);
	return result ? result : store_cap_load(store, reterr);
}

int store_open(const char *directory, struct store **store, struct error *reterr)
{
	static const uint64_t CAPS[STORE_TABLE_COUNT] = {
		[STORE_DENIED] = STORE_DENIED_ROWS,
		[STORE_EVENT] = STORE_EVENT_ROWS,
		[STORE_ZONE_HISTORY] = STORE_ZONE_HISTORY_ROWS,
		[STORE_AUDIT] = STORE_AUDIT_ROWS,
		[STORE_REPORTED] = STORE_REPORTED_ROWS,
		[STORE_FINDING] = STORE_FINDING_ROWS,
	};
	struct store *made CLEANUP(store_close) = calloc(1, sizeof(*made));
	int result;

	if (!made)
		return error_set(reterr, -ENOMEM, "inventory: out of memory");
	memcpy(made->cap, CAPS, sizeof(CAPS));
	result = snprintf(made->file, sizeof(made->file), "%s/%s", directory, STORE_FILE);
	if (result < 0 || (size_t)result >= sizeof(made->file))
		return error_set(reterr, -ENAMETOOLONG, "state folder %.100s…: the path is longer than %zu bytes",
		                 directory, sizeof(made->file));
	result = make_file(directory, made->file, reterr);
	if (!result)
		result = connect_to(made, reterr);
	if (!result)
		*store = take_ptr(&made);
	return result;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	store_rollback(store);
	for (size_t i = 0; i < STORE_STATEMENT_COUNT; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->database);
	free(store);
}

int store_begin(struct store *store, struct error *reterr)
{
	struct store_row row = store_row_of(store, STATEMENT_BEGIN);
	int result;

	assert(!store->in_batch);
	result = store_row_run(&row, reterr);
	if (result)
		return result;
	store->in_batch = true;
	store->failed = 0;
	return 0;
}

int store_commit(struct store *store, struct error *reterr)
{
	struct store_row row;
	int result = store->failed;

	assert(store->in_batch);
	if (!result && sqlite3_get_autocommit(store->database))
		result = -EIO;
	if (result)
		error_set(reterr, result, "inventory %s: a write of this batch failed, the batch is undone",
		          store->file);
	if (!result) {
		row = store_row_of(store, STATEMENT_COMMIT);
		result = store_row_run(&row, reterr);
	}
	if (result)
		store_rollback(store);
	store->in_batch = false;
	return result;
}

void store_rest(struct store *store)
{
	sqlite3_db_release_memory(store->database);
}

void store_rollback(struct store *store)
{
	struct store_row row;

	if (!store->in_batch)
		return;
	store->in_batch = false;
	store->failed = 0;
	if (!sqlite3_get_autocommit(store->database)) {
		row = store_row_of(store, STATEMENT_ROLLBACK);
		store_row_run(&row, NULL);
	}
	memset(store->recent, 0, sizeof(store->recent));
	store_cap_load(store, NULL);
}
