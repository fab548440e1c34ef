/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_reader_internal.h"

static int each_rule(void *context, enum read_statement which, web_rule_counter_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, which);
	int result = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_rule_counter counter = {
			.place = reader_text(statement, 0),
			.name = reader_text(statement, 1),
			.services = reader_text(statement, 2),
			.verdict = reader_text(statement, 3),
			.observed = reader_number(statement, 4) != 0,
			.allowed_packets = reader_number(statement, 5),
			.allowed_bytes = reader_number(statement, 6),
			.refused_packets = reader_number(statement, 7),
			.refused_bytes = reader_number(statement, 8),
			.observed_packets = reader_number(statement, 9),
			.observed_bytes = reader_number(statement, 10),
		};

		result = each(&counter, argument);
	}
	return reader_end(statement, step, result);
}

int reader_each_rule_counter(void *context, web_rule_counter_each *each, void *argument)
{
	return each_rule(context, READ_RULE_COUNTERS, each, argument);
}

int reader_each_place_counter(void *context, web_rule_counter_each *each, void *argument)
{
	return each_rule(context, READ_PLACE_COUNTERS, each, argument);
}

int reader_each_pair_counter(void *context, web_pair_counter_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_PAIR_COUNTERS);
	int result = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_pair_counter counter = {
			.from_zone = reader_text(statement, 0),
			.to_zone = reader_text(statement, 1),
			.packets = reader_number(statement, 2),
			.bytes = reader_number(statement, 3),
			.default_packets = reader_number(statement, 4),
			.default_bytes = reader_number(statement, 5),
		};

		result = each(&counter, argument);
	}
	return reader_end(statement, step, result);
}
