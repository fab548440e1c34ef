/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/words.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct word {
	uint32_t holders;
	char text[];
};

const char words_none[1] = "";

static struct word *word_of(const char *text)
{
	return (struct word *)(uintptr_t)(text - offsetof(struct word, text));
}

static uint32_t hash_of(const struct words *words, const char *text)
{
	return hash_end(hash_more(hash_begin(&words->all), text, strlen(text)));
}

static struct word *find(const struct words *words, const char *text, uint32_t hash)
{
	struct word *word;

	for (uint32_t at = 0; (word = hash_index_next(&words->all, hash, &at));)
		if (strcmp(word->text, text) == 0)
			break;
	return word;
}

static struct word *make(struct words *words, const char *text, uint32_t hash)
{
	size_t size = strlen(text) + 1;
	struct word *word = malloc(sizeof(*word) + size);

	if (!word)
		return NULL;
	word->holders = 0;
	memcpy(word->text, text, size);
	if (hash_index_add(&words->all, hash, word) == 0)
		return word;
	free(word);
	return NULL;
}

static void drop(struct words *words, const char *text)
{
	struct word *word = word_of(text);

	if (text == words_none || --word->holders > 0)
		return;
	hash_index_remove(&words->all, hash_of(words, text), word);
	free(word);
}

int words_set(struct words *words, const char **holder, const char *text)
{
	const char *held = *holder;
	struct word *word;
	uint32_t hash;

	if (held == text)
		return 0;
	if (!text[0]) {
		*holder = words_none;
		drop(words, held);
		return 0;
	}
	hash = hash_of(words, text);
	word = find(words, text, hash);
	if (!word)
		word = make(words, text, hash);
	if (!word)
		return -ENOMEM;
	word->holders++;
	*holder = word->text;
	drop(words, held);
	return 0;
}

void words_done(struct words *words)
{
	struct word *word;

	for (uint32_t place = 0; place < words->all.room; place++) {
		word = words->all.hashes[place] ? words->all.things[place] : NULL;
		free(word);
	}
	hash_index_done(&words->all);
}
