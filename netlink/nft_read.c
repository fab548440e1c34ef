/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_read.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/common.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "netlink/attribute.h"
#include "netlink/nft.h"
#include "policy/base/cursor.h"

#define DUMP_TRIES 16

/* What is left of an answer that was given up would be taken for the answer to the next request. */
static void drain(struct nft *nft)
{
	uint8_t byte;

	while (recv(mnl_socket_get_fd(nft->socket), &byte, sizeof(byte), MSG_DONTWAIT | MSG_TRUNC) >= 0 ||
	       errno == EINTR || errno == ENOBUFS)
		continue;
}

/* A dump that met another's transaction comes torn (NLM_F_DUMP_INTR); it is asked for again from the start. */
static int ask(struct nft *nft, const struct nlmsghdr *request, mnl_cb_t each, void *context)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[32768]; /* a dump's datagrams have at most 32 KiB */
	int more = 1;

	drain(nft);
	if (mnl_socket_sendto(nft->socket, request, request->nlmsg_len) < 0)
		return -errno;
	while (more > 0) {
		ssize_t received = mnl_socket_recvfrom(nft->socket, buffer, sizeof(buffer));

		if (received < 0 && errno == EINTR)
			continue;
		if (received < 0)
			return -errno;
		more = mnl_cb_run(buffer, (size_t)received, request->nlmsg_seq, nft->port, each, context);
	}
	return more < 0 ? -errno : 0;
}

static struct nlmsghdr *begin_request(struct nft *nft, void *buffer, uint16_t type, uint16_t flags)
{
	return nftnl_nlmsg_build_hdr(buffer, type, NFPROTO_INET, flags, ++nft->sequence);
}

static int take_generation(const struct nlmsghdr *header, void *generation)
{
	const struct nlattr *slots[NFTA_GEN_ID + 1];
	uint32_t number_be;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_GEN_ID);
	if (attribute_u32(slots[NFTA_GEN_ID], &number_be))
		*(uint32_t *)generation = ntohl(number_be);
	return MNL_CB_OK;
}

int nft_read_generation(struct nft *nft, uint32_t *generation)
{
	_Alignas(struct nlmsghdr) char buffer[256];

	return ask(nft, begin_request(nft, buffer, NFT_MSG_GETGEN, NLM_F_ACK), take_generation, generation);
}

/* nft's user data: type, length, bytes; the comment ends with a NUL. */
static void read_comment(const struct nlattr *attribute, char comment[PLAN_COMMENT_MAX])
{
	struct cursor cursor = cursor_over(mnl_attr_get_payload(attribute), mnl_attr_get_payload_len(attribute));

	while (cursor_left(&cursor) > 0) {
		uint8_t type = cursor_u8(&cursor);
		uint8_t length = cursor_u8(&cursor);
		const uint8_t *bytes = cursor_take(&cursor, length);

		if (bytes && type == NFTNL_UDATA_RULE_COMMENT)
			attribute_copy_text(comment, PLAN_COMMENT_MAX, (const char *)bytes, length);
	}
}

/* One rule while its expressions are read. */
struct rule_reading {
	struct nft_counter counter;
	bool counted;
};

static int read_expression(const struct nlattr *expression, void *context)
{
	struct rule_reading *rule = context;
	const struct nlattr *slots[NFTA_EXPR_MAX + 1];
	const struct nlattr *values[NFTA_COUNTER_MAX + 1];
	const char *name;

	attribute_parse_nested(expression, slots, NFTA_EXPR_MAX);
	name = attribute_text(slots[NFTA_EXPR_NAME]);
	if (!name || strcmp(name, "counter") != 0)
		return MNL_CB_OK;
	attribute_parse_nested(slots[NFTA_EXPR_DATA], values, NFTA_COUNTER_MAX);
	if (attribute_be64(values[NFTA_COUNTER_PACKETS], &rule->counter.packets) &&
	    attribute_be64(values[NFTA_COUNTER_BYTES], &rule->counter.bytes))
		rule->counted = true;
	return MNL_CB_OK;
}

struct counter_list {
	const struct nft *nft;
	struct nft_counter *counters;
	size_t count;
	size_t capacity;
};

static int put_counter(struct counter_list *list, const struct nft_counter *counter)
{
	void *counters = list->counters;

	if (memory_reserve(&counters, &list->capacity, list->count + 1, sizeof(*counter)) < 0) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	list->counters = counters;
	list->counters[list->count++] = *counter;
	return MNL_CB_OK;
}

/* A plain name is a base chain's, or of the first generation; in that one a zone's name may look like a number. */
static bool is_in_force(const struct nft *nft, const char *chain)
{
	uint32_t generation = nft_name_generation(chain);

	if (nft->laid_out > 0 && generation == nft->laid_out)
		return false;
	return generation == 1 || nft->names.generation <= 1 || generation == nft->names.generation;
}

/* The plan's own name of the kernel's ${name}. */
static void copy_plan_name(const struct nft *nft, char plan_name[PLAN_NAME_MAX], const char *name)
{
	size_t length = strlen(name);

	if (nft->names.generation > 1 && nft_name_generation(name) > 1)
		length = (size_t)(strrchr(name, '.') - name);
	attribute_copy_text(plan_name, PLAN_NAME_MAX, name, length);
}

static int read_rule(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *slots[NFTA_RULE_MAX + 1];
	const struct counter_list *list = context;
	struct rule_reading rule = { .counted = false };
	const char *table;
	const char *chain;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_RULE_MAX);
	table = attribute_text(slots[NFTA_RULE_TABLE]);
	chain = attribute_text(slots[NFTA_RULE_CHAIN]);
	if (!table || !chain || strcmp(table, PLAN_TABLE) != 0 || !slots[NFTA_RULE_EXPRESSIONS])
		return MNL_CB_OK;
	if (!is_in_force(list->nft, chain))
		return MNL_CB_OK;
	mnl_attr_parse_nested(slots[NFTA_RULE_EXPRESSIONS], read_expression, &rule);
	if (!rule.counted)
		return MNL_CB_OK;
	copy_plan_name(list->nft, rule.counter.chain, chain);
	if (slots[NFTA_RULE_USERDATA])
		read_comment(slots[NFTA_RULE_USERDATA], rule.counter.comment);
	return put_counter(context, &rule.counter);
}

int nft_read_counters(struct nft *nft, void (*each)(const struct nft_counter *counter, void *context), void *context,
                      struct error *reterr)
{
	_Alignas(struct nlmsghdr) char buffer[512];
	struct counter_list list = { .nft = nft };
	int rc = -EINTR;

	for (int tries = 0; rc == -EINTR && tries < DUMP_TRIES; tries++) {
		struct nlmsghdr *request = begin_request(nft, buffer, NFT_MSG_GETRULE, NLM_F_DUMP);

		list.count = 0;
		mnl_attr_put_strz(request, NFTA_RULE_TABLE, PLAN_TABLE);
		rc = ask(nft, request, read_rule, &list);
	}
	if (rc == 0)
		for (size_t i = 0; i < list.count; i++)
			each(&list.counters[i], context);
	else
		error_set(reterr, rc, "cannot read the rules of table %s: %s", PLAN_TABLE, strerror(-rc));
	free(list.counters);
	return rc;
}

/* Counts elements, not the ends of intervals. */
static int count_element(const struct nlattr *element, void *context)
{
	const struct nlattr *slots[NFTA_SET_ELEM_MAX + 1];
	size_t *count = context;
	uint32_t flags_be = 0;

	attribute_parse_nested(element, slots, NFTA_SET_ELEM_MAX);
	attribute_u32(slots[NFTA_SET_ELEM_FLAGS], &flags_be);
	if (!(ntohl(flags_be) & NFT_SET_ELEM_INTERVAL_END))
		(*count)++;
	return MNL_CB_OK;
}

static int count_message(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *slots[NFTA_SET_ELEM_LIST_MAX + 1];

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_SET_ELEM_LIST_MAX);
	if (slots[NFTA_SET_ELEM_LIST_ELEMENTS])
		mnl_attr_parse_nested(slots[NFTA_SET_ELEM_LIST_ELEMENTS], count_element, context);
	return MNL_CB_OK;
}

int nft_count_elements(struct nft *nft, const char *name, size_t *count, struct error *reterr)
{
	_Alignas(struct nlmsghdr) char buffer[512];
	char kernel_name[NFT_NAME_MAX];
	size_t counted = 0;
	int rc = -EINTR;

	for (int tries = 0; rc == -EINTR && tries < DUMP_TRIES; tries++) {
		struct nlmsghdr *request = begin_request(nft, buffer, NFT_MSG_GETSETELEM, NLM_F_DUMP);

		counted = 0;
		mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, PLAN_TABLE);
		mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, nft_set_name(kernel_name, name, &nft->names));
		rc = ask(nft, request, count_message, &counted);
	}
	if (rc < 0)
		return error_set(reterr, rc, "cannot read set %s of table %s: %s", name, PLAN_TABLE, strerror(-rc));
	*count = counted;
	return 0;
}

static int put_object(struct nft_objects *objects, const struct nlattr *table, const struct nlattr *name,
                      struct nft_object object)
{
	const char *table_text = attribute_text(table);
	const char *name_text = attribute_text(name);
	void *at = objects->at;

	if (!table_text || !name_text || strcmp(table_text, PLAN_TABLE) != 0)
		return MNL_CB_OK;
	if (memory_reserve(&at, &objects->capacity, objects->count + 1, sizeof(object)) < 0) {
		errno = ENOMEM;
		return MNL_CB_ERROR;
	}
	attribute_copy_text(object.name, sizeof(object.name), name_text, strlen(name_text));
	objects->at = at;
	objects->at[objects->count++] = object;
	return MNL_CB_OK;
}

static int read_chain(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *slots[NFTA_CHAIN_MAX + 1];
	struct nft_object object = { .kind = OBJECT_CHAIN };

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_CHAIN_MAX);
	object.is_base = slots[NFTA_CHAIN_HOOK] != NULL;
	return put_object(context, slots[NFTA_CHAIN_TABLE], slots[NFTA_CHAIN_NAME], object);
}

static int read_set(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *slots[NFTA_SET_MAX + 1];
	struct nft_object object = { .kind = OBJECT_SET };
	uint32_t flags_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_SET_MAX);
	attribute_u32(slots[NFTA_SET_FLAGS], &flags_be);
	if (ntohl(flags_be) & NFT_SET_ANONYMOUS) /* a rule's own, and goes with it */
		return MNL_CB_OK;
	return put_object(context, slots[NFTA_SET_TABLE], slots[NFTA_SET_NAME], object);
}

static int read_helper(const struct nlmsghdr *header, void *context)
{
	const struct nlattr *slots[NFTA_OBJ_MAX + 1];
	struct nft_object object = { .kind = OBJECT_HELPER };
	uint32_t type_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_OBJ_MAX);
	attribute_u32(slots[NFTA_OBJ_TYPE], &type_be);
	if (ntohl(type_be) != NFT_OBJECT_CT_HELPER)
		return MNL_CB_OK;
	return put_object(context, slots[NFTA_OBJ_TABLE], slots[NFTA_OBJ_NAME], object);
}

static int list_objects(struct nft *nft, struct nft_objects *objects)
{
	_Alignas(struct nlmsghdr) char buffer[256];
	int rc;

	objects->count = 0;
	rc = ask(nft, begin_request(nft, buffer, NFT_MSG_GETCHAIN, NLM_F_DUMP), read_chain, objects);
	if (rc == 0)
		rc = ask(nft, begin_request(nft, buffer, NFT_MSG_GETSET, NLM_F_DUMP), read_set, objects);
	return rc < 0 ? rc : ask(nft, begin_request(nft, buffer, NFT_MSG_GETOBJ, NLM_F_DUMP), read_helper, objects);
}

int nft_read_objects(struct nft *nft, struct nft_objects *objects, struct error *reterr)
{
	int rc = -EINTR;

	*objects = (struct nft_objects){ .count = 0 };
	for (int tries = 0; rc == -EINTR && tries < DUMP_TRIES; tries++) {
		rc = list_objects(nft, objects);
	}
	if (rc == 0)
		return 0;
	free(objects->at);
	*objects = (struct nft_objects){ .count = 0 };
	return error_set(reterr, rc, "cannot list table %s: %s", PLAN_TABLE, strerror(-rc));
}
