/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/refusals_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "controller/replay/report_text.h"
#include "controller/replay/ruling.h"
#include "controller/replay/text_table.h"

#define RULE_TEXT_MAX  80
#define COUNT_TEXT_MAX 24

/* One kind: a zone pair, a service and the rule that decides. */
struct refusal {
	const char *from;
	const char *to;
	uint8_t protocol;
	uint16_t port;
	const struct policy_rule *rule;
	const struct flow_row *example;
	uint64_t flows;
	uint64_t packets;
	uint64_t bytes;
};

static int by_kind(const void *a, const void *b)
{
	const struct refusal *one = a, *other = b;
	int order = strcmp(one->from, other->from);

	if (order == 0)
		order = strcmp(one->to, other->to);
	if (order == 0)
		order = (int)one->protocol - (int)other->protocol;
	if (order == 0)
		order = (int)one->port - (int)other->port;
	if (order == 0 && one->rule != other->rule)
		order = one->rule < other->rule ? -1 : 1;
	return order;
}

static int by_flows(const void *a, const void *b)
{
	const struct refusal *one = a, *other = b;

	if (one->flows != other->flows)
		return one->flows > other->flows ? -1 : 1;
	return by_kind(a, b);
}

static void add(struct refusal *sum, const struct refusal *more)
{
	sum->flows += more->flows;
	sum->packets += more->packets;
	sum->bytes += more->bytes;
}

/* Gathers every refused row at ${refusals}, one for each kind. */
static int gather(const struct replay *replay, struct refusal **refusals, size_t *count, uint64_t *allowed,
                  uint64_t *refused)
{
	void *all = NULL;
	size_t capacity = 0, found = 0, kept = 0;
	struct refusal *list;
	struct ruling ruling;

	for (const struct flow_row *row = flow_rows_first(replay->rows); row; row = row->next) {
		if (!ruling_of(replay, row, &ruling))
			continue;
		if (ruling.decision.verdict == VERDICT_ALLOW) {
			*allowed += row->count;
			continue;
		}
		*refused += row->count;
		if (memory_reserve(&all, &capacity, found + 1, sizeof(*list)) < 0) {
			free(all);
			return -ENOMEM;
		}
		((struct refusal *)all)[found++] = (struct refusal){ ruling.from.zone_name,
			                                             ruling.to.zone_name,
			                                             row->key.protocol,
			                                             row->key.port,
			                                             ruling.rule,
			                                             row,
			                                             row->count,
			                                             row->packets,
			                                             row->bytes };
	}
	list = all;
	if (found > 0)
		qsort(list, found, sizeof(*list), by_kind);
	for (size_t i = 0; i < found; i++) {
		if (kept > 0 && by_kind(&list[kept - 1], &list[i]) == 0)
			add(&list[kept - 1], &list[i]);
		else
			list[kept++] = list[i];
	}
	if (kept > 0)
		qsort(list, kept, sizeof(*list), by_flows);
	*refusals = list;
	*count = kept;
	return 0;
}

static const char *zone_text(const char *zone)
{
	return zone[0] ? zone : "(no zone)";
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int add_row(const struct policy *policy, const struct refusal *refusal, struct text_table *table)
{
	char flows[COUNT_TEXT_MAX], packets[COUNT_TEXT_MAX], bytes[COUNT_TEXT_MAX], service[SERVICE_TEXT_MAX],
		rule[RULE_TEXT_MAX] = "no rule";
	const char *const row[] = { zone_text(refusal->from),
		                    zone_text(refusal->to),
		                    ruling_service(refusal->example, service),
		                    flows,
		                    packets,
		                    bytes,
		                    rule };

	snprintf(flows, sizeof(flows), "%" PRIu64, refusal->flows);
	snprintf(packets, sizeof(packets), "%" PRIu64, refusal->packets);
	snprintf(bytes, sizeof(bytes), "%" PRIu64, refusal->bytes);
	if (refusal->rule)
		snprintf(rule, sizeof(rule), "%.40s:%u %.30s", base_name(policy_file(policy, refusal->rule->place)),
		         refusal->rule->place.line, refusal->rule->name);
	return text_table_add(table, row);
}

int refusals_text(const struct replay *replay, size_t width, FILE *stream)
{
	static const char *const head[] = { "FROM", "TO", "SERVICE", "FLOWS", "PACKETS", "BYTES", "DECIDED BY" };
	struct text_table table = { .columns = 7, .numbers = 8 | 16 | 32 };
	struct refusal *refusals = NULL;
	uint64_t allowed = 0, refused = 0;
	size_t count = 0;
	int result = gather(replay, &refusals, &count, &allowed, &refused);

	if (result == 0)
		result = text_table_add(&table, head);
	for (size_t i = 0; i < count && i < REPORT_REFUSALS_MAX && result == 0; i++)
		result = add_row(replay->options.policy, &refusals[i], &table);
	fprintf(stream, "\nFlows: %" PRIu64 " would be allowed, %" PRIu64 " refused\n", allowed, refused);
	if (count > 0) {
		fputs("\n", stream);
		text_table_print(&table, width, stream);
	}
	if (count > REPORT_REFUSALS_MAX)
		fprintf(stream, "  … and %zu more kinds; --json lists every flow\n", count - REPORT_REFUSALS_MAX);
	text_table_done(&table);
	free(refusals);
	return result;
}
