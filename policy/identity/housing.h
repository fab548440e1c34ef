/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * housing: which devices are general-purpose computers inside, so that to look like one is no contradiction.
 *
 *   The console of a scanner or an analyser is a PC with its operating system; an infusion pump is none. What is not
 *   listed holds nothing.
 *
 * Owns:    a table is inline.
 * Limits:  HOUSING_ENTRIES_MAX entries.
 * Context: pure.
 * Source:  policy/fingerprints/housings.yaml, where each entry has its own.
 */
#ifndef ISOWARD_POLICY_HOUSING_H
#define ISOWARD_POLICY_HOUSING_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/policy.h"

#define HOUSING_SOURCE_MAX  128
#define HOUSING_ENTRIES_MAX 32

struct housing {
	char class[POLICY_CLASS_MAX]; /* it and its parts */
	char holds[POLICY_CLASS_MAX]; /* may hold this and its parts */
	char source[HOUSING_SOURCE_MAX];
};

struct housing_table {
	size_t count;
	struct housing entries[HOUSING_ENTRIES_MAX];
};

/* housing_table_add adds ${housing}. errors: -EEXIST its class and what it holds are there, -E2BIG; table untouched. */
int housing_table_add(struct housing_table *table, const struct housing *housing);

/* housing_holds tells whether by ${table}, NULL for an empty one, a device of ${class} may be ${inner} inside. */
bool housing_holds(const struct housing_table *table, const char *class, const char *inner);

#endif
