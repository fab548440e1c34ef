/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/wsd.h"

#include <string.h>

#include "policy/base/memory.h"

struct span {
	const char *at;
	size_t length;
};

/* What is left to scan. */
struct document {
	const char *at;
	size_t left;
};

/* The last step of the action's address. */
static const struct {
	const char *name;
	bool is_offer;
} actions[] = {
	{ "Hello", true },        { "Bye", false },     { "Probe", false },
	{ "ProbeMatches", true }, { "Resolve", false }, { "ResolveMatches", true },
};

static const char discovery[] = "/discovery/"; /* in the action's address, whatever the version */

static bool span_is(const struct span *span, const char *text)
{
	return span->length == strlen(text) && memcmp(span->at, text, span->length) == 0;
}

/* Leaves what stands behind the last ${character} of ${span}. */
static struct span behind_last(struct span span, char character)
{
	const char *found = memrchr(span.at, character, span.length);

	if (!found)
		return span;
	return (struct span){ .at = found + 1, .length = span.length - (size_t)(found + 1 - span.at) };
}

/* Finds the next opening tag: its ${name} without prefix, and the ${text} up to whatever tag comes then. */
static bool next_element(struct document *document, struct span *name, struct span *text)
{
	while (document->left > 0) {
		const char *open = memchr(document->at, '<', document->left), *close, *next;
		size_t length;

		if (!open)
			return false;
		document->left -= (size_t)(open + 1 - document->at);
		document->at = open + 1;
		close = memchr(document->at, '>', document->left);
		if (!close)
			return false;
		for (length = 0; document->at + length < close && !strchr(" \t\r\n/", document->at[length]); length++)
			;
		*name = behind_last((struct span){ .at = document->at, .length = length }, ':');
		document->left -= (size_t)(close + 1 - document->at);
		document->at = close + 1;
		next = document->left ? memchr(document->at, '<', document->left) : NULL;
		*text = (struct span){ .at = document->at,
			               .length = next ? (size_t)(next - document->at) : document->left };
		if (name->length > 0)
			return true;
	}
	return false;
}

static bool is_blank(char character)
{
	return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

/* Takes the next word off ${text}. */
static bool next_word(struct span *text, struct span *word)
{
	size_t length = 0;

	while (text->length > 0 && is_blank(text->at[0])) {
		text->at++;
		text->length--;
	}
	while (length < text->length && !is_blank(text->at[length]))
		length++;
	*word = (struct span){ .at = text->at, .length = length };
	text->at += length;
	text->length -= length;
	return length > 0;
}

static void tell_words(struct span text, enum field field, struct fields *fields)
{
	struct span word;

	while (next_word(&text, &word)) {
		if (field == FIELD_WSD_TYPE)
			word = behind_last(word, ':');
		if (word.length > 0)
			fields_add(fields, field, word.at, word.length);
	}
}

/* shape: false where the action is none of discovery's. */
static bool read_action(struct span text, bool *is_offer, struct fields *fields)
{
	struct span address, name;

	if (!next_word(&text, &address) || !memmem(address.at, address.length, discovery, strlen(discovery)))
		return false;
	name = behind_last(address, '/');
	for (size_t i = 0; i < ARRAY_SIZE(actions); i++) {
		if (!span_is(&name, actions[i].name))
			continue;
		fields_add_text(fields, FIELD_WSD_ACTION, actions[i].name);
		*is_offer = actions[i].is_offer;
		return true;
	}
	return false;
}

int wsd_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct document document = { .at = (const char *)datagram->bytes, .left = datagram->length };
	bool is_known = false, is_offer = false;
	struct span name, text;

	(void)reason;
	if (document.left == 0 || document.at[0] != '<')
		return 0;
	while (!fields->cut && next_element(&document, &name, &text)) {
		if (!is_known && span_is(&name, "Action"))
			is_known = read_action(text, &is_offer, fields);
		if (!is_offer)
			continue;
		if (span_is(&name, "Types"))
			tell_words(text, FIELD_WSD_TYPE, fields);
		else if (span_is(&name, "Scopes"))
			tell_words(text, FIELD_WSD_SCOPE, fields);
		else if (span_is(&name, "XAddrs"))
			tell_words(text, FIELD_WSD_ADDRESS, fields);
	}
	return is_known ? 1 : 0;
}
