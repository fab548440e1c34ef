/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "policy/identity/support.h"

static void add(struct support_table *table, const char *name, int32_t ended)
{
	struct support support = { .ended = ended, .source = "its maker" };

	snprintf(support.name, sizeof(support.name), "%s", name);
	assert_int_equal(support_table_add(table, &support), 0);
}

static void test_the_longest_name_is_found(void **state)
{
	static const struct {
		const char *asked, *found;
	} vectors[] = {
		{ "Windows 7", "Windows 7" },
		{ "windows 7", "Windows 7" },
		{ "Windows 7 Service Pack 1", "Windows 7" },
		{ "Windows 7 or 8", NULL },
		{ "Windows 70", NULL },
		{ "Windows", NULL },
		{ "Windows Server 2008", "Windows Server 2008" },
		{ "Windows Server 2008 R2", "Windows Server 2008 R2" },
		{ "Windows Server 2008 R2 Standard", "Windows Server 2008 R2" },
		{ "Windows 8.1", "Windows 8.1" },
		{ "Windows 8.0", "Windows 8" },
		{ "iOS 12.4.1", "iOS 12" },
		{ "iOS 1", NULL },
		{ "", NULL },
	};
	struct support_table table = { 0 };

	(void)state;
	add(&table, "Windows Server 2008 R2", 5);
	add(&table, "iOS 12", 1);
	add(&table, "Windows 8.1", 4);
	add(&table, "Windows 7", 2);
	add(&table, "Windows Server 2008", 6);
	add(&table, "Windows 8", 3);
	for (size_t i = 0; i < ARRAY_SIZE(vectors); i++) {
		const struct support *support = support_find(&table, vectors[i].asked);

		if (vectors[i].found ? !support || strcmp(support->name, vectors[i].found) != 0 : support != NULL)
			fail_msg("%s: %s", vectors[i].asked, support ? support->name : "nothing");
	}
	support_table_done(&table);
	assert_null(support_find(&table, "Windows 7"));
}

static void test_a_name_is_there_once(void **state)
{
	struct support_table table = { 0 };
	struct support again = { .name = "WINDOWS 7", .ended = 9 };

	(void)state;
	add(&table, "Windows 7", 2);
	assert_int_equal(support_table_add(&table, &again), -EEXIST);
	assert_int_equal(table.count, 1);
	assert_int_equal(support_find(&table, "Windows 7")->ended, 2);
	support_table_done(&table);
}

static void test_over_is_the_day_after(void **state)
{
	struct support support = { .ended = 100 };

	(void)state;
	assert_false(support_is_over(&support, 100));
	assert_true(support_is_over(&support, 101));
	support.ended = DAY_NONE;
	assert_false(support_is_over(&support, 101));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_longest_name_is_found),
		cmocka_unit_test(test_a_name_is_there_once),
		cmocka_unit_test(test_over_is_the_day_after),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
