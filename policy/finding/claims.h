/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * claims: who said that it is what only one can be: the holder of an address, the DHCP server or router of a network.
 *
 * Owns:    its table.
 * Limits:  the table's size; the claim repeated longest ago makes room, and is counted.
 * Context: pure.
 * Trust:   claims are a stranger's.
 */
#ifndef ISOWARD_POLICY_FINDING_CLAIMS_H
#define ISOWARD_POLICY_FINDING_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/memory.h"

/* Two who claim the same within this time do so at once; later, it was handed on. */
#define CLAIMS_TOGETHER_MS 600000U

enum claim_type {
	CLAIM_ADDRESS,
	CLAIM_DHCP_SERVER,
	CLAIM_ROUTER,
};

/* What is claimed: of an address which, of the others only where. */
struct claim {
	uint8_t type; /* enum claim_type */
	uint32_t ifindex;
	uint16_t vlan;
	struct address address; /* FAMILY_NONE for the other types */
};

struct claims;

/* claims_new makes an empty table for ${rows} claims at ${claims}, the caller's to free. errors: -ENOMEM. */
int claims_new(size_t rows, struct claims **claims);

/* claims_free releases ${claims}; NULL is allowed. */
void claims_free(struct claims *claims);
CLEANUP_DEFINE(struct claims, claims_free);

/*
 * claims_take enters that ${mac} made ${claim} at ${now_ms}; the first one keeps it while it repeats it.
 * shape: true where somebody else, set at ${holder}, holds it and has claimed it within CLAIMS_TOGETHER_MS.
 */
bool claims_take(struct claims *claims, const struct claim *claim, const struct mac *mac, uint64_t now_ms,
                 struct mac *holder);

/* claims_forgotten tells how many claims made room for others. */
uint64_t claims_forgotten(const struct claims *claims);

#endif
