/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hash_index: finds what lies elsewhere by its hash, where there is much of it: uthash keeps 56 bytes in each thing and
 * more beside it, this 14 to 21 for each in all.
 *
 * Open addressing with linear probing: two arrays, of hashes and of what has them, so that a look-up passes over the
 * hashes of sixteen places in each line of the cache and touches only what has the same one. A removed place is filled
 * from behind, so that none is ever kept for something that is gone. Several may have one hash; who asks compares.
 *
 * Owns:    its arrays, not what is found.
 * Limits:  HASH_INDEX_MAX. Growth is by half, when seven of eight places are taken; what is removed leaves its room.
 * Context: pure.
 * Trust:   who knows the seed can choose things that all want one place, and make each look-up a walk.
 */
#ifndef ISOWARD_POLICY_BASE_HASH_INDEX_H
#define ISOWARD_POLICY_BASE_HASH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HASH_INDEX_MAX (1U << 30)

/* Zeroed it is an empty one. */
struct hash_index {
	uint64_t seed; /* hashes of what is filed begin with it: a secret, set while empty, where strangers choose that
	                */
	uint32_t *hashes; /* 0: nothing there */
	void **things;
	uint32_t room;
	uint32_t count;
};

/* hash_begin is the hash of nothing in ${index}. */
uint64_t hash_begin(const struct hash_index *index);

/* hash_more takes ${length} ${bytes} into ${hash}, which begins as hash_begin (FNV-1a, 64 bits). */
uint64_t hash_more(uint64_t hash, const void *bytes, size_t length);

/* hash_end makes of ${hash} what an index takes: 32 bits, never 0. */
uint32_t hash_end(uint64_t hash);

/* hash_index_add files ${thing}, which is not in ${index} under that ${hash}. errors: -ENOMEM, index untouched. */
int hash_index_add(struct hash_index *index, uint32_t hash, void *thing);

/* hash_index_remove takes ${thing} of ${hash} out of ${index}; it need not be there. */
void hash_index_remove(struct hash_index *index, uint32_t hash, const void *thing);

/*
 * hash_index_next gives the things of ${hash} one by one, NULL behind the last. ${at}, 0 before the first, is the
 * walk's; ${index} may not change meanwhile.
 */
void *hash_index_next(const struct hash_index *index, uint32_t hash, uint32_t *at);

/* hash_index_done releases the arrays of ${index}, which is then empty, with the seed it had. */
void hash_index_done(struct hash_index *index);

#endif
