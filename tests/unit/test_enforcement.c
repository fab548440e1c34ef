/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernel made to hold the inventory, in a network namespace of this test's own. Without root: skipped. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "controller/enforcement/enforcement.h"
#include "netlink/nft_batch.h"

static const char POLICY[] = "version: 1\n"
			     "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
			     "zones:\n"
			     "  pumps: { members: { class: medical/infusion-pump } }\n"
			     "  internet: { networks: [0.0.0.0/0] }\n"
			     "  quarantine: { default: true }\n"
			     "rules:\n"
			     "  - { from: pumps, to: internet, allow: [ntp], why: time }\n";

/* 2026-03-02 is a Monday. */
#define MONDAY_NOON_S (INT64_C(20514) * 86400 + 12 * 3600)
#define DAYS          28

static const struct calendar MONDAY_NOON = { .now_s = MONDAY_NOON_S,
	                                     .first_s = MONDAY_NOON_S,
	                                     .last_s = MONDAY_NOON_S + DAYS * 86400,
	                                     .offsets = { { .from_s = MONDAY_NOON_S } },
	                                     .offset_count = 1 };

/* Of a place ${east_s} seconds before UTC, known for the ${DAYS} days from ${now_s} on. */
static struct calendar calendar_at(int64_t now_s, int32_t east_s)
{
	return (struct calendar){ .now_s = now_s,
		                  .first_s = now_s,
		                  .last_s = now_s + DAYS * 86400,
		                  .offsets = { { .from_s = now_s, .east_s = east_s } },
		                  .offset_count = 1 };
}

struct bench {
	struct enforcement enforcement;
	struct inventory inventory;
	struct error error;
};

static struct policy *parse(const char *text)
{
	struct policy *policy = NULL;
	struct error error = { 0 };

	if (policy_parse("p.yaml", text, strlen(text), &policy, &error) < 0)
		fail_msg("%s", error.text);
	return policy;
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	inventory_init(&bench->inventory);
	assert_int_equal(enforcement_open(&bench->enforcement, &bench->error), 0);
	if (enforcement_load(&bench->enforcement, parse(POLICY), &MONDAY_NOON, &bench->inventory, &bench->error) < 0)
		fail_msg("%s", bench->error.text);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	enforcement_close(&bench->enforcement);
	inventory_done(&bench->inventory);
	free(bench);
	return 0;
}

static struct device *add(struct bench *bench, uint16_t last, const char *zone)
{
	struct mac mac = { { 2, 0, 0, 0, (uint8_t)(last >> 8), (uint8_t)last } };
	struct device *device = inventory_add_device(&bench->inventory, &mac, 0);

	assert_non_null(device);
	device->zone = policy_zone_by_name(bench->enforcement.policy, zone);
	return device;
}

static struct binding *give(struct bench *bench, struct device *device, uint16_t host)
{
	struct address address = address_v4((const uint8_t[]){ 10, 20, (uint8_t)(host >> 8), (uint8_t)host });
	struct binding *binding = inventory_bind(&bench->inventory, device, &address, "pumps0");

	assert_non_null(binding);
	assert_int_equal(enforcement_bind(&bench->enforcement, binding), 0);
	return binding;
}

static void flush(struct bench *bench)
{
	if (enforcement_flush(&bench->enforcement, &bench->inventory, &bench->error) < 0 || bench->error.code != 0)
		fail_msg("%s", bench->error.text);
}

static void assert_held(struct bench *bench, size_t count)
{
	static const char *const sets[] = { PLAN_SET_GUARD4, PLAN_MAP_ZONE4 };

	for (size_t i = 0; i < 2; i++) {
		size_t held = 0;

		assert_int_equal(nft_count_elements(bench->enforcement.nft, sets[i], &held, &bench->error), 0);
		assert_int_equal(held, count);
	}
}

static void join_move_leave(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1, "quarantine");
	struct binding *binding = give(bench, device, 11);
	uint32_t epoch = bench->enforcement.epoch;

	flush(bench);
	assert_held(bench, 1);
	assert_int_equal(bench->enforcement.epoch, epoch); /* a join ends no flow */
	device->zone = policy_zone_by_name(bench->enforcement.policy, "pumps");
	assert_int_equal(enforcement_rezone(&bench->enforcement, binding), 0);
	flush(bench);
	assert_held(bench, 1);
	assert_int_not_equal(bench->enforcement.epoch, epoch);
	assert_int_equal(enforcement_unbind(&bench->enforcement, binding), 0);
	inventory_unbind(&bench->inventory, binding);
	flush(bench);
	assert_held(bench, 0);
	assert_int_equal(bench->enforcement.repairs, 0);
}

/* Joined, moved and gone between two flushes: one transaction that cannot fail. */
static void all_in_one_flush(void **state)
{
	struct bench *bench = *state;
	struct device *device = add(bench, 1, "quarantine");
	struct binding *binding = give(bench, device, 11);

	device->zone = policy_zone_by_name(bench->enforcement.policy, "pumps");
	enforcement_rezone(&bench->enforcement, binding);
	enforcement_unbind(&bench->enforcement, binding);
	inventory_unbind(&bench->inventory, binding);
	give(bench, add(bench, 2, "pumps"), 11);
	flush(bench);
	assert_held(bench, 1);
	assert_int_equal(bench->enforcement.repairs, 0);
}

static uint32_t messages_of_repair(struct bench *bench)
{
	uint32_t before = bench->enforcement.nft->sequence;

	bench->enforcement.unknown = true;
	flush(bench);
	return bench->enforcement.nft->sequence - before;
}

/* A message costs the kernel more than an element: more devices are not more messages, until one is full. */
static void devices_share_messages(void **state)
{
	struct bench *bench = *state;
	uint32_t few;

	for (uint8_t host = 1; host <= 2; host++)
		give(bench, add(bench, host, "pumps"), host);
	flush(bench);
	messages_of_repair(bench); /* the first replacement has less to sweep */
	few = messages_of_repair(bench);
	for (uint8_t host = 3; host <= 50; host++)
		give(bench, add(bench, host, "pumps"), host);
	flush(bench);
	assert_int_equal(messages_of_repair(bench), few);
	assert_held(bench, 50);
}

/* More than their sets were laid out for: they find room there at once, and no repair is told of. */
static void crowds_find_room(void **state)
{
	enum {
		ROOM = 12288
	};
	struct bench *bench = *state;

	for (uint16_t i = 0; i < ROOM; i++)
		give(bench, add(bench, i, "quarantine"), i);
	flush(bench);
	assert_int_equal(bench->enforcement.staged_count, 0);
	for (uint16_t i = ROOM; i < ROOM + 2; i++) {
		give(bench, add(bench, i, "quarantine"), i);
		flush(bench);
		assert_held(bench, i + 1U);
	}
	assert_int_equal(bench->enforcement.repairs, 0);
	assert_false(bench->enforcement.unknown);
}

static void lost_table_is_rebuilt(void **state)
{
	struct bench *bench = *state;

	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(nft_clear(bench->enforcement.nft, &bench->error), 0);
	give(bench, add(bench, 2, "pumps"), 12);
	/* The transaction fails, its reason is told, and the same flush puts the whole table back. */
	assert_int_equal(enforcement_flush(&bench->enforcement, &bench->inventory, &bench->error), 0);
	assert_int_equal(bench->error.code, -ENOENT);
	assert_held(bench, 2);
	assert_int_equal(bench->enforcement.repairs, 1);
}

static uint32_t others(struct bench *bench)
{
	uint32_t count = 0;

	assert_int_equal(nft_count_others(bench->enforcement.nft, &count, &bench->error), 0);
	return count;
}

/* What is not heard during a replacement is told by the generation: ours and others' transactions are held apart. */
static void others_are_counted(void **state)
{
	struct bench *bench = *state;
	uint32_t before = others(bench);

	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	bench->enforcement.unknown = true;
	flush(bench);
	assert_int_equal(others(bench), before);
	if (system("nft add table ip elsewhere 2>/dev/null") != 0)
		skip();
	assert_int_equal(others(bench), before + 1);
}

static void strangers_change_is_heard(void **state)
{
	struct bench *bench = *state;
	uint32_t own = nft_port(bench->enforcement.nft);

	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(nft_monitor_readable(bench->enforcement.monitor, own), 0);
	if (system("nft add element inet isoward zone4 '{ 10.20.0.66 : 0x1 }' 2>/dev/null") != 0)
		skip();
	assert_int_equal(nft_monitor_readable(bench->enforcement.monitor, own), 1);
	bench->enforcement.unknown = true;
	flush(bench);
	assert_held(bench, 1);
}

static void reload_keeps_devices(void **state)
{
	struct bench *bench = *state;
	uint32_t epoch = bench->enforcement.epoch;

	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(
		enforcement_load(&bench->enforcement, parse(POLICY), &MONDAY_NOON, &bench->inventory, &bench->error),
		0);
	assert_held(bench, 1);
	assert_int_not_equal(bench->enforcement.epoch, epoch);
}

/* The same zones, in another order: each has another number. */
static const char TURNED_POLICY[] = "version: 1\n"
				    "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
				    "zones:\n"
				    "  quarantine: { default: true }\n"
				    "  internet: { networks: [0.0.0.0/0] }\n"
				    "  pumps: { members: { class: medical/infusion-pump } }\n"
				    "rules:\n"
				    "  - { from: pumps, to: internet, allow: [https], why: updates }\n";

static void load(struct bench *bench, const char *text)
{
	if (enforcement_load(&bench->enforcement, parse(text), &MONDAY_NOON, &bench->inventory, &bench->error) < 0)
		fail_msg("%s", bench->error.text);
}

/* Whether our table has something that is called just so. */
static bool kernel_has(const char *name)
{
	char command[128];

	snprintf(command, sizeof(command), "nft list table inet isoward | grep -Eq '^\t(set|map|chain) %s \\{'", name);
	return system(command) == 0;
}

static void assert_zone(struct bench *bench, uint8_t host, uint16_t zone)
{
	char command[128];

	snprintf(command, sizeof(command),
	         "nft list table inet isoward | tr -d '\n\t' | grep -Eq 'map zone4[^}]*10\\.20\\.0\\.%u : 0x0*%x[ ,]'",
	         host, zone);
	assert_int_equal(system(command), 0);
	assert_int_equal(policy_zone_by_name(bench->enforcement.policy, "pumps"), zone);
}

/* Rules anew; the sets of devices are those that were there. */
static void sets_of_devices_outlive_a_policy(void **state)
{
	struct bench *bench = *state;

	if (system("nft --version > /dev/null 2>&1") != 0)
		skip();
	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	load(bench, POLICY);
	assert_true(kernel_has("guard4") && kernel_has("zone4") && kernel_has("guard6") && kernel_has("zone6"));
	assert_true(kernel_has("judge\\.g2") && !kernel_has("judge"));
	/* What was not sent yet is sent before. */
	give(bench, add(bench, 2, "pumps"), 12);
	load(bench, POLICY);
	assert_true(kernel_has("zone4") && kernel_has("judge\\.g3"));
	assert_held(bench, 2);
	give(bench, add(bench, 3, "pumps"), 13);
	flush(bench);
	assert_held(bench, 3);
	assert_int_equal(bench->enforcement.repairs, 0);
}

/* By the numbers of the former policy the new one would take a pump for something else. */
static void zones_of_other_numbers_are_laid_anew(void **state)
{
	struct bench *bench = *state;
	struct device *pump = add(bench, 1, "pumps");
	uint16_t before = pump->zone;

	if (system("nft --version > /dev/null 2>&1") != 0)
		skip();
	give(bench, pump, 11);
	flush(bench);
	assert_zone(bench, 11, before);
	pump->zone = 3; /* settled under the next policy */
	assert_int_not_equal(before, pump->zone);
	load(bench, TURNED_POLICY);
	assert_true(kernel_has("guard4") && kernel_has("zone4\\.g2") && !kernel_has("zone4"));
	assert_zone(bench, 11, 3);
	load(bench, TURNED_POLICY);
	assert_true(kernel_has("guard4") && kernel_has("zone4\\.g2") && kernel_has("judge\\.g3"));
	assert_held(bench, 1);
}

/* What the kernel holds is not known: nothing of it is kept. */
static void nothing_unknown_is_kept(void **state)
{
	struct bench *bench = *state;

	if (system("nft --version > /dev/null 2>&1") != 0)
		skip();
	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	bench->enforcement.unknown = true;
	load(bench, POLICY);
	assert_true(kernel_has("guard4\\.g2") && !kernel_has("guard4"));
	assert_int_equal(nft_clear(bench->enforcement.nft, &bench->error), 0);
	load(bench, POLICY); /* gone, and nobody has said so yet */
	assert_held(bench, 1);
}

static size_t count_known(struct bench *bench)
{
	char name[PLAN_NAME_MAX];
	size_t count = 99;

	snprintf(name, sizeof(name), "%s.1", PLAN_SET_NAMES4);
	assert_int_equal(nft_count_elements(bench->enforcement.nft, name, &count, &bench->error), 0);
	return count;
}

static void stage_name(uint16_t names, const struct address *address, bool known, void *context)
{
	assert_int_equal(enforcement_know(context, names, address, known), 0);
}

/* The answer to a question for the name that a rule has. */
static void tell_name(struct bench *bench, struct known_names *known, uint8_t last)
{
	const struct address client = address_v4((const uint8_t[]){ 10, 20, 0, 11 });
	const struct address server = address_v4((const uint8_t[]){ 10, 1, 0, 53 });
	const struct address told = address_v4((const uint8_t[]){ 203, 0, 113, last });
	struct observation message = { .type = OBSERVATION_FIELDS, .protocol = PROTOCOL_DNS };

	message.conversation = (struct conversation){ .source = client, .destination = server, .destination_port = 53 };
	fields_add_number(&message.fields, FIELD_DNS_RESPONSE, 0);
	fields_add_number(&message.fields, FIELD_DNS_ID, 7);
	fields_add_text(&message.fields, FIELD_DNS_QUESTION, "a.vendor.example");
	known_names_asked(known, bench->enforcement.policy, &message, 1);
	message.conversation = (struct conversation){ .source = server, .destination = client, .source_port = 53 };
	fields_clear(&message.fields);
	fields_add_number(&message.fields, FIELD_DNS_RESPONSE, 1);
	fields_add_number(&message.fields, FIELD_DNS_ID, 7);
	fields_add_text(&message.fields, FIELD_DNS_ANSWERED, "a.vendor.example");
	fields_add_text(&message.fields, FIELD_DNS_NAME, "a.vendor.example");
	fields_add_address(&message.fields, FIELD_DNS_ADDRESS, &told);
	assert_int_equal(known_names_answered(known, bench->enforcement.policy, &message, 1), 1);
}

/* What is known by name is in the kernel, comes back with a repair and a reload, and goes when its time is over. */
static void names_are_held_and_let_go(void **state)
{
	static const char NAMES[] = "version: 1\n"
				    "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
				    "zones:\n"
				    "  pumps: { members: { class: medical/infusion-pump } }\n"
				    "  internet: { networks: [0.0.0.0/0] }\n"
				    "  quarantine: { default: true }\n"
				    "rules:\n"
				    "  - { from: pumps, to: { names: [a.vendor.example] }, allow: [ntp], why: time }\n";
	struct bench *bench = *state;
	struct known_names *known = NULL;
	uint32_t epoch;

	assert_int_equal(known_names_new(8, stage_name, &bench->enforcement, &known), 0);
	bench->enforcement.known = known;
	assert_int_equal(
		enforcement_load(&bench->enforcement, parse(NAMES), &MONDAY_NOON, &bench->inventory, &bench->error), 0);
	epoch = bench->enforcement.epoch;
	tell_name(bench, known, 5);
	tell_name(bench, known, 6);
	flush(bench);
	assert_int_equal(count_known(bench), 2);
	assert_int_equal(bench->enforcement.epoch, epoch); /* nothing that runs is judged anew */
	bench->enforcement.unknown = true;
	flush(bench);
	assert_int_equal(count_known(bench), 2);
	assert_int_equal(
		enforcement_load(&bench->enforcement, parse(NAMES), &MONDAY_NOON, &bench->inventory, &bench->error), 0);
	assert_int_equal(count_known(bench), 2);
	epoch = bench->enforcement.epoch;
	known_names_expire(known, bench->enforcement.policy, UINT64_C(1000) * KNOWN_MOST_S + 1);
	flush(bench);
	assert_int_equal(count_known(bench), 0);
	assert_int_equal(bench->enforcement.epoch, epoch);
	assert_int_equal(bench->enforcement.repairs, 1);
	known_names_free(known);
}

static void refused_policy_leaves_the_former(void **state)
{
	static const char TWICE[] = "version: 1\n"
				    "gateway: { clinical: [pumps0], uplink: [wan0] }\n"
				    "zones:\n"
				    "  a: { networks: [10.0.0.0/8] }\n"
				    "  b: { networks: [10.0.0.0/8] }\n"
				    "  quarantine: { default: true }\n";
	struct bench *bench = *state;
	const struct policy *former = bench->enforcement.policy;
	struct policy *twice = parse(TWICE);

	give(bench, add(bench, 1, "pumps"), 11);
	flush(bench);
	assert_int_equal(enforcement_load(&bench->enforcement, twice, &MONDAY_NOON, &bench->inventory, &bench->error),
	                 -EINVAL);
	assert_int_equal(bench->error.line, 5);
	assert_ptr_equal(bench->enforcement.policy, former);
	assert_held(bench, 1);
	policy_free(twice);
}

/* The elements of the hours of the only schedule of the plan that was sent last. */
static const struct plan_set *hours_of(const struct bench *bench)
{
	const struct plan_set *hours = plan_set_by_name(bench->enforcement.plan, "hours.1");

	assert_non_null(hours);
	return hours;
}

static int keep_time(struct bench *bench, int64_t now_s, int32_t east_s)
{
	struct calendar present = calendar_at(now_s, east_s);

	return enforcement_keep_time(&bench->enforcement, &present, &bench->inventory, &bench->error);
}

/* From seven to five on working days: the kernel keeps to them by itself, and is told of more weeks in time. */
static void hours_are_the_kernels(void **state)
{
	static const struct window OFFICE = { .days = 0x1f, .first = 7 * 60, .last = 17 * 60 };
	struct bench *bench = *state;
	struct policy *policy = parse(POLICY);
	uint32_t epoch;

	policy->rules[0].schedule = (struct schedule){ .windows = { OFFICE }, .window_count = 1 };
	give(bench, add(bench, 1, "pumps"), 11);
	assert_int_equal(enforcement_load(&bench->enforcement, policy, &MONDAY_NOON, &bench->inventory, &bench->error),
	                 0);
	assert_int_equal(hours_of(bench)->element_count, DAYS / 7 * 5 + 1);
	epoch = bench->enforcement.epoch;
	assert_int_equal(keep_time(bench, MONDAY_NOON_S + 5 * 3600, 0), 0); /* they end */
	assert_int_equal(bench->enforcement.moment.minute, 17 * 60);
	assert_int_equal(keep_time(bench, MONDAY_NOON_S + (DAYS / 2 - 1) * 86400, 0), 0);
	assert_int_equal(bench->enforcement.epoch, epoch);
	assert_int_equal(keep_time(bench, MONDAY_NOON_S + DAYS / 2 * 86400, 0), 1); /* half of it is past */
	assert_int_not_equal(bench->enforcement.epoch, epoch);
	assert_held(bench, 1);
	epoch = bench->enforcement.epoch;
	assert_int_equal(keep_time(bench, MONDAY_NOON_S, 0), 1);    /* the clock was set back out of it */
	assert_int_equal(keep_time(bench, MONDAY_NOON_S, 3600), 1); /* another time zone */
	assert_int_equal(hours_of(bench)->element_count, DAYS / 7 * 5 + 1);
	assert_int_not_equal(bench->enforcement.epoch, epoch);
	assert_int_equal(bench->enforcement.repairs, 0);
}

/* Nothing is laid anew for a policy that asks for no hours. */
static void no_hours_need_no_calendar(void **state)
{
	struct bench *bench = *state;
	uint32_t epoch = bench->enforcement.epoch;

	assert_int_equal(keep_time(bench, MONDAY_NOON_S + INT64_C(10) * DAYS * 86400, 7200), 0);
	assert_int_equal(bench->enforcement.epoch, epoch);
}

/* A device that rules name has a group of its own while it is in the zone it is pinned to. */
static void single_device_is_its_own_group(void **state)
{
	struct bench *bench = *state;
	struct policy *policy = bench->enforcement.policy;
	struct device *device = add(bench, 7, "pumps");
	struct binding *binding = give(bench, device, 17), *other = give(bench, add(bench, 8, "pumps"), 18);
	uint16_t pumps = policy_zone_by_name(policy, "pumps");

	assert_int_equal(enforcement_group_of(&bench->enforcement, binding), pumps);
	policy->singles = calloc(1, sizeof(*policy->singles));
	assert_non_null(policy->singles);
	policy->singles[0] = (struct policy_single){ .mac = device->mac, .zone = pumps, .name = "pump-7" };
	policy->single_count = 1;
	assert_int_equal(enforcement_group_of(&bench->enforcement, binding), policy->zone_count + 1);
	assert_int_equal(enforcement_group_of(&bench->enforcement, other), pumps);
	assert_int_equal(enforcement_rezone(&bench->enforcement, binding), 0);
	assert_int_equal(binding->kernel_group, policy->zone_count + 1);
	assert_true(bench->enforcement.bump); /* what the zone allowed its device may be denied */
	binding->suspect = true;
	assert_int_equal(enforcement_group_of(&bench->enforcement, binding), policy->default_zone);
	binding->suspect = false;
	device->zone = policy->default_zone; /* held in quarantine: it is no longer what rules name */
	assert_int_equal(enforcement_group_of(&bench->enforcement, binding), policy->default_zone);
	device->zone = pumps;
	flush(bench);
	assert_held(bench, 2);
}

#define ENFORCEMENT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ENFORCEMENT_TEST(join_move_leave),
		ENFORCEMENT_TEST(all_in_one_flush),
		ENFORCEMENT_TEST(devices_share_messages),
		ENFORCEMENT_TEST(crowds_find_room),
		ENFORCEMENT_TEST(lost_table_is_rebuilt),
		ENFORCEMENT_TEST(others_are_counted),
		ENFORCEMENT_TEST(strangers_change_is_heard),
		ENFORCEMENT_TEST(reload_keeps_devices),
		ENFORCEMENT_TEST(sets_of_devices_outlive_a_policy),
		ENFORCEMENT_TEST(zones_of_other_numbers_are_laid_anew),
		ENFORCEMENT_TEST(nothing_unknown_is_kept),
		ENFORCEMENT_TEST(names_are_held_and_let_go),
		ENFORCEMENT_TEST(refused_policy_leaves_the_former),
		ENFORCEMENT_TEST(hours_are_the_kernels),
		ENFORCEMENT_TEST(no_hours_need_no_calendar),
		ENFORCEMENT_TEST(single_device_is_its_own_group),
	};

	if (geteuid() != 0) {
		puts("skipped: needs root for a network namespace and nf_tables");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
