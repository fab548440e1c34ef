/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * facts: what is known of one device by its own words: the different values of each field that is evidence.
 *
 * Of a field the newest ${keep} values stay (policy/field_list.h). Beyond FACTS_BYTES_MAX the field that takes most
 * room gives up its oldest value, so that a device that talks much of one thing does not unsay the others. Both are
 * counted. A value that is said again becomes the newest of its field and is otherwise no news, so that a device that
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
 * facts_copy makes ${copy}, empty until now, the same as ${facts}. errors: -ENOMEM, copy untouched.
 * ownership: release the copy with facts_done.
 */
int facts_copy(const struct facts *facts, struct facts *copy);

/*
 * facts_add remembers ${value}, cut at FACT_VALUE_MAX and without the zeros that end it where it is text (many DHCP
 * clients count a terminator in, which RFC 2132 section 2 forbids); an empty value, or a field that is no evidence, is
 * passed over.
 * shape: 1 something new, 0 known already or no evidence. errors: -ENOMEM, facts untouched.
 */
int facts_add(struct facts *facts, const struct field_value *value);

/* Whether ${value} is worth remembering, as the one who asks with ${context} sees it. */
typedef bool facts_wanted(const struct field_value *value, const void *context);

/*
 * facts_learn adds all of ${fields}; of them only what ${wanted} says with ${context}, where it is not NULL. A name
 * that is no fact of its own stands for one that is, where the message has none: the name of DHCP option 81 for that of
 * option 12. Of a relayed DHCPv6 message nothing is learned: its sender is the relay.
 * shape: as facts_add, 1 where any was new.
 */
int facts_learn(struct facts *facts, const struct fields *fields, facts_wanted *wanted, const void *context);

/* facts_next gives the value behind ${*at} and moves it on, the oldest first; a walk begins at 0. */
bool facts_next(const struct facts *facts, size_t *at, struct field_value *value);

/* facts_newest gives the newest value of ${field}. shape: false where there is none, value untouched. */
bool facts_newest(const struct facts *facts, enum field field, struct field_value *value);

/*
 * facts_name gives the name the device goes by: what it told its DHCP server, else what it announces, else what it
 * signs on with. shape: false where it has none, value untouched.
 */
bool facts_name(const struct facts *facts, struct field_value *value);

#endif
