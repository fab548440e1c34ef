/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_reader_internal.h"
#include "policy/identity/kinship.h"

int reader_each_relation(void *context, const char *mac, size_t limit, web_relation_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_RELATIONS);
	int result = 0;
	int step;

	reader_bind_text(statement, 1, mac);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
	sqlite3_bind_int64(statement, 3, KINSHIP_BEHIND);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_relation relation = {
			.kind = reader_text(statement, 0),
			.mac = reader_text(statement, 1),
			.device = reader_text(statement, 2),
			.why = reader_text(statement, 3),
		};

		result = each(&relation, argument);
	}
	return reader_end(statement, step, result);
}
