/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * practice: which habit of people an application is, by the name nDPI gives it, and which file a program.
 *
 * Owns:    nothing; the tables are constant.
 * Context: pure.
 * Trust:   names and paths are a stranger's bytes.
 * Source:  names and categories of nDPI 4.2 (ndpi_get_proto_name, ndpi_category_get_name).
 */
#ifndef ISOWARD_POLICY_FINDING_PRACTICE_H
#define ISOWARD_POLICY_FINDING_PRACTICE_H

#include <stdbool.h>

#include "policy/fields.h"
#include "policy/finding/finding.h"

/*
 * practice_of_application tells what the application of ${name} ("TLS.WhatsApp": the last part counts) and ${category}
 * is. shape: FINDING_COUNT where it is no habit worth telling.
 */
enum finding_type practice_of_application(const struct field_value *name, const struct field_value *category);

/* practice_is_program tells whether the path of ${uri}, its query aside, ends like a program or an installer. */
bool practice_is_program(const struct field_value *uri);

/*
 * practice_browser names the browser a person uses by its ${agent} (the User-Agent header): "Chrome", "Firefox" …
 * shape: NULL for other programs, and for browsers of devices without a person before them.
 */
const char *practice_browser(const struct field_value *agent);

#endif
