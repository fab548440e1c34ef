/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * small_plan: a plan by hand with every kind of set, helper, key and statement, and a network namespace to put it in.
 *
 * Owns:    the plan's memory; small_plan_free releases it.
 * Context: unit tests of netlink/.
 */
#ifndef ISOWARD_TESTS_UNIT_SMALL_PLAN_H
#define ISOWARD_TESTS_UNIT_SMALL_PLAN_H

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/plan/plan.h"

#define SKIPPED 77

/* namespace_enter puts the process into a network namespace of its own; SKIPPED, and why, where it cannot. */
static inline int namespace_enter(void)
{
	struct ifreq request = { .ifr_name = "lo" };
	int fd;

	if (geteuid() != 0 || unshare(CLONE_NEWNET) < 0) {
		printf("1..0 # SKIP needs root for a network namespace\n");
		return SKIPPED;
	}
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	request.ifr_flags = IFF_UP;
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
		abort();
	close(fd);
	return 0;
}

/* small_plan_rule begins a rule at the end of ${chain}. */
static inline struct plan_rule *small_plan_rule(struct plan_chain *chain, const char *comment)
{
	struct plan_rule *rule;

	chain->rules = realloc(chain->rules, (chain->rule_count + 1) * sizeof(*rule));
	if (!chain->rules)
		abort();
	rule = &chain->rules[chain->rule_count++];
	memset(rule, 0, sizeof(*rule));
	snprintf(rule->comment, sizeof(rule->comment), "%s", comment);
	return rule;
}

/* small_plan_say adds a statement of ${type} about ${text} with ${count} keys to ${rule} and borrows it. */
static inline struct plan_statement *small_plan_say(struct plan_rule *rule, enum plan_statement_type type,
                                                    const char *text, unsigned int count, ...)
{
	struct plan_statement *statement = &rule->statements[rule->statement_count++];
	va_list keys;

	statement->type = type;
	snprintf(statement->text, sizeof(statement->text), "%s", text);
	va_start(keys, count);
	for (unsigned int i = 0; i < count; i++)
		statement->keys[i] = (enum plan_key)va_arg(keys, unsigned int);
	va_end(keys);
	statement->key_count = (uint8_t)count;
	return statement;
}

/* small_plan_value sets the ${length} bytes of value of ${statement}. */
static inline void small_plan_value(struct plan_statement *statement, const void *bytes, size_t length)
{
	memcpy(statement->value, bytes, length);
	statement->value_length = (uint8_t)length;
}

/* small_plan_element adds an element with ${length} bytes of ${key} to ${set} and borrows it. */
static inline struct plan_element *small_plan_element(struct plan_set *set, const void *key, size_t length)
{
	struct plan_element *element;

	set->elements = realloc(set->elements, (set->element_count + 1) * sizeof(*element));
	if (!set->elements)
		abort();
	element = &set->elements[set->element_count++];
	memset(element, 0, sizeof(*element));
	memcpy(element->key, key, length);
	memcpy(element->key_end, key, length);
	return element;
}

/* small_plan_free releases what small_plan_new made. */
static inline void small_plan_free(struct plan *plan)
{
	for (size_t i = 0; i < plan->set_count; i++)
		free(plan->sets[i].elements);
	for (size_t i = 0; i < plan->chain_count; i++)
		free(plan->chains[i].rules);
	free(plan->sets);
	free(plan->chains);
	free(plan);
}

enum small_set {
	SMALL_GUARD4,
	SMALL_GUARD6,
	SMALL_ZONE4,
	SMALL_NET4,
	SMALL_EPOCH,
	SMALL_STAMP,
	SMALL_SEEN4,
	SMALL_SEEN_GUARD,
	SMALL_PORTS,
	SMALL_FROM,
	SMALL_CLINICAL,
	SMALL_SETS,
};

enum small_chain {
	SMALL_PREROUTING,
	SMALL_FORWARD,
	SMALL_INPUT,
	SMALL_GUARD,
	SMALL_JUDGE,
	SMALL_REFUSE,
	SMALL_CHAINS,
};

/* small_plan_sets declares the sets of ${plan} and fills the constant ones. */
static inline void small_plan_sets(struct plan *plan)
{
	static const struct plan_set sets[SMALL_SETS] = {
		[SMALL_GUARD4] = { "guard4", { KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR }, 3, .size = 200000 },
		[SMALL_GUARD6] = { "guard6", { KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP6_SADDR }, 3, .size = 200000 },
		[SMALL_ZONE4] = { "zone4", { KEY_IP_SADDR }, 1, DATA_MARK, .size = 200000 },
		[SMALL_NET4] = { "net4", { KEY_IP_SADDR }, 1, DATA_MARK, .flags = SET_INTERVAL | SET_CONSTANT },
		[SMALL_EPOCH] = { "epoch", { KEY_CT_MARK }, 1, .size = 4 },
		[SMALL_STAMP] = { "stamp", { KEY_NFPROTO }, 1, DATA_MARK, .size = 4 },
		[SMALL_SEEN4] = { "seen4",
		                  { KEY_CT_IP_SADDR, KEY_CT_IP_DADDR, KEY_CT_PROTOCOL, KEY_CT_PROTO_DST },
		                  4,
		                  .flags = SET_DYNAMIC,
		                  .size = 1024,
		                  .timeout_ms = 10000 },
		[SMALL_SEEN_GUARD] = { "seen_guard",
		                       { KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR },
		                       3,
		                       .flags = SET_DYNAMIC,
		                       .size = 1024,
		                       .timeout_ms = 10000 },
		[SMALL_PORTS] = { "ports", { KEY_TH_DPORT }, 1, .flags = SET_INTERVAL | SET_CONSTANT },
		[SMALL_FROM] = { "from", { KEY_MARK }, 1, DATA_VERDICT, .flags = SET_CONSTANT },
		[SMALL_CLINICAL] = { "clinical", { KEY_IIFNAME }, 1, .flags = SET_CONSTANT },
	};
	static const uint8_t first[] = { 10, 9, 0, 0 }, last[] = { 10, 9, 0, 255 };
	static const uint8_t beside[] = { 10, 9, 1, 0 }, beside_last[] = { 10, 9, 1, 7 };
	static const uint8_t top[] = { 250, 0, 0, 0 }, top_last[] = { 255, 255, 255, 255 };
	static const uint8_t low[] = { 0, 1 }, high[] = { 0, 99 }, dicom[] = { 0, 104 };
	uint32_t zone = 1;
	struct plan_element *element;

	plan->sets = malloc(sizeof(sets));
	if (!plan->sets)
		abort();
	memcpy(plan->sets, sets, sizeof(sets));
	plan->set_count = SMALL_SETS;
	element = small_plan_element(&plan->sets[SMALL_NET4], first, 4);
	memcpy(element->key_end, last, 4);
	element->mark = 1;
	element = small_plan_element(&plan->sets[SMALL_NET4], beside, 4);
	memcpy(element->key_end, beside_last, 4);
	element->mark = 2;
	element = small_plan_element(&plan->sets[SMALL_NET4], top, 4);
	memcpy(element->key_end, top_last, 4);
	element->mark = 3;
	element = small_plan_element(&plan->sets[SMALL_PORTS], low, 2);
	memcpy(element->key_end, high, 2);
	small_plan_element(&plan->sets[SMALL_PORTS], dicom, 2);
	element = small_plan_element(&plan->sets[SMALL_FROM], &zone, 4);
	snprintf(element->chain, sizeof(element->chain), "refuse");
	small_plan_element(&plan->sets[SMALL_CLINICAL], "pumps0", 6);
}

/* small_plan_chains writes the chains and rules of ${plan}. */
static inline void small_plan_chains(struct plan *plan)
{
	static const struct plan_chain chains[SMALL_CHAINS] = {
		[SMALL_PREROUTING] = { .name = "prerouting", .hook = HOOK_PREROUTING, .priority = -300 },
		[SMALL_FORWARD] = { .name = "forward", .hook = HOOK_FORWARD, .policy_drop = true },
		[SMALL_INPUT] = { .name = "input", .hook = HOOK_INPUT },
		[SMALL_GUARD] = { .name = "guard" },
		[SMALL_JUDGE] = { .name = "judge" },
		[SMALL_REFUSE] = { .name = "refuse" },
	};
	static const uint8_t udp = 17, tcp = 6, request = 8, nd_first = 133, nd_last = 136, reply = 1;
	static const uint8_t none[4], bootpc[] = { 0, 68 }, bootps[] = { 0, 67 };
	static const uint8_t link_local[16] = { 0xfe, 0x80 };
	static const uint8_t link_local_last[16] = { 0xfe, 0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		                                     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint32_t established = 2 | 4, invalid = 1, expected = 1;
	struct plan_chain *chain;
	struct plan_statement *statement;
	struct plan_rule *rule;

	plan->chains = malloc(sizeof(chains));
	if (!plan->chains)
		abort();
	memcpy(plan->chains, chains, sizeof(chains));
	plan->chain_count = SMALL_CHAINS;

	chain = &plan->chains[SMALL_PREROUTING];
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_MATCH_SET, "clinical", 1, KEY_IIFNAME);
	small_plan_say(rule, STATEMENT_GOTO, "guard", 0);
	rule = small_plan_rule(chain, "");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_IIFNAME), "imaging", 7);
	small_plan_say(rule, STATEMENT_GOTO, "guard", 0);

	chain = &plan->chains[SMALL_GUARD];
	rule = small_plan_rule(chain, "known");
	small_plan_say(rule, STATEMENT_MATCH_SET, "guard4", 3, KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR);
	small_plan_say(rule, STATEMENT_RETURN, "", 0);
	rule = small_plan_rule(chain, "known");
	small_plan_say(rule, STATEMENT_MATCH_SET, "guard6", 3, KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP6_SADDR);
	small_plan_say(rule, STATEMENT_RETURN, "", 0);
	rule = small_plan_rule(chain, "DHCP client");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_IP_SADDR), none, 4);
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &udp, 1);
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_TH_SPORT), bootpc, 2);
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_TH_DPORT), bootps, 2);
	small_plan_say(rule, STATEMENT_RETURN, "", 0);
	rule = small_plan_rule(chain, "neighbour discovery");
	statement = small_plan_say(rule, STATEMENT_MATCH_RANGE, "", 1, KEY_IP6_SADDR);
	small_plan_value(statement, link_local, 16);
	memcpy(statement->value_end, link_local_last, 16);
	statement = small_plan_say(rule, STATEMENT_MATCH_RANGE, "", 1, KEY_ICMPV6_TYPE);
	small_plan_value(statement, &nd_first, 1);
	statement->value_end[0] = nd_last;
	small_plan_say(rule, STATEMENT_RETURN, "", 0);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_MATCH_SET, "seen_guard", 3, KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR)->invert =
		true;
	small_plan_say(rule, STATEMENT_ADD, "seen_guard", 3, KEY_IIFNAME, KEY_ETHER_SADDR, KEY_IP_SADDR);
	small_plan_say(rule, STATEMENT_LOG, "guard", 0)->number = PLAN_NFLOG_GROUP;
	rule = small_plan_rule(chain, "spoofed");
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	small_plan_say(rule, STATEMENT_DROP, "", 0);

	chain = &plan->chains[SMALL_FORWARD];
	rule = small_plan_rule(chain, "invalid");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH_BITS, "", 1, KEY_CT_STATE), &invalid, 4);
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	small_plan_say(rule, STATEMENT_DROP, "", 0);
	rule = small_plan_rule(chain, "live");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH_BITS, "", 1, KEY_CT_STATE), &established, 4);
	small_plan_say(rule, STATEMENT_MATCH_SET, "epoch", 1, KEY_CT_MARK);
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	small_plan_say(rule, STATEMENT_ACCEPT, "", 0);
	rule = small_plan_rule(chain, "");
	statement = small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_OIFNAME);
	small_plan_value(statement, "pumps0\0\0\0\0\0\0\0\0\0", 16);
	statement->invert = true;
	small_plan_say(rule, STATEMENT_GOTO, "judge", 0);

	chain = &plan->chains[SMALL_JUDGE];
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_MARK, "", 0);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_MARK_MAP, "net4", 1, KEY_CT_IP_SADDR);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_MARK_MAP, "zone4", 1, KEY_IP_SADDR);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_CT_MARK_MAP, "stamp", 1, KEY_NFPROTO);
	rule = small_plan_rule(chain, "rule 12: dicom why: archive");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &tcp, 1);
	small_plan_say(rule, STATEMENT_MATCH_SET, "ports", 1, KEY_CT_PROTO_DST);
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	small_plan_say(rule, STATEMENT_ACCEPT, "", 0);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_VERDICT_MAP, "from", 1, KEY_MARK);

	rule = small_plan_rule(chain, "data");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH_BITS, "", 1, KEY_CT_STATUS), &expected, 4);
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_CT_HELPER), "ftp\0\0\0\0\0\0\0\0\0\0\0\0",
	                 16);
	small_plan_say(rule, STATEMENT_ACCEPT, "", 0);
	rule = small_plan_rule(chain, "control");
	statement = small_plan_say(rule, STATEMENT_LIMIT_OVER, "", 0);
	statement->number = 20;
	statement->seconds = 60;
	small_plan_say(rule, STATEMENT_HELPER, "ftp", 0);

	chain = &plan->chains[SMALL_REFUSE];
	rule = small_plan_rule(chain, "");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &tcp, 1);
	small_plan_say(rule, STATEMENT_MATCH_SET, "seen4", 4, KEY_CT_IP_SADDR, KEY_CT_IP_DADDR, KEY_CT_PROTOCOL,
	               KEY_CT_PROTO_DST)
		->invert = true;
	small_plan_say(rule, STATEMENT_ADD, "seen4", 4, KEY_CT_IP_SADDR, KEY_CT_IP_DADDR, KEY_CT_PROTOCOL,
	               KEY_CT_PROTO_DST);
	small_plan_say(rule, STATEMENT_LOG, "deny", 0)->number = PLAN_NFLOG_GROUP;
	rule = small_plan_rule(chain, "");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_L4PROTO), &tcp, 1);
	small_plan_say(rule, STATEMENT_REJECT_TCP_RESET, "", 0);
	rule = small_plan_rule(chain, "");
	small_plan_say(rule, STATEMENT_REJECT_ADMIN, "", 0);

	chain = &plan->chains[SMALL_INPUT];
	rule = small_plan_rule(chain, "");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_CT_DIRECTION), &reply, 1);
	small_plan_say(rule, STATEMENT_ACCEPT, "", 0);
	rule = small_plan_rule(chain, "ping");
	small_plan_value(small_plan_say(rule, STATEMENT_MATCH, "", 1, KEY_ICMP_TYPE), &request, 1);
	small_plan_say(rule, STATEMENT_COUNTER, "", 0);
	small_plan_say(rule, STATEMENT_ACCEPT, "", 0);
}

/* small_plan_new makes the plan. */
static inline struct plan *small_plan_new(void)
{
	struct plan *plan = calloc(1, sizeof(*plan));

	if (!plan)
		abort();
	plan->helpers[plan->helper_count++] = (struct plan_helper){ "ftp", 6, "the rule at small.yaml:9 (ftp)" };
	small_plan_sets(plan);
	small_plan_chains(plan);
	return plan;
}

/* small_plan_zone makes a change of the zone map: 10.x.y.z of ${host}, in ${zone}. */
static inline struct plan_change small_plan_zone(enum change_type type, uint32_t host, uint32_t zone)
{
	struct plan_change change = { .type = type, .set = PLAN_MAP_ZONE4, .mark = zone };

	change.key[0] = 10;
	change.key[1] = (uint8_t)(host >> 16);
	change.key[2] = (uint8_t)(host >> 8);
	change.key[3] = (uint8_t)host;
	return change;
}

/* small_plan_guard makes an addition of a guard element for the device of ${host} on pumps0. */
static inline struct plan_change small_plan_guard(uint32_t host)
{
	struct plan_change change = { .type = CHANGE_ADD, .set = PLAN_SET_GUARD4 };
	uint8_t *key = change.key;

	memcpy(key, "pumps0", 6);
	memcpy(key + 16, "\x02\x00\x00", 3);
	key[19] = (uint8_t)(host >> 16);
	key[20] = (uint8_t)(host >> 8);
	key[21] = (uint8_t)host;
	key[24] = 10;
	memcpy(key + 25, key + 19, 3);
	return change;
}

#endif
