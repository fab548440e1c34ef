/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * print: a policy as YAML in its canonical form: one file, includes resolved, services expanded, defaults left out.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_LANGUAGE_PRINT_H
#define ISOWARD_POLICY_LANGUAGE_PRINT_H

#include "policy/policy.h"

/*
 * policy_print writes ${policy} as text that parses to the same model, places and the wording of services aside, into a
 * new string at ${text}, ownership to the caller. shape: the same model gives the same text. errors: -ENOMEM.
 */
int policy_print(const struct policy *policy, char **text);

/*
 * policy_equal tells whether ${left} and ${right} are the same model: everything but places, file names and the wording
 * of services.
 */
bool policy_equal(const struct policy *left, const struct policy *right);

#endif
