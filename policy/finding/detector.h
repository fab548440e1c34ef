/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * detector: from observations and refused flows to findings.
 *
 * Owns:    what it must remember between observations: whom each device asked for, who answers DHCP, who is router.
 * Limits:  DETECTOR_SUBJECTS_MAX devices remembered, the one quiet longest is forgotten and counted;
 *          DETECTOR_RATE findings a device and minute, the others are counted.
 * Context: pure; time is that of the observations.
 * Trust:   observations are a stranger's claims, checked for shape only.
 */
#ifndef ISOWARD_POLICY_FINDING_DETECTOR_H
#define ISOWARD_POLICY_FINDING_DETECTOR_H

#include "policy/finding/finding.h"
#include "policy/observation.h"

#define DETECTOR_SUBJECTS_MAX 65536
#define DETECTOR_RATE         60

/* The device that an observation is about, as it is known now. Texts are borrowed, "" where unknown. */
struct subject {
	struct mac mac;
	struct address address;
	const char *class;
	const char *zone;
	const char *os; /* as identity names it: "Windows 7" */
	bool is_default_zone;
};

/* A flow that policy refused, or would have. */
struct refused_flow {
	struct conversation conversation;
	const char *from_zone;
	const char *to_zone; /* "" where the destination is in none */
	bool is_clinical;    /* the destination lives behind a clinical interface */
};

typedef void detector_emit(const struct finding *finding, void *context);

struct detector;

/* detector_new makes a detector at ${detector} that gives findings to ${emit} with ${context}. errors: -ENOMEM. */
int detector_new(detector_emit *emit, void *context, struct detector **detector);

/* detector_free releases ${detector}; NULL is allowed. */
void detector_free(struct detector *detector);
CLEANUP_DEFINE(struct detector, detector_free);

/* detector_observe looks at ${observation} about ${subject}, its sender. */
void detector_observe(struct detector *detector, const struct observation *observation, const struct subject *subject);

/* detector_judged looks at what ${subject} was recognised as at ${now_ms}: an outdated system, an unknown device. */
void detector_judged(struct detector *detector, const struct subject *subject, uint64_t now_ms);

/* detector_refused looks at ${flow} of ${subject}, refused at ${now_ms}. */
void detector_refused(struct detector *detector, const struct refused_flow *flow, const struct subject *subject,
                      uint64_t now_ms);

/* detector_suppressed tells how many findings were over the rate of their device. */
uint64_t detector_suppressed(const struct detector *detector);

#endif
