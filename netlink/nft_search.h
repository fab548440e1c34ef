/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_search: which elements of a set differ: those that should be there in a table of digests, struck out by those
 * that are.
 *
 * Owns:    the table and the changes that put right what differs.
 * Limits:  NFT_SEARCH_MAX elements that nobody asked for.
 * Context: controller process; private to netlink/.
 */
#ifndef ISOWARD_NETLINK_NFT_SEARCH_H
#define ISOWARD_NETLINK_NFT_SEARCH_H

#include "netlink/nft_digest.h"
#include "netlink/nft_verify.h"

struct nft_search {
	const struct plan *plan;
	nft_each_element *each;
	void *context;
	const struct plan_set *set; /* the one that is being read */
	uint64_t *digests;          /* 0 is a free place */
	bool *seen;
	size_t places; /* a power of two */
	size_t used;
	struct plan_change *changes;
	size_t count;
	size_t capacity;
	size_t before; /* changes of the sets before this one */
	bool beyond;   /* not to be put right one by one */
	int failed;
};

/* nft_search_begin begins ${search} for what ${each} with ${context} wants of ${plan}. */
void nft_search_begin(struct nft_search *search, const struct plan *plan, nft_each_element *each, void *context);

/* nft_search_set begins, perhaps anew, the set ${name} of about ${count} elements. errors: -ENOMEM; -ENOENT. */
int nft_search_set(struct nft_search *search, const char *name, size_t count);

/* nft_search_take takes an ${element} of ${digest} that the kernel has. */
void nft_search_take(struct nft_search *search, const struct nft_element *element, uint64_t digest);

/* nft_search_end ends the set: what was not taken is missing. errors: -ENOMEM. */
int nft_search_end(struct nft_search *search);

/* nft_search_done releases what ${search} owns. */
void nft_search_done(struct nft_search *search);

#endif
