/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * status: the state of enforcement as the controller last told it; the rest of the page comes from the inventory.
 *
 * Owns:    its bytes inline; fixed size, it travels in one message.
 * Context: written by the controller, read in the web process.
 */
#ifndef ISOWARD_WEB_STATUS_H
#define ISOWARD_WEB_STATUS_H

#include <stdint.h>

#define STATUS_TEXT_MAX    256
#define STATUS_REASON_MAX  32
#define STATUS_REASONS_MAX 64

enum status_enforcement {
	ENFORCEMENT_STARTING = 0,
	ENFORCEMENT_ACTIVE,   /* the kernel holds the plan */
	ENFORCEMENT_UNKNOWN,  /* a foreign change or lost events: being repaired */
	ENFORCEMENT_DEGRADED, /* the last good rules stand; text says what is wrong */
};

/* Frames refused for one reason; the reasons are the sensor's, an unused place has no name. */
struct status_malformed {
	char reason[STATUS_REASON_MAX];
	uint64_t frames;
};

struct status {
	uint8_t enforcement; /* enum status_enforcement */
	uint8_t sensor_alive;
	uint32_t epoch;
	uint32_t device_elements; /* elements of the zone map the controller has put into the kernel */
	uint32_t repairs;         /* rebuilds after a foreign change */
	uint32_t sensor_restarts;
	uint32_t interfaces; /* clinical interfaces captured now */
	uint64_t frames;     /* decoded by the sensor */
	uint64_t frames_malformed;
	struct status_malformed malformed[STATUS_REASONS_MAX];
	uint64_t frames_dropped;   /* by the kernel, the ring was full */
	uint64_t devices_evicted;  /* from the full inventory, to make room */
	uint64_t devices_refused;  /* no room could be made */
	uint64_t rows_lost;        /* for the store, above what waits for it */
	uint64_t reports_lost;     /* nflog ENOBUFS */
	uint64_t generation;       /* rises when devices, zones, refusals or events in the inventory have changed */
	uint64_t policy_loaded_ms; /* wall clock, milliseconds */
	uint64_t started_ms;
	char site[STATUS_TEXT_MAX];
	char policy_file[STATUS_TEXT_MAX];
	char included_files[STATUS_TEXT_MAX]; /* "site/a.yaml, packs/b.yaml and 3 more"; "" for none */
	char trouble[STATUS_TEXT_MAX];        /* "" or one sentence with what to do */
};

#endif
