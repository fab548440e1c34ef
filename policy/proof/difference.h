/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * difference: what a new policy allows that an old one did not, and the other way, by meaning and not by text.
 *
 * Zones are the same where their names are, devices where their MAC addresses are. A change of order, of wording or of
 * services' names is no difference. What is said of a zone pair is not said again of its single devices.
 *
 * A device or a network that moves loosens where the zone it moves into reaches, or is reached by, what the one it left
 * did not. Whom a change of members moves is not known from the policy: it is held against all zones that take devices.
 *
 * Owns:    struct differences owns its array.
 * Limits:  DIFFERENCES_MAX differences; those of comparison.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_DIFFERENCE_H
#define ISOWARD_POLICY_PROOF_DIFFERENCE_H

#include "policy/table/table.h"

#define DIFFERENCES_MAX 100000

enum difference_kind {
	DIFFERENCE_GATEWAY,      /* subject: an interface or the isolation that is guarded otherwise */
	DIFFERENCE_ZONE_ADDED,   /* from is new */
	DIFFERENCE_ZONE_REMOVED, /* from is gone */
	DIFFERENCE_MEMBERS,      /* the members of zone from are others */
	DIFFERENCE_NETWORK,      /* addresses subject move from zone from to zone to; "" is no zone */
	DIFFERENCE_DEVICE,       /* device subject moves from zone from to zone to; "" is what it is found to be */
	DIFFERENCE_GAINS,        /* from may now reach to by services */
	DIFFERENCE_LOSES,        /* from may no longer reach to by services */
	DIFFERENCE_ANSWERS,      /* as little as before, but refused otherwise: deny became reject or back */
	DIFFERENCE_FASTER,       /* as before, but with a higher rate of new flows or none */
	DIFFERENCE_SLOWER,       /* as before, but with a lower rate of new flows */
};

struct difference {
	enum difference_kind kind;
	bool loosens; /* something can now be reached that could not, or by somebody who could not */
	char from[POLICY_LABEL_MAX];
	char to[POLICY_LABEL_MAX];
	char subject[POLICY_LABEL_MAX * 2];
	char services[POLICY_WHY_MAX]; /* "tcp/104, udp/5000-5010", cut with "..." */
	char when[POLICY_WHY_MAX];     /* "" always; else under which circumstances: names, times */
	struct place place;            /* of the rule that now decides, in the new policy; line 0 for the default */
};

/* Sorted by kind (those of pairs together), ends and subject. */
struct differences {
	struct difference *at;
	size_t count;
	size_t capacity;
	bool loosens;
};

/* differences_free releases what ${differences} owns and makes it empty. */
void differences_free(struct differences *differences);

/*
 * difference_find fills ${differences} (empty) with what ${new_policy} changes of ${old_policy}; the tables are theirs.
 * errors: -ENOMEM, -E2BIG.
 */
int difference_find(const struct policy *old_policy, const struct table *old_table, const struct policy *new_policy,
                    const struct table *new_table, struct differences *differences);

#endif
