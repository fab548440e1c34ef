/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_internal.h"

#include <errno.h>
#include <string.h>

/* A put never uses INSERT OR REPLACE: replacing a device would cascade and take its bindings along. */
static const char *const SQL[STORE_STATEMENT_COUNT] = {
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
	[STATEMENT_SAVEPOINT] = "SAVEPOINT atomic",
	[STATEMENT_RELEASE] = "RELEASE atomic",
	[STATEMENT_BACK] = "ROLLBACK TO atomic",
	[STATEMENT_PUT_DEVICE] =
		"INSERT INTO device (mac, name, host_name, class, vendor, os, confidence, zone, zone_why, pinned,"
		" conflict, interface, first_seen, last_seen, vlan, model, doubted, behind, carried)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19)"
		" ON CONFLICT (mac) DO UPDATE SET name=?2, host_name=?3, class=?4, vendor=?5, os=?6, confidence=?7,"
		" zone=?8, zone_why=?9, pinned=?10, conflict=?11, interface=?12, first_seen=?13, last_seen=?14,"
		" vlan=?15, model=?16, doubted=?17, behind=?18, carried=?19",
	[STATEMENT_DELETE_DEVICE] = "DELETE FROM device WHERE mac=?1",
	[STATEMENT_PUT_BINDING] =
		"INSERT INTO binding (address, mac, interface, source, since, lease_until) VALUES (?1,?2,?3,?4,?5,?6)"
		" ON CONFLICT (address) DO UPDATE SET mac=?2, interface=?3, source=?4, since=?5, lease_until=?6",
	[STATEMENT_DELETE_BINDING] = "DELETE FROM binding WHERE address=?1",
	[STATEMENT_DELETE_FACTS] = "DELETE FROM fact WHERE mac=?1",
	[STATEMENT_PUT_FACT] = "INSERT INTO fact (mac, position, field, value) VALUES (?1,?2,?3,?4)",
	[STATEMENT_DELETE_EVIDENCE] = "DELETE FROM evidence WHERE mac=?1",
	[STATEMENT_PUT_EVIDENCE] =
		"INSERT INTO evidence (mac, source, value, class, weight, why) VALUES (?1,?2,?3,?4,?5,?6)"
		" ON CONFLICT (mac, source, value, class) DO UPDATE SET weight=weight+?5, why=why || '; ' || ?6",
	[STATEMENT_DELETE_RELATIONS] = "DELETE FROM relation WHERE mac=?1",
	[STATEMENT_PUT_RELATION] = "INSERT INTO relation (mac, kind, other, why) VALUES (?1,?2,?3,?4)"
				   " ON CONFLICT (mac, other) DO UPDATE SET kind=?2, why=?4",
	[STATEMENT_ADD_ZONE_HISTORY] = "INSERT INTO zone_history (at, mac, from_zone, to_zone, why)"
				       " VALUES (?1,?2,?3,?4,?5)",
	[STATEMENT_COUNT_DENIED] =
		"UPDATE denied SET flows=flows+1, last_seen=max(last_seen,?7), from_zone=?8, to_zone=?9, why=?10"
		" WHERE mac=?1 AND source=?2 AND destination=?3 AND protocol=?4 AND port=?5 AND kind=?6",
	[STATEMENT_ADD_DENIED] =
		"INSERT INTO denied (mac, source, destination, protocol, port, kind, first_seen, last_seen,"
		" from_zone, to_zone, why, flows) VALUES (?1,?2,?3,?4,?5,?6,?7,?7,?8,?9,?10,1)",
	[STATEMENT_COUNT_REPORTED] =
		"UPDATE reported SET flows=flows+1, last_seen=max(last_seen,?7), from_zone=?8, to_zone=?9, why=?10"
		" WHERE mac=?1 AND source=?2 AND destination=?3 AND protocol=?4 AND port=?5 AND kind=?6 AND rule=?11",
	[STATEMENT_ADD_REPORTED] =
		"INSERT INTO reported (mac, source, destination, protocol, port, kind, first_seen, last_seen,"
		" from_zone, to_zone, why, rule, flows) VALUES (?1,?2,?3,?4,?5,?6,?7,?7,?8,?9,?10,?11,1)",
	[STATEMENT_COUNT_FINDING] = "UPDATE finding SET count=count+1, last_seen=max(last_seen,?7), zone=?6, address=?5"
				    " WHERE mac=?1 AND type=?2 AND peer=?3 AND evidence=?4",
	[STATEMENT_ADD_FINDING] =
		"INSERT INTO finding (mac, type, peer, evidence, address, zone, first_seen, last_seen, count)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?7,1)",
	[STATEMENT_COUNT_EVENT] = "UPDATE event SET count=count+1, last_at=max(last_at,?1)"
				  " WHERE id=?5 AND kind=?2 AND mac=?3 AND text=?4",
	[STATEMENT_ADD_EVENT] = "INSERT INTO event (at, kind, mac, text, count, last_at) VALUES (?1,?2,?3,?4,1,?1)",
	[STATEMENT_ADD_AUDIT] = "INSERT INTO audit (at, actor, action, detail) VALUES (?1,?2,?3,?4)",
	[STATEMENT_DELETE_ZONES] = "DELETE FROM zone",
	[STATEMENT_PUT_ZONE] = "INSERT INTO zone (position, name, label, is_default, coverage, refused_packets)"
			       " VALUES (?1,?2,?3,?4,?5,?6)",
	[STATEMENT_DELETE_RULE_COUNTERS] = "DELETE FROM rule_counter",
	[STATEMENT_PUT_RULE_COUNTER] =
		"INSERT INTO rule_counter (position, place, name, services, verdict, observed, allowed_packets,"
		" allowed_bytes, refused_packets, refused_bytes, observed_packets, observed_bytes)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12)",
	[STATEMENT_DELETE_PAIR_COUNTERS] = "DELETE FROM pair_counter",
	[STATEMENT_PUT_PAIR_COUNTER] =
		"INSERT INTO pair_counter (from_zone, to_zone, packets, bytes, default_packets, default_bytes)"
		" VALUES (?1,?2,?3,?4,?5,?6)",
	[STATEMENT_DELETE_NAMES] = "DELETE FROM known_name",
	[STATEMENT_PUT_NAME] = "INSERT INTO known_name (name, address, until) VALUES (?1,?2,?3)",
	[STATEMENT_LOAD_NAMES] = "SELECT name, address, until FROM known_name ORDER BY until",
	[STATEMENT_SET_META] = "INSERT INTO meta (key, value) VALUES (?1,?2) ON CONFLICT (key) DO UPDATE SET value=?2",
	[STATEMENT_GET_META] = "SELECT value FROM meta WHERE key=?1",
	[STATEMENT_LOAD_DEVICES] =
		"SELECT mac, name, host_name, class, vendor, os, confidence, zone, zone_why, pinned, conflict,"
		" interface, first_seen, last_seen, vlan, model, doubted, behind, carried FROM device",
	[STATEMENT_LOAD_FACTS] = "SELECT mac, field, value FROM fact ORDER BY mac, position", /* its primary key */
	[STATEMENT_LOAD_BINDINGS] = "SELECT address, mac, interface, source, since, lease_until FROM binding",
	[STATEMENT_EVICT_DENIED] =
		"DELETE FROM denied WHERE id IN (SELECT id FROM denied ORDER BY last_seen, id LIMIT ?1)",
	[STATEMENT_EVICT_EVENT] = "DELETE FROM event WHERE id IN (SELECT id FROM event ORDER BY id LIMIT ?1)",
	[STATEMENT_EVICT_ZONE_HISTORY] =
		"DELETE FROM zone_history WHERE id IN (SELECT id FROM zone_history ORDER BY id LIMIT ?1)",
	[STATEMENT_EVICT_AUDIT] = "DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?1)",
	[STATEMENT_EVICT_REPORTED] =
		"DELETE FROM reported WHERE id IN (SELECT id FROM reported ORDER BY last_seen, id LIMIT ?1)",
	[STATEMENT_EVICT_FINDING] =
		"DELETE FROM finding WHERE id IN (SELECT id FROM finding ORDER BY last_seen, id LIMIT ?1)",
	[STATEMENT_ROWS_DENIED] = "SELECT count(*) FROM denied",
	[STATEMENT_ROWS_EVENT] = "SELECT count(*) FROM event",
	[STATEMENT_ROWS_ZONE_HISTORY] = "SELECT count(*) FROM zone_history",
	[STATEMENT_ROWS_AUDIT] = "SELECT count(*) FROM audit",
	[STATEMENT_ROWS_REPORTED] = "SELECT count(*) FROM reported",
	[STATEMENT_ROWS_FINDING] = "SELECT count(*) FROM finding",
};

static int errno_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CONSTRAINT:
	case SQLITE_TOOBIG:
	case SQLITE_MISMATCH:
		return -EINVAL;
	default:
		return -EIO;
	}
}

static const char *advice_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_FULL:
		return "; free some space on its disk";
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return "; another program holds it, is a second isoward running?";
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return "; move it away and the inventory is learned anew";
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
		return "; check the owner and mode of its folder";
	default:
		return "";
	}
}

int store_fail(struct store *store, int result, struct error *reterr)
{
	int code = errno_of(result);

	if (code != -EINVAL && store->in_batch && !store->failed)
		store->failed = code;
	return error_set(reterr, code, "inventory %s: %s%s", store->file, sqlite3_errmsg(store->database),
	                 advice_of(result));
}

struct store_row store_row_of(struct store *store, enum store_statement which)
{
	struct store_row row = { .store = store };

	if (!store->statements[which])
		row.failed = sqlite3_prepare_v3(store->database, SQL[which], -1, SQLITE_PREPARE_PERSISTENT,
		                                &store->statements[which], NULL);
	row.statement = store->statements[which];
	return row;
}

static void bound(struct store_row *row, int result)
{
	if (!row->failed)
		row->failed = result;
}

void store_row_text(struct store_row *row, const char *text)
{
	if (!row->failed)
		bound(row, sqlite3_bind_text(row->statement, ++row->index, text, -1, SQLITE_STATIC));
}

void store_row_number(struct store_row *row, int64_t number)
{
	if (!row->failed)
		bound(row, sqlite3_bind_int64(row->statement, ++row->index, number));
}

void store_row_bytes(struct store_row *row, const uint8_t *bytes, size_t length)
{
	if (!row->failed)
		bound(row, sqlite3_bind_blob64(row->statement, ++row->index, bytes, length, SQLITE_STATIC));
}

void store_row_mac(struct store_row *row, const struct mac *mac)
{
	char text[MAC_TEXT_MAX] = "";

	if (mac)
		mac_format(mac, text);
	if (!row->failed)
		bound(row, sqlite3_bind_text(row->statement, ++row->index, text, -1, SQLITE_TRANSIENT));
}

void store_row_address(struct store_row *row, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];

	address_format(address, text);
	if (!row->failed)
		bound(row, sqlite3_bind_text(row->statement, ++row->index, text, -1, SQLITE_TRANSIENT));
}

int store_row_next(struct store_row *row, struct error *reterr)
{
	int result = row->failed ? row->failed : sqlite3_step(row->statement);

	if (result == SQLITE_ROW)
		return 1;
	if (result == SQLITE_DONE)
		return 0;
	return store_fail(row->store, result, reterr);
}

void store_row_done(struct store_row *row)
{
	if (!row->statement)
		return;
	sqlite3_reset(row->statement);
	sqlite3_clear_bindings(row->statement);
}

int store_row_run(struct store_row *row, struct error *reterr)
{
	int result = store_row_next(row, reterr);

	store_row_done(row);
	return result < 0 ? result : 0;
}

static int run(struct store *store, enum store_statement which, struct error *reterr)
{
	struct store_row row = store_row_of(store, which);

	return store_row_run(&row, reterr);
}

int store_atomic_begin(struct store *store, struct error *reterr)
{
	return run(store, STATEMENT_SAVEPOINT, reterr);
}

int store_atomic_end(struct store *store, int result, struct error *reterr)
{
	if (!result)
		result = run(store, STATEMENT_RELEASE, reterr);
	/* A full disk makes SQLite roll the whole transaction back, the savepoint with it. */
	if (result && !sqlite3_get_autocommit(store->database)) {
		run(store, STATEMENT_BACK, NULL);
		run(store, STATEMENT_RELEASE, NULL);
	}
	return result;
}
