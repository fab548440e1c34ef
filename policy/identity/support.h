/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * support: until when the maker of a system, a protocol or a firmware mends it, and who says so.
 *
 * Whether something is outdated is asked for a day: there is no clock here.
 *
 * Owns:    the table owns its entries.
 * Limits:  SUPPORT_ENTRIES_MAX entries.
 * Context: pure.
 * Source:  policy/fingerprints/support.yaml, where each entry has its own.
 */
#ifndef ISOWARD_POLICY_SUPPORT_H
#define ISOWARD_POLICY_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "policy/base/memory.h"
#include "policy/moment.h"

#define SUPPORT_NAME_MAX    64
#define SUPPORT_SOURCE_MAX  128
#define SUPPORT_ENTRIES_MAX 4096

struct support {
	char name[SUPPORT_NAME_MAX]; /* "Windows 7"; what it is said of as well: "Windows 7 Service Pack 1" */
	int32_t ended;               /* the last day of support; DAY_NONE where nothing is known */
	char source[SUPPORT_SOURCE_MAX];
};

struct support_table {
	struct support *entries; /* by name */
	size_t count;
	size_t capacity;
};

/* support_table_done releases what ${table} owns and leaves it empty. */
void support_table_done(struct support_table *table);

/* support_table_add adds ${support}. errors: -EEXIST its name is there, -E2BIG, -ENOMEM; table untouched. */
int support_table_add(struct support_table *table, const struct support *support);

/*
 * support_find borrows what is known of ${name}: the entry with the longest name that ${name} is, or begins with up to
 * a blank or a dot, without regard to case. A name that is two, "Windows 7 or 8", is neither. NULL where there is none.
 */
const struct support *support_find(const struct support_table *table, const char *name);

/* support_is_over tells whether on ${day} the last day of ${support} has passed; false where none is known. */
bool support_is_over(const struct support *support, int32_t day);

#endif
