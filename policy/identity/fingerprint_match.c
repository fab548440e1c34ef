/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int fingerprints_new(struct fingerprints **fingerprints)
{
	struct fingerprints *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	*fingerprints = made;
	return 0;
}

static void index_done(struct fingerprint_index *index)
{
	free(index->exact);
	free(index->loose);
	*index = (struct fingerprint_index){ 0 };
}

void fingerprints_free(struct fingerprints *fingerprints)
{
	if (!fingerprints)
		return;
	for (size_t i = 0; i < fingerprints->rule_count; i++)
		free(fingerprints->rules[i]);
	for (size_t i = 0; i < fingerprints->pattern_count; i++)
		free(fingerprints->patterns[i]);
	for (size_t i = 0; i < SOURCE_COUNT; i++)
		index_done(&fingerprints->index[i]);
	for (size_t i = 0; i < BITS_COUNT; i++)
		free(fingerprints->registry[i].prefix);
	free(fingerprints->rules);
	free(fingerprints->patterns);
	free(fingerprints->names);
	free(fingerprints);
}

void fingerprint_batch_done(struct fingerprint_batch *batch)
{
	for (size_t i = 0; i < batch->rule_count; i++)
		free(batch->rules[i]);
	for (size_t i = 0; i < batch->pattern_count; i++)
		free(batch->patterns[i]);
	free(batch->rules);
	free(batch->patterns);
	*batch = (struct fingerprint_batch){ 0 };
}

static bool is_exact(const struct fingerprint_pattern *pattern)
{
	return pattern->kind == KIND_EXACT || pattern->kind == KIND_MAC;
}

static int compare_order(const struct fingerprint_pattern *a, const struct fingerprint_pattern *b)
{
	if (a->rule->order != b->rule->order)
		return a->rule->order < b->rule->order ? -1 : 1;
	return strcmp(a->text, b->text);
}

static int compare_exact(const void *left, const void *right)
{
	const struct fingerprint_pattern *const *a = left;
	const struct fingerprint_pattern *const *b = right;
	int order = strcmp((*a)->text, (*b)->text);

	return order ? order : compare_order(*a, *b);
}

static int compare_loose(const void *left, const void *right)
{
	const struct fingerprint_pattern *const *a = left;
	const struct fingerprint_pattern *const *b = right;

	if ((*a)->lead != (*b)->lead)
		return (*a)->lead < (*b)->lead ? -1 : 1;
	return compare_order(*a, *b);
}

/* Puts those of ${count} ${patterns} that are of ${source} into ${index}, which is empty. */
static int index_build(struct fingerprint_index *index, struct fingerprint_pattern *const *patterns, size_t count,
                       enum identity_source source)
{
	size_t exact = 0;
	size_t loose = 0;

	index->exact = calloc(count + 1, sizeof(*index->exact));
	index->loose = calloc(count + 1, sizeof(*index->loose));
	if (!index->exact || !index->loose)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (patterns[i]->source != source)
			continue;
		if (is_exact(patterns[i])) {
			index->exact[exact++] = patterns[i];
		} else {
			index->loose[loose++] = patterns[i];
			index->loose_from[patterns[i]->lead + 1]++;
		}
	}
	index->exact_count = exact;
	qsort(index->exact, exact, sizeof(*index->exact), compare_exact);
	qsort(index->loose, loose, sizeof(*index->loose), compare_loose);
	for (size_t lead = 0; lead < 256; lead++)
		index->loose_from[lead + 1] += index->loose_from[lead];
	return 0;
}

static int index_build_all(struct fingerprint_index *index, struct fingerprint_pattern *const *patterns, size_t count)
{
	for (unsigned int source = 0; source < SOURCE_COUNT; source++) {
		int rc = index_build(&index[source], patterns, count, (enum identity_source)source);

		if (rc == 0)
			continue;
		for (unsigned int made = 0; made <= source; made++)
			index_done(&index[made]);
		return rc;
	}
	return 0;
}

int fingerprints_take(struct fingerprints *fingerprints, struct fingerprint_batch *batch)
{
	struct fingerprint_index index[SOURCE_COUNT] = { 0 };
	size_t rules = fingerprints->rule_count + batch->rule_count;
	size_t patterns = fingerprints->pattern_count + batch->pattern_count;
	int rc;

	rc = memory_reserve((void **)&fingerprints->rules, &fingerprints->rule_capacity, rules,
	                    sizeof(struct fingerprint_rule *));
	if (rc == 0)
		rc = memory_reserve((void **)&fingerprints->patterns, &fingerprints->pattern_capacity, patterns,
		                    sizeof(struct fingerprint_pattern *));
	if (rc < 0)
		return rc;
	/* Written past the counts: nothing is added until the index stands. */
	for (size_t i = 0; i < batch->rule_count; i++) {
		fingerprints->rules[fingerprints->rule_count + i] = batch->rules[i];
		batch->rules[i]->order = fingerprints->rule_count + i;
	}
	for (size_t i = 0; i < batch->pattern_count; i++)
		fingerprints->patterns[fingerprints->pattern_count + i] = batch->patterns[i];
	rc = index_build_all(index, fingerprints->patterns, patterns);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < SOURCE_COUNT; i++) {
		index_done(&fingerprints->index[i]);
		fingerprints->index[i] = index[i];
	}
	fingerprints->rule_count = rules;
	fingerprints->pattern_count = patterns;
	batch->rule_count = 0;
	batch->pattern_count = 0;
	return 0;
}

/* Where a set that opens at ${set} ("[") ends, after its "]"; NULL where it never does. */
static const char *set_end(const char *set)
{
	const char *at = set + 1;

	if (*at == '!')
		at++;
	if (*at == ']')
		at++;
	at = strchr(at, ']');
	return at ? at + 1 : NULL;
}

static bool set_has(const char *set, const char *end, char character)
{
	const char *at = set + 1;
	bool inverted = *at == '!';
	bool found = false;

	if (inverted)
		at++;
	while (at < end - 1) {
		if (at[1] == '-' && at + 2 < end - 1) {
			found = found || (character >= at[0] && character <= at[2]);
			at += 3;
		} else {
			found = found || character == *at;
			at++;
		}
	}
	return found != inverted;
}

bool fingerprint_glob_check(const char *pattern)
{
	while (*pattern) {
		if (*pattern == '[') {
			pattern = set_end(pattern);
			if (!pattern)
				return false;
		} else {
			pattern++;
		}
	}
	return true;
}

/* Matches one character of ${text} and gives the rest of ${pattern}; NULL where it does not match. */
static const char *glob_step(const char *pattern, char character)
{
	if (*pattern == '[') {
		const char *end = set_end(pattern);

		return end && set_has(pattern, end, character) ? end : NULL;
	}
	if (*pattern == '?' || (*pattern && *pattern == character))
		return pattern + 1;
	return NULL;
}

/* Only the last star is ever tried again, so that the work is at most length by length. */
bool fingerprint_glob_match(const char *pattern, const char *text)
{
	const char *after_star = NULL;
	const char *retry = NULL;

	while (*text) {
		const char *next;

		if (*pattern == '*') {
			after_star = ++pattern;
			retry = text;
			continue;
		}
		next = glob_step(pattern, *text);
		if (next) {
			pattern = next;
			text++;
		} else if (after_star) {
			pattern = after_star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static bool pattern_matches(const struct fingerprint_pattern *pattern, const char *text)
{
	switch ((enum fingerprint_kind)pattern->kind) {
	case KIND_PREFIX:
		return strncmp(text, pattern->text, pattern->length) == 0;
	case KIND_CONTAINS:
		return strstr(text, pattern->text) != NULL;
	case KIND_GLOB:
		return fingerprint_glob_match(pattern->text, text);
	case KIND_STARTS:
		/* "1,3" begins "1,3,6" but not "1,33". */
		return strncmp(text, pattern->text, pattern->length) == 0 &&
		       (text[pattern->length] == ',' || text[pattern->length] == '\0');
	case KIND_EXACT:
	case KIND_MAC:
	case KIND_COUNT:
		break;
	}
	return false;
}

static void each_exact(const struct fingerprint_index *index, const char *text, bool prefix,
                       void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	size_t low = 0;
	size_t high = index->exact_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(index->exact[middle]->text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < index->exact_count && strcmp(index->exact[low]->text, text) == 0; low++) {
		if ((index->exact[low]->kind == KIND_MAC) == prefix)
			use(index->exact[low]->rule, data);
	}
}

static void each_loose(const struct fingerprint_index *index, uint8_t lead, const char *text,
                       void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	for (size_t i = index->loose_from[lead]; i < index->loose_from[lead + 1U]; i++) {
		if (pattern_matches(index->loose[i], text))
			use(index->loose[i]->rule, data);
	}
}

void fingerprints_each(const struct fingerprints *fingerprints, enum identity_source source, const char *text,
                       void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	const struct fingerprint_index *index = &fingerprints->index[source];

	assert(source < SOURCE_COUNT);
	if (!index->exact)
		return;
	each_exact(index, text, false, use, data);
	each_loose(index, 0, text, use, data);
	if (*text)
		each_loose(index, (uint8_t)*text, text, use, data);
}

void fingerprints_each_prefix(const struct fingerprints *fingerprints, const struct mac *mac,
                              void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	static const uint8_t digits[BITS_COUNT] = { [BITS_36] = 9, [BITS_28] = 7, [BITS_24] = 6 };
	const struct fingerprint_index *index = &fingerprints->index[SOURCE_OUI];
	char text[13];

	if (!index->exact)
		return;
	for (size_t i = 0; i < BITS_COUNT; i++) {
		snprintf(text, sizeof(text), "%02x%02x%02x%02x%02x%02x", mac->byte[0], mac->byte[1], mac->byte[2],
		         mac->byte[3], mac->byte[4], mac->byte[5]);
		text[digits[i]] = '\0';
		each_exact(index, text, true, use, data);
	}
}
