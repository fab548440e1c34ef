/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/policy_files.h"
#include "policy/language/report.h"
#include "policy/proof/expect.h"

static uint16_t file_of(const struct sources *sources, const char *path)
{
	size_t file = 0;

	while (file < sources->count && strcmp(sources->at[file].path, path) != 0)
		file++;
	return (uint16_t)file;
}

/* Writes the line it is about below ${problem}, where the one who found it had no texts to show. */
static void show_line(const struct sources *sources, struct error *problem)
{
	struct place place = { problem->line, problem->column, file_of(sources, problem->file) };
	struct error shown;
	struct report report;

	if (problem->line == 0 || place.file == sources->count || strchr(problem->text, '\n'))
		return;
	report_init(&report, &shown, 1);
	for (size_t i = 0; i < sources->count; i++)
		report_add_text(&report, sources->at[i].path, sources->at[i].text, sources->at[i].length);
	report_at(&report, place, problem->code, "%s", problem->text);
	*problem = shown;
}

static int compile(struct loaded *loaded)
{
	int result = table_compile(loaded->policy, &loaded->table, &loaded->problems[0]);

	if (result < 0) {
		error_set(&loaded->problems[0], result, "out of memory");
		show_line(&loaded->sources, &loaded->problems[0]);
		loaded->problem_count = 1;
	}
	return result;
}

static int meet_expectations(struct loaded *loaded)
{
	return expect_check(loaded->policy, loaded->table, &loaded->sources, loaded->problems, CLI_PROBLEMS_MAX,
	                    &loaded->problem_count);
}

int cli_load(const char *path, struct loaded *loaded)
{
	struct policy_files files;
	struct source_reader reader;
	int result;

	*loaded = (struct loaded){ .policy = NULL };
	policy_files_init(&files);
	reader = policy_files_reader(&files);
	result = policy_load(&reader, path, &loaded->sources, &loaded->policy, loaded->problems, CLI_PROBLEMS_MAX,
	                     &loaded->problem_count);
	if (result == 0)
		result = compile(loaded);
	if (result == 0)
		result = meet_expectations(loaded);
	if (result < 0 && loaded->problem_count == 0) {
		error_set(&loaded->problems[0], result, "the policy is too large to be checked, or memory ran out");
		loaded->problem_count = 1;
	}
	return result;
}

int cli_load_or_say(const char *path, struct loaded *loaded)
{
	int result = cli_load(path, loaded);

	for (size_t i = 0; i < loaded->problem_count; i++)
		cli_print_problem(stderr, &loaded->problems[i], "error");
	return result;
}

void cli_unload(struct loaded *loaded)
{
	table_free(loaded->table);
	policy_free(loaded->policy);
	sources_free(&loaded->sources);
	*loaded = (struct loaded){ .policy = NULL };
}

void cli_print_problem(FILE *stream, const struct error *problem, const char *kind)
{
	if (problem->file[0])
		fprintf(stream, "%s:", problem->file);
	if (problem->file[0] && problem->line)
		fprintf(stream, "%u:", problem->line);
	if (problem->file[0] && problem->line && problem->column)
		fprintf(stream, "%u:", problem->column);
	fprintf(stream, "%s%s: %s\n", problem->file[0] ? " " : "", kind, problem->text);
}
