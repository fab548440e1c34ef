/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_verify_internal: the state of a verification, shared by who asks (nft_verify) and who reads the answers
 * (nft_verify_answers).
 *
 * Owns:    as nft_verify.
 * Context: controller process; private to netlink/.
 */
#ifndef ISOWARD_NETLINK_NFT_VERIFY_INTERNAL_H
#define ISOWARD_NETLINK_NFT_VERIFY_INTERNAL_H

#include "netlink/nft_batch.h"
#include "netlink/nft_search.h"
#include "netlink/nft_verify.h"

/* What is asked, in this order; ASK_ELEMENTS for each set. */
enum question {
	ASK_NOTHING,
	ASK_TABLE,
	ASK_CHAINS,
	ASK_RULES,
	ASK_SETS,
	ASK_HELPERS,
	ASK_ELEMENTS,
};

/* Things in our table that nobody asked for. */
struct strangers {
	size_t count;
	uint64_t digest;
};

struct nft_verify {
	struct mnl_socket *socket;
	uint8_t *buffer;
	uint32_t port;
	uint32_t sequence;
	enum question question;
	size_t part; /* ASK_ELEMENTS: which */
	bool searching;
	bool torn; /* the answer so far */
	bool answered;
	int failed;
	unsigned int tries;
	uint32_t commits;           /* of ours when this was asked */
	uint32_t layouts;           /* when it all began */
	struct strangers strangers; /* so far */
	struct strangers settled;   /* by the answers before this one */
	uint32_t others;            /* nft_count_others when it all began */
	uint32_t verified;          /* the same of the last that found all equal */
	bool is_verified;
	struct nft_verdict verdict;
	struct nft_search search;
};

/* nft_verify_take takes one message of an answer, at ${header}, into what was found of the model of ${nft}. */
void nft_verify_take(struct nft_verify *verify, struct nft *nft, const struct nlmsghdr *header);

#endif
