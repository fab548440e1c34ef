/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Streams: the segments of a direction in order, and the decoders' word on them.
 *
 * A segment that is next in order is decoded where it stands in the frame; only what a decoder wants more of, or what
 * came before its turn, is copied. Bytes that did not come are waited for until the other side has confirmed them
 * (the capture missed them, the receiver did not), or no room is left; then the next piece may begin a message.
 */
#include <errno.h>
#include <string.h>

#include "controller/sensor/dissect/waiting.h"

#define FLAG_SYN     0x02
#define FLAG_RST     0x04
#define FLAG_ACK     0x10
#define REFUSALS_MAX 4           /* three pieces of the Android Debug Bridge go before its TLS */
#define CHANGES_MAX  8           /* segments that are no message of the protocol known, and are shown to the others */
#define DOUBTS_MAX   2           /* packets that confirm bytes which have not come: a capture may be a little late */
#define JUMP_MAX     (64L << 20) /* farther off than any window, RFC 7323: another connection with the same ports */

static void end_side(struct dissector *dissector, struct stream_side *side)
{
	waiting_release(dissector->streams, side);
	side->state = STREAM_DONE;
}

/* What the decoders say of bytes: how many are dealt with, and whether to go on. */
struct reading {
	struct dissector *dissector;
	struct flow *flow;
	struct stream_side *side;
	unsigned int sender;
	bool is_refused; /* nobody wanted what begins here */
	bool is_cut;     /* the frame held more than was captured */
	size_t taken;    /* by the message found */
	enum malformed_reason reason;
};

static int ask_one(struct reading *reading, unsigned int index, const uint8_t *bytes, size_t length)
{
	struct dissector *dissector = reading->dissector;
	const struct flow *flow = reading->flow;
	struct stream stream = { .bytes = bytes,
		                 .length = length,
		                 .is_start = reading->side->is_start,
		                 .from_server = reading->sender != flow->client,
		                 .is_cut = reading->is_cut,
		                 .client_port = flow->key.port[flow->client],
		                 .server_port = flow->key.port[!flow->client],
		                 .memory = &reading->side->memory,
		                 .peer_memory = &flow->side[!reading->sender].memory };

	fields_clear(&dissector->made.fields);
	reading->taken = 0;
	return dissector->stream_protocols[index].decode(&stream, &reading->taken, &dissector->made.fields,
	                                                 &reading->reason);
}

/* Asks all that have not refused yet. shape: as a decoder's; the decoder of ${side} is set where one took it. */
static int ask_candidates(struct reading *reading, const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;
	int result = 0;

	for (unsigned int i = 0; i < reading->dissector->stream_count; i++) {
		int said;

		if (!(side->candidates & 1U << i))
			continue;
		said = ask_one(reading, i, bytes, length);
		if (said > 0 && reading->taken > 0) {
			side->decoder = (uint8_t)(i + 1);
			return said;
		}
		if (said == -EAGAIN) {
			result = -EAGAIN;
			continue;
		}
		side->memory = 0;
		side->candidates &= ~(1U << i);
		if (said == -EBADMSG)
			dissector_malformed(reading->dissector, reading->reason);
	}
	return result;
}

/* The other direction speaks the same protocol: what was given up there may go on at its next segment. */
static void tell_peer(struct reading *reading)
{
	struct stream_side *peer = &reading->flow->side[!reading->sender];

	if (peer->decoder || (peer->state != STREAM_DONE && peer->state != STREAM_LOST))
		return;
	peer->state = STREAM_LOST;
	peer->decoder = reading->side->decoder;
	peer->refusals = 0;
}

/*
 * What is known refuses what follows: the protocol may change on the way (STARTTLS, a proxy's CONNECT), so all others
 * are asked as about a new direction. Where none of them wants it, what was known is asked about the next segment.
 */
static void hand_over(struct stream_side *side)
{
	side->fallback = side->decoder;
	side->candidates = ~(1U << (side->decoder - 1U));
	side->decoder = 0;
	side->memory = 0;
	side->is_start = side->state == STREAM_OPEN;
	side->changes++;
}

static int read_unknown(struct reading *reading, const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;
	int result = ask_candidates(reading, bytes, length);

	if (result > 0)
		tell_peer(reading);
	else if (result == 0)
		side->decoder = side->fallback;
	return result;
}

/* One message at ${bytes}: 1 taken, STREAM_MORE not told to its end, 0 refused, -EAGAIN, -EBADMSG the end. */
static int read_message(struct reading *reading, const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;
	int result;

	if (!side->decoder)
		return read_unknown(reading, bytes, length);
	result = ask_one(reading, side->decoder - 1U, bytes, length);
	if (result == -EBADMSG)
		dissector_malformed(reading->dissector, reading->reason);
	if (result > 0 && reading->taken == 0)
		result = 0;
	if (result == 0 && side->changes < CHANGES_MAX) {
		hand_over(side);
		return read_unknown(reading, bytes, length);
	}
	return result;
}

/* Gives out the message that was read, as of ${frame}. */
static void give_message(struct reading *reading, uint64_t frame)
{
	struct dissector *dissector = reading->dissector;
	struct observation *made = &dissector->made;
	uint64_t whole = made->frame;

	if (made->fields.length == 0)
		return;
	made->frame = frame;
	dissector_give(dissector, OBSERVATION_FIELDS,
	               dissector->stream_protocols[reading->side->decoder - 1U].protocol);
	made->frame = whole;
}

/* After a message of ${left} bytes that are there and perhaps some that are not: how many of them are dealt with. */
static size_t after_message(struct reading *reading, size_t left)
{
	struct stream_side *side = reading->side;
	uint32_t messages_max = reading->dissector->options.messages_max;

	side->is_start = false;
	side->state = STREAM_OPEN;
	if (side->messages < UINT16_MAX)
		side->messages++;
	if (messages_max && side->messages >= messages_max)
		side->state = STREAM_DONE;
	if (reading->taken <= left)
		return reading->taken;
	side->skip = reading->taken - left;
	return left;
}

/* Nobody wants what begins here: perhaps what begins with the next segment. */
static void after_refusal(struct reading *reading)
{
	struct stream_side *side = reading->side;

	stream_lose(side);
	reading->is_refused = true;
	if (!side->decoder && ++side->refusals >= REFUSALS_MAX)
		side->state = STREAM_DONE;
}

/*
 * Decodes what begins at ${bytes}, in the frame or in ${gather}, message after message.
 * shape: the bytes dealt with; what is left waits for more.
 */
static size_t read_messages(struct reading *reading, const uint8_t *bytes, size_t length, const struct gather *gather)
{
	struct stream_side *side = reading->side;
	size_t at = 0;
	unsigned int parts = 0;

	while (at < length && side->state != STREAM_DONE) {
		size_t left = length - at;
		int result = read_message(reading, bytes + at, left);

		if (result > 0) {
			size_t whole = reading->taken < left ? reading->taken : left;

			give_message(reading,
			             gather ? gather_frame(gather, at, at + whole) : reading->dissector->made.frame);
			if (result == STREAM_MORE && ++parts < STREAM_PARTS_MAX)
				continue;
			parts = 0;
			at += after_message(reading, left);
		} else if (result == -EAGAIN && left < STREAM_BYTES_MAX) {
			return at;
		} else if (result == -EBADMSG) {
			side->state = STREAM_DONE;
		} else {
			after_refusal(reading);
			return gather ? at : length;
		}
	}
	return side->state == STREAM_DONE ? length : at;
}

/* Takes ${length} bytes off the front of what waits, and off what is passed over. */
static void advance(struct stream_side *side, struct gather *gather, size_t length)
{
	gather_drop(gather, length);
	side->next += (uint32_t)length;
}

/* Passes over what a message took beyond what was there; what is missing in it does not matter. */
static void skip_waiting(struct stream_side *side, struct gather *gather)
{
	uint64_t passed = gather_end(gather);

	if (passed > side->skip)
		passed = side->skip;
	side->skip -= passed;
	advance(side, gather, (size_t)passed);
}

/* Decodes what waits in order at ${gather}. */
static void read_waiting(struct reading *reading, struct gather *gather)
{
	struct stream_side *side = reading->side;

	for (;;) {
		const uint8_t *bytes;
		size_t length, done;

		skip_waiting(side, gather);
		bytes = gather_ready(gather, &length);
		if (length == 0 || side->state == STREAM_DONE)
			return;
		reading->is_refused = false;
		done = read_messages(reading, bytes, length, gather);
		advance(side, gather, done);
		if (reading->is_refused) { /* on at the next segment, if it is there without a hole */
			size_t start = gather_next_start(gather);

			bytes = gather_ready(gather, &length);
			advance(side, gather, start && start < length ? start : length);
		} else if (done == 0 || side->skip == 0) {
			return;
		}
	}
}

/* What is missing before the first piece behind a hole will not come. */
static void give_up_hole(struct reading *reading, struct gather *gather)
{
	struct stream_side *side = reading->side;
	size_t ready;

	gather_ready(gather, &ready);
	reading->dissector->statistics.segments_lost++;
	advance(side, gather, ready);
	if (gather->count)
		advance(side, gather, gather->pieces[0].start);
	stream_lose(side);
}

/* Lends the observation the head of the direction that waits, as the packet at hand may be another's. */
static void read_as(struct reading *reading, struct waiting *waiting, bool give_up)
{
	struct observation *made = &reading->dissector->made;
	uint8_t head[OBSERVATION_HEAD];

	memcpy(head, made, sizeof(head));
	memcpy(made, waiting->head, sizeof(head));
	read_waiting(reading, waiting->gather);
	while (give_up && reading->side->state != STREAM_DONE && gather_has_hole(waiting->gather)) {
		give_up_hole(reading, waiting->gather);
		read_waiting(reading, waiting->gather);
	}
	memcpy(made, head, sizeof(head));
}

/* Lets go of the place to wait where nothing does. */
static void settle(struct dissector *dissector, struct stream_side *side)
{
	if (side->state == STREAM_DONE)
		end_side(dissector, side);
	else if (side->gather && waiting_at(dissector->streams, side->gather)->gather->count == 0)
		waiting_release(dissector->streams, side);
}

static void take_bytes(struct dissector *dissector, struct reading *reading, const struct flow_packet *packet,
                       uint32_t offset, const uint8_t *bytes, size_t length);

/* No room: what is held is decoded as far as it goes, and the segment at ${sequence} begins anew. */
static void begin_anew(struct reading *reading, const struct flow_packet *packet, uint32_t sequence,
                       const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;

	read_as(reading, waiting_at(reading->dissector->streams, side->gather), true);
	waiting_release(reading->dissector->streams, side);
	if (side->state == STREAM_DONE)
		return;
	reading->dissector->statistics.segments_lost++;
	stream_lose(side);
	side->next = sequence;
	take_bytes(reading->dissector, reading, packet, 0, bytes, length);
}

static void put(struct dissector *dissector, struct reading *reading, const struct flow_packet *packet, uint32_t offset,
                const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;
	struct streams *streams = dissector->streams;
	struct waiting *waiting;

	reading->is_cut = false;
	if (!side->gather && !waiting_begin(dissector, packet, side)) {
		stream_lose(side);
		return;
	}
	waiting = waiting_at(streams, side->gather);
	memcpy(waiting->head, &dissector->made, sizeof(waiting->head));
	waiting_touch(streams, side->gather);
	if (!gather_put(waiting->gather, offset, bytes, length, dissector->made.frame)) {
		begin_anew(reading, packet, side->next + offset, bytes, length);
		return;
	}
	read_as(reading, waiting, false);
	settle(dissector, side);
}

/* ${length} new bytes, ${offset} behind the next that is wanted. */
static void take_bytes(struct dissector *dissector, struct reading *reading, const struct flow_packet *packet,
                       uint32_t offset, const uint8_t *bytes, size_t length)
{
	struct stream_side *side = reading->side;
	size_t done;

	if (offset > 0 || side->gather) {
		put(dissector, reading, packet, offset, bytes, length);
		return;
	}
	done = read_messages(reading, bytes, length, NULL);
	side->next += (uint32_t)done;
	if (side->state == STREAM_DONE)
		end_side(dissector, side);
	else if (done < length)
		put(dissector, reading, packet, 0, bytes + done, length - done);
}

/* A connection begins: nothing that was known of this direction holds. */
static void begin(struct dissector *dissector, struct stream_side *side, uint32_t first)
{
	waiting_release(dissector->streams, side);
	*side = (struct stream_side){
		.next = first, .first = first, .state = STREAM_OPEN, .candidates = UINT32_MAX, .is_start = true
	};
}

/* Another connection with the same ends: the answering side begins anew as well, and may be another application. */
static void begin_again(struct dissector *dissector, struct flow *flow, unsigned int client)
{
	struct stream_side *server = &flow->side[!client];

	streams_farewell(dissector, flow);
	*server = (struct stream_side){ .state = STREAM_NEW };
	flow->client = (uint8_t)client;
	dissector->made.conversation.from_server = 0;
	dissector->statistics.flows++;
	dissector_forget_application(dissector, flow);
}

/* Bytes passed over are gone by, whether they came in order or not. */
static bool pass_over(struct stream_side *side, int64_t *offset, const uint8_t **bytes, size_t *length)
{
	uint64_t end = (uint64_t)*offset + *length;
	uint64_t passed = end < side->skip ? end : side->skip;

	if (passed == 0)
		return true;
	side->skip -= passed;
	side->next += (uint32_t)passed;
	if ((uint64_t)*offset >= passed) {
		*offset -= (int64_t)passed;
		return true;
	}
	*bytes += passed - (uint64_t)*offset;
	*length -= (size_t)(passed - (uint64_t)*offset);
	*offset = 0;
	return *length > 0;
}

static void take_payload(struct dissector *dissector, const struct flow_packet *packet, const struct segment *segment,
                         uint32_t sequence)
{
	struct stream_side *side = &packet->flow->side[packet->sender];
	struct reading reading = { .dissector = dissector,
		                   .flow = packet->flow,
		                   .side = side,
		                   .sender = packet->sender,
		                   .is_cut = dissector->is_cut };
	const uint8_t *bytes = segment->payload;
	size_t length = segment->length;
	int64_t offset;

	if (side->state == STREAM_NEW) { /* the capture began later than the connection */
		side->next = sequence;
		side->candidates = UINT32_MAX;
		stream_lose(side);
	}
	offset = (int32_t)(sequence - side->next);
	if (offset < -JUMP_MAX || offset > JUMP_MAX) {
		waiting_release(dissector->streams, side);
		side->next = sequence;
		stream_lose(side);
		offset = 0;
	}
	if (offset < 0) { /* sent again, perhaps with something new behind */
		if ((uint64_t)-offset >= length)
			return;
		bytes += -offset;
		length -= (size_t)-offset;
		offset = 0;
	}
	/* Nothing is waited for by a direction that is to begin anew with any segment. */
	if (side->state == STREAM_LOST && !side->gather && side->skip == 0) {
		side->next += (uint32_t)offset;
		offset = 0;
	}
	if (side->skip && !side->gather && !pass_over(side, &offset, &bytes, &length))
		return;
	take_bytes(dissector, &reading, packet, (uint32_t)offset, bytes, length);
}

/* Whether the other side has confirmed bytes of ${side} that have not come. */
static void doubt(struct dissector *dissector, struct flow *flow, unsigned int sender, uint32_t acknowledged)
{
	struct stream_side *side = &flow->side[sender];
	struct waiting *waiting = waiting_at(dissector->streams, side->gather);
	struct reading reading = { .dissector = dissector, .flow = flow, .side = side, .sender = sender };
	size_t ready;

	gather_ready(waiting->gather, &ready);
	if (!gather_has_hole(waiting->gather) || (int32_t)(acknowledged - (side->next + (uint32_t)ready)) <= 0 ||
	    ++waiting->doubts < DOUBTS_MAX)
		return;
	waiting->doubts = 0;
	read_as(&reading, waiting, true);
	settle(dissector, side);
}

void streams_take(struct dissector *dissector, const struct flow_packet *packet, const struct segment *segment)
{
	struct flow *flow = packet->flow;
	struct stream_side *side = &flow->side[packet->sender];
	uint32_t sequence = segment->sequence;

	if (segment->flags & FLAG_SYN) {
		sequence++;
		if (side->state == STREAM_NEW || side->first != sequence) { /* else it was sent again */
			if (side->state != STREAM_NEW && !(segment->flags & FLAG_ACK))
				begin_again(dissector, flow, packet->sender);
			begin(dissector, side, sequence);
		}
	}
	if (segment->flags & FLAG_ACK && flow->side[!packet->sender].gather)
		doubt(dissector, flow, !packet->sender, segment->acknowledged);
	if (segment->length > 0 && side->state != STREAM_DONE)
		take_payload(dissector, packet, segment, sequence);
	if (segment->flags & FLAG_RST)
		streams_farewell(dissector, flow);
}

void streams_farewell(struct dissector *dissector, struct flow *flow)
{
	for (unsigned int sender = 0; sender < 2; sender++) {
		struct stream_side *side = &flow->side[sender];
		struct reading reading = { .dissector = dissector, .flow = flow, .side = side, .sender = sender };

		if (side->gather && flow->key.protocol == NUMBER_TCP)
			read_as(&reading, waiting_at(dissector->streams, side->gather), true);
		waiting_release(dissector->streams, side);
	}
}
