/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_load: a rule under construction: expressions at its end, and the plan's keys loaded into registers.
 *
 * Owns:    nothing; expressions belong to the rule.
 * Context: controller process; private to netlink/. A failure is the build's, sticky.
 * Source:  linux/netfilter/nf_tables.h.
 */
#ifndef ISOWARD_NETLINK_NFT_LOAD_H
#define ISOWARD_NETLINK_NFT_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "netlink/nft_batch.h"
#include "policy/plan/plan.h"

struct nftnl_expr;
struct nftnl_rule;

/*
 * A rule under construction. What it has asked of the packet so far is kept, so that a key which is there in one kind
 * of packet only (an IPv4 address, an Ethernet source) asks for that kind first, and once.
 */
struct nft_rule_build {
	struct nftnl_rule *rule;
	bool link_known;
	bool network_known;
	bool transport_known;
	const struct nft_names *names; /* of what it refers to */
	int failed;                    /* negative errno of the first failure */
};

/* nft_load_add makes an expression ${name} at the end of the rule of ${build}; NULL once the build has failed. */
struct nftnl_expr *nft_load_add(struct nft_rule_build *build, const char *name);

/* nft_load_bytes sets attribute ${type} of ${expr} to ${length} ${bytes}. */
void nft_load_bytes(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const void *bytes,
                    uint32_t length);

/* nft_load_text sets attribute ${type} of ${expr} to ${text}. */
void nft_load_text(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *text);

/* nft_load_name sets attribute ${type} of ${expr} to what the plan's chain or helper ${name} is called in ${build}. */
void nft_load_name(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *name);

/* nft_load_set_name sets attribute ${type} of ${expr} to what the plan's set ${name} is called in ${build}. */
void nft_load_set_name(struct nft_rule_build *build, struct nftnl_expr *expr, uint16_t type, const char *name);

/* nft_load_compare ends the rule unless the first register compares by ${operator} to ${length} ${bytes}. */
void nft_load_compare(struct nft_rule_build *build, uint32_t operator, const void * bytes, uint32_t length);

/*
 * nft_load_keys loads the keys of ${statement}, with what each asks of the packet before it.
 * shape: a single key goes to the first register, of several each to the 32-bit register after the one before.
 */
void nft_load_keys(struct nft_rule_build *build, const struct plan_statement *statement);

#endif
