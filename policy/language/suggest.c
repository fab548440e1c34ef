/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/report.h"

#include <stdio.h>
#include <string.h>

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, swap two neighbours; each costs 1. Three rows suffice. */
static unsigned int edit_distance(const char *a, const char *b)
{
	unsigned int rows[3][REPORT_SUGGEST_MAX + 1];
	unsigned int *before = rows[0];
	unsigned int *previous = rows[1];
	unsigned int *current = rows[2];
	size_t length = strlen(b);

	for (unsigned int j = 0; j <= length; j++)
		previous[j] = j;
	for (unsigned int i = 1; a[i - 1]; i++) {
		unsigned int *spare = before;

		current[0] = i;
		for (unsigned int j = 1; j <= length; j++) {
			unsigned int replace = previous[j - 1] + (a[i - 1] != b[j - 1]);

			current[j] = least(replace, least(previous[j], current[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				current[j] = least(current[j], before[j - 2] + 1);
		}
		before = previous;
		previous = current;
		current = spare;
	}
	return previous[length];
}

void suggest_init(struct suggest *suggest, const char *wanted)
{
	size_t length = strlen(wanted);

	*suggest = (struct suggest){ .wanted = length <= REPORT_SUGGEST_MAX ? wanted : "" };
	/* a third of the word may be wrong, and one letter always */
	suggest->distance = length < 3 ? 2 : (unsigned int)length / 3 + 1;
}

void suggest_consider(struct suggest *suggest, const char *candidate)
{
	bool begins_better =
		suggest->best && suggest->best[0] != suggest->wanted[0] && candidate[0] == suggest->wanted[0];
	unsigned int distance;

	if (!suggest->wanted[0] || strlen(candidate) > REPORT_SUGGEST_MAX)
		return;
	distance = edit_distance(suggest->wanted, candidate);
	/* the first letter is seldom wrong */
	if (distance > suggest->distance || (distance == suggest->distance && !begins_better))
		return;
	suggest->distance = distance;
	suggest->best = candidate;
}

const char *suggest_text(struct suggest *suggest)
{
	if (!suggest->best)
		return "";
	snprintf(suggest->text, sizeof(suggest->text), "; did you mean '%s'?", suggest->best);
	return suggest->text;
}
