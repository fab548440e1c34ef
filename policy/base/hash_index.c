/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/hash_index.h"

#include <errno.h>
#include <stdlib.h>

#define ROOM_FIRST 16

uint64_t hash_begin(const struct hash_index *index)
{
	return UINT64_C(14695981039346656037) ^ index->seed;
}

uint64_t hash_more(uint64_t hash, const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * UINT64_C(1099511628211);
	return hash;
}

uint32_t hash_end(uint64_t hash)
{
	uint32_t folded;

	hash = (hash ^ hash >> 32) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 divided by the golden ratio, odd */
	folded = (uint32_t)(hash >> 32);
	return folded ? folded : 1;
}

/* Where ${hash} would stand if nobody were before it: its share of the room, for the room is no power of two. */
static uint32_t home_of(const struct hash_index *index, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * index->room >> 32);
}

static uint32_t behind(const struct hash_index *index, uint32_t place)
{
	return place + 1 < index->room ? place + 1 : 0;
}

static void put(struct hash_index *index, uint32_t hash, void *thing)
{
	uint32_t place = home_of(index, hash);

	while (index->hashes[place])
		place = behind(index, place);
	index->hashes[place] = hash;
	index->things[place] = thing;
}

static int grow(struct hash_index *index)
{
	struct hash_index larger = { .seed = index->seed,
		                     .room = index->room ? index->room + index->room / 2 : ROOM_FIRST,
		                     .count = index->count };

	if (larger.room > HASH_INDEX_MAX)
		return -ENOMEM;
	larger.hashes = calloc(larger.room, sizeof(*larger.hashes));
	larger.things = malloc(larger.room * sizeof(*larger.things));
	if (!larger.hashes || !larger.things) {
		hash_index_done(&larger);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < index->room; i++)
		if (index->hashes[i])
			put(&larger, index->hashes[i], index->things[i]);
	hash_index_done(index);
	*index = larger;
	return 0;
}

int hash_index_add(struct hash_index *index, uint32_t hash, void *thing)
{
	if (index->count >= index->room - index->room / 8) {
		int result = grow(index);

		if (result < 0)
			return result;
	}
	put(index, hash, thing);
	index->count++;
	return 0;
}

/* How far ${place} is behind the home of the hash there. */
static uint32_t distance(const struct hash_index *index, uint32_t place)
{
	uint32_t home = home_of(index, index->hashes[place]);

	return place >= home ? place - home : place + index->room - home;
}

/* Moves up who stands behind the free ${hole} and would be found before it, until nobody does. */
static void close_gap(struct hash_index *index, uint32_t hole)
{
	uint32_t gap = 0; /* from the hole to the place that is looked at */

	for (uint32_t place = behind(index, hole); index->hashes[place]; place = behind(index, place)) {
		gap++;
		if (distance(index, place) < gap)
			continue;
		index->hashes[hole] = index->hashes[place];
		index->things[hole] = index->things[place];
		hole = place;
		gap = 0;
	}
	index->hashes[hole] = 0;
}

void hash_index_remove(struct hash_index *index, uint32_t hash, const void *thing)
{
	uint32_t place;

	if (index->count == 0)
		return;
	for (place = home_of(index, hash); index->hashes[place]; place = behind(index, place))
		if (index->hashes[place] == hash && index->things[place] == thing)
			break;
	if (!index->hashes[place])
		return;
	close_gap(index, place);
	index->count--;
}

void *hash_index_next(const struct hash_index *index, uint32_t hash, uint32_t *at)
{
	uint32_t place;

	if (index->count == 0)
		return NULL;
	/* ${*at} is how many places behind its home the walk has come */
	place = (uint32_t)(((uint64_t)home_of(index, hash) + *at) % index->room);
	for (; index->hashes[place]; place = behind(index, place)) {
		(*at)++;
		if (index->hashes[place] == hash)
			return index->things[place];
	}
	return NULL;
}

void hash_index_done(struct hash_index *index)
{
	free(index->hashes);
	free(index->things);
	*index = (struct hash_index){ .seed = index->seed };
}
