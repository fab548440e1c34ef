/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

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

static void index_free(struct fingerprint_index *index)
{
	if (!index)
		return;
	free(index->exact);
	free(index->loose);
	free(index);
}
CLEANUP_DEFINE(struct fingerprint_index, index_free);

void fingerprints_free(struct fingerprints *fingerprints)
{
	if (!fingerprints)
		return;
	for (size_t i = 0; i < fingerprints->rule_count; i++)
		free(fingerprints->rules[i]);
	for (size_t i = 0; i < fingerprints->pattern_count; i++)
		free(fingerprints->patterns[i]);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		index_free(fingerprints->index[i]);
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

/* Makes at ${index} that of those of ${count} ${patterns} that look at ${field}. */
static int index_build(struct fingerprint_pattern *const *patterns, size_t count, enum field field,
                       struct fingerprint_index **index)
{
	CLEANUP(index_free) struct fingerprint_index *made = calloc(1, sizeof(*made));
	size_t exact = 0;
	size_t loose = 0;

	for (size_t i = 0; i < count; i++) {
		exact += patterns[i]->field == field && is_exact(patterns[i]);
		loose += patterns[i]->field == field && !is_exact(patterns[i]);
	}
	if (!made)
		return -ENOMEM;
	made->exact = calloc(exact + 1, sizeof(*made->exact));
	made->loose = calloc(loose + 1, sizeof(*made->loose));
	if (!made->exact || !made->loose)
		return -ENOMEM;
	loose = 0;
	for (size_t i = 0; i < count; i++) {
		if (patterns[i]->field != field)
			continue;
		if (is_exact(patterns[i])) {
			made->exact[made->exact_count++] = patterns[i];
		} else {
			made->loose[loose++] = patterns[i];
			made->loose_from[patterns[i]->lead + 1]++;
		}
	}
	qsort(made->exact, made->exact_count, sizeof(*made->exact), compare_exact);
	qsort(made->loose, loose, sizeof(*made->loose), compare_loose);
	for (size_t lead = 0; lead < 256; lead++)
		made->loose_from[lead + 1] += made->loose_from[lead];
	*index = take_ptr(&made);
	return 0;
}

static void indexes_free(struct fingerprint_index *indexes[FIELD_COUNT])
{
	for (size_t i = 0; i < FIELD_COUNT; i++)
		index_free(indexes[i]);
}

/* Makes at ${indexes} those that the patterns of ${batch} are new in, of ${count} ${patterns}. */
static int index_build_new(struct fingerprint_index *indexes[FIELD_COUNT], const struct fingerprint_batch *batch,
                           struct fingerprint_pattern *const *patterns, size_t count)
{
	for (size_t i = 0; i < batch->pattern_count; i++) {
		enum field field = (enum field)batch->patterns[i]->field;
		int rc = indexes[field] ? 0 : index_build(patterns, count, field, &indexes[field]);

		if (rc < 0) {
			indexes_free(indexes);
			return rc;
		}
	}
	return 0;
}

int fingerprints_take(struct fingerprints *fingerprints, struct fingerprint_batch *batch)
{
	struct fingerprint_index *indexes[FIELD_COUNT] = { NULL };
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
	rc = index_build_new(indexes, batch, fingerprints->patterns, patterns);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (!indexes[i])
			continue;
		index_free(fingerprints->index[i]);
		fingerprints->index[i] = indexes[i];
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

void fingerprints_each(const struct fingerprints *fingerprints, enum field field, const char *text,
                       void (*use)(const struct fingerprint_rule *rule, void *data), void *data)
{
	const struct fingerprint_index *index = fingerprints->index[field];

	if (!index)
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
	const struct fingerprint_index *index = fingerprints->index[FIELD_OUI];
	char text[13];

	if (!index)
		return;
	for (size_t i = 0; i < BITS_COUNT; i++) {
		snprintf(text, sizeof(text), "%02x%02x%02x%02x%02x%02x", mac->byte[0], mac->byte[1], mac->byte[2],
		         mac->byte[3], mac->byte[4], mac->byte[5]);
		text[digits[i]] = '\0';
		each_exact(index, text, true, use, data);
	}
}
