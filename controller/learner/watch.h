/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * watch: the detector at work in the daemon: what is learned of devices and what is refused, on its way to the store.
 *
 * Owns:    the detector; borrows the recorder and the recognition rules.
 * Limits:  those of the detector; the recorder counts what it has no room for.
 * Context: controller process, event loop.
 * Trust:   as detector.h.
 */
#ifndef ISOWARD_CONTROLLER_LEARNER_WATCH_H
#define ISOWARD_CONTROLLER_LEARNER_WATCH_H

#include "controller/inventory/inventory.h"
#include "controller/store/recorder.h"
#include "policy/finding/detector.h"
#include "policy/identity/identity.h"

struct watch {
	struct detector *detector;
	struct recorder *recorder;
	const struct fingerprints *fingerprints;
};

/* watch_init makes ${watch} write its findings by ${recorder}; rules are those of ${fingerprints}. errors: -ENOMEM. */
int watch_init(struct watch *watch, struct recorder *recorder, const struct fingerprints *fingerprints);

/* watch_done releases what ${watch} owns. */
void watch_done(struct watch *watch);

/* watch_observed looks at ${observation} of ${device}, which stands under ${policy}. */
void watch_observed(struct watch *watch, const struct policy *policy, const struct device *device,
                    const struct observation *observation);

/* watch_judged looks at what ${device} was recognised as. */
void watch_judged(struct watch *watch, const struct policy *policy, const struct device *device, uint64_t now_ms);

/* watch_conflict tells that ${device}, as it is known, contradicts itself: ${how}. */
void watch_conflict(struct watch *watch, const struct policy *policy, const struct device *device, const char *how,
                    uint64_t now_ms);

/* watch_spoofed tells that ${device} sent a packet as ${claimed}, which is not its own. */
void watch_spoofed(struct watch *watch, const struct policy *policy, const struct device *device,
                   const struct address *claimed, uint64_t now_ms);

/* watch_routes tells that with the MAC of ${device} came packets of more addresses than one device has. */
void watch_routes(struct watch *watch, const struct policy *policy, const struct device *device, uint64_t now_ms);

/* watch_refused looks at ${flow} of ${device} that was refused. */
void watch_refused(struct watch *watch, const struct policy *policy, const struct device *device,
                   const struct refused_flow *flow, uint64_t now_ms);

#endif
