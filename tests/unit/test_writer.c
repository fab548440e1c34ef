/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Batches through the thread into a real store. */
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/store/recorder.h"
#include "controller/store/writer.h"

#define DEADLINE_MS 10000

struct bench {
	char directory[64];
	char file[96];
	struct store *store;
	struct fingerprints *fingerprints;
	struct writer writer;
	struct recorder recorder;
	struct inventory inventory;
	struct policy *policy;
};

static const char POLICY[] = "version: 1\n"
			     "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  quarantine: { default: true }\n";

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct error error = { 0 };

	assert_non_null(bench);
	snprintf(bench->directory, sizeof(bench->directory), "/tmp/isoward-writer-XXXXXX");
	assert_non_null(mkdtemp(bench->directory));
	snprintf(bench->file, sizeof(bench->file), "%s/%s", bench->directory, STORE_FILE);
	assert_int_equal(store_open(bench->directory, &bench->store, &error), 0);
	assert_int_equal(fingerprints_new(&bench->fingerprints), 0);
	assert_int_equal(policy_parse("p.yaml", POLICY, strlen(POLICY), &bench->policy, &error), 0);
	assert_int_equal(writer_start(&bench->writer, bench->store, bench->fingerprints, &error), 0);
	recorder_init(&bench->recorder);
	inventory_init(&bench->inventory);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct bench *bench = *state;
	char file[128];

	writer_stop(&bench->writer);
	recorder_done(&bench->recorder);
	inventory_done(&bench->inventory);
	store_close(bench->store);
	fingerprints_free(bench->fingerprints);
	policy_free(bench->policy);
	for (size_t i = 0; i < 3; i++) {
		snprintf(file, sizeof(file), "%s%s", bench->file, suffixes[i]);
		unlink(file);
	}
	rmdir(bench->directory);
	free(bench);
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* Waits until the writer's state is as wanted; false at the deadline. */
static bool becomes(struct bench *bench, bool idle, bool failing)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	uint64_t until = now_ms() + DEADLINE_MS;
	uint64_t written;

	while (now_ms() < until) {
		bool fails = writer_state(&bench->writer, &written, NULL) < 0;

		if (writer_is_idle(&bench->writer) == idle && fails == failing)
			return true;
		nanosleep(&pause, NULL);
	}
	return false;
}

static int rows(const struct bench *bench, const char *table)
{
	sqlite3 *database;
	sqlite3_stmt *statement;
	char query[128];
	int count;

	snprintf(query, sizeof(query), "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_open_v2(bench->file, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	count = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return count;
}

static struct device *add(struct bench *bench, uint16_t number)
{
	struct mac mac = { { 2, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number } };
	struct address address = address_v4((const uint8_t[]){ 10, 20, (uint8_t)(number >> 8), (uint8_t)number });
	struct device *device = inventory_add_device(&bench->inventory, &mac, 1);

	assert_non_null(device);
	device->zone = bench->policy->default_zone;
	device->evidence_dirty = true;
	assert_non_null(inventory_bind(&bench->inventory, device, &address, "pumps0"));
	return device;
}

static void give(struct bench *bench)
{
	recorder_gather(&bench->recorder, &bench->inventory, bench->policy, 1000);
	writer_give(&bench->writer, &bench->recorder.batch);
}

static void batch_arrives(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1);

	recorder_event(&bench->recorder, "device-new", &device->mac, 1, "first seen");
	recorder_audit(&bench->recorder, 1, "test", "did", "this");
	give(bench);
	assert_true(batch_is_empty(&bench->recorder.batch));
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "device"), 1);
	assert_int_equal(rows(bench, "binding"), 1);
	assert_int_equal(rows(bench, "zone_history"), 1);
	assert_int_equal(rows(bench, "event"), 1);
	assert_int_equal(rows(bench, "audit"), 1);
	inventory_touch(&bench->inventory, device);
	give(bench);
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "zone_history"), 1); /* the zone is the stored one */
}

static void what_goes_away_goes(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1);
	struct mac mac = device->mac;

	add(bench, 2);
	give(bench);
	assert_true(becomes(bench, true, false));
	recorder_removed(&bench->recorder, &mac);
	inventory_remove_device(&bench->inventory, device);
	give(bench);
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "device"), 1);
	assert_int_equal(rows(bench, "binding"), 1);
}

static void devices_wait_for_room(void **state)
{
	struct bench *bench = *state;

	for (uint16_t i = 0; i < BATCH_DEVICES_MAX + 10; i++)
		add(bench, i);
	give(bench);
	assert_in_range(bench->inventory.dirty_count, 1, SIZE_MAX);
	assert_true(becomes(bench, true, false));
	give(bench);
	assert_int_equal(bench->inventory.dirty_count, 0);
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "device"), BATCH_DEVICES_MAX + 10);
}

/* Another's write lock on the database stands for a full disk: the batch fails whole, is kept, and arrives later. */
static void failed_batch_is_tried_again(void **state)
{
	struct bench *bench = *state;
	sqlite3 *other;

	assert_int_equal(sqlite3_open(bench->file, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	add(bench, 1);
	give(bench);
	assert_true(becomes(bench, false, true));
	assert_int_equal(rows(bench, "device"), 0);
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(other);
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "device"), 1);
}

static void evicted_rows_are_told(void **state)
{
	struct bench *bench = *state;
	uint64_t evicted[STORE_TABLE_COUNT];

	store_limit(bench->store, STORE_EVENT, 2);
	for (int i = 0; i < 5; i++)
		recorder_event(&bench->recorder, "spoof", NULL, 1000, "event %d", i);
	give(bench);
	assert_true(becomes(bench, true, false));
	writer_evicted(&bench->writer, evicted);
	assert_int_equal(evicted[STORE_EVENT], 3);
	assert_int_equal(evicted[STORE_DENIED], 0);
}

static void names_are_written_whole(void **state)
{
	const struct address address = address_v4((const uint8_t[]){ 203, 0, 113, 5 });
	struct bench *bench = *state;
	struct known_names *known = NULL;

	assert_int_equal(known_names_new(4, NULL, NULL, &known), 0);
	assert_int_equal(known_names_restore(known, "a.vendor.example", &address, 5000), 0);
	assert_int_equal(known_names_restore(known, "b.vendor.example", &address, 6000), 0);
	for (int twice = 0; twice < 2; twice++) {
		recorder_names(&bench->recorder, known);
		give(bench);
		assert_true(becomes(bench, true, false));
		assert_int_equal(rows(bench, "known_name"), 2);
	}
	assert_int_equal(
		rows(bench, "known_name WHERE name='b.vendor.example' AND address='203.0.113.5' AND until=6000"), 1);
	known_names_free(known);
	assert_int_equal(known_names_new(4, NULL, NULL, &known), 0);
	recorder_names(&bench->recorder, known); /* none any more is news too */
	give(bench);
	assert_true(becomes(bench, true, false));
	assert_int_equal(rows(bench, "known_name"), 0);
	known_names_free(known);
}

static void rows_above_the_cap_are_counted(void **state)
{
	struct bench *bench = *state;
	struct store_denied denied = { .kind = "other" };

	for (int i = 0; i < BATCH_ROWS_MAX + 5; i++)
		recorder_denied(&bench->recorder, &denied);
	assert_int_equal(bench->recorder.batch.denied.count, BATCH_ROWS_MAX);
	assert_int_equal(bench->recorder.lost, 5);
}

static void room_of_a_storm_is_given_back(void **state)
{
	struct bench *bench = *state;
	struct batch *batch = &bench->recorder.batch;
	struct store_denied denied = { .kind = "other" };

	for (int i = 0; i < 1000; i++)
		recorder_denied(&bench->recorder, &denied);
	batch_clear(batch);
	assert_in_range(batch->denied.capacity, 1000, 2000); /* the next may be as large */
	recorder_denied(&bench->recorder, &denied);
	batch_clear(batch);
	assert_int_equal(batch->denied.capacity, 0);
	assert_null(batch->denied.at);
	for (int i = 0; i < 20; i++)
		recorder_denied(&bench->recorder, &denied);
	batch_clear(batch);
	batch_clear(batch);
	assert_in_range(batch->denied.capacity, 20, 64); /* so little is kept */
}

#define WRITER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WRITER_TEST(batch_arrives),
		WRITER_TEST(what_goes_away_goes),
		WRITER_TEST(devices_wait_for_room),
		WRITER_TEST(failed_batch_is_tried_again),
		WRITER_TEST(names_are_written_whole),
		WRITER_TEST(evicted_rows_are_told),
		WRITER_TEST(room_of_a_storm_is_given_back),
		WRITER_TEST(rows_above_the_cap_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
