/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * replay: captures through the daemon's own decoders, identity and policy, without a gateway.
 *
 * Frames are read once. What devices are and which zone takes them is settled when all was read, and only then are the
 * flows decided: a capture tells who somebody is in no order.
 *
 * Owns:    the dissector, the census, the rows of flows, the detector and its findings; borrows policy, table and
 *          fingerprints.
 * Limits:  REPLAY_*_MAX below; what made room for others is counted and told at the end.
 * Context: main, no root; no clock but that of the frames.
 * Trust:   captures are hostile input.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_REPLAY_H
#define ISOWARD_CONTROLLER_REPLAY_REPLAY_H

#include "controller/replay/census.h"
#include "controller/replay/flow_rows.h"
#include "controller/replay/json_lines.h"
#include "controller/sensor/dissect/dissector.h"
#include "policy/finding/detector.h"
#include "policy/known_names.h"
#include "policy/table/table.h"

#define REPLAY_DEVICES_MAX  131072
#define REPLAY_FLOWS_MAX    (1U << 20) /* connections at once, and rows of them */
#define REPLAY_STREAMS_MAX  4096
#define REPLAY_FINDINGS_MAX 65536
#define REPLAY_NAMES_MAX    65536

struct replay_options {
	const struct policy *policy; /* NULL: devices and findings only; table likewise */
	const struct table *table;
	const struct fingerprints *fingerprints;
	struct json_lines *observations; /* where every observation is written; NULL for nowhere */
};

struct replay {
	struct replay_options options;
	struct dissector *dissector;
	struct census *census;
	struct flow_rows *rows;
	struct detector *detector;
	struct findings *findings;
	struct known_names *known; /* addresses of the policy's names; NULL without a policy */
	const char *capture;       /* that is being read, as named */
	size_t captures;
	uint64_t frames;
	uint64_t first_ns; /* of the earliest frame with a time; 0 for none */
	uint64_t last_ns;
	struct identity scratch; /* large */
};

/*
 * replay_new makes a replay at ${replay} by ${options}. ownership: the caller's, to free with replay_free; what the
 * options borrow must outlive it. errors: -ENOMEM.
 */
int replay_new(const struct replay_options *options, struct replay **replay);

/* replay_free releases ${replay}; NULL is allowed. */
void replay_free(struct replay *replay);
CLEANUP_DEFINE(struct replay, replay_free);

/*
 * replay_read reads the capture at ${path} to its end, or as far as it can be read.
 * errors: those of capture_file_open and capture_file_next; what was read counts.
 */
int replay_read(struct replay *replay, const char *path, struct error *reterr);

/* replay_settle judges every device, finds its zone, and then what there is to be found in that and in refused flows.
 */
void replay_settle(struct replay *replay);

#endif
