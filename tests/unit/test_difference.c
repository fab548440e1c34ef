/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/proof/comparison.h"
#include "policy/proof/difference.h"
#include "tests/unit/all_flows.h"
#include "tests/unit/proof_policy.h"

#define POLICIES   40
#define PAIRS      5
#define LINES_MAX  4096
#define NAMES      4 /* that destinations of random policies may have */
#define RULES      PROOF_HEAD PROOF_ZONES "rules:\n"
#define DENY       "  - { from: pumps, to: pcs, deny: tcp/1 }\n"
#define POLICY(of) PROOF_HEAD "zones:\n" of

struct vector {
	const char *name;
	const char *before;
	const char *after;
	const char *lines; /* "!" loosens, kind, from, to, subject, services, when; "" for none */
};

static const struct vector pairs[] = {
	{ "a service more", "  - { from: pumps, to: pcs, allow: tcp/22 }\n",
	  "  - { from: pumps, to: pcs, allow: [tcp/22, tcp/104] }\n", "! gains pumps pcs  [tcp/104] \n" },
	{ "a service less", "  - { from: pumps, to: pcs, allow: [tcp/22, tcp/104] }\n",
	  "  - { from: pumps, to: pcs, allow: tcp/22 }\n", "loses pumps pcs  [tcp/104] \n" },
	{ "a wider range", "  - { from: pumps, to: pcs, allow: tcp/1000-1010 }\n",
	  "  - { from: pumps, to: pcs, allow: tcp/1005-1020 }\n",
	  "! gains pumps pcs  [tcp/1011-1020] \nloses pumps pcs  [tcp/1000-1004] \n" },
	{ "all at once", DENY, "  - { from: pumps, to: pcs, allow: any }\n", "! gains pumps pcs  [any] \n" },
	{ "all but some", "  - { from: pumps, to: pcs, allow: [ssh, tcp/2000] }\n",
	  "  - { from: pumps, to: pcs, allow: any }\n", "! gains pumps pcs  [any but ssh, tcp/2000] \n" },
	{ "a deny before it", "  - { from: pumps, to: pcs, allow: any }\n",
	  "  - { from: pumps, to: pcs, deny: [ip/50, ssh] }\n  - { from: pumps, to: pcs, allow: any }\n",
	  "loses pumps pcs  [ssh, ip/50] \n" },
	{ "a built-in service", DENY, "  - { from: pumps, to: pcs, allow: [dicom, dns, tcp/9] }\n",
	  "! gains pumps pcs  [dicom, dns, tcp/9] \n" },
	{ "another order that means the same",
	  "  - { from: pumps, to: pcs, allow: tcp/22 }\n  - { from: pumps, to: pcs, deny: tcp/23 }\n",
	  "  - { from: pumps, to: pcs, deny: tcp/23 }\n  - { from: pumps, to: pcs, allow: tcp/22 }\n", "" },
	{ "another order that does not",
	  "  - { from: pumps, to: pcs, allow: tcp/22 }\n  - { from: pumps, to: pcs, deny: tcp/20-30 }\n",
	  "  - { from: pumps, to: pcs, deny: tcp/20-30 }\n  - { from: pumps, to: pcs, allow: tcp/22 }\n",
	  "loses pumps pcs  [ssh] \n" },
	{ "other words", "  - { from: pumps, to: [pcs, internet], allow: [tcp/80, tcp/443, udp/443], why: x }\n",
	  "  - { from: pumps, to: internet, allow: web }\n  - { from: pumps, to: pcs, allow: [udp/443, tcp/443], "
	  "name: y }\n  - { from: pumps, to: pcs, allow: tcp/80 }\n",
	  "" },
	{ "two pairs", DENY, "  - { from: pumps, to: [pcs, pumps], allow: ssh }\n",
	  "! gains pumps pcs  [ssh] \n! gains pumps pumps  [ssh] \n" },
};

static const struct vector moves[] = {
	{ "a zone more", "  a: { default: true }\n", "  a: { default: true }\n  b: {}\n", "zone-added b   [] \n" },
	{ "a zone less", "  a: { default: true }\n  b: {}\n", "  a: { default: true }\n", "zone-removed b   [] \n" },
	{ "zones in another order",
	  "  a: { default: true }\n  b: {}\n  c: {}\nrules:\n"
	  "  - { from: b, to: c, allow: ssh }\n",
	  "  c: {}\n  b: {}\n  a: { default: true }\nrules:\n  - { from: b, to: c, allow: ssh }\n", "" },
	{ "a renamed zone takes its rules along",
	  "  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n",
	  "  a: { default: true }\n  c: {}\nrules:\n  - { from: c, to: a, allow: ssh }\n",
	  "zone-added c   [] \nzone-removed b   [] \nloses b a  [ssh] \n! gains c a  [ssh] \n" },
	{ "members in another order",
	  "  a: { default: true }\n  b: { members: { class: [camera, console], vendor: z } }\n",
	  "  a: { default: true }\n  b: { members: { vendor: z, class: [console, camera] } }\n", "" },
	{ "other members of zones that are alike", "  a: { default: true }\n  b: { members: { class: camera } }\n",
	  "  a: { default: true }\n  b: { members: { class: [camera, console] } }\n", "members b   [] \n" },
	{ "other members of a zone that reaches more",
	  "  a: { default: true }\n  b: { members: { class: camera } }\nrules:\n  - { from: b, to: a, allow: ssh }\n",
	  "  a: { default: true }\n  b: { members: { class: [camera, console] } }\nrules:\n  - { from: b, to: a, "
	  "allow: ssh }\n",
	  "! members b   [] \n" },
	{ "a network moves where nobody is reached", "  a: { default: true }\n  b: { networks: 10.0.0.0/8 }\n  c: {}\n",
	  "  a: { default: true }\n  b: { networks: 10.0.0.0/8 }\n  c: { networks: 10.1.0.0/16 }\n",
	  "network b c 10.1.0.0/16 [] \n" },
	{ "a network moves where it is reached",
	  "  a: { default: true }\n  b: { networks: 10.0.0.0/8 }\n  c: {}\nrules:\n  - { from: a, to: c, allow: ssh "
	  "}\n",
	  "  a: { default: true }\n  b: { networks: 10.0.0.0/8 }\n  c: { networks: 10.1.0.0/16 }\nrules:\n"
	  "  - { from: a, to: c, allow: ssh }\n",
	  "! network b c 10.1.0.0/16 [] \n" },
	{ "a network comes and one goes", "  a: { default: true }\n  b: { networks: [10.0.0.0/30, 10.0.0.4/31] }\n",
	  "  a: { default: true }\n  b: { networks: \"2001:db8::/32\" }\n",
	  "network  b 2001:db8::/32 [] \nnetwork b  10.0.0.0-10.0.0.5 [] \n" },
	{ "the last address of all", "  a: { default: true }\n  b: { networks: [0.0.0.0/0, \"::/0\"] }\n",
	  "  a: { default: true }\n  b: { networks: [0.0.0.0/0, \"::/0\"] }\n"
	  "  c: { networks: [255.255.255.255, \"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\"] }\n",
	  "zone-added c   [] \nnetwork b c 255.255.255.255/32 [] \n"
	  "network b c ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128 [] \n" },
	{ "a device moves",
	  "  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n"
	  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: b, name: CT-2 }\n",
	  "  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n"
	  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: a, name: CT-2 }\n",
	  "! device b a CT-2 [] \n" /* it can be reached from b now */ },
	{ "a device moves to where nothing is",
	  "  a: { default: true }\n  b: {}\n  c: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n"
	  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: b, name: CT-2 }\n",
	  "  a: { default: true }\n  b: {}\n  c: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n"
	  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: c, name: CT-2 }\n",
	  "device b c CT-2 [] \n" },
	{ "a device is pinned no more",
	  "  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: a, allow: ssh }\n"
	  "devices:\n  - { mac: \"02:00:00:00:00:01\", zone: b }\n",
	  "  a: { default: true }\n  b: {}\nrules:\n  - { from: b, to: b, allow: ssh }\n",
	  "device b  02:00:00:00:00:01 [] \nloses b a  [ssh] \n! gains b b  [ssh] \n" },
	{ "devices by another name",
	  "  a: { default: true }\ndevices:\n  - { mac: \"02:00:00:00:00:01\", zone: a, name: x }\n",
	  "  a: { default: true }\ndevices:\n  - { mac: \"02:00:00:00:00:01\", zone: a, name: y }\n", "" },
};

static void write_lines(const struct differences *differences, char lines[LINES_MAX])
{
	static const char *const kinds[] = {
		[DIFFERENCE_GATEWAY] = "gateway",
		[DIFFERENCE_ZONE_ADDED] = "zone-added",
		[DIFFERENCE_ZONE_REMOVED] = "zone-removed",
		[DIFFERENCE_MEMBERS] = "members",
		[DIFFERENCE_NETWORK] = "network",
		[DIFFERENCE_DEVICE] = "device",
		[DIFFERENCE_GAINS] = "gains",
		[DIFFERENCE_LOSES] = "loses",
		[DIFFERENCE_ANSWERS] = "answers",
		[DIFFERENCE_FASTER] = "faster",
		[DIFFERENCE_SLOWER] = "slower",
	};
	size_t used = 0;

	lines[0] = '\0';
	for (size_t i = 0; i < differences->count; i++) {
		const struct difference *one = &differences->at[i];

		used += (size_t)snprintf(lines + used, LINES_MAX - used, "%s%s %s %s %s [%s] %s\n",
		                         one->loosens ? "! " : "", kinds[one->kind], one->from, one->to, one->subject,
		                         one->services, one->when);
		assert_true(used < LINES_MAX);
	}
}

static void assert_lines(const char *name, const struct policy *before, const struct policy *after, const char *lines)
{
	CLEANUP(table_free) struct table *old_table = proof_compile(before);
	CLEANUP(table_free) struct table *new_table = proof_compile(after);
	struct differences differences = { .at = NULL };
	char got[LINES_MAX];

	assert_int_equal(difference_find(before, old_table, after, new_table, &differences), 0);
	write_lines(&differences, got);
	if (strcmp(got, lines) != 0)
		fail_msg("%s:\n%snot:\n%s", name, got, lines);
	assert_int_equal(differences.loosens, strchr(lines, '!') != NULL);
	differences_free(&differences);
}

static void assert_vector(const struct vector *vector, const char *head)
{
	CLEANUP(policy_free) struct policy *before = NULL;
	CLEANUP(policy_free) struct policy *after = NULL;
	char text[4096];

	snprintf(text, sizeof(text), "%s%s", head, vector->before);
	before = proof_parse(text);
	snprintf(text, sizeof(text), "%s%s", head, vector->after);
	after = proof_parse(text);
	assert_lines(vector->name, before, after, vector->lines);
	assert_lines(vector->name, before, before, "");
	assert_lines(vector->name, after, after, "");
}

static void tells_what_pairs_gain_and_lose(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pairs); i++)
		assert_vector(&pairs[i], RULES);
}

static void tells_what_moves(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
		assert_vector(&moves[i], POLICY(""));
}

static struct policy *parse_one(const char *rule)
{
	char text[4096];

	snprintf(text, sizeof(text), "%s%s", RULES, rule);
	return proof_parse(text);
}

#define SSH "  - { from: pumps, to: pcs, allow: ssh }\n"

static void tells_when(void **state)
{
	CLEANUP(policy_free) struct policy *none = parse_one(DENY);
	CLEANUP(policy_free) struct policy *always = parse_one(SSH);
	CLEANUP(policy_free) struct policy *at_work = parse_one(SSH);
	CLEANUP(policy_free) struct policy *later = parse_one(SSH);

	(void)state;
	proof_work_hours(at_work, 0);
	proof_work_hours(later, 0);
	later->rules[0].schedule.windows[0].first += 60;
	later->rules[0].schedule.windows[0].last += 60;
	assert_lines("comes at work", none, at_work, "! gains pumps pcs  [ssh] Mon-Fri 07:00-19:00\n");
	assert_lines("goes outside", always, at_work, "loses pumps pcs  [ssh] outside Mon-Fri 07:00-19:00\n");
	assert_lines("comes outside", at_work, always, "! gains pumps pcs  [ssh] outside Mon-Fri 07:00-19:00\n");
	assert_lines("shifts", at_work, later,
	             "! gains pumps pcs  [ssh] at times, as on Mon 1970-01-05 19:00\n"
	             "loses pumps pcs  [ssh] at times, as on Mon 1970-01-05 07:00\n");
	later->rules[0].schedule = (struct schedule){ .until = 20000 };
	assert_lines("ends", always, later, "loses pumps pcs  [ssh] outside until 2024-10-04\n");
}

static void tells_for_which_names(void **state)
{
	CLEANUP(policy_free) struct policy *none = parse_one(DENY);
	CLEANUP(policy_free) struct policy *always = parse_one(SSH);
	CLEANUP(policy_free) struct policy *named = parse_one(SSH);
	CLEANUP(policy_free) struct policy *same = parse_one(DENY SSH);
	CLEANUP(policy_free) struct policy *other = parse_one(SSH);

	(void)state;
	proof_name(named, 0, "a.example");
	proof_name(same, 1, "a.example");
	proof_name(other, 0, "b.example");
	assert_lines("comes", none, named, "! gains pumps pcs  [ssh] a.example\n");
	assert_lines("stays for the name", always, named, "loses pumps pcs  [ssh] not for a.example\n");
	assert_lines("the same", named, same, "");
	assert_lines("another", named, other, "! gains pumps pcs  [ssh] b.example\nloses pumps pcs  [ssh] a.example\n");
	proof_work_hours(named, 0);
	assert_lines("at times", none, named, "! gains pumps pcs  [ssh] a.example; Mon-Fri 07:00-19:00\n");
}

static void tells_modes_answers_and_rates(void **state)
{
	CLEANUP(policy_free) struct policy *deny = parse_one(DENY);
	CLEANUP(policy_free) struct policy *reject = parse_one(DENY);
	CLEANUP(policy_free) struct policy *allow = parse_one(SSH);
	CLEANUP(policy_free) struct policy *observe = parse_one(SSH);
	CLEANUP(policy_free) struct policy *slow = parse_one(SSH);
	CLEANUP(policy_free) struct policy *fast = parse_one(SSH);

	(void)state;
	reject->rules[0].verdict = VERDICT_REJECT;
	assert_lines("answers", deny, reject, "answers pumps pcs  [tcp/1] \n");
	observe->rules[0].mode = MODE_OBSERVE;
	assert_lines("observes only", allow, observe, "loses pumps pcs  [ssh] \n");
	slow->rules[0].rate = (struct policy_rate){ .count = 59, .seconds = 60 };
	fast->rules[0].rate = (struct policy_rate){ .count = 1, .seconds = 1 };
	assert_lines("faster", slow, fast, "! faster pumps pcs  [ssh] \n");
	assert_lines("slower", fast, slow, "slower pumps pcs  [ssh] \n");
	assert_lines("no limit any more", slow, allow, "! faster pumps pcs  [ssh] \n");
	assert_lines("a limit", allow, slow, "slower pumps pcs  [ssh] \n");
}

static void tells_of_a_device_what_its_zone_does_not(void **state)
{
	CLEANUP(policy_free) struct policy *before = parse_one(DENY);
	CLEANUP(policy_free) struct policy *zone = parse_one(SSH);
	CLEANUP(policy_free) struct policy *device = parse_one(SSH);

	(void)state;
	proof_single(before, "P-7", "pumps");
	proof_single(zone, "P-7", "pumps");
	device->rules[0].from[0] = proof_single(device, "P-7", "pumps");
	assert_lines("of the zone", before, zone, "! gains pumps pcs  [ssh] \n");
	assert_lines("of the device", before, device, "! gains P-7 pcs  [ssh] \n");
}

static void tells_what_the_gateway_guards_no_more(void **state)
{
	CLEANUP(policy_free) struct policy *before = parse_one(SSH);
	CLEANUP(policy_free) struct policy *after = parse_one(SSH);

	(void)state;
	before->isolation = ISOLATION_PROXY_ARP;
	after->isolation = ISOLATION_NONE;
	strcpy(after->clinical[0].pattern, "lab0");
	assert_lines("gateway", before, after,
	             "! gateway   isolation is none now [] \ngateway   lab0 is clinical now [] \n"
	             "! gateway   ward0 is clinical no more [] \n");
}

static void shows_the_rule_that_decides_now(void **state)
{
	CLEANUP(policy_free) struct policy *before = parse_one(DENY);
	CLEANUP(policy_free) struct policy *after = parse_one(DENY SSH);
	CLEANUP(table_free) struct table *old_table = proof_compile(before);
	CLEANUP(table_free) struct table *new_table = proof_compile(after);
	struct differences differences = { .at = NULL };

	(void)state;
	assert_int_equal(difference_find(before, old_table, after, new_table, &differences), 0);
	assert_int_equal(differences.count, 1);
	assert_int_equal(differences.at[0].place.line, 12);
	differences_free(&differences);
	assert_int_equal(difference_find(after, new_table, before, old_table, &differences), 0);
	assert_int_equal(differences.at[0].place.line, 0); /* the default */
	differences_free(&differences);
}

/* Gives the empty name sets of a random policy some of the names "n0" to "n3". */
static void random_names(struct policy *policy, uint64_t *state)
{
	for (size_t i = 0; i < policy->name_set_count; i++) {
		struct policy_name_set *set = &policy->name_sets[i];

		set->names = random_array(NAMES, sizeof(*set->names));
		for (unsigned int n = 0; n < NAMES; n++)
			if (random_below(state, 2) || (n + 1 == NAMES && set->name_count == 0))
				snprintf(set->names[set->name_count++], sizeof(*set->names), "n%u", n);
	}
}

static bool set_has(const struct policy *policy, uint16_t id, unsigned int name)
{
	char text[8];

	snprintf(text, sizeof(text), "n%u", name);
	for (size_t i = 0; i < policy->name_sets[id - 1].name_count; i++)
		if (strcmp(policy->name_sets[id - 1].names[i], text) == 0)
			return true;
	return false;
}

static bool pair_uses(const struct table *table, uint16_t from, uint16_t to, uint16_t names)
{
	const struct table_pair *pair = table_pair(table, from, to);

	for (size_t i = 0; pair && i < pair->entry_count; i++)
		if (pair->entries[i].names == names)
			return true;
	return false;
}

/* The sets of one side that ${name} is in and the pair asks for; 0 where there is none. */
static size_t sets_of(const struct policy *policy, const struct table *table, uint16_t from, uint16_t to,
                      unsigned int name, uint16_t *sets)
{
	size_t count = 0;

	for (uint16_t id = 1; id <= policy->name_set_count && name < NAMES; id++)
		if (set_has(policy, id, name) && pair_uses(table, from, to, id))
			sets[count++] = id;
	if (count == 0)
		sets[count++] = 0;
	return count;
}

static bool alike_for(const struct table *table, uint16_t from, uint16_t to, struct moment a, struct moment b)
{
	const struct table_pair *pair = table_pair(table, from, to);

	for (size_t i = 0; pair && i < pair->entry_count; i++) {
		const struct schedule *schedule = &table->schedules[pair->entries[i].schedule];

		if (schedule_holds(schedule, a) != schedule_holds(schedule, b))
			return false;
	}
	return true;
}

static size_t find_moment(const struct sides *sides, const struct comparison *found, struct moment moment)
{
	const struct pair_ends *ends = &found->ends;
	size_t m = 0;

	while (m < found->moment_count &&
	       !(alike_for(sides->old_table, ends->old_from, ends->old_to, found->moments[m], moment) &&
	         alike_for(sides->new_table, ends->new_from, ends->new_to, found->moments[m], moment)))
		m++;
	if (m == found->moment_count)
		fail_msg("no moment is like day %d, minute %u", moment.day, moment.minute);
	return m;
}

static size_t find_names(const struct comparison *found, uint16_t old_names, uint16_t new_names)
{
	size_t n = 0;

	while (n < found->name_count &&
	       (found->names[n].old_names != old_names || found->names[n].new_names != new_names))
		n++;
	assert_true(n < found->name_count);
	return n;
}

static size_t find_cell(const struct comparison *found, const struct flow *flow)
{
	size_t others = 0;

	for (size_t i = 0; i < found->cell_count; i++)
		if (found->cells[i].protocol == flow->protocol && found->cells[i].first <= flow->port &&
		    flow->port <= found->cells[i].last)
			return i;
	assert_int_equal(found->cells[others].protocol, 0);
	return others;
}

static enum change tried(enum verdict before, enum verdict after)
{
	if ((before == VERDICT_ALLOW) != (after == VERDICT_ALLOW))
		return after == VERDICT_ALLOW ? CHANGE_GAIN : CHANGE_LOSS;
	return before == after ? CHANGE_NONE : CHANGE_ANSWER;
}

/* Tries every flow of one pair with one name at one moment; marks what changes came in ${seen}. */
static void try_flows(const struct sides *sides, const struct comparison *found, struct pair_names names,
                      struct moment moment, bool seen[CHANGE_KINDS])
{
	size_t n = find_names(found, names.old_names, names.new_names);
	size_t m = find_moment(sides, found, moment);

	for (size_t i = 0; i < ALL_FLOWS; i++) {
		struct flow before = all_flow(i, found->ends.old_from, found->ends.old_to);
		struct flow after = all_flow(i, found->ends.new_from, found->ends.new_to);
		enum change wanted;

		before.names = names.old_names;
		after.names = names.new_names;
		before.moment = after.moment = moment;
		wanted = tried(table_decide(sides->old_table, &before).verdict,
		               table_decide(sides->new_table, &after).verdict);
		assert_int_equal(found->changes[comparison_index(found, find_cell(found, &before), n, m)], wanted);
		seen[wanted] = true;
	}
}

static void try_pair(const struct sides *sides, const struct moment *moments, size_t moment_count,
                     const struct comparison *found, bool seen[CHANGE_KINDS])
{
	const struct pair_ends *ends = &found->ends;

	for (unsigned int name = 0; name <= NAMES; name++) {
		uint16_t old_sets[POLICY_NAME_SETS_MAX];
		uint16_t new_sets[POLICY_NAME_SETS_MAX];
		size_t old_count =
			sets_of(sides->old_policy, sides->old_table, ends->old_from, ends->old_to, name, old_sets);
		size_t new_count =
			sets_of(sides->new_policy, sides->new_table, ends->new_from, ends->new_to, name, new_sets);

		for (size_t o = 0; o < old_count; o++)
			for (size_t n = 0; n < new_count; n++)
				for (size_t m = 0; m < moment_count; m++)
					try_flows(sides, found, (struct pair_names){ old_sets[o], new_sets[n] },
					          moments[m], seen);
	}
}

static bool is_told(const struct sides *sides, const struct differences *differences, enum difference_kind kind,
                    const struct pair_ends *ends)
{
	for (size_t i = 0; i < differences->count; i++)
		if (differences->at[i].kind == kind &&
		    strcmp(differences->at[i].from, policy_group_name(sides->new_policy, ends->new_from)) == 0 &&
		    strcmp(differences->at[i].to, policy_group_name(sides->new_policy, ends->new_to)) == 0)
			return true;
	return false;
}

static void compare_sides(const struct sides *sides, uint64_t *state, size_t *changed)
{
	struct moment moments[ALL_MOMENTS_MAX];
	size_t moment_count = all_moments(sides->old_table, sides->new_table, moments);
	struct differences differences = { .at = NULL };
	size_t zones = sides->old_policy->zone_count < sides->new_policy->zone_count ? sides->old_policy->zone_count
	                                                                             : sides->new_policy->zone_count;

	assert_int_equal(
		difference_find(sides->old_policy, sides->old_table, sides->new_policy, sides->new_table, &differences),
		0);
	for (size_t i = 0; i < PAIRS; i++) {
		uint16_t from = (uint16_t)(1 + random_below(state, (uint32_t)zones));
		uint16_t to = (uint16_t)(1 + random_below(state, (uint32_t)zones));
		const struct pair_ends ends = { from, to, from, to };
		struct comparison found = { .cells = NULL };
		bool seen[CHANGE_KINDS] = { false };

		assert_int_equal(comparison_make(sides, &ends, &found), 0);
		try_pair(sides, moments, moment_count, &found, seen);
		assert_int_equal(is_told(sides, &differences, DIFFERENCE_GAINS, &ends), seen[CHANGE_GAIN]);
		assert_int_equal(is_told(sides, &differences, DIFFERENCE_LOSES, &ends), seen[CHANGE_LOSS]);
		assert_int_equal(is_told(sides, &differences, DIFFERENCE_ANSWERS, &ends), seen[CHANGE_ANSWER]);
		*changed += seen[CHANGE_GAIN] + seen[CHANGE_LOSS];
		comparison_free(&found);
	}
	differences_free(&differences);
}

static void differs_as_trying_everything_does(void **unused)
{
	uint64_t state = random_seed();
	size_t changed = 0;

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *before = random_full_policy(&state);
		CLEANUP(policy_free) struct policy *after = random_full_policy(&state);
		CLEANUP(table_free) struct table *old_table = proof_compile(before);
		CLEANUP(table_free) struct table *new_table = proof_compile(after);
		const struct sides sides = { before, old_table, after, new_table };

		random_names(before, &state);
		random_names(after, &state);
		compare_sides(&sides, &state, &changed);
	}
	assert_true(changed > POLICIES / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_pairs_gain_and_lose),
		cmocka_unit_test(tells_what_moves),
		cmocka_unit_test(tells_when),
		cmocka_unit_test(tells_for_which_names),
		cmocka_unit_test(tells_modes_answers_and_rates),
		cmocka_unit_test(tells_of_a_device_what_its_zone_does_not),
		cmocka_unit_test(tells_what_the_gateway_guards_no_more),
		cmocka_unit_test(shows_the_rule_that_decides_now),
		cmocka_unit_test(differs_as_trying_everything_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
