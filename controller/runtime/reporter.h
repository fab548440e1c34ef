/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * reporter: what people are shown: the status message to the web process, the zones with their counters in the store.
 *
 * Owns:    nothing.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_RUNTIME_REPORTER_H
#define ISOWARD_CONTROLLER_RUNTIME_REPORTER_H

#include <stdint.h>

#include "controller/enforcement/counters.h"
#include "controller/enforcement/enforcement.h"
#include "controller/learner/learner.h"
#include "controller/message.h"
#include "controller/store/recorder.h"

/* reporter_fill_status writes what ${enforcement} and the sensor's ${statistics} tell into ${status}; the rest of it
 * stays. */
void reporter_fill_status(struct status *status, const struct enforcement *enforcement,
                          const struct sensor_statistics *statistics);

/*
 * reporter_fill_counters writes into ${status} what had to make room in the tables of ${learner} and of the sensor, by
 * its ${statistics}; what the store let go stays.
 */
void reporter_fill_counters(struct status *status, const struct learner *learner,
                            const struct sensor_statistics *statistics);

/*
 * reporter_write_zones writes the zones (and, where they changed, what rules and pairs of zones counted) of the policy
 * in force with ${counters}, read anew; ${on_link} says that neighbours look for each other by IPv6 past the gateway.
 * errors: those of nft_read_counters; the zones are then written with what was read before.
 */
int reporter_write_zones(struct enforcement *enforcement, struct counters *counters, struct recorder *recorder,
                         bool on_link, struct error *reterr);

#endif
