/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real policy, from YAML into the kernel: it must list there as what plan_print writes does when nft loads it. */
#define _GNU_SOURCE
#include "netlink/nft.h"

#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "plan_walk.h"
#include "policy/table/table.h"
#include "random_policy.h"
#include "small_plan.h"

#define DATA       ISOWARD_SOURCE_DIR "/tests/data/plan/"
#define OUTPUT_MAX (4U << 20)
#define POLICIES   20

static char *read_all(FILE *file)
{
	char *text = calloc(1, OUTPUT_MAX);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, OUTPUT_MAX - 1, file) > 0);
	return text;
}

static char *list_table(void)
{
	FILE *pipe = popen("nft list table inet isoward", "r");
	char *text = read_all(pipe);

	assert_int_equal(pclose(pipe), 0);
	return text;
}

static void load_text(const char *text)
{
	FILE *pipe = popen("nft -f -", "w");

	assert_non_null(pipe);
	fputs(text, pipe);
	assert_int_equal(pclose(pipe), 0);
}

static struct plan *build(const char *name)
{
	struct policy *policy CLEANUP(policy_free) = NULL;
	struct table *table CLEANUP(table_free) = NULL;
	struct calendar calendar = walk_calendar((struct moment){ 0 }, 33);
	struct plan *plan = NULL;
	struct error error = { 0 };
	FILE *file = fopen(name, "r");
	char *yaml = read_all(file);

	fclose(file);
	if (policy_parse(name, yaml, strlen(yaml), &policy, &error) < 0 || table_compile(policy, &table, &error) < 0 ||
	    plan_build(policy, table, 1, &calendar, &plan, &error) < 0)
		fail_msg("%s", error.text);
	free(yaml);
	return plan;
}

/* Removes every ${from} up to and with the next ${to}. */
static void strip(char *text, const char *from, const char *to)
{
	char *at = text;

	while ((at = strstr(at, from)) != NULL) {
		char *end = strstr(at, to);

		assert_non_null(end);
		end += strlen(to);
		memmove(at, end, strlen(end) + 1);
	}
}

static void compare_lines(const char *name, char *put, char *loaded)
{
	char *put_rest;
	char *loaded_rest;
	char *a = strtok_r(put, "\n", &put_rest);
	char *b = strtok_r(loaded, "\n", &loaded_rest);

	for (; a && b; a = strtok_r(NULL, "\n", &put_rest), b = strtok_r(NULL, "\n", &loaded_rest))
		if (strcmp(a, b) != 0)
			fail_msg("%s: put\n%s\nloaded\n%s", name, a, b);
	assert_true(!a && !b);
}

/* Puts ${plan} into the kernel, then what plan_print writes by nft: both must list alike. */
static void check_held(struct nft *nft, const struct plan *plan, const char *name)
{
	struct error error = { 0 };
	char *text = NULL;
	char *put;
	char *loaded;

	if (nft_replace(nft, plan, NULL, 0, &error) < 0)
		fail_msg("%s: %s", name, error.text);
	put = list_table();
	assert_int_equal(plan_print(plan, &text), 0);
	load_text(text);
	loaded = list_table();
	strip(put, "\t\tsize 12288", "\n"); /* the room of sets of devices, which no plan knows */
	/* The text has matches that are always true where nft could not read it without. */
	strip(loaded, "meta nfproto { ", " } ");
	strip(loaded, "ct protocol { ", " } ");
	compare_lines(name, put, loaded);
	free(put);
	free(loaded);
	free(text);
	assert_int_equal(nft_clear(nft, NULL), 0);
}

static void the_kernel_holds_what_is_printed(void **state)
{
	static const char *const names[] = { DATA "first-light.yaml", DATA "globs.yaml", DATA "language.yaml" };
	struct nft *nft CLEANUP(nft_close) = NULL;
	struct error error = { 0 };

	(void)state;
	assert_int_equal(nft_open(&nft, &error), 0);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct plan *plan CLEANUP(plan_free) = build(names[i]);

		check_held(nft, plan, names[i]);
	}
}

/* With everything that a rule can say; what the kernel refuses of it, it says. */
static void the_kernel_holds_random_policies(void **unused)
{
	struct nft *nft CLEANUP(nft_close) = NULL;
	uint64_t state = random_seed();

	(void)unused;
	assert_int_equal(nft_open(&nft, NULL), 0);
	for (size_t i = 0; i < POLICIES; i++) {
		struct policy *policy CLEANUP(policy_free) = random_language_policy(&state);
		struct table *table CLEANUP(table_free) = NULL;
		struct calendar calendar = walk_calendar(random_moment(&state), 33);
		struct plan *plan CLEANUP(plan_free) = NULL;

		assert_int_equal(table_compile(policy, &table, NULL), 0);
		assert_int_equal(plan_build(policy, table, 1, &calendar, &plan, NULL), 0);
		check_held(nft, plan, "a random policy");
	}
}

static void change(struct nft *nft, const struct plan *plan, const struct plan_change *changes, size_t count)
{
	struct error error = { 0 };

	if (nft_change(nft, plan, changes, count, &error) < 0)
		fail_msg("%s", error.text);
}

static void count_counter(const struct nft_counter *counter, void *context)
{
	size_t *count = context;

	assert_true(counter->chain[0] != '\0');
	(*count)++;
}

static size_t counted_rules(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->chain_count; i++)
		for (size_t k = 0; k < plan->chains[i].rule_count; k++) {
			const struct plan_rule *rule = &plan->chains[i].rules[k];

			for (size_t s = 0; s < rule->statement_count; s++)
				count += rule->statements[s].type == STATEMENT_COUNTER;
		}
	return count;
}

/* A device joins, moves and leaves, in IPv4 and IPv6; the epoch goes on; the policy is replaced with the device in. */
static void devices_join_and_epochs_pass(void **state)
{
	struct nft *nft CLEANUP(nft_close) = NULL;
	struct plan *plan CLEANUP(plan_free) = build(DATA "first-light.yaml");
	struct plan_change joins[4];
	struct plan_change epochs[PLAN_EPOCH_CHANGES];
	struct address address;
	struct address address6;
	struct mac mac;
	size_t count = 0;

	(void)state;
	assert_int_equal(nft_open(&nft, NULL), 0);
	assert_int_equal(address_parse("10.3.0.7", &address), 0);
	assert_int_equal(address_parse("fd00:3::7", &address6), 0);
	assert_int_equal(mac_parse("02:00:00:00:00:07", &mac), 0);
	plan_change_guard(&joins[0], CHANGE_ADD, "pumps0", &mac, &address);
	plan_change_zone(&joins[1], CHANGE_ADD, &address, 1);
	plan_change_guard(&joins[2], CHANGE_ADD, "pumps0", &mac, &address6);
	plan_change_zone(&joins[3], CHANGE_ADD, &address6, 1);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	change(nft, plan, joins, 4);
	plan_change_epoch(epochs, 1, 2);
	change(nft, plan, epochs, PLAN_EPOCH_CHANGES);
	assert_int_equal(nft_count_elements(nft, PLAN_SET_EPOCH, &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_int_equal(nft_count_elements(nft, PLAN_SET_SETTLED, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(nft_change(nft, plan, epochs, PLAN_EPOCH_CHANGES, NULL), -ENOENT);
	for (size_t i = 0; i < 4; i++)
		joins[i].type = CHANGE_DELETE;
	change(nft, plan, joins, 4);
	for (size_t i = 0; i < 4; i++)
		joins[i].type = CHANGE_ADD;
	assert_int_equal(nft_replace(nft, plan, joins, 4, NULL), 0);
	assert_int_equal(nft_count_elements(nft, PLAN_MAP_ZONE6, &count, NULL), 0);
	assert_int_equal(count, 1);
	count = 0;
	assert_int_equal(nft_read_counters(nft, count_counter, &count, NULL), 0);
	assert_int_equal(count, counted_rules(plan));
	assert_int_equal(nft_clear(nft, NULL), 0);
}

/* What a name's addresses are is learned later: they come and go as devices do. */
static void names_become_known(void **state)
{
	struct nft *nft CLEANUP(nft_close) = NULL;
	struct plan *plan CLEANUP(plan_free) = build(DATA "language.yaml");
	struct plan_change known[2];
	struct address address;
	size_t count = 0;

	(void)state;
	assert_int_equal(nft_open(&nft, NULL), 0);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	assert_int_equal(address_parse("203.0.113.9", &address), 0);
	assert_int_equal(plan_change_name(&known[0], CHANGE_ADD, plan, 1, &address), 0);
	assert_int_equal(address_parse("2001:db8:7::9", &address), 0);
	assert_int_equal(plan_change_name(&known[1], CHANGE_ADD, plan, 1, &address), 0);
	change(nft, plan, known, 2);
	assert_int_equal(nft_count_elements(nft, known[0].set, &count, NULL), 0);
	assert_int_equal(count, 1);
	known[1].type = CHANGE_DELETE;
	change(nft, plan, &known[1], 1);
	assert_int_equal(nft_count_elements(nft, known[1].set, &count, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(nft_clear(nft, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_holds_what_is_printed),
		cmocka_unit_test(the_kernel_holds_random_policies),
		cmocka_unit_test(devices_join_and_epochs_pass),
		cmocka_unit_test(names_become_known),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
