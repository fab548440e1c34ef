/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * naming: vendor, model and operating system of a device, of all that its rules call them.
 *
 *   Vendor and model are those of the heaviest rule. Of operating systems first the family is taken, the name's first
 *   word, by the sum of the heaviest rule of each field; then of its names with a version the one that has most, for
 *   "Windows 7" says more than "Windows" and does not contradict it.
 *
 * Owns:    nothing.
 * Limits:  NAMING_SYSTEMS_MAX names of an operating system; beyond these the first stay.
 * Context: pure; private to policy/identity/.
 * Trust:   what a rule takes from a device's text ("$1") is that text as field_show shows it.
 */
#ifndef ISOWARD_POLICY_NAMING_H
#define ISOWARD_POLICY_NAMING_H

#include "policy/identity/fingerprint_rule.h"

#define NAMING_SYSTEMS_MAX 24

struct named {
	uint16_t field; /* which field spoke so */
	int weight;     /* of the heaviest rule; 0 where there is none */
	size_t order;
	char text[IDENTITY_TEXT_MAX];
};

struct naming {
	struct named vendor;
	struct named model;
	struct named systems[NAMING_SYSTEMS_MAX];
	size_t system_count;
};

/*
 * naming_hear takes what the rule of ${pattern}, which matches the lower-case ${text} of ${field}, calls the device;
 * ${shown} is the text as it was sent.
 */
void naming_hear(struct naming *naming, const struct fingerprint_pattern *pattern, enum field field, const char *text,
                 const char *shown);

/* naming_take writes what was heard into vendor, model and os of ${identity}; what was not heard stays. */
void naming_take(const struct naming *naming, struct identity *identity);

/* naming_copy copies ${text} to ${size} bytes at ${to}, cut between characters of UTF-8 where it does not fit. */
void naming_copy(char *to, size_t size, const char *text);

/* naming_stars tells how many texts "$1", "$2" … ${pattern} can give. */
size_t naming_stars(const struct fingerprint_pattern *pattern);

/* naming_needs tells the highest n of the "$n" in ${template}. */
size_t naming_needs(const char *template);

#endif
