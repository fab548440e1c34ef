/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reporter: what people are shown: the status message to the web process, the zones with their counters in the store.
 *
 * Owns:    nothing.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_REPORTER_H
#define ISOWARD_CONTROLLER_REPORTER_H

#include <stdint.h>

#include "controller/enforcement.h"
#include "controller/message.h"
#include "controller/store.h"

/* reporter_fill_status writes what ${enforcement} and the sensor's ${statistics} tell into ${status}; the rest of it
 * stays. */
void reporter_fill_status(struct status *status, const struct enforcement *enforcement,
                          const struct sensor_statistics *statistics);

/*
 * reporter_write_zones writes the zones of the policy in force with the kernel's counters of refused packets.
 * errors: those of nft_read_counters and the store.
 */
int reporter_write_zones(struct enforcement *enforcement, struct store *store, struct error *reterr);

#endif
