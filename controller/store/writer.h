/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * writer: the thread that writes batches into the store, so that no device waits for a disk.
 *
 * Written from the event loop, a batch of some milliseconds held up every join behind it: the 99th percentile from
 * DHCPACK to kernel was 2 ms, without it 0.8 ms.
 *
 * Owns:    the thread and the batch it was given. A batch that fails is kept and tried again each second; meanwhile
 *          the recorder gathers up to its caps.
 * Context: controller process. The thread takes the store's lock for a batch; whoever else uses the store while it
 *          runs does so between writer_lock and writer_unlock.
 */
#ifndef ISOWARD_CONTROLLER_WRITER_H
#define ISOWARD_CONTROLLER_WRITER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "controller/store/batch.h"
#include "controller/store/store.h"

struct writer {
	struct store *store;
	const struct fingerprints *fingerprints;
	pthread_t thread;
	bool runs;
	bool was_large; /* the thread's own: some batch since it was last at rest */
	pthread_mutex_t store_lock;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t given;
	struct batch batch;
	bool busy; /* the batch waits or is being written */
	bool stop;
	uint64_t written; /* batches */
	uint64_t evicted[STORE_TABLE_COUNT];
	struct error trouble; /* of the last try; code 0 where it went well */
};

/* writer_start starts the thread of ${writer} over ${store} and ${fingerprints}, both borrowed. errors: of
 * pthread_create. */
int writer_start(struct writer *writer, struct store *store, const struct fingerprints *fingerprints,
                 struct error *reterr);

/* writer_stop ends the thread after one last try at what it has; without a thread it does nothing. */
void writer_stop(struct writer *writer);

/* writer_is_idle tells whether ${writer} would take a batch now. */
bool writer_is_idle(struct writer *writer);

/* writer_give swaps ${batch} into an idle ${writer}; the caller gets an empty one back. */
void writer_give(struct writer *writer, struct batch *batch);

/*
 * writer_state tells in ${written} how many batches have been written.
 * errors: why the last try failed, with its text.
 */
int writer_state(struct writer *writer, uint64_t *written, struct error *reterr);

/* writer_evicted tells how many rows of each table have been evicted, as of the last batch. */
void writer_evicted(struct writer *writer, uint64_t evicted[STORE_TABLE_COUNT]);

/* writer_lock waits for the batch being written, if any, and keeps the store of ${writer} for the caller. */
void writer_lock(struct writer *writer);

/* writer_unlock gives the store back. */
void writer_unlock(struct writer *writer);

#endif
