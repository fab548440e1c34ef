/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever a policy says, a packet's way through the plan ends as the table decides. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/plan_walk.h"
#include "tests/unit/random_policy.h"

#define POLICIES 200
#define FLOWS    150

static struct address single_address(size_t single, bool v4)
{
	const uint8_t bytes4[4] = { 10, 250, 0, (uint8_t)single };
	const uint8_t bytes6[16] = { 0xfd, 0xff, [15] = (uint8_t)single };

	return v4 ? address_v4(bytes4) : address_v6(bytes6);
}

/* Puts each single device's addresses into the plan, as the gateway does when it has met it. */
static void bind_singles(const struct policy *policy, struct plan *plan)
{
	for (size_t i = 0; i < policy->single_count * 2; i++) {
		const struct policy_single *single = &policy->singles[i / 2];
		struct address address = single_address(i / 2, i % 2 == 0);
		struct plan_change change;

		plan_change_zone(&change, CHANGE_ADD, &address, policy_group_of(policy, &single->mac, single->zone));
		walk_apply(plan, &change);
	}
}

/* One end of a flow: a single device behind an interface of a ward, or an address behind the uplink. */
struct end {
	const char *interface;
	struct address address;
	uint16_t group;
};

static struct end random_end(const struct policy *policy, const struct table *table, bool v4, uint64_t *state)
{
	struct end end = { .interface = "wan0" };
	size_t single;

	if (policy->single_count > 0 && random_below(state, 2)) {
		single = random_below(state, (uint32_t)policy->single_count);
		end.interface = "ward0";
		end.address = single_address(single, v4);
		end.group = (uint16_t)(policy->zone_count + single + 1);
		return end;
	}
	do
		end.address = random_prefix(state).address;
	while ((end.address.family == FAMILY_IPV4) != v4);
	end.group = table_zone_of_network(table, &end.address);
	return end;
}

static const char *helper_wanted(const struct policy_rule *rule, const struct flow *flow)
{
	for (size_t i = 0; i < rule->range_count; i++)
		if (rule->ranges[i].helper != HELPER_NONE && rule->ranges[i].protocol == flow->protocol &&
		    rule->ranges[i].first <= flow->port && flow->port <= rule->ranges[i].last)
			return rule->ranges[i].helper == HELPER_FTP ? "ftp" : "tftp";
	return "";
}

/* What ${decision} comes to for a packet from ${interface}. */
static enum walk_end end_wanted(const struct decision *decision, const char *interface, const struct flow *flow,
                                bool refused_by_rate)
{
	bool told = decision->verdict == VERDICT_REJECT || strcmp(interface, "wan0") != 0;

	if (decision->verdict == VERDICT_ALLOW && !refused_by_rate)
		return WALK_ACCEPT;
	return !told ? WALK_DROP : flow->protocol == 6 ? WALK_REJECT_RESET : WALK_REJECT_ADMIN;
}

static void check_reports(const struct walk *walk, const struct policy *policy, const struct decision *decision,
                          bool refused_by_rate, bool is_new)
{
	const struct policy_rule *rule = decision->by_default ? NULL : &policy->rules[decision->rule];
	const char *wanted = PLAN_REPORT_DENY " ";
	const char *reports = walk->reports;
	size_t observed = strlen(PLAN_REPORT_OBSERVE " ");

	if (decision->is_observed && policy->rules[decision->observed].log != LOG_NEVER)
		assert_memory_equal(reports, PLAN_REPORT_OBSERVE " ", observed);
	assert_int_equal(walk->observing_rule, decision->is_observed ? (int)decision->observed : -1);
	while (decision->is_observed && strncmp(reports, PLAN_REPORT_OBSERVE " ", observed) == 0)
		reports += observed;
	if (rule && rule->log == LOG_NEVER)
		wanted = "";
	else if (refused_by_rate)
		wanted = PLAN_REPORT_RATE " ";
	else if (decision->verdict == VERDICT_ALLOW)
		wanted = rule->log == LOG_ALWAYS && is_new ? PLAN_REPORT_ALLOW " " : "";
	else if (decision->verdict == VERDICT_REJECT)
		wanted = PLAN_REPORT_REJECT " ";
	assert_string_equal(reports, wanted);
}

/* A stamp lets the flow's later packets pass unasked, so it must not be there where the clock has a say. */
static void check_stamp(const struct walk *walk, enum walk_end end, const struct table *table,
                        const struct decision *decision, struct flow flow)
{
	bool changes = false;

	if (end != WALK_ACCEPT) {
		assert_false(walk->known[KEY_CT_MARK]);
		return;
	}
	for (int32_t minutes = 0; minutes < 40 * MINUTES_OF_DAY && !changes; minutes += 60) {
		struct decision then;

		flow.moment.day = minutes / MINUTES_OF_DAY;
		flow.moment.minute = (uint16_t)(minutes % MINUTES_OF_DAY);
		then = table_decide(table, &flow);
		changes = then.verdict != decision->verdict || then.rule != decision->rule;
	}
	if (changes)
		assert_false(walk->known[KEY_CT_MARK]);
	else if (table->schedule_count == 1)
		assert_true(walk->known[KEY_CT_MARK]);
}

static void check_walk(const struct walk *walk, enum walk_end end, const struct policy *policy,
                       const struct table *table, const struct decision *decision, const struct flow *flow, bool is_new)
{
	const struct policy_rule *rule = decision->by_default ? NULL : &policy->rules[decision->rule];
	bool by_rate = decision->verdict == VERDICT_ALLOW && rule->rate.count > 0 && walk->is_over && is_new;

	assert_int_equal(end, end_wanted(decision, (const char *)walk->value[KEY_IIFNAME], flow, by_rate));
	assert_int_equal(walk->policy_rule, rule ? (int)decision->rule : -1);
	assert_string_equal(walk->helper, end == WALK_ACCEPT ? helper_wanted(rule, flow) : "");
	check_reports(walk, policy, decision, by_rate, is_new);
	/* Whatever the judgement, the group does not leave in the packet's mark. */
	assert_memory_equal(walk->value[KEY_MARK], "\0\0\0", 4);
	check_stamp(walk, end, table, decision, *flow);
}

/* Whether a control connection with ${helper} may be had for ${flow}, on any of the ports that random rules name. */
static bool control_may_be_had(const struct policy *policy, const struct table *table, struct flow flow,
                               const char *helper)
{
	uint16_t names = flow.names;

	flow.protocol = strcmp(helper, "ftp") == 0 ? 6 : 17;
	for (unsigned int i = 0; i < 120; i++) {
		struct decision decision;

		flow.port = (uint16_t)(i / 2 < 50 ? i / 2 : 65535 - (i / 2 - 50));
		flow.names = i % 2 ? names : 0;
		decision = table_decide(table, &flow);
		if (decision.verdict == VERDICT_ALLOW && policy->rules[decision.rule].names == flow.names &&
		    strcmp(helper_wanted(&policy->rules[decision.rule], &flow), helper) == 0)
			return true;
	}
	return false;
}

/* Whether something between the two is decided by the hour. */
static bool hours_have_a_say(const struct table *table, uint16_t from, uint16_t to)
{
	const struct table_pair *pair = table_pair(table, from, to);

	for (size_t i = 0; pair && i < pair->entry_count; i++)
		if (pair->entries[i].schedule != 0 && pair->entries[i].mode == MODE_ENFORCE)
			return true;
	return false;
}

/* Makes ${address} known by the set ${names} of names, where that is not 0; borrows the set. */
static struct plan_set *know(struct plan *plan, uint16_t names, const struct address *address)
{
	struct plan_change change;

	if (names == 0)
		return NULL;
	assert_int_equal(plan_change_name(&change, CHANGE_ADD, plan, names, address), 0);
	return walk_apply(plan, &change);
}

static void forget(struct plan_set *set)
{
	if (set)
		set->element_count--;
}

/* A flow that another announced, to ports that no rule names: it passes where that other may be had. */
static void compare_data(const struct policy *policy, const struct table *table, struct plan *plan, uint64_t *state)
{
	struct moment moment = random_moment(state);
	const char *helper = random_below(state, 2) ? "ftp" : "tftp";
	bool v4 = random_below(state, 2);
	struct end from = random_end(policy, table, v4, state);
	struct end to = random_end(policy, table, v4, state);
	uint32_t sets = (uint32_t)policy->name_set_count + 1;
	struct flow there = { from.group, to.group, .names = (uint16_t)random_below(state, sets), .moment = moment };
	struct flow back = { to.group, from.group, .names = (uint16_t)random_below(state, sets), .moment = moment };
	struct walk walk = walk_packet(plan, from.interface, to.interface, false);
	struct plan_set *known_to;
	struct plan_set *known_from;
	bool passes;

	if (address_equal(&from.address, &to.address))
		return;
	known_to = know(plan, there.names, &to.address);
	known_from = know(plan, back.names, &from.address);
	passes = control_may_be_had(policy, table, back, helper) ||
	         (strcmp(helper, "ftp") == 0 && control_may_be_had(policy, table, there, helper));
	walk_set_flow(&walk, &from.address, &to.address, 132, 30000);
	walk_set_time(&walk, moment);
	walk_set(&walk, KEY_CT_HELPER, helper, strlen(helper));
	there.protocol = 132;
	there.port = 30000;
	passes = passes || table_decide(table, &there).verdict == VERDICT_ALLOW;
	if (walk_chain(&walk, "judge") != WALK_ACCEPT)
		assert_false(passes);
	else
		/* What is refused at some hours only leaves the channels, should any have been announced at others. */
		assert_true(passes || hours_have_a_say(table, from.group, to.group) ||
		            hours_have_a_say(table, to.group, from.group));
	forget(known_from);
	forget(known_to);
}

static void compare(const struct policy *policy, const struct table *table, struct plan *plan, uint64_t *state)
{
	static const uint8_t packets[2][8] = { { [7] = 9 }, { [7] = 1 } };
	static const uint8_t protocols[] = { 1, 6, 17, 47, 58 };
	bool v4 = random_below(state, 2);
	struct end from = random_end(policy, table, v4, state);
	struct end to = random_end(policy, table, v4, state);
	struct flow flow = { .from = from.group, .to = to.group, .moment = random_moment(state) };
	struct walk walk = walk_packet(plan, from.interface, to.interface, false);
	uint32_t established = STATE_ESTABLISHED;
	bool is_new = random_below(state, 3);
	struct plan_set *known;
	struct decision decision;

	flow.protocol = protocols[random_below(state, sizeof(protocols))];
	flow.port = (uint16_t)(random_below(state, 8) ? random_below(state, 50) : 65535 - random_below(state, 8));
	flow.names = (uint16_t)random_below(state, (uint32_t)policy->name_set_count + 1);
	decision = table_decide(table, &flow);
	walk_set_flow(&walk, &from.address, &to.address, flow.protocol, flow.port);
	walk_set_time(&walk, flow.moment);
	walk_set(&walk, KEY_CT_PACKETS, packets[is_new], sizeof(packets[is_new]));
	walk.is_over = random_below(state, 2);
	if (!is_new)
		walk_set(&walk, KEY_CT_STATE, &established, sizeof(established));
	known = know(plan, flow.names, &to.address);
	check_walk(&walk, walk_chain(&walk, "judge"), policy, table, &decision, &flow, is_new);
	forget(known);
}

static void judges_as_the_table_decides(void **unused)
{
	uint64_t state = random_seed();

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		struct policy *policy = random_language_policy(&state);
		struct table *table = NULL;
		struct plan *plan;

		plan = walk_plan(policy, &table);
		bind_singles(policy, plan);
		for (size_t flow = 0; flow < FLOWS; flow++)
			compare(policy, table, plan, &state);
		for (size_t flow = 0; flow < FLOWS / 5; flow++)
			compare_data(policy, table, plan, &state);
		plan_free(plan);
		table_free(table);
		policy_free(policy);
	}
}

#define FTP                                                                                                            \
	{                                                                                                              \
		6, HELPER_FTP, 21, 21                                                                                  \
	}
#define TFTP                                                                                                           \
	{                                                                                                              \
		17, HELPER_TFTP, 69, 69                                                                                \
	}

enum {
	CLIENTS = 1,
	SERVERS,
	OTHERS
};

static const struct data_vector {
	const char *name;
	struct service_range rules[2]; /* from clients to servers, in order; protocol 0 for none */
	enum verdict verdicts[2];
	uint16_t names; /* of the last rule */
	const char *from;
	const char *to;
	const char *helper; /* of the flow that announced it */
	bool passes;
} data_vectors[] = {
	{ "passive data", { FTP }, { VERDICT_ALLOW }, 0, "10.1.0.1", "10.2.0.1", "ftp", true },
	{ "active data", { FTP }, { VERDICT_ALLOW }, 0, "10.2.0.1", "10.1.0.1", "ftp", true },
	{ "TFTP data", { TFTP }, { VERDICT_ALLOW }, 0, "10.2.0.1", "10.1.0.1", "tftp", true },
	{ "no TFTP server is asked for data", { TFTP }, { VERDICT_ALLOW }, 0, "10.1.0.1", "10.2.0.1", "tftp", false },
	{ "of another protocol", { FTP }, { VERDICT_ALLOW }, 0, "10.2.0.1", "10.1.0.1", "tftp", false },
	{ "announced by none", { FTP }, { VERDICT_ALLOW }, 0, "10.1.0.1", "10.2.0.1", NULL, false },
	{ "to a third group", { FTP }, { VERDICT_ALLOW }, 0, "10.1.0.1", "10.3.0.1", "ftp", false },
	{ "from a third group", { FTP }, { VERDICT_ALLOW }, 0, "10.3.0.1", "10.1.0.1", "ftp", false },
	{ "the helper was withdrawn",
	  { { 6, HELPER_NONE, 21, 21 } },
	  { VERDICT_ALLOW },
	  0,
	  "10.1.0.1",
	  "10.2.0.1",
	  "ftp",
	  false },
	{ "the rule refuses", { FTP }, { VERDICT_DENY }, 0, "10.1.0.1", "10.2.0.1", "ftp", false },
	{ "an earlier rule refuses",
	  { { 6, HELPER_NONE, 20, 30 }, FTP },
	  { VERDICT_DENY, VERDICT_ALLOW },
	  0,
	  "10.1.0.1",
	  "10.2.0.1",
	  "ftp",
	  false },
	{ "an earlier rule refuses the ports of data, which are not asked for",
	  { { 6, HELPER_NONE, 22, 65535 }, FTP },
	  { VERDICT_DENY, VERDICT_ALLOW },
	  0,
	  "10.1.0.1",
	  "10.2.0.1",
	  "ftp",
	  true },
	{ "an earlier rule refuses a part of the control ports",
	  { { 6, HELPER_NONE, 21, 21 }, { 6, HELPER_FTP, 21, 22 } },
	  { VERDICT_DENY, VERDICT_ALLOW },
	  0,
	  "10.1.0.1",
	  "10.2.0.1",
	  "ftp",
	  true },
	{ "to a known name", { FTP }, { VERDICT_ALLOW }, 1, "10.1.0.1", "10.2.0.1", "ftp", true },
	{ "from a known name", { FTP }, { VERDICT_ALLOW }, 1, "10.2.0.1", "10.1.0.1", "ftp", true },
	{ "to an unknown name", { FTP }, { VERDICT_ALLOW }, 1, "10.1.0.1", "10.2.0.2", "ftp", false },
	{ "from an unknown name", { FTP }, { VERDICT_ALLOW }, 1, "10.2.0.2", "10.1.0.1", "ftp", false },
};

/* Three zones of a network each, and the rules of ${vector}. */
static enum walk_end walk_data(const struct data_vector *vector)
{
	static uint16_t clients = 1, servers = 2;
	struct policy_network networks[3] = { { .prefix.length = 24 },
		                              { .prefix.length = 24 },
		                              { .prefix.length = 24 } };
	struct policy_zone zones[3] = { { .name = "clients" }, { .name = "servers" }, { .name = "others" } };
	struct policy_rule rules[2] = { { .from_count = 1, .to_count = 1, .range_count = 1 },
		                        { .from_count = 1, .to_count = 1, .range_count = 1 } };
	struct policy_name_set known = { .name_count = 0 };
	struct policy policy = {
		.zones = zones, .zone_count = 3, .rules = rules, .name_sets = &known, .name_set_count = 1
	};
	struct service_range ranges[2];
	struct table *table = NULL;
	struct address from, to;
	struct plan_change change;
	uint32_t related = STATE_RELATED;
	enum walk_end end;
	struct plan *plan;
	struct walk walk;

	for (uint8_t z = 0; z < 3; z++) {
		networks[z].prefix.address = address_v4((const uint8_t[4]){ 10, (uint8_t)(z + 1), 0, 0 });
		zones[z].networks = &networks[z];
		zones[z].network_count = 1;
	}
	memcpy(ranges, vector->rules, sizeof(ranges));
	for (; policy.rule_count < 2 && ranges[policy.rule_count].protocol; policy.rule_count++) {
		struct policy_rule *rule = &rules[policy.rule_count];

		rule->from = &clients;
		rule->to = &servers;
		rule->ranges = &ranges[policy.rule_count];
		rule->verdict = vector->verdicts[policy.rule_count];
	}
	rules[policy.rule_count - 1].names = vector->names;
	plan = walk_plan(&policy, &table);
	assert_int_equal(address_parse("10.2.0.1", &to), 0);
	assert_int_equal(plan_change_name(&change, CHANGE_ADD, plan, 1, &to), 0);
	walk_apply(plan, &change);
	assert_int_equal(plan_change_name(&change, CHANGE_ADD, plan, 2, &to), -ENOENT);
	assert_int_equal(address_parse(vector->from, &from), 0);
	assert_int_equal(address_parse(vector->to, &to), 0);
	walk = walk_packet(plan, "wan0", "wan0", false);
	walk_set_flow(&walk, &from, &to, vector->helper && strcmp(vector->helper, "tftp") == 0 ? 17 : 6, 40000);
	walk_set(&walk, KEY_CT_STATE, &related, sizeof(related));
	walk_set(&walk, KEY_CT_STATUS, "\x01\0\0", 4);
	/* The mark of the flow that announced it, of this epoch and settled: no pass by itself. */
	walk_set(&walk, KEY_CT_MARK, &(uint32_t){ plan_epoch_mark(1) }, 4);
	walk_set(&walk, KEY_CT_PACKETS, "\0\0\0\0\0\0\0\1", 8);
	if (vector->helper)
		walk_set(&walk, KEY_CT_HELPER, vector->helper, strlen(vector->helper));
	assert_int_equal(walk_chain(&walk, "forward"), WALK_RETURN);
	end = walk_chain(&walk, "ward");
	plan_free(plan);
	table_free(table);
	return end;
}

static void lets_data_through_where_control_may_be_had(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(data_vectors); i++)
		if (walk_data(&data_vectors[i]) != (data_vectors[i].passes ? WALK_ACCEPT : WALK_DROP))
			fail_msg("%s: not as wanted", data_vectors[i].name);
}

/* What was judged passes unasked, in any state; what has the mark of another epoch does not. */
static void asks_once_an_epoch(void **unused)
{
	static const uint32_t states[] = { STATE_NEW, STATE_ESTABLISHED, STATE_RELATED };
	static uint32_t (*const marks[])(uint32_t) = { plan_epoch_mark, plan_early_mark };
	struct policy_zone zone = { .name = "pcs", .is_default = true };
	struct policy policy = { .zones = &zone, .zone_count = 1 };
	struct table *table = NULL;
	struct plan *plan = walk_plan(&policy, &table);
	struct address address;

	(void)unused;
	assert_int_equal(address_parse("10.1.0.1", &address), 0);
	for (size_t i = 0; i < ARRAY_SIZE(states) * ARRAY_SIZE(marks); i++)
		for (uint32_t epoch = 1; epoch <= 2; epoch++) {
			struct walk walk = walk_packet(plan, "wan0", "wan0", false);
			uint32_t mark = marks[i % ARRAY_SIZE(marks)](epoch);

			walk_set_flow(&walk, &address, &address, 17, 514);
			walk_set(&walk, KEY_CT_STATE, &states[i / ARRAY_SIZE(marks)], sizeof(states[0]));
			walk_set(&walk, KEY_CT_MARK, &mark, sizeof(mark));
			assert_int_equal(walk_chain(&walk, "ward"), epoch == 1 ? WALK_ACCEPT : WALK_DROP);
		}
	plan_free(plan);
	table_free(table);
}

/* Takes packet ${number} of a flow of the IPv4 protocol ${protocol} to ${port} through "forward"; *${mark} is the
 * flow's. */
static enum walk_end walk_later(const struct plan *plan, uint8_t protocol, uint16_t port, uint8_t number,
                                uint32_t *mark)
{
	struct walk walk = walk_packet(plan, "pumps0", "wan0", false);
	uint8_t source[2] = { 0xc0, 0 }, destination[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	struct address address;
	enum walk_end end;

	assert_int_equal(address_parse("10.1.0.1", &address), 0);
	walk_set_flow(&walk, &address, &address, protocol, port);
	walk_set(&walk, KEY_TH_SPORT, source, sizeof(source));
	walk_set(&walk, KEY_TH_DPORT, destination, sizeof(destination));
	walk_set(&walk, KEY_CT_STATE, &(uint32_t){ STATE_ESTABLISHED }, 4);
	walk_set(&walk, KEY_CT_MARK, mark, sizeof(*mark));
	walk_set(&walk, KEY_CT_PACKETS, (uint8_t[8]){ [7] = number }, 8);
	end = walk_chain(&walk, "forward");
	memcpy(mark, walk.value[KEY_CT_MARK], sizeof(*mark));
	return end;
}

/* With its first packets told a flow is settled, unless its later ones are told, too. */
static void settles_behind_the_first_packets(void **unused)
{
	static const struct {
		uint8_t protocol, number;
		uint16_t port, names;
		bool settles;
	} vectors[] = {
		{ 17, PLAN_FIRST_PACKETS, 514, 0, false },
		{ 17, PLAN_FIRST_PACKETS + 1, 514, 0, true },
		{ 17, PLAN_FIRST_PACKETS + 1, 53, 0, true },
		{ 17, PLAN_FIRST_PACKETS + 1, 53, 1, false },
		{ 17, PLAN_FIRST_PACKETS + 1, 514, 1, true },
		{ 6, PLAN_FIRST_PACKETS + 1, 53, 1, true },
		{ 17, 0, 514, 0, false }, /* of a flow that is not counted */
	};
	struct policy_zone zone = { .name = "pcs", .is_default = true };
	struct policy policy = {
		.zones = &zone, .zone_count = 1, .clinical = { { .pattern = "pumps0" } }, .clinical_count = 1
	};

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		uint32_t mark = plan_early_mark(1), old = plan_early_mark(2), settled_old = plan_epoch_mark(2);
		struct table *table = NULL;
		struct plan *plan;

		policy.name_set_count = vectors[i].names;
		plan = walk_plan(&policy, &table);
		assert_int_equal(walk_later(plan, vectors[i].protocol, vectors[i].port, vectors[i].number, &mark),
		                 WALK_ACCEPT);
		assert_int_equal(mark, vectors[i].settles ? plan_epoch_mark(1) : plan_early_mark(1));
		/* A mark of another epoch is neither settled nor good for anything. */
		assert_int_not_equal(walk_later(plan, vectors[i].protocol, vectors[i].port, vectors[i].number, &old),
		                     WALK_ACCEPT);
		assert_int_equal(old, plan_early_mark(2));
		assert_int_not_equal(
			walk_later(plan, vectors[i].protocol, vectors[i].port, vectors[i].number, &settled_old),
			WALK_ACCEPT);
		plan_free(plan);
		table_free(table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_as_the_table_decides),
		cmocka_unit_test(lets_data_through_where_control_may_be_had),
		cmocka_unit_test(asks_once_an_epoch),
		cmocka_unit_test(settles_behind_the_first_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
