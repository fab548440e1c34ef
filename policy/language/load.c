/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/language/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/language/parse.h"

void sources_free(struct sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->at[i].text);
	sources->count = 0;
	sources->bytes = 0;
}

int policy_load(const struct source_reader *reader, const char *path, struct sources *sources, struct policy **policy,
                struct error *errors, size_t max, size_t *count)
{
	struct policy *made CLEANUP(policy_free) = calloc(1, sizeof(*made));
	struct parse parse = { .policy = made, .reader = reader, .sources = sources };
	int rc;

	report_init(&parse.report, errors, max);
	if (made) {
		snprintf(made->file, sizeof(made->file), "%s", path);
		rc = parse_root(&parse);
	} else {
		rc = report_memory(&parse.report);
	}
	parse_done(&parse);
	report_sort(&parse.report);
	*count = parse.report.error_count;
	if (rc == 0)
		*policy = take_ptr(&made);
	return rc;
}
