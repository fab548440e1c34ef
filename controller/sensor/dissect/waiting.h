/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * waiting: the directions of flows that wait for more bytes, and the places they wait in.
 *
 * Owns:    the bytes gathered.
 * Limits:  streams_max places of STREAM_BYTES_MAX bytes, allocated at their first use and then kept; where all are
 *          taken, the direction that has waited longest without a new byte gives way, and is counted.
 * Context: single-threaded; part of the dissector.
 * Trust:   strangers choose who waits.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_WAITING_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_WAITING_H

#include "controller/sensor/dissect/dissector_internal.h"
#include "controller/sensor/dissect/gather.h"

/* One direction that waits. */
struct waiting {
	struct gather *gather; /* allocated at its first use, then kept */
	uint32_t flow;
	uint8_t side;
	uint8_t doubts;
	uint16_t newer; /* order of use, index + 1; 0 ends it */
	uint16_t older;
	uint8_t head[OBSERVATION_HEAD]; /* of the last segment put here: whose observation it will be */
};

struct streams {
	uint32_t streams_max;
	uint32_t used;
	uint16_t free; /* index + 1 of the first free one, chained by ${older} */
	uint16_t newest;
	uint16_t oldest;
	struct waiting waiting[];
};

/* waiting_at borrows the place of ${index}, counted from 1. */
struct waiting *waiting_at(struct streams *streams, uint16_t index);

/* waiting_begin gives ${side} of ${packet}'s flow a place to wait in. shape: false, no memory. */
bool waiting_begin(struct dissector *dissector, const struct flow_packet *packet, struct stream_side *side);

/* waiting_touch makes the place of ${index} the last to give way. */
void waiting_touch(struct streams *streams, uint16_t index);

/* waiting_release lets go of what ${side} holds, if it does. */
void waiting_release(struct streams *streams, struct stream_side *side);

/* stream_lose says of ${side} that bytes are missing: the next segment may begin a message. */
void stream_lose(struct stream_side *side);

#endif
