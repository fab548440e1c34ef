/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_digest: 64-bit digests of what nf_tables holds, alike for a message of ours and for the kernel's dump of it.
 *
 * Left out is what is no part of the rules: handles, what counters have counted, the generation in a name, how the
 * kernel stores a set. An attribute that is not known here counts by its bytes: what another program adds is seen.
 * Not cryptographic: it tells accidents and other programs' changes, and whoever may change the rules may do worse
 * than to search for two sums that are equal.
 *
 * Owns:    nothing.
 * Context: pure; private to netlink/. Messages are the kernel's or our own, their attributes bounded by libmnl.
 * Source:  linux/netfilter/nf_tables.h; the last step is the finalizer of splitmix64 (Steele, Lea, Flood, "Fast
 *          splittable pseudorandom number generators", OOPSLA 2014).
 */
#ifndef ISOWARD_NETLINK_NFT_DIGEST_H
#define ISOWARD_NETLINK_NFT_DIGEST_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "netlink/nft_names.h"
#include "policy/plan/plan.h"

/* nft_digest_word takes ${word} into ${digest}. */
uint64_t nft_digest_word(uint64_t digest, uint64_t word);

/* nft_digest_bytes takes the ${length} bytes at ${bytes}, and how many they are, into ${digest}. */
uint64_t nft_digest_bytes(uint64_t digest, const void *bytes, size_t length);

/* nft_digest_end makes of ${digest} a number that can be added to others. */
uint64_t nft_digest_end(uint64_t digest);

/*
 * nft_digest_table, _set, _chain, _rule and _helper digest the message at ${header}, one of ours or of a dump; names in
 * it are ${names}.
 */
uint64_t nft_digest_table(const struct nlmsghdr *header);
/* As above. */
uint64_t nft_digest_set(const struct nlmsghdr *header);
/* As above. */
uint64_t nft_digest_chain(const struct nlmsghdr *header);
/* As above. */
uint64_t nft_digest_rule(const struct nlmsghdr *header, const struct nft_names *names);
/* As above. */
uint64_t nft_digest_helper(const struct nlmsghdr *header);

/* What of an element in a message makes it this one. */
struct nft_element {
	uint32_t flags; /* enum nft_set_elem_flags */
	uint8_t key[PLAN_KEY_BYTES_MAX];
	size_t key_length;
	uint32_t mark;
	bool has_mark;
	int verdict; /* 0 where it has none: that of NF_DROP, which no element of ours has */
	char chain[PLAN_NAME_MAX];
	uint64_t strange; /* a digest of what no element of ours has; 0 where it has none of it */
};

/* nft_element_read reads the ${attribute} of one element, names of ${generation}, into ${element}. */
void nft_element_read(const struct nlattr *attribute, uint32_t generation, struct nft_element *element);

/* nft_element_digest digests ${element}. */
uint64_t nft_element_digest(const struct nft_element *element);

/* nft_digest_planned digests the plan's ${element} of ${set}: the sum over the ${count} elements that it is in the
 * kernel.
 */
uint64_t nft_digest_planned(const struct plan_set *set, const struct plan_element *element, unsigned int *count);

/* nft_digest_change digests the element of ${set} that ${change} is about. */
uint64_t nft_digest_change(const struct plan_set *set, const struct plan_change *change);

#endif
