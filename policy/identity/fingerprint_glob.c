/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/fingerprint_rule.h"

#include <string.h>

const char *fingerprint_set_end(const char *set)
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
			pattern = fingerprint_set_end(pattern);
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
		const char *end = fingerprint_set_end(pattern);

		return end && set_has(pattern, end, character) ? end : NULL;
	}
	if (*pattern == '?' || (*pattern && *pattern == character))
		return pattern + 1;
	return NULL;
}

/* One star's text is open: where it began is known, its end is moved on while what follows does not match. */
struct star {
	const char *after; /* in the pattern, behind the star; NULL before the first */
	const char *retry; /* in the text, where what follows is tried */
};

/* Tells where the last star's text ends, now that nothing moves it any more. */
static void close_star(const struct star *star, struct fingerprint_spans *spans, const char *text)
{
	if (spans && star->after && spans->count && spans->count <= FINGERPRINT_SPANS_MAX)
		spans->end[spans->count - 1] = (uint16_t)(star->retry - text);
}

static void open_star(struct fingerprint_spans *spans, size_t at)
{
	if (spans && spans->count < FINGERPRINT_SPANS_MAX)
		spans->start[spans->count] = (uint16_t)at;
	if (spans)
		spans->count++;
}

/* Only the last star is ever tried again, so that the work is at most length by length. */
bool fingerprint_glob_match(const char *pattern, const char *text, struct fingerprint_spans *spans)
{
	struct star star = { NULL, NULL };
	const char *at = text;

	if (spans)
		spans->count = 0;
	while (*at || *pattern == '*') {
		const char *next;

		if (*pattern == '*') {
			close_star(&star, spans, text);
			open_star(spans, (size_t)(at - text));
			star.after = ++pattern;
			star.retry = at;
			continue;
		}
		next = glob_step(pattern, *at);
		if (next) {
			pattern = next;
			at++;
		} else if (star.after) {
			pattern = star.after;
			at = ++star.retry;
		} else {
			return false;
		}
	}
	close_star(&star, spans, text);
	return *pattern == '\0';
}
