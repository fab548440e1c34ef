/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "policy/proof/reach.h"
#include "policy/services.h"
#include "tests/unit/all_flows.h"
#include "tests/unit/proof_policy.h"

#define POLICIES   100
#define GROUPS     32
#define FAR        1000
#define STOPS      16
#define ANY_RANGES (&(const struct service_range){ .last = UINT16_MAX })

static const char chain[] =
	PROOF_HEAD PROOF_ZONES "rules:\n"
			       "  - { from: pumps, to: internet, deny: any }\n"
			       "  - { from: pumps, to: pump-servers, allow: [tcp/3613] }\n"
			       "  - { from: pump-servers, to: pcs, allow: [tcp/22] }\n"
			       "  - { from: pcs, to: [internet, pump-servers], allow: [tcp/80-443] }\n"
			       "  - { from: pumps, to: internet, allow: [tcp/443] }\n"
			       "  - { from: imaging, to: imaging, allow: [tcp/104] }\n";

static struct reach *reach_of(const struct policy *policy, const struct service_range *ranges, size_t count)
{
	CLEANUP(table_free) struct table *table = proof_compile(policy);
	struct reach *reach = NULL;

	assert_int_equal(reach_new(policy, table, ranges, count, &reach), 0);
	return reach;
}

static unsigned int hops(const struct policy *policy, const struct reach *reach, const char *from, const char *to)
{
	return reach_hops(reach, proof_group(policy, from), proof_group(policy, to));
}

static unsigned int radius(const struct policy *policy, const struct reach *reach, const char *from, unsigned int most)
{
	return reach_radius(reach, proof_group(policy, from), most);
}

static void counts_hops_and_zones(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(chain);
	CLEANUP(reach_free) struct reach *reach = reach_of(policy, ANY_RANGES, 1);
	uint16_t path[STOPS];

	(void)state;
	assert_int_equal(hops(policy, reach, "pumps", "pump-servers"), 1);
	assert_int_equal(hops(policy, reach, "pumps", "pcs"), 2);
	assert_int_equal(hops(policy, reach, "pumps", "internet"), 3); /* the deny stands before the allow */
	assert_int_equal(hops(policy, reach, "pumps", "pumps"), 0);
	assert_int_equal(hops(policy, reach, "pumps", "imaging"), 0);
	assert_int_equal(hops(policy, reach, "imaging", "imaging"), 1);
	assert_int_equal(hops(policy, reach, "pcs", "pcs"), 2); /* over a server and back */
	assert_int_equal(radius(policy, reach, "pumps", 1), 1);
	assert_int_equal(radius(policy, reach, "pumps", 2), 2);
	assert_int_equal(radius(policy, reach, "pumps", 0), 3);
	assert_int_equal(radius(policy, reach, "imaging", 0), 1);
	assert_int_equal(radius(policy, reach, "pcs", 0), 3); /* its own once */
	assert_int_equal(radius(policy, reach, "internet", 0), 0);
	assert_int_equal(reach_path(reach, proof_group(policy, "pumps"), proof_group(policy, "internet"), path, STOPS),
	                 4);
	assert_string_equal(policy_group_name(policy, path[0]), "pumps");
	assert_string_equal(policy_group_name(policy, path[1]), "pump-servers");
	assert_string_equal(policy_group_name(policy, path[2]), "pcs");
	assert_string_equal(policy_group_name(policy, path[3]), "internet");
	assert_int_equal(reach_path(reach, path[0], path[3], path, 3), 0);
	assert_int_equal(reach_path(reach, proof_group(policy, "internet"), proof_group(policy, "pcs"), path, STOPS),
	                 0);
}

static void asks_by_services(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(chain);
	const struct service_builtin *lateral = service_builtin_by_name("lateral");
	CLEANUP(reach_free) struct reach *reach = reach_of(policy, lateral->ranges, lateral->range_count);

	(void)state;
	assert_int_equal(hops(policy, reach, "pumps", "pump-servers"), 0);
	assert_int_equal(hops(policy, reach, "pump-servers", "pcs"), 1); /* tcp/22 */
	assert_int_equal(hops(policy, reach, "pcs", "internet"), 1);     /* tcp/135 and others are among 80 to 443 */
	assert_int_equal(hops(policy, reach, "imaging", "imaging"), 0);
}

static void a_device_makes_the_way_of_its_zone(void **state)
{
	CLEANUP(policy_free) struct policy *policy = proof_parse(chain);
	CLEANUP(reach_free) struct reach *reach = NULL;
	uint16_t ct = proof_single(policy, "CT-2", "imaging");
	uint16_t path[STOPS];

	(void)state;
	policy->rules[2].from[0] = ct; /* CT-2 reaches the workstations, no other of imaging does */
	reach = reach_of(policy, ANY_RANGES, 1);
	assert_int_equal(hops(policy, reach, "imaging", "pcs"), 1);
	assert_int_equal(hops(policy, reach, "CT-2", "pcs"), 1);
	assert_int_equal(hops(policy, reach, "CT-2", "imaging"), 1);
	assert_int_equal(hops(policy, reach, "CT-2", "CT-2"), 2); /* not itself, but over another of its zone */
	assert_int_equal(radius(policy, reach, "CT-2", 1), 2);
	assert_int_equal(reach_path(reach, proof_group(policy, "imaging"), proof_group(policy, "pcs"), path, STOPS), 2);
	assert_int_equal(path[0], ct);
}

/* Whether any flow by one of ${ranges} is allowed at any moment for any name. */
static bool touches(const struct policy *policy, const struct table *table, const struct service_range *range,
                    const struct moment *moments, size_t moment_count, uint16_t from, uint16_t to)
{
	for (size_t i = 0; i < ALL_FLOWS; i++) {
		struct flow flow = all_flow(i, from, to);

		if ((range->protocol != 0 && range->protocol != flow.protocol) || flow.port < range->first ||
		    flow.port > range->last)
			continue;
		for (size_t m = 0; m < moment_count; m++)
			for (flow.names = 0; flow.names <= policy->name_set_count; flow.names++) {
				flow.moment = moments[m];
				if (table_decide(table, &flow).verdict == VERDICT_ALLOW)
					return true;
			}
	}
	return false;
}

/* Floyd and Warshall over what trying everything finds; FAR where there is no way. */
static void measure(const struct policy *policy, const struct table *table, const struct service_range *range,
                    unsigned int far[GROUPS][GROUPS])
{
	struct moment moments[ALL_MOMENTS_MAX];
	size_t count = all_moments(table, table, moments);
	uint16_t groups = policy_group_count(policy);

	for (uint16_t from = 1; from <= groups; from++)
		for (uint16_t to = 1; to <= groups; to++)
			far[from][to] = !(from == to && policy_single(policy, from)) &&
			                                touches(policy, table, range, moments, count, from, to)
			                        ? 1
			                        : FAR;
	for (uint16_t over = 1; over <= groups; over++)
		for (uint16_t from = 1; from <= groups; from++)
			for (uint16_t to = 1; to <= groups; to++)
				if (far[from][over] + far[over][to] < far[from][to])
					far[from][to] = far[from][over] + far[over][to];
}

static unsigned int shortest(const struct policy *policy, unsigned int far[GROUPS][GROUPS], uint16_t from, uint16_t to)
{
	unsigned int best = FAR;

	for (uint16_t f = 1; f <= policy_group_count(policy); f++)
		for (uint16_t t = 1; t <= policy_group_count(policy); t++)
			if ((f == from || policy_group_zone(policy, f) == from) &&
			    (t == to || policy_group_zone(policy, t) == to) && far[f][t] < best)
				best = far[f][t];
	return best == FAR ? 0 : best;
}

static void assert_path(const struct policy *policy, const struct reach *reach, unsigned int far[GROUPS][GROUPS],
                        uint16_t from, uint16_t to, unsigned int length)
{
	uint16_t path[GROUPS];
	size_t count = reach_path(reach, from, to, path, GROUPS);

	assert_int_equal(count, length ? length + 1 : 0);
	if (count == 0)
		return;
	assert_true(path[0] == from || policy_group_zone(policy, path[0]) == from);
	assert_true(path[count - 1] == to || policy_group_zone(policy, path[count - 1]) == to);
	for (size_t i = 1; i < count; i++)
		assert_int_equal(far[path[i - 1]][path[i]], 1);
}

static void measures_as_trying_everything_does(void **unused)
{
	uint64_t state = random_seed();
	size_t over_several = 0;

	(void)unused;
	for (size_t i = 0; i < POLICIES; i++) {
		CLEANUP(policy_free) struct policy *policy = random_full_policy(&state);
		CLEANUP(table_free) struct table *table = proof_compile(policy);
		CLEANUP(reach_free) struct reach *reach = NULL;
		struct service_range range = random_below(&state, 2) ? random_range(&state) : *ANY_RANGES;
		unsigned int far[GROUPS][GROUPS];

		assert_int_equal(reach_new(policy, table, &range, 1, &reach), 0);
		measure(policy, table, &range, far);
		for (uint16_t from = 1; from <= policy_group_count(policy); from++)
			for (uint16_t to = 1; to <= policy_group_count(policy); to++) {
				unsigned int wanted = shortest(policy, far, from, to);

				assert_int_equal(reach_hops(reach, from, to), wanted);
				assert_path(policy, reach, far, from, to, wanted);
				over_several += wanted > 1;
			}
	}
	assert_true(over_several > POLICIES / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_hops_and_zones),
		cmocka_unit_test(asks_by_services),
		cmocka_unit_test(a_device_makes_the_way_of_its_zone),
		cmocka_unit_test(measures_as_trying_everything_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
