/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_verify: read what the kernel holds of our table, a few datagrams at a time, and compare it with what we sent.
 *
 * A dump that met a transaction comes torn; so does, for us, one during which we changed something ourselves. What it
 * was about is then asked anew, a bounded number of times. Only the digests of nft_digest.h are compared; where a set's
 * elements differ, nft_verify_search finds which.
 *
 * Owns:    one NETLINK_NETFILTER socket, which only asks, and what a search has found.
 * Limits:  a datagram is the least that can be read at a time, and for each the kernel walks a set from its beginning:
 * with 100 000 devices 360 of them, 0.4 s in all, the last ones 3 ms each. NFT_VERIFY_TRIES for each question;
 * NFT_SEARCH_MAX foreign elements found, more are for a replacement. Context: controller process. Source:
 * linux/netfilter/nf_tables.h; linux/netlink.h (NLM_F_DUMP_INTR).
 */
#ifndef ISOWARD_NETLINK_NFT_VERIFY_H
#define ISOWARD_NETLINK_NFT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink/nft.h"

#define NFT_VERIFY_TRIES 16
#define NFT_SEARCH_MAX   4096

struct nft_verify;

/* What a verification found. */
struct nft_verdict {
	bool equal;
	bool elements_only; /* not equal, but in elements of sets that can be changed one by one */
	uint64_t wanted;    /* the digest of what the kernel should hold */
	uint64_t found;     /* of what it holds; of parts that nobody asked for, the first is in ${what} */
	size_t differing;   /* parts */
	char what[192];     /* the first of them in words; "" where equal */
};

/* nft_verify_open opens a socket into a new ${verify}. errors: negative errno. */
int nft_verify_open(struct nft_verify **verify, struct error *reterr);

/* nft_verify_close closes ${verify}; NULL is allowed. */
void nft_verify_close(struct nft_verify *verify);
CLEANUP_DEFINE(struct nft_verify, nft_verify_close);

/* nft_verify_fd borrows the descriptor to poll while a verification or a search is under way. */
int nft_verify_fd(const struct nft_verify *verify);

/*
 * nft_verify_unchanged tells in ${unchanged} whether nobody but ${nft} has changed any table since the verification
 * began that last found all equal: nothing has to be read then. errors: negative errno.
 */
int nft_verify_unchanged(const struct nft_verify *verify, struct nft *nft, bool *unchanged);

/* nft_verify_begin begins to compare what the kernel holds with what ${nft} put there. errors: -ENODATA nothing was
 * put there; -EBUSY one is under way; negative errno of the socket. */
int nft_verify_begin(struct nft_verify *verify, struct nft *nft);

/*
 * nft_verify_step reads up to ${datagrams} that are there and asks on.
 * shape: returns 1 at the end, 0 where there is more to come. errors: -ESTALE interrupted too often; -ECANCELED the
 * whole was laid anew; -ENOBUFS, -EAGAIN and others of the socket; what was under way has then ended, and may be begun
 * again.
 */
int nft_verify_step(struct nft_verify *verify, struct nft *nft, unsigned int datagrams);

/* nft_verify_cancel ends what is under way; the kernel's answers to it are read and forgotten. */
void nft_verify_cancel(struct nft_verify *verify);

/* nft_verify_active tells whether a verification or a search is under way. */
bool nft_verify_active(const struct nft_verify *verify);

/* nft_verify_searches tells whether a search is under way. */
bool nft_verify_searches(const struct nft_verify *verify);

/* nft_verify_verdict borrows what the last verification that ended found. */
const struct nft_verdict *nft_verify_verdict(const struct nft_verify *verify);

/*
 * How the caller tells the elements that a set should have: it calls ${take} with ${taker} for each, always in the same
 * order while nothing is changed.
 */
typedef void nft_take_element(const struct plan_element *element, void *taker);
typedef void nft_each_element(const char *set, nft_take_element *take, void *taker, void *context);

/*
 * nft_verify_search begins to look which elements differ, in the sets that the last verification found to differ;
 * ${each} with ${context} tells what ${plan} and all else want, now and at the end. Then nft_verify_step, until it
 * returns 1. errors: as nft_verify_begin; -ENOMEM.
 */
int nft_verify_search(struct nft_verify *verify, struct nft *nft, const struct plan *plan, nft_each_element *each,
                      void *context);

/*
 * nft_verify_changes tells what a search has found as changes that put it right, deletions first, in ${changes}, their
 * number returned. errors: -E2BIG more than can be put right one by one. ownership: borrowed until the next begin.
 */
int nft_verify_changes(const struct nft_verify *verify, const struct plan_change **changes);

#endif
