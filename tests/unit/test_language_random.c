/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Random policies, from their text to decisions, held against a walk over their YAML. ISOWARD_LONG makes them 10 000;
 * ISOWARD_TEST_SEED brings a run back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/table/table.h"
#include "tests/unit/naive_language.h"
#include "tests/unit/random_text.h"

#define POLICIES      500
#define POLICIES_LONG 10000
#define FLOWS         100

/* One policy in both readings. */
struct reading {
	struct random_text made;
	struct policy *policy;
	struct table *table;
	struct report report;
	struct error error;
	struct yaml_tree *tree;
	const struct yaml_node *root;
};

static struct {
	unsigned long policies;
	unsigned long flows;
	unsigned long by_rule;
	unsigned long allowed;
	unsigned long rejected;
	unsigned long observed;
	unsigned long by_name;
	unsigned long by_device;
	unsigned long addresses;
	unsigned long addresses_in_zones;
} seen;

static void begin_reading(struct reading *reading, uint64_t *state)
{
	struct random_text *made = &reading->made;
	size_t nodes_left = YAML_NODES_MAX;

	random_text_make(made, state);
	reading->error = (struct error){ .code = 0 };
	if (policy_parse("random.yaml", made->text, made->length, &reading->policy, &reading->error) < 0)
		fail_msg("%u: %s\n%s", reading->error.line, reading->error.text, made->text);
	if (table_compile(reading->policy, &reading->table, &reading->error) < 0)
		fail_msg("%u: %s\n%s", reading->error.line, reading->error.text, made->text);
	report_init(&reading->report, &reading->error, 1);
	report_add_text(&reading->report, "random.yaml", made->text, made->length);
	assert_int_equal(yaml_tree_read(&reading->report, &nodes_left, &reading->tree), 0);
	reading->root = yaml_tree_root(reading->tree);
	seen.policies++;
}

static void end_reading(struct reading *reading)
{
	yaml_tree_free(take_ptr(&reading->tree));
	table_free(take_ptr(&reading->table));
	policy_free(take_ptr(&reading->policy));
}

static void compare_address(const struct reading *reading, uint64_t *state)
{
	struct address address = random_prefix(state).address;
	const char *wanted;
	const char *got;

	if (random_below(state, 2))
		address.byte[address_length(address.family) - 1] = (uint8_t)random_next(state);
	wanted = naive_zone(reading->root, address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, address.byte);
	got = policy_group_name(reading->policy, table_zone_of_network(reading->table, &address));
	if (strcmp(got, wanted) != 0) {
		char text[ADDRESS_TEXT_MAX];

		fail_msg("%s: '%s', not '%s'\n%s", address_format(&address, text), got, wanted, reading->made.text);
	}
	seen.addresses++;
	seen.addresses_in_zones += wanted[0] != '\0';
}

/* A zone, a pinned device or nothing, in the words of both readings. */
static uint16_t random_end(const struct reading *reading, uint64_t *state, struct naive_end *end)
{
	const struct policy *policy = reading->policy;
	const struct policy_pin *pin;
	struct mac mac;

	*end = (struct naive_end){ .zone = "" };
	if (random_below(state, 20) == 0)
		return ZONE_NONE;
	if (reading->made.pinned == 0 || random_below(state, 2)) {
		snprintf(end->zone, sizeof(end->zone), "z%u", random_below(state, reading->made.zones));
		return policy_zone_by_name(policy, end->zone);
	}
	snprintf(end->device, sizeof(end->device), "D%u", random_below(state, reading->made.pinned));
	snprintf(end->mac, sizeof(end->mac), "02:00:00:00:00:0%s", end->device + 1);
	assert_int_equal(mac_parse(end->mac, &mac), 0);
	pin = policy_pin_of(policy, &mac);
	assert_non_null(pin);
	for (const struct yaml_node *at = naive_get(reading->root, "devices")->first; at; at = at->next)
		if (strcmp(naive_get(at, "name")->text, end->device) == 0)
			snprintf(end->zone, sizeof(end->zone), "%s", naive_get(at, "zone")->text);
	seen.by_device++;
	return policy_group_of(policy, &mac, pin->zone);
}

/* The policy's set that the random name ${index} stands for; 0 where no rule has it. */
static uint16_t set_of(const struct policy *policy, const char *name)
{
	for (uint16_t i = 0; i < policy->name_set_count; i++)
		for (size_t n = 0; n < policy->name_sets[i].name_count; n++)
			if (naive_is_name(policy->name_sets[i].names[n], name))
				return (uint16_t)(i + 1);
	return 0;
}

static uint16_t random_name(const struct reading *reading, uint64_t *state, struct naive_flow *flow)
{
	static const char *const names[] = { "updates.vendor.example", "a.download.vendor.example",
		                             "files.vendor.example",   "download.vendor.example",
		                             "time.example",           "www.example" };

	if (random_below(state, 2))
		return 0;
	flow->name = names[random_below(state, ARRAY_SIZE(names))];
	return set_of(reading->policy, flow->name);
}

static const char *verdict_text(enum verdict verdict)
{
	return verdict == VERDICT_ALLOW ? "allow" : verdict == VERDICT_REJECT ? "reject" : "deny";
}

static void count(const struct decision *got, const struct naive_flow *flow)
{
	seen.flows++;
	seen.by_rule += !got->by_default;
	seen.allowed += got->verdict == VERDICT_ALLOW;
	seen.rejected += got->verdict == VERDICT_REJECT;
	seen.observed += got->is_observed;
	seen.by_name += flow->name != NULL;
}

static void compare_flow(const struct reading *reading, uint64_t *state)
{
	static const unsigned int protocols[] = { 6, 6, 6, 17, 17, 1, 58, 47, 50, 132 };
	struct naive_flow flow = { .protocol = protocols[random_below(state, ARRAY_SIZE(protocols))] };
	struct flow asked = { .from = random_end(reading, state, &flow.from),
		              .to = random_end(reading, state, &flow.to),
		              .names = random_name(reading, state, &flow) };
	const struct policy_rule *rules = reading->policy->rules;
	struct naive_answer wanted;
	struct decision got;

	flow.port = random_below(state, 10) ? random_below(state, 56) : 65535 - random_below(state, 8);
	if (flow.protocol == 1 || flow.protocol == 58)
		flow.port = (flow.protocol == 58 ? 126 + random_below(state, 6) : random_below(state, 12)) << 8 |
		            random_below(state, 2);
	/* from 2026-11-28 to 2027-01-01 */
	flow.at = 1795824000 + random_below(state, 34) * 86400 + random_below(state, 96) * 900;
	asked.protocol = (uint8_t)flow.protocol;
	asked.port = (uint16_t)flow.port;
	asked.moment = (struct moment){ .day = (int32_t)(flow.at / 86400), .minute = (uint16_t)(flow.at % 86400 / 60) };
	wanted = naive_decide(reading->root, &flow);
	got = table_decide(reading->table, &asked);
	if (strcmp(verdict_text(got.verdict), wanted.verdict) != 0 || got.by_default != (wanted.line == 0) ||
	    (!got.by_default && rules[got.rule].place.line != wanted.line) ||
	    got.is_observed != (wanted.observed != 0) ||
	    (got.is_observed && rules[got.observed].place.line != wanted.observed))
		fail_msg("from '%s' %s to '%s' %s %s, protocol %u port %u, day %d minute %d: %s by line %u, not %s by "
		         "line %u (observed: line %u)\n%s",
		         flow.from.zone, flow.from.device, flow.to.zone, flow.to.device, flow.name ? flow.name : "",
		         flow.protocol, flow.port, asked.moment.day, asked.moment.minute, verdict_text(got.verdict),
		         got.by_default ? 0 : rules[got.rule].place.line, wanted.verdict, wanted.line, wanted.observed,
		         reading->made.text);
	count(&got, &flow);
}

static void means_what_it_says(void **unused)
{
	static struct reading reading;
	unsigned int policies = getenv("ISOWARD_LONG") ? POLICIES_LONG : POLICIES;
	uint64_t state = random_seed();

	(void)unused;
	for (unsigned int i = 0; i < policies; i++) {
		begin_reading(&reading, &state);
		for (unsigned int flow = 0; flow < FLOWS; flow++) {
			compare_flow(&reading, &state);
			compare_address(&reading, &state);
		}
		end_reading(&reading);
	}
	printf("%lu policies, %lu flows: %lu by a rule, %lu allowed, %lu rejected, %lu observed, %lu to names, "
	       "%lu ends that are devices; %lu addresses, %lu in a zone\n",
	       seen.policies, seen.flows, seen.by_rule, seen.allowed, seen.rejected, seen.observed, seen.by_name,
	       seen.by_device, seen.addresses, seen.addresses_in_zones);
}

/* A comparison that meets none of a kind says nothing about it. */
static void met_every_kind(void **unused)
{
	(void)unused;
	assert_true(seen.by_rule > seen.flows / 10 && seen.by_rule < seen.flows - seen.flows / 10);
	assert_true(seen.allowed > seen.flows / 50);
	assert_true(seen.rejected > seen.flows / 50);
	assert_true(seen.observed > seen.flows / 50);
	assert_true(seen.by_name > seen.flows / 10);
	assert_true(seen.by_device > seen.flows / 10);
	assert_true(seen.addresses_in_zones > seen.addresses / 10);
	assert_true(seen.addresses_in_zones < seen.addresses - seen.addresses / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(means_what_it_says),
		cmocka_unit_test(met_every_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
