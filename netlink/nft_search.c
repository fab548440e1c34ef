/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/nft_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PLACES_LEAST 64

void nft_search_begin(struct nft_search *search, const struct plan *plan, nft_each_element *each, void *context)
{
	nft_search_done(search);
	*search = (struct nft_search){ .plan = plan, .each = each, .context = context };
}

/* The place of ${digest}, or the free one where it would be. */
static size_t place_of(const struct nft_search *search, uint64_t digest)
{
	size_t place = (size_t)digest & (search->places - 1);

	while (search->digests[place] && search->digests[place] != digest)
		place = (place + 1) & (search->places - 1);
	return place;
}

static uint64_t digest_of(const struct nft_search *search, const struct plan_element *element)
{
	unsigned int count;
	uint64_t digest = nft_digest_planned(search->set, element, &count);

	return digest ? digest : 1;
}

static void want(const struct plan_element *element, void *taker)
{
	struct nft_search *search = taker;
	uint64_t digest = digest_of(search, element);

	if (search->used * 2 >= search->places)
		search->beyond = true;
	else if (!search->digests[place_of(search, digest)]) {
		search->digests[place_of(search, digest)] = digest;
		search->used++;
	}
}

int nft_search_set(struct nft_search *search, const char *name, size_t count)
{
	size_t places = PLACES_LEAST;

	while (places < count * 2 + PLACES_LEAST)
		places *= 2;
	free(search->digests);
	free(search->seen);
	search->digests = calloc(places, sizeof(*search->digests));
	search->seen = calloc(places, sizeof(*search->seen));
	search->places = places;
	search->used = 0;
	if (search->set && strcmp(search->set->name, name) != 0)
		search->before = search->count;
	search->count = search->before;
	search->set = plan_set_by_name(search->plan, name);
	if (!search->digests || !search->seen)
		return -ENOMEM;
	if (!search->set)
		return -ENOENT;
	search->each(name, want, search, search->context);
	return 0;
}

/* Only a plan's own element leads to a chain, so that its name can be borrowed; what is deleted goes by its key. */
static void put_change(struct nft_search *search, enum change_type type, const struct plan_element *element)
{
	struct plan_change change = { .type = type, .mark = element->mark, .set = search->set->name };
	void *changes = search->changes;
	int rc = memory_reserve(&changes, &search->capacity, search->count + 1, sizeof(*search->changes));

	search->changes = changes;
	memcpy(change.key, element->key, sizeof(change.key));
	if (search->set->data == DATA_VERDICT && type == CHANGE_ADD)
		change.chain = element->chain;
	if (rc < 0)
		search->failed = rc;
	else
		search->changes[search->count++] = change;
}

void nft_search_take(struct nft_search *search, const struct nft_element *element, uint64_t digest)
{
	struct plan_element foreign = { .mark = element->mark };
	size_t place = place_of(search, digest ? digest : 1);

	if (search->digests[place]) {
		search->seen[place] = true;
		return;
	}
	/* What has no key of its own or is no plain element is deleted with its set. */
	if (element->flags != 0 || element->key_length == 0 || element->key_length > PLAN_CHANGE_KEY_MAX ||
	    search->count - search->before >= NFT_SEARCH_MAX) {
		search->beyond = true;
		return;
	}
	memcpy(foreign.key, element->key, element->key_length);
	put_change(search, CHANGE_DELETE, &foreign);
}

static void miss(const struct plan_element *element, void *taker)
{
	struct nft_search *search = taker;
	size_t place = place_of(search, digest_of(search, element));

	if (!search->digests[place] || search->seen[place])
		return;
	search->seen[place] = true; /* two that are equal are one element */
	put_change(search, CHANGE_ADD, element);
}

int nft_search_end(struct nft_search *search)
{
	search->each(search->set->name, miss, search, search->context);
	return search->failed;
}

void nft_search_done(struct nft_search *search)
{
	free(search->digests);
	free(search->seen);
	free(search->changes);
	*search = (struct nft_search){ .plan = NULL };
}
