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
#include "controller/learner.h"
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
 * What each zone was refused before the present rules: the kernel's counters begin anew with every replacement.
 * Kept by name, since a reload may give zones other ids.
 */
struct reporter_total {
	char zone[POLICY_NAME_MAX];
	uint64_t before; /* packets */
	uint64_t now;    /* of the rules in force, at the last reading */
	uint64_t read;   /* while reading */
};

struct reporter_totals {
	struct reporter_total at[POLICY_ZONES_MAX];
	size_t count;
};

/*
 * reporter_read_totals reads the counters of ${enforcement} into ${totals}; counters that have fallen began anew, and
 * what they had counted is kept. Call it before the rules are replaced. errors: those of nft_read_counters.
 */
int reporter_read_totals(struct enforcement *enforcement, struct reporter_totals *totals, struct error *reterr);

/* reporter_rules_replaced notes in ${totals} that the kernel's counters began anew. */
void reporter_rules_replaced(struct reporter_totals *totals);

/*
 * reporter_write_zones writes the zones of the policy in force with ${totals} of refused packets, read anew; ${on_link}
 * says that neighbours look for each other by IPv6 past the gateway.
 * errors: those of nft_read_counters; the zones are then written with what was read before.
 */
int reporter_write_zones(struct enforcement *enforcement, struct reporter_totals *totals, struct recorder *recorder,
                         bool on_link, struct error *reterr);

#endif
