/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flow: the connections that are known, found by their two ends.
 *
 * One allocation: an open list of nodes, chained by hash; a chain is followed by index. (uthash would allocate each
 * node and keep 56 bytes of its own in it, half of what a node holds.) The order of use is exact to a second of the
 * frames' time: a flow is moved to the front once a second at most, for that writes to four nodes.
 *
 * Owns:    its nodes.
 * Limits:  flows_max; a full table gives up the flow that was quiet longest, and counts it. About 150 bytes a flow,
 *          touched when the flow is.
 * Context: single-threaded.
 * Trust:   keys are strangers' choice: the hash has a secret.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_FLOW_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/decoder.h"
#include "policy/observation.h"

#define FLOW_NONE UINT32_MAX

/* Both ends, the lower one first, so that both directions have one key; no padding: it is compared as it stands. */
struct flow_key {
	uint8_t address[2][16];
	uint16_t port[2];
	uint8_t family;
	uint8_t protocol; /* IANA number */
	uint16_t zero;
};

enum stream_state {
	STREAM_NEW,  /* no segment seen */
	STREAM_OPEN, /* the next byte begins a message, or continues one */
	STREAM_LOST, /* bytes are missing: the next segment may begin a message */
	STREAM_DONE, /* nobody wants it, or enough was decoded */
};

/* One direction. */
struct stream_side {
	union {
		struct {
			uint64_t skip;   /* bytes from next on that a message has taken but that have not come yet */
			uint32_t next;   /* sequence number of the first byte that is not dealt with */
			uint32_t first;  /* of the byte behind the SYN */
			uint32_t memory; /* the decoder's word */
			uint32_t candidates; /* a bit for each decoder that has not refused yet */
		};
		uint8_t datagram_memory[DATAGRAM_MEMORY]; /* of UDP, which has none of these */
	};
	uint16_t gather; /* index of what is gathered + 1; 0: nothing */
	uint16_t messages;
	uint16_t segment_max; /* the MSS of its SYN; 0: not seen */
	uint8_t state;        /* enum stream_state */
	uint8_t decoder;      /* index in the table + 1; 0: not known */
	uint8_t fallback;     /* what was known before the protocol seemed to change */
	uint8_t changes;      /* how often it did */
	uint8_t refusals;     /* segment starts, or datagrams, that nobody wanted */
	bool is_start;        /* nothing taken yet, and the beginning was seen */
};

struct flow {
	struct flow_key key;
	uint32_t chain; /* next of the same bucket */
	uint32_t newer;
	uint32_t older;
	uint32_t touched_s;   /* when it was last moved to the front */
	uint32_t application; /* index of the recognition's state + 1; 0: none */
	uint8_t client;       /* which end of the key opened it */
	uint8_t told_client;  /* that was told with its first packet */
	bool is_opened;       /* by a SYN that was seen: the client is known for sure */
	bool is_recognised;   /* or given up: the recognition wants no more of it */
	struct stream_side side[2];
};

struct flow_table;

/* Called for a flow that is given up, before its node is used again. */
typedef void flow_farewell(struct flow *flow, void *context);

/*
 * flow_table_new makes a table of ${flows_max} flows at ${table}, that calls ${farewell} with ${context}.
 * errors: -ENOMEM. ownership: the caller's, to free with flow_table_free.
 */
int flow_table_new(uint32_t flows_max, flow_farewell *farewell, void *context, struct flow_table **table);

/* flow_table_free releases ${table}, without farewells; NULL is allowed. */
void flow_table_free(struct flow_table *table);

/*
 * flow_key_make writes the key of a packet of ${conversation} into ${key}.
 * shape: which end of the key sent it, 0 or 1.
 */
unsigned int flow_key_make(const struct conversation *conversation, struct flow_key *key);

/*
 * flow_take finds the flow of ${key} at ${now_s} seconds, or makes it; ${is_new} tells which, ${evicted} counts one
 * that was given up for it. A new flow is zeroed but for its key.
 */
struct flow *flow_take(struct flow_table *table, const struct flow_key *key, uint32_t now_s, bool *is_new,
                       uint64_t *evicted);

/* flow_table_clear gives up all flows, the longest quiet first. */
void flow_table_clear(struct flow_table *table);

/* flow_index tells the index of ${flow}, which flow_at turns back into the flow. */
uint32_t flow_index(const struct flow_table *table, const struct flow *flow);

/* flow_at borrows the flow of ${index}. */
struct flow *flow_at(struct flow_table *table, uint32_t index);

#endif
