/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/cli/cli_json.h"
#include "policy/language/print.h"
#include "policy/proof/lint.h"

#define WARNINGS_MAX 1000

struct request {
	bool json;
	bool print;
	int32_t today;
};

/* What was found out about one file. */
struct findings {
	const char *file;
	struct loaded loaded;
	struct error warnings[WARNINGS_MAX];
	size_t warning_count;
};

static void say_count(FILE *out, size_t count, size_t most, const char *one, const char *several)
{
	fprintf(out, "%s%zu %s", count >= most ? "at least " : "", count, count == 1 ? one : several);
}

static void say_result(FILE *out, const struct findings *findings)
{
	const struct loaded *loaded = &findings->loaded;
	size_t claims = loaded->policy ? loaded->policy->expect_count + loaded->policy->canary_count : 0;

	fprintf(out, "%s: ", findings->file);
	if (loaded->problem_count > 0) {
		say_count(out, loaded->problem_count, CLI_PROBLEMS_MAX, "error", "errors");
	} else {
		fputs("correct: ", out);
		say_count(out, loaded->policy->zone_count, SIZE_MAX, "zone", "zones");
		fputs(", ", out);
		say_count(out, loaded->policy->rule_count, SIZE_MAX, "rule", "rules");
		if (claims > 0)
			fputs(", ", out);
		if (claims > 0)
			say_count(out, claims, SIZE_MAX, "expectation holds", "expectations hold");
	}
	if (findings->warning_count > 0)
		fputs(", ", out);
	if (findings->warning_count > 0)
		say_count(out, findings->warning_count, WARNINGS_MAX, "warning", "warnings");
	fputs("\n", out);
}

static void say(const struct findings *findings, FILE *result)
{
	for (size_t i = 0; i < findings->loaded.problem_count; i++)
		cli_print_problem(stderr, &findings->loaded.problems[i], "error");
	for (size_t i = 0; i < findings->warning_count; i++)
		cli_print_problem(stderr, &findings->warnings[i], "warning");
	say_result(result, findings);
	fflush(result);
}

static json_t *counts_json(const struct policy *policy)
{
	size_t networks = 0;

	if (!policy)
		return json_null();
	for (size_t i = 0; i < policy->zone_count; i++)
		networks += policy->zones[i].network_count;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "zones", (json_int_t)policy->zone_count, "networks",
	                 (json_int_t)networks, "rules", (json_int_t)policy->rule_count, "devices",
	                 (json_int_t)policy->pin_count, "expectations", (json_int_t)policy->expect_count, "canaries",
	                 (json_int_t)policy->canary_count);
}

static json_t *problems_json(const struct error *problems, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, cli_json_problem(&problems[i]));
	return list;
}

static int say_json(const struct findings *findings)
{
	const struct loaded *loaded = &findings->loaded;

	return cli_json_print(json_pack(
		"{s:o, s:b, s:o, s:o, s:o}", "file", cli_json_text(findings->file), "valid", loaded->problem_count == 0,
		"errors", problems_json(loaded->problems, loaded->problem_count), "warnings",
		problems_json(findings->warnings, findings->warning_count), "counts", counts_json(loaded->policy)));
}

static int print_policy(const struct policy *policy)
{
	char *text = NULL;
	int result = policy_print(policy, &text);

	if (result < 0)
		fputs("isoward check: no memory to print the policy\n", stderr);
	else
		fputs(text, stdout);
	free(text);
	return result;
}

/* Also where an expectation fails: a warning may tell why. */
static int find_warnings(struct findings *findings, int32_t today)
{
	const struct loaded *loaded = &findings->loaded;

	findings->warning_count = 0;
	if (!loaded->policy || !loaded->table)
		return 0;
	return lint_check(loaded->policy, loaded->table, &loaded->sources, today, findings->warnings, WARNINGS_MAX,
	                  &findings->warning_count);
}

static int check_file(const char *path, const struct request *request)
{
	static struct findings findings;
	int result;

	findings.file = path;
	result = cli_load(path, &findings.loaded) < 0 ? CLI_FAILED : CLI_DONE;
	if (find_warnings(&findings, request->today) < 0) {
		fputs("isoward check: no memory to look for what is hardly meant\n", stderr);
		result = CLI_FAILED;
	}
	if (request->print && findings.loaded.problem_count == 0 && print_policy(findings.loaded.policy) < 0)
		result = CLI_FAILED;
	if (!request->json)
		say(&findings, request->print ? stderr : stdout);
	else if (say_json(&findings) < 0)
		result = CLI_FAILED;
	cli_unload(&findings.loaded);
	return result;
}

static int parse_one(int option, char **arguments, struct request *request)
{
	switch (option) {
	case 'j':
		request->json = true;
		return CLI_DONE;
	case 'p':
		request->print = true;
		return CLI_DONE;
	case 't':
		if (date_parse(optarg, &request->today) == 0)
			return CLI_DONE;
		return cli_usage(&cli_check, "--today '%s' is no date; write 2026-12-31", optarg);
	default:
		return cli_bad_option(&cli_check, option, arguments);
	}
}

static int run(int count, char **arguments)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "print", no_argument, NULL, 'p' },
		{ "today", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct request request = { .today = cli_now().day };
	int option, status = CLI_DONE;

	while ((option = getopt_long(count, arguments, ":", known, NULL)) != -1)
		if (parse_one(option, arguments, &request) != CLI_DONE)
			return CLI_USAGE;
	if (optind == count)
		return cli_usage(&cli_check, "a policy file is needed");
	if (request.print && (request.json || count - optind > 1))
		return cli_usage(&cli_check, "--print is for one file, and without --json");
	for (int i = optind; i < count; i++)
		if (check_file(arguments[i], &request) != CLI_DONE)
			status = CLI_FAILED;
	return status;
}

const struct cli_command cli_check = {
	.name = "check",
	.arguments = "FILE... [--json | --print] [--today YYYY-MM-DD]",
	.help = "tell everything that is wrong with a policy, or that it is right",
	.details =
		"FILE is read with all it includes, compiled, and held against its own expectations and canaries.\n"
		"Problems are written as FILE:LINE:COLUMN: error: ..., up to 32, then the line with a mark below it.\n"
		"Warnings are of what is allowed but hardly meant; a policy with warnings is correct.\n"
		"\n"
		"  --json        one line of JSON a file: file, valid, errors, warnings, counts\n"
		"  --today DATE  the day against which reviews and ends are held; else the present one\n"
		"\n"
		"Exit status: 0 correct, 1 an error in one of the files, 2 wrong usage.\n"
		"\n"
		"  isoward check /etc/isoward/policy.yaml\n"
		"  isoward check --print policy.yaml > canonical.yaml\n",
	.run = run,
};
