/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * words: texts that many hold alike, each kept once for as long as somebody holds it.
 *
 * A holder is a pointer that begins as words_none, the empty text, and is never NULL; words_set alone changes it. Two
 * holders of one table have the same text where they point to the same place, and only there.
 *
 * Owns:    every text that is held.
 * Limits:  none of its own: as many texts as there are holders at most. Some 30 bytes a text beside its own.
 * Context: pure; not for several threads.
 */
#ifndef ISOWARD_POLICY_BASE_WORDS_H
#define ISOWARD_POLICY_BASE_WORDS_H

#include "policy/base/hash_index.h"

struct words {
	struct hash_index all; /* by text */
};

/* The empty text, which nobody has to keep. */
extern const char words_none[1];

/*
 * words_set makes ${holder} hold a text like ${text} instead of what it held; ${text} may be what it held.
 * errors: -ENOMEM, the holder holds what it held.
 */
int words_set(struct words *words, const char **holder, const char *text);

/* words_done releases all texts of ${words}; what holders still hold of it is gone. */
void words_done(struct words *words);

#endif
