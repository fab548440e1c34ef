/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/writer.h"

#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define RETRY_S     1
#define WRITER_NICE 10 /* behind the event loop, where both want the processor */

#define DEVICES_MANY 128 /* of a batch, that are worth a tidying up behind them */

static void wait_for_retry(struct writer *writer)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += RETRY_S;
	while (!writer->stop && pthread_cond_timedwait(&writer->given, &writer->lock, &until) == 0)
		continue;
}

static void note_evicted(const struct store *store, uint64_t evicted[STORE_TABLE_COUNT])
{
	for (int table = 0; table < STORE_TABLE_COUNT; table++)
		evicted[table] = store_evicted(store, (enum store_table)table);
}

/* What a start or a storm of devices has taken is given back once it is over, for it lies between what stays. */
static void come_to_rest(struct writer *writer)
{
	if (writer->batch.devices.count >= DEVICES_MANY)
		writer->was_large = true;
	if (writer->batch.devices.count > 0)
		return;
	store_rest(writer->store);
	if (writer->was_large)
		malloc_trim(0);
	writer->was_large = false;
}

/* Called and returns with the lock held; without it while it writes. */
static void write_given(struct writer *writer)
{
	uint64_t evicted[STORE_TABLE_COUNT];
	struct error error = { 0 };
	int result;

	pthread_mutex_unlock(&writer->lock);
	pthread_mutex_lock(&writer->store_lock);
	result = batch_write(&writer->batch, writer->store, writer->fingerprints, &error);
	come_to_rest(writer);
	note_evicted(writer->store, evicted);
	pthread_mutex_unlock(&writer->store_lock);
	pthread_mutex_lock(&writer->lock);
	memcpy(writer->evicted, evicted, sizeof(evicted));
	writer->trouble = error;
	if (result < 0) {
		wait_for_retry(writer);
		return;
	}
	batch_clear(&writer->batch);
	writer->busy = false;
	writer->written++;
}

static void *run(void *context)
{
	struct writer *writer = context;

	setpriority(PRIO_PROCESS, 0, WRITER_NICE); /* of this thread alone, on Linux; best effort */
	pthread_mutex_lock(&writer->lock);
	while (!writer->stop || (writer->busy && writer->trouble.code == 0)) {
		if (writer->busy)
			write_given(writer);
		else
			pthread_cond_wait(&writer->given, &writer->lock);
	}
	pthread_mutex_unlock(&writer->lock);
	return NULL;
}

int writer_start(struct writer *writer, struct store *store, const struct fingerprints *fingerprints,
                 struct error *reterr)
{
	sigset_t all, before;
	int code;

	*writer = (struct writer){ .store = store, .fingerprints = fingerprints };
	note_evicted(store, writer->evicted);
	pthread_mutex_init(&writer->store_lock, NULL);
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->given, NULL);
	/* Signals are the event loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&writer->thread, NULL, run, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	writer->runs = code == 0;
	return code ? error_set(reterr, -code, "cannot start the store's thread: %s", strerror(code)) : 0;
}

void writer_stop(struct writer *writer)
{
	if (!writer->runs)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->stop = true;
	pthread_cond_signal(&writer->given);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	writer->runs = false;
	batch_done(&writer->batch);
	pthread_mutex_destroy(&writer->store_lock);
	pthread_mutex_destroy(&writer->lock);
	pthread_cond_destroy(&writer->given);
}

bool writer_is_idle(struct writer *writer)
{
	bool idle;

	pthread_mutex_lock(&writer->lock);
	idle = !writer->busy;
	pthread_mutex_unlock(&writer->lock);
	return idle;
}

void writer_give(struct writer *writer, struct batch *batch)
{
	struct batch empty;

	pthread_mutex_lock(&writer->lock);
	empty = writer->batch;
	writer->batch = *batch;
	*batch = empty;
	writer->busy = true;
	pthread_cond_signal(&writer->given);
	pthread_mutex_unlock(&writer->lock);
}

int writer_state(struct writer *writer, uint64_t *written, struct error *reterr)
{
	int code;

	pthread_mutex_lock(&writer->lock);
	*written = writer->written;
	code = writer->trouble.code;
	if (code && reterr && !reterr->code)
		*reterr = writer->trouble;
	pthread_mutex_unlock(&writer->lock);
	return code;
}

void writer_evicted(struct writer *writer, uint64_t evicted[STORE_TABLE_COUNT])
{
	pthread_mutex_lock(&writer->lock);
	memcpy(evicted, writer->evicted, sizeof(writer->evicted));
	pthread_mutex_unlock(&writer->lock);
}

void writer_lock(struct writer *writer)
{
	pthread_mutex_lock(&writer->store_lock);
}

void writer_unlock(struct writer *writer)
{
	pthread_mutex_unlock(&writer->store_lock);
}
