/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * slab: many things of one size, in blocks of SLAB_BLOCK, in place of a block of memory each.
 *
 * A thing stays where it is until it is given back, and has a number by which it is given back. They are walked in the
 * order of their numbers, whatever is taken or given back meanwhile; a number that was given back is taken again first.
 *
 * Owns:    its blocks; one in which nothing is left is released at once.
 * Limits:  UINT32_MAX things. Beside their size a quarter of a byte each, and what their blocks have free.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_BASE_SLAB_H
#define ISOWARD_POLICY_BASE_SLAB_H

#include <stddef.h>
#include <stdint.h>

#define SLAB_BLOCK 64 /* things of a block: a bit of a word each */

struct slab_block;

/* Zeroed but for the size it is an empty one. */
struct slab {
	size_t size; /* of a thing, bytes */
	struct slab_block **blocks;
	size_t block_count;
	size_t block_capacity;
	size_t first_room; /* no block before it has room */
	size_t count;      /* things that are taken */
};

/* slab_take gives a zeroed thing of ${slab}, and its number at ${number}; NULL without memory. */
void *slab_take(struct slab *slab, uint32_t *number);

/* slab_at gives the taken thing of ${number}. */
void *slab_at(const struct slab *slab, uint32_t number);

/* slab_give takes the thing of ${number} back, which slab_take gave. */
void slab_give(struct slab *slab, uint32_t number);

/* slab_next gives the taken thing at or behind ${*at} and moves it on; NULL at the end. A walk begins at 0. */
void *slab_next(const struct slab *slab, uint32_t *at);

/* slab_done releases all of ${slab}, which is then empty. */
void slab_done(struct slab *slab);

#endif
