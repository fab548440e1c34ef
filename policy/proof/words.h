/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * words: rules, times and flows of a policy in words, for messages that show what was found.
 *
 * Owns:    nothing; writes into the caller's room, which is always terminated.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_PROOF_WORDS_H
#define ISOWARD_POLICY_PROOF_WORDS_H

#include "policy/language/load.h"
#include "policy/language/report.h"

#define WORDS_MAX 160

/*
 * words_report makes ${report}, with room for ${max} ${errors}, able to show lines of the files of ${policy};
 * ${sources}, NULL where there are none, are their texts. It borrows all of them.
 */
void words_report(struct report *report, const struct policy *policy, const struct sources *sources,
                  struct error *errors, size_t max);

/* words_verdict borrows "deny", "allow" or "reject". */
const char *words_verdict(enum verdict verdict);

/* words_rule writes "the rule 'archive' at hospital.yaml:31" into ${buffer} and returns it. */
const char *words_rule(const struct policy *policy, const struct policy_rule *rule, char buffer[WORDS_MAX]);

/* words_schedule writes "Mon-Fri 07:00-19:00, until 2026-12-31" into ${buffer} and returns it; "" for always. */
const char *words_schedule(const struct schedule *schedule, char buffer[WORDS_MAX]);

/* words_moment writes "Sat 2026-11-28 19:00" into ${buffer} and returns it. */
const char *words_moment(struct moment moment, char buffer[WORDS_MAX]);

/* words_names writes the names of the set ${names} (1-based), as many as fit, into ${buffer} and returns it. */
const char *words_names(const struct policy *policy, uint16_t names, char buffer[WORDS_MAX]);

/* words_add appends the formatted text to what stands in ${buffer} of ${size} bytes, cut at a whole character.
 * shape: returns whether all of it fitted. */
bool words_add(char *buffer, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
