/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/gather.h"

#include <string.h>

void gather_clear(struct gather *gather)
{
	gather->head = 0;
	gather->count = 0;
}

static void remove_piece(struct gather *gather, uint32_t index)
{
	gather->count--;
	memmove(&gather->pieces[index], &gather->pieces[index + 1],
	        (gather->count - index) * sizeof(gather->pieces[0]));
}

/* Makes one of two pieces that touch, the newer frame's. */
static bool merge_some(struct gather *gather)
{
	for (uint32_t i = 0; i + 1 < gather->count; i++) {
		struct gather_piece *piece = &gather->pieces[i];

		if (piece->end != piece[1].start)
			continue;
		piece[1].start = piece->start;
		if (piece[1].frame < piece->frame)
			piece[1].frame = piece->frame;
		remove_piece(gather, i);
		return true;
	}
	return false;
}

/* Room behind head for ${end} bytes: what waits is moved to the front. */
static bool make_room(struct gather *gather, size_t end)
{
	size_t last = gather_end(gather);

	if (end > STREAM_BYTES_MAX)
		return false;
	if (gather->head + end > STREAM_BYTES_MAX) {
		memmove(gather->byte, gather->byte + gather->head, last);
		gather->head = 0;
	}
	return true;
}

static bool insert_piece(struct gather *gather, uint32_t index, const struct gather_piece *piece)
{
	if (gather->count == GATHER_PIECES_MAX)
		return false;
	memmove(&gather->pieces[index + 1], &gather->pieces[index],
	        (gather->count - index) * sizeof(gather->pieces[0]));
	gather->pieces[index] = *piece;
	gather->count++;
	return true;
}

/* The first piece that ends behind ${offset}. */
static uint32_t piece_behind(const struct gather *gather, uint32_t offset)
{
	uint32_t index = gather->count;

	while (index > 0 && gather->pieces[index - 1].end > offset)
		index--;
	return index;
}

bool gather_put(struct gather *gather, uint32_t offset, const uint8_t *bytes, size_t length, uint64_t frame)
{
	uint32_t at = offset, end;

	if (length > STREAM_BYTES_MAX || !make_room(gather, offset + length))
		return false;
	end = offset + (uint32_t)length;
	while (at < end) {
		uint32_t index = piece_behind(gather, at);
		struct gather_piece piece = { .start = at, .end = end, .frame = frame };

		if (index < gather->count) {
			if (gather->pieces[index].start <= at) { /* these bytes are there */
				at = gather->pieces[index].end;
				continue;
			}
			if (gather->pieces[index].start < end)
				piece.end = gather->pieces[index].start;
		}
		if (gather->count == GATHER_PIECES_MAX) {
			if (!merge_some(gather))
				return false;
			continue;
		}
		insert_piece(gather, index, &piece);
		memcpy(gather->byte + gather->head + piece.start, bytes + (piece.start - offset),
		       piece.end - piece.start);
		at = piece.end;
	}
	return true;
}

const uint8_t *gather_ready(const struct gather *gather, size_t *length)
{
	uint32_t end = 0;

	for (uint32_t i = 0; i < gather->count && gather->pieces[i].start == end; i++)
		end = gather->pieces[i].end;
	*length = end;
	return gather->byte + gather->head;
}

size_t gather_end(const struct gather *gather)
{
	return gather->count ? gather->pieces[gather->count - 1].end : 0;
}

bool gather_has_hole(const struct gather *gather)
{
	size_t ready;

	gather_ready(gather, &ready);
	return gather_end(gather) > ready;
}

uint64_t gather_frame(const struct gather *gather, size_t start, size_t end)
{
	uint64_t frame = 0;

	for (uint32_t i = 0; i < gather->count && gather->pieces[i].start < end; i++)
		if (gather->pieces[i].end > start && gather->pieces[i].frame > frame)
			frame = gather->pieces[i].frame;
	return frame;
}

void gather_drop(struct gather *gather, size_t length)
{
	uint32_t dropped = (uint32_t)length;

	if (length >= gather_end(gather)) {
		gather_clear(gather);
		return;
	}
	while (gather->count && gather->pieces[0].end <= dropped)
		remove_piece(gather, 0);
	for (uint32_t i = 0; i < gather->count; i++) {
		struct gather_piece *piece = &gather->pieces[i];

		piece->start = piece->start > dropped ? piece->start - dropped : 0;
		piece->end -= dropped;
	}
	gather->head += dropped;
}

size_t gather_next_start(const struct gather *gather)
{
	for (uint32_t i = 0; i < gather->count; i++)
		if (gather->pieces[i].start > 0)
			return gather->pieces[i].start;
	return 0;
}
