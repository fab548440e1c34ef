/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_store_load: what a start reads, each table from end to end. */
#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/store/store.h"
#include "tests/unit/small_facts.h"

struct fixture {
	char directory[64];
	char file[96];
};

static void set_up(struct fixture *fixture)
{
	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/isoward-store-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->file, sizeof(fixture->file), "%s/%s", fixture->directory, STORE_FILE);
}

static void tear_down(const struct fixture *fixture)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char file[128];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
		snprintf(file, sizeof(file), "%s%s", fixture->file, suffixes[i]);
		unlink(file);
	}
	rmdir(fixture->directory);
}

/* As another program would write. */
static void execute(const struct fixture *fixture, const char *sql)
{
	sqlite3 *database = NULL;

	assert_int_equal(sqlite3_open(fixture->file, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
}

static struct mac mac_of(uint8_t last)
{
	return (struct mac){ { 0x44, 0x4b, 0x5d, 0, 0, last } };
}

/* Of three who spoke, what came. */
struct heard {
	struct facts of[3];
	size_t count;
};

static int hear(const struct facts *facts, void *context)
{
	struct heard *heard = context;

	assert_true(heard->count < ARRAY_SIZE(heard->of));
	return facts_copy(facts, &heard->of[heard->count++]);
}

static int stop_hearing(const struct facts *facts, void *context)
{
	(void)facts;
	(void)context;
	return -ECANCELED;
}

static void say_and_put(struct store *store, uint8_t last, const char *name, const char *class)
{
	struct store_device device = (struct store_device){ .mac = mac_of(last) };
	struct facts facts = { .mac = device.mac };

	facts_say_text(&facts, FIELD_HOST_NAME, name);
	facts_say_text(&facts, FIELD_DHCP_VENDOR, class);
	assert_int_equal(store_put_device(store, &device, NULL), 0);
	assert_int_equal(store_put_facts(store, &facts, NULL), 0);
	facts_done(&facts);
}

static void assert_says(const struct facts *facts, uint8_t last, const char *name, const char *class)
{
	struct facts wanted = { .mac = mac_of(last) };

	facts_say_text(&wanted, FIELD_HOST_NAME, name);
	facts_say_text(&wanted, FIELD_DHCP_VENDOR, class);
	assert_true(mac_equal(&facts->mac, &wanted.mac));
	assert_int_equal(facts->length, wanted.length);
	assert_memory_equal(facts->bytes, wanted.bytes, wanted.length);
	facts_done(&wanted);
}

/* All facts are read in one go: what one said is not the next one's, and rows that are not ours spoil none. */
static void test_facts_are_told_device_by_device(void **state)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct fixture fixture;
	struct error error = { 0 };
	struct heard heard = { 0 };

	(void)state;
	set_up(&fixture);
	assert_int_equal(store_open(fixture.directory, &store, &error), 0);
	say_and_put(store, 3, "ct-3", "one");
	say_and_put(store, 1, "ct-1", "one");
	say_and_put(store, 2, "", "");
	say_and_put(store, 4, "ct-1", "one, but longer");
	execute(&fixture,
	        "INSERT INTO device SELECT '44:4b:5d:00:00:3x', name, host_name, class, vendor, os, confidence, zone,"
	        " zone_why, pinned, conflict, interface, first_seen, last_seen, vlan, model, doubted, behind, carried"
	        " FROM device WHERE mac='44:4b:5d:00:00:01';"
	        "INSERT INTO fact VALUES ('44:4b:5d:00:00:3x', 0, 'host-name', x'6e6f');"
	        "INSERT INTO fact VALUES ('44:4b:5d:00:00:01', 9, 'said-in-a-later-version', x'00')");
	assert_int_equal(store_load_facts(store, hear, &heard, &error), 3);
	assert_int_equal(heard.count, 3);
	assert_says(&heard.of[0], 1, "ct-1", "one");
	assert_says(&heard.of[1], 3, "ct-3", "one");
	assert_says(&heard.of[2], 4, "ct-1", "one, but longer");
	for (size_t i = 0; i < heard.count; i++)
		facts_done(&heard.of[i]);
	assert_int_equal(store_load_facts(store, stop_hearing, NULL, NULL), -ECANCELED);
	tear_down(&fixture);
}

static int keep_text(const struct store_device *device, void *context)
{
	snprintf(context, IDENTITY_VALUE_MAX, "%s|%s|%d", device->name, device->zone, device->behind.byte[5]);
	return 0;
}

/* A text longer than any that we write is cut, and nothing of one device stays in the next. */
static void test_devices_are_read_whole(void **state)
{
	CLEANUP(store_close) struct store *store = NULL;
	struct fixture fixture;
	struct error error = { 0 };
	struct store_device device = { .mac = mac_of(1), .behind = mac_of(1), .name = "one", .zone = "imaging" };
	char text[IDENTITY_VALUE_MAX], wanted[POLICY_LABEL_MAX];

	(void)state;
	set_up(&fixture);
	assert_int_equal(store_open(fixture.directory, &store, &error), 0);
	assert_int_equal(store_put_device(store, &device, &error), 0);
	assert_int_equal(store_load_devices(store, keep_text, text, &error), 1);
	assert_string_equal(text, "one|imaging|1");
	device = (struct store_device){ .mac = mac_of(2) };
	assert_int_equal(store_put_device(store, &device, &error), 0);
	assert_int_equal(store_load_devices(store, keep_text, text, &error), 2);
	assert_string_equal(text, "||0");
	execute(&fixture, "UPDATE device SET name=replace(hex(zeroblob(300)), '00', 'x')");
	assert_int_equal(store_load_devices(store, keep_text, text, &error), 2);
	memset(wanted, 'x', sizeof(wanted) - 1);
	wanted[sizeof(wanted) - 1] = '\0';
	assert_true(strncmp(text, wanted, sizeof(wanted) - 1) == 0);
	assert_string_equal(text + sizeof(wanted) - 1, "||0");
	tear_down(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts_are_told_device_by_device),
		cmocka_unit_test(test_devices_are_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
