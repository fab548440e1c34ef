/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka wants the four above first */
#include <cmocka.h>
#include <errno.h>

#include "policy/finding/finding.h"

static struct finding finding(enum finding_type type, uint8_t device, const char *evidence, uint64_t at_ms)
{
	struct finding made = { .type = (uint8_t)type, .mac = { { 2, 0, 0, 0, 0, device } }, .last_ms = at_ms };

	snprintf(made.evidence, sizeof(made.evidence), "%s", evidence);
	snprintf(made.zone, sizeof(made.zone), "pcs");
	return made;
}

static void count_one(const struct finding *one, void *context)
{
	(void)one;
	++*(size_t *)context;
}

static size_t rows_of(const struct findings *findings)
{
	size_t rows = 0;

	findings_each(findings, count_one, &rows);
	assert_int_equal(rows, findings_count(findings));
	return rows;
}

static void test_every_type_has_a_name(void **state)
{
	(void)state;
	for (int i = 0; i < FINDING_COUNT; i++)
		for (int j = 0; j < i; j++)
			assert_string_not_equal(finding_type_name((enum finding_type)i),
			                        finding_type_name((enum finding_type)j));
	assert_string_equal(finding_type_name(FINDING_BROWSING), "user-practice/browsing");
	assert_string_equal(finding_type_name(FINDING_COUNT), "");
}

static void test_what_is_told_again_is_counted(void **state)
{
	CLEANUP(findings_free) struct findings *findings = NULL;
	struct finding first = finding(FINDING_CHAT, 1, "WhatsApp", 1000), again = first, other = first;
	const struct finding *noted = NULL;

	(void)state;
	assert_int_equal(findings_new(10, &findings), 0);
	assert_int_equal(findings_note(findings, &first, &noted), 1);
	assert_int_equal(noted->count, 1);
	again.last_ms = 5000;
	again.address = address_v4((const uint8_t[]){ 10, 0, 0, 9 });
	snprintf(again.zone, sizeof(again.zone), "quarantine");
	assert_int_equal(findings_note(findings, &again, &noted), 0);
	assert_int_equal(noted->count, 2);
	assert_int_equal(noted->first_ms, 1000);
	assert_int_equal(noted->last_ms, 5000);
	assert_string_equal(noted->zone, "quarantine");
	other.mac.byte[5] = 2;
	assert_int_equal(findings_note(findings, &other, NULL), 1);
	other = finding(FINDING_CHAT, 1, "Telegram", 1);
	assert_int_equal(findings_note(findings, &other, NULL), 1);
	other = first;
	other.peer = address_v4((const uint8_t[]){ 10, 0, 0, 1 });
	assert_int_equal(findings_note(findings, &other, NULL), 1);
	other.type = FINDING_COUNT;
	assert_int_equal(findings_note(findings, &other, NULL), -EINVAL);
	assert_int_equal(rows_of(findings), 4);
}

/* What stands behind the end of the text must not make two of one. */
static void test_bytes_behind_the_text_do_not_count(void **state)
{
	CLEANUP(findings_free) struct findings *findings = NULL;
	struct finding one = finding(FINDING_CHAT, 1, "Signal", 1), two = one;

	(void)state;
	assert_int_equal(findings_new(10, &findings), 0);
	memset(two.evidence + 7, 'x', sizeof(two.evidence) - 7);
	assert_int_equal(findings_note(findings, &one, NULL), 1);
	assert_int_equal(findings_note(findings, &two, NULL), 0);
}

static void test_a_full_table_forgets_the_quiet_ones(void **state)
{
	CLEANUP(findings_free) struct findings *findings = NULL;
	struct finding first = finding(FINDING_CHAT, 0, "A", 1), second = finding(FINDING_CHAT, 1, "A", 1);

	(void)state;
	assert_int_equal(findings_new(3, &findings), 0);
	assert_int_equal(findings_note(findings, &first, NULL), 1);
	assert_int_equal(findings_note(findings, &second, NULL), 1);
	assert_int_equal(findings_note(findings, &first, NULL), 0); /* so that the second is the quiet one */
	for (uint8_t i = 2; i < 4; i++) {
		struct finding more = finding(FINDING_CHAT, i, "A", 1);

		assert_int_equal(findings_note(findings, &more, NULL), 1);
	}
	assert_int_equal(findings_evicted(findings), 1);
	assert_int_equal(rows_of(findings), 3);
	assert_int_equal(findings_note(findings, &first, NULL), 0);
	assert_int_equal(findings_note(findings, &second, NULL), 1);
}

static void test_one_device_pushes_out_only_its_own(void **state)
{
	CLEANUP(findings_free) struct findings *findings = NULL;
	struct finding quiet = finding(FINDING_CHAT, 1, "A", 1);
	char text[8];

	(void)state;
	assert_int_equal(findings_new(1000, &findings), 0);
	assert_int_equal(findings_note(findings, &quiet, NULL), 1);
	for (unsigned int i = 0; i < 3 * FINDINGS_DEVICE_MAX; i++) {
		struct finding loud;

		snprintf(text, sizeof(text), "%u", i);
		loud = finding(FINDING_BROWSING, 2, text, i);
		assert_int_equal(findings_note(findings, &loud, NULL), 1);
	}
	assert_int_equal(rows_of(findings), 1 + FINDINGS_DEVICE_MAX);
	assert_int_equal(findings_evicted(findings), 2 * FINDINGS_DEVICE_MAX);
	assert_int_equal(findings_note(findings, &quiet, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_type_has_a_name),
		cmocka_unit_test(test_what_is_told_again_is_counted),
		cmocka_unit_test(test_bytes_behind_the_text_do_not_count),
		cmocka_unit_test(test_a_full_table_forgets_the_quiet_ones),
		cmocka_unit_test(test_one_device_pushes_out_only_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
