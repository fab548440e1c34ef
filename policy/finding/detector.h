/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * detector: from observations and refused flows to findings.
 *
 * Owns:    what it must remember between observations: whom each device asked for, which address it said was its own,
 *          who answers DHCP and who calls itself a router.
 * Limits:  DETECTOR_SUBJECTS_MAX devices and as many addresses remembered, the one quiet longest is forgotten and
 *          counted; DETECTOR_RATE findings a device and minute, the others are counted.
 * Context: pure; time is that of the observations.
 * Trust:   observations are a stranger's claims, checked for shape only.
 */
#ifndef ISOWARD_POLICY_FINDING_DETECTOR_H
#define ISOWARD_POLICY_FINDING_DETECTOR_H

#include <stdbool.h>

#include "policy/finding/finding.h"
#include "policy/observation.h"

#define DETECTOR_SUBJECTS_MAX 65536
#define DETECTOR_RATE         60

/* The device that an observation is about, as it is known now. Texts are borrowed, never NULL, "" where unknown. */
struct subject {
	struct mac mac;
	struct address address;
	const char *class;
	const char *zone;
	const char *os;        /* as identity names it: "Windows 7" */
	const char *ended;     /* "2020-01-14": support of it has ended by the day of the caller; "" where it has not */
	const char *ended_why; /* where that is from */
	bool is_default_zone;
};

/* A flow that policy refused, or would have. */
struct refused_flow {
	struct conversation conversation;
	const char *from_zone;
	const char *to_zone; /* "" where the destination is in none */
	bool is_clinical;    /* the destination lives behind a clinical interface */
};

struct detector_options {
	bool is_gateway; /* whoever but us answers DHCP or calls itself a router is a rogue; else whoever comes second
	                  */
	size_t subjects_max; /* devices remembered; 0: DETECTOR_SUBJECTS_MAX */
};

typedef void detector_emit(const struct finding *finding, void *context);

struct detector;

/* detector_new makes a detector at ${detector} that gives findings to ${emit} with ${context}. errors: -ENOMEM. */
int detector_new(const struct detector_options *options, detector_emit *emit, void *context,
                 struct detector **detector);

/* detector_free releases ${detector}; NULL is allowed. */
void detector_free(struct detector *detector);
CLEANUP_DEFINE(struct detector, detector_free);

/* detector_observe looks at ${observation} about ${subject}, its sender. */
void detector_observe(struct detector *detector, const struct observation *observation, const struct subject *subject);

/*
 * detector_judged looks at what ${subject} was recognised as at ${now_ms}: an outdated system, which is firmware in a
 * printer, a camera and their like; an unknown device.
 */
void detector_judged(struct detector *detector, const struct subject *subject, uint64_t now_ms);

/* detector_conflict tells that ${subject}, known as ${was}, contradicts itself since ${now_ms}: ${how}. */
void detector_conflict(struct detector *detector, const struct subject *subject, const char *was, const char *how,
                       uint64_t now_ms);

/* detector_spoofed tells that ${subject} sent a packet with an address that is not its own, ${claimed}, at ${now_ms}.
 */
void detector_spoofed(struct detector *detector, const struct subject *subject, const struct address *claimed,
                      uint64_t now_ms);

/* detector_routes tells that behind ${subject} live ${addresses} others, as seen by ${now_ms}. */
void detector_routes(struct detector *detector, const struct subject *subject, size_t addresses, uint64_t now_ms);

/* detector_refused looks at ${flow} of ${subject}, refused at ${now_ms}. */
void detector_refused(struct detector *detector, const struct refused_flow *flow, const struct subject *subject,
                      uint64_t now_ms);

/* detector_suppressed tells how many findings were over the rate of their device. */
uint64_t detector_suppressed(const struct detector *detector);

/* detector_forgotten tells how many devices and addresses made room for others. */
uint64_t detector_forgotten(const struct detector *detector);

#endif
