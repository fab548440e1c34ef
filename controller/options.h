/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * options: the command line.
 *
 * Owns:    nothing; borrows the argument strings.
 * Context: main.
 */
#ifndef ISOWARD_CONTROLLER_OPTIONS_H
#define ISOWARD_CONTROLLER_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "policy/base/error.h"

#define OPTIONS_STATE  "/var/lib/isoward"
#define OPTIONS_LISTEN "127.0.0.1:8080"

enum options_command {
	COMMAND_RUN,
	COMMAND_CLEAR,
	COMMAND_HELP,
	COMMAND_VERSION,
};

struct options {
	enum options_command command;
	const char *policy;
	const char *state;
	const char *listen;       /* ADDR:PORT; unused where a socket is handed over */
	const char *fingerprints; /* the site's own rules; NULL for none */
	bool verbose;
};

/* options_parse reads ${count} ${arguments} into ${options}. errors: -EINVAL, with what would be right. */
int options_parse(int count, char **arguments, struct options *options, struct error *reterr);

/* options_help writes what `isoward --help` shows to ${stream}; the commands of cli.h are in it. */
void options_help(FILE *stream);

#endif
