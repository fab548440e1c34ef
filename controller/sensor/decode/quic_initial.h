/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * quic_initial: a QUIC packet with a long header, and what a client's Initial holds in clear.
 *
 * Owns:    nothing; a packet borrows from the datagram.
 * Limits:  a packet of QUIC_PACKET_MAX bytes.
 * Context: pure but for crypto.h's handles. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_quic.c.
 * Source:  RFC 9000 sections 16 and 17.2, RFC 9001 sections 5.2 to 5.4, RFC 9369 section 3.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_QUIC_INITIAL_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_QUIC_INITIAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/cursor.h"

#define QUIC_PACKET_MAX     2048
#define QUIC_CONNECTION_MAX 20 /* bytes of a connection ID, RFC 9000 section 17.2 */

struct quic_packet {
	uint32_t version;
	bool is_initial;
	const uint8_t *connection; /* destination's ID */
	size_t connection_length;
	const uint8_t *bytes; /* from the first byte on */
	size_t length;        /* all of it */
	size_t number_at;     /* where the packet number begins, protected */
};

/* quic_varint reads a number of variable length, RFC 9000 section 16; 0 on failure. */
uint64_t quic_varint(struct cursor *cursor);

/* quic_is_known tells whether ${version} is one whose keys are known. */
bool quic_is_known(uint32_t version);

/*
 * quic_packet_read reads the packet with a long header at ${cursor} into ${packet} and moves behind it.
 * shape: 1, 0 where there is none of a version whose keys are known.
 */
int quic_packet_read(struct cursor *cursor, struct quic_packet *packet);

/*
 * quic_initial_open decrypts ${packet}, a client's Initial, into ${frames}, which has room for QUIC_PACKET_MAX.
 * shape: the length of the frames. errors: -EBADMSG where the keys are not its keys.
 */
int quic_initial_open(const struct quic_packet *packet, uint8_t frames[QUIC_PACKET_MAX]);

#endif
