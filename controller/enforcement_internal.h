/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enforcement_internal: what is shared by who changes the kernel's elements (enforcement) and who tells which there
 * should be (enforcement_told).
 *
 * Owns:    nothing.
 * Context: controller process; private to enforcement.
 */
#ifndef ISOWARD_CONTROLLER_ENFORCEMENT_INTERNAL_H
#define ISOWARD_CONTROLLER_ENFORCEMENT_INTERNAL_H

#include "controller/enforcement.h"

/* enforcement_change_place fills ${change} with what stands beside the guard's element of ${binding}: the ${group} of
 * its address, or that a link-local one is somebody's. */
void enforcement_change_place(struct plan_change *change, enum change_type type, const struct binding *binding,
                              uint16_t group);

#endif
