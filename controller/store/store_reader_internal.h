/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store_reader_internal: what the parts of the store's reader share: its prepared statements, and how a row is read.
 *
 * Owns:    statements live until store_reader_close; reader_begin lends one and reader_end gives it back.
 * Context: store_reader*.c only.
 */
#ifndef ISOWARD_CONTROLLER_STORE_READER_INTERNAL_H
#define ISOWARD_CONTROLLER_STORE_READER_INTERNAL_H

#include <sqlite3.h>

#include "controller/store/store_reader.h"

enum read_statement {
	READ_SUMMARY,
	READ_ZONES,
	READ_DEVICE,
	READ_DEVICES,
	READ_COUNT,
	READ_BINDINGS,
	READ_EVIDENCE,
	READ_RELATIONS,
	READ_HISTORY,
	READ_DENIED,
	READ_DENIED_OF,
	READ_TOTALS,
	READ_KINDS,
	READ_REPORTED,
	READ_REPORTED_OF,
	READ_REPORTED_TOTALS,
	READ_FINDINGS,
	READ_FINDINGS_OF,
	READ_FINDING_TOTALS,
	READ_RULE_COUNTERS,
	READ_PLACE_COUNTERS,
	READ_PAIR_COUNTERS,
	READ_EVENTS,
	READ_EVENTS_OF,
	READ_STATEMENT_COUNT
};

struct store_reader {
	sqlite3 *database;
	sqlite3_stmt *statements[READ_STATEMENT_COUNT];
	struct web_source source;
};

/* reader_text lends the text in ${column}, "" for none, until the next step of ${statement}. */
const char *reader_text(sqlite3_stmt *statement, int column);

/* reader_number gives the number in ${column}, 0 where it is none or below it. */
uint64_t reader_number(sqlite3_stmt *statement, int column);

/* reader_begin lends the statement ${which} of the reader ${context}. */
sqlite3_stmt *reader_begin(void *context, enum read_statement which);

/* reader_bind_text binds a copy of ${text} at ${index}. */
void reader_bind_text(sqlite3_stmt *statement, int index, const char *text);

/*
 * reader_end resets ${statement}; a bind that failed for lack of memory left a NULL, which no row compares equal to.
 * shape: ${result} of the caller where that is not 0. errors: by the last ${step}: -ENOMEM, -EIO.
 */
int reader_end(sqlite3_stmt *statement, int step, int result);

/* reader_each_relation is each_relation of web_source, of the reader ${context}. */
int reader_each_relation(void *context, const char *mac, size_t limit, web_relation_each *each, void *argument);

/* reader_each_finding is each_finding of web_source, of the reader ${context}. */
int reader_each_finding(void *context, const char *mac, const char *type, size_t limit, web_finding_each *each,
                        void *argument);

/* reader_each_finding_total is each_finding_total of web_source, of the reader ${context}. */
int reader_each_finding_total(void *context, web_finding_total_each *each, void *argument);

/* reader_each_rule_counter is each_rule_counter of web_source, of the reader ${context}. */
int reader_each_rule_counter(void *context, web_rule_counter_each *each, void *argument);

/* reader_each_place_counter is each_place_counter of web_source, of the reader ${context}. */
int reader_each_place_counter(void *context, web_rule_counter_each *each, void *argument);

/* reader_each_pair_counter is each_pair_counter of web_source, of the reader ${context}. */
int reader_each_pair_counter(void *context, web_pair_counter_each *each, void *argument);

#endif
