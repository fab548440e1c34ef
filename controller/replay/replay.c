/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "controller/replay/capture_file.h"
#include "controller/replay/kin.h"
#include "controller/replay/observation_lines.h"
#include "controller/replay/ruling.h"
#include "controller/replay/view.h"
#include "policy/identity/kinship.h"

#define NS_PER_MS 1000000U
#define PORT_DNS  53

/* Of these the detector asks what the device is; the others speak for themselves. */
static bool needs_class(const struct observation *observation)
{
	switch (observation->protocol) {
	case PROTOCOL_SMB:
	case PROTOCOL_SSH:
	case PROTOCOL_RDP:
	case PROTOCOL_TELNET:
		return true;
	default:
		return false;
	}
}

static void detect(struct replay *replay, struct census_device *device, const struct observation *observation)
{
	struct subject subject = {
		.mac = device->key.mac,
		.address = observation->conversation.source,
		.class = device->class,
		.zone = "",
		.os = "",
		.ended = "",
		.ended_why = "",
	};

	if (needs_class(observation))
		view_class(replay, device);
	detector_observe(replay->detector, observation, &subject);
}

/* Who may be believed is known when all was read: see ruling_of. */
static void learn_names(struct replay *replay, const struct observation *observation)
{
	const struct policy *policy = replay->options.policy;
	uint64_t now_ms = observation->captured_ns / NS_PER_MS;

	if (observation->conversation.destination_port == PORT_DNS)
		known_names_asked(replay->known, policy, observation, now_ms);
	else if (observation->conversation.source_port == PORT_DNS)
		known_names_answered(replay->known, policy, observation, now_ms);
}

static void observed(const struct observation *observation, void *context)
{
	struct replay *replay = context;
	struct census_device *device = census_take(replay->census, observation);

	if (observation->type == OBSERVATION_FLOW || observation->protocol == PROTOCOL_FLOW)
		flow_rows_take(replay->rows, observation);
	if (replay->known && observation->protocol == PROTOCOL_DNS)
		learn_names(replay, observation);
	if (device && observation->type != OBSERVATION_FLOW)
		detect(replay, device, observation);
	if (replay->options.observations && observation->type != OBSERVATION_FLOW)
		observation_line(replay->options.observations, replay->capture, observation);
}

static void ended(const struct flow_total *total, void *context)
{
	struct replay *replay = context;

	flow_rows_end(replay->rows, &total->conversation, total->packets, total->bytes);
}

static void found(const struct finding *finding, void *context)
{
	struct replay *replay = context;

	findings_note(replay->findings, finding, NULL); /* without memory it is not told */
}

int replay_new(const struct replay_options *options, struct replay **replay)
{
	const struct dissector_options dissector = {
		.flows_max = REPLAY_FLOWS_MAX,
		.streams_max = REPLAY_STREAMS_MAX,
		.messages_max = 0,
		.report_flows = true,
		.applications = true,
		.flow_end = ended,
	};
	const struct census_options census = { .devices_max = REPLAY_DEVICES_MAX,
		                               .fingerprints = options->fingerprints };
	const struct detector_options detector = { .is_gateway = false, .subjects_max = 0 };
	struct replay *made CLEANUP(replay_free) = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->options = *options;
	if (census_new(&census, &made->census) < 0 || flow_rows_new(REPLAY_FLOWS_MAX, &made->rows) < 0 ||
	    findings_new(REPLAY_FINDINGS_MAX, &made->findings) < 0 ||
	    detector_new(&detector, found, made, &made->detector) < 0 ||
	    dissector_new(&dissector, observed, made, &made->dissector) < 0)
		return -ENOMEM;
	if (options->policy && known_names_new(REPLAY_NAMES_MAX, NULL, NULL, &made->known) < 0)
		return -ENOMEM;
	*replay = take_ptr(&made);
	return 0;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	dissector_free(replay->dissector);
	detector_free(replay->detector);
	findings_free(replay->findings);
	known_names_free(replay->known);
	flow_rows_free(replay->rows);
	census_free(replay->census);
	free(replay);
}

static void note_time(struct replay *replay, uint64_t ns)
{
	if (ns == 0)
		return;
	if (replay->first_ns == 0 || ns < replay->first_ns)
		replay->first_ns = ns;
	if (ns > replay->last_ns)
		replay->last_ns = ns;
}

int replay_read(struct replay *replay, const char *path, struct error *reterr)
{
	struct capture_file *file CLEANUP(capture_file_close) = NULL;
	struct frame frame;
	int result = capture_file_open(path, &file, reterr);

	if (result < 0)
		return result;
	replay->capture = path;
	replay->captures++;
	while ((result = capture_file_next(file, &frame, reterr)) > 0) {
		replay->frames++;
		note_time(replay, frame.captured_ns);
		dissector_take(replay->dissector, &frame);
	}
	dissector_flush(replay->dissector); /* no flow goes on in another capture */
	return result;
}

/* ---- when all was read ---- */

static void settle_device(struct replay *replay, struct census_device *device)
{
	struct view view;
	struct subject subject;
	char how[POLICY_CLASS_MAX + 32];

	view_make(replay, device, &view);
	device->zone = view.zone;
	subject = (struct subject){
		.mac = device->key.mac,
		.address = view_address(device),
		.class = view.identity->class,
		.zone = view.zone_name,
		.os = view.identity->os,
		.ended = view.ended,
		.ended_why = view.ended_why,
		.is_default_zone = replay->options.policy && view.zone == replay->options.policy->default_zone,
	};
	detector_judged(replay->detector, &subject, device->last_ns / NS_PER_MS);
	if (kinship_stands_before(device->behind_count))
		detector_routes(replay->detector, &subject, device->behind_count, device->last_ns / NS_PER_MS);
	if (!view.conflict[0])
		return;
	snprintf(how, sizeof(how), "looks like %s as well", view.conflict);
	detector_conflict(replay->detector, &subject, view.conflict_was, how, device->last_ns / NS_PER_MS);
}

static void refuse(struct replay *replay, const struct flow_row *row)
{
	struct ruling ruling;
	struct subject subject;
	struct refused_flow flow;

	if (!ruling_of(replay, row, &ruling) || ruling.decision.verdict == VERDICT_ALLOW || !ruling.from.device)
		return;
	subject = (struct subject){
		.mac = ruling.from.device->key.mac,
		.address = row->key.client,
		.class = ruling.from.device->class,
		.zone = ruling.from.zone_name,
		.os = "",
		.ended = "",
		.ended_why = "",
	};
	flow = (struct refused_flow){
		.conversation = { .source = row->key.client,
		                  .destination = row->key.server,
		                  .destination_port = row->key.port,
		                  .protocol = row->key.protocol },
		.from_zone = ruling.from.zone_name,
		.to_zone = ruling.to.zone_name,
		.is_clinical = ruling.to.device != NULL,
	};
	detector_refused(replay->detector, &flow, &subject, row->last_ns / NS_PER_MS);
}

void replay_settle(struct replay *replay)
{
	for (struct census_device *device = census_first(replay->census); device; device = device->next)
		settle_device(replay, device);
	kin_find(replay->census); /* without memory some are not told */
	if (!replay->options.policy)
		return;
	for (const struct flow_row *row = flow_rows_first(replay->rows); row; row = row->next)
		refuse(replay, row);
}
