/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/fragments.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct piece {
	uint32_t start;
	uint32_t end;
};

enum state {
	STATE_FREE,
	STATE_WAITING,
	STATE_SPOILT, /* kept so that its other pieces do not begin it anew */
	STATE_LENT
};

/* A packet in pieces. */
struct packet {
	struct address source;
	struct address destination;
	struct mac station;
	uint32_t identification;
	uint8_t protocol;
	uint8_t state; /* enum state */
	uint8_t pieces;
	uint8_t header_length; /* 0 until the first piece is there */
	uint32_t begun_s;
	uint64_t order; /* of beginning */
	uint32_t held;  /* bytes */
	uint32_t end;   /* 0 until the last piece is there */
	struct piece piece[FRAGMENT_PIECES];
	uint8_t *bytes; /* FRAGMENTED_HEADER for the header, at their end; then the payload */
};

struct fragments {
	uint8_t *memory; /* NULL until a fragment comes */
	uint64_t begun;  /* packets */
	struct packet packet[FRAGMENTED_MAX];
};

int fragments_new(struct fragments **fragments)
{
	struct fragments *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	*fragments = made;
	return 0;
}

void fragments_free(struct fragments *fragments)
{
	if (!fragments)
		return;
	free(fragments->memory);
	free(fragments);
}

static bool take_memory(struct fragments *fragments)
{
	const size_t each = FRAGMENTED_HEADER + FRAGMENTED_BYTES;

	if (fragments->memory)
		return true;
	fragments->memory = malloc(FRAGMENTED_MAX * each);
	if (!fragments->memory)
		return false;
	for (size_t i = 0; i < FRAGMENTED_MAX; i++)
		fragments->packet[i].bytes = fragments->memory + i * each;
	return true;
}

static bool is_of(const struct packet *packet, const struct fragment *fragment)
{
	return packet->identification == fragment->identification && packet->protocol == fragment->protocol &&
	       address_equal(&packet->source, &fragment->source) &&
	       address_equal(&packet->destination, &fragment->destination) &&
	       memcmp(&packet->station, &fragment->station, sizeof(packet->station)) == 0;
}

/* Frames of several interfaces come with times that go back a little. */
static bool is_late(const struct packet *packet, uint32_t now_s)
{
	return now_s - packet->begun_s + FRAGMENTED_S > 2 * FRAGMENTED_S;
}

/* The packet of ${fragment}, or a place for it: the oldest where none is free. NULL where all are lent. */
static struct packet *find(struct fragments *fragments, const struct fragment *fragment, uint32_t now_s,
                           uint64_t *evicted)
{
	struct packet *place = NULL;

	for (size_t i = 0; i < FRAGMENTED_MAX; i++) {
		struct packet *packet = &fragments->packet[i];
		bool is_waiting = packet->state == STATE_WAITING || packet->state == STATE_SPOILT;

		if (is_waiting && is_late(packet, now_s)) {
			*evicted += packet->state == STATE_WAITING;
			packet->state = STATE_FREE;
			is_waiting = false;
		}
		if (is_waiting && is_of(packet, fragment))
			return packet;
		if (packet->state == STATE_LENT || (place && place->state == STATE_FREE))
			continue;
		if (!place || !is_waiting || packet->order < place->order)
			place = packet;
	}
	if (!place)
		return NULL;
	*evicted += place->state == STATE_WAITING;
	*place = (struct packet){ .source = fragment->source,
		                  .destination = fragment->destination,
		                  .station = fragment->station,
		                  .identification = fragment->identification,
		                  .protocol = fragment->protocol,
		                  .state = STATE_WAITING,
		                  .begun_s = now_s,
		                  .order = ++fragments->begun,
		                  .bytes = place->bytes };
	return place;
}

/* Whether the packet's pieces allow another at ${fragment}'s place; ${is_known} where it is there already, alike. */
static bool fits(const struct packet *packet, const struct fragment *fragment, bool *is_known)
{
	const uint32_t start = fragment->offset, end = start + (uint32_t)fragment->length;

	*is_known = false;
	if (fragment->length == 0 || (packet->end && (end > packet->end || (fragment->is_last && end != packet->end))))
		return false;
	for (unsigned int i = 0; i < packet->pieces; i++) {
		const struct piece *piece = &packet->piece[i];

		if (piece->start == start && piece->end == end) {
			*is_known = memcmp(packet->bytes + FRAGMENTED_HEADER + start, fragment->bytes,
			                   fragment->length) == 0;
			return *is_known;
		}
		if ((piece->start < end && start < piece->end) || (fragment->is_last && piece->end > end))
			return false;
	}
	return packet->pieces < FRAGMENT_PIECES;
}

static void keep(struct packet *packet, const struct fragment *fragment)
{
	const uint32_t end = fragment->offset + (uint32_t)fragment->length;

	packet->piece[packet->pieces++] = (struct piece){ .start = fragment->offset, .end = end };
	packet->held += (uint32_t)fragment->length;
	memcpy(packet->bytes + FRAGMENTED_HEADER + fragment->offset, fragment->bytes, fragment->length);
	if (fragment->is_last)
		packet->end = end;
	if (fragment->offset > 0)
		return;
	packet->header_length = (uint8_t)fragment->header_length;
	memcpy(packet->bytes + FRAGMENTED_HEADER - fragment->header_length, fragment->header, fragment->header_length);
}

enum fragment_result fragments_take(struct fragments *fragments, const struct fragment *fragment, uint32_t now_s,
                                    struct fragment_whole *whole, uint64_t *evicted)
{
	struct packet *packet = take_memory(fragments) ? find(fragments, fragment, now_s, evicted) : NULL;
	bool is_known;

	if (!packet)
		return FRAGMENT_LOST;
	if (packet->state == STATE_SPOILT)
		return FRAGMENT_SPOILT;
	if (fragment->length > FRAGMENTED_BYTES || fragment->offset > FRAGMENTED_BYTES - fragment->length ||
	    !fits(packet, fragment, &is_known)) {
		packet->state = STATE_SPOILT;
		return FRAGMENT_SPOILT;
	}
	if (!is_known)
		keep(packet, fragment);
	/* No two overlap and none is beyond the end: as many bytes as there are to be are all of them. */
	if (!packet->end || packet->held != packet->end)
		return FRAGMENT_KEPT;
	packet->state = STATE_LENT;
	*whole = (struct fragment_whole){ .packet = packet->bytes + FRAGMENTED_HEADER - packet->header_length,
		                          .header_length = packet->header_length,
		                          .length = packet->header_length + (size_t)packet->end,
		                          .place = (uint16_t)(packet - fragments->packet) };
	return FRAGMENT_WHOLE;
}

void fragments_return(struct fragments *fragments, const struct fragment_whole *whole)
{
	fragments->packet[whole->place].state = STATE_FREE;
}

void fragments_clear(struct fragments *fragments)
{
	for (size_t i = 0; i < FRAGMENTED_MAX; i++)
		if (fragments->packet[i].state != STATE_LENT)
			fragments->packet[i].state = STATE_FREE;
}
