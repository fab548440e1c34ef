/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/base/words.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* uthash calls exit() where there is no memory, unless told this before it is included. */
#define HASH_NONFATAL_OOM         1
#define uthash_nonfatal_oom(word) ((word)->holders = 0)
#include <uthash.h>

struct word {
	UT_hash_handle hh;
	uint32_t holders; /* 0: it could not be filed */
	char text[];
};

const char words_none[1] = "";

static struct word *word_of(const char *text)
{
	return (struct word *)(uintptr_t)(text - offsetof(struct word, text));
}

static struct word *make(struct words *words, const char *text, size_t length)
{
	struct word *word = malloc(sizeof(*word) + length + 1);

	if (!word)
		return NULL;
	word->holders = 1;
	memcpy(word->text, text, length + 1);
	HASH_ADD_KEYPTR(hh, words->all, word->text, length, word);
	if (word->holders > 0)
		return word;
	free(word);
	return NULL;
}

static void drop(struct words *words, const char *text)
{
	struct word *word = word_of(text);

	if (text == words_none || --word->holders > 0)
		return;
	HASH_DEL(words->all, word);
	free(word);
}

int words_set(struct words *words, const char **holder, const char *text)
{
	size_t length = strlen(text);
	const char *held = *holder;
	struct word *word;

	if (held == text)
		return 0;
	if (length == 0) {
		*holder = words_none;
		drop(words, held);
		return 0;
	}
	HASH_FIND(hh, words->all, text, length, word);
	if (word)
		word->holders++;
	else
		word = make(words, text, length);
	if (!word)
		return -ENOMEM;
	*holder = word->text;
	drop(words, held);
	return 0;
}

void words_done(struct words *words)
{
	struct word *word, *next;

	HASH_ITER (hh, words->all, word, next) {
		HASH_DEL(words->all, word);
		free(word);
	}
}
