/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * decoder: the two shapes that all decoders of datagrams and of streams have, so that one table can hold them.
 *
 * A decoder reads bytes and adds fields, nothing else: no clock, no memory of its own, no table. What it does not
 * know it refuses within a few bytes, for it is asked about every new flow.
 *
 * Owns:    nothing; views borrow the bytes.
 * Limits:  STREAM_BYTES_MAX bytes of a stream are gathered for one message.
 * Context: pure. Sensor process and replay.
 * Trust:   every byte and every length in them is a stranger's.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DECODER_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/sensor/decode/malformed.h"
#include "policy/observation.h"

#define STREAM_BYTES_MAX 32768
#define STREAM_MORE      2  /* a stream decoder's: one message, of which there is more to tell than fields hold */
#define DATAGRAM_MEMORY  24 /* bytes that are kept with a direction for a decoder of datagrams */
#define STREAM_PARTS_MAX 64 /* that a message is told in; what goes beyond is left off */

/* What a UDP datagram (or the payload of another protocol without streams) held. */
struct datagram {
	const uint8_t *bytes;
	size_t length;
	const struct conversation *conversation;
	const struct mac *source; /* link layer; zero where there is none */
	bool is_group;            /* to a multicast or broadcast address */
	const uint8_t *earlier;   /* those before it in this direction that were to be kept: two bytes of length, */
	size_t earlier_length;    /* big-endian, before each; STREAM_BYTES_MAX together at most */
	uint8_t *memory;          /* DATAGRAM_MEMORY bytes kept with this direction for QUIC, zeros at first; or NULL */
	uint16_t peer_segment_max; /* of the SYN that a SYN+ACK answers; 0: not seen */
};

/*
 * A decoder of datagrams adds what ${datagram} says to ${fields}, which are empty.
 * shape: 1 a message of its protocol, 0 none. errors: -EAGAIN the message goes on in the next datagram of this
 *        direction, to which this one is to be kept as ${earlier}; -EBADMSG with ${reason} set.
 */
typedef int datagram_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason);

/* One direction of a TCP connection, in order, from the first byte that no message has taken yet. */
struct stream {
	const uint8_t *bytes;
	size_t length;
	bool is_start;    /* nothing of this direction was taken before, and its beginning was seen */
	bool from_server; /* the side that was connected to */
	bool is_cut;      /* the capture left off what stands behind the bytes: more will not come */
	uint16_t client_port;
	uint16_t server_port;
	uint32_t *memory;            /* a word kept with this direction for the decoder that took it; 0 at first */
	const uint32_t *peer_memory; /* the other direction's word, to read; never NULL, 0 where nothing is kept */
};

/*
 * A decoder of streams adds what the message at the head of ${stream} says to ${fields}, which are empty, and sets
 * ${*taken} to the message's length in bytes, which may be more than there is: what is still to come of it is then
 * passed over without being gathered (a body, an image). No fields: the message is passed over silently.
 * shape: 1 a message of its protocol, 0 none; STREAM_MORE as 1, and it is asked again at the same bytes; 0 behind
 * messages of it hands over: all decoders are asked about what follows as about a new direction (TLS behind a proxy's
 * CONNECT or behind STARTTLS). errors: -EAGAIN more bytes are needed to tell; -EBADMSG with ${reason} set, the stream
 * is not asked about again.
 */
typedef int stream_decode(const struct stream *stream, size_t *taken, struct fields *fields,
                          enum malformed_reason *reason);

#endif
