/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/policy_files.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/files.h"

struct found {
	char **paths;
	size_t count;
	size_t capacity;
};

static void found_free(struct found *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->paths[i]);
	free(found->paths);
}

static int read_file(void *context, const char *path, size_t most, char **text, size_t *length, struct error *reterr)
{
	(void)context;
	return files_read(path, most, text, length, reterr);
}

static int found_add(struct found *found, const char *path, struct error *reterr)
{
	struct stat status;
	void *paths = found->paths;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return 0;
	if (strlen(path) >= ERROR_FILE_MAX)
		return error_set(reterr, -ENAMETOOLONG, "the name '%.40s...' is longer than %d bytes", path,
		                 ERROR_FILE_MAX - 1);
	if (memory_reserve(&paths, &found->capacity, found->count + 1, sizeof(*found->paths)) < 0)
		return error_set(reterr, -ENOMEM, "out of memory");
	found->paths = paths;
	found->paths[found->count] = strdup(path);
	if (!found->paths[found->count])
		return error_set(reterr, -ENOMEM, "out of memory");
	found->count++;
	return 0;
}

/* What glob(3) would take for a sign in a folder's name, escaped; true where it fits. */
static bool write_pattern(const char *folder, const char *pattern, char *buffer, size_t size)
{
	size_t used = 0;

	for (; *folder && used + 2 < size; folder++) {
		if (strchr("*?[\\", *folder))
			buffer[used++] = '\\';
		buffer[used++] = *folder;
	}
	return !*folder && (size_t)snprintf(buffer + used, size - used, "%s", pattern) < size - used;
}

/* ${folder} is "" or ends with a '/'. */
static int find_in(const char *folder, const char *pattern, struct found *found, struct error *reterr)
{
	char whole[2 * PATH_MAX];
	glob_t matches = { 0 };
	int result = 0;

	if (!write_pattern(folder, pattern, whole, sizeof(whole)))
		return error_set(reterr, -ENAMETOOLONG, "the name '%.40s...' is too long", pattern);
	switch (glob(whole, 0, NULL, &matches)) {
	case 0:
		for (size_t i = 0; i < matches.gl_pathc && result == 0; i++)
			result = found_add(found, matches.gl_pathv[i], reterr);
		break;
	case GLOB_NOSPACE:
		result = error_set(reterr, -ENOMEM, "out of memory");
		break;
	}
	globfree(&matches);
	return result;
}

/* "" or the folder of ${path} with its '/'. */
static void folder_of(const char *path, char folder[ERROR_FILE_MAX])
{
	const char *slash = strrchr(path, '/');

	snprintf(folder, ERROR_FILE_MAX, "%.*s", slash ? (int)(slash + 1 - path) : 0, path);
}

static int find_everywhere(const struct policy_files *files, const char *beside, const char *pattern,
                           struct found *found, struct error *reterr)
{
	char installed[PATH_MAX + 1];
	int result = find_in(pattern[0] == '/' ? "" : beside, pattern, found, reterr);

	snprintf(installed, sizeof(installed), "%s/", files->data);
	if (result == 0 && found->count == 0 && pattern[0] != '/')
		result = find_in(installed, pattern, found, reterr);
	if (result < 0 || found->count > 0 || strpbrk(pattern, "*?["))
		return result;
	if (pattern[0] == '/')
		return error_set(reterr, -ENOENT, "there is no file '%.120s'", pattern);
	return error_set(reterr, -ENOENT, "there is no file '%.120s', neither in %.120s nor in %.120s", pattern,
	                 beside[0] ? beside : "this folder", files->data);
}

static int find_files(void *context, const char *from, const char *pattern, char ***paths, size_t *count,
                      struct error *reterr)
{
	struct found found = { 0 };
	char beside[ERROR_FILE_MAX];
	int result;

	folder_of(from, beside);
	while (strncmp(pattern, "./", 2) == 0) /* one file has one name, or it could be included twice */
		pattern += 2;
	result = find_everywhere(context, beside, pattern, &found, reterr);
	if (result < 0) {
		found_free(&found);
		return result;
	}
	*paths = found.paths;
	*count = found.count;
	return 0;
}

void policy_files_init(struct policy_files *files)
{
	files_data_folder(files->data);
}

struct source_reader policy_files_reader(struct policy_files *files)
{
	return (struct source_reader){ .read = read_file, .find = find_files, .context = files };
}
