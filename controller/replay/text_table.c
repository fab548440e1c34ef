/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/text_table.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "policy/base/memory.h"

#define GAP       2
#define WIDTH_MIN 6

int text_table_add(struct text_table *table, const char *const *cells)
{
	void *grown = table->cells;

	if (memory_reserve(&grown, &table->capacity, table->count + table->columns, sizeof(*table->cells)) < 0)
		return -ENOMEM;
	table->cells = grown;
	for (size_t i = 0; i < table->columns; i++)
		snprintf(table->cells[table->count++], TEXT_TABLE_CELL, "%s", cells[i]);
	return 0;
}

static bool begins_character(char byte)
{
	return ((unsigned char)byte & 0xc0) != 0x80;
}

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += begins_character(*text);
	return width;
}

/* The bytes of the first ${width} characters of ${text}. */
static size_t bytes_of(const char *text, size_t width)
{
	size_t at = 0;

	for (; text[at]; at++)
		if (begins_character(text[at]) && width-- == 0)
			break;
	return at;
}

/* Takes what is too much off the widest column, one by one, so that the narrow ones stay whole. */
static void fit(size_t *widths, size_t columns, size_t most)
{
	size_t sum = columns * GAP;

	for (size_t i = 0; i < columns; i++)
		sum += widths[i];
	while (sum > most) {
		size_t widest = 0;

		for (size_t i = 1; i < columns; i++)
			if (widths[i] > widths[widest])
				widest = i;
		if (widths[widest] <= WIDTH_MIN)
			return;
		widths[widest]--;
		sum--;
	}
}

static void print_cell(const char *text, size_t width, bool is_number, bool is_last, FILE *stream)
{
	size_t shown = width_of(text);
	bool is_cut = shown > width;
	int pad = is_cut ? 0 : (int)(width - shown);

	fprintf(stream, "%*s", is_number ? GAP + pad : GAP, "");
	if (is_cut)
		fprintf(stream, "%.*s…", (int)bytes_of(text, width - 1), text);
	else
		fputs(text, stream);
	if (!is_number && !is_last)
		fprintf(stream, "%*s", pad, "");
}

void text_table_print(const struct text_table *table, size_t width, FILE *stream)
{
	size_t widths[TEXT_TABLE_COLUMNS] = { 0 };

	for (size_t i = 0; i < table->count; i++) {
		size_t shown = width_of(table->cells[i]);

		if (shown > widths[i % table->columns])
			widths[i % table->columns] = shown;
	}
	fit(widths, table->columns, width);
	for (size_t row = 0; row < table->count; row += table->columns) {
		size_t last = table->columns;

		while (last > 1 && !table->cells[row + last - 1][0])
			last--;
		for (size_t i = 0; i < last; i++)
			print_cell(table->cells[row + i], widths[i], (table->numbers >> i) & 1, i + 1 == last, stream);
		fputs("\n", stream);
	}
}

void text_table_done(struct text_table *table)
{
	free(table->cells);
	table->cells = NULL;
	table->count = 0;
	table->capacity = 0;
}
