/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/store/store.h"
#include "controller/store/store_reader.h"

struct fixture {
	char directory[64];
	struct store *store;
	struct store_reader *reader;
	const struct web_source *source;
};

static int remove_files(const char *directory)
{
	static const char *const FILES[] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm" };
	char file[128];

	for (size_t i = 0; i < ARRAY_SIZE(FILES); i++) {
		snprintf(file, sizeof(file), "%s/%s", directory, FILES[i]);
		unlink(file);
	}
	return rmdir(directory);
}

static void put_device(struct store *store, uint8_t last, const char *name, const char *class, const char *zone)
{
	struct store_device device = { .mac = { { 2, 0, 0, 0, 0, last } }, .confidence = 50, .last_seen_ms = last };
	struct store_binding binding = { .mac = device.mac, .source = "dhcp", .interface = "pumps0" };

	snprintf(device.name, sizeof(device.name), "%s", name);
	snprintf(device.class, sizeof(device.class), "%s", class);
	snprintf(device.zone, sizeof(device.zone), "%s", zone);
	snprintf(device.model, sizeof(device.model), "Model %u", last);
	binding.address = address_v4((const uint8_t[]){ 10, 0, 0, last });
	assert_int_equal(store_put_device(store, &device, NULL), 0);
	assert_int_equal(store_put_binding(store, &binding, NULL), 0);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	struct error error = { 0 };

	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/isoward reader? %%XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	assert_int_equal(store_open(fixture->directory, &fixture->store, NULL), 0);
	put_device(fixture->store, 1, "pump", "medical/infusion-pump", "pumps");
	put_device(fixture->store, 2, "100%_CT", "medical/imaging/ct", "imaging");
	put_device(fixture->store, 3, "", "computer/workstation", "pcs");
	put_device(fixture->store, 4, "", "", "quarantine");
	if (store_reader_open(fixture->directory, &fixture->reader, &error))
		fail_msg("%s", error.text);
	fixture->source = store_reader_source(fixture->reader);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	store_reader_close(fixture->reader);
	store_close(fixture->store);
	assert_int_equal(remove_files(fixture->directory), 0);
	free(fixture);
	return 0;
}

/* The last bytes of the MACs met, one digit each. */
static int note_device(const struct web_device *device, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);
	char model[16];

	snprintf(model, sizeof(model), "Model %c", device->mac[16]);
	assert_string_equal(device->model, model);
	met[length] = device->mac[16];
	met[length + 1] = '\0';
	return 0;
}

static void test_filters(void **state)
{
	struct fixture *fixture = *state;
	static const struct {
		const char *mac, *after, *zone, *text;
		size_t limit;
		const char *met;
		uint64_t count;
	} VECTORS[] = {
		{ "", "", "", "", 9, "1234", 4 },
		{ "", "", "", "", 2, "12", 4 },
		{ "", "02:00:00:00:00:02", "", "", 9, "34", 4 },
		{ "", "", "imaging", "", 9, "2", 1 },
		{ "", "", "none", "", 9, "", 0 },
		{ "02:00:00:00:00:03", "", "", "", 1, "3", 1 },
		{ "02:00:00:00:00:09", "", "", "", 1, "", 0 },
		{ "", "", "", "ct", 9, "2", 1 },
		{ "", "", "", "MEDICAL", 9, "12", 2 },
		{ "", "", "", "model 3", 9, "3", 1 },
		{ "", "", "", "%", 9, "2", 1 },
		{ "", "", "", "_", 9, "2", 1 },
		{ "", "", "", "\\", 9, "", 0 },
		{ "", "", "", "10.0.0.4", 9, "4", 1 },
		{ "", "", "", "00:00:03", 9, "3", 1 },
		{ "", "", "pumps", "ct", 9, "", 0 },
		{ "", "", "", "' OR 1=1 --", 9, "", 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(VECTORS); i++) {
		struct web_device_filter filter = { .mac = VECTORS[i].mac,
			                            .after = VECTORS[i].after,
			                            .zone = VECTORS[i].zone,
			                            .text = VECTORS[i].text,
			                            .limit = VECTORS[i].limit };
		char met[16] = "";
		uint64_t count = 99;

		assert_int_equal(fixture->source->each_device(fixture->source->context, &filter, note_device, met), 0);
		assert_string_equal(met, VECTORS[i].met);
		assert_int_equal(fixture->source->count_devices(fixture->source->context, &filter, &count), 0);
		assert_int_equal(count, VECTORS[i].count);
	}
}

/* "kind mac device; " of each. */
static int note_relation(const struct web_relation *relation, void *argument)
{
	char *met = argument;

	snprintf(met + strlen(met), 512 - strlen(met), "%s %s %s; ", relation->kind, relation->mac, relation->device);
	assert_true(strlen(relation->why) > 0);
	return 0;
}

static void assert_relations(const struct fixture *fixture, const char *mac, size_t limit, const char *wanted)
{
	char met[512] = "";

	assert_int_equal(fixture->source->each_relation(fixture->source->context, mac, limit, note_relation, met), 0);
	assert_string_equal(met, wanted);
}

static void test_relations(void **state)
{
	struct fixture *fixture = *state;
	struct store_device docked = { .mac = { { 2, 0, 0, 0, 0, 5 } }, .behind = { { 2, 0, 0, 0, 0, 1 } } };
	struct store_device router = { .mac = { { 2, 0, 0, 0, 0, 6 } }, .carried = KINSHIP_BEHIND };
	const struct store_relation relations[] = { { { { 2, 0, 0, 0, 0, 3 } }, KINSHIP_SAME },
		                                    { { { 2, 0, 0, 0, 0, 7 } }, KINSHIP_SAME } };

	assert_int_equal(store_put_device(fixture->store, &docked, NULL), 0);
	assert_int_equal(store_put_device(fixture->store, &router, NULL), 0);
	assert_int_equal(store_put_relations(fixture->store, &docked.mac, relations, 2, NULL), 0);
	assert_relations(fixture, "02:00:00:00:00:05", 9,
	                 "same-device 02:00:00:00:00:03 02:00:00:00:00:03; " /* what is not there is not told of */
	                 "behind 02:00:00:00:00:01 pump; ");
	assert_relations(fixture, "02:00:00:00:00:05", 1, "same-device 02:00:00:00:00:03 02:00:00:00:00:03; ");
	assert_relations(fixture, "02:00:00:00:00:01", 9, "before 02:00:00:00:00:05 02:00:00:00:00:05; ");
	assert_relations(fixture, "02:00:00:00:00:06", 9, "");
	router.carried++;
	assert_int_equal(store_put_device(fixture->store, &router, NULL), 0);
	assert_relations(fixture, "02:00:00:00:00:06", 9, "stands-before  ; ");
	assert_relations(fixture, "02:00:00:00:00:02", 9, "");
}

static int stop_walk(const struct web_device *device, void *argument)
{
	(void)device;
	(void)argument;
	return -ENOMEM;
}

static void test_walk_ends_early(void **state)
{
	struct fixture *fixture = *state;
	struct web_device_filter filter = { .mac = "", .after = "", .zone = "", .text = "", .limit = 9 };
	char met[16] = "";

	assert_int_equal(fixture->source->each_device(fixture->source->context, &filter, stop_walk, NULL), -ENOMEM);
	assert_int_equal(fixture->source->each_device(fixture->source->context, &filter, note_device, met), 0);
	assert_string_equal(met, "1234");
}

static void test_summary_sees_later_writes(void **state)
{
	struct fixture *fixture = *state;
	struct web_summary summary = { 0 };

	assert_int_equal(fixture->source->summary(fixture->source->context, &summary), 0);
	assert_int_equal(summary.devices, 4);
	assert_int_equal(summary.medical, 2);
	assert_int_equal(summary.infusion_pumps, 1);
	assert_int_equal(summary.computers, 1);
	assert_int_equal(summary.unknown, 1);
	for (uint8_t i = 10; i < 200; i++)
		put_device(fixture->store, i, "", "medical/imaging/mr", "imaging");
	assert_int_equal(fixture->source->summary(fixture->source->context, &summary), 0);
	assert_int_equal(summary.devices, 194);
	assert_int_equal(summary.addresses, 194);
}

static int note_total(const struct web_denied_total *total, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);

	snprintf(met + length, 256 - length, "%s %s %d|", total->device, total->kind, (int)total->flows);
	return 0;
}

static void count_denied(struct store *store, uint8_t last, const char *kind, int times)
{
	struct store_denied denied = { .has_mac = last != 0, .mac = { { 2, 0, 0, 0, 0, last } }, .protocol = 6 };

	denied.source = address_v4((const uint8_t[]){ 10, 0, 0, last });
	denied.destination = denied.source;
	snprintf(denied.kind, sizeof(denied.kind), "%s", kind);
	while (times-- > 0)
		assert_int_equal(store_count_denied(store, &denied, NULL), 0);
}

static void test_denied_totals(void **state)
{
	struct fixture *fixture = *state;
	char met[256] = "";

	count_denied(fixture->store, 1, "web-browsing", 2);
	count_denied(fixture->store, 1, "spoof", 5);
	count_denied(fixture->store, 4, "spoof", 4);
	count_denied(fixture->store, 0, "spoof", 3);
	assert_int_equal(fixture->source->each_denied_total(fixture->source->context, 9, note_total, met), 0);
	assert_string_equal(met, "pump spoof 5|02:00:00:00:00:04 spoof 4|10.0.0.0 spoof 3|pump web-browsing 2|");
	met[0] = '\0';
	assert_int_equal(fixture->source->each_denied_kind(fixture->source->context, note_total, met), 0);
	assert_string_equal(met, " spoof 12| web-browsing 2|");
}

static int note_reported(const struct web_reported *reported, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);

	snprintf(met + length, 256 - length, "%s %s %s %d|", reported->flow.device, reported->flow.kind, reported->rule,
	         (int)reported->flow.flows);
	return 0;
}

static int note_reported_total(const struct web_reported_total *total, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);

	snprintf(met + length, 256 - length, "%s %s %d of %d|", total->rule, total->kind, (int)total->flows,
	         (int)total->devices);
	return 0;
}

static void count_reported(struct store *store, uint8_t last, const char *rule, uint64_t at_ms)
{
	struct store_reported reported = {
		.flow = { .has_mac = true, .mac = { { 2, 0, 0, 0, 0, last } }, .kind = "observed", .at_ms = at_ms }
	};

	reported.flow.source = reported.flow.destination = address_v4((const uint8_t[]){ 10, 0, 0, last });
	snprintf(reported.rule, sizeof(reported.rule), "%s", rule);
	assert_int_equal(store_count_reported(store, &reported, NULL), 0);
}

static void test_reported_by_rule(void **state)
{
	struct fixture *fixture = *state;
	char met[256] = "";

	count_reported(fixture->store, 1, "r1", 10);
	count_reported(fixture->store, 1, "r1", 20);
	count_reported(fixture->store, 2, "r1", 30);
	count_reported(fixture->store, 1, "r2", 40);
	assert_int_equal(fixture->source->each_reported_total(fixture->source->context, 9, note_reported_total, met),
	                 0);
	assert_string_equal(met, "r2 observed 1 of 1|r1 observed 3 of 2|");
	met[0] = '\0';
	assert_int_equal(fixture->source->each_reported(fixture->source->context, "", 2, note_reported, met), 0);
	assert_string_equal(met, "pump observed r2 1|100%_CT observed r1 1|");
	met[0] = '\0';
	assert_int_equal(
		fixture->source->each_reported(fixture->source->context, "02:00:00:00:00:02", 9, note_reported, met),
		0);
	assert_string_equal(met, "100%_CT observed r1 1|");
}

static int note_finding(const struct web_finding *finding, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);

	snprintf(met + length, 256 - length, "%s %s %s %d|", finding->device, finding->type, finding->evidence,
	         (int)finding->count);
	return 0;
}

static int note_finding_total(const struct web_finding_total *total, void *argument)
{
	char *met = argument;
	size_t length = strlen(met);

	snprintf(met + length, 256 - length, "%s %d of %d, %d|", total->type, (int)total->findings, (int)total->devices,
	         (int)total->count);
	return 0;
}

static void count_finding(struct store *store, uint8_t last, enum finding_type type, const char *evidence,
                          uint64_t at_ms)
{
	struct finding finding = { .type = (uint8_t)type, .mac = { { 2, 0, 0, 0, 0, last } }, .last_ms = at_ms };

	snprintf(finding.evidence, sizeof(finding.evidence), "%s", evidence);
	assert_int_equal(store_count_finding(store, &finding, NULL), 0);
}

static void test_findings(void **state)
{
	struct fixture *fixture = *state;
	const struct web_source *source = fixture->source;
	char met[256] = "";

	count_finding(fixture->store, 1, FINDING_CHAT, "WhatsApp", 10);
	count_finding(fixture->store, 1, FINDING_CHAT, "WhatsApp", 20);
	count_finding(fixture->store, 2, FINDING_CHAT, "WhatsApp", 15);
	count_finding(fixture->store, 1, FINDING_OLD_OS, "Windows XP", 30);
	assert_int_equal(source->each_finding(source->context, "", "", 9, note_finding, met), 0);
	assert_string_equal(met, "pump outdated/os Windows XP 1|pump user-practice/chat WhatsApp 2|"
	                         "100%_CT user-practice/chat WhatsApp 1|");
	met[0] = '\0';
	assert_int_equal(source->each_finding(source->context, "", "user-practice", 9, note_finding, met), 0);
	assert_string_equal(met, "pump user-practice/chat WhatsApp 2|100%_CT user-practice/chat WhatsApp 1|");
	met[0] = '\0';
	assert_int_equal(source->each_finding(source->context, "02:00:00:00:00:02", "", 9, note_finding, met), 0);
	assert_string_equal(met, "100%_CT user-practice/chat WhatsApp 1|");
	met[0] = '\0';
	assert_int_equal(source->each_finding_total(source->context, note_finding_total, met), 0);
	assert_string_equal(met, "outdated/os 1 of 1, 1|user-practice/chat 2 of 2, 3|");
}

static void test_missing_inventory(void **state)
{
	struct store_reader *reader = NULL;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(store_reader_open("/nonexistent", &reader, &error), -EIO);
	assert_null(reader);
	assert_non_null(strstr(error.text, "/nonexistent"));
}

/* What a walk over counters has met. */
struct met {
	size_t rows;
	char first[64]; /* rule or pair */
	uint64_t allowed;
	uint64_t refused;
};

static int meet_rule(const struct web_rule_counter *counter, void *argument)
{
	struct met *met = argument;

	if (met->rows++ == 0)
		snprintf(met->first, sizeof(met->first), "%s %s", counter->place, counter->verdict);
	met->allowed += counter->allowed_packets;
	met->refused += counter->refused_packets;
	return 0;
}

static int meet_pair(const struct web_pair_counter *counter, void *argument)
{
	struct met *met = argument;

	if (met->rows++ == 0)
		snprintf(met->first, sizeof(met->first), "%s %s", counter->from_zone, counter->to_zone);
	met->allowed += counter->default_packets;
	met->refused += counter->packets;
	return 0;
}

static void test_counters(void **state)
{
	struct fixture *fixture = *state;
	struct store_rule_counter rules[3] = {
		{ .place = "policy.yaml:12", .services = "web", .verdict = "allow", .allowed_packets = 5 },
		{ .place = "policy.yaml:12", .services = "smb", .verdict = "deny", .refused_packets = 6 },
		{ .place = "b.yaml:1", .services = "web", .verdict = "deny", .refused_packets = 7 },
	};
	struct store_pair_counter pairs[2] = {
		{ .from_zone = "pumps", .packets = 7, .default_packets = 3 },
		{ .from_zone = "pumps", .to_zone = "internet", .packets = 8 },
	};
	struct met all = { .rows = 0 }, places = { .rows = 0 }, refused = { .rows = 0 };

	assert_int_equal(store_put_rule_counters(fixture->store, rules, 2, NULL), 0);
	assert_int_equal(store_put_rule_counters(fixture->store, rules, 3, NULL), 0);
	assert_int_equal(store_put_pair_counters(fixture->store, pairs, 2, NULL), 0);
	pairs[1] = pairs[0];
	assert_int_equal(store_put_pair_counters(fixture->store, pairs, 2, NULL), -EINVAL);
	assert_int_equal(fixture->source->each_rule_counter(fixture->source->context, meet_rule, &all), 0);
	assert_int_equal(fixture->source->each_place_counter(fixture->source->context, meet_rule, &places), 0);
	assert_int_equal(fixture->source->each_pair_counter(fixture->source->context, meet_pair, &refused), 0);
	assert_int_equal(all.rows, 3);
	assert_string_equal(all.first, "policy.yaml:12 allow");
	assert_int_equal(places.rows, 2);
	assert_int_equal(places.allowed, 5);
	assert_int_equal(places.refused, 13);
	assert_int_equal(refused.rows, 2);
	assert_string_equal(refused.first, "pumps internet");
	assert_int_equal(refused.refused, 15);
	assert_int_equal(refused.allowed, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_filters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_findings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_relations, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_walk_ends_early, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_summary_sees_later_writes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_denied_totals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_reported_by_rule, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_counters, set_up, tear_down),
		cmocka_unit_test(test_missing_inventory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
