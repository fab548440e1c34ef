/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_emit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <string.h>

/* Below this many bytes of elements another one is put: the longest one has some 250 bytes, see put_element. */
#define ELEMENTS_BYTES_MAX 60000U

/* What an element of a set of devices takes at most, so that many find room at once: see put_element. */
#define DEVICE_BYTES_MAX 64U

/* One message of elements of one set, open for more. */
struct element_list {
	struct nft_batch *batch;
	const struct plan_set *set;
	uint16_t type;
	uint16_t flags;
	struct nlmsghdr *header;
	struct nlattr *list;
};

static void close_list(struct element_list *list)
{
	if (!list->header)
		return;
	mnl_attr_nest_end(list->header, list->list);
	nft_batch_commit(list->batch, list->header);
	list->header = NULL;
}

static bool open_list(struct element_list *list)
{
	struct nft_origin origin = { .kind = ORIGIN_ELEMENTS, .name = list->set->name };
	char name[NFT_NAME_MAX];

	if (list->header && list->header->nlmsg_len < ELEMENTS_BYTES_MAX)
		return true;
	close_list(list);
	list->header = nft_batch_message(list->batch, list->type, list->flags, origin);
	if (!list->header)
		return false;
	mnl_attr_put_strz(list->header, NFTA_SET_ELEM_LIST_TABLE, PLAN_TABLE);
	mnl_attr_put_strz(list->header, NFTA_SET_ELEM_LIST_SET,
	                  nft_set_name(name, list->set->name, &list->batch->names));
	list->list = mnl_attr_nest_start(list->header, NFTA_SET_ELEM_LIST_ELEMENTS);
	return true;
}

/* What an element of a map leads to. */
struct nft_target {
	uint32_t mark;
	const char *chain;
};

static void put_data(struct nlmsghdr *header, const struct plan_set *set, struct nft_target target, uint32_t generation)
{
	char name[NFT_NAME_MAX];
	struct nlattr *data = mnl_attr_nest_start(header, NFTA_SET_ELEM_DATA);

	if (set->data == DATA_MARK) {
		mnl_attr_put(header, NFTA_DATA_VALUE, sizeof(target.mark), &target.mark);
	} else {
		struct nlattr *verdict = mnl_attr_nest_start(header, NFTA_DATA_VERDICT);

		mnl_attr_put_u32(header, NFTA_VERDICT_CODE, htonl((uint32_t)NFT_GOTO));
		mnl_attr_put_strz(header, NFTA_VERDICT_CHAIN, nft_name(name, target.chain, generation));
		mnl_attr_nest_end(header, verdict);
	}
	mnl_attr_nest_end(header, data);
}

/* At most 4 + 8 + 4 + 4 + 64 + 4 + 4 + 8 + 4 + 112 bytes. ${target} is NULL for the end of an interval. */
static void put_element(struct element_list *list, const uint8_t *key, const struct nft_target *target)
{
	struct nlmsghdr *header = list->header;
	struct nlattr *one = mnl_attr_nest_start(header, NFTA_LIST_ELEM);
	struct nlattr *nested;

	if (!target)
		mnl_attr_put_u32(header, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	nested = mnl_attr_nest_start(header, NFTA_SET_ELEM_KEY);
	mnl_attr_put(header, NFTA_DATA_VALUE, nft_set_key_length(list->set), key);
	mnl_attr_nest_end(header, nested);
	if (target && list->set->data != DATA_NONE && list->type == NFT_MSG_NEWSETELEM)
		put_data(header, list->set, *target, list->batch->names.generation);
	mnl_attr_nest_end(header, one);
}

bool nft_key_after(const uint8_t *key, unsigned int length, uint8_t after[PLAN_KEY_BYTES_MAX])
{
	memcpy(after, key, length);
	for (unsigned int i = length; i-- > 0;)
		if (++after[i] != 0)
			return true;
	return false;
}

/* An interval is its first key and, one past its last, an element that ends it; at the top of the space nothing has to.
 */
static void put_interval_end(struct element_list *list, const struct plan_element *element)
{
	uint8_t after[PLAN_KEY_BYTES_MAX];

	if (nft_key_after(element->key_end, nft_set_key_length(list->set), after) && open_list(list))
		put_element(list, after, NULL);
}

void nft_emit_elements(struct nft_batch *batch, const struct plan_set *set)
{
	struct element_list list = { .batch = batch, .set = set, .type = NFT_MSG_NEWSETELEM, .flags = NLM_F_CREATE };

	for (size_t i = 0; i < set->element_count; i++) {
		const struct plan_element *element = &set->elements[i];
		struct nft_target target;

		if (!open_list(&list))
			return;
		target = (struct nft_target){ element->mark, element->chain };
		put_element(&list, element->key, &target);
		if (set->flags & SET_INTERVAL)
			put_interval_end(&list, element);
	}
	close_list(&list);
}

int nft_emit_changes(struct nft_batch *batch, const struct plan *plan, const struct plan_change *changes, size_t count,
                     uint16_t flags, struct error *reterr)
{
	struct element_list list = { .batch = batch };

	nft_batch_expect(batch, count * DEVICE_BYTES_MAX);
	for (size_t i = 0; i < count; i++) {
		const struct plan_change *change = &changes[i];
		uint16_t type = change->type == CHANGE_ADD ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM;
		struct nft_target target;

		if (!list.set || list.type != type || strcmp(list.set->name, change->set) != 0) {
			close_list(&list);
			list.set = plan_set_by_name(plan, change->set);
			list.type = type;
			list.flags = change->type == CHANGE_ADD ? (uint16_t)(NLM_F_CREATE | flags) : 0;
			if (!list.set)
				return error_set(reterr, -ENOENT, "the plan has no set %s", change->set);
		}
		if (!open_list(&list))
			break;
		target = (struct nft_target){ change->mark, change->chain };
		put_element(&list, change->key, &target);
	}
	close_list(&list);
	return 0;
}
