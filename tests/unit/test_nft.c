/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "netlink/nft.h"

#include <setjmp.h>
#include <stddef.h>
/* cmocka.h wants the two above */
#include <cmocka.h>

#include "small_plan.h"

/* What `nft` says to ${command}, in the test's namespace; exits with its status. */
static int run(const char *command, char *output, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t length;

	assert_non_null(pipe);
	length = fread(output, 1, size - 1, pipe);
	output[length] = '\0';
	return pclose(pipe);
}

static struct nft *open_nft(void)
{
	struct nft *nft = NULL;
	struct error error = { 0 };

	if (nft_open(&nft, &error) < 0)
		fail_msg("%s", error.text);
	return nft;
}

#define assert_done(call, error)                                                                                       \
	do {                                                                                                           \
		int rc_ = (call);                                                                                      \
		if (rc_ != 0)                                                                                          \
			fail_msg("%d: %s", rc_, (error).text);                                                         \
	} while (0)

/* Every line that must be in the listing. */
static const char *const listed[] = {
	"type ifname . ether_addr . ipv4_addr\n",
	"type ipv4_addr . ipv4_addr . inet_proto . inet_service\n",
	"type nf_proto : mark\n",
	"type ifname\n",
	"elements = { \"pumps0\" }",
	"elements = { 10.9.0.0/24 : 0x00000001, 10.9.1.0/29 : 0x00000002,",
	"250.0.0.0-255.255.255.255 : 0x00000003 }",
	"elements = { 1-99, 104 }",
	"elements = { 0x00000001 : goto refuse }",
	"flags constant,interval\n",
	"timeout 10s\n",
	"size 200000\n",
	"type filter hook prerouting priority raw; policy accept;\n",
	"type filter hook forward priority filter; policy drop;\n",
	"\tiifname @clinical goto guard\n",
	"\tiifname \"imaging*\" goto guard\n",
	"\tiifname . ether saddr . ip saddr @guard4 return comment \"known\"\n",
	"\tiifname . ether saddr . ip6 saddr @guard6 return comment \"known\"\n",
	"\tip saddr 0.0.0.0 udp sport 68 udp dport 67 return comment \"DHCP client\"\n",
	"\tip6 saddr fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff icmpv6 type 133-136 return comment",
	"\tiifname . ether saddr . ip saddr != @seen_guard add @seen_guard { iifname . ether saddr . ip saddr } "
	"log prefix \"guard\" group 1337 snaplen 96\n",
	"\tcounter packets 0 bytes 0 drop comment \"spoofed\"\n",
	"\tct state invalid counter packets 0 bytes 0 drop comment \"invalid\"\n",
	"\tct state established,related ct mark @epoch counter packets 0 bytes 0 accept comment \"live\"\n",
	"\toifname != \"pumps0\" goto judge\n",
	"\tmeta mark set 0x00000000\n",
	"\tmeta mark set ct original ip saddr map @net4\n",
	"\tmeta mark set ip saddr map @zone4\n",
	"\tct mark set meta nfproto map @stamp\n",
	"\tmeta l4proto tcp ct original proto-dst @ports counter packets 0 bytes 0 accept comment",
	"\tmeta mark vmap @from\n",
	"\tct helper ftp {\n\t\ttype \"ftp\" protocol tcp\n\t\tl3proto inet\n\t}\n",
	"\tct status expected ct helper \"ftp\" accept comment \"data\"\n",
	"\tlimit rate over 20/minute burst 20 packets ct helper set \"ftp\" comment \"control\"\n",
	"\tmeta l4proto tcp ct original ip saddr . ct original ip daddr . ct protocol . ct original proto-dst "
	"!= @seen4 add @seen4 { ct original ip saddr . ct original ip daddr . ct protocol . ct original proto-dst } "
	"log prefix \"deny\" group 1337 snaplen 96\n",
	"\tmeta l4proto tcp reject with tcp reset\n",
	"\treject with icmpx admin-prohibited\n",
	"\tct direction reply accept\n",
	"\ticmp type echo-request counter packets 0 bytes 0 accept comment \"ping\"\n",
};

static void replace_prints_as_nft_writes(void **state)
{
	static char output[65536];
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();

	(void)state;
	assert_done(nft_replace(nft, plan, NULL, 0, &error), error);
	assert_int_equal(run("nft list table inet isoward", output, sizeof(output)), 0);
	for (size_t i = 0; i < ARRAY_SIZE(listed); i++)
		if (!strstr(output, listed[i]))
			fail_msg("not listed: %s\nin %s", listed[i], output);
	assert_int_equal(run("( echo delete table inet isoward; nft list table inet isoward ) | nft -c -f - 2>&1",
	                     output, sizeof(output)),
	                 0);
	assert_done(nft_clear(nft, &error), error);
	assert_done(nft_clear(nft, &error), error);
	small_plan_free(plan);
}

static size_t lines_with(const char *text, const char *word)
{
	size_t lines = 0;

	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		lines++;
	return lines;
}

/* Each replacement is a generation of its own beside the former; of that nothing stays. */
static void only_one_generation_stays(void **state)
{
	static char output[65536];
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct nft *after_restart CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();

	(void)state;
	for (int times = 0; times < 3; times++)
		assert_done(nft_replace(nft, plan, NULL, 0, &error), error);
	assert_done(nft_replace(after_restart, plan, NULL, 0, &error), error);
	assert_int_equal(run("nft list table inet isoward", output, sizeof(output)), 0);
	assert_int_equal(lines_with(output, "\tchain "), plan->chain_count);
	assert_int_equal(lines_with(output, "\tset ") + lines_with(output, "\tmap "), plan->set_count);
	assert_int_equal(lines_with(output, "\tct helper "), plan->helper_count);
	assert_non_null(strstr(output, "map zone4.g4 {"));
	assert_non_null(strstr(output, "ct helper set \"ftp.g4\""));
	assert_done(nft_clear(nft, &error), error);
	small_plan_free(plan);
}

/* A stranger's base chain of our name and another kind cannot be switched: the table is made anew. */
static void strangers_base_chain_is_replaced(void **state)
{
	static char output[65536];
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	const char *base = NULL;
	char command[256];

	(void)state;
	for (size_t i = 0; i < plan->chain_count; i++)
		if (plan->chains[i].hook != HOOK_NONE)
			base = plan->chains[i].name;
	assert_non_null(base);
	snprintf(command, sizeof(command),
	         "nft 'add table inet isoward; add chain inet isoward %s { type nat hook postrouting priority 7; }'",
	         base);
	assert_int_equal(run(command, output, sizeof(output)), 0);
	assert_done(nft_replace(nft, plan, NULL, 0, &error), error);
	assert_int_equal(run("nft list table inet isoward", output, sizeof(output)), 0);
	assert_null(strstr(output, "type nat"));
	assert_done(nft_clear(nft, &error), error);
	small_plan_free(plan);
}

static size_t count(struct nft *nft, const char *name)
{
	struct error error = { 0 };
	size_t counted = 0;

	assert_done(nft_count_elements(nft, name, &counted, &error), error);
	return counted;
}

static void change_is_one_transaction(void **state)
{
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct plan_change joins[] = { small_plan_guard(1), small_plan_zone(CHANGE_ADD, 1, 3) };
	struct plan_change moves[] = { small_plan_zone(CHANGE_DELETE, 1, 3), small_plan_zone(CHANGE_ADD, 1, 4),
		                       small_plan_zone(CHANGE_ADD, 2, 4) };
	struct plan_change bad[] = { small_plan_zone(CHANGE_ADD, 7, 3), small_plan_zone(CHANGE_DELETE, 9, 3),
		                     small_plan_guard(9) };

	(void)state;
	assert_done(nft_replace(nft, plan, joins, 2, &error), error);
	assert_int_equal(count(nft, "guard4"), 1);
	assert_done(nft_change(nft, plan, moves, 3, &error), error);
	assert_int_equal(count(nft, "zone4"), 2);
	assert_done(nft_change(nft, plan, NULL, 0, &error), error);

	assert_int_equal(nft_change(nft, plan, bad, 3, &error), -ENOENT);
	assert_non_null(strstr(error.text, "elements of set zone4"));
	assert_int_equal(count(nft, "zone4"), 2);
	assert_int_equal(count(nft, "guard4"), 1);
	assert_int_equal(nft_change(nft, plan, moves + 2, 1, NULL), -EEXIST);
	assert_done(nft_change(nft, plan, moves, 2, &error), error);
	assert_int_equal(nft_count_elements(nft, "nothing", &(size_t){ 0 }, NULL), -ENOENT);
	small_plan_free(plan);
}

static void many_elements_are_one_transaction(void **state)
{
	enum {
		MANY = 100000
	};
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct plan_change *changes = calloc(2 * MANY, sizeof(*changes));

	(void)state;
	assert_non_null(changes);
	for (uint32_t i = 0; i < MANY; i++) {
		changes[i] = small_plan_zone(CHANGE_ADD, i, i % 7 + 1);
		changes[MANY + i] = small_plan_guard(i);
	}
	assert_done(nft_replace(nft, plan, changes, (size_t)2 * MANY, &error), error);
	assert_int_equal(count(nft, "zone4"), MANY);
	assert_int_equal(count(nft, "guard4"), MANY);
	assert_done(nft_replace(nft, plan, changes, 1, &error), error);
	assert_done(nft_change(nft, plan, changes + 1, 2 * MANY - 1, &error), error);
	assert_int_equal(count(nft, "zone4"), MANY);
	free(changes);
	small_plan_free(plan);
}

static void refusals_name_what_was_refused(void **state)
{
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct plan_change join = small_plan_guard(1);
	struct plan_rule *rule;

	(void)state;
	assert_done(nft_replace(nft, plan, &join, 1, &error), error);
	rule = small_plan_rule(&plan->chains[SMALL_JUDGE], "rule 40: to nowhere");
	small_plan_say(rule, STATEMENT_JUMP, "nowhere", 0);
	assert_int_equal(nft_replace(nft, plan, NULL, 0, &error), -ENOENT);
	assert_non_null(strstr(error.text, "rule in chain judge (rule 40: to nowhere)"));
	assert_int_equal(count(nft, "guard4"), 1);

	plan->chains[SMALL_JUDGE].rule_count--;
	snprintf(plan->sets[SMALL_FROM].elements[0].chain, PLAN_NAME_MAX, "nowhere");
	error = (struct error){ 0 };
	assert_int_equal(nft_replace(nft, plan, NULL, 0, &error), -ENOENT);
	assert_non_null(strstr(error.text, "elements of set from"));

	snprintf(plan->sets[SMALL_FROM].elements[0].chain, PLAN_NAME_MAX, "refuse");
	join.set = "no such set";
	error = (struct error){ 0 };
	assert_int_equal(nft_change(nft, plan, &join, 1, &error), -ENOENT);
	assert_non_null(strstr(error.text, "no such set"));
	assert_int_equal(count(nft, "guard4"), 1);
	assert_done(nft_clear(nft, NULL), error);
	join.set = PLAN_SET_GUARD4;
	assert_int_equal(nft_change(nft, plan, &join, 1, NULL), -ENOENT);
	small_plan_free(plan);
}

/* A kernel without the module refuses the policy; what was in force stays. */
static void a_missing_helper_is_named(void **state)
{
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();
	struct plan_change join = small_plan_guard(1);

	(void)state;
	assert_done(nft_replace(nft, plan, &join, 1, &error), error);
	snprintf(plan->helpers[0].name, sizeof(plan->helpers[0].name), "gopher");
	assert_int_equal(nft_replace(nft, plan, NULL, 0, &error), -ENOENT);
	assert_non_null(strstr(error.text, "gopher"));
	assert_non_null(strstr(error.text, "small.yaml:9 (ftp)"));
	assert_int_equal(count(nft, "guard4"), 1);
	assert_done(nft_clear(nft, &error), error);
	small_plan_free(plan);
}

static void foreign_tables_stay(void **state)
{
	static char output[4096];
	struct error error = { 0 };
	struct nft *nft CLEANUP(nft_close) = open_nft();
	struct plan *plan = small_plan_new();

	(void)state;
	assert_int_equal(run("nft add table inet other && nft add table ip isoward", output, sizeof(output)), 0);
	assert_done(nft_replace(nft, plan, NULL, 0, &error), error);
	assert_done(nft_clear(nft, &error), error);
	assert_int_equal(run("nft list tables", output, sizeof(output)), 0);
	assert_string_equal(output, "table inet other\ntable ip isoward\n");
	small_plan_free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replace_prints_as_nft_writes),      cmocka_unit_test(only_one_generation_stays),
		cmocka_unit_test(strangers_base_chain_is_replaced),  cmocka_unit_test(change_is_one_transaction),
		cmocka_unit_test(many_elements_are_one_transaction), cmocka_unit_test(refusals_name_what_was_refused),
		cmocka_unit_test(a_missing_helper_is_named),         cmocka_unit_test(foreign_tables_stay),
	};

	if (namespace_enter() != 0)
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
