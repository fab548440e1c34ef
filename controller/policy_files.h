/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy_files: how policies and what they include are found and read, by the commands and the daemon alike.
 *
 * Owns:    nothing; what it reads and lists is the caller's.
 * Limits:  names of ERROR_FILE_MAX - 1 bytes, so that a message can show each in full.
 * Context: main and controller process.
 * Trust:   patterns are the operator's.
 */
#ifndef ISOWARD_CONTROLLER_POLICY_FILES_H
#define ISOWARD_CONTROLLER_POLICY_FILES_H

#include <limits.h>

#include "policy/language/load.h"

/* Where packs are looked for that are not beside the file that names them. */
struct policy_files {
	char data[PATH_MAX];
};

/* policy_files_init fills ${files} with the data folder of this program (files_data_folder). */
void policy_files_init(struct policy_files *files);

/* policy_files_reader is the reader for policy_load; it borrows ${files}. */
struct source_reader policy_files_reader(struct policy_files *files);

#endif
