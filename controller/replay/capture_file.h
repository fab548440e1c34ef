/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * capture_file: a capture on disk or on standard input, packed with gzip or not, as frames.
 *
 * Owns:    its descriptor and its reader.
 * Context: blocks while it reads. Replay.
 * Trust:   the name is the operator's, the bytes a stranger's: see capture_reader.h.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_CAPTURE_FILE_H
#define ISOWARD_CONTROLLER_REPLAY_CAPTURE_FILE_H

#include "controller/replay/capture_reader.h"

struct capture_file;

/*
 * capture_file_open opens the file at ${path} ("-" is standard input) at ${file}.
 * ownership: the caller's, to close with capture_file_close.
 * errors: negative errno with ${reterr}, file set: missing, unreadable, a folder. What it holds is not looked at yet.
 */
int capture_file_open(const char *path, struct capture_file **file, struct error *reterr);

/* capture_file_close closes ${file}; NULL is allowed. */
void capture_file_close(struct capture_file *file);
CLEANUP_DEFINE(struct capture_file, capture_file_close);

/* capture_file_next is capture_reader_next of ${file}, with its name in ${reterr}. */
int capture_file_next(struct capture_file *file, struct frame *frame, struct error *reterr);

#endif
