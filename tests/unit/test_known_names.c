/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/known_names.h"

#define NOW UINT64_C(1700000000000)

static const char POLICY[] =
	"version: 1\n"
	"gateway: { clinical: [pcs0], uplink: [wan0] }\n"
	"zones:\n"
	"  pcs: { members: { class: computer } }\n"
	"  infra: { networks: [10.1.0.0/24] }\n"
	"  internet: { networks: [0.0.0.0/0] }\n"
	"  quarantine: { default: true }\n"
	"rules:\n"
	"  - { from: pcs, to: { names: [updates.vendor.example], zone: internet }, allow: tcp/443 }\n"
	"  - { from: pcs, to: { names: [\"*.vendor.example\"], zone: internet }, allow: tcp/80 }\n"
	"  - { from: pcs, to: infra, allow: [dns] }\n"
	"  - { from: pcs, to: internet, allow: [dns] }\n";

/* What was told, "+1 203.0.113.5; " */
struct bench {
	struct policy *policy;
	struct known_names *known;
	char told[1024];
};

static void note(uint16_t names, const struct address *address, bool known, void *context)
{
	struct bench *bench = context;
	char text[ADDRESS_TEXT_MAX];
	size_t used = strlen(bench->told);

	snprintf(bench->told + used, sizeof(bench->told) - used, "%c%u %s; ", known ? '+' : '-', names,
	         address_format(address, text));
}

static void make(struct bench *bench, size_t pairs_max)
{
	known_names_free(bench->known);
	assert_int_equal(known_names_new(pairs_max, note, bench, &bench->known), 0);
	bench->told[0] = '\0';
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct error error = { 0 };

	if (policy_parse("p.yaml", POLICY, strlen(POLICY), &bench->policy, &error) < 0)
		fail_msg("%s", error.text);
	make(bench, 8);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	known_names_free(bench->known);
	policy_free(bench->policy);
	free(bench);
	return 0;
}

static void assert_told(struct bench *bench, const char *wanted)
{
	assert_string_equal(bench->told, wanted);
	bench->told[0] = '\0';
}

static struct address ip(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
	return address_v4((const uint8_t[]){ a, b, c, d });
}

static struct observation message(bool is_answer, uint16_t id, const char *name)
{
	struct observation made = { .type = OBSERVATION_FIELDS, .protocol = PROTOCOL_DNS };

	made.conversation = (struct conversation){ .source = ip(10, 40, 0, 9),
		                                   .destination = ip(10, 1, 0, 53),
		                                   .source_port = 40000,
		                                   .destination_port = 53,
		                                   .protocol = 17 };
	if (is_answer)
		made.conversation = (struct conversation){ .source = ip(10, 1, 0, 53),
			                                   .destination = ip(10, 40, 0, 9),
			                                   .source_port = 53,
			                                   .destination_port = 40000,
			                                   .protocol = 17,
			                                   .from_server = 1 };
	fields_add_number(&made.fields, FIELD_DNS_RESPONSE, is_answer);
	fields_add_number(&made.fields, FIELD_DNS_ID, id);
	fields_add_text(&made.fields, is_answer ? FIELD_DNS_ANSWERED : FIELD_DNS_QUESTION, name);
	return made;
}

static void add_address(struct observation *answer, const char *owner, uint32_t lifetime_s, struct address address)
{
	fields_add_text(&answer->fields, FIELD_DNS_NAME, owner);
	fields_add_number(&answer->fields, FIELD_DNS_LIFETIME, lifetime_s);
	fields_add_address(&answer->fields, FIELD_DNS_ADDRESS, &address);
}

static void add_alias(struct observation *answer, const char *owner, const char *alias)
{
	fields_add_text(&answer->fields, FIELD_DNS_NAME, owner);
	fields_add_text(&answer->fields, FIELD_DNS_ALIAS, alias);
}

static void ask(struct bench *bench, uint16_t id, const char *name, uint64_t now_ms)
{
	struct observation question = message(false, id, name);

	known_names_asked(bench->known, bench->policy, &question, now_ms);
}

static size_t answer(struct bench *bench, const struct observation *answer, uint64_t now_ms)
{
	return known_names_answered(bench->known, bench->policy, answer, now_ms);
}

/* The answer that ${name} is ${address}, to its question. */
static size_t learn(struct bench *bench, const char *name, uint32_t lifetime_s, struct address address, uint64_t now_ms)
{
	struct observation made = message(true, 7, name);

	add_address(&made, name, lifetime_s, address);
	ask(bench, 7, name, now_ms);
	return answer(bench, &made, now_ms);
}

static void test_an_answer_makes_known(void **state)
{
	struct bench *bench = *state;
	struct address address = ip(203, 0, 113, 5), other = ip(203, 0, 113, 6);
	struct name_sets sets;

	assert_int_equal(learn(bench, "Updates.Vendor.EXAMPLE.", 60, address, NOW), 1);
	assert_told(bench, "+1 203.0.113.5; +2 203.0.113.5; ");
	known_names_sets(bench->known, bench->policy, &address, &sets);
	assert_true(name_sets_has(&sets, 1) && name_sets_has(&sets, 2) && !name_sets_has(&sets, 3));
	known_names_sets(bench->known, bench->policy, &other, &sets);
	assert_false(name_sets_has(&sets, 1) || name_sets_has(&sets, 2));
	assert_int_equal(learn(bench, "updates.vendor.example", 60, address, NOW), 0); /* no news */
	assert_int_equal(learn(bench, "a.vendor.example", 60, address, NOW), 1);       /* a second name, the same set */
	assert_told(bench, "");
	assert_int_equal(learn(bench, "vendor.example", 60, other, NOW), 0); /* "*." is all below it, not itself */
	assert_int_equal(learn(bench, "vendor.example.attacker.example", 60, other, NOW), 0);
	assert_told(bench, "");
	known_names_each(bench->known, bench->policy, note, bench);
	assert_told(bench, "+1 203.0.113.5; +2 203.0.113.5; ");
}

/* Each of these would open what nobody asked for. */
static void test_an_answer_must_fit_its_question(void **state)
{
	struct bench *bench = *state;
	struct observation good = message(true, 7, "a.vendor.example"), bad;

	add_address(&good, "a.vendor.example", 60, ip(203, 0, 113, 5));
	assert_int_equal(answer(bench, &good, NOW), 0); /* never asked */
	ask(bench, 7, "a.vendor.example", NOW);
	bad = message(true, 8, "a.vendor.example");
	add_address(&bad, "a.vendor.example", 60, ip(203, 0, 113, 6));
	assert_int_equal(answer(bench, &bad, NOW), 0); /* another identification */
	bad = good;
	bad.conversation.destination_port++;
	assert_int_equal(answer(bench, &bad, NOW), 0);
	bad = good;
	bad.conversation.source = ip(10, 1, 0, 54);
	assert_int_equal(answer(bench, &bad, NOW), 0);
	bad = good;
	bad.conversation.destination = ip(10, 40, 0, 10);
	assert_int_equal(answer(bench, &bad, NOW), 0);
	bad = good;
	bad.protocol = PROTOCOL_MDNS;
	assert_int_equal(answer(bench, &bad, NOW), 0);
	assert_told(bench, "");
	assert_int_equal(answer(bench, &good, NOW), 1);
	assert_told(bench, "+2 203.0.113.5; ");
	bad = message(true, 7, "a.vendor.example");
	add_address(&bad, "a.vendor.example", 60, ip(203, 0, 113, 6));
	assert_int_equal(answer(bench, &bad, NOW), 0); /* answered once */
	ask(bench, 7, "a.vendor.example", NOW);
	assert_int_equal(answer(bench, &bad, NOW + KNOWN_WAIT_MS + 1), 0);
	ask(bench, 7, "a.vendor.example", NOW);
	bad = message(true, 7, "b.vendor.example");
	add_address(&bad, "b.vendor.example", 60, ip(203, 0, 113, 6));
	assert_int_equal(answer(bench, &bad, NOW), 0); /* of another name */
	assert_told(bench, "");
}

static void test_aliases_are_followed_and_nothing_else(void **state)
{
	struct bench *bench = *state;
	struct observation made = message(true, 7, "updates.vendor.example");

	add_address(&made, "stray.example", 60, ip(203, 0, 113, 9));
	add_alias(&made, "updates.vendor.example", "edge.cdn.example");
	add_alias(&made, "edge.cdn.example", "edge.cdn.example"); /* to itself */
	add_address(&made, "edge.cdn.example", 60, ip(203, 0, 113, 7));
	add_address(&made, "edge.cdn.example", 60, ip(127, 0, 0, 1)); /* nobody's to connect to */
	add_address(&made, "edge.cdn.example", 60, ip(224, 0, 0, 1));
	add_address(&made, "ns.cdn.example", 60, ip(203, 0, 113, 8));
	ask(bench, 7, "updates.vendor.example", NOW);
	assert_int_equal(answer(bench, &made, NOW), 1);
	assert_told(bench, "+1 203.0.113.7; +2 203.0.113.7; ");
}

static void test_how_long_it_is_known(void **state)
{
	struct bench *bench = *state;
	const uint64_t least = UINT64_C(1000) * KNOWN_LEAST_S, most = UINT64_C(1000) * KNOWN_MOST_S;

	learn(bench, "a.vendor.example", 1, ip(203, 0, 113, 1), NOW);
	learn(bench, "b.vendor.example", UINT32_MAX, ip(203, 0, 113, 2), NOW);
	learn(bench, "c.vendor.example", 7200, ip(203, 0, 113, 3), NOW);
	assert_told(bench, "+2 203.0.113.1; +2 203.0.113.2; +2 203.0.113.3; ");
	known_names_expire(bench->known, bench->policy, NOW + least - 1);
	assert_told(bench, "");
	known_names_expire(bench->known, bench->policy, NOW + least);
	assert_told(bench, "-2 203.0.113.1; ");
	learn(bench, "c.vendor.example", 7200, ip(203, 0, 113, 3), NOW + 3600000); /* asked again: longer */
	known_names_expire(bench->known, bench->policy, NOW + 7200000);
	assert_told(bench, "");
	known_names_expire(bench->known, bench->policy, NOW + 3600000 + 7200000);
	assert_told(bench, "-2 203.0.113.3; ");
	known_names_expire(bench->known, bench->policy, NOW + most);
	assert_told(bench, "-2 203.0.113.2; ");
	assert_int_equal(known_names_count(bench->known), 0);
}

static void note_pair(const struct known_name *name, const struct address *address, void *context)
{
	struct bench *bench = context;
	char text[ADDRESS_TEXT_MAX];
	size_t used = strlen(bench->told);

	snprintf(bench->told + used, sizeof(bench->told) - used, "%s %s %u; ", name->text,
	         address_format(address, text), (unsigned int)(name->until_ms - NOW));
}

/* What a daemon that is started again is told by its store. */
static void test_what_was_known_is_known_again(void **state)
{
	struct bench *bench = *state;
	const struct address address = ip(203, 0, 113, 1);
	uint64_t changes;

	make(bench, 2);
	assert_int_equal(known_names_restore(bench->known, "updates.vendor.example", &address, NOW + 60), 0);
	assert_told(bench, ""); /* there is no rule yet that could be told */
	known_names_each(bench->known, bench->policy, note, bench);
	assert_told(bench, "+1 203.0.113.1; +2 203.0.113.1; ");
	changes = known_names_changes(bench->known);
	assert_int_equal(learn(bench, "updates.vendor.example", 60, address, NOW), 0); /* and asked for again */
	assert_int_not_equal(known_names_changes(bench->known), changes);
	assert_int_equal(learn(bench, "b.vendor.example", 60, ip(203, 0, 113, 2), NOW), 1);
	assert_told(bench, "+2 203.0.113.2; ");
	known_names_each_pair(bench->known, note_pair, bench);
	assert_told(bench, "updates.vendor.example 203.0.113.1 3600000; b.vendor.example 203.0.113.2 3600000; ");
	assert_int_equal(known_names_restore(bench->known, "c.vendor.example", &address, NOW), -ENOSPC);
	changes = known_names_changes(bench->known);
	known_names_expire(bench->known, bench->policy, NOW + 3600000);
	assert_told(bench, "-1 203.0.113.1; -2 203.0.113.1; -2 203.0.113.2; ");
	assert_int_not_equal(known_names_changes(bench->known), changes);
}

static void test_all_is_bounded(void **state)
{
	struct bench *bench = *state;

	make(bench, 2);
	learn(bench, "a.vendor.example", 60, ip(203, 0, 113, 1), NOW);
	learn(bench, "b.vendor.example", 60, ip(203, 0, 113, 2), NOW);
	learn(bench, "a.vendor.example", 60, ip(203, 0, 113, 1), NOW + 1); /* b's answer is the oldest now */
	learn(bench, "c.vendor.example", 60, ip(203, 0, 113, 3), NOW + 2);
	assert_told(bench, "+2 203.0.113.1; +2 203.0.113.2; -2 203.0.113.2; +2 203.0.113.3; ");
	assert_int_equal(known_names_count(bench->known), 2);
	assert_int_equal(known_names_forgotten(bench->known), 1);
	for (uint16_t id = 0; id < KNOWN_ASKED_MAX + 3; id++)
		ask(bench, id, "d.vendor.example", NOW);
	assert_int_equal(known_names_forgotten(bench->known), 4);
}

static void test_who_is_believed(void **state)
{
	struct bench *bench = *state;
	struct table *table = NULL;
	const uint16_t pcs = policy_zone_by_name(bench->policy, "pcs"),
		       infra = policy_zone_by_name(bench->policy, "infra");
	const uint16_t internet = policy_zone_by_name(bench->policy, "internet");
	const struct address resolver = ip(10, 1, 0, 53), stranger = ip(203, 0, 113, 66);
	struct flow asking = { .from = pcs, .to = infra, .protocol = 17, .port = 53 };

	assert_int_equal(table_compile(bench->policy, &table, NULL), 0);
	assert_true(known_names_is_resolver(bench->policy, table, &asking, &resolver, false));
	asking.from = infra; /* no rule lets it ask */
	assert_false(known_names_is_resolver(bench->policy, table, &asking, &resolver, false));
	asking = (struct flow){ .from = pcs, .to = internet, .protocol = 17, .port = 53 };
	assert_false(known_names_is_resolver(bench->policy, table, &asking, &stranger, false)); /* anybody's address */
	asking.to = ZONE_NONE;
	assert_false(known_names_is_resolver(bench->policy, table, &asking, &stranger, false));
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_answer_makes_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_answer_must_fit_its_question, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_aliases_are_followed_and_nothing_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_how_long_it_is_known, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_was_known_is_known_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_is_bounded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_who_is_believed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
