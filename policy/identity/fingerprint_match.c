/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <stdio.h>
#include <string.h>

static bool pattern_matches(const struct fingerprint_pattern *pattern, const char *text)
{
	switch ((enum fingerprint_kind)pattern->kind) {
	case KIND_PREFIX:
		return strncmp(text, pattern->text, pattern->length) == 0;
	case KIND_CONTAINS:
		return strstr(text, pattern->text) != NULL;
	case KIND_GLOB:
		return fingerprint_glob_match(pattern->text, text, NULL);
	case KIND_STARTS:
		/* "1,3" begins "1,3,6" but not "1,33". */
		return strncmp(text, pattern->text, pattern->length) == 0 &&
		       (text[pattern->length] == ',' || text[pattern->length] == '\0');
	case KIND_EXACT:
	case KIND_MAC:
	case KIND_DOMAIN:
	case KIND_COUNT:
		break;
	}
	return false;
}

static void each_exact(const struct fingerprint_index *index, const char *text, enum fingerprint_kind kind,
                       fingerprint_use *use, void *data)
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
		if (index->exact[low]->kind == kind)
			use(index->exact[low], data);
	}
}

/* A domain is the name itself or any name below it: whole labels. */
static void each_domain(const struct fingerprint_index *index, const char *text, fingerprint_use *use, void *data)
{
	for (const char *name = text; name; name = strchr(name, '.')) {
		name += *name == '.';
		each_exact(index, name, KIND_DOMAIN, use, data);
	}
}

static void each_loose(const struct fingerprint_index *index, size_t list, const char *text, fingerprint_use *use,
                       void *data)
{
	for (size_t i = index->loose_from[list]; i < index->loose_from[list + 1U]; i++) {
		if (pattern_matches(index->loose[i], text))
			use(index->loose[i], data);
	}
}

/* The lists of all the runs of three in ${text}, each once. */
static void each_run(const struct fingerprint_index *index, const char *text, fingerprint_use *use, void *data)
{
	uint64_t seen[(LOOSE_LISTS + 63) / 64] = { 0 };

	if (!text[0] || !text[1])
		return;
	for (const char *at = text; at[2]; at++) {
		size_t list = fingerprint_run_list(at);
		uint64_t bit = UINT64_C(1) << (list % 64);

		if (!(seen[list / 64] & bit))
			each_loose(index, list, text, use, data);
		seen[list / 64] |= bit;
	}
}

void fingerprints_each(const struct fingerprints *fingerprints, enum field field, const char *text,
                       fingerprint_use *use, void *data)
{
	const struct fingerprint_index *index = fingerprints->index[field];

	if (!index)
		return;
	each_exact(index, text, KIND_EXACT, use, data);
	if (index->has_domains)
		each_domain(index, text, use, data);
	if (!index->loose_count)
		return;
	each_loose(index, 0, text, use, data);
	if (*text)
		each_loose(index, (unsigned char)*text, text, use, data);
	each_run(index, text, use, data);
}

void fingerprints_each_prefix(const struct fingerprints *fingerprints, const struct mac *mac, fingerprint_use *use,
                              void *data)
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
		each_exact(index, text, KIND_MAC, use, data);
	}
}
