/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fragments: pieces of IP packets, put together again.
 *
 * A packet's pieces belong together by its addresses, its protocol and identification, and by the station that sent
 * them, so that nobody adds to what another says. A piece that came twice alike is passed over. One that overlaps
 * another otherwise spoils its packet, in IPv4 as in IPv6 (RFC 5722): a reader that chooses between two texts can be
 * shown another one than the receiver.
 *
 * Owns:    FRAGMENTED_MAX packets of FRAGMENTED_BYTES at most, taken when the first fragment comes.
 * Limits:  FRAGMENT_PIECES pieces a packet, FRAGMENTED_S seconds from its first to its last. A full table gives up the
 *          packet that has waited longest. A packet too large, of too many pieces or with an overlap is spoilt.
 * Context: single-threaded; no clock: seconds are the caller's.
 * Trust:   every byte is a stranger's; fuzzed by tests/fuzz/fuzz_dissector.c.
 * Source:  RFC 791 section 3.2, RFC 8200 section 4.5, RFC 5722.
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DISSECT_FRAGMENTS_H
#define ISOWARD_CONTROLLER_SENSOR_DISSECT_FRAGMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"

#define FRAGMENTED_MAX    64
#define FRAGMENTED_BYTES  16384 /* of its payload */
#define FRAGMENTED_HEADER 60    /* IPv4's longest; IPv6's without extensions is 40 */
#define FRAGMENTED_S      30    /* RFC 791 begins with 15, RFC 8200 ends at 60 */
#define FRAGMENT_PIECES   64

/* One piece as it came. */
struct fragment {
	struct address source;
	struct address destination;
	struct mac station;
	uint32_t identification;
	uint8_t protocol; /* of what is in pieces */
	bool is_last;
	uint32_t offset;       /* bytes */
	const uint8_t *header; /* of IP, as the whole packet has it; wanted of the first piece alone */
	size_t header_length;  /* FRAGMENTED_HEADER at most */
	const uint8_t *bytes;
	size_t length;
};

enum fragment_result {
	FRAGMENT_KEPT,
	FRAGMENT_SPOILT, /* its packet will not be put together */
	FRAGMENT_LOST,   /* no memory, or every place is lent */
	FRAGMENT_WHOLE   /* it was the last that was missing */
};

/* A packet of which every piece is there: its header, and its payload behind it. Lent until fragments_return. */
struct fragment_whole {
	uint8_t *packet;
	size_t header_length;
	size_t length; /* of both */
	uint16_t place;
};

struct fragments;

/* fragments_new makes a table of none at ${fragments}. ownership: the caller's. errors: -ENOMEM. */
int fragments_new(struct fragments **fragments);

/* fragments_free releases ${fragments}; NULL is allowed. */
void fragments_free(struct fragments *fragments);

/*
 * fragments_take keeps a copy of ${fragment}, that came at ${now_s}; ${*evicted} is increased for each packet that is
 * given up, for its age or for room.
 * shape: what became of it; ${whole} is set with FRAGMENT_WHOLE alone.
 */
enum fragment_result fragments_take(struct fragments *fragments, const struct fragment *fragment, uint32_t now_s,
                                    struct fragment_whole *whole, uint64_t *evicted);

/* fragments_return ends the loan of ${whole}. */
void fragments_return(struct fragments *fragments, const struct fragment_whole *whole);

/* fragments_clear forgets all packets that are not lent. */
void fragments_clear(struct fragments *fragments);

#endif
