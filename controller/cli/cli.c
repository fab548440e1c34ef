/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "controller/cli/cli.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <string.h>

#include "controller/local_time.h"

/* In the order of the help. */
static const struct cli_command *const commands[] = {
	&cli_check,  &cli_plan,     &cli_explain, &cli_diff,     &cli_reach,
	&cli_replay, &cli_identify, &cli_schema,  &cli_services, &cli_fingerprints,
};

const struct cli_command *cli_command_at(size_t index)
{
	return index < ARRAY_SIZE(commands) ? commands[index] : NULL;
}

const struct cli_command *cli_command_by_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static bool asks_for_help(int count, char **arguments)
{
	for (int i = 1; i < count && strcmp(arguments[i], "--") != 0; i++)
		if (strcmp(arguments[i], "--help") == 0 || strcmp(arguments[i], "-h") == 0)
			return true;
	return false;
}

bool cli_dispatch(int count, char **arguments, int *status)
{
	bool help = count == 3 && strcmp(arguments[1], "help") == 0;
	const struct cli_command *command = count < 2 ? NULL : cli_command_by_name(arguments[help ? 2 : 1]);

	if (!command)
		return false;
	if (help || asks_for_help(count - 1, arguments + 1)) {
		*status = cli_help(command);
		return true;
	}
	optind = 0; /* glibc: begin anew */
	*status = command->run(count - 1, arguments + 1);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "isoward %s: the output cannot be written: %s\n", command->name, strerror(errno));
		*status = CLI_FAILED;
	}
	return true;
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "isoward %s: ", command->name);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nusage: isoward %s %s\n", command->name, command->arguments);
	return CLI_USAGE;
}

int cli_bad_option(const struct cli_command *command, int option, char **arguments)
{
	const char *word = arguments[optind > 0 ? optind - 1 : 0];

	if (option == ':')
		return cli_usage(command, "%s needs a value", word);
	return cli_usage(command, "there is no option %s", word);
}

int cli_help(const struct cli_command *command)
{
	printf("usage: isoward %s%s%s\n\n%s\n\n%s", command->name, command->arguments[0] ? " " : "", command->arguments,
	       command->help, command->details);
	return CLI_DONE;
}

struct moment cli_now(void)
{
	return local_time_now();
}
