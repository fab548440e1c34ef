/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/plan_walk.h"

#define DATA ISOWARD_SOURCE_DIR "/tests/data/plan/"

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* The plan of the policy file ${name} as text at a working hour; the caller releases it. */
static char *print_file(const char *name)
{
	char *yaml = read_file(name);
	struct policy *policy = NULL;
	struct table *table = NULL;
	struct moment moment;
	struct plan *plan;
	char *text = NULL;

	assert_int_equal(moment_parse("2026-11-24 10:00", &moment), 0);
	assert_int_equal(policy_parse(name, yaml, strlen(yaml), &policy, NULL), 0);
	plan = walk_plan_at(policy, &table, moment);
	assert_int_equal(plan_print(plan, &text), 0);
	plan_free(plan);
	table_free(table);
	policy_free(policy);
	free(yaml);
	return text;
}

static void assert_golden(const char *name)
{
	char yaml[300];
	char nft[300];
	char *text;
	char *golden;

	snprintf(yaml, sizeof(yaml), DATA "%s.yaml", name);
	snprintf(nft, sizeof(nft), DATA "%s.nft", name);
	text = print_file(yaml);
	golden = read_file(nft);
	for (size_t at = 0, line = 1; text[at] || golden[at]; at++) {
		if (text[at] != golden[at])
			fail_msg("%s:%zu: the plan is: %.60s", nft, line, text + at);
		line += text[at] == '\n';
	}
	free(golden);
	free(text);
}

static void prints_first_light(void **state)
{
	(void)state;
	assert_golden("first-light");
}

static void prints_globs_and_denials(void **state)
{
	(void)state;
	assert_golden("globs");
}

static void prints_the_whole_language(void **state)
{
	(void)state;
	assert_golden("language");
}

/* Feeds ${text} to nft in a network namespace of its own, twice: the second load replaces the first. */
static void load_by_nft(const char *text)
{
	char path[] = "/tmp/isoward-plan-XXXXXX";
	char command[200];
	int file = mkstemp(path);
	ssize_t written;

	assert_true(file >= 0);
	written = write(file, text, strlen(text));
	close(file);
	assert_int_equal(written, strlen(text));
	snprintf(command, sizeof(command), "unshare -n sh -c 'nft -c -f %s && nft -f %s && nft -f %s' >&2", path, path,
	         path);
	assert_int_equal(system(command), 0);
	unlink(path);
}

static void is_taken_by_nft(void **state)
{
	static const char *const names[] = { DATA "first-light.yaml", DATA "globs.yaml", DATA "language.yaml" };

	(void)state;
	if (geteuid() != 0 || system("command -v nft unshare >/dev/null 2>&1 && unshare -n true 2>/dev/null") != 0) {
		print_message("skipped: needs root, nft and network namespaces\n");
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char *text = print_file(names[i]);

		load_by_nft(text);
		free(text);
	}
}

struct hospital {
	struct policy *policy;
	struct table *table;
	struct plan *plan;
};

static struct address address_of(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static void bind_device(struct hospital *hospital, const char *interface, const char *mac_text, const char *text,
                        const char *zone)
{
	struct address address = address_of(text);
	struct plan_change change;
	struct mac mac;

	assert_int_equal(mac_parse(mac_text, &mac), 0);
	plan_change_guard(&change, CHANGE_ADD, interface, &mac, &address);
	walk_apply(hospital->plan, &change);
	if (address_stays_on_link(&address))
		plan_change_link(&change, CHANGE_ADD, interface, &address);
	else
		plan_change_zone(&change, CHANGE_ADD, &address, policy_zone_by_name(hospital->policy, zone));
	walk_apply(hospital->plan, &change);
}

static int hospital_open(void **state)
{
	static struct hospital hospital;
	char *yaml = read_file(DATA "first-light.yaml");

	hospital = (struct hospital){ .policy = NULL };
	assert_int_equal(policy_parse("first-light.yaml", yaml, strlen(yaml), &hospital.policy, NULL), 0);
	free(yaml);
	hospital.plan = walk_plan(hospital.policy, &hospital.table);
	bind_device(&hospital, "pumps0", "44:4b:5d:00:00:05", "10.20.0.5", "pumps");
	bind_device(&hospital, "pumps0", "44:4b:5d:00:00:06", "10.20.0.6", "pumps");
	bind_device(&hospital, "imaging0", "44:4b:5d:00:00:01", "10.21.0.5", "imaging");
	bind_device(&hospital, "pcs0", "44:4b:5d:00:00:09", "10.22.0.5", "pcs");
	bind_device(&hospital, "pcs0", "44:4b:5d:00:00:09", "fd22::5", "pcs");
	bind_device(&hospital, "pcs0", "44:4b:5d:00:00:09", "fe80::9", "");
	*state = &hospital;
	return 0;
}

static int hospital_close(void **state)
{
	struct hospital *hospital = *state;

	plan_free(hospital->plan);
	table_free(hospital->table);
	policy_free(hospital->policy);
	return 0;
}

static const struct flow_vector {
	const char *name;
	const char *in;
	const char *out;
	const char *from;
	const char *to;
	uint8_t protocol;
	uint16_t port;
	bool reply;
	enum walk_end end;
} flows[] = {
	{ "pump to its server", "pumps0", "wan0", "10.20.0.5", "10.8.0.10", 6, 3613, false, WALK_ACCEPT },
	{ "the server's answer", "wan0", "pumps0", "10.20.0.5", "10.8.0.10", 6, 3613, true, WALK_ACCEPT },
	{ "pump to its server, other port", "pumps0", "wan0", "10.20.0.5", "10.8.0.10", 6, 80, false,
	  WALK_REJECT_RESET },
	{ "answer to what is not allowed", "wan0", "pumps0", "10.20.0.5", "10.8.0.10", 6, 80, true, WALK_DROP },
	{ "pump to pump in one VLAN", "pumps0", "pumps0", "10.20.0.5", "10.20.0.6", 6, 445, false, WALK_REJECT_RESET },
	{ "pump to pump, ping", "pumps0", "pumps0", "10.20.0.5", "10.20.0.6", 1, 0x800, false, WALK_REJECT_ADMIN },
	{ "CT to the archive", "imaging0", "wan0", "10.21.0.5", "10.9.0.7", 6, 11112, false, WALK_ACCEPT },
	{ "CT browsing", "imaging0", "wan0", "10.21.0.5", "93.184.216.34", 6, 443, false, WALK_REJECT_RESET },
	{ "CT browsing by QUIC", "imaging0", "wan0", "10.21.0.5", "93.184.216.34", 17, 443, false, WALK_REJECT_ADMIN },
	{ "PC browsing", "pcs0", "wan0", "10.22.0.5", "93.184.216.34", 6, 443, false, WALK_ACCEPT },
	{ "PC browsing over IPv6", "pcs0", "wan0", "fd22::5", "2001:db8::1", 6, 80, false, WALK_ACCEPT },
	{ "PC to a pump", "pcs0", "pumps0", "10.22.0.5", "10.20.0.5", 6, 80, false, WALK_REJECT_RESET },
	{ "PC to an address behind a ward that nobody has, the internet being allowed", "pcs0", "pumps0", "10.22.0.5",
	  "10.20.0.77", 6, 80, false, WALK_REJECT_RESET },
	{ "anyone to DNS", "pumps0", "wan0", "10.20.0.5", "10.1.0.53", 17, 53, false, WALK_ACCEPT },
	{ "an uplink host with a PC's address", "wan0", "pumps0", "10.22.0.5", "10.20.0.5", 6, 80, false, WALK_DROP },
	{ "an uplink host with a pump's address to the pump server", "wan0", "wan0", "10.20.0.5", "10.8.0.10", 6, 3613,
	  false, WALK_DROP },
	{ "a device of no zone", "pcs0", "wan0", "10.22.0.99", "93.184.216.34", 6, 443, false, WALK_REJECT_RESET },
};

static void judges_the_hospital(void **state)
{
	struct hospital *hospital = *state;

	for (size_t i = 0; i < ARRAY_SIZE(flows); i++) {
		struct walk walk = walk_packet(hospital->plan, flows[i].in, flows[i].out, flows[i].reply);
		struct address from = address_of(flows[i].from);
		struct address to = address_of(flows[i].to);
		enum walk_end end;

		walk_set_flow(&walk, &from, &to, flows[i].protocol, flows[i].port);
		end = walk_chain(&walk, "judge");
		if (end != flows[i].end)
			fail_msg("%s: ends %d in chain %s, not %d", flows[i].name, end, walk.chain, flows[i].end);
	}
}

static const struct guard_vector {
	const char *name;
	const char *interface;
	const char *mac;
	const char *from;
	const char *to;
	uint8_t protocol;
	uint16_t source_port;
	uint16_t port;
	uint8_t icmpv6;
	enum walk_end end;
	const char *reported;
	bool is_routed; /* it has a routing header */
} guards[] = {
	{ "bound", "pumps0", "44:4b:5d:00:00:05", "10.20.0.5", "10.8.0.10", 6, 9, 9, 0, WALK_RETURN, NULL, false },
	{ "bound, IPv6", "pcs0", "44:4b:5d:00:00:09", "fd22::5", "fd00::1", 6, 9, 9, 0, WALK_RETURN, NULL, false },
	{ "another MAC", "pumps0", "44:4b:5d:00:00:06", "10.20.0.5", "10.8.0.10", 6, 9, 9, 0, WALK_DROP, NULL, false },
	{ "another interface", "pcs0", "44:4b:5d:00:00:05", "10.20.0.5", "10.8.0.10", 6, 9, 9, 0, WALK_DROP, NULL,
	  false },
	{ "another address", "pumps0", "44:4b:5d:00:00:05", "10.20.0.6", "10.8.0.10", 6, 9, 9, 0, WALK_DROP, NULL,
	  false },
	{ "no clinical interface", "wan0", "44:4b:5d:00:00:05", "10.20.0.5", "10.8.0.10", 6, 9, 9, 0, WALK_RETURN, NULL,
	  false },
	{ "DHCP", "pumps0", "44:4b:5d:00:00:99", "0.0.0.0", "255.255.255.255", 17, 68, 67, 0, WALK_RETURN, NULL,
	  false },
	{ "no DHCP", "pumps0", "44:4b:5d:00:00:99", "0.0.0.0", "255.255.255.255", 17, 68, 69, 0, WALK_DROP, NULL,
	  false },
	{ "DHCP to elsewhere", "pumps0", "44:4b:5d:00:00:99", "0.0.0.0", "10.8.0.10", 17, 68, 67, 0, WALK_DROP, NULL,
	  false },
	{ "neighbour", "pumps0", "44:4b:5d:00:00:99", "fe80::1", "ff02::1", 58, 9, 9, 135, WALK_RETURN, NULL, false },
	{ "detecting a duplicate", "pumps0", "44:4b:5d:00:00:99", "::", "ff02::1", 58, 9, 9, 135, WALK_RETURN, NULL,
	  false },
	{ "router advertisement", "pumps0", "44:4b:5d:00:00:99", "fe80::1", "ff02::1", 58, 9, 9, 134, WALK_DROP,
	  "rogue", false },
	{ "redirect of a bound one", "pcs0", "44:4b:5d:00:00:09", "fd22::5", "fd22::6", 58, 9, 9, 137, WALK_DROP,
	  "rogue", false },
	{ "DHCPv6 server", "pcs0", "44:4b:5d:00:00:09", "fd22::5", "fe80::6", 17, 547, 546, 0, WALK_DROP, "rogue",
	  false },
	{ "DHCPv6 client", "pumps0", "44:4b:5d:00:00:99", "fe80::1", "ff02::1:2", 17, 546, 547, 0, WALK_RETURN, NULL,
	  false },
	{ "DHCPv6 client without an address", "pumps0", "44:4b:5d:00:00:99", "::", "ff02::1:2", 17, 546, 547, 0,
	  WALK_DROP, NULL, false },
	{ "routing header of a bound one", "pcs0", "44:4b:5d:00:00:09", "fd22::5", "fd00::1", 6, 9, 9, 0, WALK_DROP,
	  "rogue", true },
	{ "link-local TCP", "pumps0", "44:4b:5d:00:00:99", "fe80::1", "fe80::2", 6, 9, 9, 0, WALK_DROP, "guard",
	  false },
	{ "link-local TCP, bound", "pcs0", "44:4b:5d:00:00:09", "fe80::9", "fe80::2", 6, 9, 9, 0, WALK_RETURN, NULL,
	  false },
	{ "neighbour from another's link-local", "pcs0", "44:4b:5d:00:00:98", "fe80::9", "ff02::1", 58, 9, 9, 135,
	  WALK_DROP, "guard", false },
	{ "DHCPv6 from another's link-local", "pcs0", "44:4b:5d:00:00:98", "fe80::9", "ff02::1:2", 17, 546, 547, 0,
	  WALK_DROP, "guard", false },
	{ "the same link-local elsewhere", "pumps0", "44:4b:5d:00:00:98", "fe80::9", "ff02::1", 58, 9, 9, 135,
	  WALK_RETURN, NULL, false },
};

static void guards_the_source(void **state)
{
	struct hospital *hospital = *state;

	for (size_t i = 0; i < ARRAY_SIZE(guards); i++) {
		const struct guard_vector *guard = &guards[i];
		struct walk walk = walk_packet(hospital->plan, guard->interface, "", false);
		struct address from = address_of(guard->from);
		struct address to = address_of(guard->to);
		uint8_t sport[2] = { (uint8_t)(guard->source_port >> 8), (uint8_t)guard->source_port };
		uint8_t dport[2] = { (uint8_t)(guard->port >> 8), (uint8_t)guard->port };
		uint8_t routed = guard->is_routed;
		bool v4 = from.family == FAMILY_IPV4;
		struct mac mac;

		walk_set_flow(&walk, &from, &to, guard->protocol, guard->port);
		assert_int_equal(mac_parse(guard->mac, &mac), 0);
		walk_set(&walk, KEY_ETHER_SADDR, mac.byte, sizeof(mac.byte));
		walk_set(&walk, v4 ? KEY_IP_SADDR : KEY_IP6_SADDR, from.byte, address_length(from.family));
		walk_set(&walk, v4 ? KEY_IP_DADDR : KEY_IP6_DADDR, to.byte, address_length(from.family));
		walk_set(&walk, KEY_TH_SPORT, sport, sizeof(sport));
		walk_set(&walk, KEY_TH_DPORT, dport, sizeof(dport));
		walk_set(&walk, KEY_ICMPV6_TYPE, &guard->icmpv6, 1);
		walk_set(&walk, KEY_IP6_ROUTING, &routed, 1);
		if (walk_chain(&walk, "prerouting") != guard->end)
			fail_msg("%s: not as wanted", guard->name);
		if (guard->reported && !strstr(walk.reports, guard->reported))
			fail_msg("%s: reported as \"%s\"", guard->name, walk.reports);
	}
}

static void changes_the_epoch(void **state)
{
	static const struct {
		const char *set;
		uint32_t key, mark;
	} wanted[PLAN_EPOCH_CHANGES] = {
		{ PLAN_SET_EPOCH, 0x80000007, 0 },
		{ PLAN_SET_EPOCH, 0xc0000007, 0 },
		{ PLAN_SET_SETTLED, 0x80000007, 0 },
		{ PLAN_MAP_SETTLE, 0xc0000007, 0x80000007 },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV4, 0xc0000007 },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV6, 0xc0000007 },
		{ PLAN_SET_EPOCH, 0x80000008, 0 },
		{ PLAN_SET_EPOCH, 0xc0000008, 0 },
		{ PLAN_SET_SETTLED, 0x80000008, 0 },
		{ PLAN_MAP_SETTLE, 0xc0000008, 0x80000008 },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV4, 0xc0000008 },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV6, 0xc0000008 },
	};
	struct plan_change changes[PLAN_EPOCH_CHANGES];

	(void)state;
	plan_change_epoch(changes, 7, 8);
	for (size_t i = 0; i < PLAN_EPOCH_CHANGES; i++) {
		uint32_t key;

		memcpy(&key, changes[i].key, sizeof(key)); /* one byte, and zeros behind, in the last ones */
		assert_int_equal(changes[i].type, i < PLAN_EPOCH_CHANGES / 2 ? CHANGE_DELETE : CHANGE_ADD);
		assert_string_equal(changes[i].set, wanted[i].set);
		assert_int_equal(changes[i].mark, wanted[i].mark);
		assert_int_equal(key, wanted[i].key);
		assert_true(plan_is_of_epoch(changes[i].set));
	}
	assert_false(plan_is_of_epoch(PLAN_SET_GUARD4));
	assert_int_equal(plan_epoch_mark(UINT32_MAX), UINT32_MAX & ~0x40000000U);
}

static void lays_out_guard_elements(void **state)
{
	static const uint8_t wanted[PLAN_CHANGE_KEY_MAX] = { 'p', 'u', '0',  0,    0,    0, 0, 0, 0, 0, 0,  0,  0, 0,
		                                             0,   0,   0x44, 0x4b, 0x5d, 0, 0, 5, 0, 0, 10, 20, 0, 5 };
	struct mac mac = { { 0x44, 0x4b, 0x5d, 0, 0, 5 } };
	struct address address = address_of("10.20.0.5");
	struct plan_change change;

	(void)state;
	plan_change_guard(&change, CHANGE_ADD, "pu0", &mac, &address);
	assert_string_equal(change.set, PLAN_SET_GUARD4);
	assert_memory_equal(change.key, wanted, sizeof(change.key));
}

/* What an operator writes in "why" reaches a comment, whatever it is. */
static void cleans_comments(void **state)
{
	struct service_range any = { .protocol = 0, .last = UINT16_MAX };
	uint16_t one = 1;
	struct policy_zone zone = { .name = "pcs", .is_default = true };
	struct policy_rule rule = { .from = &one,
		                    .from_count = 1,
		                    .to = &one,
		                    .to_count = 1,
		                    .ranges = &any,
		                    .range_count = 1,
		                    .services = "any",
		                    .why = "say \"yes\"\n" };
	struct policy policy = { .zones = &zone, .zone_count = 1, .rules = &rule, .rule_count = 1 };
	struct table *table = NULL;
	struct plan *plan;

	(void)state;
	while (strlen(rule.why) < sizeof(rule.why) - 3)
		strcat(rule.why, "é");
	plan = walk_plan(&policy, &table);
	for (size_t c = 0; c < plan->chain_count; c++)
		for (size_t r = 0; r < plan->chains[c].rule_count; r++) {
			const char *comment = plan->chains[c].rules[r].comment;

			assert_null(strpbrk(comment, "\"\n"));
			assert_true(strlen(comment) < PLAN_COMMENT_MAX);
			if (strlen(comment) > 100)
				assert_memory_equal(comment + strlen(comment) - 2, "é", 2);
		}
	plan_free(plan);
	table_free(table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_first_light),
		cmocka_unit_test(prints_globs_and_denials),
		cmocka_unit_test(prints_the_whole_language),
		cmocka_unit_test(is_taken_by_nft),
		cmocka_unit_test_setup_teardown(judges_the_hospital, hospital_open, hospital_close),
		cmocka_unit_test_setup_teardown(guards_the_source, hospital_open, hospital_close),
		cmocka_unit_test(changes_the_epoch),
		cmocka_unit_test(lays_out_guard_elements),
		cmocka_unit_test(cleans_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
