/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * yaml_text: is a file text that may be read as YAML at all, and if not, where and why.
 *
 * Owns:    nothing.
 * Context: pure.
 * Trust:   hostile bytes; fuzzed by tests/fuzz/fuzz_policy.c.
 * Source:  RFC 3629 (UTF-8), YAML 1.1 section 4 (characters, line breaks).
 */
#ifndef ISOWARD_POLICY_YAML_TEXT_H
#define ISOWARD_POLICY_YAML_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "policy/language/report.h"

/*
 * yaml_text_check refuses what would make lines and columns, or what an editor shows, differ from what is read: a
 * byte order mark, NUL and control characters, invalid UTF-8, tabs as indentation, line breaks other than LF and
 * CR LF, and the characters that reverse the direction of writing. The text is that of ${report}.
 * errors: -EINVAL with the place.
 */
int yaml_text_check(struct report *report);

#endif
