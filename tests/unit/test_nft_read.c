/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/nft.h"

#include <arpa/inet.h>
#include <poll.h>
#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "small_plan.h"

static struct nft *open_nft(void)
{
	struct nft *nft = NULL;
	struct error error = { 0 };

	if (nft_open(&nft, &error) < 0)
		fail_msg("%s", error.text);
	return nft;
}

static void run(const char *command)
{
	assert_int_equal(system(command), 0);
}

struct counters {
	struct nft_counter counter[64];
	size_t count;
};

static void keep(const struct nft_counter *counter, void *context)
{
	struct counters *counters = context;

	assert_true(counters->count < ARRAY_SIZE(counters->counter));
	counters->counter[counters->count++] = *counter;
}

static const struct nft_counter *find(const struct counters *counters, const char *comment)
{
	for (size_t i = 0; i < counters->count; i++)
		if (strcmp(counters->counter[i].comment, comment) == 0)
			return &counters->counter[i];
	fail_msg("no counter %s", comment);
	return NULL;
}

/* Echo requests over loopback meet the rule "ping" of the chain input. */
static void counters_count_packets(void **state)
{
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct counters counters = { .count = 0 };
	const struct nft_counter *ping;

	(void)state;
	assert_int_equal(nft_read_counters(nft, keep, &counters, NULL), 0);
	assert_int_equal(counters.count, 0);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	run("nft 'add table inet other; add chain inet other x; add rule inet other x counter comment \"ping\"'");
	run("ping -q -c 3 -i 0.01 -W 1 127.0.0.1 > /dev/null");
	assert_int_equal(nft_read_counters(nft, keep, &counters, NULL), 0);
	assert_int_equal(counters.count, 5);
	ping = find(&counters, "ping");
	assert_string_equal(ping->chain, "input");
	assert_int_equal(ping->packets, 3);
	assert_int_equal(ping->bytes, 3 * 84);
	assert_int_equal(find(&counters, "spoofed")->packets, 0);
	assert_string_equal(find(&counters, "rule 12: dicom why: archive")->chain, "judge");
	assert_int_equal(nft_clear(nft, NULL), 0);
	small_plan_free(plan);
}

/* Many rules: the dump has many datagrams. */
static void a_long_dump_is_read_whole(void **state)
{
	enum {
		RULES = 3000
	};
	static struct plan_chain chain = { .name = "long" };
	struct plan plan = { .chains = &chain, .chain_count = 1 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct counters counters = { .count = 0 };
	size_t counted = 0;

	(void)state;
	for (int i = 0; i < RULES; i++)
		small_plan_say(small_plan_rule(&chain, i == RULES - 1 ? "last" : ""),
		               i % 60 == 59 ? STATEMENT_COUNTER : STATEMENT_RETURN, "", 0);
	assert_int_equal(nft_replace(nft, &plan, NULL, 0, NULL), 0);
	assert_int_equal(nft_read_counters(nft, keep, &counters, NULL), 0);
	assert_int_equal(counters.count, RULES / 60);
	assert_string_equal(find(&counters, "last")->chain, "long");
	assert_int_equal(nft_count_elements(nft, "zone4", &counted, NULL), -ENOENT);
	assert_int_equal(nft_clear(nft, NULL), 0);
	free(chain.rules);
}

static void interval_ends_are_no_elements(void **state)
{
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	size_t counted = 0;

	(void)state;
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	assert_int_equal(nft_count_elements(nft, "net4", &counted, NULL), 0);
	assert_int_equal(counted, 3);
	assert_int_equal(nft_clear(nft, NULL), 0);
	small_plan_free(plan);
}

static int pending(const struct nft_monitor *monitor)
{
	struct pollfd wait = { .fd = nft_monitor_fd(monitor), .events = POLLIN };

	return poll(&wait, 1, 0);
}

static void foreign_changes_are_told(void **state)
{
	enum {
		MANY = 50000
	};
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct nft_monitor *monitor CLEANUP(nft_monitor_close) = NULL;
	struct plan *plan = small_plan_new();
	struct plan_change *changes = calloc(MANY, sizeof(*changes));
	uint32_t own = nft_port(nft);

	(void)state;
	assert_non_null(changes);
	for (uint32_t i = 0; i < MANY; i++)
		changes[i] = small_plan_zone(CHANGE_ADD, i, 1);
	assert_int_equal(nft_monitor_open(&monitor, NULL), 0);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	assert_int_equal(pending(monitor), 1);
	assert_int_equal(nft_monitor_readable(monitor, own), 0);

	/* From the first read on the kernel keeps our own away, however many. */
	assert_int_equal(nft_change(nft, plan, changes, MANY, NULL), 0);
	assert_int_equal(pending(monitor), 0);
	assert_int_equal(nft_monitor_readable(monitor, own), 0);

	run("nft add table inet other && nft add table ip isoward && nft delete table ip isoward");
	assert_int_equal(nft_monitor_readable(monitor, own), 0);
	run("nft delete element inet isoward zone4 '{ 10.0.0.7 }'");
	assert_int_equal(nft_monitor_readable(monitor, own), 1);
	assert_int_equal(nft_monitor_readable(monitor, own), 0);
	run("nft delete table inet isoward");
	assert_int_equal(nft_monitor_readable(monitor, own), 1);
	free(changes);
	small_plan_free(plan);
}

static void lost_events_are_a_change(void **state)
{
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct nft_monitor *monitor CLEANUP(nft_monitor_close) = NULL;
	struct plan *plan = small_plan_new();
	int least = 1;

	(void)state;
	assert_int_equal(nft_monitor_open(&monitor, NULL), 0);
	assert_int_equal(setsockopt(nft_monitor_fd(monitor), SOL_SOCKET, SO_RCVBUF, &least, sizeof(least)), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(nft_replace(nft, plan, NULL, 0, NULL), 0);
	assert_int_equal(nft_monitor_readable(monitor, nft_port(nft)), 1);
	assert_int_equal(nft_monitor_readable(monitor, nft_port(nft)), 0);
	small_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_count_packets),        cmocka_unit_test(a_long_dump_is_read_whole),
		cmocka_unit_test(interval_ends_are_no_elements), cmocka_unit_test(foreign_changes_are_told),
		cmocka_unit_test(lost_events_are_a_change),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
