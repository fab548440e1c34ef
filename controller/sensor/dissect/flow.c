/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/dissect/flow.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "policy/base/memory.h"

#define KEY_WORDS (sizeof(struct flow_key) / sizeof(uint64_t))

static_assert(sizeof(struct flow_key) == 40, "the key has no padding, and is whole words");

struct flow_table {
	flow_farewell *farewell;
	void *context;
	uint64_t secret;
	uint32_t mask; /* buckets - 1 */
	uint32_t flows_max;
	uint32_t used;   /* nodes that were ever taken */
	uint32_t newest; /* order of use; FLOW_NONE where empty */
	uint32_t oldest;
	uint32_t *buckets;
	struct flow *flows;
};

int flow_table_new(uint32_t flows_max, flow_farewell *farewell, void *context, struct flow_table **table)
{
	struct flow_table *made = calloc(1, sizeof(*made));
	uint32_t buckets = 16;

	if (!made)
		return -ENOMEM;
	while (buckets < flows_max && buckets < 1U << 30)
		buckets *= 2;
	made->farewell = farewell;
	made->context = context;
	made->mask = buckets - 1;
	made->flows_max = flows_max ? flows_max : 1;
	made->buckets = malloc(buckets * sizeof(*made->buckets));
	made->flows = calloc(made->flows_max, sizeof(*made->flows));
	if (!made->buckets || !made->flows) {
		flow_table_free(made);
		return -ENOMEM;
	}
	memory_prefer_large(made->flows, made->flows_max * sizeof(*made->flows));
	if (getrandom(&made->secret, sizeof(made->secret), GRND_NONBLOCK) != sizeof(made->secret))
		made->secret = (uint64_t)(uintptr_t)made->flows; /* too early at boot: where it lies is a secret, too */
	memset(made->buckets, 0xff, buckets * sizeof(*made->buckets));
	made->newest = made->oldest = FLOW_NONE;
	*table = made;
	return 0;
}

void flow_table_free(struct flow_table *table)
{
	if (!table)
		return;
	free(table->buckets);
	free(table->flows);
	free(table);
}

unsigned int flow_key_make(const struct conversation *conversation, struct flow_key *key)
{
	int order = memcmp(conversation->source.byte, conversation->destination.byte, 16);
	unsigned int sender;

	if (order == 0)
		order = (int)conversation->source_port - (int)conversation->destination_port;
	sender = order > 0;
	memcpy(key->address[sender], conversation->source.byte, 16);
	memcpy(key->address[!sender], conversation->destination.byte, 16);
	key->port[sender] = conversation->source_port;
	key->port[!sender] = conversation->destination_port;
	key->family = conversation->source.family;
	key->protocol = conversation->protocol;
	key->zero = 0;
	return sender;
}

static uint32_t bucket_of(const struct flow_table *table, const struct flow_key *key)
{
	uint64_t words[KEY_WORDS];
	uint64_t hash = table->secret;

	memcpy(words, key, sizeof(words));
	for (size_t i = 0; i < KEY_WORDS; i++) {
		hash = (hash ^ words[i]) * 0x9e3779b97f4a7c15ULL; /* 2^64 divided by the golden ratio, odd */
		hash ^= hash >> 32;
	}
	return (uint32_t)hash & table->mask;
}

static void unlink_use(struct flow_table *table, struct flow *flow)
{
	if (flow->newer == FLOW_NONE)
		table->newest = flow->older;
	else
		table->flows[flow->newer].older = flow->older;
	if (flow->older == FLOW_NONE)
		table->oldest = flow->newer;
	else
		table->flows[flow->older].newer = flow->newer;
}

static void link_newest(struct flow_table *table, struct flow *flow)
{
	uint32_t index = flow_index(table, flow);

	flow->newer = FLOW_NONE;
	flow->older = table->newest;
	if (table->newest == FLOW_NONE)
		table->oldest = index;
	else
		table->flows[table->newest].newer = index;
	table->newest = index;
}

static void unlink_bucket(struct flow_table *table, const struct flow *flow)
{
	uint32_t *at = &table->buckets[bucket_of(table, &flow->key)];

	while (*at != flow_index(table, flow))
		at = &table->flows[*at].chain;
	*at = flow->chain;
}

/* A node for a new flow, from those never used or from the flow that was quiet longest. */
static struct flow *make_room(struct flow_table *table, uint64_t *evicted)
{
	struct flow *flow;

	if (table->used < table->flows_max)
		return &table->flows[table->used++];
	flow = &table->flows[table->oldest];
	table->farewell(flow, table->context);
	unlink_bucket(table, flow);
	unlink_use(table, flow);
	(*evicted)++;
	return flow;
}

struct flow *flow_take(struct flow_table *table, const struct flow_key *key, uint32_t now_s, bool *is_new,
                       uint64_t *evicted)
{
	uint32_t bucket = bucket_of(table, key);
	struct flow *flow;

	*is_new = false;
	for (uint32_t at = table->buckets[bucket]; at != FLOW_NONE; at = flow->chain) {
		flow = &table->flows[at];
		if (memcmp(&flow->key, key, sizeof(*key)) != 0)
			continue;
		if (flow->touched_s != now_s) {
			flow->touched_s = now_s;
			unlink_use(table, flow);
			link_newest(table, flow);
		}
		return flow;
	}
	flow = make_room(table, evicted);
	memset(flow, 0, sizeof(*flow));
	flow->key = *key;
	flow->touched_s = now_s;
	flow->chain = table->buckets[bucket];
	table->buckets[bucket] = flow_index(table, flow);
	link_newest(table, flow);
	*is_new = true;
	return flow;
}

void flow_table_clear(struct flow_table *table)
{
	for (uint32_t at = table->oldest; at != FLOW_NONE; at = table->flows[at].newer) {
		struct flow *flow = &table->flows[at];

		table->farewell(flow, table->context);
		table->buckets[bucket_of(table, &flow->key)] = FLOW_NONE;
	}
	table->used = 0;
	table->newest = table->oldest = FLOW_NONE;
}

uint32_t flow_index(const struct flow_table *table, const struct flow *flow)
{
	return (uint32_t)(flow - table->flows);
}

struct flow *flow_at(struct flow_table *table, uint32_t index)
{
	return &table->flows[index];
}
