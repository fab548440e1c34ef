/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a request says and we read ourselves: the first line is Host, the second the path, the rest the query. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "web/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	char mac[MAC_TEXT_MAX] = "";
	struct query query = { 0 };
	char *path;
	char *rest;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	path = strchr(text, '\n');
	rest = path ? strchr(path + 1, '\n') : NULL;
	if (path)
		*path++ = '\0';
	if (rest)
		*rest++ = '\0';
	query_host_allowed(text, "gateway");
	if (path && !query_mac_of_path(path, "/api/v1/devices/", mac) && strlen(mac) != MAC_TEXT_MAX - 1)
		abort();
	if (!query_parse(rest, &query, NULL) && (query.limit < 1 || query.limit > QUERY_LIMIT_MAX))
		abort();
	free(text);
	return 0;
}
