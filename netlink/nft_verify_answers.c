/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_verify_internal.h"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "netlink/attribute.h"

static void stranger(struct nft_verify *verify, const char *what, const char *name)
{
	uint64_t digest = nft_digest_bytes(nft_digest_word(0, (uint64_t)what[0]), name, strlen(name));

	if (verify->strangers.count++ == 0)
		snprintf(verify->verdict.what, sizeof(verify->verdict.what), "another program's %s %s", what, name);
	verify->strangers.digest += nft_digest_end(digest);
}

/* The part that is called ${name} in the kernel now; NULL where none is. */
static struct nft_part *part_of(struct nft *nft, enum nft_part_kind kind, const struct nlattr *attribute)
{
	const char *name = attribute_text(attribute);
	char plain[PLAN_NAME_MAX], called[NFT_NAME_MAX];
	struct nft_part *part;

	if (!name)
		return NULL;
	if (kind == PART_SET)
		nft_set_name_plain(plain, name, &nft->names);
	else
		nft_name_plain(plain, name, nft->names.generation);
	part = nft_model_part(&nft->model, kind, plain);
	if (!part)
		part = nft_model_part(&nft->model, kind, name); /* a base chain that is called like a generation */
	if (!part)
		return NULL;
	if (kind == PART_SET)
		nft_set_name(called, part->name, &nft->names);
	else
		nft_name(called, part->name, part->base ? 1 : nft->names.generation);
	return strcmp(called, name) == 0 ? part : NULL;
}

static void take_object(struct nft_verify *verify, struct nft *nft, enum nft_part_kind kind,
                        const struct nlattr *attribute, uint64_t digest)
{
	static const char *const words[PART_KIND_COUNT] = {
		[PART_CHAIN] = "chain",
		[PART_SET] = "set",
		[PART_HELPER] = "helper",
	};
	struct nft_part *part = part_of(nft, kind, attribute);
	const char *name = attribute_text(attribute);

	if (part) {
		part->found = nft_digest_end(digest);
		part->found_count = 1;
	} else {
		stranger(verify, words[kind], name ? name : "");
	}
}

static bool is_ours(const struct nlattr *table)
{
	const char *name = attribute_text(table);

	return name && strcmp(name, PLAN_TABLE) == 0;
}

static void take_table(struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_TABLE_NAME + 1];
	struct nft_part *part = nft_model_part(&nft->model, PART_TABLE, PLAN_TABLE);

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_TABLE_NAME);
	if (!part || !is_ours(slots[NFTA_TABLE_NAME]))
		return;
	part->found = nft_digest_end(nft_digest_table(header));
	part->found_count = 1;
}

static void take_chain(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_CHAIN_NAME + 1];

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_CHAIN_NAME);
	if (is_ours(slots[NFTA_CHAIN_TABLE]))
		take_object(verify, nft, PART_CHAIN, slots[NFTA_CHAIN_NAME], nft_digest_chain(header));
}

static void take_rule(struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_RULE_CHAIN + 1];
	struct nft_part *part;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_RULE_CHAIN);
	part = is_ours(slots[NFTA_RULE_TABLE]) ? part_of(nft, PART_RULES, slots[NFTA_RULE_CHAIN]) : NULL;
	if (!part) /* another's chain, which was told already */
		return;
	part->found = nft_digest_word(part->found, nft_digest_rule(header, &nft->names));
	part->found_count++;
}

static void take_set(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_SET_FLAGS + 1];
	uint32_t flags_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_SET_FLAGS);
	attribute_u32(slots[NFTA_SET_FLAGS], &flags_be);
	/* An anonymous one belongs to a rule, which is another's. */
	if (is_ours(slots[NFTA_SET_TABLE]) && !(ntohl(flags_be) & NFT_SET_ANONYMOUS))
		take_object(verify, nft, PART_SET, slots[NFTA_SET_NAME], nft_digest_set(header));
}

/* Objects of another kind do nothing unless a rule names them, and rules are compared. */
static void take_helper(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_OBJ_TYPE + 1];
	uint32_t type_be = 0;

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_OBJ_TYPE);
	attribute_u32(slots[NFTA_OBJ_TYPE], &type_be);
	if (is_ours(slots[NFTA_OBJ_TABLE]) && ntohl(type_be) == NFT_OBJECT_CT_HELPER)
		take_object(verify, nft, PART_HELPER, slots[NFTA_OBJ_NAME], nft_digest_helper(header));
}

struct element_reading {
	struct nft_verify *verify;
	struct nft_part *part;
	uint32_t generation;
};

static int take_element(const struct nlattr *attribute, void *context)
{
	struct element_reading *reading = context;
	struct nft_element element;
	uint64_t digest;

	nft_element_read(attribute, reading->generation, &element);
	digest = nft_element_digest(&element);
	if (reading->verify->searching) {
		nft_search_take(&reading->verify->search, &element, digest);
		return MNL_CB_OK;
	}
	reading->part->found += digest;
	reading->part->found_count++;
	return MNL_CB_OK;
}

static void take_elements(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header)
{
	const struct nlattr *slots[NFTA_SET_ELEM_LIST_MAX + 1];
	struct element_reading reading = { .verify = verify,
		                           .part = &nft->model.parts[verify->part],
		                           .generation = nft->names.generation };

	attribute_parse(header, sizeof(struct nfgenmsg), slots, NFTA_SET_ELEM_LIST_MAX);
	if (slots[NFTA_SET_ELEM_LIST_ELEMENTS])
		mnl_attr_parse_nested(slots[NFTA_SET_ELEM_LIST_ELEMENTS], take_element, &reading);
}

void nft_verify_take(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header)
{
	switch (verify->question) {
	case ASK_NOTHING:
		return;
	case ASK_TABLE:
		take_table(nft, header);
		return;
	case ASK_CHAINS:
		take_chain(verify, nft, header);
		return;
	case ASK_RULES:
		take_rule(nft, header);
		return;
	case ASK_SETS:
		take_set(verify, nft, header);
		return;
	case ASK_HELPERS:
		take_helper(verify, nft, header);
		return;
	case ASK_ELEMENTS:
		take_elements(verify, nft, header);
		return;
	}
}
