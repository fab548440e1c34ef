/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * identity: from what a device said to what it is, with every reason.
 *
 * Evidence is weighed in hundredths of a natural log-odds unit and added up per class; a class subtree inherits
 * what speaks for its ancestors. The best class is taken where it is above a threshold and ahead of the next by a
 * margin; else the class is "" (unknown).
 *
 * Owns:    fingerprints own their rules; an identity is inline.
 * Limits:  IDENTITY_EVIDENCE_MAX reasons a device.
 * Context: pure; the caller reads the files.
 * Trust:   facts are hostile bytes; fingerprint files are the operator's.
 */
#ifndef ISOWARD_POLICY_IDENTITY_H
#define ISOWARD_POLICY_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/memory.h"
#include "policy/identity/facts.h"
#include "policy/identity/housing.h"
#include "policy/identity/support.h"
#include "policy/policy.h"

#define IDENTITY_EVIDENCE_MAX 32
#define IDENTITY_TEXT_MAX     64
#define IDENTITY_VALUE_MAX    128

/* One reason. */
struct identity_evidence {
	uint16_t field;                 /* enum field: what was seen */
	int16_t weight;                 /* hundredths of log odds for class; 0 where it only names a vendor or OS */
	char value[IDENTITY_VALUE_MAX]; /* as field_show shows it */
	char class[POLICY_CLASS_MAX];   /* "" where it speaks for no class */
	char why[IDENTITY_VALUE_MAX];   /* rule name and its source */
	bool yields;                    /* it speaks for its class and against no other */
};

struct identity {
	char class[POLICY_CLASS_MAX]; /* "" is unknown */
	char vendor[IDENTITY_TEXT_MAX];
	char model[IDENTITY_TEXT_MAX];
	char os[IDENTITY_TEXT_MAX];           /* "Windows 7", "iOS 12", "Linux" */
	struct support support;               /* of os; ended is DAY_NONE where nothing is known */
	uint8_t confidence;                   /* percent, of class; 0 where unknown */
	bool yields;                          /* class rests on reasons that yield to any other class */
	bool houses;                          /* as much speaks for a computer, which class may hold */
	const struct housing_table *housings; /* borrowed from the fingerprints; NULL where nothing holds anything */
	size_t evidence_count;
	struct identity_evidence evidence[IDENTITY_EVIDENCE_MAX];
};

struct fingerprints;

/* fingerprints_new makes an empty rule base at ${fingerprints}, the caller's to free. errors: -ENOMEM. */
int fingerprints_new(struct fingerprints **fingerprints);

/* fingerprints_free releases ${fingerprints}; NULL is allowed. */
void fingerprints_free(struct fingerprints *fingerprints);
CLEANUP_DEFINE(struct fingerprints, fingerprints_free);

/*
 * fingerprints_add_yaml adds the rules in ${length} bytes of YAML at ${text}, called ${file} in messages.
 * errors: -EINVAL with file, line and column; -ENOMEM; on failure no rule of this file is added.
 */
int fingerprints_add_yaml(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                          struct error *reterr);

/*
 * fingerprints_check_yaml is fingerprints_add_yaml for who wants to be told all that is wrong: of each rule the first
 * mistake, at most ${max} together, into ${errors} by their places, and how many into ${count}.
 */
int fingerprints_check_yaml(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                            struct error *errors, size_t max, size_t *count);

enum fingerprint_key_kind {
	FINGERPRINT_KEY_TEXT,
	FINGERPRINT_KEY_FIELD,   /* the name of a field that is evidence */
	FINGERPRINT_KEY_CLASS,   /* a class of the tree */
	FINGERPRINT_KEY_WEIGHT,  /* a number */
	FINGERPRINT_KEY_FLAG,    /* true or false */
	FINGERPRINT_KEY_PATTERN, /* a text or a list of them; of these keys a rule has exactly one */
};

/* A key of a rule, as the reader of rules knows it. */
struct fingerprint_key {
	const char *name;
	enum fingerprint_key_kind kind;
	bool required;
	const char *help;
};

/* fingerprints_key borrows the key at ${index}; NULL past the last one. */
const struct fingerprint_key *fingerprints_key(size_t index);

/* A rule as it can be shown; texts are borrowed, "" where the rule does not say. */
struct fingerprint_summary {
	const char *name;
	const char *source;
	const char *class;
	const char *vendor;
	const char *model;
	const char *os;
	const char *cite;
	int weight; /* hundredths */
};

/* fingerprints_rule tells of the rule at ${index}, in the order of reading. shape: false past the last one. */
bool fingerprints_rule(const struct fingerprints *fingerprints, size_t index, struct fingerprint_summary *summary);

/*
 * fingerprints_add_registry adds the vendor prefixes in ${length} bytes of IEEE CSV at ${text} (the ieee-data
 * package's oui.csv, mam.csv or oui36.csv), called ${file} in messages.
 * errors: -EINVAL with file and line; -ENOMEM; returns the number of prefixes added.
 */
int fingerprints_add_registry(struct fingerprints *fingerprints, const char *file, const char *text, size_t length,
                              struct error *reterr);

/*
 * fingerprints_add_syn_signatures takes the ${length} bytes of p0f.fp at ${text}, called ${file} in messages: rules for
 * tcp-signature and tcp-server-signature then see the label that the file gives a signature ("Windows 7 or 8"), and the
 * signature itself where it gives none. errors: those of syn_signatures_read, with what was there untouched.
 */
int fingerprints_add_syn_signatures(struct fingerprints *fingerprints, const char *file, const char *text,
                                    size_t length, struct error *reterr);

/*
 * fingerprints_support borrows what the rules files say of the end of support of ${name}: a system as identity calls it
 * ("Windows 7"), a protocol ("SMB1", "TLS 1.0"); NULL where they say nothing.
 */
const struct support *fingerprints_support(const struct fingerprints *fingerprints, const char *name);

/* fingerprints_vendor borrows the vendor's name of ${mac}, longest prefix first; NULL where it is not registered. */
const char *fingerprints_vendor(const struct fingerprints *fingerprints, const struct mac *mac);

/* identity_judge weighs ${facts} by ${fingerprints} into ${identity}. It cannot fail: nothing known is unknown. */
void identity_judge(const struct fingerprints *fingerprints, const struct facts *facts, struct identity *identity);

/*
 * identity_learn adds to ${facts} what of ${fields} is worth to be remembered: of what a device says without end, whom
 * it looks for and what it connects with, only what a rule of ${fingerprints} knows. So the evidence is not pushed out,
 * and nobody's browsing is kept.
 * shape: as facts_learn.
 */
int identity_learn(const struct fingerprints *fingerprints, struct facts *facts, const struct fields *fields);

#endif
