/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy/base/log.h"

#define RULES_BYTES_MAX     (8U << 20)
#define REGISTRY_BYTES_MAX  (32U << 20)
#define SYN_SIGNATURES_FILE "/etc/p0f/p0f.fp"
#define REGISTRY_FOLDER     "/usr/share/ieee-data"

static int read_all(int fd, const char *path, size_t most, char **text, size_t *length, struct error *reterr)
{
	char *buffer = NULL;
	size_t capacity = 0, used = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (used > most) {
			free(buffer);
			return error_set_at(reterr, -E2BIG, path, 0, 0, "larger than %zu bytes, which is the most",
			                    most);
		}
		if (memory_reserve((void **)&buffer, &capacity, used + 65536, 1) < 0) {
			free(buffer);
			return error_set_at(reterr, -ENOMEM, path, 0, 0, "no memory to read it");
		}
		got = read(fd, buffer + used, capacity - used - 1);
		if (got > 0)
			used += (size_t)got;
	}
	if (got < 0) {
		int code = -errno;

		free(buffer);
		return error_set_at(reterr, code, path, 0, 0, "cannot be read: %s", strerror(-code));
	}
	buffer[used] = '\0';
	*text = buffer;
	*length = used;
	return 0;
}

int files_read(const char *path, size_t most, char **text, size_t *length, struct error *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return error_set_at(reterr, -errno, path, 0, 0, "cannot be opened: %s", strerror(errno));
	result = read_all(fd, path, most, text, length, reterr);
	close(fd);
	return result;
}

void files_data_folder(char folder[PATH_MAX])
{
	char binary[PATH_MAX];
	char probe[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", binary, sizeof(binary) - 1);
	int beside = 0;

	if (length > 0) {
		binary[length] = '\0';
		*strrchr(binary, '/') = '\0';
		beside = snprintf(folder, PATH_MAX, "%s/../policy", binary);
	}
	if (beside > 0 && beside < PATH_MAX &&
	    snprintf(probe, sizeof(probe), "%s/fingerprints", folder) < (int)sizeof(probe) &&
	    access(probe, R_OK) == 0 && realpath(folder, probe)) {
		memcpy(folder, probe, strlen(probe) + 1);
		return;
	}
	snprintf(folder, PATH_MAX, ISOWARD_DATA_DIR);
}

static int is_rules_file(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 5 && strcmp(entry->d_name + length - 5, ".yaml") == 0;
}

/* Rules being read, with what is wrong with them. */
struct rules {
	struct fingerprints *fingerprints;
	struct error *errors;
	size_t max;
	size_t count;
	int code; /* of the first error */
};

/* Where the next error goes; all are told, and the last place is always free for one that ends it. */
static struct error *next_error(struct rules *rules)
{
	return &rules->errors[rules->count < rules->max ? rules->count : rules->max - 1];
}

static int failed(struct rules *rules, int code)
{
	if (rules->code == 0)
		rules->code = code;
	if (rules->count < rules->max)
		rules->count++;
	return code;
}

/* shape: false where nothing more is to be read. */
static bool add_rules(struct rules *rules, const char *directory, const char *name)
{
	char path[ERROR_FILE_MAX * 2];
	char *text = NULL;
	size_t length = 0, found = 0;
	int result;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	result = files_read(path, RULES_BYTES_MAX, &text, &length, next_error(rules));
	if (result < 0) {
		failed(rules, result);
		return false;
	}
	result = fingerprints_check_yaml(rules->fingerprints, path, text, length, rules->errors + rules->count,
	                                 rules->max - rules->count, &found);
	free(text);
	if (result < 0 && rules->code == 0)
		rules->code = result;
	rules->count += found;
	return result == 0 || (result == -EINVAL && rules->count < rules->max);
}

static bool holds_file(const char *directory, const char *name)
{
	char path[ERROR_FILE_MAX * 2];

	if (!directory)
		return false;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

/* Reads the rules of ${directory}, but for the files that ${site} has as well. shape: as add_rules. */
static bool add_all_rules(struct rules *rules, const char *directory, const char *site)
{
	struct dirent **entries = NULL;
	int count = scandir(directory, &entries, is_rules_file, alphasort);
	bool goes_on = count > 0;

	if (count < 0)
		failed(rules, error_set_at(next_error(rules), -errno, directory, 0, 0,
		                           "the folder of fingerprints cannot be read: %s", strerror(errno)));
	if (count == 0)
		failed(rules, error_set_at(next_error(rules), -ENOENT, directory, 0, 0,
		                           "holds no *.yaml; --fingerprints names a folder of rules"));
	for (int i = 0; i < count; i++) {
		if (goes_on && !holds_file(site, entries[i]->d_name))
			goes_on = add_rules(rules, directory, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	return goes_on;
}

static int add_registries(struct fingerprints *fingerprints, struct error *reterr)
{
	static const char *const files[] = { "oui.csv", "mam.csv", "oui36.csv", "iab.csv" };
	int result = 0;

	for (size_t i = 0; i < ARRAY_SIZE(files) && result >= 0; i++) {
		char path[sizeof(REGISTRY_FOLDER) + 16];
		char *text = NULL;
		size_t length = 0;

		snprintf(path, sizeof(path), REGISTRY_FOLDER "/%s", files[i]);
		result = files_read(path, REGISTRY_BYTES_MAX, &text, &length, reterr);
		if (result == 0)
			result = fingerprints_add_registry(fingerprints, path, text, length, reterr);
		free(text);
	}
	return result < 0 ? result : 0;
}

/* The p0f package's file is a help, no need: without it stacks go by their bare signatures. */
static int add_syn_signatures(struct fingerprints *fingerprints, struct error *reterr)
{
	char *text = NULL;
	size_t length = 0;
	int result;

	if (access(SYN_SIGNATURES_FILE, R_OK) < 0) {
		log_event(LEVEL_NOTICE, "no-tcp-signatures", "file", SYN_SIGNATURES_FILE, NULL);
		return 0;
	}
	result = files_read(SYN_SIGNATURES_FILE, RULES_BYTES_MAX, &text, &length, reterr);
	if (result == 0)
		result = fingerprints_add_syn_signatures(fingerprints, SYN_SIGNATURES_FILE, text, length, reterr);
	free(text);
	return result;
}

int files_check_fingerprints(const char *directory, struct fingerprints **fingerprints, struct error *errors,
                             size_t max, size_t *count)
{
	CLEANUP(fingerprints_free) struct fingerprints *made = NULL;
	struct rules rules = { .errors = errors, .max = max };
	char data[PATH_MAX];
	char delivered[PATH_MAX + sizeof("/fingerprints")];
	int result = fingerprints_new(&made);

	*count = 1;
	if (result < 0)
		return error_set(errors, result, "no memory for fingerprints");
	rules.fingerprints = made;
	files_data_folder(data);
	snprintf(delivered, sizeof(delivered), "%s/fingerprints", data);
	if (add_all_rules(&rules, delivered, directory) && directory)
		add_all_rules(&rules, directory, NULL);
	if (rules.code == 0)
		result = add_registries(made, errors);
	if (rules.code == 0 && result == 0)
		result = add_syn_signatures(made, errors);
	if (rules.code < 0)
		result = rules.code;
	*count = rules.code < 0 ? rules.count : result < 0;
	if (result == 0)
		*fingerprints = take_ptr(&made);
	return result;
}

int files_load_fingerprints(const char *directory, struct fingerprints **fingerprints, struct error *reterr)
{
	struct error error = { 0 };
	size_t count = 0;
	int result = files_check_fingerprints(directory, fingerprints, &error, 1, &count);

	if (result < 0 && reterr && reterr->code == 0)
		*reterr = error;
	return result;
}
