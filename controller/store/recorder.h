/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * recorder: what is to be written into the store, gathered off the way of packets and given to the writer in batches.
 *
 * Owns:    the batch that is being gathered; borrows the writer.
 * Limits:  those of a batch; rows above them are counted in ${lost}, not kept. Devices stay dirty until there is room.
 * Context: controller process, event loop.
 */
#ifndef ISOWARD_CONTROLLER_RECORDER_H
#define ISOWARD_CONTROLLER_RECORDER_H

#include <stddef.h>
#include <stdint.h>

#include "controller/inventory/inventory.h"
#include "controller/store/batch.h"
#include "controller/store/writer.h"
#include "policy/base/log.h"
#include "policy/known_names.h"

struct recorder {
	struct batch batch;
	uint64_t lost;
	struct log_limit log_limit;
};

/* recorder_init makes ${recorder} empty. */
void recorder_init(struct recorder *recorder);

/* recorder_done releases what was gathered and not given away. */
void recorder_done(struct recorder *recorder);

/*
 * recorder_event notes an event of ${kind} ('spoof', 'identity-conflict', …) about the device of ${mac} (NULL for
 * none) at ${now_ms} wall clock, and logs it, rate-limited.
 */
void recorder_event(struct recorder *recorder, const char *kind, const struct mac *mac, uint64_t now_ms,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* recorder_denied notes one refused flow. */
void recorder_denied(struct recorder *recorder, const struct store_denied *denied);

/* recorder_reported notes one flow that was not refused and that a rule reports. */
void recorder_reported(struct recorder *recorder, const struct store_reported *reported);

/* recorder_finding notes ${finding}, once more or for the first time. */
void recorder_finding(struct recorder *recorder, const struct finding *finding);

/*
 * recorder_unbound notes that ${address} is no longer bound. Link-local addresses are not kept: they mean nothing
 * without their link, and the next word of the device tells them again.
 */
void recorder_unbound(struct recorder *recorder, const struct address *address);

/* recorder_removed notes that the device of ${mac} is gone. */
void recorder_removed(struct recorder *recorder, const struct mac *mac);

/* recorder_audit notes that ${actor} did ${action} at ${now_ms}, with ${detail}. */
void recorder_audit(struct recorder *recorder, uint64_t now_ms, const char *actor, const char *action,
                    const char *detail);

/* recorder_zones notes the ${count} zones at ${rows} as they are now; they replace what was noted before. */
void recorder_zones(struct recorder *recorder, const struct store_zone *rows, size_t count);

/*
 * recorder_gather takes changed devices of ${inventory}, as many as a batch holds, into the batch, each with a row of
 * zone history where its zone is another than the stored one; zones are named by ${policy}, ${now_ms} is wall clock.
 */
void recorder_gather(struct recorder *recorder, struct inventory *inventory, const struct policy *policy,
                     uint64_t now_ms);

/* recorder_zone_name names ${zone} under ${policy}; "" for ZONE_NONE. */
const char *recorder_zone_name(const struct policy *policy, uint16_t zone);

/* recorder_binding_source names how ${binding} was learned, as the store keeps it: "dhcp", "arp", "pin",
 * "dhcp-suspect". */
const char *recorder_binding_source(const struct binding *binding);

/* recorder_begin_counters forgets the counters that were noted before: all of them are noted anew. */
void recorder_begin_counters(struct recorder *recorder);

/*
 * recorder_rule_counter notes what a rule counted, the next in the policy's order. shape: returns a zeroed row to fill,
 * NULL where there are BATCH_COUNTERS_MAX.
 */
struct store_rule_counter *recorder_rule_counter(struct recorder *recorder);

/* recorder_pair_counter notes what a pair of zones was refused. shape: as recorder_rule_counter. */
struct store_pair_counter *recorder_pair_counter(struct recorder *recorder);

/* recorder_names writes the addresses of names that are ${known}, in place of those before. */
void recorder_names(struct recorder *recorder, const struct known_names *known);

#endif
