/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * files: read whole small files, and the recognition data from its folders.
 *
 * Owns:    what it returns is the caller's.
 * Limits:  a file of more bytes than asked for is an error, not cut.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_FILES_H
#define ISOWARD_CONTROLLER_FILES_H

#include <limits.h>
#include <stddef.h>

#include "policy/base/error.h"
#include "policy/identity/identity.h"

/*
 * files_read reads ${path}, of at most ${most} bytes, into a new terminated ${text} of ${length} bytes.
 * errors: -E2BIG; the errno of open and read, each with the path. ownership: the caller frees ${text}.
 */
int files_read(const char *path, size_t most, char **text, size_t *length, struct error *reterr);

/*
 * files_data_folder writes the folder of the data that comes with this program, "fingerprints" and "packs" in it, into
 * ${folder}: beside the binary where it was built, else the installed one.
 */
void files_data_folder(char folder[PATH_MAX]);

/*
 * files_load_fingerprints reads the rules that come with this program, those of the site's ${directory} beside them
 * (NULL for none), and the IEEE registries of the ieee-data package into a new ${fingerprints}. A site's file takes the
 * place of a delivered one of the same name.
 * errors: -ENOENT no rules there; those of fingerprints_add_yaml. A missing registry is an error too: without it
 * devices would silently stay unknown.
 */
int files_load_fingerprints(const char *directory, struct fingerprints **fingerprints, struct error *reterr);

/*
 * files_check_fingerprints is files_load_fingerprints for who wants to be told all that is wrong with the rules, of
 * each file: at most ${max} ${errors}, and how many into ${count}. errors: that of the first.
 */
int files_check_fingerprints(const char *directory, struct fingerprints **fingerprints, struct error *errors,
                             size_t max, size_t *count);

#endif
