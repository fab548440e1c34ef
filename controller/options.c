/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

const char *options_help(void)
{
	return "Isoward, an isolation ward for network devices.\n"
	       "\n"
	       "  isoward run --policy FILE [options]   learn, zone, enforce and show, until stopped\n"
	       "  isoward clear [--state DIR]           take enforcement down and put kernel settings back\n"
	       "  isoward --help | --version\n"
	       "\n"
	       "Options of run:\n"
	       "  --policy FILE        the policy, YAML; read again on SIGHUP\n"
	       "  --state DIR          where the inventory is kept (" OPTIONS_STATE ")\n"
	       "  --listen ADDR:PORT   where the status page is served (" OPTIONS_LISTEN ");\n"
	       "                       a socket handed over by systemd takes its place\n"
	       "  --fingerprints DIR   recognition rules (beside the binary, else the installed ones)\n"
	       "  --verbose            log more\n"
	       "\n"
	       "Stopping leaves the rules in the kernel: nothing opens and nothing closes.\n"
	       "Exit status: 0 done, 1 failed, 2 wrong usage.\n";
}

static int parse_command(const char *word, struct options *options, struct error *reterr)
{
	static const struct {
		const char *word;
		enum options_command command;
	} commands[] = {
		{ "run", COMMAND_RUN },           { "clear", COMMAND_CLEAR }, { "help", COMMAND_HELP },
		{ "--help", COMMAND_HELP },       { "-h", COMMAND_HELP },     { "version", COMMAND_VERSION },
		{ "--version", COMMAND_VERSION },
	};

	for (unsigned int i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(word, commands[i].word) != 0)
			continue;
		options->command = commands[i].command;
		return 0;
	}
	return error_set(reterr, -EINVAL, "no command '%s'; there are run and clear, see isoward --help", word);
}

static int check(const struct options *options, struct error *reterr)
{
	if (options->command == COMMAND_RUN && !options->policy)
		return error_set(reterr, -EINVAL, "run needs a policy: isoward run --policy FILE");
	if (strlen(options->state) > 1024)
		return error_set(reterr, -EINVAL, "--state: the folder's name is longer than 1024 bytes");
	return 0;
}

static int parse_one(int option, char **arguments, struct options *options, struct error *reterr)
{
	switch (option) {
	case 'p':
		options->policy = optarg;
		return 0;
	case 's':
		options->state = optarg;
		return 0;
	case 'l':
		options->listen = optarg;
		return 0;
	case 'f':
		options->fingerprints = optarg;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case 'h':
		options->command = COMMAND_HELP;
		return 0;
	case ':':
		return error_set(reterr, -EINVAL, "%s needs a value, see isoward --help", arguments[optind - 1]);
	default:
		return error_set(reterr, -EINVAL, "no option %s, see isoward --help", arguments[optind - 1]);
	}
}

int options_parse(int count, char **arguments, struct options *options, struct error *reterr)
{
	static const struct option known[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "state", required_argument, NULL, 's' },
		{ "listen", required_argument, NULL, 'l' },
		{ "fingerprints", required_argument, NULL, 'f' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int option, result;

	*options = (struct options){ .state = OPTIONS_STATE, .listen = OPTIONS_LISTEN };
	if (count < 2)
		return error_set(reterr, -EINVAL, "a command is needed: run or clear, see isoward --help");
	result = parse_command(arguments[1], options, reterr);
	optind = 2;
	while (result == 0 && (option = getopt_long(count, arguments, ":h", known, NULL)) != -1)
		result = parse_one(option, arguments, options, reterr);
	if (result == 0 && optind < count)
		result = error_set(reterr, -EINVAL, "'%s' is one word too many, see isoward --help", arguments[optind]);
	return result < 0 ? result : check(options, reterr);
}
