/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_reader: the inventory read for the page, as a web_source; it cannot write, not even the shared index.
 *
 * Owns:    its own connection and statements, all prepared at opening, so that nothing is opened later.
 * Limits:  what the caller asks for; the web process caps that.
 * Context: web process, opened before its sandbox, while the controller has the inventory open.
 */
#ifndef ISOWARD_CONTROLLER_STORE_READER_H
#define ISOWARD_CONTROLLER_STORE_READER_H

#include "policy/base/error.h"
#include "policy/base/memory.h"
#include "web/source.h"

struct store_reader;

/*
 * store_reader_open opens the inventory in folder ${directory} for reading.
 * errors: -EIO with the file and the reason; -ENOMEM. ownership: ${reader} is the caller's, untouched on failure.
 */
int store_reader_open(const char *directory, struct store_reader **reader, struct error *reterr);

/* store_reader_close releases ${reader}; NULL is allowed. */
void store_reader_close(struct store_reader *reader);
CLEANUP_DEFINE(struct store_reader, store_reader_close);

/* store_reader_source borrows the source that ${reader} is. */
const struct web_source *store_reader_source(const struct store_reader *reader);

#endif
