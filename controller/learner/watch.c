/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/learner/watch.h"

#include <string.h>

#include "policy/moment.h"

#define MS_PER_DAY (24 * 3600 * 1000U)

static void found(const struct finding *finding, void *context)
{
	struct watch *watch = context;

	recorder_finding(watch->recorder, finding);
}

int watch_init(struct watch *watch, struct recorder *recorder, const struct fingerprints *fingerprints)
{
	const struct detector_options options = { .is_gateway = true };

	*watch = (struct watch){ .recorder = recorder, .fingerprints = fingerprints };
	return detector_new(&options, found, watch, &watch->detector);
}

void watch_done(struct watch *watch)
{
	detector_free(watch->detector);
	watch->detector = NULL;
}

/* A device as the detector is told of it, and the texts that are made for it. */
struct described {
	struct subject subject;
	char ended[DATE_TEXT_MAX];
};

static void describe_support(struct described *described, const struct watch *watch, const struct device *device,
                             uint64_t now_ms)
{
	const struct support *support =
		device->traits->os[0] ? fingerprints_support(watch->fingerprints, device->traits->os) : NULL;

	if (!support || !support_is_over(support, (int32_t)(now_ms / MS_PER_DAY)))
		return;
	described->subject.ended = date_format(support->ended, described->ended);
	described->subject.ended_why = support->source;
}

static void describe(struct described *described, const struct policy *policy, const struct device *device)
{
	*described = (struct described){
		.subject = { .mac = device->mac,
		             .class = device->traits->class,
		             .zone = recorder_zone_name(policy, device->zone),
		             .os = device->traits->os,
		             .ended = "",
		             .ended_why = "",
		             .is_default_zone = device->zone == policy->default_zone && !device->pinned },
	};
	for (size_t i = device->binding_count; i-- > 0;)
		if (!address_stays_on_link(&device->bindings[i]->address))
			described->subject.address = device->bindings[i]->address;
}

void watch_observed(struct watch *watch, const struct policy *policy, const struct device *device,
                    const struct observation *observation)
{
	struct described described;

	describe(&described, policy, device);
	detector_observe(watch->detector, observation, &described.subject);
}

void watch_judged(struct watch *watch, const struct policy *policy, const struct device *device, uint64_t now_ms)
{
	struct described described;

	describe(&described, policy, device);
	describe_support(&described, watch, device, now_ms);
	detector_judged(watch->detector, &described.subject, now_ms);
}

void watch_conflict(struct watch *watch, const struct policy *policy, const struct device *device, const char *how,
                    uint64_t now_ms)
{
	struct described described;

	describe(&described, policy, device);
	detector_conflict(watch->detector, &described.subject, device->traits->class, how, now_ms);
}

void watch_spoofed(struct watch *watch, const struct policy *policy, const struct device *device,
                   const struct address *claimed, uint64_t now_ms)
{
	struct described described;

	describe(&described, policy, device);
	detector_spoofed(watch->detector, &described.subject, claimed, now_ms);
}

void watch_routes(struct watch *watch, const struct policy *policy, const struct device *device, uint64_t now_ms)
{
	struct described described;

	describe(&described, policy, device);
	detector_routes(watch->detector, &described.subject, device->binding_count + device->carried_count, now_ms);
}

void watch_refused(struct watch *watch, const struct policy *policy, const struct device *device,
                   const struct refused_flow *flow, uint64_t now_ms)
{
	struct described described;

	describe(&described, policy, device);
	detector_refused(watch->detector, flow, &described.subject, now_ms);
}
