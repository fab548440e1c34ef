/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * comparison: what becomes of every flow between two ends when one table takes the place of another.
 *
 * The flows are cut into cells, the circumstances into those that either table tells apart; each cell changes in one
 * way under each circumstance.
 *
 * Owns:    struct comparison owns its arrays.
 * Limits:  COMPARISON_MAX changes, REGIONS_CIRCUMSTANCES_MAX circumstances.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_COMPARISON_H
#define ISOWARD_POLICY_PROOF_COMPARISON_H

#include "policy/table/regions.h"

#define COMPARISON_MAX (64U << 20)

/* Both policies with their tables. */
struct sides {
	const struct policy *old_policy;
	const struct table *old_table;
	const struct policy *new_policy;
	const struct table *new_table;
};

/* Two ends as groups of each side; ZONE_NONE where a side has no such group: nothing is allowed there. */
struct pair_ends {
	uint16_t old_from;
	uint16_t old_to;
	uint16_t new_from;
	uint16_t new_to;
};

enum change {
	CHANGE_NONE,
	CHANGE_GAIN,   /* was refused, is allowed */
	CHANGE_LOSS,   /* was allowed, is refused */
	CHANGE_ANSWER, /* refused with another answer */
	CHANGE_FASTER, /* allowed with a higher rate, or with none any more */
	CHANGE_SLOWER, /* allowed with a lower rate */
	CHANGE_KINDS,
};

/* The name sets that hold what a destination is called, on each side; 0 for none. */
struct pair_names {
	uint16_t old_names;
	uint16_t new_names;
};

struct comparison {
	struct pair_ends ends;
	struct service_range *cells; /* sorted; the first is every protocol that has no cell of its own */
	size_t cell_count;
	struct pair_names *names; /* the first is none on both sides */
	size_t name_count;
	struct moment *moments;
	size_t moment_count;
	uint8_t *changes; /* enum change, by comparison_index */
};

/* comparison_index is where the change of ${cell} for ${name} at ${moment}, all indices, stands. */
static inline size_t comparison_index(const struct comparison *difference, size_t cell, size_t name, size_t moment)
{
	return (cell * difference->name_count + name) * difference->moment_count + moment;
}

/*
 * comparison_make fills ${difference} with what becomes of the flows between ${ends}.
 * errors: -ENOMEM, -E2BIG; difference is to be freed on failure too.
 */
int comparison_make(const struct sides *sides, const struct pair_ends *ends, struct comparison *difference);

/* comparison_free releases what ${difference} owns and makes it empty. */
void comparison_free(struct comparison *difference);

/* comparison_loosens tells whether anything is allowed that was not, or at a higher rate. */
bool comparison_loosens(const struct comparison *difference);

#endif
