/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/support.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

void support_table_done(struct support_table *table)
{
	free(table->entries);
	*table = (struct support_table){ 0 };
}

/* Where ${length} characters of ${name} stand, or would stand; ${found} tells which. */
static size_t place_of(const struct support_table *table, const char *name, size_t length, bool *found)
{
	size_t low = 0, high = table->count;

	*found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = table->entries[middle].name;
		int order = strncasecmp(other, name, length);

		if (order == 0)
			order = other[length] != '\0';
		if (order == 0) {
			*found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

int support_table_add(struct support_table *table, const struct support *support)
{
	bool found;
	size_t at = place_of(table, support->name, strlen(support->name), &found);
	void *entries = table->entries;

	if (found)
		return -EEXIST;
	if (table->count >= SUPPORT_ENTRIES_MAX)
		return -E2BIG;
	if (memory_reserve(&entries, &table->capacity, table->count + 1, sizeof(*table->entries)) < 0)
		return -ENOMEM;
	table->entries = entries;
	memmove(&table->entries[at + 1], &table->entries[at], (table->count - at) * sizeof(*support));
	table->entries[at] = *support;
	table->count++;
	return 0;
}

const struct support *support_find(const struct support_table *table, const char *name)
{
	for (size_t length = strlen(name); length; length--) {
		bool found;
		size_t at;

		if (name[length] != '\0' && name[length] != ' ' && name[length] != '.')
			continue;
		at = place_of(table, name, length, &found);
		if (found)
			return strncmp(name + length, " or ", 4) == 0 ? NULL : &table->entries[at];
	}
	return NULL;
}

bool support_is_over(const struct support *support, int32_t day)
{
	return support->ended != DAY_NONE && day > support->ended;
}
