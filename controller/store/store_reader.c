/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/store/store_reader.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <sqlite3.h>

#include "controller/store/store.h"
#include "controller/store/store_reader_internal.h"

#define BUSY_TIMEOUT_MS 1000

/* A device as people call it; the placeholder is the alias of the device table's left join. */
#define DEVICE_NAME(otherwise) "coalesce(nullif(d.name, ''), nullif(d.host_name, ''), " otherwise ")"

/* ?1 one MAC, ?2 after, ?3 zone, ?4 LIKE pattern; '' lets all pass. */
#define DEVICE_FILTER                                                                                                  \
	" WHERE (?1='' OR d.mac=?1) AND d.mac>?2 AND (?3='' OR d.zone=?3) AND (?4='' OR d.name LIKE ?4 ESCAPE '\\'"    \
	" OR d.host_name LIKE ?4 ESCAPE '\\' OR d.mac LIKE ?4 ESCAPE '\\' OR d.class LIKE ?4 ESCAPE '\\'"              \
	" OR d.vendor LIKE ?4 ESCAPE '\\' OR d.model LIKE ?4 ESCAPE '\\' OR d.os LIKE ?4 ESCAPE '\\' OR d.zone LIKE "  \
	"?4 ESCAPE '\\'"                                                                                               \
	" OR EXISTS (SELECT 1 FROM binding b WHERE b.mac=d.mac AND b.address LIKE ?4 ESCAPE '\\'))"

#define DEVICE_COLUMNS                                                                                                 \
	"SELECT d.mac, d.name, d.host_name, d.class, d.vendor, d.os, d.zone, d.zone_why, d.interface,"                 \
	" coalesce((SELECT group_concat(address, ' ') FROM binding b WHERE b.mac=d.mac), ''),"                         \
	" d.confidence, d.pinned, d.conflict, d.first_seen, d.last_seen, d.vlan, d.model, d.doubted FROM device d"

#define FLOW_COLUMNS                                                                                                   \
	"SELECT n.mac, " DEVICE_NAME(                                                                                  \
		"nullif(n.mac, ''), n.source") ", n.source, n.destination, n.from_zone, n.to_zone,"                    \
					       " n.kind, n.why, n.protocol, n.port, n.flows, n.first_seen, "           \
					       "n.last_seen"
#define DENIED_COLUMNS   FLOW_COLUMNS " FROM denied n LEFT JOIN device d ON d.mac=n.mac"
#define REPORTED_COLUMNS FLOW_COLUMNS ", n.rule FROM reported n LEFT JOIN device d ON d.mac=n.mac"

#define FINDING_COLUMNS                                                                                                \
	"SELECT n.type, n.mac, " DEVICE_NAME(                                                                          \
		"n.mac") ", n.address, n.peer, n.zone, n.evidence, n.count, n.first_seen, n.last_seen"                 \
			 " FROM finding n LEFT JOIN device d ON d.mac=n.mac"
/* ?1: a type, or what stands before its slash; '' is all. */
#define FINDING_TYPE "(?1='' OR n.type=?1 OR n.type LIKE ?1 || '/%')"

static const char *const SQL[READ_STATEMENT_COUNT] = {
	[READ_SUMMARY] = "SELECT count(*), total(class='medical' OR class LIKE 'medical/%'),"
			 " total(class='medical/infusion-pump' OR class LIKE 'medical/infusion-pump/%'),"
			 " total(class='medical/imaging' OR class LIKE 'medical/imaging/%'),"
			 " total(class='computer' OR class LIKE 'computer/%'), total(class=''), total(pinned),"
			 " total(conflict), (SELECT count(*) FROM binding) FROM device",
	[READ_ZONES] = "SELECT z.name, z.label, z.coverage, z.is_default, z.refused_packets, coalesce(c.devices, 0)"
		       " FROM zone z LEFT JOIN (SELECT zone, count(*) AS devices FROM device GROUP BY zone) c"
		       " ON c.zone=z.name ORDER BY z.position",
	[READ_DEVICE] = DEVICE_COLUMNS " WHERE d.mac=?1",
	[READ_DEVICES] = DEVICE_COLUMNS DEVICE_FILTER " ORDER BY d.mac LIMIT ?5",
	[READ_COUNT] = "SELECT count(*) FROM device d" DEVICE_FILTER,
	[READ_BINDINGS] = "SELECT address, interface, source, since, lease_until FROM binding WHERE mac=?1"
			  " ORDER BY since DESC",
	[READ_EVIDENCE] = "SELECT source, value, class, why, weight FROM evidence WHERE mac=?1"
			  " ORDER BY abs(weight) DESC, source",
	[READ_RELATIONS] = "SELECT kind, other, coalesce(" DEVICE_NAME(
		"d.mac") ", ''), why FROM ("
			 "SELECT kind, other, why FROM relation WHERE mac=?1"
			 " UNION ALL SELECT 'behind', behind, 'its DHCP comes with that MAC instead of its own' FROM "
			 "device"
			 " WHERE mac=?1 AND behind<>''"
			 " UNION ALL SELECT 'before', mac, 'the DHCP of that one comes with this MAC' FROM device"
			 " WHERE behind=?1 AND behind<>''"
			 " UNION ALL SELECT 'stands-before', '', 'more than ' || ?3 || ' addresses in a day came with "
			 "its MAC:"
			 " what is behind it is not its own' FROM device v WHERE v.mac=?1"
			 " AND v.carried + (SELECT count(*) FROM binding b WHERE b.mac=v.mac) > ?3 AND v.carried > 0"
			 ") r LEFT JOIN device d ON d.mac=r.other WHERE r.other='' OR d.mac IS NOT NULL OR "
			 "kind='behind' LIMIT ?2",
	[READ_HISTORY] = "SELECT at, from_zone, to_zone, why FROM zone_history WHERE mac=?1"
			 " ORDER BY at DESC, id DESC LIMIT ?2",
	[READ_DENIED] = DENIED_COLUMNS " ORDER BY n.last_seen DESC LIMIT ?1",
	[READ_DENIED_OF] = DENIED_COLUMNS " WHERE n.mac=?1 ORDER BY n.last_seen DESC LIMIT ?2",
	[READ_TOTALS] = "SELECT t.mac, " DEVICE_NAME(
		"nullif(t.mac, ''), t.other") ", t.kind, t.flows, t.last FROM"
					      " (SELECT mac, iif(mac='', source, '') AS other, kind, "
					      "sum(flows) AS "
					      "flows,"
					      " max(last_seen) AS last FROM denied GROUP BY 1, 2, 3) t LEFT "
					      "JOIN "
					      "device d ON d.mac=t.mac"
					      " ORDER BY t.flows DESC, t.last DESC LIMIT ?1",
	[READ_KINDS] = "SELECT '', '', kind, sum(flows), max(last_seen) FROM denied GROUP BY kind ORDER BY 4 DESC",
	[READ_REPORTED] = REPORTED_COLUMNS " ORDER BY n.last_seen DESC LIMIT ?1",
	[READ_REPORTED_OF] = REPORTED_COLUMNS " WHERE n.mac=?1 ORDER BY n.last_seen DESC LIMIT ?2",
	[READ_REPORTED_TOTALS] =
		"SELECT rule, kind, sum(flows), count(DISTINCT iif(mac='', source, mac)), max(last_seen)"
		" FROM reported GROUP BY rule, kind ORDER BY 5 DESC LIMIT ?1",
	[READ_FINDINGS] = FINDING_COLUMNS " WHERE " FINDING_TYPE " ORDER BY n.last_seen DESC LIMIT ?2",
	[READ_FINDINGS_OF] = FINDING_COLUMNS " WHERE n.mac=?3 AND " FINDING_TYPE " ORDER BY n.last_seen DESC LIMIT ?2",
	[READ_FINDING_TOTALS] = "SELECT type, count(*), count(DISTINCT mac), sum(count), max(last_seen) FROM finding"
				" GROUP BY type ORDER BY type",
	[READ_RULE_COUNTERS] =
		"SELECT place, name, services, verdict, observed, allowed_packets, allowed_bytes, refused_packets,"
		" refused_bytes, observed_packets, observed_bytes FROM rule_counter ORDER BY position",
	[READ_PLACE_COUNTERS] = "SELECT place, '', '', min(verdict), min(observed), sum(allowed_packets),"
				" sum(allowed_bytes), sum(refused_packets), sum(refused_bytes), sum(observed_packets),"
				" sum(observed_bytes) FROM rule_counter GROUP BY place ORDER BY min(position)",
	[READ_PAIR_COUNTERS] = "SELECT from_zone, to_zone, packets, bytes, default_packets, default_bytes"
			       " FROM pair_counter ORDER BY packets DESC, from_zone, to_zone",
	[READ_EVENTS] = "SELECT at, last_at, kind, mac, text, count FROM event ORDER BY id DESC LIMIT ?1",
	[READ_EVENTS_OF] =
		"SELECT at, last_at, kind, mac, text, count FROM event WHERE mac=?1 ORDER BY id DESC LIMIT ?2",
};

const char *reader_text(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? (const char *)text : "";
}

uint64_t reader_number(sqlite3_stmt *statement, int column)
{
	sqlite3_int64 number = sqlite3_column_int64(statement, column);

	return number < 0 ? 0 : (uint64_t)number;
}

sqlite3_stmt *reader_begin(void *context, enum read_statement which)
{
	struct store_reader *reader = context;

	return reader->statements[which];
}

void reader_bind_text(sqlite3_stmt *statement, int index, const char *text)
{
	sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

int reader_end(sqlite3_stmt *statement, int step, int result)
{
	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	if (result)
		return result;
	if (step == SQLITE_DONE || step == SQLITE_ROW)
		return 0;
	return (step & 0xff) == SQLITE_NOMEM ? -ENOMEM : -EIO;
}

static int read_summary(void *context, struct web_summary *summary)
{
	sqlite3_stmt *statement = reader_begin(context, READ_SUMMARY);
	int step = sqlite3_step(statement);

	if (step == SQLITE_ROW)
		*summary = (struct web_summary){
			.devices = reader_number(statement, 0),
			.medical = reader_number(statement, 1),
			.infusion_pumps = reader_number(statement, 2),
			.imaging = reader_number(statement, 3),
			.computers = reader_number(statement, 4),
			.unknown = reader_number(statement, 5),
			.pinned = reader_number(statement, 6),
			.conflicts = reader_number(statement, 7),
			.addresses = reader_number(statement, 8),
		};
	return reader_end(statement, step, 0);
}

static int read_zones(void *context, web_zone_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_ZONES);
	int result = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_zone zone = {
			.name = reader_text(statement, 0),
			.label = reader_text(statement, 1),
			.coverage = reader_text(statement, 2),
			.is_default = reader_number(statement, 3) != 0,
			.refused_packets = reader_number(statement, 4),
			.devices = reader_number(statement, 5),
		};

		result = each(&zone, argument);
	}
	return reader_end(statement, step, result);
}

/* '%text%' with LIKE's own characters escaped; "" stays "". */
static void pattern_of(const char *text, char *pattern, size_t size)
{
	size_t length = 0;

	if (*text)
		pattern[length++] = '%';
	for (; *text && length + 4 < size; text++) {
		if (*text == '%' || *text == '_' || *text == '\\')
			pattern[length++] = '\\';
		pattern[length++] = *text;
	}
	if (length)
		pattern[length++] = '%';
	pattern[length] = '\0';
}

static void bind_filter(sqlite3_stmt *statement, const struct web_device_filter *filter)
{
	char pattern[512];

	pattern_of(filter->text, pattern, sizeof(pattern));
	reader_bind_text(statement, 1, filter->mac);
	reader_bind_text(statement, 2, filter->after);
	reader_bind_text(statement, 3, filter->zone);
	reader_bind_text(statement, 4, pattern);
}

static int read_devices(void *context, const struct web_device_filter *filter, web_device_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, *filter->mac ? READ_DEVICE : READ_DEVICES);
	int result = 0;
	int step;

	if (*filter->mac) {
		reader_bind_text(statement, 1, filter->mac);
	} else {
		bind_filter(statement, filter);
		sqlite3_bind_int64(statement, 5, (sqlite3_int64)filter->limit);
	}
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_device device = {
			.mac = reader_text(statement, 0),
			.name = reader_text(statement, 1),
			.host_name = reader_text(statement, 2),
			.class = reader_text(statement, 3),
			.vendor = reader_text(statement, 4),
			.os = reader_text(statement, 5),
			.zone = reader_text(statement, 6),
			.zone_why = reader_text(statement, 7),
			.interface = reader_text(statement, 8),
			.addresses = reader_text(statement, 9),
			.confidence = (unsigned int)reader_number(statement, 10),
			.pinned = reader_number(statement, 11) != 0,
			.conflict = reader_number(statement, 12) != 0,
			.first_seen_ms = reader_number(statement, 13),
			.last_seen_ms = reader_number(statement, 14),
			.vlan = (unsigned int)reader_number(statement, 15),
			.model = reader_text(statement, 16),
			.doubted = reader_number(statement, 17) != 0,
		};

		result = each(&device, argument);
	}
	return reader_end(statement, step, result);
}

static int read_count(void *context, const struct web_device_filter *filter, uint64_t *count)
{
	struct web_device_filter whole = *filter;
	sqlite3_stmt *statement = reader_begin(context, READ_COUNT);
	int step;

	whole.after = ""; /* of all pages */
	bind_filter(statement, &whole);
	step = sqlite3_step(statement);
	if (step == SQLITE_ROW)
		*count = reader_number(statement, 0);
	return reader_end(statement, step, 0);
}

static int read_bindings(void *context, const char *mac, web_binding_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_BINDINGS);
	int result = 0;
	int step;

	reader_bind_text(statement, 1, mac);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_binding binding = {
			.address = reader_text(statement, 0),
			.interface = reader_text(statement, 1),
			.source = reader_text(statement, 2),
			.since_ms = reader_number(statement, 3),
			.lease_until_ms = reader_number(statement, 4),
		};

		result = each(&binding, argument);
	}
	return reader_end(statement, step, result);
}

static int read_evidence(void *context, const char *mac, web_evidence_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_EVIDENCE);
	int result = 0;
	int step;

	reader_bind_text(statement, 1, mac);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_evidence evidence = {
			.source = reader_text(statement, 0),
			.value = reader_text(statement, 1),
			.class = reader_text(statement, 2),
			.why = reader_text(statement, 3),
			.weight = sqlite3_column_int(statement, 4),
		};

		result = each(&evidence, argument);
	}
	return reader_end(statement, step, result);
}

static int read_history(void *context, const char *mac, size_t limit, web_zone_change_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_HISTORY);
	int result = 0;
	int step;

	reader_bind_text(statement, 1, mac);
	sqlite3_bind_int64(statement, 2, (sqlite3_int64)limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_zone_change change = {
			.at_ms = reader_number(statement, 0),
			.from_zone = reader_text(statement, 1),
			.to_zone = reader_text(statement, 2),
			.why = reader_text(statement, 3),
		};

		result = each(&change, argument);
	}
	return reader_end(statement, step, result);
}

/* Two statements instead of one with an optional filter, so that each finds its index. */
static void bind_mac_and_limit(sqlite3_stmt *statement, const char *mac, size_t limit)
{
	if (*mac)
		reader_bind_text(statement, 1, mac);
	sqlite3_bind_int64(statement, *mac ? 2 : 1, (sqlite3_int64)limit);
}

static struct web_denied flow_of(sqlite3_stmt *statement)
{
	return (struct web_denied){
		.mac = reader_text(statement, 0),
		.device = reader_text(statement, 1),
		.source = reader_text(statement, 2),
		.destination = reader_text(statement, 3),
		.from_zone = reader_text(statement, 4),
		.to_zone = reader_text(statement, 5),
		.kind = reader_text(statement, 6),
		.why = reader_text(statement, 7),
		.protocol = (unsigned int)reader_number(statement, 8),
		.port = (unsigned int)reader_number(statement, 9),
		.flows = reader_number(statement, 10),
		.first_seen_ms = reader_number(statement, 11),
		.last_seen_ms = reader_number(statement, 12),
	};
}

static int read_denied(void *context, const char *mac, size_t limit, web_denied_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, *mac ? READ_DENIED_OF : READ_DENIED);
	int result = 0;
	int step;

	bind_mac_and_limit(statement, mac, limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_denied denied = flow_of(statement);

		result = each(&denied, argument);
	}
	return reader_end(statement, step, result);
}

static int read_reported(void *context, const char *mac, size_t limit, web_reported_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, *mac ? READ_REPORTED_OF : READ_REPORTED);
	int result = 0;
	int step;

	bind_mac_and_limit(statement, mac, limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_reported reported = { .flow = flow_of(statement), .rule = reader_text(statement, 13) };

		result = each(&reported, argument);
	}
	return reader_end(statement, step, result);
}

static int read_reported_totals(void *context, size_t limit, web_reported_total_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_REPORTED_TOTALS);
	int result = 0;
	int step;

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_reported_total total = {
			.rule = reader_text(statement, 0),
			.kind = reader_text(statement, 1),
			.flows = reader_number(statement, 2),
			.devices = reader_number(statement, 3),
			.last_seen_ms = reader_number(statement, 4),
		};

		result = each(&total, argument);
	}
	return reader_end(statement, step, result);
}

static int walk_totals(sqlite3_stmt *statement, web_denied_total_each *each, void *argument)
{
	int result = 0;
	int step;

	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_denied_total total = {
			.mac = reader_text(statement, 0),
			.device = reader_text(statement, 1),
			.kind = reader_text(statement, 2),
			.flows = reader_number(statement, 3),
			.last_seen_ms = reader_number(statement, 4),
		};

		result = each(&total, argument);
	}
	return reader_end(statement, step, result);
}

static int read_totals(void *context, size_t limit, web_denied_total_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, READ_TOTALS);

	sqlite3_bind_int64(statement, 1, (sqlite3_int64)limit);
	return walk_totals(statement, each, argument);
}

static int read_kinds(void *context, web_denied_total_each *each, void *argument)
{
	return walk_totals(reader_begin(context, READ_KINDS), each, argument);
}

static int read_events(void *context, const char *mac, size_t limit, web_event_each *each, void *argument)
{
	sqlite3_stmt *statement = reader_begin(context, *mac ? READ_EVENTS_OF : READ_EVENTS);
	int result = 0;
	int step;

	bind_mac_and_limit(statement, mac, limit);
	while ((step = sqlite3_step(statement)) == SQLITE_ROW && !result) {
		const struct web_event event = {
			.at_ms = reader_number(statement, 0),
			.last_at_ms = reader_number(statement, 1),
			.kind = reader_text(statement, 2),
			.mac = reader_text(statement, 3),
			.text = reader_text(statement, 4),
			.count = reader_number(statement, 5),
		};

		result = each(&event, argument);
	}
	return reader_end(statement, step, result);
}

static int prepare_all(struct store_reader *reader)
{
	struct web_summary summary;
	int result = sqlite3_exec(reader->database,
	                          "PRAGMA query_only=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"
	                          "PRAGMA cache_size=-512;", /* KiB: a search goes through all once, in any case */
	                          NULL, NULL, NULL);

	for (size_t i = 0; !result && i < READ_STATEMENT_COUNT; i++)
		result = sqlite3_prepare_v3(reader->database, SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
		                            &reader->statements[i], NULL);
	/* The first read opens the write-ahead log and its index. */
	return result ? result : read_summary(reader, &summary);
}

static const struct web_source SOURCE = {
	.summary = read_summary,
	.each_zone = read_zones,
	.each_device = read_devices,
	.count_devices = read_count,
	.each_binding = read_bindings,
	.each_evidence = read_evidence,
	.each_relation = reader_each_relation,
	.each_zone_change = read_history,
	.each_denied = read_denied,
	.each_denied_total = read_totals,
	.each_denied_kind = read_kinds,
	.each_reported = read_reported,
	.each_reported_total = read_reported_totals,
	.each_finding = reader_each_finding,
	.each_finding_total = reader_each_finding_total,
	.each_rule_counter = reader_each_rule_counter,
	.each_place_counter = reader_each_place_counter,
	.each_pair_counter = reader_each_pair_counter,
	.each_event = read_events,
};

/* A URI's path escapes what would end it. */
static int uri_of(const char *directory, char *uri, size_t size)
{
	int length = snprintf(uri, size, "file:");

	for (const char *at = directory; *at && (size_t)length + 4 < size; at++)
		length += snprintf(uri + length, size - (size_t)length,
		                   *at == '?' || *at == '#' || *at == '%' ? "%%%02x" : "%c",
		                   (unsigned int)(unsigned char)*at);
	return snprintf(uri + length, size - (size_t)length, "/%s?mode=ro&readonly_shm=1", STORE_FILE) <
	                       (int)(size - (size_t)length)
	               ? 0
	               : -ENAMETOOLONG;
}

int store_reader_open(const char *directory, struct store_reader **reader, struct error *reterr)
{
	struct store_reader *made CLEANUP(store_reader_close) = calloc(1, sizeof(*made));
	char uri[1024];
	int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;

	if (!made)
		return error_set(reterr, -ENOMEM, "inventory: out of memory");
	if (uri_of(directory, uri, sizeof(uri)))
		return error_set(reterr, -ENAMETOOLONG, "state folder %.100s…: the path is too long", directory);
	if (sqlite3_open_v2(uri, &made->database, flags, NULL) ||
	    sqlite3_busy_timeout(made->database, BUSY_TIMEOUT_MS) || prepare_all(made))
		return error_set(reterr, -EIO, "inventory %s/%s: cannot be read: %s", directory, STORE_FILE,
		                 made->database ? sqlite3_errmsg(made->database) : "out of memory");
	made->source = SOURCE;
	made->source.context = made;
	*reader = take_ptr(&made);
	return 0;
}

void store_reader_close(struct store_reader *reader)
{
	if (!reader)
		return;
	for (size_t i = 0; i < READ_STATEMENT_COUNT; i++)
		sqlite3_finalize(reader->statements[i]);
	sqlite3_close(reader->database);
	free(reader);
}

const struct web_source *store_reader_source(const struct store_reader *reader)
{
	return &reader->source;
}
