/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/waiting.h"

#include <errno.h>
#include <stdlib.h>

int streams_new(uint32_t streams_max, struct streams **streams)
{
	struct streams *made;

	if (streams_max == 0)
		streams_max = 1;
	if (streams_max > UINT16_MAX - 1)
		streams_max = UINT16_MAX - 1;
	made = calloc(1, sizeof(*made) + streams_max * sizeof(made->waiting[0]));
	if (!made)
		return -ENOMEM;
	made->streams_max = streams_max;
	*streams = made;
	return 0;
}

void streams_free(struct streams *streams)
{
	if (!streams)
		return;
	for (uint32_t i = 0; i < streams->used; i++)
		free(streams->waiting[i].gather);
	free(streams);
}

struct waiting *waiting_at(struct streams *streams, uint16_t index)
{
	return &streams->waiting[index - 1];
}

static void unlink_use(struct streams *streams, const struct waiting *waiting)
{
	if (waiting->newer)
		waiting_at(streams, waiting->newer)->older = waiting->older;
	else
		streams->newest = waiting->older;
	if (waiting->older)
		waiting_at(streams, waiting->older)->newer = waiting->newer;
	else
		streams->oldest = waiting->newer;
}

static void link_newest(struct streams *streams, uint16_t index)
{
	struct waiting *waiting = waiting_at(streams, index);

	waiting->newer = 0;
	waiting->older = streams->newest;
	if (streams->newest)
		waiting_at(streams, streams->newest)->newer = index;
	else
		streams->oldest = index;
	streams->newest = index;
}

void waiting_release(struct streams *streams, struct stream_side *side)
{
	struct waiting *waiting;

	if (!side->gather)
		return;
	waiting = waiting_at(streams, side->gather);
	unlink_use(streams, waiting);
	waiting->older = streams->free;
	streams->free = side->gather;
	side->gather = 0;
}

void waiting_touch(struct streams *streams, uint16_t index)
{
	if (streams->newest == index)
		return;
	unlink_use(streams, waiting_at(streams, index));
	link_newest(streams, index);
}

void stream_lose(struct stream_side *side)
{
	side->state = STREAM_LOST;
	side->is_start = false;
	side->skip = 0;
	if (side->fallback && !side->decoder)
		side->decoder = side->fallback;
	if (!side->decoder)
		side->candidates = UINT32_MAX;
}

/* The direction that has waited longest without a new byte gives way; what it held is lost. */
static void evict(struct dissector *dissector)
{
	struct streams *streams = dissector->streams;
	const struct waiting *oldest = waiting_at(streams, streams->oldest);
	struct flow *flow = flow_at(dissector->flows, oldest->flow);
	struct stream_side *side = &flow->side[oldest->side];
	size_t ready;

	gather_ready(oldest->gather, &ready);
	waiting_release(streams, side);
	if (flow->key.protocol == NUMBER_TCP) {
		side->next += (uint32_t)ready;
		stream_lose(side);
	}
	dissector->statistics.streams_refused++;
}

bool waiting_begin(struct dissector *dissector, const struct flow_packet *packet, struct stream_side *side)
{
	struct streams *streams = dissector->streams;
	struct waiting *waiting;
	uint16_t index;

	if (!streams->free && streams->used == streams->streams_max)
		evict(dissector);
	if (streams->free) {
		index = streams->free;
		waiting = waiting_at(streams, index);
		streams->free = waiting->older;
	} else {
		struct gather *gather = malloc(sizeof(*gather));

		if (!gather)
			return false;
		index = (uint16_t)++streams->used;
		waiting = waiting_at(streams, index);
		waiting->gather = gather;
	}
	gather_clear(waiting->gather);
	waiting->flow = flow_index(dissector->flows, packet->flow);
	waiting->side = (uint8_t)packet->sender;
	waiting->doubts = 0;
	side->gather = index;
	link_newest(streams, index);
	return true;
}

bool streams_keep_datagram(struct dissector *dissector, const struct flow_packet *packet,
                           const struct datagram *datagram)
{
	struct stream_side *side = &packet->flow->side[packet->sender];
	const uint8_t length[2] = { (uint8_t)(datagram->length >> 8), (uint8_t)datagram->length };
	struct gather *gather;
	uint32_t end;

	if (!side->gather && !waiting_begin(dissector, packet, side))
		return false;
	gather = waiting_at(dissector->streams, side->gather)->gather;
	end = (uint32_t)gather_end(gather);
	if (gather_put(gather, end, length, sizeof(length), 0) &&
	    gather_put(gather, end + (uint32_t)sizeof(length), datagram->bytes, datagram->length, 0))
		return true;
	waiting_release(dissector->streams, side);
	return false;
}

const uint8_t *streams_kept(const struct dissector *dissector, const struct stream_side *side, size_t *length)
{
	*length = 0;
	return side->gather ? gather_ready(waiting_at(dissector->streams, side->gather)->gather, length) : NULL;
}

void streams_drop(struct dissector *dissector, struct stream_side *side)
{
	waiting_release(dissector->streams, side);
}
