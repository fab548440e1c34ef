/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A policy made of any bytes, where it is one, is compiled, held to its expectations, linted, measured, planned and
 * written down again; what was written down is the same policy, and no different from it.
 */
#include "policy/language/print.h"
#include "policy/plan/plan.h"
#include "policy/proof/difference.h"
#include "policy/proof/expect.h"
#include "policy/proof/lint.h"
#include "policy/proof/reach.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

/* What is wrong is told; what is right is not complained of. */
static void hold(const struct policy *policy, const struct table *table)
{
	struct error errors[ERRORS_MAX];
	size_t count = 0;
	int rc = expect_check(policy, table, NULL, errors, ERRORS_MAX, &count);

	require((rc < 0) == (count > 0) && (count == 0 || errors[0].text[0]));
	require(lint_check(policy, table, NULL, 20000, errors, ERRORS_MAX, &count) == 0);
}

static void measure(const struct policy *policy, const struct table *table)
{
	static const struct service_range any = { .last = UINT16_MAX };
	CLEANUP(reach_free) struct reach *reach = NULL;
	int rc = reach_new(policy, table, &any, 1, &reach);

	require(rc == 0 || rc == -E2BIG);
	for (uint16_t zone = 1; reach && zone <= policy->zone_count; zone++)
		require(reach_radius(reach, zone, 1) <= reach_radius(reach, zone, 0));
}

static void plan(const struct policy *policy, const struct table *table)
{
	struct calendar calendar = { .first_s = INT64_C(20000) * 86400,
		                     .last_s = INT64_C(20033) * 86400,
		                     .offsets = { { .from_s = INT64_C(20000) * 86400, .east_s = 3600 } },
		                     .offset_count = 1 };
	CLEANUP(plan_free) struct plan *made = NULL;
	CLEANUP(free) char *text = NULL;

	require(plan_build(policy, table, 1, &calendar, &made, NULL) == 0 && plan_print(made, &text) == 0);
}

static void write_down(const struct policy *policy, const struct table *table)
{
	CLEANUP(policy_free) struct policy *again = NULL;
	CLEANUP(table_free) struct table *again_table = NULL;
	CLEANUP(free) char *text = NULL;
	struct differences differences = { .count = 0 };
	int rc;

	require(policy_print(policy, &text) == 0);
	require(policy_parse("fuzz", text, strlen(text), &again, NULL) == 0 && policy_equal(policy, again));
	require(table_compile(again, &again_table, NULL) == 0);
	rc = difference_find(policy, table, again, again_table, &differences);
	require(rc == -E2BIG || (rc == 0 && differences.count == 0));
	differences_free(&differences);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(policy_free) struct policy *policy = NULL;
	CLEANUP(table_free) struct table *table = NULL;

	if (policy_parse("fuzz", (const char *)data, size, &policy, NULL) < 0 ||
	    table_compile(policy, &table, NULL) < 0)
		return 0;
	hold(policy, table);
	measure(policy, table);
	plan(policy, table);
	write_down(policy, table);
	return 0;
}
