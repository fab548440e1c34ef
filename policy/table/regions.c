/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/table/regions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "policy/table/stops.h"

#define PROTOCOLS 256
#define PORTS_END 65536U

void regions_free(struct regions *regions)
{
	free(regions->at);
	*regions = (struct regions){ .at = NULL };
}

/* One range of one entry that is in force. */
struct span {
	uint32_t first;
	uint32_t end; /* exclusive */
	const struct table_entry *entry;
};

/* The spans in force, by protocol (any protocol is 0), each protocol's in the order of the entries. */
struct spans {
	struct span *at;
	size_t begin[PROTOCOLS + 1];
};

static bool is_in_force(const struct table *table, const struct table_entry *entry, struct circumstance circumstance)
{
	if (entry->names != 0 && entry->names != circumstance.names)
		return false;
	return entry->schedule == 0 || schedule_holds(&table->schedules[entry->schedule], circumstance.moment);
}

static void add_up(size_t counts[PROTOCOLS + 1])
{
	size_t begin = 0;

	for (size_t protocol = 0; protocol <= PROTOCOLS; protocol++) {
		size_t count = counts[protocol];

		counts[protocol] = begin;
		begin += count;
	}
}

/* Counts first, then places each span behind those of its protocol that came before. */
static int collect_spans(const struct table *table, const struct table_pair *pair, struct circumstance circumstance,
                         struct spans *spans)
{
	size_t next[PROTOCOLS + 1];

	*spans = (struct spans){ .at = NULL };
	for (size_t e = 0; pair && e < pair->entry_count; e++)
		for (size_t i = 0;
		     is_in_force(table, &pair->entries[e], circumstance) && i < pair->entries[e].range_count; i++)
			spans->begin[pair->entries[e].ranges[i].protocol]++;
	add_up(spans->begin);
	spans->at = calloc(spans->begin[PROTOCOLS] + 1, sizeof(*spans->at));
	if (!spans->at)
		return -ENOMEM;
	memcpy(next, spans->begin, sizeof(next));
	for (size_t e = 0; pair && e < pair->entry_count; e++) {
		const struct table_entry *entry = &pair->entries[e];

		if (!is_in_force(table, entry, circumstance))
			continue;
		for (size_t i = 0; i < entry->range_count; i++)
			spans->at[next[entry->ranges[i].protocol]++] = (struct span){
				.first = entry->ranges[i].first,
				.end = entry->ranges[i].last + 1U,
				.entry = entry,
			};
	}
	return 0;
}

/*
 * The ports of one protocol, cut wherever a span begins or ends. Entries paint the blocks in their order; a block that
 * is done is skipped from then on, so that each is painted once however many entries hold it.
 */
struct canvas {
	uint32_t *stops; /* where blocks begin, and the end */
	size_t block_count;
	struct decision *decisions;
	size_t *undecided;  /* by block: itself, or a later one to look at instead */
	size_t *unobserved; /* likewise */
};

static void canvas_free(struct canvas *canvas)
{
	free(canvas->stops);
	free(canvas->decisions);
	free(canvas->undecided);
	free(canvas->unobserved);
}

static int canvas_make(struct canvas *canvas, size_t span_count)
{
	size_t stops = 2 * span_count + 2;

	*canvas = (struct canvas){
		.stops = calloc(stops, sizeof(*canvas->stops)),
		.decisions = calloc(stops, sizeof(*canvas->decisions)),
		.undecided = calloc(stops, sizeof(*canvas->undecided)),
		.unobserved = calloc(stops, sizeof(*canvas->unobserved)),
	};
	return canvas->stops && canvas->decisions && canvas->undecided && canvas->unobserved ? 0 : -ENOMEM;
}

static size_t add_stops(uint32_t *stops, size_t count, const struct spans *spans, unsigned int protocol)
{
	for (size_t i = spans->begin[protocol]; i < spans->begin[protocol + 1]; i++) {
		stops[count++] = spans->at[i].first;
		stops[count++] = spans->at[i].end;
	}
	return count;
}

/* Makes the canvas blank for ${protocol}. */
static void canvas_cut(struct canvas *canvas, const struct spans *spans, unsigned int protocol)
{
	size_t count = 0;
	size_t kept;

	canvas->stops[count++] = 0;
	canvas->stops[count++] = PORTS_END;
	count = add_stops(canvas->stops, count, spans, REGION_OTHERS);
	if (protocol != REGION_OTHERS)
		count = add_stops(canvas->stops, count, spans, protocol);
	kept = stops_settle(canvas->stops, count);
	canvas->block_count = kept - 1;
	for (size_t i = 0; i < kept; i++) {
		canvas->decisions[i] = (struct decision){ .verdict = VERDICT_DENY, .by_default = true };
		canvas->undecided[i] = i;
		canvas->unobserved[i] = i;
	}
}

static void paint(struct canvas *canvas, const struct span *span)
{
	const struct table_entry *entry = span->entry;
	size_t end = stops_find(canvas->stops, canvas->block_count, span->end);
	size_t *next = entry->mode == MODE_ENFORCE ? canvas->undecided : canvas->unobserved;

	for (size_t block = stops_next(next, stops_find(canvas->stops, canvas->block_count, span->first)); block < end;
	     block = stops_next(next, block)) {
		struct decision *decision = &canvas->decisions[block];

		if (entry->mode == MODE_ENFORCE) {
			decision->verdict = entry->verdict;
			decision->by_default = false;
			decision->rule = entry->rule;
			canvas->undecided[block] = block + 1;
		} else {
			decision->is_observed = true;
			decision->observed = entry->rule;
		}
		canvas->unobserved[block] = block + 1;
	}
}

/* Paints the spans of ${protocol} and those of any protocol, in the order of their entries. */
static void paint_all(struct canvas *canvas, const struct spans *spans, unsigned int protocol)
{
	size_t any = spans->begin[REGION_OTHERS];
	size_t any_end = spans->begin[REGION_OTHERS + 1];
	size_t own = spans->begin[protocol];
	size_t own_end = protocol == REGION_OTHERS ? own : spans->begin[protocol + 1];

	while (any < any_end || own < own_end) {
		bool take_any = own == own_end || (any < any_end && spans->at[any].entry < spans->at[own].entry);

		paint(canvas, &spans->at[take_any ? any++ : own++]);
	}
}

static bool decisions_equal(const struct decision *a, const struct decision *b)
{
	return a->verdict == b->verdict && a->by_default == b->by_default && a->rule == b->rule &&
	       a->is_observed == b->is_observed && a->observed == b->observed;
}

static int add_blocks(struct regions *regions, const struct canvas *canvas, unsigned int protocol)
{
	void *grown = regions->at;
	int r = memory_reserve(&grown, &regions->capacity, regions->count + canvas->block_count, sizeof(*regions->at));

	if (r < 0)
		return r;
	regions->at = grown;
	for (size_t i = 0; i < canvas->block_count; i++) {
		struct region *before = i > 0 ? &regions->at[regions->count - 1] : NULL;
		uint16_t last = (uint16_t)(canvas->stops[i + 1] - 1);

		if (before && decisions_equal(&before->decision, &canvas->decisions[i]))
			before->last = last;
		else
			regions->at[regions->count++] = (struct region){
				.protocol = (uint8_t)protocol,
				.first = (uint16_t)canvas->stops[i],
				.last = last,
				.decision = canvas->decisions[i],
			};
	}
	return 0;
}

int regions_of(const struct table *table, uint16_t from, uint16_t to, struct circumstance circumstance,
               struct regions *regions)
{
	struct canvas canvas = { .stops = NULL };
	struct spans spans;
	int r = collect_spans(table, table_pair(table, from, to), circumstance, &spans);

	regions->count = 0;
	if (r == 0)
		r = canvas_make(&canvas, spans.begin[PROTOCOLS]);
	for (unsigned int protocol = 0; r == 0 && protocol < PROTOCOLS; protocol++) {
		if (protocol != REGION_OTHERS && spans.begin[protocol] == spans.begin[protocol + 1])
			continue;
		canvas_cut(&canvas, &spans, protocol);
		paint_all(&canvas, &spans, protocol);
		r = add_blocks(regions, &canvas, protocol);
	}
	canvas_free(&canvas);
	free(spans.at);
	return r;
}

/* The last region that begins at or before ${port} of ${protocol}; NULL where the first begins later. */
static const struct region *last_at_or_before(const struct regions *regions, uint8_t protocol, uint16_t port)
{
	size_t low = 0;
	size_t high = regions->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct region *region = &regions->at[middle];

		if (region->protocol < protocol || (region->protocol == protocol && region->first <= port))
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 ? &regions->at[low - 1] : NULL;
}

const struct region *regions_at(const struct regions *regions, uint8_t protocol, uint16_t port)
{
	const struct region *region = last_at_or_before(regions, protocol, port);

	return region && region->protocol == protocol ? region : last_at_or_before(regions, REGION_OTHERS, port);
}
