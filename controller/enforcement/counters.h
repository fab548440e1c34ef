/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * counters: what the kernel's rules counted, added up by zone, by pair of zones and by rule of the policy.
 *
 * The kernel's counters begin anew with each replacement of the rules; what they had counted then is kept here, for the
 * life of the daemon. A rule allows the packets that are judged: later ones of a flow that was allowed pass before it,
 * by the epoch, so "allowed" is about the new flows (and, of rules with hours, all packets).
 *
 * Owns:    its arrays; counters_done releases them.
 * Limits:  POLICY_ZONES_MAX zones by name, POLICY_RULES_MAX rules, COUNTERS_PAIRS_MAX pairs with a refused packet.
 * Context: controller process, event loop.
 */
#ifndef ISOWARD_CONTROLLER_ENFORCEMENT_COUNTERS_H
#define ISOWARD_CONTROLLER_ENFORCEMENT_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/enforcement/enforcement.h"
#include "policy/policy.h"

#define COUNTERS_PAIRS_MAX 4096 /* what is refused between others is counted by its zone alone */

struct counted {
	uint64_t packets;
	uint64_t bytes;
};

struct counter {
	struct counted before; /* by rules that were replaced */
	struct counted now;    /* by the rules in force, at the last reading */
	struct counted read;   /* while reading */
};

/* Kept by name, since a reload may give zones other ids. */
struct counters_zone {
	char name[POLICY_NAME_MAX];
	struct counter refused;
};

/* Single devices are in their zones. */
struct counters_pair {
	char from[POLICY_NAME_MAX];
	char to[POLICY_NAME_MAX]; /* "" where the destination is in no zone, or pairs are too many to be told apart */
	struct counter refused;   /* by default and by rules */
	struct counter unruled;   /* of these: by default */
};

enum counters_verdict {
	COUNTERS_ALLOWED,
	COUNTERS_REFUSED,  /* and what was above the rate of a rule that allows */
	COUNTERS_OBSERVED, /* on trial: would have been decided */
	COUNTERS_VERDICT_COUNT,
};

struct counters_rule {
	uint64_t likeness; /* of all it says but its line: by it a rule is known again in another policy */
	struct counter by[COUNTERS_VERDICT_COUNT];
};

struct counters {
	struct counters_zone zones[POLICY_ZONES_MAX];
	size_t zone_count;
	struct counters_pair *pairs;
	size_t pair_count;
	size_t pair_capacity;
	struct counters_rule *rules; /* one for each of the policy in force, in its order */
	size_t rule_count;
	bool changed; /* a figure, since it was last written */
};

/* counters_done releases what ${counters} owns; zeroed memory is allowed. */
void counters_done(struct counters *counters);

/*
 * counters_read reads the counters of ${enforcement} into ${counters}; those that have fallen began anew, and what they
 * had counted is kept. errors: those of nft_read_counters; the figures are then those of the reading before.
 */
int counters_read(struct enforcement *enforcement, struct counters *counters, struct error *reterr);

/* counters_began_anew notes in ${counters} that the kernel's did. */
void counters_began_anew(struct counters *counters);

/*
 * counters_take_policy makes ${counters} those of ${policy}, which is now in force: a rule that says the same as one of
 * the former policy keeps its figures, wherever it stands; those of rules and pairs of zones that are no more go.
 * errors: -ENOMEM; all rules then begin anew, uncounted until the next policy.
 */
int counters_take_policy(struct counters *counters, const struct policy *policy, struct error *reterr);

/* counters_zone_of borrows the figures of the zone ${name}; NULL where it was refused nothing. */
const struct counters_zone *counters_zone_of(const struct counters *counters, const char *name);

/* counters_total tells all that ${counter} has counted. */
struct counted counters_total(const struct counter *counter);

#endif
