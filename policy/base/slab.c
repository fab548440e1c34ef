/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/slab.h"

#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"

struct slab_block {
	uint64_t taken; /* a bit each */
	_Alignas(max_align_t) uint8_t bytes[];
};

#define ALL_TAKEN UINT64_MAX

static void *thing_at(const struct slab *slab, struct slab_block *block, uint32_t place)
{
	return block->bytes + slab->size * place;
}

void *slab_at(const struct slab *slab, uint32_t number)
{
	return thing_at(slab, slab->blocks[number / SLAB_BLOCK], number % SLAB_BLOCK);
}

/* The block at ${at}, where it may be one that was released, or the next there ever was. */
static struct slab_block *block_at(struct slab *slab, size_t at)
{
	void *blocks = slab->blocks;
	struct slab_block *block;

	if (at < slab->block_count && slab->blocks[at])
		return slab->blocks[at];
	if (memory_reserve(&blocks, &slab->block_capacity, at + 1, sizeof(struct slab_block *)) < 0)
		return NULL;
	slab->blocks = blocks;
	block = malloc(sizeof(*block) + slab->size * SLAB_BLOCK);
	if (!block)
		return NULL;
	block->taken = 0;
	slab->blocks[at] = block;
	if (at == slab->block_count)
		slab->block_count++;
	return block;
}

void *slab_take(struct slab *slab, uint32_t *number)
{
	size_t at = slab->first_room;
	struct slab_block *block;
	uint32_t place;

	while (at < slab->block_count && slab->blocks[at] && slab->blocks[at]->taken == ALL_TAKEN)
		at++;
	slab->first_room = at;
	block = at < UINT32_MAX / SLAB_BLOCK ? block_at(slab, at) : NULL;
	if (!block)
		return NULL;
	place = (uint32_t)__builtin_ctzll(~block->taken);
	block->taken |= UINT64_C(1) << place;
	slab->count++;
	*number = (uint32_t)at * SLAB_BLOCK + place;
	return memset(thing_at(slab, block, place), 0, slab->size);
}

void slab_give(struct slab *slab, uint32_t number)
{
	size_t at = number / SLAB_BLOCK;
	struct slab_block *block = slab->blocks[at];

	block->taken &= ~(UINT64_C(1) << number % SLAB_BLOCK);
	slab->count--;
	if (at < slab->first_room)
		slab->first_room = at;
	if (block->taken)
		return;
	free(block);
	slab->blocks[at] = NULL;
}

void *slab_next(const struct slab *slab, uint32_t *at)
{
	for (size_t i = *at / SLAB_BLOCK; i < slab->block_count; i++, *at = (uint32_t)i * SLAB_BLOCK) {
		struct slab_block *block = slab->blocks[i];
		uint64_t left = block ? block->taken >> *at % SLAB_BLOCK << *at % SLAB_BLOCK : 0;
		uint32_t place;

		if (!left)
			continue;
		place = (uint32_t)__builtin_ctzll(left);
		*at = (uint32_t)i * SLAB_BLOCK + place + 1;
		return thing_at(slab, block, place);
	}
	return NULL;
}

void slab_done(struct slab *slab)
{
	for (size_t i = 0; i < slab->block_count; i++)
		free(slab->blocks[i]);
	free(slab->blocks);
	*slab = (struct slab){ .size = slab->size };
}
