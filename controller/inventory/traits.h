/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * traits: the texts that thousands of devices have all alike, kept once for all that have the same ones.
 *
 * A holder begins as traits_none and is never NULL; traits_set alone changes it. What is held is never written to: to
 * change one text, copy what is held, change the copy, and set that.
 *
 * Owns:    every set of traits that is held; its texts are the words'.
 * Limits:  none of its own: as many as there are holders at most. Some 100 bytes each.
 * Context: pure; not for several threads.
 */
#ifndef ISOWARD_CONTROLLER_INVENTORY_TRAITS_H
#define ISOWARD_CONTROLLER_INVENTORY_TRAITS_H

#include "policy/base/hash_index.h"
#include "policy/base/words.h"

/* "" where unknown; below the lengths of identity.h and policy.h. */
struct traits {
	const char *class; /* the reasons are judged anew from the facts when stored */
	const char *vendor;
	const char *model;
	const char *os;
	const char *zone_why;
	const char *stored_zone; /* as last written: a difference is a row of zone history */
	const char *interface;   /* where it lives */
};

/* Zeroed it is an empty one. */
struct traits_table {
	struct hash_index all;     /* by the places of their words */
	const struct traits *last; /* that was set: a start sets the same ones again and again; NULL for none */
};

/* Nothing is known. */
extern const struct traits traits_none;

/*
 * traits_set makes ${holder} hold traits like ${wanted}, with words of ${words}, instead of what it held; the texts may
 * be of what it held. errors: -ENOMEM, the holder holds what it held.
 */
int traits_set(struct traits_table *table, struct words *words, const struct traits **holder,
               const struct traits *wanted);

/* traits_done releases the room of ${table}, of which nobody holds anything any more. */
void traits_done(struct traits_table *table);

#endif
