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

#include "netlink/nft_batch.h"

/*
 * nft_read_generation asks nf_tables through ${nft} for the ruleset's generation, to learn whether it may be asked.
 * errors: -EPERM; -EINVAL or -EOPNOTSUPP where the kernel has no nf_tables.
 */
int nft_read_generation(struct nft *nft);

#endif
