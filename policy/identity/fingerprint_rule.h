/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fingerprint_rule: the rule base behind identity, as its three parts share it.
 *
 * Exact patterns stand in one sorted array a field, found by bisection; the others in one array a field, grouped
 * by the byte they must begin with, so that a lookup tries few of them. Vendor prefixes stand in sorted arrays, one
 * for each length.
 *
 * Owns:    struct fingerprints owns all of it; fingerprints_free releases it.
 * Limits:  the *_MAX numbers below; more is an error that names the number.
 * Context: pure; private to policy/fingerprint_*.c and policy/identity/identity.c.
 * Trust:   patterns are the operator's, texts matched against them are hostile but escaped and bounded.
 */
#ifndef ISOWARD_POLICY_FINGERPRINT_RULE_H
#define ISOWARD_POLICY_FINGERPRINT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/identity/identity.h"

#define FINGERPRINT_NAME_MAX     48
#define FINGERPRINT_CITE_MAX     128
#define FINGERPRINT_PATTERN_MAX  128
#define FINGERPRINT_PATTERNS_MAX 64    /* alternatives of one rule */
#define FINGERPRINT_RULES_MAX    20000 /* rules of all files together */
#define FINGERPRINT_WEIGHT_MAX   2000  /* hundredths, either sign */
#define FINGERPRINT_REGISTRY_MAX (1U << 20)

/* A class is taken at 3.00 (odds of 20 to 1) and 1.00 ahead of the next. */
#define IDENTITY_THRESHOLD 300
#define IDENTITY_MARGIN    100

/* Escaped text of a whole value: four characters a byte, and the terminator. */
#define FINGERPRINT_TEXT_MAX (FACT_VALUE_MAX * 4 + 1)

enum fingerprint_kind {
	KIND_EXACT,
	KIND_PREFIX,
	KIND_CONTAINS,
	KIND_GLOB,
	KIND_STARTS, /* a parameter list that begins so */
	KIND_MAC,    /* hex digits of a vendor prefix: 6, 7 or 9 */
	KIND_COUNT
};

struct fingerprint_rule {
	size_t order;   /* in which it was added: decides ties */
	uint16_t field; /* what it looks at; host-name: any name */
	int16_t weight;
	char name[FINGERPRINT_NAME_MAX];
	char class[POLICY_CLASS_MAX];
	char vendor[IDENTITY_TEXT_MAX];
	char os[IDENTITY_TEXT_MAX];
	char cite[FINGERPRINT_CITE_MAX];
};

struct fingerprint_pattern {
	const struct fingerprint_rule *rule;
	uint8_t kind;
	uint16_t field;
	uint8_t lead; /* the byte a text must begin with; 0 for any */
	uint8_t length;
	char text[FINGERPRINT_PATTERN_MAX]; /* lower case */
};

/* The patterns of one field; loose_from[lead] to loose_from[lead + 1] are the ones of a leading byte. */
struct fingerprint_index {
	const struct fingerprint_pattern **exact;
	size_t exact_count;
	const struct fingerprint_pattern **loose;
	uint32_t loose_from[257];
};

struct fingerprint_prefix {
	uint64_t key;  /* the prefix's bits, right-aligned */
	uint32_t name; /* offset into names */
	uint32_t order;
};

struct fingerprint_registry {
	struct fingerprint_prefix *prefix;
	size_t count;
	size_t capacity;
};

enum fingerprint_bits {
	BITS_36,
	BITS_28,
	BITS_24,
	BITS_COUNT
};

struct fingerprints {
	struct fingerprint_rule **rules;
	size_t rule_count;
	size_t rule_capacity;
	struct fingerprint_pattern **patterns;
	size_t pattern_count;
	size_t pattern_capacity;
	struct fingerprint_index *index[FIELD_COUNT]; /* NULL where no rule looks */
	struct fingerprint_registry registry[BITS_COUNT];
	char *names;
	size_t names_length;
	size_t names_capacity;
};

/* Rules read from one file and not yet part of the rule base. */
struct fingerprint_batch {
	struct fingerprint_rule **rules;
	size_t rule_count;
	size_t rule_capacity;
	struct fingerprint_pattern **patterns;
	size_t pattern_count;
	size_t pattern_capacity;
};

/* fingerprint_batch_done releases what ${batch} still holds and leaves it empty. */
void fingerprint_batch_done(struct fingerprint_batch *batch);

/*
 * fingerprints_take moves all of ${batch} into ${fingerprints} and indexes it anew.
 * errors: -ENOMEM, with both untouched.
 */
int fingerprints_take(struct fingerprints *fingerprints, struct fingerprint_batch *batch);

/*
 * fingerprint_glob_match tells whether all of ${text} matches ${pattern}: '*' is any run, '?' any character,
 * "[a-c]" one of a set and "[!a-c]" one outside of it.
 */
bool fingerprint_glob_match(const char *pattern, const char *text);

/* fingerprint_glob_check tells whether every '[' of ${pattern} is closed. */
bool fingerprint_glob_check(const char *pattern);

/*
 * fingerprints_each calls ${use} with ${data} for every rule that looks at ${field} and matches the escaped, lower-case
 * ${text}; a rule is reported once for each of its patterns that matches.
 */
void fingerprints_each(const struct fingerprints *fingerprints, enum field field, const char *text,
                       void (*use)(const struct fingerprint_rule *rule, void *data), void *data);

/*
 * fingerprints_each_prefix calls ${use} with ${data} for every rule that names the 36, 28 or 24 bit prefix of ${mac}
 * in hexadecimal.
 */
void fingerprints_each_prefix(const struct fingerprints *fingerprints, const struct mac *mac,
                              void (*use)(const struct fingerprint_rule *rule, void *data), void *data);

/*
 * fingerprint_pattern_prepare brings the text of ${pattern}, whose kind and field are set, into the form that texts
 * are matched in and fills in the rest.
 * shape: NULL, or what is wrong with it.
 */
const char *fingerprint_pattern_prepare(struct fingerprint_pattern *pattern);

/* fingerprint_class_known tells whether ${class} stands in the tree of classes. */
bool fingerprint_class_known(const char *class);

#endif
