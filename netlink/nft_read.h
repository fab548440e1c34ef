/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_read: ask nf_tables and read its dumps with libmnl alone.
 *
 * Owns:    nothing.
 * Context: controller process; private to netlink/.
 * Source:  linux/netfilter/nf_tables.h.
 */
#ifndef ISOWARD_NETLINK_NFT_READ_H
#define ISOWARD_NETLINK_NFT_READ_H

#include <stdbool.h>

#include "netlink/nft_batch.h"

enum nft_object_kind {
	OBJECT_SET,
	OBJECT_CHAIN,
	OBJECT_HELPER,
};

/* A set, chain or helper that our table has in the kernel. */
struct nft_object {
	enum nft_object_kind kind;
	bool is_base; /* a chain with a hook */
	char name[NFT_NAME_MAX];
};

struct nft_objects {
	struct nft_object *at;
	size_t count;
	size_t capacity;
};

/*
 * nft_read_generation asks nf_tables through ${nft} for the number of the ruleset's ${generation}, which each
 * transaction of anybody raises by one. errors: -EPERM; -EINVAL or -EOPNOTSUPP where the kernel has no nf_tables.
 */
int nft_read_generation(struct nft *nft, uint32_t *generation);

/*
 * nft_read_objects lists the sets, chains and helpers of our table into ${objects}, whose array the caller frees.
 * shape: none where there is no table. errors: negative errno.
 */
int nft_read_objects(struct nft *nft, struct nft_objects *objects, struct error *reterr);

#endif
