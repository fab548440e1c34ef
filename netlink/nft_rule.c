/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_emit.h"

/* Before linux/netfilter.h, or both define the addresses. */
#include <netinet/in.h>

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/*
 * A rule under construction. What it has asked of the packet so far is kept, so that a key which is there in one kind
 * of packet only (an IPv4 address, an Ethernet source) asks for that kind first, and once.
 */
struct rule_build {
	struct nftnl_rule *rule;
	bool link_known;
	bool network_known;
	bool transport_known;
	int failed;
};

enum load_kind {
	LOAD_META,
	LOAD_CT,
	LOAD_CT_ORIGINAL,
	LOAD_PAYLOAD,
};

/* What a key asks of the packet before it can be loaded. */
enum load_need {
	NEED_NOTHING,
	NEED_ETHERNET,
	NEED_IPV4,
	NEED_IPV6,
	NEED_ICMP,
	NEED_ICMPV6,
};

struct load {
	enum load_kind kind;
	enum load_need need;
	uint32_t what;   /* meta or conntrack key; payload base */
	uint32_t offset; /* in the payload's header */
};

/* Offsets: Ethernet II; RFC 791; RFC 8200; source and destination port stand first in every transport that has any. */
static const struct load loads[KEY_COUNT] = {
	[KEY_IIFNAME] = { LOAD_META, NEED_NOTHING, NFT_META_IIFNAME, 0 },
	[KEY_OIFNAME] = { LOAD_META, NEED_NOTHING, NFT_META_OIFNAME, 0 },
	[KEY_NFPROTO] = { LOAD_META, NEED_NOTHING, NFT_META_NFPROTO, 0 },
	[KEY_L4PROTO] = { LOAD_META, NEED_NOTHING, NFT_META_L4PROTO, 0 },
	[KEY_MARK] = { LOAD_META, NEED_NOTHING, NFT_META_MARK, 0 },
	[KEY_ETHER_SADDR] = { LOAD_PAYLOAD, NEED_ETHERNET, NFT_PAYLOAD_LL_HEADER, 6 },
	[KEY_IP_SADDR] = { LOAD_PAYLOAD, NEED_IPV4, NFT_PAYLOAD_NETWORK_HEADER, 12 },
	[KEY_IP_DADDR] = { LOAD_PAYLOAD, NEED_IPV4, NFT_PAYLOAD_NETWORK_HEADER, 16 },
	[KEY_IP6_SADDR] = { LOAD_PAYLOAD, NEED_IPV6, NFT_PAYLOAD_NETWORK_HEADER, 8 },
	[KEY_IP6_DADDR] = { LOAD_PAYLOAD, NEED_IPV6, NFT_PAYLOAD_NETWORK_HEADER, 24 },
	[KEY_TH_SPORT] = { LOAD_PAYLOAD, NEED_NOTHING, NFT_PAYLOAD_TRANSPORT_HEADER, 0 },
	[KEY_TH_DPORT] = { LOAD_PAYLOAD, NEED_NOTHING, NFT_PAYLOAD_TRANSPORT_HEADER, 2 },
	[KEY_ICMP_TYPE] = { LOAD_PAYLOAD, NEED_ICMP, NFT_PAYLOAD_TRANSPORT_HEADER, 0 },
	[KEY_ICMPV6_TYPE] = { LOAD_PAYLOAD, NEED_ICMPV6, NFT_PAYLOAD_TRANSPORT_HEADER, 0 },
	[KEY_CT_STATE] = { LOAD_CT, NEED_NOTHING, NFT_CT_STATE, 0 },
	[KEY_CT_DIRECTION] = { LOAD_CT, NEED_NOTHING, NFT_CT_DIRECTION, 0 },
	[KEY_CT_MARK] = { LOAD_CT, NEED_NOTHING, NFT_CT_MARK, 0 },
	[KEY_CT_PROTOCOL] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_PROTOCOL, 0 },
	/* nft_ct ends the rule itself where the flow is of the other family. */
	[KEY_CT_IP_SADDR] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_SRC_IP, 0 },
	[KEY_CT_IP_DADDR] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_DST_IP, 0 },
	[KEY_CT_IP6_SADDR] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_SRC_IP6, 0 },
	[KEY_CT_IP6_DADDR] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_DST_IP6, 0 },
	[KEY_CT_PROTO_DST] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_PROTO_DST, 0 },
};

/* Makes an expression that already belongs to the rule; NULL once the build has failed. */
static struct nftnl_expr *add(struct rule_build *build, const char *name)
{
	struct nftnl_expr *expr = build->failed ? NULL : nftnl_expr_alloc(name);

	if (expr)
		nftnl_rule_add_expr(build->rule, expr);
	else
		build->failed = -ENOMEM;
	return expr;
}

static void put_bytes(struct rule_build *build, struct nftnl_expr *expr, uint16_t type, const void *bytes,
                      uint32_t length)
{
	if (nftnl_expr_set(expr, type, bytes, length) < 0)
		build->failed = -ENOMEM;
}

static void put_text(struct rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *text)
{
	if (nftnl_expr_set_str(expr, type, text) < 0)
		build->failed = -ENOMEM;
}

static void add_meta(struct rule_build *build, uint32_t key, uint32_t to)
{
	struct nftnl_expr *expr = add(build, "meta");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, to);
}

static void add_payload(struct rule_build *build, uint32_t base, uint32_t offset, uint32_t length, uint32_t to)
{
	struct nftnl_expr *expr = add(build, "payload");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
}

static void add_ct(struct rule_build *build, uint32_t key, bool original, uint32_t to)
{
	struct nftnl_expr *expr = add(build, "ct");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, to);
	if (original)
		nftnl_expr_set_u8(expr, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
}

static void add_compare(struct rule_build *build, uint32_t operator, const void * bytes, uint32_t length)
{
	struct nftnl_expr *expr = add(build, "cmp");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, operator);
	put_bytes(build, expr, NFTNL_EXPR_CMP_DATA, bytes, length);
}

static void need_ethernet(struct rule_build *build)
{
	uint16_t ethernet = ARPHRD_ETHER;

	if (build->link_known)
		return;
	add_meta(build, NFT_META_IIFTYPE, NFT_REG_1);
	add_compare(build, NFT_CMP_EQ, &ethernet, sizeof(ethernet));
	build->link_known = true;
}

/* Beside an Ethernet address nft asks the frame's type, elsewhere the hook's family; so that both print alike. */
static void need_network(struct rule_build *build, bool ipv4)
{
	uint16_t type_be = htons(ipv4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t family = ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (build->network_known)
		return;
	if (build->link_known) {
		add_payload(build, NFT_PAYLOAD_LL_HEADER, 12, 2, NFT_REG_1);
		add_compare(build, NFT_CMP_EQ, &type_be, sizeof(type_be));
	} else {
		add_meta(build, NFT_META_NFPROTO, NFT_REG_1);
		add_compare(build, NFT_CMP_EQ, &family, sizeof(family));
	}
	build->network_known = true;
}

static void need_transport(struct rule_build *build, uint8_t protocol)
{
	if (build->transport_known)
		return;
	add_meta(build, NFT_META_L4PROTO, NFT_REG_1);
	add_compare(build, NFT_CMP_EQ, &protocol, sizeof(protocol));
	build->transport_known = true;
}

static void need(struct rule_build *build, enum load_need what)
{
	switch (what) {
	case NEED_NOTHING:
		break;
	case NEED_ETHERNET:
		need_ethernet(build);
		break;
	case NEED_IPV4:
	case NEED_IPV6:
		need_network(build, what == NEED_IPV4);
		break;
	case NEED_ICMP:
	case NEED_ICMPV6:
		need_network(build, what == NEED_ICMP);
		need_transport(build, what == NEED_ICMP ? IPPROTO_ICMP : IPPROTO_ICMPV6);
		break;
	}
}

static void load_key(struct rule_build *build, enum plan_key key, uint32_t to)
{
	const struct load *load = &loads[key];

	switch (load->kind) {
	case LOAD_META:
		add_meta(build, load->what, to);
		break;
	case LOAD_CT:
		add_ct(build, load->what, false, to);
		break;
	case LOAD_CT_ORIGINAL:
		add_ct(build, load->what, true, to);
		break;
	case LOAD_PAYLOAD:
		add_payload(build, load->what, load->offset, plan_key_length(key), to);
		break;
	}
}

/* A single key goes to the first register, of several each to the 32-bit register after the one before. */
static void load_keys(struct rule_build *build, const struct plan_statement *statement)
{
	uint32_t at = NFT_REG32_00;

	for (unsigned int i = 0; i < statement->key_count; i++)
		need(build, loads[statement->keys[i]].need);
	if (statement->key_count == 1) {
		load_key(build, statement->keys[0], NFT_REG_1);
		return;
	}
	for (unsigned int i = 0; i < statement->key_count; i++) {
		load_key(build, statement->keys[i], at);
		at += (plan_key_length(statement->keys[i]) + 3) / 4;
	}
}

static void add_match(struct rule_build *build, const struct plan_statement *statement)
{
	enum plan_key key = statement->keys[0];

	load_keys(build, statement);
	add_compare(build, statement->invert ? NFT_CMP_NEQ : NFT_CMP_EQ, statement->value, statement->value_length);
	if (statement->invert)
		return;
	build->network_known |= key == KEY_NFPROTO;
	build->transport_known |= key == KEY_L4PROTO;
}

static void add_match_bits(struct rule_build *build, const struct plan_statement *statement)
{
	static const uint8_t zero[sizeof(statement->value)];
	struct nftnl_expr *expr;

	load_keys(build, statement);
	expr = add(build, "bitwise");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, statement->value_length);
	put_bytes(build, expr, NFTNL_EXPR_BITWISE_MASK, statement->value, statement->value_length);
	put_bytes(build, expr, NFTNL_EXPR_BITWISE_XOR, zero, statement->value_length);
	add_compare(build, statement->invert ? NFT_CMP_EQ : NFT_CMP_NEQ, zero, statement->value_length);
}

static void add_match_range(struct rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr;

	load_keys(build, statement);
	if (!statement->invert) {
		add_compare(build, NFT_CMP_GTE, statement->value, statement->value_length);
		add_compare(build, NFT_CMP_LTE, statement->value_end, statement->value_length);
		return;
	}
	expr = add(build, "range");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_OP, NFT_RANGE_NEQ);
	put_bytes(build, expr, NFTNL_EXPR_RANGE_FROM_DATA, statement->value, statement->value_length);
	put_bytes(build, expr, NFTNL_EXPR_RANGE_TO_DATA, statement->value_end, statement->value_length);
}

/* Looks the loaded keys up in the statement's set; a map gives its data to register ${to}, a set (-1) none. */
static void add_lookup(struct rule_build *build, const struct plan_statement *statement, int to)
{
	struct nftnl_expr *expr;

	load_keys(build, statement);
	expr = add(build, "lookup");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	put_text(build, expr, NFTNL_EXPR_LOOKUP_SET, statement->text);
	if (to >= 0)
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_DREG, (uint32_t)to);
	else if (statement->invert)
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void add_set_meta_mark(struct rule_build *build)
{
	struct nftnl_expr *expr = add(build, "meta");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void add_set_ct_mark(struct rule_build *build)
{
	struct nftnl_expr *expr = add(build, "ct");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void add_mark(struct rule_build *build, uint32_t mark)
{
	struct nftnl_expr *expr = add(build, "immediate");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	put_bytes(build, expr, NFTNL_EXPR_IMM_DATA, &mark, sizeof(mark));
	add_set_meta_mark(build);
}

static void add_to_set(struct rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr;

	load_keys(build, statement);
	expr = add(build, "dynset");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_ADD);
	put_text(build, expr, NFTNL_EXPR_DYNSET_SET_NAME, statement->text);
}

static void add_log(struct rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr = add(build, "log");

	if (!expr)
		return;
	put_text(build, expr, NFTNL_EXPR_LOG_PREFIX, statement->text);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_LOG_GROUP, (uint16_t)statement->number);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOG_SNAPLEN, PLAN_NFLOG_SNAPLEN);
}

static void add_reject(struct rule_build *build, uint32_t type, uint8_t code)
{
	struct nftnl_expr *expr = add(build, "reject");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, code);
}

static void add_verdict(struct rule_build *build, int verdict, const char *chain)
{
	struct nftnl_expr *expr = add(build, "immediate");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain)
		put_text(build, expr, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void add_counter(struct rule_build *build)
{
	struct nftnl_expr *expr = add(build, "counter");

	if (!expr)
		return;
	nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_PACKETS, 0);
	nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_BYTES, 0);
}

static void add_statement(struct rule_build *build, const struct plan_statement *statement)
{
	switch (statement->type) {
	case STATEMENT_MATCH:
		add_match(build, statement);
		return;
	case STATEMENT_MATCH_BITS:
		add_match_bits(build, statement);
		return;
	case STATEMENT_MATCH_SET:
		add_lookup(build, statement, -1);
		return;
	case STATEMENT_MATCH_RANGE:
		add_match_range(build, statement);
		return;
	case STATEMENT_MARK_MAP:
		add_lookup(build, statement, NFT_REG_1);
		add_set_meta_mark(build);
		return;
	case STATEMENT_CT_MARK_MAP:
		add_lookup(build, statement, NFT_REG_1);
		add_set_ct_mark(build);
		return;
	case STATEMENT_MARK:
		add_mark(build, statement->number);
		return;
	case STATEMENT_VERDICT_MAP:
		add_lookup(build, statement, NFT_REG_VERDICT);
		return;
	case STATEMENT_ADD:
		add_to_set(build, statement);
		return;
	case STATEMENT_COUNTER:
		add_counter(build);
		return;
	case STATEMENT_LOG:
		add_log(build, statement);
		return;
	case STATEMENT_REJECT_TCP_RESET:
		add_reject(build, NFT_REJECT_TCP_RST, 0);
		return;
	case STATEMENT_REJECT_ADMIN:
		add_reject(build, NFT_REJECT_ICMPX_UNREACH, NFT_REJECT_ICMPX_ADMIN_PROHIBITED);
		return;
	case STATEMENT_ACCEPT:
		add_verdict(build, NF_ACCEPT, NULL);
		return;
	case STATEMENT_DROP:
		add_verdict(build, NF_DROP, NULL);
		return;
	case STATEMENT_RETURN:
		add_verdict(build, NFT_RETURN, NULL);
		return;
	case STATEMENT_JUMP:
		add_verdict(build, NFT_JUMP, statement->text);
		return;
	case STATEMENT_GOTO:
		add_verdict(build, NFT_GOTO, statement->text);
		return;
	}
	build->failed = -EINVAL;
}

static void put_comment(struct rule_build *build, const char *comment)
{
	struct nftnl_udata_buf *data;

	if (!comment[0])
		return;
	data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	if (!data || !nftnl_udata_put_strz(data, NFTNL_UDATA_RULE_COMMENT, comment) ||
	    nftnl_rule_set_data(build->rule, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(data),
	                        nftnl_udata_buf_len(data)) < 0)
		build->failed = -ENOMEM;
	if (data)
		nftnl_udata_buf_free(data);
}

static void fill_rule(struct rule_build *build, const struct plan_chain *chain, const struct plan_rule *rule)
{
	if (nftnl_rule_set_str(build->rule, NFTNL_RULE_TABLE, PLAN_TABLE) < 0 ||
	    nftnl_rule_set_str(build->rule, NFTNL_RULE_CHAIN, chain->name) < 0)
		build->failed = -ENOMEM;
	put_comment(build, rule->comment);
	for (size_t i = 0; i < rule->statement_count; i++)
		add_statement(build, &rule->statements[i]);
}

void nft_emit_rule(struct nft_batch *batch, const struct plan_chain *chain, const struct plan_rule *rule)
{
	struct nft_origin origin = { .kind = ORIGIN_RULE, .name = chain->name, .comment = rule->comment };
	struct rule_build build = { .rule = nftnl_rule_alloc() };
	struct nlmsghdr *header;

	if (build.rule)
		fill_rule(&build, chain, rule);
	else
		build.failed = -ENOMEM;
	if (build.failed && !batch->failed)
		batch->failed = build.failed;
	header = nft_batch_message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, origin);
	if (header) {
		nftnl_rule_nlmsg_build_payload(header, build.rule);
		nft_batch_commit(batch, header);
	}
	if (build.rule)
		nftnl_rule_free(build.rule);
}
