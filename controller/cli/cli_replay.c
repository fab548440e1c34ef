/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/replay/capture_file.h"
#include "controller/replay/observation_lines.h"
#include "controller/sensor/dissect/dissector.h"

struct request {
	const char *policy;
	const char *fingerprints;
	bool json;
	bool observations;
};

struct run {
	const struct request *request;
	const char *capture;
	struct dissector *dissector;
	struct json_lines lines;
};

static void observed(const struct observation *observation, void *context)
{
	struct run *run = context;

	if (run->request->observations && observation->type != OBSERVATION_FLOW)
		observation_line(&run->lines, run->capture, observation);
}

/* What could be read of a damaged file counts. */
static int read_capture(struct run *run, const char *path)
{
	struct capture_file *file CLEANUP(capture_file_close) = NULL;
	struct error error = { .code = 0 };
	struct frame frame;
	int result = capture_file_open(path, &file, &error);

	run->capture = path;
	while (result >= 0) {
		result = capture_file_next(file, &frame, &error);
		if (result == 0)
			break;
		if (result > 0)
			dissector_take(run->dissector, &frame);
	}
	dissector_flush(run->dissector); /* no flow goes on in another capture */
	if (result < 0) {
		json_lines_flush(&run->lines);
		cli_print_problem(stderr, &error, "error");
	}
	return result;
}

static int replay(const struct request *request, char **paths, int count)
{
	static const struct dissector_options options = { .flows_max = 1 << 20,
		                                          .streams_max = 4096,
		                                          .applications = true };
	static struct run run;
	int status = CLI_DONE;

	run.request = request;
	if (dissector_new(&options, observed, &run, &run.dissector) < 0)
		return CLI_FAILED;
	json_lines_init(&run.lines, stdout);
	for (int i = 0; i < count; i++)
		if (read_capture(&run, paths[i]) < 0)
			status = CLI_FAILED;
	json_lines_flush(&run.lines);
	dissector_free(run.dissector);
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
		"after the\n"
		"other, as one.\n"
		"\n"
		"  --json             one object a line\n"
		"  --observations     with --json: every decoded field of every message too, with capture and frame\n"
		"  --fingerprints DIR recognition rules (beside the binary, else the installed ones)\n"
		"\n"
		"Exit status: 0 read; 1 a capture could not be read to its end (what was read counts); 2 wrong "
		"usage.\n"
		"\n"
		"  isoward replay --json --observations span-port.pcapng\n",
	.run = run,
};
