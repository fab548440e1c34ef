/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enforcement_internal: what is shared by who changes the kernel's elements (enforcement), who replaces the whole
 * (enforcement_replace) and who tells which elements there should be (enforcement_told).
 *
 * Owns:    nothing.
 * Context: controller process; private to enforcement.
 */
#ifndef ISOWARD_CONTROLLER_ENFORCEMENT_ENFORCEMENT_INTERNAL_H
#define ISOWARD_CONTROLLER_ENFORCEMENT_ENFORCEMENT_INTERNAL_H

#include "controller/enforcement/enforcement.h"

/* enforcement_change_place fills ${change} with what stands beside the guard's element of ${binding}: the ${group} of
 * its address, or that a link-local one is somebody's. */
void enforcement_change_place(struct plan_change *change, enum change_type type, const struct binding *binding,
                              uint16_t group);

/* enforcement_group_under tells the group that ${binding} has under ${policy}, under which its device was settled. */
uint16_t enforcement_group_under(const struct policy *policy, const struct binding *binding);

/*
 * enforcement_replace puts ${plan} of ${policy}, with all that is in ${inventory}, in place of what the kernel holds.
 * Where that is known and nothing is staged, sets of devices in which ${policy} changes nothing are kept as they are.
 * errors: as nft_replace.
 */
int enforcement_replace(struct enforcement *enforcement, const struct plan *plan, const struct policy *policy,
                        const struct inventory *inventory, struct error *reterr);

#endif
