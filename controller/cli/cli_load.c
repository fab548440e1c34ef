/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "controller/cli/cli.h"
#include "controller/policy_files.h"

/* Until policies with includes are read, one file is all there is. */
static int load_policy(const struct source_reader *reader, const char *path, struct loaded *loaded)
{
	struct source *source = &loaded->sources.at[0];
	int result = reader->read(reader->context, path, POLICY_BYTES_MAX, &source->text, &source->length,
	                          &loaded->problems[0]);

	if (result < 0) {
		loaded->problem_count = 1;
		return result;
	}
	loaded->sources.count = 1;
	return policy_parse_all(path, source->text, source->length, &loaded->policy, loaded->problems, CLI_PROBLEMS_MAX,
	                        &loaded->problem_count);
}

static int compile(struct loaded *loaded)
{
	int result = table_compile(loaded->policy, &loaded->table, &loaded->problems[0]);

	if (result < 0)
		loaded->problem_count = 1;
	return result;
}

int cli_load(const char *path, struct loaded *loaded)
{
	struct policy_files files;
	struct source_reader reader;
	int result;

	*loaded = (struct loaded){ .policy = NULL };
	policy_files_init(&files);
	reader = policy_files_reader(&files);
	result = load_policy(&reader, path, loaded);
	return result < 0 ? result : compile(loaded);
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
	for (size_t i = 0; i < loaded->sources.count; i++)
		free(loaded->sources.at[i].text);
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
