/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "controller/cli/cli.h"
#include "controller/files.h"
#include "controller/replay/replay.h"
#include "controller/replay/report_lines.h"
#include "controller/replay/report_text.h"

#define WIDTH_DEFAULT 120 /* of what is no terminal */
#define WIDTH_MIN     60

struct request {
	const char *policy;
	const char *fingerprints;
	bool json;
	bool observations;
};

/* ${COLUMNS} goes before the terminal, which a pipe has none of. */
static size_t width(void)
{
	const char *wanted = getenv("COLUMNS");
	unsigned long columns = wanted ? strtoul(wanted, NULL, 10) : 0;
	struct winsize window;

	if (columns == 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0)
		columns = window.ws_col;
	if (columns == 0 || columns > 1000)
		columns = WIDTH_DEFAULT;
	return columns < WIDTH_MIN ? WIDTH_MIN : columns;
}

static int fail(const struct error *error)
{
	fflush(stdout);
	cli_print_problem(stderr, error, "error");
	return CLI_FAILED;
}

static int report(struct replay *replay, const struct request *request, struct json_lines *lines)
{
	const struct error no_memory = { .code = -ENOMEM, .text = "memory ran out" };

	replay_settle(replay);
	if (!request->json)
		return report_text(replay, width(), stdout) < 0 ? fail(&no_memory) : CLI_DONE;
	report_lines(replay, lines);
	json_lines_flush(lines);
	return CLI_DONE;
}

static int read_all(const struct request *request, struct replay_options *options, char **paths, int count)
{
	static struct json_lines lines;
	struct replay *replay CLEANUP(replay_free) = NULL;
	const struct error no_memory = { .code = -ENOMEM, .text = "memory ran out" };
	int status = CLI_DONE, reported;

	json_lines_init(&lines, stdout);
	options->observations = request->observations ? &lines : NULL;
	if (replay_new(options, &replay) < 0)
		return fail(&no_memory);
	for (int i = 0; i < count; i++) {
		struct error error = { .code = 0 };

		if (replay_read(replay, paths[i], &error) < 0) {
			json_lines_flush(&lines);
			status = fail(&error);
		}
	}
	reported = report(replay, request, &lines);
	return status == CLI_DONE ? reported : status;
}

static int load_fingerprints(const char *directory, struct fingerprints **fingerprints)
{
	char data[PATH_MAX], beside[PATH_MAX + sizeof("/fingerprints")];
	struct error error = { .code = 0 };

	files_data_folder(data);
	snprintf(beside, sizeof(beside), "%s/fingerprints", data);
	if (files_load_fingerprints(directory ? directory : beside, fingerprints, &error) < 0)
		return fail(&error);
	return CLI_DONE;
}

static int replay(const struct request *request, char **paths, int count)
{
	static struct loaded loaded;
	struct fingerprints *fingerprints CLEANUP(fingerprints_free) = NULL;
	struct replay_options options = { .policy = NULL };
	int status;

	if (load_fingerprints(request->fingerprints, &fingerprints) != CLI_DONE)
		return CLI_FAILED;
	options.fingerprints = fingerprints;
	if (!request->policy)
		return read_all(request, &options, paths, count);
	if (cli_load_or_say(request->policy, &loaded) < 0) {
		cli_unload(&loaded);
		return CLI_FAILED;
	}
	options.policy = loaded.policy;
	options.table = loaded.table;
	status = read_all(request, &options, paths, count);
	cli_unload(&loaded);
	return status;
}

static int parse_option(int option, char **arguments, struct request *request)
{
	switch (option) {
	case 'p':
		request->policy = optarg;
		return CLI_DONE;
	case 'f':
		request->fingerprints = optarg;
		return CLI_DONE;
	case 'j':
		request->json = true;
		return CLI_DONE;
	case 'o':
		request->observations = true;
		return CLI_DONE;
	default:
		return cli_bad_option(&cli_replay, option, arguments);
	}
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "policy", required_argument, NULL, 'p' },
		{ "fingerprints", required_argument, NULL, 'f' },
		{ "json", no_argument, NULL, 'j' },
		{ "observations", no_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .policy = NULL };
	int option;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1)
		if (parse_option(option, arguments, &request) != CLI_DONE)
			return CLI_USAGE;
	if (optind == count)
		return cli_usage(&cli_replay, "a capture file is needed");
	if (request.observations && !request.json)
		return cli_usage(&cli_replay, "--observations are lines of JSON: add --json");
	return replay(&request, arguments + optind, count - optind);
}

const struct cli_command cli_replay = {
	.name = "replay",
	.arguments = "[--policy FILE] [--json] [--observations] [--fingerprints DIR] CAPTURE...",
	.help = "read captures and tell what every device is, and what a policy would have decided",
	.details =
		"Reads pcap and pcapng, packed with gzip or not; - is standard input. Several captures are read one "
		"after "
		"the\n"
		"other, as of one network. No root is needed, nothing is sent and nothing is kept.\n"
		"\n"
		"A device is judged, and its zone found, when all captures were read; its flows are decided then, each "
		"with\n"
		"the rules in force at the time it was seen. Devices of other networks, behind a router, have no MAC "
		"here.\n"
		"\n"
		"  --policy FILE       tell the zone of each device, and of each flow whether it would be allowed and "
		"by "
		"which\n"
		"                      rule; else devices and findings only\n"
		"  --json              one object a line, with a type: device, finding, flow, and statistics last\n"
		"  --observations      with --json: every decoded field of every message too, with capture and frame\n"
		"  --fingerprints DIR  recognition rules (beside the binary, else the installed ones)\n"
		"\n"
		"Exit status: 0 read; 1 a capture could not be read to its end (what was read counts), or an error in "
		"the\n"
		"policy; 2 wrong usage.\n"
		"\n"
		"  isoward replay --policy policy.yaml span-port.pcapng\n"
		"  tcpdump -i span0 -w - | isoward replay --json -\n",
	.run = run,
};
