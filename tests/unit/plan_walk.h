/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_walk: a kernel in miniature: one packet's way through a plan's chains, to compare with what the table decides.
 *
 * Owns:    nothing.
 * Context: tests of the plan. Dynamic sets are empty; a lookup is a plain search.
 */
#ifndef ISOWARD_TESTS_PLAN_WALK_H
#define ISOWARD_TESTS_PLAN_WALK_H

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "policy/plan/plan_write.h"

#define WALK_RULES_MAX 2000 /* a plan that needs more goes round in circles */

struct walk {
	const struct plan *plan;
	uint8_t value[KEY_COUNT][16];
	bool known[KEY_COUNT];     /* a rule that asks for what the packet does not have ends there */
	char chain[PLAN_NAME_MAX]; /* the last chain gone to, not jumped to */
	int policy_rule;           /* that sent the packet there */
	int observing_rule;        /* the first that only counted it; -1 for none */
	bool is_over;              /* every rate is exceeded */
	char helper[16];           /* that the flow was given */
	char reports[100];         /* the prefixes it was reported under, each with a blank behind */
	unsigned int rules;
};

enum walk_end {
	WALK_ON,
	WALK_NEXT_RULE,
	WALK_RETURN,
	WALK_ACCEPT,
	WALK_DROP,
	WALK_REJECT_RESET,
	WALK_REJECT_ADMIN,
};

/* Gives the packet ${length} bytes of ${key}. */
static inline void walk_set(struct walk *walk, enum plan_key key, const void *value, size_t length)
{
	memset(walk->value[key], 0, sizeof(walk->value[key]));
	memcpy(walk->value[key], value, length);
	walk->known[key] = true;
}

static inline const struct plan_element *walk_find(struct walk *walk, const struct plan_statement *statement)
{
	const struct plan_set *set = plan_set_by_name(walk->plan, statement->text);
	uint8_t key[PLAN_KEY_BYTES_MAX] = { 0 };
	size_t at = 0;

	assert(set && set->key_count == statement->key_count);
	for (size_t i = 0; i < statement->key_count; i++) {
		assert(plan_key_length(set->keys[i]) == plan_key_length(statement->keys[i]));
		memcpy(key + at, walk->value[statement->keys[i]], plan_key_length(statement->keys[i]));
		at += (plan_key_length(statement->keys[i]) + 3U) & ~3U;
	}
	for (size_t i = 0; i < set->element_count; i++) {
		const struct plan_element *element = &set->elements[i];
		const uint8_t *end = set->flags & SET_INTERVAL ? element->key_end : element->key;

		if (memcmp(element->key, key, sizeof(key)) <= 0 && memcmp(key, end, sizeof(key)) <= 0)
			return element;
	}
	return NULL;
}

static inline enum walk_end walk_chain(struct walk *walk, const char *name);

static inline enum walk_end walk_goto(struct walk *walk, const char *name)
{
	enum walk_end end;

	strcpy(walk->chain, name);
	end = walk_chain(walk, name);
	return end == WALK_ON || end == WALK_NEXT_RULE ? WALK_RETURN : end;
}

static inline enum walk_end walk_match(const struct walk *walk, const struct plan_statement *statement)
{
	const uint8_t *value = walk->value[statement->keys[0]];
	bool holds;
	uint32_t bits;
	uint32_t wanted;

	if (statement->type == STATEMENT_MATCH_BITS) {
		memcpy(&bits, value, sizeof(bits));
		memcpy(&wanted, statement->value, sizeof(wanted));
		holds = (bits & wanted) != 0;
	} else if (statement->type == STATEMENT_MATCH_RANGE) {
		holds = memcmp(value, statement->value, statement->value_length) >= 0 &&
		        memcmp(value, statement->value_end, statement->value_length) <= 0;
	} else {
		holds = memcmp(value, statement->value, statement->value_length) == 0;
	}
	return holds != statement->invert ? WALK_ON : WALK_NEXT_RULE;
}

static inline enum walk_end walk_map(struct walk *walk, const struct plan_statement *statement)
{
	const struct plan_element *element = walk_find(walk, statement);

	if (!element)
		return statement->type == STATEMENT_VERDICT_MAP ? WALK_ON : WALK_NEXT_RULE;
	if (statement->type == STATEMENT_VERDICT_MAP)
		return walk_goto(walk, element->chain);
	walk_set(walk, statement->type == STATEMENT_MARK_MAP ? KEY_MARK : KEY_CT_MARK, &element->mark,
	         sizeof(element->mark));
	return WALK_ON;
}

static inline enum walk_end walk_jump(struct walk *walk, const char *name)
{
	enum walk_end end = walk_chain(walk, name);

	return end == WALK_RETURN || end == WALK_NEXT_RULE ? WALK_ON : end;
}

static inline enum walk_end walk_statement(struct walk *walk, const struct plan_statement *statement)
{
	for (size_t i = 0; i < statement->key_count; i++)
		if (!walk->known[statement->keys[i]])
			return WALK_NEXT_RULE;
	switch (statement->type) {
	case STATEMENT_MATCH:
	case STATEMENT_MATCH_BITS:
	case STATEMENT_MATCH_RANGE:
		return walk_match(walk, statement);
	case STATEMENT_MATCH_SET:
		return (walk_find(walk, statement) != NULL) != statement->invert ? WALK_ON : WALK_NEXT_RULE;
	case STATEMENT_MARK_MAP:
	case STATEMENT_CT_MARK_MAP:
	case STATEMENT_VERDICT_MAP:
		return walk_map(walk, statement);
	case STATEMENT_MARK:
		walk_set(walk, KEY_MARK, &statement->number, sizeof(statement->number));
		return WALK_ON;
	case STATEMENT_LOG:
		assert(strlen(walk->reports) + strlen(statement->text) + 2 <= sizeof(walk->reports));
		strcat(strcat(walk->reports, statement->text), " ");
		return WALK_ON;
	case STATEMENT_LIMIT_OVER:
		assert(statement->number > 0 && statement->seconds > 0);
		return walk->is_over != statement->invert ? WALK_ON : WALK_NEXT_RULE;
	case STATEMENT_HELPER:
		strcpy(walk->helper, statement->text);
		return WALK_ON;
	case STATEMENT_ADD:
	case STATEMENT_COUNTER:
		return WALK_ON;
	case STATEMENT_REJECT_TCP_RESET:
		return WALK_REJECT_RESET;
	case STATEMENT_REJECT_ADMIN:
		return WALK_REJECT_ADMIN;
	case STATEMENT_ACCEPT:
		return WALK_ACCEPT;
	case STATEMENT_DROP:
		return WALK_DROP;
	case STATEMENT_RETURN:
		return WALK_RETURN;
	case STATEMENT_JUMP:
		return walk_jump(walk, statement->text);
	case STATEMENT_GOTO:
		return walk_goto(walk, statement->text);
	}
	return WALK_ON;
}

/* A rule of the policy that counts and sends nowhere. */
static inline bool walk_is_observing(const struct plan_rule *rule)
{
	for (size_t i = 0; i < rule->statement_count; i++)
		if (rule->statements[i].type == STATEMENT_GOTO)
			return false;
	return rule->policy_rule >= 0;
}

static inline enum walk_end walk_rule(struct walk *walk, const struct plan_rule *rule)
{
	assert(walk->rules++ < WALK_RULES_MAX);
	for (size_t i = 0; i < rule->statement_count; i++) {
		enum walk_end end;

		if (rule->policy_rule >= 0 && rule->statements[i].type == STATEMENT_GOTO)
			walk->policy_rule = rule->policy_rule;
		if (walk_is_observing(rule) && rule->statements[i].type == STATEMENT_COUNTER &&
		    walk->observing_rule < 0)
			walk->observing_rule = rule->policy_rule;
		end = walk_statement(walk, &rule->statements[i]);
		if (end != WALK_ON)
			return end;
	}
	return WALK_ON;
}

/* walk_chain takes the packet of ${walk} through the chain ${name}; WALK_RETURN at its end. */
static inline enum walk_end walk_chain(struct walk *walk, const char *name)
{
	const struct plan_chain *chain = NULL;

	for (size_t i = 0; i < walk->plan->chain_count && !chain; i++)
		if (strcmp(walk->plan->chains[i].name, name) == 0)
			chain = &walk->plan->chains[i];
	assert(chain);
	for (size_t i = 0; i < chain->rule_count; i++) {
		enum walk_end end = walk_rule(walk, &chain->rules[i]);

		if (end != WALK_ON && end != WALK_NEXT_RULE)
			return end;
	}
	return WALK_RETURN;
}

/* A place where the sun is always right: local time is UTC, known for ${days} days from the day of ${moment} on. */
static inline struct calendar walk_calendar(struct moment moment, unsigned int days)
{
	int64_t day_s = INT64_C(86400) * moment.day;

	return (struct calendar){ .now_s = day_s + moment.minute * 60,
		                  .first_s = day_s,
		                  .last_s = day_s + days * 86400,
		                  .offsets = { { .from_s = day_s } },
		                  .offset_count = 1 };
}

/* The packet comes in the minute of ${moment} on a clock that shows UTC. */
static inline void walk_set_time(struct walk *walk, struct moment moment)
{
	uint64_t ns = (UINT64_C(86400) * (uint64_t)moment.day + moment.minute * 60U + 59) * 1000000000;
	uint8_t bytes[8];

	for (unsigned int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(ns >> (56 - i * 8));
	walk_set(walk, KEY_TIME, bytes, sizeof(bytes));
}

/* The plan of ${policy} for the days after ${moment}, with its table. */
static inline struct plan *walk_plan_at(const struct policy *policy, struct table **table, struct moment moment)
{
	struct calendar calendar = walk_calendar(moment, 45);
	struct plan *plan = NULL;

	if (table_compile(policy, table, NULL) < 0 || plan_build(policy, *table, 1, &calendar, &plan, NULL) < 0)
		abort();
	return plan;
}

/* walk_plan_at the first of all moments. */
static inline struct plan *walk_plan(const struct policy *policy, struct table **table)
{
	return walk_plan_at(policy, table, (struct moment){ 0 });
}

/* A packet of the original direction from the uplink, so that networks give both zones. */
static inline void walk_set_flow(struct walk *walk, const struct address *from, const struct address *to,
                                 uint8_t protocol, uint16_t port)
{
	bool v4 = from->family == FAMILY_IPV4;
	uint8_t nfproto = v4 ? PLAN_NFPROTO_IPV4 : PLAN_NFPROTO_IPV6;
	uint8_t port_be[2] = { (uint8_t)(port >> 8), (uint8_t)port };
	size_t length = address_length(from->family);

	walk_set(walk, KEY_NFPROTO, &nfproto, 1);
	walk_set(walk, v4 ? KEY_CT_IP_SADDR : KEY_CT_IP6_SADDR, from->byte, length);
	walk_set(walk, v4 ? KEY_CT_IP_DADDR : KEY_CT_IP6_DADDR, to->byte, length);
	walk_set(walk, KEY_CT_PROTOCOL, &protocol, 1);
	walk_set(walk, KEY_L4PROTO, &protocol, 1);
	walk_set(walk, KEY_CT_PROTO_DST, port_be, 2);
	walk_set(walk, KEY_MARK, "\0\0\0", 4);
}

/* A new flow's packet. ${in} and ${out} are where it comes in and goes out; it is an answer where ${reply}. */
static inline struct walk walk_packet(const struct plan *plan, const char *in, const char *out, bool reply)
{
	struct walk walk = { .plan = plan, .policy_rule = -1, .observing_rule = -1 };
	uint8_t direction = reply;
	uint32_t state = reply ? STATE_ESTABLISHED : STATE_NEW;

	walk_set(&walk, KEY_IIFNAME, in, strlen(in));
	walk_set(&walk, KEY_OIFNAME, out, strlen(out));
	walk_set(&walk, KEY_CT_DIRECTION, &direction, 1);
	walk_set(&walk, KEY_CT_STATE, &state, sizeof(state));
	walk_set(&walk, KEY_CT_STATUS, "\0\0\0", 4);
	return walk;
}

/* Puts the element of ${change} into the plan's own set, as the kernel would, and borrows that. */
static inline struct plan_set *walk_apply(struct plan *plan, const struct plan_change *change)
{
	for (size_t i = 0; i < plan->set_count; i++) {
		struct plan_set *set = &plan->sets[i];
		void *elements = set->elements;

		if (strcmp(set->name, change->set) != 0)
			continue;
		if (memory_reserve(&elements, &set->element_capacity, set->element_count + 1, sizeof(*set->elements)) <
		    0)
			abort();
		set->elements = elements;
		plan_change_element(change, &set->elements[set->element_count++]);
		return set;
	}
	abort();
}

#endif
