/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h> /* libnftnl/expr.h names FILE */

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "netlink/nft_emit.h"
#include "netlink/nft_load.h"

static void add_match(struct nft_rule_build *build, const struct plan_statement *statement)
{
	enum plan_key key = statement->keys[0];

	nft_load_keys(build, statement);
	nft_load_compare(build, statement->invert ? NFT_CMP_NEQ : NFT_CMP_EQ, statement->value,
	                 statement->value_length);
	if (statement->invert)
		return;
	build->network_known |= key == KEY_NFPROTO;
	build->transport_known |= key == KEY_L4PROTO;
}

static void add_match_bits(struct nft_rule_build *build, const struct plan_statement *statement)
{
	static const uint8_t zero[sizeof(statement->value)];
	struct nftnl_expr *expr;

	nft_load_keys(build, statement);
	expr = nft_load_add(build, "bitwise");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BITWISE_LEN, statement->value_length);
	nft_load_bytes(build, expr, NFTNL_EXPR_BITWISE_MASK, statement->value, statement->value_length);
	nft_load_bytes(build, expr, NFTNL_EXPR_BITWISE_XOR, zero, statement->value_length);
	nft_load_compare(build, statement->invert ? NFT_CMP_EQ : NFT_CMP_NEQ, zero, statement->value_length);
}

static void add_match_range(struct nft_rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr;

	nft_load_keys(build, statement);
	if (!statement->invert) {
		nft_load_compare(build, NFT_CMP_GTE, statement->value, statement->value_length);
		nft_load_compare(build, NFT_CMP_LTE, statement->value_end, statement->value_length);
		return;
	}
	expr = nft_load_add(build, "range");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_RANGE_OP, NFT_RANGE_NEQ);
	nft_load_bytes(build, expr, NFTNL_EXPR_RANGE_FROM_DATA, statement->value, statement->value_length);
	nft_load_bytes(build, expr, NFTNL_EXPR_RANGE_TO_DATA, statement->value_end, statement->value_length);
}

/* Looks the loaded keys up in the statement's set; a map gives its data to register ${to}, a set (-1) none. */
static void add_lookup(struct nft_rule_build *build, const struct plan_statement *statement, int to)
{
	struct nftnl_expr *expr;

	nft_load_keys(build, statement);
	expr = nft_load_add(build, "lookup");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	nft_load_set_name(build, expr, NFTNL_EXPR_LOOKUP_SET, statement->text);
	if (to >= 0)
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_DREG, (uint32_t)to);
	else if (statement->invert)
		nftnl_expr_set_u32(expr, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
}

static void add_set_meta_mark(struct nft_rule_build *build)
{
	struct nftnl_expr *expr = nft_load_add(build, "meta");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_SREG, NFT_REG_1);
}

static void add_set_ct_mark(struct nft_rule_build *build)
{
	struct nftnl_expr *expr = nft_load_add(build, "ct");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_SREG, NFT_REG_1);
}

static void add_mark(struct nft_rule_build *build, uint32_t mark)
{
	struct nftnl_expr *expr = nft_load_add(build, "immediate");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
	nft_load_bytes(build, expr, NFTNL_EXPR_IMM_DATA, &mark, sizeof(mark));
	add_set_meta_mark(build);
}

static void add_to_set(struct nft_rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr;

	nft_load_keys(build, statement);
	expr = nft_load_add(build, "dynset");
	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_ADD);
	nft_load_set_name(build, expr, NFTNL_EXPR_DYNSET_SET_NAME, statement->text);
}

static void add_log(struct nft_rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr = nft_load_add(build, "log");

	if (!expr)
		return;
	nft_load_text(build, expr, NFTNL_EXPR_LOG_PREFIX, statement->text);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_LOG_GROUP, (uint16_t)statement->number);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LOG_SNAPLEN, plan_log_length(statement->number));
}

static void add_reject(struct nft_rule_build *build, uint32_t type, uint8_t code)
{
	struct nftnl_expr *expr = nft_load_add(build, "reject");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_REJECT_TYPE, type);
	nftnl_expr_set_u8(expr, NFTNL_EXPR_REJECT_CODE, code);
}

static void add_verdict(struct nft_rule_build *build, int verdict, const char *chain)
{
	struct nftnl_expr *expr = nft_load_add(build, "immediate");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_IMM_VERDICT, (uint32_t)verdict);
	if (chain)
		nft_load_name(build, expr, NFTNL_EXPR_IMM_CHAIN, chain);
}

static void add_counter(struct nft_rule_build *build)
{
	struct nftnl_expr *expr = nft_load_add(build, "counter");

	if (!expr)
		return;
	nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_PACKETS, 0);
	nftnl_expr_set_u64(expr, NFTNL_EXPR_CTR_BYTES, 0);
}

/* The bucket holds what the rate allows in its time, see plan_write_limit. */
static void add_limit(struct nft_rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr = nft_load_add(build, "limit");

	if (!expr)
		return;
	nftnl_expr_set_u64(expr, NFTNL_EXPR_LIMIT_RATE, statement->number);
	nftnl_expr_set_u64(expr, NFTNL_EXPR_LIMIT_UNIT, statement->seconds);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_BURST, statement->number);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_LIMIT_FLAGS, statement->invert ? 0 : NFT_LIMIT_F_INV);
}

static void add_helper(struct nft_rule_build *build, const struct plan_statement *statement)
{
	struct nftnl_expr *expr = nft_load_add(build, "objref");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_OBJREF_IMM_TYPE, NFT_OBJECT_CT_HELPER);
	nft_load_name(build, expr, NFTNL_EXPR_OBJREF_IMM_NAME, statement->text);
}

static void add_statement(struct nft_rule_build *build, const struct plan_statement *statement)
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
	case STATEMENT_LIMIT_OVER:
		add_limit(build, statement);
		return;
	case STATEMENT_HELPER:
		add_helper(build, statement);
		return;
	}
	build->failed = -EINVAL;
}

static void put_comment(struct nft_rule_build *build, const char *comment)
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

static void fill_rule(struct nft_rule_build *build, const struct plan_chain *chain, const struct plan_rule *rule)
{
	char name[NFT_NAME_MAX];

	if (nftnl_rule_set_str(build->rule, NFTNL_RULE_TABLE, PLAN_TABLE) < 0 ||
	    nftnl_rule_set_str(build->rule, NFTNL_RULE_CHAIN, nft_chain_name(name, chain, build->names->generation)) <
	            0)
		build->failed = -ENOMEM;
	put_comment(build, rule->comment);
	for (size_t i = 0; i < rule->statement_count; i++)
		add_statement(build, &rule->statements[i]);
}

void nft_emit_rule(struct nft_batch *batch, const struct plan_chain *chain, const struct plan_rule *rule)
{
	struct nft_origin origin = { .kind = ORIGIN_RULE, .name = chain->name, .comment = rule->comment };
	struct nft_rule_build build = { .rule = nftnl_rule_alloc(), .names = &batch->names };
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
