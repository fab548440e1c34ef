/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whose answers make addresses known for the names of rules: what is told is looked at, no kernel is. */
#include "learner_bench.h"

static const char POLICY[] =
	"version: 1\n"
	"site: test\n"
	"gateway: { clinical: [pumps0, pcs0], uplink: [wan0], isolation: proxy-arp }\n"
	"zones:\n"
	"  pumps: { members: { class: medical/infusion-pump } }\n"
	"  pcs: { members: { class: computer } }\n"
	"  infra: { networks: [10.1.0.53] }\n"
	"  internet: { networks: [0.0.0.0/0] }\n"
	"  quarantine: { default: true }\n"
	"rules:\n"
	"  - { from: pumps, to: { names: [a.vendor.example], zone: internet }, allow: [web], why: updates }\n"
	"  - { from: pumps, to: infra, allow: [dns], why: names }\n"
	"  - { from: pumps, to: internet, allow: [dns], why: other names }\n"
	"  - { from: pumps, to: pcs, allow: [dns], why: a server among devices }\n";

#define WAN 3

static size_t told;

static void count_told(uint16_t names, const struct address *address, bool known, void *context)
{
	(void)names;
	(void)address;
	(void)known;
	(void)context;
	told++;
}

static int set_up(void **state)
{
	struct bench *bench = bench_new(POLICY);

	told = 0;
	add_interface(bench, WAN, "wan0", 0);
	assert_int_equal(known_names_new(8, count_told, NULL, &bench->learner.known), 0);
	join(bench, 1, mac_of(1), ip(20, 11), "PUMP");
	join(bench, 2, mac_of(2), ip(40, 12), "MSFT 5.0");
	join(bench, 2, mac_of(3), ip(40, 13), "nobody knows");
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	known_names_free(bench->learner.known);
	bench_free(bench);
	return 0;
}

static void talk(struct bench *bench, uint32_t ifindex, struct mac mac, struct address from, struct address to,
                 bool is_answer)
{
	const struct address address = address_v4((const uint8_t[]){ 203, 0, 113, 5 });
	struct observation message = { .type = OBSERVATION_FIELDS,
		                       .protocol = PROTOCOL_DNS,
		                       .ifindex = ifindex,
		                       .source = mac,
		                       .conversation = { .source = from,
		                                         .destination = to,
		                                         .source_port = is_answer ? 53 : 40000,
		                                         .destination_port = is_answer ? 40000 : 53,
		                                         .protocol = 17,
		                                         .from_server = is_answer } };

	fields_add_number(&message.fields, FIELD_DNS_RESPONSE, is_answer);
	fields_add_number(&message.fields, FIELD_DNS_ID, 7);
	fields_add_text(&message.fields, is_answer ? FIELD_DNS_ANSWERED : FIELD_DNS_QUESTION, "a.vendor.example");
	if (is_answer) {
		fields_add_text(&message.fields, FIELD_DNS_NAME, "a.vendor.example");
		fields_add_address(&message.fields, FIELD_DNS_ADDRESS, &address);
	}
	learner_observe(&bench->learner, &message, NOW);
}

/* The pump asks ${resolver}; ${sender} on ${ifindex} answers in its name. shape: whether that made something known. */
static bool is_believed(struct bench *bench, struct address resolver, uint32_t ifindex, struct mac sender)
{
	told = 0;
	talk(bench, 1, mac_of(1), ip(20, 11), resolver, false);
	talk(bench, ifindex, sender, resolver, ip(20, 11), true);
	return told > 0;
}

static void a_name_server_of_the_policy_is(void **state)
{
	assert_true(is_believed(*state, ip(1, 53), WAN, mac_of(77)));
}

static void a_device_in_its_name_is_not(void **state)
{
	assert_false(is_believed(*state, ip(1, 53), 1, mac_of(1)));
	assert_false(is_believed(*state, ip(1, 53), 2, mac_of(2)));
	assert_false(is_believed(*state, ip(1, 53), 99, mac_of(77))); /* of no interface that is known */
	assert_true(is_believed(*state, ip(1, 53), WAN, mac_of(77)));
}

static void anybody_outside_is_not(void **state)
{
	assert_false(is_believed(*state, address_v4((const uint8_t[]){ 203, 0, 113, 66 }), WAN, mac_of(77)));
	assert_false(is_believed(*state, ip(20, 99), WAN, mac_of(77))); /* of a clinical network, and nobody's there */
}

static void a_device_is_where_the_policy_lets_it_and_where_it_lives(void **state)
{
	assert_true(is_believed(*state, ip(40, 12), 2, mac_of(2)));
}

static void a_device_elsewhere_or_of_another_zone_is_not(void **state)
{
	assert_false(is_believed(*state, ip(40, 12), 1, mac_of(2)));
	assert_false(is_believed(*state, ip(40, 12), WAN, mac_of(2)));
	assert_false(is_believed(*state, ip(40, 13), 2, mac_of(3)));
}

/* What nobody asked, or asked in another's name. */
static void without_a_question_nobody_is(void **state)
{
	struct bench *bench = *state;

	talk(bench, WAN, mac_of(77), ip(1, 53), ip(20, 11), true);
	talk(bench, 2, mac_of(2), ip(20, 11), ip(1, 53), false);
	talk(bench, WAN, mac_of(77), ip(1, 53), ip(20, 11), true);
	talk(bench, 1, mac_of(1), ip(20, 11), ip(1, 53), false);
	talk(bench, WAN, mac_of(77), ip(1, 53), ip(20, 12), true); /* to another */
	assert_int_equal(told, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_name_server_of_the_policy_is, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_device_in_its_name_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(anybody_outside_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_device_is_where_the_policy_lets_it_and_where_it_lives, set_up,
		                                tear_down),
		cmocka_unit_test_setup_teardown(a_device_elsewhere_or_of_another_zone_is_not, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_a_question_nobody_is, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
