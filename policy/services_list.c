/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "policy/services.h"

#define LIST_NAMED_MAX 256 /* longer lists are written as ports, not looked through for services */

static size_t range_index(const struct service_range *ranges, size_t count, const struct service_range *wanted)
{
	size_t i = 0;

	while (i < count && (ranges[i].protocol != wanted->protocol || ranges[i].first != wanted->first ||
	                     ranges[i].last != wanted->last))
		i++;
	return i;
}

static bool list_holds(const struct service_range *ranges, size_t count, const bool *done,
                       const struct service_builtin *service)
{
	for (size_t i = 0; i < service->range_count; i++) {
		size_t at = range_index(ranges, count, &service->ranges[i]);

		if (at == count || done[at])
			return false;
	}
	return true;
}

/* The built-in service with most ranges that are all there and not ${done}; NULL where there is none. */
static const struct service_builtin *largest_in(const struct service_range *ranges, size_t count, const bool *done)
{
	const struct service_builtin *best = NULL;

	const struct service_builtin *service;

	for (size_t i = 0; (service = service_builtin_at(i)); i++)
		if ((!best || service->range_count > best->range_count) && list_holds(ranges, count, done, service))
			best = service;
	return best;
}

/* Appends ${word}; false where it does not fit, with "..." in its place. */
static bool append_word(char *buffer, size_t size, const char *word)
{
	size_t used = strlen(buffer);
	size_t needed = strlen(word) + (used ? 2 : 0);

	if (used + needed + strlen(", ...") < size) {
		snprintf(buffer + used, size - used, "%s%s", used ? ", " : "", word);
		return true;
	}
	snprintf(buffer + used, size - used, "%s...", used ? ", " : "");
	return false;
}

const char *service_list_format(const struct service_range *ranges, size_t count, char *buffer, size_t size)
{
	bool done[LIST_NAMED_MAX] = { false };
	size_t named = count <= LIST_NAMED_MAX ? count : 0;
	const struct service_builtin *service;
	char text[SERVICE_TEXT_MAX];

	buffer[0] = '\0';
	while (named > 0 && (service = largest_in(ranges, named, done))) {
		for (size_t i = 0; i < service->range_count; i++)
			done[range_index(ranges, named, &service->ranges[i])] = true;
		if (!append_word(buffer, size, service->name))
			return buffer;
	}
	for (size_t i = 0; i < count; i++)
		if ((i >= named || !done[i]) && !append_word(buffer, size, service_range_format(&ranges[i], text)))
			break;
	return buffer;
}
