/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recorder: what is to be written into the store, gathered off the way of packets and written in batches.
 *
 * A batch that fails (disk full) is kept whole and tried again with the next; enforcement does not wait for it.
 *
 * Owns:    its queues; borrows the store.
 * Limits:  RECORDER_QUEUE_MAX rows a queue; more are counted in ${lost}, not kept.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_RECORDER_H
#define ISOWARD_CONTROLLER_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "controller/inventory.h"
#include "controller/store.h"
#include "policy/base/log.h"

#define RECORDER_QUEUE_MAX 8192

struct recorder {
	struct store *store;
	struct store_event *events;
	size_t event_count, event_capacity;
	struct store_denied *denied;
	size_t denied_count, denied_capacity;
	struct address *unbound;
	size_t unbound_count, unbound_capacity;
	struct mac *removed;
	size_t removed_count, removed_capacity;
	uint64_t lost;
	struct log_limit log_limit;
};

/* recorder_init makes ${recorder} write into ${store}, which it borrows. */
void recorder_init(struct recorder *recorder, struct store *store);

/* recorder_done releases the queues; what was not flushed is gone. */
void recorder_done(struct recorder *recorder);

/*
 * recorder_event notes an event of ${kind} ('spoof', 'identity-conflict', …) about the device of ${mac} (NULL for
 * none) at ${now_ms} wall clock, and logs it, rate-limited.
 */
void recorder_event(struct recorder *recorder, const char *kind, const struct mac *mac, uint64_t now_ms,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* recorder_denied notes one refused flow. */
void recorder_denied(struct recorder *recorder, const struct store_denied *denied);

/* recorder_unbound notes that ${address} is no longer bound. */
void recorder_unbound(struct recorder *recorder, const struct address *address);

/* recorder_removed notes that the device of ${mac} is gone. */
void recorder_removed(struct recorder *recorder, const struct mac *mac);

/*
 * recorder_flush writes all of it and the changed devices of ${inventory} in one batch, with a row of zone history for
 * each whose zone is another than the stored one; zones are named by ${policy}, reasons come from ${fingerprints}.
 * ${now_ms} is wall clock. shape: 1 where something was written, 0 where there was nothing to write.
 * errors: those of the store; everything is kept for the next flush.
 */
int recorder_flush(struct recorder *recorder, struct inventory *inventory, const struct policy *policy,
                   const struct fingerprints *fingerprints, uint64_t now_ms, struct error *reterr);

/* recorder_zone_name names ${zone} under ${policy}; "" for ZONE_NONE. */
const char *recorder_zone_name(const struct policy *policy, uint16_t zone);

/* recorder_binding_source names how ${binding} was learned, as the store keeps it: "dhcp", "arp", "dhcp-suspect". */
const char *recorder_binding_source(const struct binding *binding);

#endif
