/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/known_names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

struct known_address {
	struct address address;
	struct known_name *names;
	UT_hash_handle hh;
};

/* No padding: it is compared as it stands. */
struct question_key {
	struct address client, server;
	uint16_t client_port, server_port;
	uint16_t id;
	uint8_t protocol, zero;
};

struct question {
	struct question_key key;
	char name[POLICY_DNS_MAX];
	uint64_t asked_ms;
	struct question *prev, *next; /* the oldest first */
	UT_hash_handle hh;
};

struct known_names {
	size_t pairs_max;
	known_names_changed *changed;
	void *context;
	struct known_address *addresses;
	struct known_name *oldest; /* of all, the one answered longest ago first */
	size_t count;
	struct question *questions;
	struct question *first_question;
	uint64_t forgotten;
	uint64_t changes;
};

int known_names_new(size_t pairs_max, known_names_changed *changed, void *context, struct known_names **known)
{
	struct known_names *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->pairs_max = pairs_max;
	made->changed = changed;
	made->context = context;
	*known = made;
	return 0;
}

/* ---- questions ---- */

static void remove_question(struct known_names *known, struct question *question)
{
	HASH_DELETE(hh, known->questions, question);
	DL_DELETE(known->first_question, question);
	free(question);
}

/* Lower case, without the last dot. shape: false where it is none that a policy can have. */
static bool plain_name(const struct field_value *value, char text[POLICY_DNS_MAX])
{
	size_t length = value->length;

	if (length > 0 && value->bytes[length - 1] == '.')
		length--;
	if (length == 0 || length >= POLICY_DNS_MAX || memchr(value->bytes, '\0', length))
		return false;
	for (size_t i = 0; i < length; i++) {
		char letter = (char)value->bytes[i];

		text[i] = letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
	}
	text[length] = '\0';
	return true;
}

static bool is_wanted(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->name_set_count; i++)
		if (policy_name_set_holds(&policy->name_sets[i], name))
			return true;
	return false;
}

static bool find_name(const struct fields *fields, enum field field, char text[POLICY_DNS_MAX])
{
	struct field_value value;

	return fields_find(fields, field, &value) && plain_name(&value, text);
}

/* The question's key, from the question itself or from its answer. */
static bool key_of(const struct observation *observation, bool is_answer, struct question_key *key)
{
	const struct conversation *at = &observation->conversation;
	struct field_value value;

	if (observation->type != OBSERVATION_FIELDS || observation->protocol != PROTOCOL_DNS ||
	    at->source.family == FAMILY_NONE || !fields_find(&observation->fields, FIELD_DNS_ID, &value) ||
	    fields_number(&observation->fields, FIELD_DNS_RESPONSE, is_answer ? 0 : 1) != is_answer)
		return false;
	*key = (struct question_key){
		.client = is_answer ? at->destination : at->source,
		.server = is_answer ? at->source : at->destination,
		.client_port = is_answer ? at->destination_port : at->source_port,
		.server_port = is_answer ? at->source_port : at->destination_port,
		.id = (uint16_t)field_number(&value),
		.protocol = at->protocol,
	};
	return true;
}

static struct question *find_question(const struct known_names *known, const struct question_key *key)
{
	struct question *question;

	HASH_FIND(hh, known->questions, key, sizeof(*key), question);
	return question;
}

void known_names_asked(struct known_names *known, const struct policy *policy, const struct observation *observation,
                       uint64_t now_ms)
{
	char name[POLICY_DNS_MAX];
	struct question_key key;
	struct question *question;

	if (policy->name_set_count == 0 || !key_of(observation, false, &key) ||
	    !find_name(&observation->fields, FIELD_DNS_QUESTION, name) || !is_wanted(policy, name))
		return;
	question = find_question(known, &key);
	if (question)
		remove_question(known, question);
	if (HASH_COUNT(known->questions) >= KNOWN_ASKED_MAX) {
		remove_question(known, known->first_question);
		known->forgotten++;
	}
	question = calloc(1, sizeof(*question));
	if (!question)
		return;
	question->key = key;
	question->asked_ms = now_ms;
	memcpy(question->name, name, sizeof(name));
	HASH_ADD(hh, known->questions, key, sizeof(question->key), question);
	DL_APPEND(known->first_question, question);
}

/* ---- names of addresses ---- */

static struct known_address *find_address(const struct known_names *known, const struct address *address)
{
	struct known_address *found;

	HASH_FIND(hh, known->addresses, address, sizeof(*address), found);
	return found;
}

/* Whether ${address} is known by ${set} without ${but}. */
static bool is_in_set(const struct known_address *address, const struct policy_name_set *set,
                      const struct known_name *but)
{
	const struct known_name *name;

	DL_FOREACH (address->names, name)
		if (name != but && policy_name_set_holds(set, name->text))
			return true;
	return false;
}

static void tell_change(const struct known_names *known, const struct policy *policy, const struct known_name *name,
                        bool is_known)
{
	for (uint16_t i = 0; known->changed && i < policy->name_set_count; i++)
		if (policy_name_set_holds(&policy->name_sets[i], name->text) &&
		    !is_in_set(name->address, &policy->name_sets[i], name))
			known->changed((uint16_t)(i + 1), &name->address->address, is_known, known->context);
}

static void remove_name(struct known_names *known, struct known_name *name)
{
	struct known_address *address = name->address;

	DL_DELETE(address->names, name);
	DL_DELETE2(known->oldest, name, older, younger);
	known->count--;
	free(name);
	if (address->names)
		return;
	HASH_DELETE(hh, known->addresses, address);
	free(address);
}

static void forget_name(struct known_names *known, const struct policy *policy, struct known_name *name)
{
	known->changes++;
	tell_change(known, policy, name, false);
	remove_name(known, name);
}

void known_names_free(struct known_names *known)
{
	if (!known)
		return;
	while (known->oldest)
		remove_name(known, known->oldest);
	while (known->first_question)
		remove_question(known, known->first_question);
	free(known);
}

static struct known_name *find_known(const struct known_address *address, const char *text)
{
	struct known_name *name;

	DL_FOREACH (address->names, name)
		if (strcmp(name->text, text) == 0)
			return name;
	return NULL;
}

static struct known_address *address_of(struct known_names *known, const struct address *address)
{
	struct known_address *found = find_address(known, address);

	if (found)
		return found;
	found = calloc(1, sizeof(*found));
	if (!found)
		return NULL;
	found->address = *address;
	HASH_ADD(hh, known->addresses, address, sizeof(found->address), found);
	return found;
}

/* A name more of ${address}, the youngest of all; there is room for it. NULL without memory. */
static struct known_name *place_name(struct known_names *known, const char *text, const struct address *address)
{
	struct known_name *name = calloc(1, sizeof(*name));

	if (!name)
		return NULL;
	name->address = address_of(known, address);
	if (!name->address) {
		free(name);
		return NULL;
	}
	memcpy(name->text, text, strlen(text) + 1);
	DL_APPEND(name->address->names, name);
	DL_APPEND2(known->oldest, name, older, younger);
	known->count++;
	return name;
}

static struct known_name *add_name(struct known_names *known, const struct policy *policy,
                                   const struct question *question, const struct address *address, uint64_t now_ms)
{
	struct known_name *name;

	if (known->count >= known->pairs_max) {
		forget_name(known, policy, known->oldest);
		known->forgotten++;
	}
	name = place_name(known, question->name, address);
	if (!name)
		return NULL;
	name->asker = question->key.client;
	name->resolver = question->key.server;
	name->since_ms = now_ms;
	tell_change(known, policy, name, true);
	return name;
}

/* An address of the group of all, or of none, is nobody's to connect to. */
static bool is_host(const struct address *address)
{
	static const struct address unspecified;

	if (memcmp(address->byte, unspecified.byte, sizeof(address->byte)) == 0)
		return false;
	if (address->family == FAMILY_IPV4) /* RFC 1112, RFC 1122 section 3.2.1.3 */
		return address->byte[0] < 224 && address->byte[0] != 0 && address->byte[0] != 127;
	return address->byte[0] != 0xff;
}

/* shape: true where that is news. */
static bool learn(struct known_names *known, const struct policy *policy, const struct question *question,
                  const struct address *address, uint64_t lifetime_s, uint64_t now_ms)
{
	uint64_t seconds = lifetime_s < KNOWN_LEAST_S ? KNOWN_LEAST_S : lifetime_s;
	const struct known_address *held;
	struct known_name *name;
	bool is_new;

	if (!is_host(address))
		return false;
	held = find_address(known, address);
	name = held ? find_known(held, question->name) : NULL;
	is_new = !name;
	if (!name)
		name = add_name(known, policy, question, address, now_ms);
	if (!name)
		return false;
	name->until_ms = now_ms + UINT64_C(1000) * (seconds > KNOWN_MOST_S ? KNOWN_MOST_S : seconds);
	DL_DELETE2(known->oldest, name, older, younger);
	DL_APPEND2(known->oldest, name, older, younger);
	known->changes++;
	return is_new;
}

/* ---- answers ---- */

/* The names that the question leads to: its own, and its aliases so far. */
struct chain {
	char names[KNOWN_ALIASES][POLICY_DNS_MAX];
	size_t count;
};

static bool chain_has(const struct chain *chain, const char *name)
{
	for (size_t i = 0; i < chain->count; i++)
		if (strcmp(chain->names[i], name) == 0)
			return true;
	return false;
}

static void chain_add(struct chain *chain, const char *name)
{
	if (chain->count < KNOWN_ALIASES && !chain_has(chain, name))
		memcpy(chain->names[chain->count++], name, POLICY_DNS_MAX);
}

/* Of each record its owner's name stands first, then what it says. */
static size_t walk_answer(struct known_names *known, const struct policy *policy, const struct question *question,
                          const struct fields *fields, uint64_t now_ms)
{
	struct chain chain = { .count = 0 };
	char owner[POLICY_DNS_MAX] = "", alias[POLICY_DNS_MAX];
	struct field_value value;
	uint64_t lifetime_s = 0;
	size_t news = 0;

	chain_add(&chain, question->name);
	for (size_t at = 0; fields_next(fields, &at, &value);) {
		struct address address;

		if (value.field == FIELD_DNS_NAME) {
			lifetime_s = 0;
			if (!plain_name(&value, owner))
				owner[0] = '\0';
		} else if (value.field == FIELD_DNS_LIFETIME) {
			lifetime_s = field_number(&value);
		} else if (value.field == FIELD_DNS_ALIAS && chain_has(&chain, owner) && plain_name(&value, alias)) {
			chain_add(&chain, alias);
		} else if (value.field == FIELD_DNS_ADDRESS && chain_has(&chain, owner)) {
			address = field_address(&value);
			news += address.family != FAMILY_NONE &&
			        learn(known, policy, question, &address, lifetime_s, now_ms);
		}
	}
	return news;
}

size_t known_names_answered(struct known_names *known, const struct policy *policy,
                            const struct observation *observation, uint64_t now_ms)
{
	char name[POLICY_DNS_MAX];
	struct question_key key;
	struct question *question;
	size_t news = 0;

	if (!known->questions || !key_of(observation, true, &key))
		return 0;
	question = find_question(known, &key);
	if (!question)
		return 0;
	if (now_ms - question->asked_ms <= KNOWN_WAIT_MS && find_name(&observation->fields, FIELD_DNS_ANSWERED, name) &&
	    strcmp(name, question->name) == 0)
		news = walk_answer(known, policy, question, &observation->fields, now_ms);
	remove_question(known, question);
	return news;
}

/* Whether a network of ${zone} that is not the one of all addresses holds ${address}. */
static bool is_named(const struct policy_zone *zone, const struct address *address)
{
	for (size_t i = 0; i < zone->network_count; i++)
		if (zone->networks[i].prefix.length > 0 && prefix_contains(&zone->networks[i].prefix, address))
			return true;
	return false;
}

bool known_names_is_resolver(const struct policy *policy, const struct table *table, const struct flow *asking,
                             const struct address *resolver, bool is_device)
{
	const struct policy_zone *zone = policy_zone(policy, policy_group_zone(policy, asking->to));
	struct decision decision;

	if (asking->from == ZONE_NONE || asking->to == ZONE_NONE || !zone || (!is_device && !is_named(zone, resolver)))
		return false;
	decision = table_decide(table, asking);
	return !decision.by_default && decision.verdict == VERDICT_ALLOW;
}

void known_names_expire(struct known_names *known, const struct policy *policy, uint64_t now_ms)
{
	struct known_name *name, *next;

	for (name = known->oldest; name; name = next) {
		next = name->younger;
		if (name->until_ms <= now_ms)
			forget_name(known, policy, name);
	}
	while (known->first_question && now_ms - known->first_question->asked_ms > KNOWN_WAIT_MS)
		remove_question(known, known->first_question);
}

/* ---- asked ---- */

void known_names_of(const struct known_names *known, const struct address *address, known_names_each_name *each,
                    void *context)
{
	const struct known_address *found = find_address(known, address);
	const struct known_name *name;

	if (!found)
		return;
	DL_FOREACH (found->names, name)
		if (!each(name, context))
			return;
}

void known_names_sets(const struct known_names *known, const struct policy *policy, const struct address *address,
                      struct name_sets *sets)
{
	const struct known_address *found = find_address(known, address);

	*sets = (struct name_sets){ { 0 } };
	for (uint16_t i = 0; found && i < policy->name_set_count; i++)
		if (is_in_set(found, &policy->name_sets[i], NULL))
			name_sets_add(sets, (uint16_t)(i + 1));
}

void known_names_each(const struct known_names *known, const struct policy *policy, known_names_changed *changed,
                      void *context)
{
	const struct known_address *address, *next;

	HASH_ITER (hh, known->addresses, address, next)
		for (uint16_t i = 0; i < policy->name_set_count; i++)
			if (is_in_set(address, &policy->name_sets[i], NULL))
				changed((uint16_t)(i + 1), &address->address, true, context);
}

void known_names_each_pair(const struct known_names *known, known_names_each_pair_fn *each, void *context)
{
	const struct known_name *name;

	DL_FOREACH2(known->oldest, name, younger)
	each(name, &name->address->address, context);
}

int known_names_restore(struct known_names *known, const char *name, const struct address *address, uint64_t until_ms)
{
	struct known_name *made;

	if (known->count >= known->pairs_max)
		return -ENOSPC;
	made = place_name(known, name, address);
	if (!made)
		return -ENOMEM;
	made->until_ms = until_ms;
	return 0;
}

uint64_t known_names_changes(const struct known_names *known)
{
	return known->changes;
}

size_t known_names_count(const struct known_names *known)
{
	return known->count;
}

uint64_t known_names_forgotten(const struct known_names *known)
{
	return known->forgotten;
}
