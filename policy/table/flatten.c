/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/table/flatten.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Prefixes nest or are apart, so those that hold the present address form a chain: at most one of each length. */
#define NESTING_MAX 129

struct sweep {
	struct table_network *out;
	size_t count;
	const struct flatten_prefix *open[NESTING_MAX]; /* outermost first */
	size_t depth;
	struct address at; /* the first address not yet given to a range */
	bool past_end;     /* the whole family has been given away */
};

static int compare_prefixes(const void *left, const void *right)
{
	const struct flatten_prefix *a = left;
	const struct flatten_prefix *b = right;
	int order = memcmp(&a->prefix.address, &b->prefix.address, sizeof(a->prefix.address));

	if (order == 0)
		order = a->prefix.length - b->prefix.length;
	if (order == 0)
		order = (a->place.line > b->place.line) - (a->place.line < b->place.line);
	if (order == 0)
		order = (a->place.column > b->place.column) - (a->place.column < b->place.column);
	return order;
}

static struct address last_of(const struct prefix *prefix)
{
	struct address last = prefix->address;

	for (unsigned int bit = prefix->length; bit < address_length(last.family) * 8; bit++)
		last.byte[bit / 8] |= (uint8_t)(0x80 >> (bit % 8));
	return last;
}

/* Adds one; false where that wraps around. */
static bool step_up(struct address *address)
{
	for (unsigned int i = address_length(address->family); i-- > 0;)
		if (++address->byte[i] != 0)
			return true;
	return false;
}

static void step_down(struct address *address)
{
	for (unsigned int i = address_length(address->family); i-- > 0;)
		if (address->byte[i]-- != 0)
			return;
}

static bool touches(const struct table_network *before, const struct address *first)
{
	struct address next = before->last;

	return before->first.family == first->family && step_up(&next) && address_equal(&next, first);
}

/* Gives what lies between the sweep's address and ${last} to ${zone}. */
static void give(struct sweep *sweep, const struct address *last, uint16_t zone)
{
	struct table_network *before = sweep->count ? &sweep->out[sweep->count - 1] : NULL;

	if (sweep->past_end || memcmp(&sweep->at, last, sizeof(*last)) > 0)
		return;
	if (before && before->zone == zone && touches(before, &sweep->at))
		before->last = *last;
	else
		sweep->out[sweep->count++] = (struct table_network){ .first = sweep->at, .last = *last, .zone = zone };
	sweep->at = *last;
	sweep->past_end = !step_up(&sweep->at);
}

static void close_innermost(struct sweep *sweep)
{
	const struct flatten_prefix *innermost = sweep->open[--sweep->depth];
	struct address last = last_of(&innermost->prefix);

	give(sweep, &last, innermost->zone);
}

static void open_prefix(struct sweep *sweep, const struct flatten_prefix *next)
{
	const struct address *first = &next->prefix.address;

	while (sweep->depth > 0 && !prefix_contains(&sweep->open[sweep->depth - 1]->prefix, first))
		close_innermost(sweep);
	if (sweep->depth > 0 && memcmp(&sweep->at, first, sizeof(*first)) < 0) {
		struct address before = *first;

		step_down(&before);
		give(sweep, &before, sweep->open[sweep->depth - 1]->zone);
	}
	sweep->at = *first;
	sweep->past_end = false;
	assert(sweep->depth < NESTING_MAX);
	sweep->open[sweep->depth++] = next;
}

static int claimed_twice(const struct flatten_prefix *first, const struct flatten_prefix *second,
                         const struct policy *policy, struct error *reterr)
{
	char text[PREFIX_TEXT_MAX];

	return error_set_at(reterr, -EINVAL, policy_file(policy, second->place), second->place.line,
	                    second->place.column,
	                    "network %s of zone '%s' is claimed by zone '%s' at line %u; a network belongs to one zone",
	                    prefix_format(&second->prefix, text), policy->zones[second->zone - 1].name,
	                    policy->zones[first->zone - 1].name, first->place.line);
}

static bool same_prefix(const struct flatten_prefix *a, const struct flatten_prefix *b)
{
	return a->prefix.length == b->prefix.length && address_equal(&a->prefix.address, &b->prefix.address);
}

ssize_t flatten_prefixes(struct flatten_prefix *prefixes, size_t count, const struct policy *policy,
                         struct table_network **networks, struct error *reterr)
{
	struct sweep sweep = { .count = 0 };

	if (count == 0) {
		*networks = NULL;
		return 0;
	}
	qsort(prefixes, count, sizeof(*prefixes), compare_prefixes);
	for (size_t i = 1; i < count; i++)
		if (same_prefix(&prefixes[i - 1], &prefixes[i]) && prefixes[i - 1].zone != prefixes[i].zone)
			return claimed_twice(&prefixes[i - 1], &prefixes[i], policy, reterr);
	/* Each prefix begins and ends once, and a range lies between two such points: 2n - 1 ranges at most. */
	sweep.out = calloc(count * 2, sizeof(*sweep.out));
	if (!sweep.out)
		return error_set(reterr, -ENOMEM, "no memory for %zu networks", count);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !same_prefix(&prefixes[i - 1], &prefixes[i]))
			open_prefix(&sweep, &prefixes[i]);
	while (sweep.depth > 0)
		close_innermost(&sweep);
	*networks = sweep.out;
	return (ssize_t)sweep.count;
}
