/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/memory.h"
#include "policy/identity/relatives.h"
#include "tests/unit/small_facts.h"

#define DEVICES (RELATIVES_COMPARED + 4)

struct filed {
	struct facts facts;
	struct relative relative;
};

struct bench {
	struct relatives relatives;
	struct filed devices[DEVICES];
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	for (uint8_t i = 0; i < DEVICES; i++) {
		struct filed *one = &bench->devices[i];

		one->facts.mac = (struct mac){ { 2, 0, 0, 0, 0, i } };
		one->relative = (struct relative){ .device = one, .facts = &one->facts };
	}
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < DEVICES; i++) {
		relatives_leave(&bench->relatives, &bench->devices[i].relative);
		facts_done(&bench->devices[i].facts);
	}
	assert_int_equal(bench->relatives.filed.count, 0);
	relatives_done(&bench->relatives);
	free(bench);
	return 0;
}

struct count {
	size_t same, likely, others;
	const void *last; /* that is kin */
};

static void count_one(void *device, enum kinship kinship, void *context)
{
	struct count *count = context;

	count->same += kinship == KINSHIP_SAME;
	count->likely += kinship == KINSHIP_LIKELY;
	count->others += kinship == KINSHIP_NONE;
	if (kinship != KINSHIP_NONE)
		count->last = device;
}

static struct count kin_of(const struct bench *bench, const struct filed *one)
{
	struct count count = { 0 };

	relatives_each(&bench->relatives, &one->relative, count_one, &count);
	return count;
}

static void name(struct filed *one, const char *text)
{
	facts_say_text(&one->facts, FIELD_HOST_NAME, text);
	facts_say_text(&one->facts, FIELD_NETBIOS_NAME, text);
	facts_say_list(&one->facts, FIELD_DHCP_PARAMETERS, "1,3,6");
}

static void file(struct bench *bench, struct filed *one)
{
	assert_int_equal(relatives_file(&bench->relatives, &one->relative), 0);
}

static void test_by_name_and_by_duid(void **state)
{
	struct bench *bench = *state;
	struct filed *wired = &bench->devices[0], *radio = &bench->devices[1], *dock = &bench->devices[2];

	file(bench, wired); /* says nothing yet */
	assert_int_equal(bench->relatives.filed.count, 0);
	name(wired, "CART-7");
	name(radio, "CART-7");
	facts_say(&wired->facts, FIELD_DHCP6_DUID, "\0\1\0\1abcd", 8);
	facts_say(&dock->facts, FIELD_DHCP6_DUID, "\0\1\0\1abcd", 8);
	file(bench, wired);
	file(bench, radio);
	file(bench, dock);
	assert_int_equal(kin_of(bench, wired).same, 1);
	assert_int_equal(kin_of(bench, wired).likely, 1); /* the radio has no DUID and is found all the same */
	assert_ptr_equal(kin_of(bench, dock).last, wired);
	facts_say(&radio->facts, FIELD_DHCP6_DUID, "\0\1\0\1abcd", 8);
	file(bench, radio);
	assert_int_equal(kin_of(bench, wired).same, 2);
	assert_int_equal(kin_of(bench, wired).likely, 0); /* told once, by the key that says more */
	assert_int_equal(kin_of(bench, wired).others, 1);
}

static void test_another_name_another_family(void **state)
{
	struct bench *bench = *state;
	struct filed *one = &bench->devices[0], *other = &bench->devices[1];

	name(one, "CART-7");
	name(other, "CART-7");
	file(bench, one);
	file(bench, other);
	assert_int_equal(kin_of(bench, one).likely, 1);
	name(other, "CART-8");
	assert_int_equal(kin_of(bench, one).likely, 0); /* by what it says now, filed anew or not */
	assert_int_equal(kin_of(bench, one).others, 1);
	file(bench, other);
	assert_int_equal(kin_of(bench, one).others, 0);
	relatives_leave(&bench->relatives, &one->relative);
	relatives_leave(&bench->relatives, &one->relative);
}

static void test_a_crowd_is_bounded(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < DEVICES; i++) {
		name(&bench->devices[i], "localhost");
		file(bench, &bench->devices[i]);
	}
	assert_int_equal(bench->relatives.crowded_out, DEVICES - RELATIVES_COMPARED);
	assert_int_equal(kin_of(bench, &bench->devices[0]).likely, 0);
	assert_int_equal(kin_of(bench, &bench->devices[DEVICES - 1]).likely, RELATIVES_COMPARED - 1);
}

static void test_names_and_reasons(void **state)
{
	(void)state;
	assert_string_equal(kinship_name(KINSHIP_SAME), "same-device");
	assert_string_equal(kinship_name(KINSHIP_LIKELY), "likely-same-device");
	assert_null(kinship_name(KINSHIP_NONE));
	assert_non_null(strstr(kinship_why(KINSHIP_SAME), "DUID"));
	assert_non_null(kinship_why(KINSHIP_LIKELY));
	assert_null(kinship_why(KINSHIP_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_by_name_and_by_duid, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_name_another_family, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_crowd_is_bounded, set_up, tear_down),
		cmocka_unit_test(test_names_and_reasons),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
