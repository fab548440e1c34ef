/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_emit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/*
 * nft's own numbers for what a set's key is. The kernel keeps them for nft alone, six bits a key, and so they decide
 * how `nft list` prints an element.
 */
enum nft_datatype {
	DATATYPE_NFPROTO = 2,
	DATATYPE_INTEGER = 4,
	DATATYPE_STRING = 5,
	DATATYPE_IPV4 = 7,
	DATATYPE_IPV6 = 8,
	DATATYPE_ETHER = 9,
	DATATYPE_INET_PROTOCOL = 12,
	DATATYPE_INET_SERVICE = 13,
	DATATYPE_ICMP = 14,
	DATATYPE_MARK = 19,
	DATATYPE_CT_STATE = 26,
	DATATYPE_CT_DIRECTION = 27,
	DATATYPE_CT_STATUS = 28,
	DATATYPE_ICMPV6 = 29,
	DATATYPE_BOOLEAN = 39,
	DATATYPE_INTERFACE = 41,
	DATATYPE_TIME = 43,
};

/* nft's numbers for the order of bytes, kept in a set's user data. */
enum nft_byteorder {
	ORDER_NONE = 0, /* of a concatenation */
	ORDER_HOST = 1,
	ORDER_NETWORK = 2,
};

static enum nft_datatype datatype_of(enum plan_key key)
{
	static const enum nft_datatype types[KEY_COUNT] = {
		[KEY_IIFNAME] = DATATYPE_INTERFACE,
		[KEY_OIFNAME] = DATATYPE_INTERFACE,
		[KEY_NFPROTO] = DATATYPE_NFPROTO,
		[KEY_L4PROTO] = DATATYPE_INET_PROTOCOL,
		[KEY_MARK] = DATATYPE_MARK,
		[KEY_ETHER_SADDR] = DATATYPE_ETHER,
		[KEY_IP_SADDR] = DATATYPE_IPV4,
		[KEY_IP_DADDR] = DATATYPE_IPV4,
		[KEY_IP6_SADDR] = DATATYPE_IPV6,
		[KEY_IP6_DADDR] = DATATYPE_IPV6,
		[KEY_TH_SPORT] = DATATYPE_INET_SERVICE,
		[KEY_TH_DPORT] = DATATYPE_INET_SERVICE,
		[KEY_ICMP_TYPE] = DATATYPE_ICMP,
		[KEY_ICMPV6_TYPE] = DATATYPE_ICMPV6,
		[KEY_CT_STATE] = DATATYPE_CT_STATE,
		[KEY_CT_DIRECTION] = DATATYPE_CT_DIRECTION,
		[KEY_CT_MARK] = DATATYPE_MARK,
		[KEY_CT_PROTOCOL] = DATATYPE_INET_PROTOCOL,
		[KEY_CT_IP_SADDR] = DATATYPE_IPV4,
		[KEY_CT_IP_DADDR] = DATATYPE_IPV4,
		[KEY_CT_IP6_SADDR] = DATATYPE_IPV6,
		[KEY_CT_IP6_DADDR] = DATATYPE_IPV6,
		[KEY_CT_PROTO_DST] = DATATYPE_INET_SERVICE,
		[KEY_CT_STATUS] = DATATYPE_CT_STATUS,
		[KEY_CT_HELPER] = DATATYPE_STRING,
		[KEY_IP6_ROUTING] = DATATYPE_BOOLEAN,
		[KEY_CT_PACKETS] = DATATYPE_INTEGER,
		[KEY_TIME] = DATATYPE_TIME,
	};

	return types[key];
}

static enum nft_byteorder byteorder_of(const struct plan_set *set)
{
	if (set->key_count != 1)
		return ORDER_NONE;
	switch (datatype_of(set->keys[0])) {
	case DATATYPE_MARK:
	case DATATYPE_INTERFACE:
	case DATATYPE_CT_STATE:
	case DATATYPE_TIME:
	case DATATYPE_NFPROTO:
	case DATATYPE_CT_DIRECTION:
	case DATATYPE_CT_STATUS:
	case DATATYPE_STRING:
	case DATATYPE_BOOLEAN:
		return ORDER_HOST;
	case DATATYPE_INTEGER:
	case DATATYPE_IPV4:
	case DATATYPE_IPV6:
	case DATATYPE_ETHER:
	case DATATYPE_INET_PROTOCOL:
	case DATATYPE_INET_SERVICE:
	case DATATYPE_ICMP:
	case DATATYPE_ICMPV6:
		break;
	}
	return ORDER_NETWORK;
}

unsigned int nft_set_key_length(const struct plan_set *set)
{
	unsigned int length = 0;

	if (set->key_count == 1)
		return plan_key_length(set->keys[0]);
	for (size_t i = 0; i < set->key_count; i++)
		length += (plan_key_length(set->keys[i]) + 3) & ~3U;
	return length;
}

void nft_emit_table(struct nft_batch *batch, uint16_t type, uint16_t flags)
{
	struct nft_origin origin = { .kind = ORIGIN_TABLE, .name = PLAN_TABLE };
	struct nlmsghdr *header = nft_batch_message(batch, type, flags, origin);

	if (!header)
		return;
	mnl_attr_put_strz(header, NFTA_TABLE_NAME, PLAN_TABLE);
	if (type == NFT_MSG_NEWTABLE) /* awake, should another program have put it to sleep */
		mnl_attr_put_u32(header, NFTA_TABLE_FLAGS, 0);
	nft_batch_commit(batch, header);
}

/* Added first, so that there is always something to delete. */
void nft_emit_clear(struct nft_batch *batch)
{
	nft_emit_table(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
	nft_emit_table(batch, NFT_MSG_DELTABLE, 0);
}

static uint32_t kernel_set_flags(const struct plan_set *set)
{
	uint32_t flags = 0;

	if (set->flags & SET_CONSTANT)
		flags |= NFT_SET_CONSTANT;
	if (set->flags & SET_INTERVAL)
		flags |= NFT_SET_INTERVAL;
	if (set->flags & SET_DYNAMIC)
		flags |= NFT_SET_EVAL;
	if (set->timeout_ms)
		flags |= NFT_SET_TIMEOUT;
	if (set->data != DATA_NONE)
		flags |= NFT_SET_MAP;
	return flags;
}

/* A constant set tells its true size, by which the kernel chooses a faster table; an interval has two ends. */
static uint32_t kernel_set_size(const struct plan_set *set)
{
	if (!(set->flags & SET_CONSTANT))
		return set->size;
	return (uint32_t)(set->flags & SET_INTERVAL ? set->element_count * 2 + 1 : set->element_count);
}

/* nft has no word for the type of "meta time": it keeps the key itself, by its own number for meta expressions. */
static void put_type_of_time(struct nftnl_udata_buf *data)
{
	enum {
		EXPRESSION_META = 9,
		META_KEY = 0,
	};
	struct nftnl_udata *type = nftnl_udata_nest_start(data, NFTNL_UDATA_SET_KEY_TYPEOF);
	struct nftnl_udata *key;

	nftnl_udata_put_u32(data, NFTNL_UDATA_SET_TYPEOF_EXPR, EXPRESSION_META);
	key = nftnl_udata_nest_start(data, NFTNL_UDATA_SET_TYPEOF_DATA);
	nftnl_udata_put_u32(data, META_KEY, NFT_META_TIME_NS);
	nftnl_udata_nest_end(data, key);
	nftnl_udata_nest_end(data, type);
}

static int put_set_user_data(struct nftnl_set *object, const struct plan_set *set)
{
	struct nftnl_udata_buf *data = nftnl_udata_buf_alloc(NFT_USERDATA_MAXLEN);
	int rc;

	if (!data)
		return -ENOMEM;
	nftnl_udata_put_u32(data, NFTNL_UDATA_SET_KEYBYTEORDER, byteorder_of(set));
	if (set->data == DATA_MARK)
		nftnl_udata_put_u32(data, NFTNL_UDATA_SET_DATABYTEORDER, ORDER_HOST);
	if (set->keys[0] == KEY_TIME)
		put_type_of_time(data);
	rc = nftnl_set_set_data(object, NFTNL_SET_USERDATA, nftnl_udata_buf_data(data), nftnl_udata_buf_len(data));
	nftnl_udata_buf_free(data);
	return rc < 0 ? -ENOMEM : 0;
}

static int fill_set(struct nftnl_set *object, const struct plan_set *set, uint32_t id, uint32_t room,
                    const struct nft_names *names)
{
	uint32_t size = room ? room : kernel_set_size(set);
	char name[NFT_NAME_MAX];
	uint32_t type = 0;

	for (size_t i = 0; i < set->key_count; i++)
		type = type << 6 | (uint32_t)datatype_of(set->keys[i]);
	nftnl_set_set_u32(object, NFTNL_SET_KEY_TYPE, type);
	nftnl_set_set_u32(object, NFTNL_SET_KEY_LEN, nft_set_key_length(set));
	nftnl_set_set_u32(object, NFTNL_SET_FLAGS, kernel_set_flags(set));
	nftnl_set_set_u32(object, NFTNL_SET_ID, id);
	if (set->data != DATA_NONE) {
		bool mark = set->data == DATA_MARK;

		nftnl_set_set_u32(object, NFTNL_SET_DATA_TYPE, mark ? DATATYPE_MARK : NFT_DATA_VERDICT);
		nftnl_set_set_u32(object, NFTNL_SET_DATA_LEN, mark ? 4 : 0);
	}
	if (size)
		nftnl_set_set_u32(object, NFTNL_SET_DESC_SIZE, size);
	if (set->timeout_ms)
		nftnl_set_set_u64(object, NFTNL_SET_TIMEOUT, set->timeout_ms);
	if (nftnl_set_set_str(object, NFTNL_SET_TABLE, PLAN_TABLE) < 0 ||
	    nftnl_set_set_str(object, NFTNL_SET_NAME, nft_set_name(name, set->name, names)) < 0)
		return -ENOMEM;
	return put_set_user_data(object, set);
}

void nft_emit_set(struct nft_batch *batch, const struct plan_set *set, uint32_t id, uint32_t room)
{
	struct nft_origin origin = { .kind = ORIGIN_SET, .name = set->name };
	struct nftnl_set *object = nftnl_set_alloc();
	struct nlmsghdr *header;
	int rc = object ? fill_set(object, set, id, room, &batch->names) : -ENOMEM;

	if (rc < 0 && !batch->failed)
		batch->failed = rc;
	header = nft_batch_message(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL, origin);
	if (header) {
		nftnl_set_nlmsg_build_payload(header, object);
		nft_batch_commit(batch, header);
	}
	if (object)
		nftnl_set_free(object);
}

void nft_emit_helper(struct nft_batch *batch, const struct plan_helper *helper)
{
	struct nft_origin origin = { .kind = ORIGIN_HELPER, .name = helper->name, .comment = helper->comment };
	struct nlmsghdr *header =
		nft_batch_message(batch, NFT_MSG_NEWOBJ, (uint16_t)(NLM_F_CREATE | NLM_F_EXCL), origin);
	char name[NFT_NAME_MAX];
	struct nlattr *data;

	if (!header)
		return;
	mnl_attr_put_strz(header, NFTA_OBJ_TABLE, PLAN_TABLE);
	mnl_attr_put_strz(header, NFTA_OBJ_NAME, nft_name(name, helper->name, batch->names.generation));
	mnl_attr_put_u32(header, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	data = mnl_attr_nest_start(header, NFTA_OBJ_DATA);
	mnl_attr_put_strz(header, NFTA_CT_HELPER_NAME, helper->name);
	mnl_attr_put_u16(header, NFTA_CT_HELPER_L3PROTO, htons(NFPROTO_INET));
	mnl_attr_put_u8(header, NFTA_CT_HELPER_L4PROTO, helper->protocol);
	mnl_attr_nest_end(header, data);
	nft_batch_commit(batch, header);
}

/* The kernel calls base chains by their names and keeps them; what they lead to has a generation. */
const char *nft_chain_name(char buffer[NFT_NAME_MAX], const struct plan_chain *chain, uint32_t generation)
{
	return nft_name(buffer, chain->name, chain->hook == HOOK_NONE ? generation : 1);
}

static int fill_chain(struct nftnl_chain *object, const struct plan_chain *chain, uint32_t generation)
{
	char name[NFT_NAME_MAX];
	static const uint32_t hooks[] = {
		[HOOK_PREROUTING] = NF_INET_PRE_ROUTING,
		[HOOK_INPUT] = NF_INET_LOCAL_IN,
		[HOOK_FORWARD] = NF_INET_FORWARD,
		[HOOK_OUTPUT] = NF_INET_LOCAL_OUT,
	};

	if (nftnl_chain_set_str(object, NFTNL_CHAIN_TABLE, PLAN_TABLE) < 0 ||
	    nftnl_chain_set_str(object, NFTNL_CHAIN_NAME, nft_chain_name(name, chain, generation)) < 0)
		return -ENOMEM;
	if (chain->hook == HOOK_NONE)
		return 0;
	nftnl_chain_set_u32(object, NFTNL_CHAIN_HOOKNUM, hooks[chain->hook]);
	nftnl_chain_set_s32(object, NFTNL_CHAIN_PRIO, chain->priority);
	nftnl_chain_set_u32(object, NFTNL_CHAIN_POLICY, chain->policy_drop ? NF_DROP : NF_ACCEPT);
	return nftnl_chain_set_str(object, NFTNL_CHAIN_TYPE, "filter") < 0 ? -ENOMEM : 0;
}

void nft_emit_chain(struct nft_batch *batch, const struct plan_chain *chain, uint16_t flags)
{
	struct nft_origin origin = { .kind = ORIGIN_CHAIN, .name = chain->name };
	struct nftnl_chain *object = nftnl_chain_alloc();
	struct nlmsghdr *header;
	int rc = object ? fill_chain(object, chain, batch->names.generation) : -ENOMEM;

	if (rc < 0 && !batch->failed)
		batch->failed = rc;
	header = nft_batch_message(batch, NFT_MSG_NEWCHAIN, (uint16_t)(NLM_F_CREATE | flags), origin);
	if (header) {
		nftnl_chain_nlmsg_build_payload(header, object);
		nft_batch_commit(batch, header);
	}
	if (object)
		nftnl_chain_free(object);
}

void nft_emit_delete(struct nft_batch *batch, enum nft_origin_kind kind, const char *name)
{
	static const struct {
		uint16_t type, table, name;
	} deletes[] = {
		[ORIGIN_SET] = { NFT_MSG_DELSET, NFTA_SET_TABLE, NFTA_SET_NAME },
		[ORIGIN_CHAIN] = { NFT_MSG_DELCHAIN, NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME },
		[ORIGIN_RULE] = { NFT_MSG_DELRULE, NFTA_RULE_TABLE, NFTA_RULE_CHAIN },
		[ORIGIN_HELPER] = { NFT_MSG_DELOBJ, NFTA_OBJ_TABLE, NFTA_OBJ_NAME },
	};
	struct nft_origin origin = { .kind = kind, .name = name };
	struct nlmsghdr *header = nft_batch_message(batch, deletes[kind].type, 0, origin);

	if (!header)
		return;
	mnl_attr_put_strz(header, deletes[kind].table, PLAN_TABLE);
	mnl_attr_put_strz(header, deletes[kind].name, name);
	if (kind == ORIGIN_HELPER)
		mnl_attr_put_u32(header, NFTA_OBJ_TYPE, htonl(NFT_OBJECT_CT_HELPER));
	nft_batch_commit(batch, header);
}
