/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dissector: frames in, observations out; the same for live interfaces and for capture files.
 *
 * Link layers, IP and its tunnels are read frame by frame. A TCP connection is followed until its first messages have
 * been decoded; its segments are put in order in bounded memory, whichever way they come. After that a frame costs one
 * look-up of its flow.
 *
 * Owns:    its table of flows, what is gathered of streams and of IP packets in pieces (fragments.h), and the state of
 * the application recognition. Limits:  those it was made with; a full table of flows evicts the one that was quiet
 * longest, and counts it. Context: single-threaded; no I/O, no clock: time is that of the frames. Sensor process and
 * replay. Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dissector.c. Source:  IEEE 802.3, IEEE 802.1Q, IEEE 802.2,
 * IEEE 802.11, RFC 5415, RFC 791, RFC 8200, RFC 9293; LINKTYPE_* of tcpdump.org.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_DISSECTOR_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_DISSECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/malformed.h"
#include "policy/base/memory.h"
#include "policy/observation.h"

/* How a frame begins. */
enum link_type {
	LINK_ETHERNET,
	LINK_COOKED,   /* Linux cooked, version 1 */
	LINK_COOKED2,  /* version 2 */
	LINK_RAW_IP,   /* an IPv4 or IPv6 header at once */
	LINK_NULL,     /* BSD loopback: the address family in host or network order, then IP */
	LINK_WIRELESS, /* IEEE 802.11 */
	LINK_RADIOTAP, /* the same behind what the receiver tells of it */
	LINK_PPI,      /* likewise */
	LINK_SERIAL,   /* PPP, or Cisco's HDLC */
	LINK_NFLOG,    /* attributes of Linux' netfilter log, a packet among them */
	LINK_OTHER     /* none of ours: counted, passed over */
};

struct frame {
	const uint8_t *bytes;
	size_t length;      /* captured */
	size_t wire_length; /* as it was sent; 0: as captured */
	enum link_type link;
	uint32_t ifindex;
	uint64_t number;      /* in a capture file, from 1; 0 on a live interface */
	uint64_t captured_ns; /* wall clock, nanoseconds */
	bool outgoing;        /* PACKET_OUTGOING */
	bool is_short;        /* the capture kept less of it than there was */
	uint16_t vlan;        /* VLAN id the kernel took out of the frame (TP_STATUS_VLAN_VALID), 0 where none */
	/* Of a LINK_RAW_IP frame, which has none of its own; NULL or zero where nobody told. */
	const struct mac *source;
	const struct mac *destination;
};

/* What a flow came to, once it is given up. */
struct flow_total {
	struct conversation conversation; /* of its client; as that of its first packet was told */
	uint64_t packets;                 /* both directions */
	uint64_t bytes;                   /* of frames, as they were sent */
};

/* Called for each flow that is given up, with the context of the observations. */
typedef void dissector_flow_end(const struct flow_total *total, void *context);

struct dissector_options {
	uint32_t flows_max;           /* connections known at once */
	uint32_t streams_max;         /* directions whose bytes are gathered at once, STREAM_BYTES_MAX each at most */
	uint32_t messages_max;        /* messages decoded of one direction of a stream; 0: as many as come */
	bool report_flows;            /* an OBSERVATION_FLOW for the first packet of each flow */
	bool applications;            /* nDPI on the first packets of each flow */
	dissector_flow_end *flow_end; /* NULL where nobody asks */
};

struct dissector_statistics {
	uint64_t frames;
	uint64_t observations;
	uint64_t flows;             /* met so far */
	uint64_t flows_evicted;     /* to make room */
	uint64_t streams_refused;   /* a direction not gathered: too many at once */
	uint64_t segments_lost;     /* out of order and no room to keep them */
	uint64_t link_unknown;      /* frames of a link type or EtherType that is not read */
	uint64_t fragments;         /* of IP; and of IEEE 802.11 and CAPWAP, which are not put together */
	uint64_t fragments_joined;  /* IP packets put together */
	uint64_t fragments_evicted; /* IP packets given up before all their pieces came */
	uint64_t malformed[MALFORMED_COUNT];
};

/* Called for each observation; it is gone once the call returns. */
typedef void dissector_emit(const struct observation *observation, void *context);

struct dissector;

/*
 * dissector_new makes a dissector at ${dissector} with ${options}, that gives its observations to ${emit} with
 * ${context}. ownership: the caller's, to free with dissector_free. errors: -ENOMEM.
 */
int dissector_new(const struct dissector_options *options, dissector_emit *emit, void *context,
                  struct dissector **dissector);

/* dissector_free releases ${dissector}; NULL is allowed. */
void dissector_free(struct dissector *dissector);
CLEANUP_DEFINE(struct dissector, dissector_free);

/* dissector_take reads ${frame} and gives out what it, with those before it, says. */
void dissector_take(struct dissector *dissector, const struct frame *frame);

/*
 * dissector_flush forgets all flows, after decoding what was held back for segments that did not come: before another
 * capture is read.
 */
void dissector_flush(struct dissector *dissector);

/* dissector_statistics borrows the counters. */
const struct dissector_statistics *dissector_statistics(const struct dissector *dissector);

#endif
