/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/inventory/traits.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS (sizeof(struct traits) / sizeof(const char *))

/* The same texts, to go through one by one. */
union texts {
	struct traits traits;
	const char *at[TEXTS];
};

struct kept {
	union texts texts; /* first: who holds it points here */
	uint32_t holders;
};

static_assert(sizeof(union texts) == sizeof(struct traits), "traits are texts and nothing else");

const struct traits traits_none = {
	words_none, words_none, words_none, words_none, words_none, words_none, words_none
};

static bool are_alike(const struct traits *held, const struct traits *wanted)
{
	const union texts one = { .traits = *held }, other = { .traits = *wanted };

	for (size_t i = 0; i < TEXTS; i++)
		if (one.at[i] != other.at[i] && strcmp(one.at[i], other.at[i]) != 0)
			return false;
	return true;
}

static uint32_t hash_of(const struct traits_table *table, const union texts *texts)
{
	return hash_end(hash_more(hash_begin(&table->all), texts, sizeof(*texts)));
}

static void let_go_of_words(struct words *words, union texts *texts)
{
	for (size_t i = 0; i < TEXTS; i++)
		words_set(words, &texts->at[i], words_none);
}

/* Makes ${texts} hold words like those of ${wanted}. errors: -ENOMEM, it holds none. */
static int hold_words(struct words *words, union texts *texts, const struct traits *wanted)
{
	const union texts like = { .traits = *wanted };

	texts->traits = traits_none;
	for (size_t i = 0; i < TEXTS; i++) {
		if (words_set(words, &texts->at[i], like.at[i]) == 0)
			continue;
		let_go_of_words(words, texts);
		return -ENOMEM;
	}
	return 0;
}

/* The same words lie in the same places. */
static struct kept *find(const struct traits_table *table, const union texts *texts, uint32_t hash)
{
	struct kept *kept;

	for (uint32_t at = 0; (kept = hash_index_next(&table->all, hash, &at));)
		if (memcmp(&kept->texts, texts, sizeof(*texts)) == 0)
			break;
	return kept;
}

/* Keeps ${texts}, whose words are then its; NULL without memory. */
static struct kept *keep(struct traits_table *table, const union texts *texts, uint32_t hash)
{
	struct kept *kept = malloc(sizeof(*kept));

	if (!kept)
		return NULL;
	*kept = (struct kept){ .texts = *texts };
	if (hash_index_add(&table->all, hash, kept) == 0)
		return kept;
	free(kept);
	return NULL;
}

static struct kept *kept_of(const struct traits *traits)
{
	return (struct kept *)(uintptr_t)traits;
}

static void drop(struct traits_table *table, struct words *words, const struct traits *traits)
{
	struct kept *kept = kept_of(traits);

	if (traits == &traits_none || --kept->holders > 0)
		return;
	hash_index_remove(&table->all, hash_of(table, &kept->texts), kept);
	if (table->last == traits)
		table->last = NULL;
	let_go_of_words(words, &kept->texts);
	free(kept);
}

/* Those like ${wanted}, found or made; NULL without memory. */
static struct kept *found_or_made(struct traits_table *table, struct words *words, const struct traits *wanted)
{
	union texts texts;
	struct kept *kept;
	uint32_t hash;

	if (hold_words(words, &texts, wanted) < 0)
		return NULL;
	hash = hash_of(table, &texts);
	kept = find(table, &texts, hash);
	if (!kept) {
		kept = keep(table, &texts, hash);
		if (kept)
			return kept;
	}
	let_go_of_words(words, &texts); /* those that are kept have them */
	return kept;
}

int traits_set(struct traits_table *table, struct words *words, const struct traits **holder,
               const struct traits *wanted)
{
	const struct traits *held = *holder;
	struct kept *kept;

	if (are_alike(held, wanted))
		return 0;
	if (are_alike(&traits_none, wanted)) {
		*holder = &traits_none;
		drop(table, words, held);
		return 0;
	}
	if (table->last && are_alike(table->last, wanted))
		kept = kept_of(table->last);
	else
		kept = found_or_made(table, words, wanted);
	if (!kept)
		return -ENOMEM;
	kept->holders++;
	table->last = *holder = &kept->texts.traits;
	drop(table, words, held);
	return 0;
}

void traits_done(struct traits_table *table)
{
	hash_index_done(&table->all);
	table->last = NULL;
}
