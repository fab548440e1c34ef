/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_reader_internal.h"

int reader_each_finding(void *context, const char *mac, const char *type, size_t limit, web_finding_each *each,
                        void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, *mac ? READ_FINDINGS_OF : READ_FINDINGS);
	int result = 0;
	int step;

	reader_bind_text(statement, 1, type);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
	if (*mac)
		reader_bind_text(statement, 3, mac);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_finding finding = {
			.type = reader_text(statement, 0),
			.mac = reader_text(statement, 1),
			.device = reader_text(statement, 2),
			.address = reader_text(statement, 3),
			.peer = reader_text(statement, 4),
			.zone = reader_text(statement, 5),
			.evidence = reader_text(statement, 6),
			.count = reader_number(statement, 7),
			.first_seen_ms = reader_number(statement, 8),
			.last_seen_ms = reader_number(statement, 9),
		};

		result = each(&finding, argument);
	}
	return reader_end(statement, step, result);
}

int reader_each_finding_total(void *context, web_finding_total_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_FINDING_TOTALS);
	int result = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_finding_total total = {
			.type = reader_text(statement, 0),
			.findings = reader_number(statement, 1),
			.devices = reader_number(statement, 2),
			.count = reader_number(statement, 3),
			.last_seen_ms = reader_number(statement, 4),
		};

		result = each(&total, argument);
	}
	return reader_end(statement, step, result);
}
