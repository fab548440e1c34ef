/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Before linux/netfilter.h, or both define the addresses; libnftnl/expr.h names FILE. */
#include <netinet/in.h>
#include <stdio.h>

#include <errno.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_tuple_common.h>
#include <linux/netfilter/nf_tables.h>

#include "netlink/nft_load.h"

enum load_kind {
	LOAD_META,
	LOAD_META_NUMBER, /* in host order, turned to network order so that it compares by size */
	LOAD_CT,
	LOAD_CT_NUMBER, /* as LOAD_META_NUMBER */
	LOAD_CT_ORIGINAL,
	LOAD_PAYLOAD,
	LOAD_EXTENSION, /* whether there is such a header */
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
	uint32_t what;   /* meta or conntrack key; payload base; extension header */
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
	[KEY_CT_STATUS] = { LOAD_CT, NEED_NOTHING, NFT_CT_STATUS, 0 },
	[KEY_CT_HELPER] = { LOAD_CT, NEED_NOTHING, NFT_CT_HELPER, 0 },
	[KEY_IP6_ROUTING] = { LOAD_EXTENSION, NEED_IPV6, IPPROTO_ROUTING, 0 },
	[KEY_CT_PACKETS] = { LOAD_CT_NUMBER, NEED_NOTHING, NFT_CT_PKTS, 0 },
	[KEY_TIME] = { LOAD_META_NUMBER, NEED_NOTHING, NFT_META_TIME_NS, 0 },
	[KEY_CT_PROTO_DST] = { LOAD_CT_ORIGINAL, NEED_NOTHING, NFT_CT_PROTO_DST, 0 },
};

struct nftnl_expr *nft_load_add(struct nft_rule_build *build, const char *name)
{
	struct nftnl_expr *expr = build->failed ? NULL : nftnl_expr_alloc(name);

	if (expr)
		nftnl_rule_add_expr(build->rule, expr);
	else
		build->failed = -ENOMEM;
	return expr;
}

void nft_load_bytes(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const void *bytes,
                    uint32_t length)
{
	if (nftnl_expr_set(expr, type, bytes, length) < 0)
		build->failed = -ENOMEM;
}

void nft_load_text(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *text)
{
	if (nftnl_expr_set_str(expr, type, text) < 0)
		build->failed = -ENOMEM;
}

void nft_load_name(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *name)
{
	char buffer[NFT_NAME_MAX];

	nft_load_text(build, expr, type, nft_name(buffer, name, build->names->generation));
}

void nft_load_set_name(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *name)
{
	char buffer[NFT_NAME_MAX];

	nft_load_text(build, expr, type, nft_set_name(buffer, name, build->names));
}

static void add_meta(struct nft_rule_build *build, uint32_t key, uint32_t to)
{
	struct nftnl_expr *expr = nft_load_add(build, "meta");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_META_DREG, to);
}

static void add_payload(struct nft_rule_build *build, uint32_t base, uint32_t offset, uint32_t length, uint32_t to)
{
	struct nftnl_expr *expr = nft_load_add(build, "payload");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_BASE, base);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_LEN, length);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_PAYLOAD_DREG, to);
}

static void add_ct(struct nft_rule_build *build, uint32_t key, bool original, uint32_t to)
{
	struct nftnl_expr *expr = nft_load_add(build, "ct");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_KEY, key);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CT_DREG, to);
	if (original)
		nftnl_expr_set_u8(expr, NFTNL_EXPR_CT_DIR, IP_CT_DIR_ORIGINAL);
}

static void add_network_order(struct nft_rule_build *build, uint32_t length, uint32_t at)
{
	struct nftnl_expr *expr = nft_load_add(build, "byteorder");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_SREG, at);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_DREG, at);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_LEN, length);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_BYTEORDER_SIZE, length);
}

/* nft_exthdr walks the chain of headers from the first on (RFC 8200 section 4.1), behind whatever stands before. */
static void add_extension(struct nft_rule_build *build, uint32_t header, uint32_t to)
{
	struct nftnl_expr *expr = nft_load_add(build, "exthdr");

	if (!expr)
		return;
	nftnl_expr_set_u8(expr, NFTNL_EXPR_EXTHDR_TYPE, (uint8_t)header);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_OFFSET, 0);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_LEN, 1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_FLAGS, NFT_EXTHDR_F_PRESENT);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_EXTHDR_DREG, to);
}

void nft_load_compare(struct nft_rule_build *build, uint32_t operator, const void * bytes, uint32_t length)
{
	struct nftnl_expr *expr = nft_load_add(build, "cmp");

	if (!expr)
		return;
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	nftnl_expr_set_u32(expr, NFTNL_EXPR_CMP_OP, operator);
	nft_load_bytes(build, expr, NFTNL_EXPR_CMP_DATA, bytes, length);
}

static void need_ethernet(struct nft_rule_build *build)
{
	uint16_t ethernet = ARPHRD_ETHER;

	if (build->link_known)
		return;
	add_meta(build, NFT_META_IIFTYPE, NFT_REG_1);
	nft_load_compare(build, NFT_CMP_EQ, &ethernet, sizeof(ethernet));
	build->link_known = true;
}

/* Beside an Ethernet address nft asks the frame's type, elsewhere the hook's family; so that both print alike. */
static void need_network(struct nft_rule_build *build, bool ipv4)
{
	uint16_t type_be = htons(ipv4 ? ETH_P_IP : ETH_P_IPV6);
	uint8_t family = ipv4 ? NFPROTO_IPV4 : NFPROTO_IPV6;

	if (build->network_known)
		return;
	if (build->link_known) {
		add_payload(build, NFT_PAYLOAD_LL_HEADER, 12, 2, NFT_REG_1);
		nft_load_compare(build, NFT_CMP_EQ, &type_be, sizeof(type_be));
	} else {
		add_meta(build, NFT_META_NFPROTO, NFT_REG_1);
		nft_load_compare(build, NFT_CMP_EQ, &family, sizeof(family));
	}
	build->network_known = true;
}

static void need_transport(struct nft_rule_build *build, uint8_t protocol)
{
	if (build->transport_known)
		return;
	add_meta(build, NFT_META_L4PROTO, NFT_REG_1);
	nft_load_compare(build, NFT_CMP_EQ, &protocol, sizeof(protocol));
	build->transport_known = true;
}

static void need(struct nft_rule_build *build, enum load_need what)
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

static void load_key(struct nft_rule_build *build, enum plan_key key, uint32_t to)
{
	const struct load *load = &loads[key];

	switch (load->kind) {
	case LOAD_META:
		add_meta(build, load->what, to);
		break;
	case LOAD_META_NUMBER:
		add_meta(build, load->what, to);
		add_network_order(build, plan_key_length(key), to);
		break;
	case LOAD_CT:
		add_ct(build, load->what, false, to);
		break;
	case LOAD_CT_NUMBER:
		add_ct(build, load->what, false, to);
		add_network_order(build, plan_key_length(key), to);
		break;
	case LOAD_CT_ORIGINAL:
		add_ct(build, load->what, true, to);
		break;
	case LOAD_PAYLOAD:
		add_payload(build, load->what, load->offset, plan_key_length(key), to);
		break;
	case LOAD_EXTENSION:
		add_extension(build, load->what, to);
		break;
	}
}

void nft_load_keys(struct nft_rule_build *build, const struct plan_statement *statement)
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
