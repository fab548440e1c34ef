/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * relatives: many devices, filed by what only kin share, so that the kin of one are found without asking all.
 *
 * Owns:    the index; what is filed lies in the caller's own structs, and borrows their facts.
 * Limits:  RELATIVES_COMPARED devices of one key are held against each other: more of them say the same than one device
 *          has adapters. The one filed longest ago makes room there, and is counted.
 * Context: pure.
 * Trust:   as kinship.h: shown, and nothing is decided by it.
 */
#ifndef ISOWARD_POLICY_RELATIVES_H
#define ISOWARD_POLICY_RELATIVES_H

#include <stdint.h>

#include "policy/base/hash_index.h"
#include "policy/identity/kinship.h"

#define RELATIVES_COMPARED 16

/* One device as it is filed; zeroed before the first time but for whose it is. */
struct relative {
	void *device;                /* the caller's */
	const struct facts *facts;   /* borrowed as long as it is filed */
	uint32_t hash[KINSHIP_KEYS]; /* of each key that it is filed by; 0 where it is not. Those of one hash are a
	                                family */
	uint32_t turn[KINSHIP_KEYS]; /* when it was filed there, counted in relatives_file */
};

struct relatives {
	struct hash_index filed;
	uint32_t turns;
	uint64_t crowded_out; /* devices that made room in a family */
};

/* relatives_done releases the index of ${relatives}; nothing is filed in it any more. */
void relatives_done(struct relatives *relatives);

/*
 * relatives_file files ${relative} by what its facts say now, as the last one of each of its families where that is
 * news. errors: -ENOMEM, it is then filed under no key it was not filed under before.
 */
int relatives_file(struct relatives *relatives, struct relative *relative);

/* relatives_leave takes ${relative} out of ${relatives}; it need not be filed. */
void relatives_leave(struct relatives *relatives, struct relative *relative);

/* Called with the device of another ${kinship} than the one that is asked for; KINSHIP_NONE is one filed with it. */
typedef void relatives_each_fn(void *device, enum kinship kinship, void *context);

/*
 * relatives_each calls ${each} with ${context} for each device that is filed with ${relative}: its kin, once each, and
 * with KINSHIP_NONE those that are none. ${each} files nobody.
 */
void relatives_each(const struct relatives *relatives, const struct relative *relative, relatives_each_fn *each,
                    void *context);

#endif
