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

/*
 * What had to make room in a full table or did not get in, in the order that it is shown in; counted since the daemon
 * began, rows of the store since the inventory was made.
 */
enum status_counter {
	COUNTER_ADDRESSES_REFUSED,
	COUNTER_ADDRESSES_REPLACED,
	COUNTER_ROAMING_REFUSED,
	COUNTER_FACTS_FORGOTTEN,
	COUNTER_KIN_CROWDED_OUT,
	COUNTER_BEHIND_FORGOTTEN,
	COUNTER_DETECTOR_FORGOTTEN,
	COUNTER_FINDINGS_SUPPRESSED,
	COUNTER_NAMES_FORGOTTEN,
	COUNTER_ROWS_EVICTED_DENIED, /* in the order of enum store_table */
	COUNTER_ROWS_EVICTED_EVENT,
	COUNTER_ROWS_EVICTED_ZONE_HISTORY,
	COUNTER_ROWS_EVICTED_AUDIT,
	COUNTER_ROWS_EVICTED_REPORTED,
	COUNTER_ROWS_EVICTED_FINDING,
	COUNTER_OBSERVATIONS_LOST,
	COUNTER_FLOWS_EVICTED,
	COUNTER_STREAMS_REFUSED,
	COUNTER_SEGMENTS_LOST,
	COUNTER_FRAGMENTS,
	COUNTER_LINK_UNKNOWN,
	COUNTER_RULE_EVENTS_LOST,
	COUNTER_VERIFICATIONS_BROKEN_OFF,
	COUNTER_SETTINGS_RESTORED,
	COUNTER_LINK_EVENTS_LOST,
	COUNTER_NEIGHBOURS_FAILED,
	STATUS_COUNTER_COUNT
};

struct status {
	uint8_t enforcement; /* enum status_enforcement */
	uint8_t sensor_alive;
	uint32_t epoch;
	uint32_t device_elements;   /* elements of the zone map the controller has put into the kernel */
	uint32_t repairs;           /* rebuilds after a foreign change */
	uint32_t repaired_elements; /* times that elements alone were put right */
	uint8_t rules_equal;        /* the kernel held what it was told, when that was last read */
	uint64_t rules_wanted;      /* digests of what it was told and of what it held; not cryptographic */
	uint64_t rules_found;
	uint64_t rules_verified_ms; /* wall clock; when it was last known to be equal; 0 for never */
	uint32_t sensor_restarts;
	uint32_t interfaces; /* clinical interfaces captured now */
	uint64_t frames;     /* decoded by the sensor */
	uint64_t frames_malformed;
	struct status_malformed malformed[STATUS_REASONS_MAX];
	uint64_t frames_dropped;  /* by the kernel, the ring was full */
	uint64_t devices_evicted; /* from the full inventory, to make room */
	uint64_t devices_refused; /* no room could be made */
	uint64_t rows_lost;       /* for the store, above what waits for it */
	uint64_t reports_lost;    /* nflog ENOBUFS */
	uint64_t counters[STATUS_COUNTER_COUNT];
	uint64_t generation;       /* rises when devices, zones, refusals or events in the inventory have changed */
	uint64_t policy_loaded_ms; /* wall clock, milliseconds */
	uint64_t started_ms;
	char site[STATUS_TEXT_MAX];
	char policy_file[STATUS_TEXT_MAX];
	char included_files[STATUS_TEXT_MAX]; /* "site/a.yaml, packs/b.yaml and 3 more"; "" for none */
	char trouble[STATUS_TEXT_MAX];        /* "" or one sentence with what to do */
};

/* status_counter_name gives the name of ${counter} as the API has it, "flows_evicted"; a metric ends in _total. */
const char *status_counter_name(enum status_counter counter);

/* status_counter_help tells in a sentence what ${counter} counts. */
const char *status_counter_help(enum status_counter counter);

#endif
