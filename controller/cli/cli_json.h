/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli_json: what the commands' --json outputs share.
 *
 * Owns:    nothing; what it makes is the caller's, to release with json_decref or to hand on.
 * Context: main.
 */
#ifndef ISOWARD_CONTROLLER_CLI_CLI_JSON_H
#define ISOWARD_CONTROLLER_CLI_CLI_JSON_H

#include <jansson.h>

#include "policy/base/error.h"
#include "policy/services.h"

/* cli_json_text makes a string of ${text}; bytes of a file's name that are no UTF-8 become '?'. errors: NULL no memory.
 */
json_t *cli_json_text(const char *text);

/* cli_json_problem makes { file, line, column, message, source } of ${problem}; source, the line it is about, is null
 * where there is none. errors: NULL no memory. */
json_t *cli_json_problem(const struct error *problem);

/* cli_json_print writes ${value}, which it releases, as one line to stdout. errors: -ENOMEM where value is NULL, said
 * on stderr. */
int cli_json_print(json_t *value);

#endif
