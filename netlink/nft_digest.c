/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_digest.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netlink/attribute.h"
#include "netlink/nft_batch.h"
#include "netlink/nft_emit.h"

#define SLOTS 32 /* no expression has so many attributes */

uint64_t nft_digest_word(uint64_t digest, uint64_t word)
{
	digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return digest ^ digest >> 29;
}

uint64_t nft_digest_bytes(uint64_t digest, const void *bytes, size_t length)
{
	const uint8_t *at = bytes;
	uint64_t word;

	digest = nft_digest_word(digest, length + 1);
	for (; length >= sizeof(word); length -= sizeof(word), at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		digest = nft_digest_word(digest, word);
	}
	if (length > 0) {
		word = 0;
		memcpy(&word, at, length);
		digest = nft_digest_word(digest, word);
	}
	return digest;
}

uint64_t nft_digest_end(uint64_t digest)
{
	digest = (digest ^ digest >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	digest = (digest ^ digest >> 27) * UINT64_C(0x94d049bb133111eb);
	return digest ^ digest >> 31;
}

static uint64_t take_attribute(uint64_t digest, const struct nlattr *attribute)
{
	digest = nft_digest_word(digest, mnl_attr_get_type(attribute));
	return nft_digest_bytes(digest, mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
}

/* The bytes of a number in network order say 0 in any length. */
static bool is_zero(const struct nlattr *attribute)
{
	const uint8_t *bytes = mnl_attr_get_payload(attribute);

	for (uint16_t i = 0; i < mnl_attr_get_payload_len(attribute); i++)
		if (bytes[i])
			return false;
	return true;
}

/* libnftnl sends some names without the NUL at their end. */
static uint64_t take_name(uint64_t digest, const struct nlattr *attribute, uint32_t generation)
{
	char text[NFT_NAME_MAX], name[PLAN_NAME_MAX];

	attribute_copy_text(text, sizeof(text), mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
	nft_name_plain(name, text, generation);
	return nft_digest_bytes(digest, name, strlen(name));
}

static uint64_t take_set_name(uint64_t digest, const struct nlattr *attribute, const struct nft_names *names)
{
	char text[NFT_NAME_MAX], name[PLAN_NAME_MAX];

	attribute_copy_text(text, sizeof(text), mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));
	nft_set_name_plain(name, text, names);
	return nft_digest_bytes(digest, name, strlen(name));
}

/* ---- table, set, chain, helper ---- */

uint64_t nft_digest_table(const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_TABLE_FLAGS + 1];
	uint32_t flags_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_TABLE_FLAGS);
	attribute_u32(slots[NFTA_TABLE_FLAGS], &flags_be);
	return nft_digest_word(0, flags_be);
}

static uint64_t take_slots(uint64_t digest, const struct nlattr *const *slots, const uint16_t *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slots[types[i]] && !is_zero(slots[types[i]]))
			digest = take_attribute(digest, slots[types[i]]);
	return digest;
}

/* The size is left out: a stranger cannot change it, and the kernel tells that of an interval set in its own way. */
uint64_t nft_digest_set(const struct nlmsghdr *header)
{
	static const uint16_t types[] = {
		NFTA_SET_FLAGS,    NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN,  NFTA_SET_DATA_TYPE,   NFTA_SET_DATA_LEN,
		NFTA_SET_OBJ_TYPE, NFTA_SET_TIMEOUT,  NFTA_SET_USERDATA, NFTA_SET_GC_INTERVAL, NFTA_SET_EXPR,
	};
	const struct nlattr *slots[NFTA_SET_MAX + 1];
	uint32_t data_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_SET_MAX);
	attribute_u32(slots[NFTA_SET_DATA_TYPE], &data_be);
	if (ntohl(data_be) == NFT_DATA_VERDICT) /* of whatever length the kernel's verdicts are */
		slots[NFTA_SET_DATA_LEN] = NULL;
	return take_slots(0, slots, types, ARRAY_SIZE(types));
}

/* Of the flags that they have a hook is told already. */
uint64_t nft_digest_chain(const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	static const uint16_t types[] = { NFTA_CHAIN_POLICY, NFTA_CHAIN_TYPE };
	static const uint16_t hooks[] = { NFTA_HOOK_HOOKNUM, NFTA_HOOK_PRIORITY, NFTA_HOOK_DEV };
	uint32_t flags_be = 0;
	uint64_t digest = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_CHAIN_MAX);
	attribute_parse_nested(slots[NFTA_CHAIN_HOOK], hook, NFTA_HOOK_MAX);
	attribute_u32(slots[NFTA_CHAIN_FLAGS], &flags_be);
	digest = nft_digest_word(digest, slots[NFTA_CHAIN_HOOK] != NULL);
	digest = nft_digest_word(digest, ntohl(flags_be) & ~(uint32_t)NFT_CHAIN_BASE);
	digest = take_slots(digest, hook, hooks, ARRAY_SIZE(hooks));
	/* "accept" is 1: a policy of "drop" is 0 and as good as none, and a base chain has one of the two. */
	return take_slots(digest, slots, types, ARRAY_SIZE(types));
}

uint64_t nft_digest_helper(const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_OBJ_MAX + 1], *data[NFTA_CT_HELPER_MAX + 1];
	static const uint16_t types[] = { NFTA_CT_HELPER_NAME, NFTA_CT_HELPER_L3PROTO, NFTA_CT_HELPER_L4PROTO };

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_OBJ_MAX);
	attribute_parse_nested(slots[NFTA_OBJ_DATA], data, NFTA_CT_HELPER_MAX);
	return take_slots(0, data, types, ARRAY_SIZE(types));
}

/* ---- rules ---- */

/* How an attribute of an expression counts; one that is not listed counts by its bytes. */
enum treatment {
	TREAT_RAW,
	TREAT_SKIP,     /* what was counted; an id in a transaction; padding */
	TREAT_REGISTER, /* the kernel tells one register by either of two numbers */
	TREAT_NAME,     /* of a chain or helper of our table */
	TREAT_SET,      /* the name of a set of it */
	TREAT_NUMBER,   /* 0 is as good as none */
	TREAT_DATA,     /* bytes or a verdict */
};

static const struct {
	const char *expression;
	uint16_t attribute;
	enum treatment treatment;
} treatments[] = {
	{ "meta", NFTA_META_DREG, TREAT_REGISTER },
	{ "meta", NFTA_META_SREG, TREAT_REGISTER },
	{ "ct", NFTA_CT_DREG, TREAT_REGISTER },
	{ "ct", NFTA_CT_SREG, TREAT_REGISTER },
	{ "payload", NFTA_PAYLOAD_DREG, TREAT_REGISTER },
	{ "payload", NFTA_PAYLOAD_SREG, TREAT_REGISTER },
	{ "cmp", NFTA_CMP_SREG, TREAT_REGISTER },
	{ "cmp", NFTA_CMP_DATA, TREAT_DATA },
	{ "lookup", NFTA_LOOKUP_SET, TREAT_SET },
	{ "lookup", NFTA_LOOKUP_SET_ID, TREAT_SKIP },
	{ "lookup", NFTA_LOOKUP_SREG, TREAT_REGISTER },
	{ "lookup", NFTA_LOOKUP_DREG, TREAT_REGISTER },
	{ "lookup", NFTA_LOOKUP_FLAGS, TREAT_NUMBER },
	{ "bitwise", NFTA_BITWISE_SREG, TREAT_REGISTER },
	{ "bitwise", NFTA_BITWISE_DREG, TREAT_REGISTER },
	{ "bitwise", NFTA_BITWISE_MASK, TREAT_DATA },
	{ "bitwise", NFTA_BITWISE_XOR, TREAT_DATA },
	{ "bitwise", NFTA_BITWISE_OP, TREAT_NUMBER },
	{ "range", NFTA_RANGE_SREG, TREAT_REGISTER },
	{ "range", NFTA_RANGE_FROM_DATA, TREAT_DATA },
	{ "range", NFTA_RANGE_TO_DATA, TREAT_DATA },
	{ "immediate", NFTA_IMMEDIATE_DREG, TREAT_REGISTER },
	{ "immediate", NFTA_IMMEDIATE_DATA, TREAT_DATA },
	{ "byteorder", NFTA_BYTEORDER_SREG, TREAT_REGISTER },
	{ "byteorder", NFTA_BYTEORDER_DREG, TREAT_REGISTER },
	{ "counter", NFTA_COUNTER_BYTES, TREAT_SKIP },
	{ "counter", NFTA_COUNTER_PACKETS, TREAT_SKIP },
	{ "counter", NFTA_COUNTER_PAD, TREAT_SKIP },
	{ "limit", NFTA_LIMIT_TYPE, TREAT_NUMBER },
	{ "limit", NFTA_LIMIT_FLAGS, TREAT_NUMBER },
	{ "limit", NFTA_LIMIT_PAD, TREAT_SKIP },
	{ "log", NFTA_LOG_QTHRESHOLD, TREAT_NUMBER },
	{ "log", NFTA_LOG_FLAGS, TREAT_NUMBER },
	{ "exthdr", NFTA_EXTHDR_DREG, TREAT_REGISTER },
	{ "exthdr", NFTA_EXTHDR_SREG, TREAT_REGISTER },
	{ "exthdr", NFTA_EXTHDR_OP, TREAT_NUMBER },
	{ "reject", NFTA_REJECT_ICMP_CODE, TREAT_NUMBER },
	{ "dynset", NFTA_DYNSET_SET_NAME, TREAT_SET },
	{ "dynset", NFTA_DYNSET_SET_ID, TREAT_SKIP },
	{ "dynset", NFTA_DYNSET_SREG_KEY, TREAT_REGISTER },
	{ "dynset", NFTA_DYNSET_SREG_DATA, TREAT_REGISTER },
	{ "dynset", NFTA_DYNSET_FLAGS, TREAT_NUMBER },
	{ "dynset", NFTA_DYNSET_TIMEOUT, TREAT_NUMBER },
	{ "dynset", NFTA_DYNSET_PAD, TREAT_SKIP },
	{ "objref", NFTA_OBJREF_IMM_NAME, TREAT_NAME },
};

static enum treatment treatment_of(const char *expression, uint16_t attribute)
{
	for (size_t i = 0; i < ARRAY_SIZE(treatments); i++)
		if (treatments[i].attribute == attribute && strcmp(treatments[i].expression, expression) == 0)
			return treatments[i].treatment;
	return TREAT_RAW;
}

/* nft_parse_register(): a register of 16 bytes has a number of its own, and one for each of its four parts. */
static uint32_t plain_register(const struct nlattr *attribute)
{
	uint32_t number_be = 0, number;

	attribute_u32(attribute, &number_be);
	number = ntohl(number_be);
	if (number >= NFT_REG32_00 && (number - NFT_REG32_00) % 4 == 0)
		return (number - NFT_REG32_00) / 4 + NFT_REG_1;
	return number;
}

static uint64_t take_data(uint64_t digest, const struct nlattr *nested, uint32_t generation)
{
	const struct nlattr *slots[NFTA_DATA_MAX + 1], *verdict[NFTA_VERDICT_MAX + 1];

	attribute_parse_nested(nested, slots, NFTA_DATA_MAX);
	attribute_parse_nested(slots[NFTA_DATA_VERDICT], verdict, NFTA_VERDICT_MAX);
	if (slots[NFTA_DATA_VALUE])
		digest = take_attribute(digest, slots[NFTA_DATA_VALUE]);
	if (verdict[NFTA_VERDICT_CODE])
		digest = take_attribute(digest, verdict[NFTA_VERDICT_CODE]);
	if (verdict[NFTA_VERDICT_CHAIN])
		digest = take_name(digest, verdict[NFTA_VERDICT_CHAIN], generation);
	return digest;
}

static uint64_t take_operand(uint64_t digest, const char *expression, const struct nlattr *attribute,
                             const struct nft_names *names)
{
	enum treatment treatment = treatment_of(expression, mnl_attr_get_type(attribute));

	if (treatment == TREAT_SKIP || (treatment == TREAT_NUMBER && is_zero(attribute)))
		return digest;
	digest = nft_digest_word(digest, mnl_attr_get_type(attribute));
	switch (treatment) {
	case TREAT_REGISTER:
		return nft_digest_word(digest, plain_register(attribute));
	case TREAT_NAME:
		return take_name(digest, attribute, names->generation);
	case TREAT_SET:
		return take_set_name(digest, attribute, names);
	case TREAT_DATA:
		return take_data(digest, attribute, names->generation);
	case TREAT_RAW:
	case TREAT_NUMBER:
	case TREAT_SKIP:
		break;
	}
	return take_attribute(digest, attribute);
}

/* A flow's protocols are the same both ways, and the kernel tells no direction for them. */
static void leave_direction_out(const struct nlattr **operands)
{
	uint32_t key_be = 0;

	attribute_u32(operands[NFTA_CT_KEY], &key_be);
	if (ntohl(key_be) == NFT_CT_PROTOCOL || ntohl(key_be) == NFT_CT_L3PROTOCOL)
		operands[NFTA_CT_DIRECTION] = NULL;
}

/* The kernel's order of attributes and libnftnl's differ: they are taken by type. */
static uint64_t take_expression(uint64_t digest, const struct nlattr *expression, const struct nft_names *names)
{
	const struct nlattr *slots[NFTA_EXPR_MAX + 1], *operands[SLOTS];
	const char *name;

	attribute_parse_nested(expression, slots, NFTA_EXPR_MAX);
	name = attribute_text(slots[NFTA_EXPR_NAME]);
	if (!name)
		return take_attribute(digest, expression);
	digest = nft_digest_bytes(digest, name, strlen(name));
	attribute_parse_nested(slots[NFTA_EXPR_DATA], operands, SLOTS - 1);
	if (strcmp(name, "ct") == 0)
		leave_direction_out(operands);
	for (size_t i = 0; i < SLOTS; i++)
		if (operands[i])
			digest = take_operand(digest, name, operands[i], names);
	return digest;
}

struct rule_digest {
	uint64_t digest;
	const struct nft_names *names;
};

static int take_next(const struct nlattr *expression, void *context)
{
	struct rule_digest *rule = context;

	rule->digest = take_expression(rule->digest, expression, rule->names);
	return MNL_CB_OK;
}

uint64_t nft_digest_rule(const struct nlmsghdr *header, const struct nft_names *names)
{
	const struct nlattr *slots[NFTA_RULE_MAX + 1];
	struct rule_digest rule = { .names = names };

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_RULE_MAX);
	if (slots[NFTA_RULE_EXPRESSIONS])
		mnl_attr_parse_nested(slots[NFTA_RULE_EXPRESSIONS], take_next, &rule);
	if (slots[NFTA_RULE_USERDATA])
		rule.digest = take_attribute(rule.digest, slots[NFTA_RULE_USERDATA]);
	return nft_digest_end(rule.digest);
}

/* ---- elements ---- */

static void read_data(const struct nlattr *nested, uint32_t generation, struct nft_element *element)
{
	const struct nlattr *slots[NFTA_DATA_MAX + 1], *verdict[NFTA_VERDICT_MAX + 1];
	uint32_t code_be = 0;
	const char *chain;

	attribute_parse_nested(nested, slots, NFTA_DATA_MAX);
	attribute_parse_nested(slots[NFTA_DATA_VERDICT], verdict, NFTA_VERDICT_MAX);
	element->has_mark = attribute_u32(slots[NFTA_DATA_VALUE], &element->mark);
	if (attribute_u32(verdict[NFTA_VERDICT_CODE], &code_be))
		element->verdict = (int)ntohl(code_be);
	chain = attribute_text(verdict[NFTA_VERDICT_CHAIN]);
	if (chain)
		nft_name_plain(element->chain, chain, generation);
}

void nft_element_read(const struct nlattr *attribute, uint32_t generation, struct nft_element *element)
{
	static const uint16_t strange[] = { NFTA_SET_ELEM_TIMEOUT, NFTA_SET_ELEM_EXPR, NFTA_SET_ELEM_OBJREF,
		                            NFTA_SET_ELEM_KEY_END, NFTA_SET_ELEM_EXPRESSIONS };
	const struct nlattr *slots[NFTA_SET_ELEM_MAX + 1], *key[NFTA_DATA_MAX + 1];
	uint32_t flags_be = 0;

	attribute_parse_nested(attribute, slots, NFTA_SET_ELEM_MAX);
	attribute_parse_nested(slots[NFTA_SET_ELEM_KEY], key, NFTA_DATA_MAX);
	*element = (struct nft_element){ .flags = 0 };
	attribute_u32(slots[NFTA_SET_ELEM_FLAGS], &flags_be);
	element->flags = ntohl(flags_be);
	if (key[NFTA_DATA_VALUE] && mnl_attr_get_payload_len(key[NFTA_DATA_VALUE]) <= sizeof(element->key)) {
		element->key_length = mnl_attr_get_payload_len(key[NFTA_DATA_VALUE]);
		memcpy(element->key, mnl_attr_get_payload(key[NFTA_DATA_VALUE]), element->key_length);
	}
	if (slots[NFTA_SET_ELEM_DATA])
		read_data(slots[NFTA_SET_ELEM_DATA], generation, element);
	for (size_t i = 0; i < ARRAY_SIZE(strange); i++)
		if (slots[strange[i]])
			element->strange = nft_digest_word(element->strange + 1, strange[i]);
}

uint64_t nft_element_digest(const struct nft_element *element)
{
	uint64_t digest = nft_digest_word(element->strange, element->flags);

	digest = nft_digest_bytes(digest, element->key, element->key_length);
	if (element->has_mark)
		digest = nft_digest_word(digest, (uint64_t)element->mark + 1);
	if (element->verdict)
		digest = nft_digest_word(digest, (uint32_t)element->verdict);
	if (element->chain[0])
		digest = nft_digest_bytes(digest, element->chain, strlen(element->chain));
	return nft_digest_end(digest);
}

static uint64_t digest_told(const struct plan_set *set, const uint8_t *key, uint32_t mark, const char *chain)
{
	struct nft_element element = { .key_length = nft_set_key_length(set) };

	memcpy(element.key, key, element.key_length);
	element.has_mark = set->data == DATA_MARK;
	element.mark = mark;
	if (set->data == DATA_VERDICT) {
		element.verdict = NFT_GOTO;
		snprintf(element.chain, sizeof(element.chain), "%s", chain);
	}
	return nft_element_digest(&element);
}

uint64_t nft_digest_change(const struct plan_set *set, const struct plan_change *change)
{
	return digest_told(set, change->key, change->mark, change->chain ? change->chain : "");
}

uint64_t nft_digest_planned(const struct plan_set *set, const struct plan_element *planned, unsigned int *count)
{
	struct nft_element end = { .key_length = nft_set_key_length(set), .flags = NFT_SET_ELEM_INTERVAL_END };
	uint64_t digest = digest_told(set, planned->key, planned->mark, planned->chain);

	*count = 1;
	if (!(set->flags & SET_INTERVAL) || !nft_key_after(planned->key_end, (unsigned int)end.key_length, end.key))
		return digest;
	*count = 2;
	return digest + nft_element_digest(&end);
}
