/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/cli/cli_json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *cli_json_text(const char *text)
{
	json_t *made = json_string(text);
	char *plain = made ? NULL : strdup(text);

	if (!plain)
		return made;
	for (char *at = plain; *at; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	made = json_string(plain);
	free(plain);
	return made;
}

static json_t *text_of(const char *begin, size_t length)
{
	char *copy = strndup(begin, length);
	json_t *made = copy ? cli_json_text(copy) : NULL;

	free(copy);
	return made;
}

json_t *cli_json_problem(const struct error *problem)
{
	const char *source = strchr(problem->text, '\n');
	size_t length = source ? (size_t)(source - problem->text) : strlen(problem->text);

	return json_pack("{s:o, s:i, s:i, s:o, s:o}", "file", cli_json_text(problem->file), "line", (int)problem->line,
	                 "column", (int)problem->column, "message", text_of(problem->text, length), "source",
	                 source ? text_of(source + 1, strcspn(source + 1, "\n")) : json_null());
}

int cli_json_print(json_t *value)
{
	if (!value) {
		fputs("isoward: no memory for JSON\n", stderr);
		return -ENOMEM;
	}
	json_dumpf(value, stdout, 0);
	fputs("\n", stdout);
	json_decref(value);
	return 0;
}
