/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_model.h"

#include <linux/netfilter/nf_tables.h>
#include <stdlib.h>
#include <string.h>

#include "netlink/attribute.h"
#include "netlink/nft_batch.h"
#include "netlink/nft_digest.h"
#include "netlink/nft_emit.h"

static int compare(const void *left, const void *right)
{
	const struct nft_part *a = left, *b = right;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return strcmp(a->name, b->name);
}

struct nft_part *nft_model_part(struct nft_model *model, enum nft_part_kind kind, const char *name)
{
	struct nft_part wanted = { .kind = kind };

	attribute_copy_text(wanted.name, sizeof(wanted.name), name, strlen(name));
	return model->count ? bsearch(&wanted, model->parts, model->count, sizeof(wanted), compare) : NULL;
}

static int add_part(struct nft_model *model, enum nft_part_kind kind, const char *name, struct nft_part **part)
{
	void *parts = model->parts;
	int rc = memory_reserve(&parts, &model->capacity, model->count + 1, sizeof(*model->parts));

	model->parts = parts;
	if (rc < 0)
		return rc;
	*part = &model->parts[model->count++];
	**part = (struct nft_part){ .kind = kind, .want_count = 1 };
	attribute_copy_text((*part)->name, sizeof((*part)->name), name, strlen(name));
	return 0;
}

/* The message that ${batch} sent last. */
static const struct nlmsghdr *last_message(const struct nft_batch *batch)
{
	return (const void *)(batch->bytes + batch->last_offset);
}

static int add_chain(struct nft_model *model, struct nft_batch *batch, const struct plan_chain *chain)
{
	struct nft_part *part;
	int rc = add_part(model, PART_CHAIN, chain->name, &part);

	if (rc < 0)
		return rc;
	part->base = chain->hook != HOOK_NONE;
	nft_emit_chain(batch, chain, 0);
	if (batch->failed)
		return batch->failed;
	part->wanted = nft_digest_end(nft_digest_chain(last_message(batch)));
	rc = add_part(model, PART_RULES, chain->name, &part);
	if (rc < 0)
		return rc;
	part->base = chain->hook != HOOK_NONE;
	part->want_count = chain->rule_count;
	for (size_t i = 0; i < chain->rule_count; i++) {
		nft_emit_rule(batch, chain, &chain->rules[i]);
		if (batch->failed)
			return batch->failed;
		part->wanted = nft_digest_word(part->wanted, nft_digest_rule(last_message(batch), &batch->names));
	}
	return 0;
}

static void add_element(struct nft_part *part, const struct plan_set *set, const struct plan_element *element)
{
	unsigned int count;

	part->wanted += nft_digest_planned(set, element, &count);
	part->want_count += count;
}

static void take_change(struct nft_part *part, const struct plan_set *set, const struct plan_change *change)
{
	uint64_t digest = nft_digest_change(set, change);
	bool add = change->type == CHANGE_ADD;

	part->wanted += add ? digest : -digest;
	part->want_count += add ? 1 : -(size_t)1;
}

static int add_set(struct nft_model *model, struct nft_batch *batch, const struct plan_set *set)
{
	struct nft_part *part;
	int rc = add_part(model, PART_SET, set->name, &part);

	if (rc < 0)
		return rc;
	nft_emit_set(batch, set, 1, 0);
	if (batch->failed)
		return batch->failed;
	part->wanted = nft_digest_end(nft_digest_set(last_message(batch)));
	if (set->flags & SET_DYNAMIC)
		return 0;
	rc = add_part(model, PART_ELEMENTS, set->name, &part);
	if (rc < 0)
		return rc;
	part->want_count = 0;
	part->changeable = !(set->flags & (SET_CONSTANT | SET_INTERVAL));
	for (size_t i = 0; i < set->element_count; i++)
		add_element(part, set, &set->elements[i]);
	return 0;
}

static int add_helper(struct nft_model *model, struct nft_batch *batch, const struct plan_helper *helper)
{
	struct nft_part *part;
	int rc = add_part(model, PART_HELPER, helper->name, &part);

	if (rc < 0)
		return rc;
	nft_emit_helper(batch, helper);
	if (!batch->failed)
		part->wanted = nft_digest_end(nft_digest_helper(last_message(batch)));
	return batch->failed;
}

/* The very messages that are sent, in the names of the first generation. */
static int lay(struct nft_model *model, struct nft_batch *batch, const struct plan *plan)
{
	struct nft_part *part;
	int rc = add_part(model, PART_TABLE, PLAN_TABLE, &part);

	if (rc == 0)
		nft_emit_table(batch, NFT_MSG_NEWTABLE, 0);
	if (rc == 0 && !batch->failed)
		part->wanted = nft_digest_end(nft_digest_table(last_message(batch)));
	for (size_t i = 0; i < plan->helper_count && rc == 0; i++)
		rc = add_helper(model, batch, &plan->helpers[i]);
	for (size_t i = 0; i < plan->set_count && rc == 0; i++)
		rc = add_set(model, batch, &plan->sets[i]);
	for (size_t i = 0; i < plan->chain_count && rc == 0; i++)
		rc = add_chain(model, batch, &plan->chains[i]);
	return rc < 0 ? rc : batch->failed;
}

/* What is in sets of devices, by enum plan_lasting, while the model around it is made anew. */
struct contents {
	uint64_t digest;
	size_t count;
	bool is_kept;
};

static void take_out(const struct nft_model *model, unsigned int kept, struct contents contents[PLAN_LASTING_COUNT])
{
	for (size_t i = 0; i < model->count; i++) {
		const struct nft_part *part = &model->parts[i];
		int lasting = part->kind == PART_ELEMENTS ? plan_lasting_by_name(part->name) : -1;

		if (lasting >= 0)
			contents[lasting] = (struct contents){ part->wanted, part->want_count, kept & 1U << lasting };
	}
}

static void put_back(struct nft_model *model, const struct contents contents[PLAN_LASTING_COUNT])
{
	for (size_t i = 0; i < model->count; i++) {
		struct nft_part *part = &model->parts[i];
		int lasting = part->kind == PART_ELEMENTS ? plan_lasting_by_name(part->name) : -1;

		if (lasting >= 0 && contents[lasting].is_kept) {
			part->wanted = contents[lasting].digest;
			part->want_count = contents[lasting].count;
		}
	}
}

void nft_model_lay(struct nft *nft, const struct plan *plan, unsigned int kept, const struct plan_change *elements,
                   size_t count)
{
	struct contents contents[PLAN_LASTING_COUNT] = { { 0 } };
	struct nft_model *model = &nft->model;
	struct nft_batch batch;

	take_out(model, kept, contents);
	model->count = 0;
	model->layouts++;
	nft_batch_init(&batch, nft, &nft_plain_names);
	model->known = lay(model, &batch, plan) == 0;
	nft_batch_done(&batch);
	put_back(model, contents);
	if (model->count)
		qsort(model->parts, model->count, sizeof(*model->parts), compare);
	nft_model_change(model, plan, elements, count);
}

void nft_model_change(struct nft_model *model, const struct plan *plan, const struct plan_change *changes, size_t count)
{
	const struct plan_set *set = NULL;
	struct nft_part *part = NULL;

	for (size_t i = 0; i < count && model->known; i++) {
		if (i == 0 || strcmp(changes[i].set, changes[i - 1].set) != 0) {
			set = plan_set_by_name(plan, changes[i].set);
			part = nft_model_part(model, PART_ELEMENTS, changes[i].set);
		}
		if (set && part)
			take_change(part, set, &changes[i]);
	}
}

void nft_model_forget(struct nft_model *model)
{
	model->count = 0;
	model->known = false;
	model->layouts++;
}

void nft_model_done(struct nft_model *model)
{
	free(model->parts);
}

uint64_t nft_model_digest(const struct nft_model *model, bool found)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < model->count; i++) {
		const struct nft_part *part = &model->parts[i];
		uint64_t digest = nft_digest_word(part->kind, found ? part->found : part->wanted);

		digest = nft_digest_word(digest, found ? part->found_count : part->want_count);
		sum += nft_digest_end(nft_digest_bytes(digest, part->name, strlen(part->name)));
	}
	return sum;
}
