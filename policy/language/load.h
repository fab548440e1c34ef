/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * load: a policy with the files it includes, read through the caller so that this folder stays free of I/O.
 *
 * Owns:    struct sources owns the texts; sources_free releases them.
 * Limits:  POLICY_FILES_MAX files, POLICY_BYTES_MAX bytes together.
 * Context: pure but for what the reader does.
 * Trust:   the operator's input, possibly wrong or hostile: fuzzed by tests/fuzz/fuzz_policy.c.
 */
#ifndef ISOWARD_POLICY_LANGUAGE_LOAD_H
#define ISOWARD_POLICY_LANGUAGE_LOAD_H

#include "policy/policy.h"

/* How files are found and read. */
struct source_reader {
	/*
	 * read puts the file at ${path}, of at most ${most} bytes, into a new ${text} of ${length} bytes.
	 * errors: negative errno with words in ${reterr}; -E2BIG larger than most. ownership: text is the caller's.
	 */
	int (*read)(void *context, const char *path, size_t most, char **text, size_t *length, struct error *reterr);
	/*
	 * find lists the files that ${pattern}, written in the file ${from}, stands for, sorted by name, into new
	 * ${paths}: beside ${from}, else where packs are installed. A name without '*', '?' or '[' stands for one file.
	 * A file has one path, however it is reached, and the paths of files do not change while a policy is read.
	 * errors: -ENOENT a name that is no file, with where it was looked for; an empty list for a pattern is none.
	 * ownership: paths and each of them are the caller's, to free.
	 */
	int (*find)(void *context, const char *from, const char *pattern, char ***paths, size_t *count,
	            struct error *reterr);
	void *context;
};

struct source {
	char path[ERROR_FILE_MAX];
	char *text;
	size_t length;
};

/* The texts of a policy by place.file; kept after parsing, so that messages can show their lines. */
struct sources {
	struct source at[POLICY_FILES_MAX];
	size_t count;
	size_t bytes;
};

/* sources_free releases the texts of ${sources}, not the struct itself. */
void sources_free(struct sources *sources);

/*
 * policy_load reads ${path} and what it includes through ${reader} into ${sources} (empty before) and a new ${policy};
 * an included file's parts stand before those of the file that includes it, in the order of the includes. Expectations
 * are not checked here. ${errors}, ${max} and ${count} as policy_parse_all.
 * errors: those of policy_parse_all and of the reader, at the place of the include.
 * ownership: policy is the caller's; so are the texts in sources, also on failure.
 */
int policy_load(const struct source_reader *reader, const char *path, struct sources *sources, struct policy **policy,
                struct error *errors, size_t max, size_t *count);

#endif
