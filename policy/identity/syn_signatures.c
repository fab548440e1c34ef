/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/syn_signatures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/identity/syn_text.h"

/* Quirks that a router or a tunnel takes away or adds; README of p0f, section 5. */
#define QUIRKS_LOST  (SYN_QUIRK_DONT_FRAGMENT | SYN_QUIRK_ID_SET)
#define QUIRKS_ADDED (SYN_QUIRK_ID_ZERO | SYN_QUIRK_ECN)
#define QUIRKS_IPV4  (SYN_QUIRK_DONT_FRAGMENT | SYN_QUIRK_ID_SET | SYN_QUIRK_ID_ZERO)
#define QUIRKS_IPV6  SYN_QUIRK_FLOW
#define DISTANCE_MAX 35

struct signature {
	struct syn_text form;
	uint32_t label;
};

struct label {
	char text[SYN_LABEL_MAX];
	char class[SYN_LABEL_MAX];
	bool is_generic;
	bool is_program;
};

/* Those of one section, in the order of the file. */
struct section {
	struct signature *signature;
	size_t count;
	size_t capacity;
};

enum direction {
	DIRECTION_REQUEST,
	DIRECTION_ANSWER,
	DIRECTION_COUNT
};

struct syn_signatures {
	struct section section[DIRECTION_COUNT];
	struct label *label;
	size_t label_count;
	size_t label_capacity;
};

/* The file while it is being read. */
struct reading {
	struct syn_signatures *made;
	const char *file;
	unsigned int line;
	struct section *section; /* NULL in one that is passed over */
	bool has_label;
	struct error *reterr;
};

/* A part of a line, not terminated. */
struct part {
	const char *at;
	size_t length;
};

static bool part_is(const struct part *part, const char *word)
{
	return part->length == strlen(word) && memcmp(part->at, word, part->length) == 0;
}

static struct part trimmed(struct part part)
{
	while (part.length && strchr(" \t\r", part.at[part.length - 1]))
		part.length--;
	while (part.length && strchr(" \t\r", *part.at)) {
		part.at++;
		part.length--;
	}
	return part;
}

/* Takes what stands before the next ${mark}, or all, off ${rest}. */
static struct part take_part(struct part *rest, char mark)
{
	const char *end = rest->length ? memchr(rest->at, mark, rest->length) : NULL;
	struct part taken = *rest;

	if (end) {
		taken.length = (size_t)(end - rest->at);
		rest->at = end + 1;
		rest->length -= taken.length + 1;
	} else {
		rest->at += rest->length;
		rest->length = 0;
	}
	return taken;
}

static int wrong(const struct reading *reading, const char *what)
{
	return error_set_at(reading->reterr, -EINVAL, reading->file, reading->line, 0, "%s", what);
}

/* "s:unix:Linux:3.11 and newer": specific or generic, class, name, flavour. */
static int read_label(struct reading *reading, struct part value)
{
	struct syn_signatures *made = reading->made;
	struct part kind = take_part(&value, ':');
	struct part class = take_part(&value, ':');
	struct part name = take_part(&value, ':');
	struct label label = { .is_generic = part_is(&kind, "g"), .is_program = part_is(&class, "!") };

	if ((!label.is_generic && !part_is(&kind, "s")) || class.length == 0 || name.length == 0)
		return wrong(reading, "a label is \"s\" or \"g\", class, name and flavour, with \":\" between");
	snprintf(label.class, sizeof(label.class), "%.*s", (int)class.length, class.at);
	snprintf(label.text, sizeof(label.text), "%.*s%s%.*s", (int)name.length, name.at, value.length ? " " : "",
	         (int)value.length, value.at);
	if (memory_reserve((void **)&made->label, &made->label_capacity, made->label_count + 1, sizeof(label)) < 0)
		return -ENOMEM;
	made->label[made->label_count++] = label;
	reading->has_label = true;
	return 0;
}

static int read_signature(struct reading *reading, struct part value)
{
	struct syn_signatures *made = reading->made;
	struct section *section = reading->section;
	struct signature signature;

	if (!reading->has_label)
		return wrong(reading, "a signature stands before any label");
	if (!syn_text_read(value.at, value.length, &signature.form))
		return wrong(reading,
		             "no signature of TCP: it is version:ttl:olen:mss:window,scale:options:quirks:payload");
	if (syn_signatures_count(made) >= SYN_SIGNATURES_MAX)
		return error_set_at(reading->reterr, -E2BIG, reading->file, reading->line, 0, "more than %d signatures",
		                    SYN_SIGNATURES_MAX);
	signature.label = (uint32_t)made->label_count - 1;
	if (memory_reserve((void **)&section->signature, &section->capacity, section->count + 1, sizeof(signature)) < 0)
		return -ENOMEM;
	section->signature[section->count++] = signature;
	return 0;
}

static void enter_section(struct reading *reading, const struct part *name)
{
	reading->section = NULL;
	reading->has_label = false;
	if (part_is(name, "[tcp:request]"))
		reading->section = &reading->made->section[DIRECTION_REQUEST];
	if (part_is(name, "[tcp:response]"))
		reading->section = &reading->made->section[DIRECTION_ANSWER];
}

static int read_line(struct reading *reading, struct part line)
{
	struct part key, value;

	reading->line++;
	line = trimmed(line);
	if (line.length == 0 || *line.at == ';')
		return 0;
	if (*line.at == '[') {
		enter_section(reading, &line);
		return 0;
	}
	if (!reading->section)
		return 0;
	value = line;
	key = trimmed(take_part(&value, '='));
	value = trimmed(value);
	if (part_is(&key, "label"))
		return read_label(reading, value);
	if (part_is(&key, "sig"))
		return read_signature(reading, value);
	return part_is(&key, "sys") ? 0 : wrong(reading, "neither \"label\", \"sig\" nor \"sys\"");
}

int syn_signatures_read(const char *file, const char *text, size_t length, struct syn_signatures **signatures,
                        struct error *reterr)
{
	CLEANUP(syn_signatures_free) struct syn_signatures *made = calloc(1, sizeof(*made));
	struct reading reading = { .made = made, .file = file, .reterr = reterr };
	struct part rest = { text, length };
	int result = made ? 0 : -ENOMEM;

	while (result == 0 && rest.length)
		result = read_line(&reading, take_part(&rest, '\n'));
	if (result == -ENOMEM)
		return error_set(reterr, result, "no memory for the signatures of %s", file);
	if (result == 0)
		*signatures = take_ptr(&made);
	return result;
}

void syn_signatures_free(struct syn_signatures *signatures)
{
	if (!signatures)
		return;
	for (size_t i = 0; i < DIRECTION_COUNT; i++)
		free(signatures->section[i].signature);
	free(signatures->label);
	free(signatures);
}

size_t syn_signatures_count(const struct syn_signatures *signatures)
{
	return signatures->section[DIRECTION_REQUEST].count + signatures->section[DIRECTION_ANSWER].count;
}

/* ---- matching ---- */

enum likeness {
	LIKENESS_NONE,
	LIKENESS_FUZZY,
	LIKENESS_EXACT
};

static enum likeness compare_quirks(const struct syn_text *known, const struct syn_text *seen)
{
	uint32_t quirks = known->quirks;

	if (known->version == SYN_ANY)
		quirks &= seen->version == 4 ? ~(uint32_t)QUIRKS_IPV6 : ~(uint32_t)QUIRKS_IPV4;
	if (quirks == seen->quirks)
		return LIKENESS_EXACT;
	if (quirks & ~seen->quirks & ~(uint32_t)QUIRKS_LOST || seen->quirks & ~quirks & ~(uint32_t)QUIRKS_ADDED)
		return LIKENESS_NONE;
	return LIKENESS_FUZZY;
}

static enum likeness compare_hops(const struct syn_text *known, const struct syn_text *seen)
{
	if (known->has_loose_ttl)
		return known->ttl < seen->ttl ? LIKENESS_NONE : LIKENESS_EXACT;
	return known->ttl < seen->ttl || known->ttl - seen->ttl > DISTANCE_MAX ? LIKENESS_FUZZY : LIKENESS_EXACT;
}

static bool fits(int known, int seen)
{
	return known == SYN_ANY || known == seen;
}

static bool same_layout(const struct syn_text *known, const struct syn_text *seen)
{
	return known->option_count == seen->option_count && known->padding == seen->padding &&
	       memcmp(known->option, seen->option, known->option_count) == 0;
}

static enum likeness compare(const struct syn_text *known, const struct syn_text *seen)
{
	enum likeness quirks, hops;

	if (!same_layout(known, seen) || !fits(known->version, seen->version) ||
	    known->ip_options != seen->ip_options || !fits(known->segment_max, seen->segment_max) ||
	    !fits(known->scale, seen->scale) || !fits(known->payload, seen->payload) ||
	    !syn_text_window_fits(known, seen))
		return LIKENESS_NONE;
	quirks = compare_quirks(known, seen);
	hops = compare_hops(known, seen);
	return quirks < hops ? quirks : hops;
}

/* Hops are counted down from 32, 64, 128 or 255, where no signature tells from what. */
static uint8_t guess_distance(int ttl)
{
	return (uint8_t)((ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255) - ttl);
}

static uint8_t distance(const struct syn_text *known, const struct syn_text *seen)
{
	if (known->ttl < seen->ttl || (!known->has_loose_ttl && known->ttl - seen->ttl > DISTANCE_MAX))
		return guess_distance(seen->ttl);
	return (uint8_t)(known->ttl - seen->ttl);
}

static void tell(const struct syn_signatures *signatures, const struct signature *found, const struct syn_text *seen,
                 bool is_fuzzy, struct syn_match *match)
{
	const struct label *label = &signatures->label[found->label];

	memcpy(match->label, label->text, sizeof(match->label));
	memcpy(match->class, label->class, sizeof(match->class));
	match->is_generic = label->is_generic;
	match->is_fuzzy = is_fuzzy;
	match->distance = distance(&found->form, seen);
}

bool syn_signatures_match(const struct syn_signatures *signatures, bool is_answer, const uint8_t *raw, size_t length,
                          struct syn_match *match)
{
	const struct section *section = &signatures->section[is_answer ? DIRECTION_ANSWER : DIRECTION_REQUEST];
	const struct signature *specific = NULL, *generic = NULL, *fuzzy = NULL, *found;
	struct syn_text seen;

	if (!syn_text_read((const char *)raw, length, &seen) || !syn_text_is_packet(&seen))
		return false;
	for (size_t i = 0; i < section->count && !specific; i++) {
		const struct signature *known = &section->signature[i];
		enum likeness likeness = compare(&known->form, &seen);

		if (likeness == LIKENESS_FUZZY && !fuzzy)
			fuzzy = known;
		if (likeness == LIKENESS_EXACT && !signatures->label[known->label].is_generic)
			specific = known;
		if (likeness == LIKENESS_EXACT && !generic)
			generic = known;
	}
	found = specific ? specific : generic ? generic : fuzzy;
	if (!found || (found == fuzzy && !specific && !generic && signatures->label[found->label].is_program))
		return false;
	tell(signatures, found, &seen, !specific && !generic, match);
	return true;
}
