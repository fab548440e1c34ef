/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/naming.h"

#include <string.h>

/* What a rule that names something without speaking for a class weighs in the choice of the name. */
#define WEIGHT_PLAIN 100

void naming_copy(char *to, size_t size, const char *text)
{
	size_t length = strlen(text);

	if (length >= size) {
		length = size - 1;
		while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
			length--;
	}
	memcpy(to, text, length);
	to[length] = '\0';
}

static bool is_mark(const char *at)
{
	return at[0] == '$' && at[1] >= '1' && at[1] <= '9';
}

size_t naming_needs(const char *template)
{
	size_t most = 0;

	for (const char *at = template; *at; at++)
		if (is_mark(at) && (size_t)(at[1] - '0') > most)
			most = (size_t)(at[1] - '0');
	return most;
}

size_t naming_stars(const struct fingerprint_pattern *pattern)
{
	size_t count = 0;

	if (pattern->kind == KIND_PREFIX)
		return 1;
	for (const char *at = pattern->text; pattern->kind == KIND_GLOB && *at; at++) {
		if (*at == '[')
			at = fingerprint_set_end(at) - 1;
		count += *at == '*';
	}
	return count;
}

static void find_spans(const struct fingerprint_pattern *pattern, const char *text, struct fingerprint_spans *spans)
{
	if (pattern->kind == KIND_GLOB) {
		fingerprint_glob_match(pattern->text, text, spans);
		return;
	}
	spans->count = 1;
	spans->start[0] = pattern->length;
	spans->end[0] = (uint16_t)strlen(text);
}

/* Writes ${template} with its marks replaced by the parts of ${shown} at ${spans}, without blanks around it. */
static void fill(const char *template, const struct fingerprint_spans *spans, const char *shown,
                 char text[FINGERPRINT_TEXT_MAX])
{
	size_t length = 0;

	for (const char *at = template; *at; at++) {
		size_t star = is_mark(at) ? (size_t)(at[1] - '1') : 0;
		const char *part = is_mark(at) ? shown + spans->start[star] : at;
		size_t size = is_mark(at) ? (size_t)(spans->end[star] - spans->start[star]) : 1;

		if (length + size >= FINGERPRINT_TEXT_MAX)
			break;
		memcpy(text + length, part, size);
		length += size;
		at += is_mark(at);
	}
	while (length && text[length - 1] == ' ')
		length--;
	text[length] = '\0';
}

/* Writes ${template} for this match into ${text} of IDENTITY_TEXT_MAX bytes. */
static void name_of(const char *template, const struct fingerprint_pattern *pattern, const char *text,
                    const char *shown, char name[IDENTITY_TEXT_MAX])
{
	char filled[FINGERPRINT_TEXT_MAX];
	struct fingerprint_spans spans;

	if (!naming_needs(template)) {
		naming_copy(name, IDENTITY_TEXT_MAX, template);
		return;
	}
	find_spans(pattern, text, &spans);
	fill(template, &spans, shown, filled);
	naming_copy(name, IDENTITY_TEXT_MAX, filled + strspn(filled, " "));
}

static bool is_heavier(const struct named *named, int weight, size_t order)
{
	return weight > named->weight || (weight == named->weight && order < named->order);
}

static void hear_system(struct naming *naming, const struct named *heard)
{
	for (size_t i = 0; i < naming->system_count; i++) {
		struct named *known = &naming->systems[i];

		if (known->field != heard->field || strcmp(known->text, heard->text) != 0)
			continue;
		if (heard->weight > known->weight)
			known->weight = heard->weight;
		return;
	}
	if (naming->system_count < NAMING_SYSTEMS_MAX)
		naming->systems[naming->system_count++] = *heard;
}

void naming_hear(struct naming *naming, const struct fingerprint_pattern *pattern, enum field field, const char *text,
                 const char *shown)
{
	const struct fingerprint_rule *rule = pattern->rule;
	struct named heard = { .field = (uint16_t)field, .order = rule->order };

	heard.weight = rule->weight < 0 ? -rule->weight : rule->weight > 0 ? rule->weight : WEIGHT_PLAIN;
	if (*rule->vendor && is_heavier(&naming->vendor, heard.weight, heard.order)) {
		naming_copy(heard.text, sizeof(heard.text), rule->vendor);
		naming->vendor = heard;
	}
	if (*rule->model && is_heavier(&naming->model, heard.weight, heard.order)) {
		name_of(rule->model, pattern, text, shown, heard.text);
		if (*heard.text)
			naming->model = heard;
	}
	if (*rule->os) {
		name_of(rule->os, pattern, text, shown, heard.text);
		if (*heard.text)
			hear_system(naming, &heard);
	}
}

/* ---- which operating system ---- */

static size_t family_length(const char *system)
{
	return strcspn(system, " ");
}

static bool same_family(const char *a, const char *b)
{
	size_t length = family_length(a);

	return length == family_length(b) && strncmp(a, b, length) == 0;
}

/* The heaviest of each field that speaks as ${system}: for its family, or for just this name. */
static int speaks_for(const struct naming *naming, const char *system, bool family)
{
	int best[FIELD_COUNT] = { 0 };
	int sum = 0;

	for (size_t i = 0; i < naming->system_count; i++) {
		const struct named *named = &naming->systems[i];

		if (family ? !same_family(named->text, system) : strcmp(named->text, system) != 0)
			continue;
		if (named->weight > best[named->field]) {
			sum += named->weight - best[named->field];
			best[named->field] = named->weight;
		}
	}
	return sum;
}

static const char *choose_system(const struct naming *naming)
{
	const char *chosen = "";
	int family = 0, most = 0;

	for (size_t i = 0; i < naming->system_count; i++) {
		int weight = speaks_for(naming, naming->systems[i].text, true);

		if (weight > family)
			chosen = naming->systems[i].text;
		if (weight > family)
			family = weight;
	}
	for (size_t i = 0; i < naming->system_count; i++) {
		const char *system = naming->systems[i].text;
		int weight = speaks_for(naming, system, false);
		bool versioned = system[family_length(system)] != '\0';

		if (!same_family(system, chosen) || !versioned)
			continue;
		if (weight > most || (weight == most && strlen(system) > strlen(chosen))) {
			chosen = system;
			most = weight;
		}
	}
	return chosen;
}

void naming_take(const struct naming *naming, struct identity *identity)
{
	if (naming->vendor.weight)
		memcpy(identity->vendor, naming->vendor.text, sizeof(identity->vendor));
	if (naming->model.weight)
		memcpy(identity->model, naming->model.text, sizeof(identity->model));
	if (naming->system_count)
		naming_copy(identity->os, sizeof(identity->os), choose_system(naming));
}
