/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cli: the commands that need neither root nor the daemon: they read policies and print.
 *
 * Each command lives in cli_NAME.c, reads its own arguments and says its own usage; this is what they share.
 *
 * Owns:    struct loaded owns what it read.
 * Context: main, before anything is opened.
 */
#ifndef ISOWARD_CONTROLLER_CLI_CLI_H
#define ISOWARD_CONTROLLER_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "policy/language/load.h"
#include "policy/table/table.h"

#define CLI_PROBLEMS_MAX 32

/* The exit statuses of every command. */
enum cli_status {
	CLI_DONE = 0,
	CLI_FAILED = 1, /* the policy is wrong; of diff: something loosens */
	CLI_USAGE = 2,
};

struct cli_command {
	const char *name;
	const char *arguments;                   /* "FILE --from X --to Y --service S" */
	const char *help;                        /* one line */
	const char *details;                     /* whole lines: options and examples, for `isoward NAME --help` */
	int (*run)(int count, char **arguments); /* arguments[0] is the command's name; returns enum cli_status */
};

/* cli_command_at borrows the command at ${index}, in the order of the help; NULL past the last one. */
const struct cli_command *cli_command_at(size_t index);

/*
 * cli_dispatch runs the command that ${count} ${arguments} of main name: "check FILE", "check --help", "help check".
 * shape: false where they name none of ours; else true, and the exit status in ${status}.
 */
bool cli_dispatch(int count, char **arguments, int *status);

/* cli_command_by_name borrows the command ${name}; NULL where there is none. */
const struct cli_command *cli_command_by_name(const char *name);

/* A policy as the commands use it. */
struct loaded {
	struct sources sources;
	struct policy *policy;
	struct table *table;
	struct error problems[CLI_PROBLEMS_MAX];
	size_t problem_count;
};

/*
 * cli_load reads, compiles and holds against its expectations the policy at ${path} into ${loaded}.
 * errors: negative errno, with problem_count at least 1; policy and table are NULL where they could not be made (an
 * expectation that fails leaves both). ownership: release with cli_unload, also on failure.
 */
int cli_load(const char *path, struct loaded *loaded);

/* cli_load_or_say is cli_load that prints the problems to stderr. */
int cli_load_or_say(const char *path, struct loaded *loaded);

/* cli_unload releases what ${loaded} owns. */
void cli_unload(struct loaded *loaded);

/* cli_print_problem writes "file:line:col: KIND: text" with the source line and a caret to ${stream}; ${kind} is
 * "error" or "warning". */
void cli_print_problem(FILE *stream, const struct error *problem, const char *kind);

/* cli_usage tells on stderr what is wrong with the arguments of ${command} and how it is used. returns CLI_USAGE. */
int cli_usage(const struct cli_command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * cli_bad_option tells on stderr what getopt_long(), called with ":" first in its short options, found wrong in
 * ${arguments}: ${option} is what it returned. returns CLI_USAGE.
 */
int cli_bad_option(const struct cli_command *command, int option, char **arguments);

/* cli_help prints the help of ${command} to stdout. returns CLI_DONE. */
int cli_help(const struct cli_command *command);

/* cli_now is the wall clock of this machine. */
struct moment cli_now(void);

/* The commands. */
extern const struct cli_command cli_check;
extern const struct cli_command cli_plan;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_diff;
extern const struct cli_command cli_reach;
extern const struct cli_command cli_replay;
extern const struct cli_command cli_schema;
extern const struct cli_command cli_services;
extern const struct cli_command cli_identify;
extern const struct cli_command cli_fingerprints;

#endif
