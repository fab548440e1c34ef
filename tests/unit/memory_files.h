/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * memory_files: files that are in memory only, for what reads a policy and its includes.
 *
 * Owns:    nothing; the texts are the caller's.
 * Limits:  MEMORY_FILES_MAX files.
 * Context: tests and fuzzers.
 */
#ifndef ISOWARD_TESTS_UNIT_MEMORY_FILES_H
#define ISOWARD_TESTS_UNIT_MEMORY_FILES_H

#include <errno.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/language/load.h"

#define MEMORY_FILES_MAX 80

struct memory_file {
	const char *path;
	const char *text;
	size_t length;
};

/* In the order of their names, as a pattern finds them. */
struct memory_files {
	struct memory_file at[MEMORY_FILES_MAX];
	size_t count;
};

/* memory_files_read is a source_reader's read; ${context} is a struct memory_files. */
static inline int memory_files_read(void *context, const char *path, size_t most, char **text, size_t *length,
                                    struct error *reterr)
{
	const struct memory_files *files = context;

	for (size_t i = 0; i < files->count; i++) {
		if (strcmp(files->at[i].path, path) != 0)
			continue;
		if (files->at[i].length > most)
			return error_set(reterr, -E2BIG, "%s is too large", path);
		*text = malloc(files->at[i].length ? files->at[i].length
		                                   : 1); /* no byte more: what is read beyond is seen */
		if (!*text)
			return -ENOMEM;
		memcpy(*text, files->at[i].text, files->at[i].length);
		*length = files->at[i].length;
		return 0;
	}
	return error_set(reterr, -ENOENT, "%s: no such file", path);
}

/* memory_files_has tells whether one of ${files} is called ${path}. */
static inline bool memory_files_has(const struct memory_files *files, const char *path)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->at[i].path, path) == 0)
			return true;
	return false;
}

/* memory_files_find is a source_reader's find; ${context} is a struct memory_files. */
static inline int memory_files_find(void *context, const char *from, const char *pattern, char ***paths, size_t *count,
                                    struct error *reterr)
{
	const struct memory_files *files = context;

	(void)from;
	if (!strpbrk(pattern, "*?[") && !memory_files_has(files, pattern))
		return error_set(reterr, -ENOENT, "there is no file '%s'", pattern);
	*paths = calloc(files->count + 1, sizeof(**paths));
	if (!*paths)
		return -ENOMEM;
	for (size_t i = 0; i < files->count; i++) {
		if (fnmatch(pattern, files->at[i].path, FNM_PATHNAME) != 0)
			continue;
		(*paths)[*count] = strdup(files->at[i].path);
		if (!(*paths)[*count])
			break; /* without memory there are fewer files */
		(*count)++;
	}
	return 0;
}

#endif
