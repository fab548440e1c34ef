/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nft_names: what the things of a plan are called in the kernel: with the number of the generation that laid them
 * behind.
 *
 * Chains, helpers and most sets are laid anew with each generation. Sets of devices (enum plan_lasting) may be kept
 * from an earlier one, and then keep its number.
 *
 * Owns:    nothing.
 * Context: pure; private to netlink/.
 */
#ifndef ISOWARD_NETLINK_NFT_NAMES_H
#define ISOWARD_NETLINK_NFT_NAMES_H

#include <stdint.h>

#include "policy/plan/plan.h"

/* A plan's name as the kernel has it: with the generation behind it. */
#define NFT_NAME_MAX 112

struct nft_names {
	uint32_t generation;               /* 0 before the first */
	uint32_t kept[PLAN_LASTING_COUNT]; /* by enum plan_lasting: the generation it is from; 0 where it is of this one
	                                    */
};

/* The names of the first generation, which carry no number. */
extern const struct nft_names nft_plain_names;

/*
 * nft_name writes what ${name} of a plan is called in ${generation} into ${buffer} and returns it: the first one's
 * names are plain ("zone4"), later ones' carry their number ("zone4.g2").
 */
const char *nft_name(char buffer[NFT_NAME_MAX], const char *name, uint32_t generation);

/* nft_set_name writes what the set ${name} of a plan is called by ${names} into ${buffer} and returns it. */
const char *nft_set_name(char buffer[NFT_NAME_MAX], const char *name, const struct nft_names *names);

/* nft_name_generation tells the generation in ${name}: 1 for a plain one. */
uint32_t nft_name_generation(const char *name);

/* nft_name_plain writes what a plan calls the kernel's ${name} of ${generation} into ${plan_name}. */
void nft_name_plain(char plan_name[PLAN_NAME_MAX], const char *name, uint32_t generation);

/* nft_set_name_plain writes what a plan calls the kernel's set ${name} by ${names} into ${plan_name}. */
void nft_set_name_plain(char plan_name[PLAN_NAME_MAX], const char *name, const struct nft_names *names);

/* nft_names_keep makes of ${names} those of the next ${generation} in which the sets of the bits ${kept}, 1 << enum
 * plan_lasting, stay as they are. */
struct nft_names nft_names_keep(const struct nft_names *names, uint32_t generation, unsigned int kept);

#endif
