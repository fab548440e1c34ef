/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * text_table: rows of words in columns, as wide as the window.
 *
 * Owns:    a copy of every cell.
 * Limits:  TEXT_TABLE_COLUMNS columns, TEXT_TABLE_CELL bytes a cell; longer ones are cut.
 * Context: no I/O but the stream it is printed to.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_TEXT_TABLE_H
#define ISOWARD_CONTROLLER_REPLAY_TEXT_TABLE_H

#include <stdio.h>

#define TEXT_TABLE_COLUMNS 8
#define TEXT_TABLE_CELL    160

struct text_table {
	size_t columns;
	char (*cells)[TEXT_TABLE_CELL]; /* row by row */
	size_t count;                   /* of cells */
	size_t capacity;
	unsigned int numbers; /* a bit for each column that stands to the right */
};

/* text_table_add adds ${columns} ${cells} as a row; the first is the head. errors: -ENOMEM. */
int text_table_add(struct text_table *table, const char *const *cells);

/*
 * text_table_print writes ${table} to ${stream}, two spaces before it, no line wider than ${width} columns: the widest
 * column gives up what there is too much. Trailing spaces are left off.
 */
void text_table_print(const struct text_table *table, size_t width, FILE *stream);

/* text_table_done releases the cells of ${table} and leaves it empty. */
void text_table_done(struct text_table *table);

#endif
