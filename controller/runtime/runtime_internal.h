/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * runtime_internal: the state shared by the files of the runtime: start (order of opening), loop (events), kernel
 * (flushed, verified, repaired), policy
 * (read, put in force, by time), capture (interfaces and the sensor's rings).
 */
#ifndef ISOWARD_CONTROLLER_RUNTIME_RUNTIME_INTERNAL_H
#define ISOWARD_CONTROLLER_RUNTIME_RUNTIME_INTERNAL_H

#include <event2/event.h>
#include <pthread.h>

#include "controller/learner/learner.h"
#include "controller/message.h"
#include "controller/options.h"
#include "controller/policy_files.h"
#include "controller/process/children.h"
#include "controller/runtime/reporter.h"
#include "controller/store/store.h"
#include "controller/store/writer.h"
#include "netlink/links.h"
#include "netlink/nflog.h"
#include "policy/base/log.h"

/* Whether the kernel holds what it was told: when that was last read, and what is done where it does not. */
struct verification {
	struct event *monitor;  /* somebody changed nf_tables */
	struct event *readable; /* an answer to the verification under way */
	struct event *begin;    /* timer */
	struct event *repair;   /* timer: of the whole */
	bool repair_waits;
	bool due;           /* to be read as soon as may be */
	bool suspect;       /* somebody changed our table, or events were lost, and it was not put right yet */
	bool equal;         /* as last read */
	bool again;         /* somebody did while a verification was under way */
	unsigned int tries; /* to put right what differed, while the count of others' transactions was ${others} */
	uint32_t others;
	uint32_t runs;       /* verifications that came to their end */
	uint32_t broken_off; /* that did not, for too much went on or the socket failed */
	uint64_t begun_ms;   /* monotonic */
	uint64_t looked_ms;
	uint64_t repaired_ms;
	uint64_t verified_ms; /* wall clock */
	char why[192];        /* what was wrong, for the event */
	struct error trouble; /* code 0 but where replacing does not help */
};

/* What devices are recognised by, read by a thread of its own while the inventory is: at a start alone. */
struct recognition {
	pthread_t thread;
	bool runs;
	const char *directory;
	struct fingerprints *fingerprints;
	int result;
	struct error error;
};

/* The kernel's settings, looked at in turn. */
struct settings {
	uint64_t round_ms; /* monotonic: when the present round began */
	size_t next;       /* 0: those of no interface; else an interface's place, from 1 on */
	uint64_t restored; /* times that something was set again */
	uint64_t told_ms;  /* monotonic: when that was last told */
};

struct runtime {
	const struct options *options;
	struct policy_files files;
	struct store *store;
	struct recorder recorder;
	struct writer writer;
	uint64_t written; /* batches, at the last look */
	struct inventory inventory;
	struct enforcement enforcement;
	struct interfaces interfaces;
	struct recognition recognition;
	struct fingerprints *fingerprints;
	struct learner learner;
	struct watch watch;
	struct known_names *known;
	uint64_t names_written; /* changes of them that the recorder has */
	uint64_t names_written_ms;
	uint64_t names_expired_ms; /* monotonic: when it was last looked at */
	struct nflog *nflog;
	int flow_packets_fd; /* the first packets of flows, for the sensor to read; kept for one that is started again
	                      */
	struct links *links;
	struct child children[CHILD_COUNT];
	struct child_setup setup;
	struct event_base *base;
	struct event *child_events[CHILD_COUNT];
	struct verification verification;
	struct settings settings;
	bool links_unknown;         /* news of interfaces were lost: all are to be read */
	uint64_t links_asked_ms;    /* monotonic */
	uint64_t neighbours_failed; /* neighbours_failures when all were last set */
	struct sensor_statistics statistics;
	struct sensor_statistics statistics_before; /* of sensors that have died */
	struct status status;
	struct status status_sent;
	uint64_t zones_written_ms;
	struct counters counters;
	struct error store_trouble;
	struct error policy_trouble; /* why the policy's file is not what is in force; code 0 where it is */
};

/* runtime_now_ms is the wall clock, milliseconds: to store and show. */
uint64_t runtime_now_ms(void);

/* runtime_log_error logs ${event} at ${level} with the text of ${error}. */
void runtime_log_error(enum log_level level, const char *event, const struct error *error);

/* runtime_monotonic_ms is for timers. */
uint64_t runtime_monotonic_ms(void);

/*
 * runtime_read_policy reads the policy named by the options with all it includes, and holds it against its own
 * expectations and the machine's interfaces, into ${policy}.
 * errors: the first problem that was met.
 */
int runtime_read_policy(struct runtime *runtime, struct policy **policy, struct error *reterr);

/*
 * runtime_put_in_force makes the kernel hold every device to ${policy}; on failure the former one still is in force.
 * What devices said is not asked. ownership: taken on success.
 */
int runtime_put_in_force(struct runtime *runtime, struct policy *policy, struct error *reterr);

/* runtime_follow_policy makes all else follow the policy that was put in force, judging devices where it has to. */
void runtime_follow_policy(struct runtime *runtime);

/* runtime_load does both with ${policy}. errors, ownership: as runtime_put_in_force. */
int runtime_load(struct runtime *runtime, struct policy *policy, struct error *reterr);

/* runtime_check_interfaces tells whether the clinical interfaces that ${policy} names without a glob are there. */
int runtime_check_interfaces(const struct runtime *runtime, const struct policy *policy, struct error *reterr);

/* runtime_refuse_policy tells everyone that the policy's file was refused for ${error}; the former one stays. */
void runtime_refuse_policy(struct runtime *runtime, const struct error *error);

/* runtime_keep_time puts the rules that hold now in force where the minute has changed; call it often. */
void runtime_keep_time(struct runtime *runtime);

/* runtime_write_rest writes what the stopped writer has not: at the end. */
void runtime_write_rest(struct runtime *runtime);

/* runtime_flush sends what is staged for the kernel; where its state is unknown a repair is set for soon. */
void runtime_flush(struct runtime *runtime);

/* runtime_watch_kernel makes the events by which others' changes are noticed. errors: -ENOMEM. */
int runtime_watch_kernel(struct runtime *runtime, struct error *reterr);

/* runtime_leave_kernel releases them. */
void runtime_leave_kernel(struct runtime *runtime);

/* runtime_keep_settings reads some of the kernel's settings and sets again what others changed; call it each tick. */
void runtime_keep_settings(struct runtime *runtime);

/* runtime_want_verification has what the kernel holds read as soon as may be: it was laid anew. */
void runtime_want_verification(struct runtime *runtime);

/* runtime_verify begins to compare the kernel with what it was told where that is due; call it often. */
void runtime_verify(struct runtime *runtime);

/* runtime_fill_kernel_status writes what verifications found into the status. */
void runtime_fill_kernel_status(struct runtime *runtime);

/* runtime_loop makes the events and runs until a signal ends it. errors: -ENOMEM; of the loop. */
int runtime_loop(struct runtime *runtime, struct error *reterr);

/* runtime_start_child starts the child of ${role} and watches it. */
int runtime_start_child(struct runtime *runtime, enum child_role role, struct error *reterr);

/* runtime_read_links reads all interfaces anew, those that are there no more among them, where news were lost; call it
 * each tick. */
void runtime_read_links(struct runtime *runtime);

/* runtime_link takes one rtnetlink ${event} in; ${context} is the runtime. */
void runtime_link(const struct link_event *event, void *context);

/* runtime_interface_trouble says in ${text} of ${size} which clinical interface has a name that the policy does not
 * know; untouched where none has. */
void runtime_interface_trouble(const struct runtime *runtime, char *text, size_t size);

/* runtime_pass_flows gives the sensor the descriptor from which it reads the first packets of flows. */
void runtime_pass_flows(struct runtime *runtime);

/* runtime_capture_all gives the sensor the rings of every clinical interface that is up and not captured yet. */
void runtime_capture_all(struct runtime *runtime);

/* runtime_capture_forget notes that the sensor, having died, captures nothing any more. */
void runtime_capture_forget(struct runtime *runtime);

#endif
