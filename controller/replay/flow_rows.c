/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/flow_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "controller/replay/census.h"

#define NUMBER_ICMP   1 /* IANA */
#define NUMBER_ICMPV6 58

struct flow_rows {
	struct flow_row *rows;  /* by key */
	struct flow_row *order; /* the one that grew longest ago first */
	size_t rows_max;
	size_t peak;
	uint64_t evicted;
};

int flow_rows_new(size_t rows_max, struct flow_rows **rows)
{
	struct flow_rows *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->rows_max = rows_max;
	*rows = made;
	return 0;
}

static void remove_row(struct flow_rows *rows, struct flow_row *row)
{
	HASH_DELETE(hh, rows->rows, row);
	DL_DELETE(rows->order, row);
	free(row);
}

void flow_rows_free(struct flow_rows *rows)
{
	if (!rows)
		return;
	while (rows->order)
		remove_row(rows, rows->order);
	free(rows);
}

static struct flow_row *make_row(struct flow_rows *rows, const struct flow_key_row *key, uint64_t now_ns)
{
	struct flow_row *row = calloc(1, sizeof(*row));

	if (!row)
		return NULL;
	if (HASH_COUNT(rows->rows) >= rows->rows_max) {
		remove_row(rows, rows->order);
		rows->evicted++;
	}
	row->key = *key;
	row->first_ns = now_ns;
	HASH_ADD(hh, rows->rows, key, sizeof(row->key), row);
	DL_APPEND(rows->order, row);
	if (HASH_COUNT(rows->rows) > rows->peak)
		rows->peak = HASH_COUNT(rows->rows);
	return row;
}

/* The side that opened the flow is the client, whichever of its packets this is. */
static void make_key(const struct conversation *conversation, struct flow_key_row *key)
{
	bool is_answer = conversation->from_server;

	*key = (struct flow_key_row){
		.client = is_answer ? conversation->destination : conversation->source,
		.server = is_answer ? conversation->source : conversation->destination,
		.port = is_answer ? conversation->source_port : conversation->destination_port,
		.protocol = conversation->protocol,
	};
	if (key->protocol == NUMBER_ICMP || key->protocol == NUMBER_ICMPV6)
		key->port = (uint16_t)(conversation->source_port << 8);
}

void flow_rows_take(struct flow_rows *rows, const struct observation *observation)
{
	struct flow_key_row key;
	struct field_value name;
	struct flow_row *row;

	if (observation->conversation.source.family == FAMILY_NONE)
		return;
	make_key(&observation->conversation, &key);
	if (census_is_group(&key.server) || census_is_group(&key.client))
		return;
	HASH_FIND(hh, rows->rows, &key, sizeof(key), row);
	if (!row && observation->type == OBSERVATION_FLOW)
		row = make_row(rows, &key, observation->captured_ns);
	if (!row)
		return;
	row->last_ns = observation->captured_ns;
	if (observation->type == OBSERVATION_FLOW) {
		row->count++;
		DL_DELETE(rows->order, row);
		DL_APPEND(rows->order, row);
	} else if (fields_find(&observation->fields, FIELD_APPLICATION, &name)) {
		field_show(&name, row->application, sizeof(row->application));
	}
}

void flow_rows_end(struct flow_rows *rows, const struct conversation *conversation, uint64_t packets, uint64_t bytes)
{
	struct flow_key_row key;
	struct flow_row *row;

	make_key(conversation, &key);
	HASH_FIND(hh, rows->rows, &key, sizeof(key), row);
	if (!row)
		return; /* of a group, or it made room */
	row->packets += packets;
	row->bytes += bytes;
}

const struct flow_row *flow_rows_first(const struct flow_rows *rows)
{
	return rows->order;
}

uint64_t flow_rows_evicted(const struct flow_rows *rows)
{
	return rows->evicted;
}

size_t flow_rows_peak(const struct flow_rows *rows)
{
	return rows->peak;
}
