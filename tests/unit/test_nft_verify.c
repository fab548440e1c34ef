/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernel holds, compared with what it was told, in a network namespace of this test's own. */
#define _GNU_SOURCE
#include "netlink/nft_verify.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stddef.h>
#include <time.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "plan_walk.h"
#include "policy/table/table.h"
#include "random_policy.h"
#include "small_plan.h"

struct bench {
	struct nft *nft;
	struct nft_verify *verify;
	struct plan *plan;
	struct plan_change *held; /* elements that should be there */
	size_t held_count;
};

static void run(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct error error = { 0 };

	assert_non_null(bench);
	bench->plan = small_plan_new();
	if (nft_open(&bench->nft, &error) < 0 || nft_verify_open(&bench->verify, &error) < 0 ||
	    nft_replace(bench->nft, bench->plan, NULL, 0, &error) < 0)
		fail_msg("%s", error.text);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(nft_clear(bench->nft, NULL), 0);
	nft_close(bench->nft);
	nft_verify_close(bench->verify);
	small_plan_free(bench->plan);
	free(bench->held);
	free(bench);
	return 0;
}

/* Steps to the end of what is under way; returns what ended it. */
static int finish(struct bench *bench)
{
	struct pollfd wait = { .fd = nft_verify_fd(bench->verify), .events = POLLIN };
	int rc;

	do {
		assert_int_equal(poll(&wait, 1, 2000), 1);
		rc = nft_verify_step(bench->verify, bench->nft, 2);
	} while (rc == 0);
	assert_false(nft_verify_active(bench->verify));
	return rc;
}

static const struct nft_verdict *verify(struct bench *bench)
{
	assert_int_equal(nft_verify_begin(bench->verify, bench->nft), 0);
	assert_int_equal(finish(bench), 1);
	return nft_verify_verdict(bench->verify);
}

static void assert_equal(struct bench *bench)
{
	const struct nft_verdict *verdict = verify(bench);

	if (!verdict->equal)
		fail_msg("%s", verdict->what);
	assert_int_equal(verdict->wanted, verdict->found);
	assert_string_equal(verdict->what, "");
	assert_int_equal(verdict->differing, 0);
}

static void hold(struct bench *bench, size_t count)
{
	free(bench->held);
	bench->held = calloc(count * 2, sizeof(*bench->held));
	assert_non_null(bench->held);
	for (size_t i = 0; i < count; i++) {
		bench->held[i] = small_plan_guard((uint32_t)i + 1);
		bench->held[count + i] = small_plan_zone(CHANGE_ADD, (uint32_t)i + 1, 2);
	}
	bench->held_count = count * 2;
}

static void replace(struct bench *bench)
{
	struct error error = { 0 };

	if (nft_replace(bench->nft, bench->plan, bench->held, bench->held_count, &error) < 0)
		fail_msg("%s", error.text);
}

/* Every kind of set, key and statement comes back as it was sent, in any generation, whatever was counted. */
static void what_was_sent_comes_back(void **state)
{
	struct bench *bench = *state;
	uint64_t digest;

	assert_equal(bench);
	digest = nft_verify_verdict(bench->verify)->wanted;
	run("ping -q -c 2 -i 0.01 -W 1 127.0.0.1 > /dev/null");
	for (int i = 0; i < 3; i++) {
		replace(bench);
		assert_equal(bench);
		assert_int_equal(nft_verify_verdict(bench->verify)->wanted, digest);
	}
	hold(bench, 3000);
	replace(bench);
	assert_equal(bench);
	assert_int_not_equal(nft_verify_verdict(bench->verify)->wanted, digest);
}

/* Sets of devices that outlive their generation are still read by their own names, and what was in them is known. */
static void kept_sets_are_known(void **state)
{
	const unsigned int devices = 1U << LASTING_GUARD4 | 1U << LASTING_ZONE4;
	struct bench *bench = *state;
	struct plan_change join[2] = { small_plan_guard(7000), small_plan_zone(CHANGE_ADD, 7000, 1) };
	struct error error = { 0 };
	uint64_t digest;

	hold(bench, 3000);
	replace(bench);
	assert_equal(bench);
	digest = nft_verify_verdict(bench->verify)->wanted;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(nft_replace_keeping(bench->nft, bench->plan, devices, NULL, 0, &error), 0);
		assert_equal(bench);
		assert_int_equal(nft_verify_verdict(bench->verify)->wanted, digest);
	}
	assert_int_equal(nft_change(bench->nft, bench->plan, join, 2, &error), 0);
	assert_equal(bench);
	assert_int_not_equal(nft_verify_verdict(bench->verify)->wanted, digest);
	/* One kept, one laid anew. */
	assert_int_equal(
		nft_replace_keeping(bench->nft, bench->plan, 1U << LASTING_GUARD4, &bench->held[3000], 3000, &error),
		0);
	assert_equal(bench);
	replace(bench);
	assert_equal(bench);
	assert_int_equal(nft_verify_verdict(bench->verify)->wanted, digest);
	assert_int_equal(nft_clear(bench->nft, NULL), 0);
	assert_int_equal(nft_replace_keeping(bench->nft, bench->plan, devices, NULL, 0, &error), -ENOENT);
}

static void own_changes_are_followed(void **state)
{
	struct bench *bench = *state;
	struct plan_change changes[4] = { small_plan_guard(7), small_plan_zone(CHANGE_ADD, 7, 1),
		                          small_plan_zone(CHANGE_DELETE, 7, 1), small_plan_zone(CHANGE_ADD, 7, 2) };
	bool unchanged = true;
	uint64_t before;

	assert_int_equal(nft_verify_unchanged(bench->verify, bench->nft, &unchanged), 0);
	assert_false(unchanged);
	assert_equal(bench);
	before = nft_verify_verdict(bench->verify)->wanted;
	assert_int_equal(nft_change(bench->nft, bench->plan, changes, 2, NULL), 0);
	assert_int_equal(nft_change(bench->nft, bench->plan, changes + 2, 2, NULL), 0);
	/* Nobody else did anything: nothing has to be read. */
	assert_int_equal(nft_verify_unchanged(bench->verify, bench->nft, &unchanged), 0);
	assert_true(unchanged);
	assert_equal(bench);
	assert_int_not_equal(nft_verify_verdict(bench->verify)->wanted, before);
	/* What was refused changed nothing. */
	assert_int_equal(nft_change(bench->nft, bench->plan, changes, 1, NULL), -EEXIST);
	assert_equal(bench);
	run("nft add table inet other");
	assert_int_equal(nft_verify_unchanged(bench->verify, bench->nft, &unchanged), 0);
	assert_false(unchanged);
	assert_equal(bench);
	run("nft delete table inet other");
	changes[0].type = CHANGE_DELETE;
	changes[3].type = CHANGE_DELETE;
	assert_int_equal(nft_change(bench->nft, bench->plan, &changes[3], 1, NULL), 0);
	assert_int_equal(nft_change(bench->nft, bench->plan, &changes[0], 1, NULL), 0);
	assert_equal(bench);
	assert_int_equal(nft_verify_verdict(bench->verify)->wanted, before);
}

/* Each of a stranger's changes is seen, and told whether the elements alone can be put right. */
static void every_change_is_seen(void **state)
{
	static const struct {
		const char *command;
		bool elements_only;
		const char *what;
	} cases[] = {
		{ "delete element inet isoward zone4 '{ 10.0.0.1 }'", true, "elements of set zone4: 2 instead of 3" },
		{ "add element inet isoward zone4 '{ 10.0.0.9 : 2 }'", true, "elements of set zone4: 4 instead of 3" },
		{ "'delete element inet isoward zone4 { 10.0.0.1 }; add element inet isoward zone4 { 10.0.0.1 : 1 }'",
		  true, "elements of set zone4 changed" },
		{ "flush set inet isoward guard4", true, "elements of set guard4: 0 instead of 3" },
		{ "add element inet isoward guard6 '{ \"pumps0\" . 02:00:00:00:00:01 . fd00::1 }'", true,
		  "elements of set guard6: 1 instead of 0" },
		{ "add element inet isoward epoch '{ 7 }'", true, "elements of set epoch: 1 instead of 0" },
		{ "'add rule inet isoward forward accept'", false, "rules of chain forward: 4 instead of 3" },
		{ "insert rule inet isoward judge counter", false, "rules of chain judge: 9 instead of 8" },
		{ "flush chain inet isoward forward", false, "rules of chain forward: 0 instead of 3" },
		{ "'add chain inet isoward forward { policy accept; }'", false, "chain forward changed" },
		{ "'add chain inet isoward mine { type filter hook forward priority -5; }'", false,
		  "another program's chain mine" },
		{ "'add set inet isoward mine { type ipv4_addr; }'", false, "another program's set mine" },
		{ "'add table inet isoward { flags dormant; }'", false, "table isoward changed" },
		{ "delete table inet isoward", false, "table isoward is gone" },
		{ "flush ruleset", false, "table isoward is gone" },
		{ "flush table inet isoward", false, "rules of chain " },
	};
	struct bench *bench = *state;

	hold(bench, 3);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct nft_verdict *verdict;
		char command[256];

		assert_int_equal(nft_clear(bench->nft, NULL), 0);
		replace(bench);
		assert_equal(bench);
		snprintf(command, sizeof(command), "nft %s", cases[i].command);
		run(command);
		verdict = verify(bench);
		if (verdict->equal || verdict->wanted == verdict->found ||
		    verdict->elements_only != cases[i].elements_only ||
		    strncmp(verdict->what, cases[i].what, strlen(cases[i].what)) != 0)
			fail_msg("%s: equal %d, elements %d, %s", cases[i].command, verdict->equal,
			         verdict->elements_only, verdict->what);
	}
}

/* Puts in place of the first rule in which argument 1 stands the one with argument 2 instead. */
static const char EXCHANGE[] = "import re, subprocess, sys\n"
			       "text = subprocess.run([\"nft\", \"-a\", \"list\", \"table\", \"inet\", \"isoward\"], "
			       "stdout=subprocess.PIPE, text=True).stdout\n"
			       "chain = None\n"
			       "for line in text.splitlines():\n"
			       "    found = re.match(r\"\\tchain (\\S+)\", line)\n"
			       "    chain = found.group(1) if found else chain\n"
			       "    if chain and not found and sys.argv[1] in line:\n"
			       "        rule, handle = line.strip().rsplit(\" # handle \", 1)\n"
			       "        rule = rule.replace(sys.argv[1], sys.argv[2])\n"
			       "        sys.exit(subprocess.run([\"nft\", f\"replace rule inet isoward {chain} handle "
			       "{handle} {rule}\"]).returncode)\n"
			       "sys.exit(1)\n";

/* A rule of ours exchanged for one that differs in one operand: found by what it does, not by its comment. */
static void a_changed_rule_is_seen(void **state)
{
	static const struct {
		const char *from;
		const char *to;
	} changes[] = {
		{ "udp dport 67", "udp dport 69" },
		{ "ip saddr 0.0.0.0", "ip saddr 0.0.0.1" },
		{ "drop comment", "accept comment" },
		{ "ct mark @epoch", "ct mark != @epoch" },
		{ "limit rate over 20/minute", "limit rate over 21/minute" },
		{ "snaplen 96", "snaplen 97" },
		{ "goto judge", "jump judge" },
		{ "ct direction reply", "ct direction original" },
		{ "oifname != \"pumps0\"", "oifname \"pumps0\"" },
		{ "\"imaging*\"", "\"imagine*\"" },
		{ "meta mark set 0x00000000", "meta mark set 0x00000001" },
		{ "comment \"ping\"", "comment \"pong\"" },
		{ "ip saddr map @zone4", "ip daddr map @zone4" },
		{ "icmpv6 type 133-136", "icmpv6 type 133-137" },
		{ "reject with tcp reset", "reject with icmpx admin-prohibited" },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		char command[1024];

		replace(bench);
		assert_equal(bench);
		snprintf(command, sizeof(command), "python3 -c '%s' '%s' '%s'", EXCHANGE, changes[i].from,
		         changes[i].to);
		run(command);
		if (verify(bench)->equal)
			fail_msg("%s for %s was not seen", changes[i].to, changes[i].from);
	}
}

/* The elements that the bench holds, of one set. */
static void each_held(const char *set, nft_take_element *take, void *taker, void *context)
{
	const struct bench *bench = context;
	struct plan_element element;

	for (size_t i = 0; i < bench->held_count; i++) {
		if (strcmp(bench->held[i].set, set) != 0)
			continue;
		plan_change_element(&bench->held[i], &element);
		take(&element, taker);
	}
}

/* Foreign elements go, missing ones come, in one transaction; nothing else is touched. */
static void elements_are_put_right_one_by_one(void **state)
{
	struct bench *bench = *state;
	const struct plan_change *changes = NULL;
	int count;

	hold(bench, 500);
	replace(bench);
	run("nft delete element inet isoward zone4.g2 '{ 10.0.0.1, 10.0.0.250 }'");
	run("nft add element inet isoward zone4.g2 '{ 10.0.9.9 : 2 }'");
	run("nft delete element inet isoward zone4.g2 '{ 10.0.0.5 }'; nft add element inet isoward zone4.g2 '{ "
	    "10.0.0.5 : 1 }'");
	run("nft add element inet isoward guard4.g2 '{ \"pumps0\" . 02:00:00:00:00:09 . 10.0.9.9 }'");
	run("nft add element inet isoward epoch.g2 '{ 7 }'");
	assert_true(verify(bench)->elements_only);
	assert_int_equal(nft_verify_search(bench->verify, bench->nft, bench->plan, each_held, bench), 0);
	assert_int_equal(finish(bench), 1);
	count = nft_verify_changes(bench->verify, &changes);
	assert_int_equal(count, 4 + 3); /* zone4: two foreign; three missing; guard4, epoch: one foreign each */
	assert_int_equal(nft_repair(bench->nft, bench->plan, changes, (size_t)count, NULL, 0, NULL), 0);
	assert_equal(bench);
}

static uint64_t cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now); /* what others on the machine do is no matter */
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* Joins go on between the steps; a dump that met one is asked for again. */
static void a_hospital_is_read_in_steps(void **state)
{
	enum {
		MANY = 100000
	};
	struct bench *bench = *state;
	uint64_t begin, longest = 0, all;
	struct pollfd wait = { .fd = nft_verify_fd(bench->verify), .events = POLLIN };
	unsigned int steps = 0;
	int rc;

	hold(bench, MANY);
	replace(bench);
	all = cpu_us();
	assert_int_equal(nft_verify_begin(bench->verify, bench->nft), 0);
	do {
		assert_int_equal(poll(&wait, 1, 2000), 1);
		begin = cpu_us();
		rc = nft_verify_step(bench->verify, bench->nft, 1);
		if (cpu_us() - begin > longest)
			longest = cpu_us() - begin;
		if (steps++ == 50) {
			struct plan_change join = small_plan_zone(CHANGE_ADD, MANY + 7, 1);

			assert_int_equal(nft_change(bench->nft, bench->plan, &join, 1, NULL), 0);
		}
	} while (rc == 0);
	assert_int_equal(rc, 1);
	assert_true(nft_verify_verdict(bench->verify)->equal);
	print_message("100 000 devices: %u steps in %llu ms, the longest %llu us\n", steps,
	              (unsigned long long)(cpu_us() - all) / 1000, (unsigned long long)longest);
	assert_true(steps > 100);
}

/* With everything that a policy can say. */
static void random_policies_come_back(void **state)
{
	struct bench *bench = *state;
	uint64_t seed = random_seed();

	for (int i = 0; i < 30; i++) {
		struct policy *policy CLEANUP(policy_free) = random_language_policy(&seed);
		struct table *table CLEANUP(table_free) = NULL;
		struct plan *plan CLEANUP(plan_free) = NULL;
		struct calendar calendar = walk_calendar(random_moment(&seed), 33);
		struct error error = { 0 };

		assert_int_equal(table_compile(policy, &table, NULL), 0);
		assert_int_equal(plan_build(policy, table, 1, &calendar, &plan, NULL), 0);
		if (nft_replace(bench->nft, plan, NULL, 0, &error) < 0)
			fail_msg("%s", error.text);
		assert_equal(bench);
	}
}

static void nothing_to_compare(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(nft_clear(bench->nft, NULL), 0);
	assert_int_equal(nft_verify_begin(bench->verify, bench->nft), -ENODATA);
	assert_false(nft_verify_active(bench->verify));
	replace(bench);
	assert_int_equal(nft_verify_begin(bench->verify, bench->nft), 0);
	assert_int_equal(nft_verify_begin(bench->verify, bench->nft), -EBUSY);
	/* What is replaced meanwhile is another question. */
	replace(bench);
	assert_int_equal(finish(bench), -ECANCELED);
	assert_equal(bench);
}

#define with_bench(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_bench(what_was_sent_comes_back),    with_bench(own_changes_are_followed),
		with_bench(kept_sets_are_known),         with_bench(every_change_is_seen),
		with_bench(a_changed_rule_is_seen),      with_bench(elements_are_put_right_one_by_one),
		with_bench(a_hospital_is_read_in_steps), with_bench(nothing_to_compare),
		with_bench(random_policies_come_back),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
