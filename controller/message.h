/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * message: what the three processes say to each other, one struct a packet on a SOCK_SEQPACKET pair, of fixed size but
 * for an observation, whose unused end is left off.
 *
 * Owns:    nothing; a passed descriptor becomes the receiver's.
 * Limits:  sizeof(struct message) a message, one descriptor with it.
 * Context: controller, sensor, web.
 * Trust:   message_receive checks every field as if the sender were hostile: it may have been taken over.
 */
#ifndef ISOWARD_CONTROLLER_MESSAGE_H
#define ISOWARD_CONTROLLER_MESSAGE_H

#include <stdint.h>

#include "policy/observation.h"
#include "web/status.h"

#define MALFORMED_REASONS_MAX 64

enum message_type {
	MESSAGE_CAPTURE_ADD = 1,   /* controller → sensor, with the socket */
	MESSAGE_CAPTURE_DELETE,    /* controller → sensor: both rings of an interface */
	MESSAGE_OBSERVATION,       /* sensor → controller */
	MESSAGE_SENSOR_STATISTICS, /* sensor → controller: totals since the sensor began */
	MESSAGE_STATUS,            /* controller → web */
};

enum capture_kind {
	CAPTURE_URGENT, /* DHCP, router advertisements: TPACKET_V2, each frame handed over at once */
	CAPTURE_BULK,   /* what is said on the link: TPACKET_V3, blocks handed over when full or after some milliseconds
	                 */
	CAPTURE_RING_COUNT,
	CAPTURE_FLOWS = CAPTURE_RING_COUNT, /* the first packets of each flow, by nflog; no ring, of no one interface */
	CAPTURE_KIND_COUNT
};

/* The ring's shape, as given to PACKET_RX_RING; sizes in bytes. */
struct capture_geometry {
	uint32_t block_size;
	uint32_t block_count;
	uint32_t frame_size;
	uint32_t frame_count;
};

struct message_capture {
	uint32_t ifindex;
	uint32_t kind; /* enum capture_kind */
	struct capture_geometry geometry;
};

struct sensor_statistics {
	uint64_t frames;
	uint64_t dropped;           /* by the kernel: a ring was full */
	uint64_t observations_lost; /* the socket to the controller was full */
	uint64_t flows_evicted;     /* these are the dissector's */
	uint64_t streams_refused;
	uint64_t segments_lost;
	uint64_t fragments;
	uint64_t link_unknown;
	uint64_t malformed[MALFORMED_REASONS_MAX]; /* by enum malformed_reason */
};

struct message {
	uint32_t type;
	uint32_t length; /* bytes of the member in use */
	union {
		struct message_capture capture;
		struct observation observation;
		struct sensor_statistics statistics;
		struct status status;
	};
};

/* message_make begins ${message} as a zeroed message of ${type} with its right length. */
void message_make(struct message *message, enum message_type type);

/* message_fit sets the length of a ${message} that holds an observation to what of it is in use. */
void message_fit(struct message *message);

/*
 * message_send sends ${message} over ${fd}, with ${passed_fd} where it is not -1 (it stays the sender's, too).
 * errors: -EAGAIN the receiver is behind; other negative errno.
 */
int message_send(int fd, const struct message *message, int passed_fd);

/*
 * message_receive reads one message from ${fd} into ${message}; a descriptor with it goes to ${passed_fd} (-1 where
 * there was none) or, where ${passed_fd} is NULL, is closed.
 * shape: returns 1; 0 at the end of the stream. errors: -EAGAIN nothing there; -EBADMSG a message that no honest
 * sender would send; other negative errno.
 */
int message_receive(int fd, struct message *message, int *passed_fd);

/* message_check tells whether every field of ${message} of ${size} received bytes holds a value of its range; errors:
 * -EBADMSG. */
int message_check(const struct message *message, uint32_t size);

#endif
