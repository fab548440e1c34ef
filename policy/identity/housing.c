/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/identity/housing.h"

#include <errno.h>
#include <string.h>

#include "policy/identity/decision.h"

int housing_table_add(struct housing_table *table, const struct housing *housing)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->entries[i].class, housing->class) == 0 &&
		    strcmp(table->entries[i].holds, housing->holds) == 0)
			return -EEXIST;
	if (table->count >= HOUSING_ENTRIES_MAX)
		return -E2BIG;
	table->entries[table->count++] = *housing;
	return 0;
}

bool housing_holds(const struct housing_table *table, const char *class, const char *inner)
{
	for (size_t i = 0; table && i < table->count; i++)
		if (decision_within(class, table->entries[i].class) && decision_within(inner, table->entries[i].holds))
			return true;
	return false;
}
