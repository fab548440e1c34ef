/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts: what is known of one device by its own words: the different values of each field that is evidence.
 *
 * Of a field the newest ${keep} values stay (policy/field_list.h); beyond FACTS_BYTES_MAX the oldest value of all goes.
 * Both are counted. A value that is said again moves to the newest end only within its field, so that a device that
 * repeats itself changes nothing.
 *
 * Owns:    one block of memory, as large as what is known; empty facts own nothing.
 * Limits:  FACTS_BYTES_MAX a device, FACT_VALUE_MAX a value.
 * Context: pure.
 * Trust:   values are a stranger's bytes.
 */
#ifndef ISOWARD_POLICY_IDENTITY_FACTS_H
#define ISOWARD_POLICY_IDENTITY_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define FACTS_BYTES_MAX 4096
#define FACT_VALUE_MAX  255

struct facts {
	struct mac mac;     /* whose; zero where only an address is known */
	uint16_t length;    /* bytes used */
	uint16_t capacity;  /* bytes owned */
	uint32_t forgotten; /* values that made room for others */
	uint8_t *bytes;     /* packed: field, length, value; the oldest first */
};

/* facts_done releases what ${facts} own and leaves them empty, of the same MAC. */
void facts_done(struct facts *facts);

/*
 * facts_add remembers ${value}, cut at FACT_VALUE_MAX; a field that is no evidence is passed over.
 * shape: 1 something new, 0 known already or no evidence. errors: -ENOMEM, facts untouched.
 */
int facts_add(struct facts *facts, const struct field_value *value);

/* facts_learn adds all of ${fields}. shape: as facts_add, 1 where any was new. */
int facts_learn(struct facts *facts, const struct fields *fields);

/* facts_next gives the value behind ${*at} and moves it on, the oldest first; a walk begins at 0. */
bool facts_next(const struct facts *facts, size_t *at, struct field_value *value);

/* facts_newest gives the newest value of ${field}. shape: false where there is none, value untouched. */
bool facts_newest(const struct facts *facts, enum field field, struct field_value *value);

#endif
