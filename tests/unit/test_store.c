/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "controller/store/schema.h"
#include "controller/store/store.h"
#include "tests/unit/small_facts.h"

struct fixture {
	char directory[64];
	char file[96];
	struct store *store;
	struct error error;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/isoward-store-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->file, sizeof(fixture->file), "%s/%s", fixture->directory, STORE_FILE);
	assert_int_equal(store_open(fixture->directory, &fixture->store, &fixture->error), 0);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const SUFFIXES[] = { "", "-wal", "-shm", "-journal" };
	struct fixture *fixture = *state;
	char file[128];

	store_close(fixture->store);
	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		snprintf(file, sizeof(file), "%s%s", fixture->file, SUFFIXES[i]);
		unlink(file);
	}
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

static void reopen(struct fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
	assert_int_equal(store_open(fixture->directory, &fixture->store, &fixture->error), 0);
}

static int64_t number_of(struct fixture *fixture, const char *sql)
{
	sqlite3 *database = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number;

	assert_int_equal(sqlite3_open_v2(fixture->file, &database, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(database, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(database);
	return number;
}

static struct store_device device_of(uint8_t last)
{
	struct store_device device = {
		.mac = { { 0x44, 0x4b, 0x5d, 0, 0, last } },
		.name = "CT-2",
		.host_name = "ct\\x01",
		.class = "medical/imaging/ct",
		.vendor = "GE Healthcare",
		.model = "Revolution",
		.confidence = 97,
		.zone = "imaging",
		.zone_why = "class medical/imaging/ct",
		.conflict = true,
		.doubted = true,
		.behind = { { 0, 0xd0, 0x75, 0, 0, 9 } },
		.carried = 9,
		.interface = "imaging0",
		.vlan = 30,
		.first_seen_ms = 1000,
		.last_seen_ms = 2000,
	};

	device.facts.mac = device.mac;
	return device;
}

static struct store_binding binding_of(uint8_t last, uint8_t host)
{
	return (struct store_binding){
		.address = address_v4((const uint8_t[]){ 10, 2, 0, host }),
		.mac = { { 0x44, 0x4b, 0x5d, 0, 0, last } },
		.interface = "imaging0",
		.source = "dhcp",
		.since_ms = 5000U + host,
		.lease_until_ms = 9000,
	};
}

static struct store_denied denied_of(uint16_t port, uint64_t at_ms)
{
	return (struct store_denied){
		.has_mac = true,
		.mac = { { 0x44, 0x4b, 0x5d, 0, 0, 1 } },
		.source = address_v4((const uint8_t[]){ 10, 2, 0, 1 }),
		.destination = address_v4((const uint8_t[]){ 192, 0, 2, 1 }),
		.from_zone = "imaging",
		.to_zone = "internet",
		.protocol = 6,
		.port = port,
		.kind = "web-browsing",
		.why = "no rule from imaging to internet",
		.at_ms = at_ms,
	};
}

static int keep_device(const struct store_device *device, void *context)
{
	*(struct store_device *)context = *device;
	return 0;
}

static int keep_binding(const struct store_binding *binding, void *context)
{
	*(struct store_binding *)context = *binding;
	return 0;
}

static int stop_walk(const struct store_device *device, void *context)
{
	(void)device;
	(void)context;
	return -ECANCELED;
}

/* Member by member: the padding of a struct is nobody's promise. */
static void assert_devices_equal(const struct store_device *got, const struct store_device *put)
{
	assert_true(mac_equal(&got->mac, &put->mac));
	assert_string_equal(got->name, put->name);
	assert_string_equal(got->host_name, put->host_name);
	assert_string_equal(got->class, put->class);
	assert_string_equal(got->vendor, put->vendor);
	assert_string_equal(got->model, put->model);
	assert_string_equal(got->os, put->os);
	assert_int_equal(got->confidence, put->confidence);
	assert_string_equal(got->zone, put->zone);
	assert_string_equal(got->zone_why, put->zone_why);
	assert_int_equal(got->pinned, put->pinned);
	assert_int_equal(got->conflict, put->conflict);
	assert_true(got->doubted == put->doubted && got->carried == put->carried);
	assert_true(mac_equal(&got->behind, &put->behind));
	assert_int_equal(got->vlan, put->vlan);
	assert_string_equal(got->interface, put->interface);
	assert_true(got->first_seen_ms == put->first_seen_ms && got->last_seen_ms == put->last_seen_ms);
	assert_true(mac_equal(&got->facts.mac, &put->mac));
}

static void assert_bindings_equal(const struct store_binding *got, const struct store_binding *put)
{
	assert_true(address_equal(&got->address, &put->address));
	assert_true(mac_equal(&got->mac, &put->mac));
	assert_string_equal(got->interface, put->interface);
	assert_string_equal(got->source, put->source);
	assert_true(got->since_ms == put->since_ms && got->lease_until_ms == put->lease_until_ms);
}

static void test_device_survives_reopening(void **state)
{
	struct fixture *fixture = *state;
	struct store_device put = device_of(1);
	struct store_device got;
	struct store_binding binding = binding_of(1, 7);
	struct store_binding got_binding;

	assert_int_equal(store_put_device(fixture->store, &put, &fixture->error), 0);
	assert_int_equal(store_put_binding(fixture->store, &binding, &fixture->error), 0);
	reopen(fixture);
	assert_int_equal(store_load_devices(fixture->store, keep_device, &got, NULL), 1);
	assert_devices_equal(&got, &put);
	assert_int_equal(store_load_bindings(fixture->store, keep_binding, &got_binding, NULL), 1);
	assert_bindings_equal(&got_binding, &binding);
	assert_int_equal(store_load_devices(fixture->store, stop_walk, NULL, NULL), -ECANCELED);
}

static int keep_facts(const struct facts *facts, void *context)
{
	facts_done(context);
	return facts_copy(facts, context);
}

static void test_facts_survive_reopening(void **state)
{
	struct fixture *fixture = *state;
	struct store_device device = device_of(1);
	struct facts put = { .mac = device.mac }, got = { 0 };

	facts_say(&put, FIELD_DHCP_PARAMETERS, "\1\0\377", 3);
	facts_say_text(&put, FIELD_HOST_NAME, "ct-1");
	facts_say(&put, FIELD_DHCP_PARAMETERS, "\3", 1);
	assert_int_equal(store_put_facts(fixture->store, &put, &fixture->error), -EINVAL); /* whose? */
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0);
	assert_int_equal(store_put_facts(fixture->store, &put, NULL), 0);
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0); /* leaves what it said alone */
	assert_int_equal(store_put_facts(fixture->store, &put, NULL), 0);     /* replaced, not doubled */
	reopen(fixture);
	assert_int_equal(store_load_facts(fixture->store, keep_facts, &got, NULL), 1);
	assert_int_equal(got.length, put.length);
	assert_memory_equal(got.bytes, put.bytes, put.length);
	assert_int_equal(store_delete_device(fixture->store, &device.mac, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM fact"), 0);
	facts_done(&put);
	facts_done(&got);
}

static void test_device_written_again_keeps_its_binding(void **state)
{
	struct fixture *fixture = *state;
	struct store_device put = device_of(1);
	struct store_binding binding = binding_of(1, 7);

	assert_int_equal(store_put_device(fixture->store, &put, NULL), 0);
	assert_int_equal(store_put_binding(fixture->store, &binding, NULL), 0);
	put.last_seen_ms = 3000;
	assert_int_equal(store_put_device(fixture->store, &put, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM binding"), 1);
	assert_int_equal(number_of(fixture, "SELECT last_seen FROM device"), 3000);
	assert_int_equal(store_delete_device(fixture->store, &put.mac, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM binding"), 0);
}

static void test_address_moves(void **state)
{
	struct fixture *fixture = *state;
	struct store_device one = device_of(1);
	struct store_device two = device_of(2);
	struct store_binding binding = binding_of(1, 7);

	assert_int_equal(store_put_device(fixture->store, &one, NULL), 0);
	assert_int_equal(store_put_device(fixture->store, &two, NULL), 0);
	assert_int_equal(store_put_binding(fixture->store, &binding, NULL), 0);
	binding.mac = two.mac;
	assert_int_equal(store_put_binding(fixture->store, &binding, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM binding"), 1);
	assert_int_equal(number_of(fixture, "SELECT mac='44:4b:5d:00:00:02' FROM binding"), 1);
	assert_int_equal(store_delete_binding(fixture->store, &binding.address, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM binding"), 0);
	binding.mac.byte[5] = 9;
	assert_int_equal(store_put_binding(fixture->store, &binding, &fixture->error), -EINVAL);
	assert_non_null(strstr(fixture->error.text, "FOREIGN KEY"));
}

static void test_evidence_is_replaced_whole(void **state)
{
	struct fixture *fixture = *state;
	struct store_device device = device_of(1);
	struct identity identity = { .evidence_count = 2 };

	identity.evidence[0] = (struct identity_evidence){ .field = FIELD_OUI, .weight = 200, .value = "44:4b:5d" };
	identity.evidence[1] = (struct identity_evidence){ .field = FIELD_HOST_NAME, .weight = 90, .value = "ct" };
	assert_int_equal(store_put_evidence(fixture->store, &device.mac, &identity, &fixture->error), -EINVAL);
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0);
	assert_int_equal(store_put_evidence(fixture->store, &device.mac, &identity, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT sum(weight) FROM evidence"), 290);
	identity.evidence_count = 1;
	assert_int_equal(store_put_evidence(fixture->store, &device.mac, &identity, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT sum(weight) FROM evidence"), 200);
}

static void test_relations_are_replaced_whole(void **state)
{
	struct fixture *fixture = *state;
	struct store_device device = device_of(1);
	const struct store_relation relations[] = {
		{ { { 2, 0, 0, 0, 0, 1 } }, KINSHIP_LIKELY },
		{ { { 2, 0, 0, 0, 0, 2 } }, KINSHIP_SAME },
	};

	assert_int_equal(store_put_relations(fixture->store, &device.mac, relations, 2, &fixture->error), -EINVAL);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM relation"), 0);
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0);
	assert_int_equal(store_put_relations(fixture->store, &device.mac, relations, 2, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM relation WHERE kind='same-device' AND"
	                                    " other='02:00:00:00:00:02' AND why LIKE '%DUID%'"),
	                 1);
	assert_int_equal(store_put_relations(fixture->store, &device.mac, relations, 1, NULL), 0);
	assert_int_equal(store_delete_device(fixture->store, &device.mac, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM relation"), 0);
}

static void test_denied_is_added_up(void **state)
{
	struct fixture *fixture = *state;
	struct store_denied denied = denied_of(443, 1000);

	for (int i = 0; i < 3; i++, denied.at_ms += 10000)
		assert_int_equal(store_count_denied(fixture->store, &denied, NULL), 0);
	denied.has_mac = false;
	assert_int_equal(store_count_denied(fixture->store, &denied, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM denied"), 2);
	assert_int_equal(number_of(fixture, "SELECT flows FROM denied WHERE mac<>''"), 3);
	assert_int_equal(number_of(fixture, "SELECT last_seen - first_seen FROM denied WHERE mac<>''"), 20000);
}

static void test_event_told_again_counts(void **state)
{
	struct fixture *fixture = *state;
	struct store_event event = { .at_ms = 1000, .kind = "spoof", .text = "10.2.0.7 from a foreign MAC" };

	assert_int_equal(store_add_event(fixture->store, &event, NULL), 0);
	event.at_ms += STORE_EVENT_SAME_MS - 1;
	assert_int_equal(store_add_event(fixture->store, &event, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count FROM event"), 2);
	event.at_ms += 1;
	assert_int_equal(store_add_event(fixture->store, &event, NULL), 0);
	event.has_mac = true;
	assert_int_equal(store_add_event(fixture->store, &event, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM event"), 3);
}

static void test_reports_are_added_up_by_rule(void **state)
{
	struct fixture *fixture = *state;
	struct store_reported reported = { .flow = denied_of(443, 1000), .rule = "rule at site.yaml:31" };

	snprintf(reported.flow.kind, sizeof(reported.flow.kind), "observed");
	for (int i = 0; i < 3; i++, reported.flow.at_ms += 10000)
		assert_int_equal(store_count_reported(fixture->store, &reported, NULL), 0);
	snprintf(reported.rule, sizeof(reported.rule), "rule at site.yaml:32");
	assert_int_equal(store_count_reported(fixture->store, &reported, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM reported"), 2);
	assert_int_equal(number_of(fixture, "SELECT flows FROM reported WHERE rule LIKE '%:31'"), 3);
	assert_int_equal(number_of(fixture, "SELECT last_seen - first_seen FROM reported WHERE rule LIKE '%:31'"),
	                 20000);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM denied"), 0);
}

static void test_tables_are_capped(void **state)
{
	struct fixture *fixture = *state;
	struct store_denied denied;
	struct store_reported reported = { .rule = "rule at site.yaml:31" };
	struct store_event event = { .kind = "device-new" };
	struct store_zone_change change = { .to_zone = "quarantine" };
	struct finding finding = { .type = FINDING_BROWSING };

	for (unsigned int table = 0; table < STORE_TABLE_COUNT; table++)
		store_limit(fixture->store, (enum store_table)table, 128);
	assert_int_equal(store_begin(fixture->store, NULL), 0);
	for (uint16_t i = 0; i < 1000; i++) {
		denied = denied_of(i, i);
		snprintf(event.text, sizeof(event.text), "%d", i);
		event.at_ms = change.at_ms = i;
		reported.flow = denied;
		assert_int_equal(store_count_denied(fixture->store, &denied, NULL), 0);
		assert_int_equal(store_count_reported(fixture->store, &reported, NULL), 0);
		assert_int_equal(store_add_event(fixture->store, &event, NULL), 0);
		snprintf(finding.evidence, sizeof(finding.evidence), "%d", i);
		finding.last_ms = i;
		assert_int_equal(store_count_finding(fixture->store, &finding, NULL), 0);
		assert_int_equal(store_add_zone_history(fixture->store, &change, NULL), 0);
		assert_int_equal(store_add_audit(fixture->store, i, "operator", "reload", "site.yaml", NULL), 0);
	}
	assert_int_equal(store_commit(fixture->store, NULL), 0);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM denied"), 126, 128);
	assert_int_equal(number_of(fixture, "SELECT max(port) FROM denied"), 999);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM reported"), 126, 128);
	assert_int_equal(number_of(fixture, "SELECT max(port) FROM reported"), 999);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM event"), 126, 128);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM finding"), 126, 128);
	assert_int_equal(number_of(fixture, "SELECT max(last_seen) FROM finding"), 999);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM zone_history"), 126, 128);
	assert_in_range(number_of(fixture, "SELECT count(*) FROM audit"), 126, 128);
	assert_int_equal(number_of(fixture, "SELECT min(at) FROM audit"), store_evicted(fixture->store, STORE_AUDIT));
	reopen(fixture);
	assert_in_range(store_evicted(fixture->store, STORE_DENIED), 872, 874);
}

static void test_zones_and_meta(void **state)
{
	struct fixture *fixture = *state;
	struct store_zone zones[2] = {
		{ .name = "pumps", .label = "Infusion pumps", .coverage = "full", .refused_packets = 7 },
		{ .name = "quarantine", .label = "quarantine", .coverage = "full", .is_default = true },
	};
	char value[8] = "before";

	assert_int_equal(store_put_zones(fixture->store, zones, 2, NULL), 0);
	assert_int_equal(store_put_zones(fixture->store, zones, 1, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM zone"), 1);
	zones[1] = zones[0];
	assert_int_equal(store_put_zones(fixture->store, zones, 2, &fixture->error), -EINVAL);
	assert_int_equal(number_of(fixture, "SELECT refused_packets FROM zone"), 7);
	assert_int_equal(store_get_meta(fixture->store, "epoch", value, sizeof(value), NULL), -ENOENT);
	assert_string_equal(value, "before");
	assert_int_equal(store_set_meta(fixture->store, "epoch", "1", NULL), 0);
	assert_int_equal(store_set_meta(fixture->store, "epoch", "12345678", NULL), 0);
	assert_int_equal(store_get_meta(fixture->store, "epoch", value, sizeof(value), NULL), 0);
	assert_string_equal(value, "1234567");
}

static void test_batch_rolled_back(void **state)
{
	struct fixture *fixture = *state;
	struct store_device device = device_of(1);

	assert_int_equal(store_begin(fixture->store, NULL), 0);
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0);
	store_rollback(fixture->store);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM device"), 0);
	assert_int_equal(store_begin(fixture->store, NULL), 0);
	assert_int_equal(store_put_device(fixture->store, &device, NULL), 0);
	assert_int_equal(store_commit(fixture->store, NULL), 0);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM device"), 1);
}

static void test_file_mode_and_bad_folder(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = NULL;
	struct error error = { 0 };
	struct stat info;

	assert_int_equal(stat(fixture->file, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0640);
	assert_int_equal(store_open("/nonexistent/isoward", &store, &error), -EACCES);
	assert_null(store);
	assert_non_null(strstr(error.text, "/nonexistent/isoward"));
}

/* An inventory written by the first version is taken on, with all that it held. */
static void test_older_version_is_migrated(void **state)
{
	struct fixture *fixture = *state;
	struct store_device found = { .vlan = 7 };
	struct facts facts = { 0 };
	struct field_value value;
	sqlite3 *database = NULL;

	store_close(fixture->store);
	fixture->store = NULL;
	assert_int_equal(unlink(fixture->file), 0);
	assert_int_equal(sqlite3_open(fixture->file, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, SCHEMA_MIGRATIONS[0], NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(database,
	                     "PRAGMA user_version=1;"
	                     "INSERT INTO device VALUES ('44:4b:5d:00:00:01', 'CT-2', '', '', '', '', 0, 'imaging',"
	                     " '', 0, 0, 'imaging0', 1, 2, x'010306', x'', x'6374')",
	                     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(database);
	reopen(fixture);
	assert_int_equal(store_load_devices(fixture->store, keep_device, &found, NULL), 1);
	assert_string_equal(found.name, "CT-2");
	assert_int_equal(found.vlan, 0);
	assert_false(found.doubted || found.carried || mac_is_device(&found.behind));
	/* What it had said in the columns that are gone. */
	assert_int_equal(store_load_facts(fixture->store, keep_facts, &facts, NULL), 1);
	assert_true(facts_newest(&facts, FIELD_DHCP_PARAMETERS, &value) && memcmp(value.bytes, "\1\3\6", 3) == 0);
	assert_true(facts_newest(&facts, FIELD_HOST_NAME, &value) && memcmp(value.bytes, "ct", 2) == 0);
	assert_false(facts_newest(&facts, FIELD_DHCP_VENDOR, &value));
	facts_done(&facts);
	assert_int_equal(number_of(fixture, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM reported"), 0);
}

static void test_newer_version_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = NULL;
	struct error error = { 0 };
	sqlite3 *database = NULL;

	store_close(fixture->store);
	fixture->store = NULL;
	assert_int_equal(sqlite3_open(fixture->file, &database), SQLITE_OK);
	assert_int_equal(sqlite3_exec(database, "PRAGMA user_version=4711", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(database);
	assert_int_equal(store_open(fixture->directory, &store, &error), -EINVAL);
	assert_null(store);
	assert_non_null(strstr(error.text, "version 4711"));
	assert_non_null(strstr(error.text, "--state"));
}

static void test_garbage_file_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct store *store = NULL;
	struct error error = { 0 };
	FILE *file;

	store_close(fixture->store);
	fixture->store = NULL;
	file = fopen(fixture->file, "w");
	assert_non_null(file);
	for (int i = 0; i < 4096; i++)
		fputc('x', file);
	fclose(file);
	assert_int_equal(store_open(fixture->directory, &store, &error), -EIO);
	assert_non_null(strstr(error.text, "not a database"));
}

/* The disk fills at the nth write: SQLite's own pwrite64 is replaced, so that its real recovery runs. */
static int writes_left;
static int writes_failed;

static ssize_t failing_pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	if (writes_left-- > 0)
		return pwrite(fd, bytes, length, offset);
	writes_failed++;
	errno = ENOSPC;
	return -1;
}

static int write_batch(struct store *store, struct error *error)
{
	struct store_device device = device_of(1);
	int result = store_begin(store, error);

	for (uint8_t i = 0; !result && i < 200; i++) {
		device.mac.byte[5] = i;
		result = store_put_device(store, &device, error);
	}
	if (!result)
		return store_commit(store, error);
	store_rollback(store);
	return result;
}

static void test_full_disk_loses_the_batch_not_the_store(void **state)
{
	struct fixture *fixture = *state;
	sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
	int result = -EIO;
	int n;

	for (n = 0; result && n < 200; n++) {
		struct error error = { 0 };

		writes_left = n;
		writes_failed = 0;
		vfs->xSetSystemCall(vfs, "pwrite64", (sqlite3_syscall_ptr)failing_pwrite);
		vfs->xSetSystemCall(vfs, "pwrite", (sqlite3_syscall_ptr)failing_pwrite);
		result = write_batch(fixture->store, &error);
		vfs->xSetSystemCall(vfs, "pwrite64", NULL);
		vfs->xSetSystemCall(vfs, "pwrite", NULL);
		if (!result)
			break;
		assert_true(writes_failed > 0);
		assert_int_equal(result, -EIO);
		assert_non_null(strstr(error.text, fixture->file));
		assert_int_equal(number_of(fixture, "SELECT count(*) FROM device"), 0);
	}
	assert_int_equal(result, 0);
	assert_true(n > 3);
	assert_int_equal(number_of(fixture, "SELECT count(*) FROM device"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_device_survives_reopening, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts_survive_reopening, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_device_written_again_keeps_its_binding, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_address_moves, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_evidence_is_replaced_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relations_are_replaced_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_denied_is_added_up, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_event_told_again_counts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_tables_are_capped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_zones_and_meta, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_batch_rolled_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_mode_and_bad_folder, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reports_are_added_up_by_rule, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_older_version_is_migrated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_newer_version_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_garbage_file_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk_loses_the_batch_not_the_store, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
