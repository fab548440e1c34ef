/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_emit: parts of a plan as nf_tables messages, in the very form in which nft itself writes them, so that
 * `nft list` shows a plan as plan_print does.
 *
 * Owns:    nothing.
 * Context: controller process; private to netlink/. A failure is the batch's, sticky.
 * Source:  linux/netfilter/nf_tables.h; libnftnl builds rules, sets and chains, the rest is written with libmnl.
 */
#ifndef ISOWARD_NETLINK_NFT_EMIT_H
#define ISOWARD_NETLINK_NFT_EMIT_H

#include "netlink/nft_batch.h"
#include "policy/plan/plan.h"

/* nft_emit_table puts a message of ${type} with ${flags} for our table into ${batch}. */
void nft_emit_table(struct nft_batch *batch, uint16_t type, uint16_t flags);

/* nft_emit_clear puts the deletion of our table into ${batch}; it holds where there is none, too. */
void nft_emit_clear(struct nft_batch *batch);

/*
 * nft_emit_set puts the declaration of ${set} into ${batch}; ${id} is its own in the transaction. ${room} is the most
 * elements that the kernel is to take, 0 for what the plan says.
 */
void nft_emit_set(struct nft_batch *batch, const struct plan_set *set, uint32_t id, uint32_t room);

/* nft_emit_helper puts ${helper}, which must be new, into ${batch}. */
void nft_emit_helper(struct nft_batch *batch, const struct plan_helper *helper);

/* nft_emit_chain puts ${chain} without its rules into ${batch}; ${flags} NLM_F_EXCL where it must be new. */
void nft_emit_chain(struct nft_batch *batch, const struct plan_chain *chain, uint16_t flags);

/* nft_chain_name writes what ${chain} is called in ${generation} into ${buffer} and returns it; base chains have none.
 */
const char *nft_chain_name(char buffer[NFT_NAME_MAX], const struct plan_chain *chain, uint32_t generation);

/* nft_emit_delete puts the deletion of the set, chain or helper ${name} (as the kernel has it) into ${batch}, or, with
 * ORIGIN_RULE, of all rules in the chain ${name}. ${name} outlives the batch. */
void nft_emit_delete(struct nft_batch *batch, enum nft_origin_kind kind, const char *name);

/* nft_emit_rule puts one ${rule} at the end of ${chain} into ${batch}. */
void nft_emit_rule(struct nft_batch *batch, const struct plan_chain *chain, const struct plan_rule *rule);

/* nft_emit_elements puts all elements of the plan's ${set} into ${batch}, in as many messages as they need. */
void nft_emit_elements(struct nft_batch *batch, const struct plan_set *set);

/*
 * nft_emit_changes puts the ${count} ${changes} into ${batch}, in order; neighbours of one set and one type share
 * messages. ${plan} tells the types of the sets; ${flags} go with each addition.
 * errors: -ENOENT a set that ${plan} does not have.
 */
int nft_emit_changes(struct nft_batch *batch, const struct plan *plan, const struct plan_change *changes, size_t count,
                     uint16_t flags, struct error *reterr);

/* nft_set_key_length tells the bytes of a key of ${set}: a single key as it is, of several each padded to 4. */
unsigned int nft_set_key_length(const struct plan_set *set);

/*
 * nft_key_after writes the key of ${length} bytes that follows ${key}, counted in network order, into ${after}: an
 * interval is its first key and, one past its last, an element that ends it. shape: false at the top of the space.
 */
bool nft_key_after(const uint8_t *key, unsigned int length, uint8_t after[PLAN_KEY_BYTES_MAX]);

#endif
