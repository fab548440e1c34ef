/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <systemd/sd-daemon.h>

#include "controller/learner/refusals.h"
#include "controller/runtime/reporter.h"
#include "controller/runtime/runtime_internal.h"
#include "policy/base/log.h"

#define TICK_MS         100  /* batches for the store, status for the page, children to start again */
#define ZONES_MS        2000 /* counters for the page */
#define NAMES_STORE_MS  2000
#define NAMES_MS        1000 /* addresses whose names are over */
#define MESSAGES_A_TURN 512
#define REFUSALS_A_TURN 512

static struct timeval interval(unsigned int ms)
{
	return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = (ms % 1000) * 1000 };
}

void runtime_log_error(enum log_level level, const char *event, const struct error *error)
{
	char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	log_event(level, event, "text", error_format(error, text, sizeof(text)), NULL);
}

/* ---- sensor ---- */

static void take_message(struct runtime *runtime, const struct message *message)
{
	switch ((enum message_type)message->type) {
	case MESSAGE_OBSERVATION:
		learner_observe(&runtime->learner, &message->observation, runtime_now_ms());
		break;
	case MESSAGE_SENSOR_STATISTICS:
		runtime->statistics = message->statistics;
		break;
	case MESSAGE_CAPTURE_ADD:
	case MESSAGE_CAPTURE_DELETE:
	case MESSAGE_STATUS:
		break; /* not for a child to say */
	}
}

/* A child whose socket ended or that says what no honest child would is ended; SIGCHLD then starts another. */
static void drop_child(struct runtime *runtime, enum child_role role, int result)
{
	if (result == -EBADMSG)
		log_event(LEVEL_ERROR, "child-lied", "child", child_name(role), NULL);
	event_del(runtime->child_events[role]);
	if (runtime->children[role].pid > 0)
		kill(runtime->children[role].pid, SIGKILL);
}

static void on_sensor(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;
	struct message message;
	int result = 1;

	(void)what;
	for (int i = 0; i < MESSAGES_A_TURN && result > 0; i++) {
		result = message_receive((int)fd, &message, NULL);
		if (result > 0)
			take_message(runtime, &message);
	}
	runtime_flush(runtime);
	if (result <= 0 && result != -EAGAIN)
		drop_child(runtime, CHILD_SENSOR, result);
}

/* The web process has nothing to say; its socket only tells its end. */
static void on_web(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;
	struct message message;
	int result = message_receive((int)fd, &message, NULL);

	(void)what;
	if (result != -EAGAIN)
		drop_child(runtime, CHILD_WEB, result > 0 ? -EBADMSG : result);
}

int runtime_start_child(struct runtime *runtime, enum child_role role, struct error *reterr)
{
	struct child *child = &runtime->children[role];
	struct child_setup setup = runtime->setup;
	int result;

	if (role == CHILD_SENSOR)
		setup.listener = -1;
	child->role = role;
	result = child_start(child, &setup, runtime_monotonic_ms(), reterr);
	if (result < 0)
		return result;
	runtime->child_events[role] = event_new(runtime->base, child->fd, EV_READ | EV_PERSIST,
	                                        role == CHILD_SENSOR ? on_sensor : on_web, runtime);
	if (!runtime->child_events[role] || event_add(runtime->child_events[role], NULL) < 0)
		return error_set(reterr, -ENOMEM, "no memory to watch the %s", child_name(role));
	if (role == CHILD_SENSOR) {
		runtime_pass_flows(runtime);
		runtime_capture_all(runtime);
	} else {
		memset(&runtime->status_sent, 0, sizeof(runtime->status_sent));
	}
	return 0;
}

static void add_statistics(struct sensor_statistics *sum, const struct sensor_statistics *more)
{
	sum->frames += more->frames;
	sum->dropped += more->dropped;
	sum->observations_lost += more->observations_lost;
	sum->flows_evicted += more->flows_evicted;
	sum->streams_refused += more->streams_refused;
	sum->segments_lost += more->segments_lost;
	sum->fragments += more->fragments;
	sum->link_unknown += more->link_unknown;
	for (size_t i = 0; i < MALFORMED_REASONS_MAX; i++)
		sum->malformed[i] += more->malformed[i];
}

static void child_ended(struct runtime *runtime, enum child_role role, int status)
{
	char text[64];

	if (WIFSIGNALED(status))
		snprintf(text, sizeof(text), "signal %d", WTERMSIG(status));
	else
		snprintf(text, sizeof(text), "exit %d", WEXITSTATUS(status));
	log_event(LEVEL_WARNING, "child-ended", "child", child_name(role), "how", text, NULL);
	recorder_event(&runtime->recorder, "child-restarted", NULL, runtime_now_ms(), "%s ended: %s", child_name(role),
	               text);
	if (runtime->child_events[role])
		event_free(runtime->child_events[role]);
	runtime->child_events[role] = NULL;
	child_died(&runtime->children[role], runtime_monotonic_ms());
	if (role != CHILD_SENSOR)
		return;
	runtime_capture_forget(runtime);
	runtime->status.sensor_restarts++;
	add_statistics(&runtime->statistics_before, &runtime->statistics);
	runtime->statistics = (struct sensor_statistics){ 0 };
}

static void on_child(evutil_socket_t signal, short what, void *context)
{
	struct runtime *runtime = context;
	int status;
	pid_t pid;

	(void)signal;
	(void)what;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int role = 0; role < CHILD_COUNT; role++)
			if (runtime->children[role].pid == pid)
				child_ended(runtime, (enum child_role)role, status);
}

static void restart_children(struct runtime *runtime)
{
	for (int role = 0; role < CHILD_COUNT; role++) {
		struct child *child = &runtime->children[role];
		struct error error = { 0 };

		if (child->pid != 0 || runtime_monotonic_ms() < child->retry_ms)
			continue;
		if (runtime_start_child(runtime, (enum child_role)role, &error) < 0) {
			runtime_log_error(LEVEL_ERROR, "child-not-started", &error);
			child->retry_ms = runtime_monotonic_ms() + CHILD_BACKOFF_MOST_MS;
		}
	}
}

/* ---- nflog, links ---- */

static void on_refusal(const struct refusal *refusal, void *context)
{
	struct runtime *runtime = context;

	refusals_take(&runtime->learner, refusal, runtime_now_ms());
}

static void on_nflog(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;

	(void)fd;
	(void)what;
	if (nflog_readable(runtime->nflog, REFUSALS_A_TURN, on_refusal, runtime) == -ENOBUFS)
		runtime->status.reports_lost++;
	runtime_flush(runtime);
}

static void on_links(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;

	(void)fd;
	(void)what;
	if (links_readable(runtime->links, runtime_link, runtime) < 0)
		runtime->links_unknown = true;
	runtime_read_links(runtime);
}

/* An entry that was not set is one that the next ARP answer decides. */
static void keep_neighbours(struct runtime *runtime)
{
	uint64_t failures = neighbours_failures(runtime->enforcement.neighbours);

	runtime->status.counters[COUNTER_NEIGHBOURS_FAILED] = failures;
	if (failures == runtime->neighbours_failed)
		return;
	runtime->neighbours_failed = failures;
	enforcement_hold_neighbours(&runtime->enforcement, &runtime->inventory, NULL);
}

/* ---- ticks ---- */

static void look_at_writer(struct runtime *runtime)
{
	struct error error = { 0 };
	uint64_t written;

	writer_state(&runtime->writer, &written, &error);
	if (written != runtime->written)
		runtime->status.generation++;
	runtime->written = written;
	if (error.code != 0 && runtime->store_trouble.code == 0)
		runtime_log_error(LEVEL_ERROR, "store-failed", &error);
	runtime->store_trouble = error;
}

/* Whether they have changed; all of them are written, so not too often. */
static void write_names(struct runtime *runtime, unsigned int least_ms)
{
	uint64_t now = runtime_monotonic_ms(), changes = known_names_changes(runtime->known);

	if (changes == runtime->names_written || now - runtime->names_written_ms < least_ms)
		return;
	runtime->names_written = changes;
	runtime->names_written_ms = now;
	recorder_names(&runtime->recorder, runtime->known);
}

static void write_store(struct runtime *runtime)
{
	look_at_writer(runtime);
	if (!writer_is_idle(&runtime->writer))
		return;
	write_names(runtime, NAMES_STORE_MS);
	recorder_gather(&runtime->recorder, &runtime->inventory, runtime->enforcement.policy, runtime_now_ms());
	if (!batch_is_empty(&runtime->recorder.batch))
		writer_give(&runtime->writer, &runtime->recorder.batch);
}

void runtime_write_rest(struct runtime *runtime)
{
	struct batch *batch = &runtime->recorder.batch;
	struct error error = { 0 };
	int result = 0;

	write_names(runtime, 0);
	recorder_gather(&runtime->recorder, &runtime->inventory, runtime->enforcement.policy, runtime_now_ms());
	while (!batch_is_empty(batch) && result == 0) {
		result = batch_write(batch, runtime->store, runtime->fingerprints, &error);
		batch_clear(batch);
		recorder_gather(&runtime->recorder, &runtime->inventory, runtime->enforcement.policy, runtime_now_ms());
	}
	if (error.code != 0)
		runtime_log_error(LEVEL_ERROR, "store-failed", &error);
}

static void write_zones(struct runtime *runtime)
{
	struct error error = { 0 };
	uint64_t now = runtime_monotonic_ms();

	if (runtime->enforcement.unknown || now - runtime->zones_written_ms < ZONES_MS)
		return;
	runtime->zones_written_ms = now;
	if (reporter_write_zones(&runtime->enforcement, &runtime->counters, &runtime->recorder,
	                         interfaces_on_link6(&runtime->interfaces), &error) < 0)
		runtime_log_error(LEVEL_WARNING, "counters-failed", &error);
}

/* One line; the source and the caret below it are for a terminal. */
static void policy_trouble_text(const struct error *error, char *trouble, size_t size)
{
	char text[ERROR_TEXT_MAX + ERROR_FILE_MAX];

	error_format(error, text, sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	snprintf(trouble, size, "the policy was refused, the former one is in force: %.180s", text);
}

_Static_assert((int)COUNTER_OBSERVATIONS_LOST - (int)COUNTER_ROWS_EVICTED_DENIED == (int)STORE_TABLE_COUNT,
               "each table of the store has its counter");

static void send_status(struct runtime *runtime)
{
	struct sensor_statistics sum = runtime->statistics_before;
	struct message message;

	add_statistics(&sum, &runtime->statistics);
	reporter_fill_status(&runtime->status, &runtime->enforcement, &sum);
	runtime_fill_kernel_status(runtime);
	if (runtime->policy_trouble.code != 0 && !runtime->status.trouble[0])
		policy_trouble_text(&runtime->policy_trouble, runtime->status.trouble, sizeof(runtime->status.trouble));
	if (runtime->store_trouble.code != 0 && !runtime->status.trouble[0])
		error_format(&runtime->store_trouble, runtime->status.trouble, sizeof(runtime->status.trouble));
	if (!runtime->status.trouble[0])
		runtime_interface_trouble(runtime, runtime->status.trouble, sizeof(runtime->status.trouble));
	reporter_fill_counters(&runtime->status, &runtime->learner, &sum);
	writer_evicted(&runtime->writer, runtime->status.counters + COUNTER_ROWS_EVICTED_DENIED);
	runtime->status.counters[COUNTER_SETTINGS_RESTORED] = runtime->settings.restored;
	runtime->status.counters[COUNTER_LINK_EVENTS_LOST] = links_losses(runtime->links);
	runtime->status.devices_evicted = runtime->inventory.devices_evicted;
	runtime->status.devices_refused = runtime->inventory.devices_refused;
	runtime->status.rows_lost = runtime->recorder.lost;
	runtime->status.sensor_alive = runtime->children[CHILD_SENSOR].pid != 0;
	if (runtime->children[CHILD_WEB].fd < 0 ||
	    memcmp(&runtime->status, &runtime->status_sent, sizeof(runtime->status)) == 0)
		return;
	message_make(&message, MESSAGE_STATUS);
	message.status = runtime->status;
	if (message_send(runtime->children[CHILD_WEB].fd, &message, -1) == 0)
		runtime->status_sent = runtime->status;
}

static void expire_names(struct runtime *runtime)
{
	uint64_t now = runtime_monotonic_ms();

	if (now - runtime->names_expired_ms < NAMES_MS)
		return;
	runtime->names_expired_ms = now;
	known_names_expire(runtime->known, runtime->enforcement.policy, runtime_now_ms());
	runtime_flush(runtime);
}

static void on_tick(evutil_socket_t fd, short what, void *context)
{
	struct runtime *runtime = context;

	(void)fd;
	(void)what;
	restart_children(runtime);
	runtime_keep_time(runtime);
	runtime_verify(runtime);
	runtime_keep_settings(runtime);
	runtime_read_links(runtime);
	keep_neighbours(runtime);
	expire_names(runtime);
	if (runtime->learner.roaming.count) {
		roaming_tick(&runtime->learner, runtime_monotonic_ms(), runtime_now_ms());
		runtime_flush(runtime);
	}
	write_zones(runtime);
	send_status(runtime);
	write_store(runtime);
	sd_notify(0, "WATCHDOG=1");
}

/* ---- signals ---- */

static void on_reload(evutil_socket_t signal, short what, void *context)
{
	struct runtime *runtime = context;
	struct policy *policy = NULL;
	struct error error = { 0 };
	int result;

	(void)signal;
	(void)what;
	sd_notify(0, "RELOADING=1");
	result = runtime_read_policy(runtime, &policy, &error);
	if (result == 0)
		result = runtime_load(runtime, policy, &error);
	if (result < 0) {
		policy_free(policy);
		runtime_refuse_policy(runtime, &error);
	} else {
		runtime_capture_all(runtime);
	}
	sd_notify(0, "READY=1");
}

static void on_stop(evutil_socket_t signal, short what, void *context)
{
	struct runtime *runtime = context;

	(void)signal;
	(void)what;
	sd_notify(0, "STOPPING=1");
	event_base_loopbreak(runtime->base);
}

struct watched {
	evutil_socket_t at;
	short what;
	event_callback_fn callback;
};

static int watch(struct runtime *runtime, const struct watched *watched, size_t count, struct event **events,
                 struct error *reterr)
{
	struct timeval tick = interval(TICK_MS);

	for (size_t i = 0; i < count; i++) {
		events[i] = event_new(runtime->base, watched[i].at, (short)(watched[i].what | EV_PERSIST),
		                      watched[i].callback, runtime);
		if (!events[i] || event_add(events[i], watched[i].at < 0 ? &tick : NULL) < 0)
			return error_set(reterr, -ENOMEM, "no memory for the event loop");
	}
	return 0;
}

int runtime_loop(struct runtime *runtime, struct error *reterr)
{
	const struct watched watched[] = {
		{ SIGHUP, EV_SIGNAL, on_reload },
		{ SIGTERM, EV_SIGNAL, on_stop },
		{ SIGINT, EV_SIGNAL, on_stop },
		{ SIGCHLD, EV_SIGNAL, on_child },
		{ nflog_fd(runtime->nflog), EV_READ, on_nflog },
		{ links_fd(runtime->links), EV_READ, on_links },
		{ -1, EV_TIMEOUT, on_tick },
	};
	struct event *events[ARRAY_SIZE(watched)] = { 0 };
	int result;

	result = runtime_watch_kernel(runtime, reterr);
	if (result == 0)
		result = watch(runtime, watched, ARRAY_SIZE(watched), events, reterr);
	if (result == 0) {
		sd_notify(0, "READY=1");
		log_event(LEVEL_NOTICE, "ready", "policy", runtime->options->policy, NULL);
		if (event_base_dispatch(runtime->base) < 0)
			result = error_set(reterr, -EIO, "the event loop failed");
	}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i])
			event_free(events[i]);
	return result;
}
