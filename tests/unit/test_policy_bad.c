/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Every wrong policy under tests/data/policy/bad is refused with the message that stands beside it: NAME.yaml has its
 * words in NAME.expected. What it includes is in the folder parts/.
 */
#include "policy/language/load.h"
#include "policy/policy.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#ifndef ISOWARD_SOURCE_DIR
#define ISOWARD_SOURCE_DIR "."
#endif

#define BAD_FOLDER ISOWARD_SOURCE_DIR "/tests/data/policy/bad"
#define BAD_LEAST  100 /* fewer files than this are a test that lost its data */
#define FILE_MAX   16384

static size_t read_file(const char *name, char buffer[FILE_MAX])
{
	char path[512];
	FILE *file;
	size_t length;

	snprintf(path, sizeof(path), BAD_FOLDER "/%s", name);
	file = fopen(path, "r");
	if (!file) {
		print_error("%s cannot be read\n", path);
		return 0;
	}
	length = fread(buffer, 1, FILE_MAX - 1, file);
	buffer[length] = '\0';
	fclose(file);
	return length;
}

static int read_source(void *context, const char *path, size_t most, char **text, size_t *length, struct error *reterr)
{
	char *bytes = malloc(FILE_MAX);
	char full[512];

	(void)context;
	(void)most;
	assert_non_null(bytes);
	snprintf(full, sizeof(full), BAD_FOLDER "/%s", path);
	if (access(full, R_OK) < 0) {
		free(bytes);
		return error_set(reterr, -ENOENT, "%s cannot be read: no such file", path);
	}
	*length = read_file(path, bytes);
	*text = bytes;
	return 0;
}

static int find_source(void *context, const char *from, const char *pattern, char ***paths, size_t *count,
                       struct error *reterr)
{
	char full[512];
	glob_t found;

	(void)context;
	(void)from;
	snprintf(full, sizeof(full), BAD_FOLDER "/%s", pattern);
	if (glob(full, 0, NULL, &found) != 0)
		return strpbrk(pattern, "*?[") ? 0 : error_set(reterr, -ENOENT, "there is no file '%s'", pattern);
	*paths = calloc(found.gl_pathc, sizeof(**paths));
	assert_non_null(*paths);
	for (size_t i = 0; i < found.gl_pathc; i++)
		(*paths)[(*count)++] = strdup(found.gl_pathv[i] + strlen(BAD_FOLDER "/"));
	globfree(&found);
	return 0;
}

/* Is the caret under the character the column counts to? Skipped where no source line is shown. */
static bool caret_points(const struct error *error)
{
	const char *line = strchr(error->text, '\n');
	const char *caret = line ? strchr(line + 1, '\n') : NULL;

	if (!line)
		return true;
	if (!caret || strspn(caret + 1, " ") + 1 != strlen(caret + 1) || caret[strlen(caret) - 1] != '^')
		return false;
	return strlen(caret + 1) <= error->column;
}

/* Parses one file alone; returns 1 where the answer is another than the one that is expected. */
static int try_file(const char *name)
{
	static char wanted[FILE_MAX];
	static struct sources sources;
	static const struct source_reader reader = { read_source, find_source, NULL };
	char expected[300];
	char got[1024];
	struct policy *policy = NULL;
	struct error error = { 0 };
	size_t count;
	int rc = policy_load(&reader, name, &sources, &policy, &error, 1, &count);

	sources_free(&sources);
	snprintf(expected, sizeof(expected), "%.*s.expected", (int)(strlen(name) - strlen(".yaml")), name);
	read_file(expected, wanted);
	error_format(&error, got, sizeof(got) - 1);
	strcat(got, "\n");
	if (rc < 0 && rc == error.code && !policy && strcmp(got, wanted) == 0 && caret_points(&error))
		return 0;
	print_error("%s: code %d\n got: %s wanted: %s", name, rc, got, wanted);
	policy_free(policy);
	return 1;
}

static void test_each_is_refused_as_expected(void **state)
{
	DIR *folder = opendir(BAD_FOLDER);
	struct dirent *entry;
	int tried = 0;
	int wrong = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".yaml") != 0)
			continue;
		tried++;
		wrong += try_file(entry->d_name);
	}
	closedir(folder);
	assert_int_equal(wrong, 0);
	assert_true(tried >= BAD_LEAST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_is_refused_as_expected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
