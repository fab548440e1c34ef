/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index by hashes and a slab, held against arrays that are looked through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/base/hash_index.h"
#include "policy/base/memory.h"
#include "policy/base/slab.h"
#include "random_policy.h"

#define THINGS 3000

struct filed {
	uint32_t hash; /* 0: not filed */
};

static size_t found(const struct hash_index *index, const struct filed *filed)
{
	size_t times = 0;

	for (uint32_t at = 0;;) {
		const struct filed *one = hash_index_next(index, filed->hash, &at);

		if (!one)
			return times;
		assert_int_equal(one->hash, filed->hash);
		times += one == filed;
	}
}

/* Every thing that is filed is found once, by its hash, and nothing else is. */
static void check(const struct hash_index *index, const struct filed *things)
{
	size_t count = 0;

	for (size_t i = 0; i < THINGS; i++) {
		if (!things[i].hash)
			continue;
		count++;
		assert_int_equal(found(index, &things[i]), 1);
	}
	assert_int_equal(index->count, count);
}

/* ${kinds} hashes: few of them make long runs of places, which wrap around the end. */
static void file_and_remove(uint32_t kinds)
{
	struct filed *things = calloc(THINGS, sizeof(*things));
	struct hash_index index = { 0 };
	uint64_t state = random_seed();

	for (size_t step = 0; step < (size_t)THINGS * 8; step++) {
		struct filed *one = &things[random_below(&state, THINGS)];

		if (one->hash) {
			hash_index_remove(&index, one->hash, one);
			one->hash = 0;
			continue;
		}
		one->hash = UINT32_MAX - random_below(&state, kinds) * (UINT32_MAX / kinds);
		if (!one->hash)
			one->hash = 1;
		assert_int_equal(hash_index_add(&index, one->hash, one), 0);
		if (step % 4096 == 0)
			check(&index, things);
	}
	check(&index, things);
	for (size_t i = 0; i < THINGS; i++)
		hash_index_remove(&index, things[i].hash, &things[i]);
	assert_int_equal(index.count, 0);
	for (uint32_t i = 0; i < index.room; i++)
		assert_int_equal(index.hashes[i], 0); /* nothing is kept for what is gone */
	hash_index_done(&index);
	free(things);
}

static void finds_what_is_filed_and_nothing_else(void **state)
{
	(void)state;
	file_and_remove(UINT32_MAX / 2);
	file_and_remove(200);
}

static void of_one_hash_all_are_told_apart(void **state)
{
	struct hash_index index = { 0 };
	struct filed things[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(things); i++) {
		things[i].hash = UINT32_MAX; /* the last place of all: they wrap */
		assert_int_equal(hash_index_add(&index, things[i].hash, &things[i]), 0);
	}
	hash_index_remove(&index, UINT32_MAX, &things[7]);
	assert_int_equal(found(&index, &things[7]), 0);
	for (size_t i = 0; i < ARRAY_SIZE(things); i++)
		assert_int_equal(found(&index, &things[i]), i != 7);
	hash_index_done(&index);
	assert_int_equal(found(&index, &things[0]), 0); /* empty, and without arrays */
	hash_index_remove(&index, UINT32_MAX, &things[0]);
}

static void takes_few_bytes_a_thing(void **state)
{
	struct hash_index index = { 0 };
	struct filed *things = calloc(100000, sizeof(*things));
	uint32_t room_before = 0;

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		things[i].hash = hash_end(hash_more(hash_begin(&index), &i, sizeof(i)));
		assert_int_not_equal(things[i].hash, 0);
		hash_index_add(&index, things[i].hash, &things[i]);
		if (i > 1000 && index.room != room_before)
			assert_in_range(index.room * (sizeof(*index.hashes) + sizeof(*index.things)) / (i + 1), 13, 21);
		room_before = index.room;
	}
	hash_index_done(&index);
	free(things);
}

static void each_seed_files_otherwise(void **state)
{
	struct hash_index one = { .seed = 1 }, other = { .seed = 2 };
	unsigned int alike = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++)
		alike += hash_end(hash_more(hash_begin(&one), &i, sizeof(i))) ==
		         hash_end(hash_more(hash_begin(&other), &i, sizeof(i)));
	assert_in_range(alike, 0, 1);
	hash_index_done(&one);
	assert_int_equal(one.seed, 1);
}

/* ---- slab ---- */

struct thing {
	uint32_t number;
	uint32_t value; /* not 0 */
};

static void check_walk(const struct slab *slab, struct thing *const *held)
{
	uint32_t at = 0;

	for (size_t i = 0; i < THINGS; i++)
		if (held[i]) {
			assert_ptr_equal(slab_next(slab, &at), held[i]);
			assert_int_equal(held[i]->value, i + 1);
		}
	assert_null(slab_next(slab, &at));
}

static void things_stay_where_they_are(void **unused)
{
	struct thing **held = calloc(THINGS, sizeof(struct thing *)); /* by number */
	struct slab slab = { .size = sizeof(struct thing) };
	uint64_t state = random_seed();
	size_t count = 0;

	(void)unused;
	for (size_t step = 0; step < (size_t)THINGS * 8; step++) {
		uint32_t number = random_below(&state, THINGS);

		if (held[number]) {
			slab_give(&slab, number);
			held[number] = NULL;
			count--;
		} else if (count < THINGS) {
			struct thing *thing = slab_take(&slab, &number);

			assert_non_null(thing);
			assert_in_range(number, 0, THINGS - 1); /* what was given back is taken first */
			assert_null(held[number]);
			assert_int_equal(thing->value, 0);
			thing->value = number + 1;
			assert_ptr_equal(slab_at(&slab, number), thing);
			held[number] = thing;
			count++;
		}
		assert_int_equal(slab.count, count);
		if (step % 4096 == 0)
			check_walk(&slab, held);
	}
	check_walk(&slab, held);
	slab_done(&slab);
	assert_null(slab_next(&slab, &(uint32_t){ 0 }));
	free(held);
}

static void an_empty_block_is_released(void **state)
{
	struct slab slab = { .size = sizeof(struct thing) };
	uint32_t number, at = 0;

	(void)state;
	for (uint32_t i = 0; i < SLAB_BLOCK * 3; i++) {
		assert_non_null(slab_take(&slab, &number));
		assert_int_equal(number, i);
	}
	for (uint32_t i = SLAB_BLOCK; i < SLAB_BLOCK * 2; i++)
		slab_give(&slab, i);
	assert_null(slab.blocks[1]);
	for (size_t i = 0; i < (size_t)SLAB_BLOCK * 2; i++)
		assert_non_null(slab_next(&slab, &at));
	assert_null(slab_next(&slab, &at));
	assert_non_null(slab_take(&slab, &number));
	assert_int_equal(number, SLAB_BLOCK);
	slab_done(&slab);
}

static void a_walk_goes_on_where_things_go(void **state)
{
	struct slab slab = { .size = sizeof(struct thing) };
	uint32_t at = 0, number;
	struct thing *thing;
	size_t walked = 0;

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		thing = slab_take(&slab, &number);
		thing->number = number;
	}
	while ((thing = slab_next(&slab, &at))) {
		walked++;
		slab_give(&slab, thing->number);
	}
	assert_int_equal(walked, 200);
	assert_int_equal(slab.count, 0);
	slab_done(&slab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_filed_and_nothing_else),
		cmocka_unit_test(of_one_hash_all_are_told_apart),
		cmocka_unit_test(takes_few_bytes_a_thing),
		cmocka_unit_test(each_seed_files_otherwise),
		cmocka_unit_test(things_stay_where_they_are),
		cmocka_unit_test(an_empty_block_is_released),
		cmocka_unit_test(a_walk_goes_on_where_things_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
