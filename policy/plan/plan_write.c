/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_write.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Makes room for one more element of an array and clears it; NULL, and the writer failed, where there is no memory. */
static void *append(struct plan_writer *writer, void **array, size_t *count, size_t *capacity, size_t size)
{
	char *added;

	/* Most chains of a pair hold two rules: the first step is small, memory_reserve's would be eight. */
	if (!writer->failed && *array == NULL) {
		*array = calloc(2, size);
		*capacity = *array ? 2 : 0;
		writer->failed = *array == NULL;
	}
	if (writer->failed || memory_reserve(array, capacity, *count + 1, size) < 0) {
		writer->failed = true;
		return NULL;
	}
	added = (char *)*array + size * (*count)++;
	memset(added, 0, size);
	return added;
}

#define APPEND(writer, owner, array, count, capacity)                                                                  \
	__extension__({                                                                                                \
		void *slot_ = (owner)->array;                                                                          \
		__typeof__((owner)->array) added_ =                                                                    \
			append(writer, &slot_, &(owner)->count, &(owner)->capacity, sizeof(*(owner)->array));          \
		(owner)->array = slot_;                                                                                \
		added_;                                                                                                \
	})

struct plan_set *plan_write_set(struct plan_writer *writer, const char *name, struct plan_keys keys,
                                enum plan_data data, unsigned int flags)
{
	struct plan *plan = writer->plan;
	struct plan_set *set = APPEND(writer, plan, sets, set_count, set_capacity);

	if (!set)
		return NULL;
	snprintf(set->name, sizeof(set->name), "%s", name);
	memcpy(set->keys, keys.key, sizeof(set->keys));
	set->key_count = keys.count;
	set->data = data;
	set->flags = flags;
	if (flags & SET_DYNAMIC) {
		set->size = PLAN_SEEN_SIZE;
		set->timeout_ms = PLAN_SEEN_TIMEOUT_MS;
	}
	return set;
}

struct plan_element *plan_write_element(struct plan_writer *writer)
{
	struct plan *plan = writer->plan;
	struct plan_set *set;

	if (writer->failed)
		return NULL;
	set = &plan->sets[plan->set_count - 1];
	return APPEND(writer, set, elements, element_count, element_capacity);
}

void plan_write_chain(struct plan_writer *writer, const char *name, enum plan_hook hook, int priority)
{
	struct plan *plan = writer->plan;
	struct plan_chain *chain = APPEND(writer, plan, chains, chain_count, chain_capacity);

	if (!chain)
		return;
	snprintf(chain->name, sizeof(chain->name), "%s", name);
	chain->hook = hook;
	chain->priority = priority;
}

/* nft's text form knows no escape inside a comment, and the kernel's listing should not hold half a character. */
static void clean_comment(char *comment)
{
	size_t length = strlen(comment);

	for (char *at = comment; *at; at++) {
		if (*at == '"')
			*at = '\'';
		else if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = ' ';
	}
	if (length < PLAN_COMMENT_MAX - 1)
		return;
	/* Cut back to the lead byte of what may be a cut character (RFC 3629: 10xxxxxx continues, 11xxxxxx leads). */
	while (length > 0 && ((unsigned char)comment[length - 1] & 0xc0) == 0x80)
		length--;
	if (length > 0 && ((unsigned char)comment[length - 1] & 0x80))
		length--;
	comment[length] = '\0';
}

void plan_write_rule(struct plan_writer *writer, const char *format, ...)
{
	struct plan *plan = writer->plan;
	struct plan_chain *chain;
	struct plan_rule *rule;
	va_list args;

	if (writer->failed)
		return;
	chain = &plan->chains[plan->chain_count - 1];
	rule = APPEND(writer, chain, rules, rule_count, rule_capacity);
	if (!rule)
		return;
	rule->policy_rule = -1;
	va_start(args, format);
	vsnprintf(rule->comment, sizeof(rule->comment), format, args);
	va_end(args);
	clean_comment(rule->comment);
}

static struct plan_rule *last_rule(struct plan_writer *writer)
{
	struct plan_chain *chain = &writer->plan->chains[writer->plan->chain_count - 1];

	return &chain->rules[chain->rule_count - 1];
}

void plan_write_policy_rule(struct plan_writer *writer, size_t index)
{
	if (!writer->failed)
		last_rule(writer)->policy_rule = (int)index;
}

static void add(struct plan_writer *writer, const struct plan_statement *statement)
{
	struct plan_rule *rule;

	if (writer->failed)
		return;
	rule = last_rule(writer);
	assert(rule->statement_count < PLAN_STATEMENTS_MAX);
	rule->statements[rule->statement_count++] = *statement;
}

static void match(struct plan_writer *writer, enum plan_key key, const void *value, size_t length, bool invert)
{
	struct plan_statement statement = { .type = STATEMENT_MATCH, .keys = { key }, .key_count = 1 };

	assert(length <= sizeof(statement.value));
	statement.value_length = (uint8_t)length;
	statement.invert = invert;
	memcpy(statement.value, value, length);
	add(writer, &statement);
}

void plan_write_match(struct plan_writer *writer, enum plan_key key, const void *value, size_t length)
{
	match(writer, key, value, length, false);
}

void plan_write_other(struct plan_writer *writer, enum plan_key key, const void *value, size_t length)
{
	match(writer, key, value, length, true);
}

void plan_write_match_u8(struct plan_writer *writer, enum plan_key key, uint8_t value)
{
	plan_write_match(writer, key, &value, sizeof(value));
}

void plan_write_match_port(struct plan_writer *writer, enum plan_key key, uint16_t port)
{
	uint8_t bytes[2] = { (uint8_t)(port >> 8), (uint8_t)port };

	plan_write_match(writer, key, bytes, sizeof(bytes));
}

void plan_write_match_bits(struct plan_writer *writer, enum plan_key key, uint32_t bits)
{
	struct plan_statement statement = { .type = STATEMENT_MATCH_BITS, .keys = { key }, .key_count = 1 };

	statement.value_length = sizeof(bits);
	memcpy(statement.value, &bits, sizeof(bits));
	add(writer, &statement);
}

void plan_write_match_state(struct plan_writer *writer, uint32_t bits)
{
	plan_write_match_bits(writer, KEY_CT_STATE, bits);
}

void plan_write_range(struct plan_writer *writer, enum plan_key key, const void *first, const void *last, size_t length)
{
	struct plan_statement statement = { .type = STATEMENT_MATCH_RANGE, .keys = { key }, .key_count = 1 };

	assert(length <= sizeof(statement.value));
	statement.value_length = (uint8_t)length;
	memcpy(statement.value, first, length);
	memcpy(statement.value_end, last, length);
	add(writer, &statement);
}

static struct plan_statement lookup(enum plan_statement_type type, struct plan_keys keys, const char *name)
{
	struct plan_statement statement = { .type = type, .key_count = (uint8_t)keys.count };

	memcpy(statement.keys, keys.key, sizeof(statement.keys));
	snprintf(statement.text, sizeof(statement.text), "%s", name);
	return statement;
}

void plan_write_lookup(struct plan_writer *writer, enum plan_statement_type type, struct plan_keys keys,
                       const char *name)
{
	struct plan_statement statement = lookup(type, keys, name);

	add(writer, &statement);
}

void plan_write_not_in(struct plan_writer *writer, struct plan_keys keys, const char *name)
{
	struct plan_statement statement = lookup(STATEMENT_MATCH_SET, keys, name);

	statement.invert = true;
	add(writer, &statement);
}

void plan_write_mark(struct plan_writer *writer, uint32_t mark)
{
	add(writer, &(struct plan_statement){ .type = STATEMENT_MARK, .number = mark });
}

void plan_write_log(struct plan_writer *writer, uint32_t group, const char *prefix)
{
	struct plan_statement statement = { .type = STATEMENT_LOG, .number = group };

	snprintf(statement.text, sizeof(statement.text), "%s", prefix);
	add(writer, &statement);
}

void plan_write_plain(struct plan_writer *writer, enum plan_statement_type type)
{
	add(writer, &(struct plan_statement){ .type = type });
}

void plan_write_counted(struct plan_writer *writer, enum plan_statement_type verdict)
{
	plan_write_plain(writer, STATEMENT_COUNTER);
	plan_write_plain(writer, verdict);
}

void plan_write_u8_set(struct plan_writer *writer, const char *name, enum plan_key key, const uint8_t *values,
                       size_t count)
{
	plan_write_set(writer, name, KEYS(key), DATA_NONE, SET_CONSTANT);
	for (size_t i = 0; i < count; i++) {
		struct plan_element *element = plan_write_element(writer);

		if (element)
			element->key[0] = values[i];
	}
}

void plan_write_to(struct plan_writer *writer, enum plan_statement_type type, const char *name)
{
	struct plan_statement statement = { .type = type };

	snprintf(statement.text, sizeof(statement.text), "%s", name);
	add(writer, &statement);
}

void plan_write_limit(struct plan_writer *writer, struct policy_rate rate)
{
	add(writer,
	    &(struct plan_statement){ .type = STATEMENT_LIMIT_OVER, .number = rate.count, .seconds = rate.seconds });
}

void plan_write_within(struct plan_writer *writer, struct policy_rate rate)
{
	add(writer,
	    &(struct plan_statement){
		    .type = STATEMENT_LIMIT_OVER, .invert = true, .number = rate.count, .seconds = rate.seconds });
}

void plan_write_family(struct plan_writer *writer, uint8_t nfproto, const char *comment)
{
	plan_write_rule(writer, "%s", comment);
	plan_write_match_u8(writer, KEY_NFPROTO, nfproto);
}

void plan_write_log_once(struct plan_writer *writer, uint8_t nfproto, struct plan_keys keys, const char *set,
                         const char *prefix)
{
	plan_write_family(writer, nfproto, "");
	plan_write_not_in(writer, keys, set);
	plan_write_lookup(writer, STATEMENT_ADD, keys, set);
	plan_write_log(writer, PLAN_NFLOG_GROUP, prefix);
}
