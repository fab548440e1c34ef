/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "policy/base/memory.h"
#include "policy/language/report.h"

static const char help_head[] = "Isoward, an isolation ward for network devices.\n"
				"\n"
				"Commands:\n"
				"  run --policy FILE    learn, zone, enforce and show, until stopped\n"
				"  clear [--state DIR]  take enforcement down and put kernel settings back\n";

static const char help_tail[] =
	"  help COMMAND         the details of a command; isoward COMMAND --help shows them too\n"
	"  --help | --version\n"
	"\n"
	"Options of run:\n"
	"  --policy FILE        the policy, YAML; read again on SIGHUP\n"
	"  --state DIR          where the inventory is kept (" OPTIONS_STATE ")\n"
	"  --listen ADDR:PORT   where the status page is served (" OPTIONS_LISTEN ");\n"
	"                       a socket handed over by systemd takes its place\n"
	"  --fingerprints DIR   a site's recognition rules, beside the delivered ones\n"
	"  --verbose            log more\n"
	"\n"
	"Only run and clear need root. Stopping leaves the rules in the kernel: nothing opens and nothing closes.\n"
	"Exit status: 0 done, 1 failed, 2 wrong usage.\n";

void options_help(FILE *stream)
{
	const struct cli_command *command;

	fputs(help_head, stream);
	for (size_t i = 0; (command = cli_command_at(i)); i++)
		fprintf(stream, "  %-19s  %s\n", command->name, command->help);
	fputs(help_tail, stream);
}

static const struct {
	const char *word;
	enum options_command command;
} commands[] = {
	{ "run", COMMAND_RUN },           { "clear", COMMAND_CLEAR }, { "help", COMMAND_HELP },
	{ "--help", COMMAND_HELP },       { "-h", COMMAND_HELP },     { "version", COMMAND_VERSION },
	{ "--version", COMMAND_VERSION },
};

static int refuse_command(const char *word, struct error *reterr)
{
	const struct cli_command *command;
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, word);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		suggest_consider(&suggest, commands[i].word);
	for (size_t i = 0; (command = cli_command_at(i)); i++)
		suggest_consider(&suggest, command->name);
	return error_set(reterr, -EINVAL, "no command %s%s", report_value(word, shown),
	                 suggest.best ? suggest_text(&suggest) : "; isoward --help lists them");
}

static int parse_command(const char *word, struct options *options, struct error *reterr)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (strcmp(word, commands[i].word) != 0)
			continue;
		options->command = commands[i].command;
		return 0;
	}
	return refuse_command(word, reterr);
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
		return error_set(reterr, -EINVAL, "a command is needed, see isoward --help");
	result = parse_command(arguments[1], options, reterr);
	optind = 2;
	if (result == 0 && count > 2 && strcmp(arguments[1], "help") == 0) {
		result = parse_command(arguments[2], options, reterr); /* run and clear: the one help is theirs */
		options->command = COMMAND_HELP;
		optind = 3;
	}
	while (result == 0 && (option = getopt_long(count, arguments, ":h", known, NULL)) != -1)
		result = parse_one(option, arguments, options, reterr);
	if (result == 0 && optind < count)
		result = error_set(reterr, -EINVAL, "'%s' is one word too many, see isoward --help", arguments[optind]);
	return result < 0 ? result : check(options, reterr);
}
