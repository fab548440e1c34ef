/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_model: digests of all that the kernel should hold, kept beside what is sent to it, so that the kernel's dump
 * can be compared with it part by part.
 *
 * A part is one thing that has a name: a set's declaration, what is in it, a chain's, its rules in their order, a
 * helper, the table. Digests of elements are sums, so that a change costs its own elements and their order nothing.
 *
 * Owns:    its list of parts.
 * Limits:  elements of SET_DYNAMIC sets are the kernel's own and not part of it.
 * Context: controller process; private to netlink/.
 */
#ifndef ISOWARD_NETLINK_NFT_MODEL_H
#define ISOWARD_NETLINK_NFT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/plan/plan.h"

enum nft_part_kind {
	PART_TABLE,
	PART_CHAIN,
	PART_RULES,
	PART_SET,
	PART_ELEMENTS,
	PART_HELPER,
	PART_KIND_COUNT
};

struct nft_part {
	enum nft_part_kind kind;
	char name[PLAN_NAME_MAX];
	bool base;          /* a base chain: its name has no generation */
	bool changeable;    /* PART_ELEMENTS: one by one; else only with the whole table */
	uint64_t wanted;    /* digests */
	uint64_t found;     /* by the last dump that was read */
	size_t want_count;  /* rules or elements; 1 for the other kinds */
	size_t found_count; /* as found */
};

struct nft_model {
	struct nft_part *parts; /* in order of kind and name */
	size_t count;
	size_t capacity;
	uint32_t layouts; /* how often the whole was laid anew */
	bool known;       /* false before the first replacement, and without memory for a model */
};

struct nft;

/*
 * nft_model_lay makes the model of ${nft} that of ${plan} and the ${count} added ${elements}; of the sets of the bits
 * ${kept}, 1 << enum plan_lasting, what is in them stays. Without memory it is unknown then.
 */
void nft_model_lay(struct nft *nft, const struct plan *plan, unsigned int kept, const struct plan_change *elements,
                   size_t count);

/* nft_model_change takes ${count} ${changes}, which the kernel has taken, into ${model}. */
void nft_model_change(struct nft_model *model, const struct plan *plan, const struct plan_change *changes,
                      size_t count);

/* nft_model_forget makes ${model} unknown: the table was deleted. */
void nft_model_forget(struct nft_model *model);

/* nft_model_done releases what ${model} owns. */
void nft_model_done(struct nft_model *model);

/* nft_model_part finds the part of ${kind} and ${name}; NULL where there is none. */
struct nft_part *nft_model_part(struct nft_model *model, enum nft_part_kind kind, const char *name);

/* nft_model_digest sums the digests of all parts: the wanted ones, or those ${found}. */
uint64_t nft_model_digest(const struct nft_model *model, bool found);

#endif
