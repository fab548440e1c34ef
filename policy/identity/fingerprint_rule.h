/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fingerprint_rule: the rule base behind identity, as its three parts share it.
 *
 * Exact patterns stand in one sorted array a field, found by bisection; the others in one array a field, grouped
 * by a run of three characters that a text must hold to match them, so that a lookup tries few of them. Vendor prefixes
 * stand in sorted arrays, one for each length.
 *
 * Owns:    struct fingerprints owns all of it; fingerprints_free releases it.
 * Limits:  the *_MAX numbers below; more is an error that names the number.
 * Context: pure; private to policy/identity/ and its tests.
 * Trust:   patterns are the operator's, texts matched against them are hostile but escaped and bounded.
 */
#ifndef ISOWARD_POLICY_FINGERPRINT_RULE_H
#define ISOWARD_POLICY_FINGERPRINT_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/identity/identity.h"
#include "policy/identity/syn_signatures.h"

#define FINGERPRINT_NAME_MAX     48
#define FINGERPRINT_CITE_MAX     128
#define FINGERPRINT_PATTERN_MAX  128
#define FINGERPRINT_PATTERNS_MAX 64    /* alternatives of one rule */
#define FINGERPRINT_RULES_MAX    50000 /* rules of all files together */
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
	KIND_DOMAIN, /* a name of the DNS and all below it */
	KIND_COUNT
};

struct fingerprint_rule {
	size_t order;   /* in which it was added: decides ties */
	uint16_t field; /* what it looks at; host-name: any name */
	int16_t weight;
	bool yields;        /* what it says is as true of what is inside other devices: it speaks against none */
	struct place place; /* in its file */
	char name[FINGERPRINT_NAME_MAX];
	char class[POLICY_CLASS_MAX];
	char vendor[IDENTITY_TEXT_MAX];
	char model[IDENTITY_TEXT_MAX]; /* "$1" in it and in os: the text of the pattern's first star */
	char os[IDENTITY_TEXT_MAX];
	char cite[FINGERPRINT_CITE_MAX];
};

struct fingerprint_pattern {
	const struct fingerprint_rule *rule;
	uint8_t kind;
	uint16_t field;
	uint8_t length;
	char text[FINGERPRINT_PATTERN_MAX]; /* lower case */
};

#define LOOSE_BYTES 256
#define LOOSE_RUNS  1024
#define LOOSE_LISTS (LOOSE_BYTES + LOOSE_RUNS)

/*
 * The patterns of one field. loose_from[list] to loose_from[list + 1] are those of one list: 0 of what any text may
 * match, up to 255 of the texts that begin with that byte, above of those that hold a run of three characters.
 */
struct fingerprint_index {
	const struct fingerprint_pattern **exact;
	size_t exact_count;
	bool has_domains;
	const struct fingerprint_pattern **loose;
	size_t loose_count;
	uint32_t loose_from[LOOSE_LISTS + 1];
};

#define FINGERPRINT_SPANS_MAX 9

/* What the stars of a glob stood for, as offsets into the text. */
struct fingerprint_spans {
	size_t count; /* stars; of those beyond FINGERPRINT_SPANS_MAX nothing is told */
	uint16_t start[FINGERPRINT_SPANS_MAX];
	uint16_t end[FINGERPRINT_SPANS_MAX];
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
	const struct fingerprint_rule **by_name;
	struct support_table support;
	struct housing_table housings;
	struct syn_signatures *syn_signatures; /* NULL where there is no such file */
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
	struct support_table support;
	struct housing_table housings;
};

/* fingerprint_compare_names orders pointers to rules by their names, for qsort and bsearch. */
int fingerprint_compare_names(const void *left, const void *right);

/* fingerprint_batch_done releases what ${batch} still holds and leaves it empty. */
void fingerprint_batch_done(struct fingerprint_batch *batch);

/*
 * fingerprints_take moves all of ${batch} into ${fingerprints} and indexes it anew.
 * errors: -ENOMEM, with both untouched.
 */
int fingerprints_take(struct fingerprints *fingerprints, struct fingerprint_batch *batch);

/*
 * fingerprint_glob_match tells whether all of ${text} matches ${pattern}: '*' is any run, '?' any character,
 * "[a-c]" one of a set and "[!a-c]" one outside of it. Where ${spans} is not NULL it tells what each star stood for,
 * the earlier ones for as little as will do.
 */
bool fingerprint_glob_match(const char *pattern, const char *text, struct fingerprint_spans *spans);

/* fingerprint_set_end tells where the set that opens at ${set} ("[") ends, after its "]"; NULL where it never does. */
const char *fingerprint_set_end(const char *set);

/* fingerprint_glob_check tells whether every '[' of ${pattern} is closed. */
bool fingerprint_glob_check(const char *pattern);

/* fingerprint_run_list tells in which list of an index the patterns stand that need the three characters at ${text}. */
size_t fingerprint_run_list(const char *text);

/* What is done with a pattern that matches, and so with its rule. */
typedef void fingerprint_use(const struct fingerprint_pattern *pattern, void *data);

/*
 * fingerprints_each calls ${use} with ${data} for every pattern of a rule that looks at ${field} and matches the
 * escaped, lower-case ${text}.
 */
void fingerprints_each(const struct fingerprints *fingerprints, enum field field, const char *text,
                       fingerprint_use *use, void *data);

/*
 * fingerprints_each_prefix calls ${use} with ${data} for every pattern that names the 36, 28 or 24 bit prefix of ${mac}
 * in hexadecimal.
 */
void fingerprints_each_prefix(const struct fingerprints *fingerprints, const struct mac *mac, fingerprint_use *use,
                              void *data);

/*
 * fingerprint_pattern_prepare brings the text of ${pattern}, whose kind and field are set, into the form that texts
 * are matched in and fills in the rest.
 * shape: NULL, or what is wrong with it.
 */
const char *fingerprint_pattern_prepare(struct fingerprint_pattern *pattern);

struct report;
struct yaml_node;

/*
 * fingerprint_read_support reads the list ${node} of { name: …, ended: …, source: … } into ${support}; a name that is
 * there or among ${known} is refused. errors: -EINVAL, -E2BIG, -ENOMEM, noted in ${report}.
 */
int fingerprint_read_support(struct report *report, const struct yaml_node *node, const struct support_table *known,
                             struct support_table *support);

/*
 * fingerprint_read_housings reads the list ${node} of { class: …, holds: …, source: … } into ${table}, which with
 * ${known} has room for HOUSING_ENTRIES_MAX. errors: -EINVAL, noted in ${report}.
 */
int fingerprint_read_housings(struct report *report, const struct yaml_node *node, const struct housing_table *known,
                              struct housing_table *table);

#endif
