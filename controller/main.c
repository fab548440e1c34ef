/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/options.h"
#include "controller/process/children.h"
#include "controller/process/sandbox.h"
#include "controller/process/web_process.h"
#include "controller/runtime/runtime.h"
#include "controller/sensor/decode/crypto.h"
#include "controller/sensor/sensor.h"
#include "policy/base/log.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
};

static int fail(const struct error *error, int status)
{
	char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	fprintf(stderr, "isoward: %s\n", error_format(error, text, sizeof(text)));
	return status;
}

static int run_sensor(const struct sandbox_options *options, struct error *reterr)
{
	int result = crypto_prepare();

	if (result < 0)
		return error_set(reterr, result, "OpenSSL lacks MD5, SHA-256 or AES-128-GCM");
	result = sandbox_enter(SANDBOX_SENSOR, options, reterr);
	if (result < 0)
		return result;
	result = sensor_run(CHILD_MESSAGE_FD);
	return result < 0 ? error_set(reterr, result, "%s", strerror(-result)) : 0;
}

/* isoward child-sensor|child-web UID GID STATE: how the controller starts its children; not for people. */
static int run_child(char **arguments)
{
	const char *role = arguments[1] + strlen("child-");
	const struct sandbox_options options = {
		.message_fd = CHILD_MESSAGE_FD,
		.uid = (uid_t)strtoul(arguments[2], NULL, 10),
		.gid = (gid_t)strtoul(arguments[3], NULL, 10),
	};
	struct error error = { 0 };
	int result;

	log_open(role, LEVEL_INFO);
	if (strcmp(role, child_name(CHILD_SENSOR)) == 0)
		result = run_sensor(&options, &error);
	else
		result = web_process_run(CHILD_MESSAGE_FD, CHILD_LISTENER_FD, arguments[4], options.uid, options.gid,
		                         &error);
	if (result < 0)
		log_event(LEVEL_ERROR, "child-failed", "text", error.code ? error.text : strerror(-result), NULL);
	return result < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int run_command(const struct options *options)
{
	struct error error = { 0 };
	int result = 0;

	switch (options->command) {
	case COMMAND_HELP:
		options_help(stdout);
		break;
	case COMMAND_VERSION:
		puts("isoward " ISOWARD_VERSION);
		break;
	case COMMAND_RUN:
		result = runtime_run(options, &error);
		break;
	case COMMAND_CLEAR:
		result = runtime_clear(options, &error);
		break;
	}
	return result < 0 ? fail(&error, EXIT_FAILED) : EXIT_DONE;
}

int main(int count, char **arguments)
{
	struct options options;
	struct error error = { 0 };
	int status;

	if (count == 5 && strncmp(arguments[1], "child-", strlen("child-")) == 0)
		return run_child(arguments);
	if (cli_dispatch(count, arguments, &status))
		return status;
	if (options_parse(count, arguments, &options, &error) < 0)
		return fail(&error, EXIT_USAGE);
	log_open("isoward", options.verbose ? LEVEL_DEBUG : LEVEL_INFO);
	return run_command(&options);
}
