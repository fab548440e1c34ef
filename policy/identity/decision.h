/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decision: from weighed reasons to a class, and how classes of the tree lie to each other.
 *
 * Owns:    nothing.
 * Limits:  four steps of the tree of classes.
 * Context: pure; private to policy/identity/.
 * Trust:   classes are the rules', not a stranger's.
 */
#ifndef ISOWARD_POLICY_DECISION_H
#define ISOWARD_POLICY_DECISION_H

#include <stdbool.h>

#include "policy/identity/identity.h"

/* decision_within tells whether ${class} is ${whole} or a part of it. */
bool decision_within(const char *class, const char *whole);

/* decision_related tells whether one of ${a} and ${b} is the other or a part of it. */
bool decision_related(const char *a, const char *b);

/*
 * decision_make takes the class that the evidence of ${identity}, correlated reasons discounted already, speaks for,
 * and leaves out what speaks against a class that nothing speaks for.
 */
void decision_make(struct identity *identity);

#endif
