/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/claims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

struct key {
	uint8_t bytes[sizeof(uint8_t) + sizeof(uint32_t) + sizeof(uint16_t) + sizeof(struct address)];
};

struct row {
	struct key key;
	struct mac holder;
	uint64_t last_ms;
	struct row *prev, *next; /* the one repeated longest ago first */
	UT_hash_handle hh;
};

struct claims {
	size_t rows_max;
	uint64_t forgotten;
	struct row *rows;
	struct row *quiet;
};

int claims_new(size_t rows, struct claims **claims)
{
	struct claims *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->rows_max = rows ? rows : 1;
	*claims = made;
	return 0;
}

static void forget(struct claims *claims, struct row *row)
{
	HASH_DELETE(hh, claims->rows, row);
	DL_DELETE(claims->quiet, row);
	free(row);
}

void claims_free(struct claims *claims)
{
	if (!claims)
		return;
	while (claims->quiet)
		forget(claims, claims->quiet);
	free(claims);
}

static struct key key_of(const struct claim *claim)
{
	struct key key;
	uint8_t *at = key.bytes;

	*at++ = claim->type;
	memcpy(at, &claim->ifindex, sizeof(claim->ifindex));
	at += sizeof(claim->ifindex);
	memcpy(at, &claim->vlan, sizeof(claim->vlan));
	at += sizeof(claim->vlan);
	memcpy(at, &claim->address, sizeof(claim->address));
	return key;
}

static void enter(struct claims *claims, const struct key *key, const struct mac *mac, uint64_t now_ms)
{
	struct row *row = calloc(1, sizeof(*row));

	if (!row)
		return; /* a claim not remembered is a rogue not found, no more */
	if (HASH_COUNT(claims->rows) >= claims->rows_max) {
		forget(claims, claims->quiet);
		claims->forgotten++;
	}
	row->key = *key;
	row->holder = *mac;
	row->last_ms = now_ms;
	HASH_ADD(hh, claims->rows, key, sizeof(row->key), row);
	DL_APPEND(claims->quiet, row);
}

bool claims_take(struct claims *claims, const struct claim *claim, const struct mac *mac, uint64_t now_ms,
                 struct mac *holder)
{
	struct key key = key_of(claim);
	struct row *row;
	uint64_t apart_ms;
	bool together;

	HASH_FIND(hh, claims->rows, &key, sizeof(key), row);
	if (!row) {
		enter(claims, &key, mac, now_ms);
		return false;
	}
	/* time may go back: captures are read in any order */
	apart_ms = now_ms > row->last_ms ? now_ms - row->last_ms : row->last_ms - now_ms;
	together = apart_ms < CLAIMS_TOGETHER_MS;
	if (!mac_equal(&row->holder, mac) && together) {
		*holder = row->holder;
		return true;
	}
	row->holder = *mac;
	row->last_ms = now_ms;
	DL_DELETE(claims->quiet, row);
	DL_APPEND(claims->quiet, row);
	return false;
}

uint64_t claims_forgotten(const struct claims *claims)
{
	return claims->forgotten;
}
