/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/finding/finding.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>
#include <utlist.h>

/* Bytes only: no padding to be hashed. The device is its MAC where there is one, else its address. */
struct key {
	uint8_t type;
	struct mac mac;
	struct address address;
	struct address peer;
	char evidence[FINDING_EVIDENCE_MAX];
};

struct owner_key {
	struct mac mac;
	struct address address;
};

struct owner;

struct row {
	struct key key;
	struct finding finding;
	struct owner *owner;
	struct row *prev, *next;             /* of all, the one told longest ago first */
	struct row *owner_prev, *owner_next; /* likewise of one device */
	UT_hash_handle hh;
};

struct owner {
	struct owner_key key;
	size_t count;
	struct row *rows;
	UT_hash_handle hh;
};

struct findings {
	size_t rows_max;
	uint64_t evicted;
	struct row *by_key; /* in the order in which they were entered */
	struct owner *owners;
	struct row *quiet; /* the one told longest ago first */
};

const char *finding_type_name(enum finding_type type)
{
	static const char *const names[FINDING_COUNT] = {
		[FINDING_BROWSING] = "user-practice/browsing",
		[FINDING_CHAT] = "user-practice/chat",
		[FINDING_DOWNLOAD] = "user-practice/download",
		[FINDING_REMOTE_DESKTOP] = "user-practice/remote-desktop",
		[FINDING_PEER_TO_PEER] = "user-practice/peer-to-peer",
		[FINDING_STREAMING] = "user-practice/streaming",
		[FINDING_PERSONAL_VPN] = "user-practice/personal-vpn",
		[FINDING_OLD_OS] = "outdated/os",
		[FINDING_OLD_PROTOCOL] = "outdated/protocol",
		[FINDING_OLD_FIRMWARE] = "outdated/firmware",
		[FINDING_SCAN] = "lateral/scan",
		[FINDING_ADMIN_PROTOCOL] = "lateral/admin-protocol",
		[FINDING_DENIED] = "lateral/denied",
		[FINDING_SPOOF_IP] = "spoof/ip",
		[FINDING_SPOOF_MAC] = "spoof/mac",
		[FINDING_SPOOF_IDENTITY] = "spoof/identity",
		[FINDING_ROGUE_DHCP] = "rogue/dhcp",
		[FINDING_ROGUE_RA] = "rogue/ra",
		[FINDING_ROGUE_ROUTER] = "rogue/router",
		[FINDING_UNKNOWN_DEVICE] = "unknown-device",
		[FINDING_CREDENTIALS] = "cleartext/credentials",
		[FINDING_PHI_PROTOCOL] = "cleartext/phi-protocol",
	};

	return type < FINDING_COUNT ? names[type] : "";
}

int findings_new(size_t rows, struct findings **findings)
{
	struct findings *made = calloc(1, sizeof(*made));

	if (!made)
		return -ENOMEM;
	made->rows_max = rows ? rows : 1;
	*findings = made;
	return 0;
}

static void forget(struct findings *findings, struct row *row)
{
	struct owner *owner = row->owner;

	HASH_DELETE(hh, findings->by_key, row);
	DL_DELETE(findings->quiet, row);
	DL_DELETE2(owner->rows, row, owner_prev, owner_next);
	if (--owner->count == 0) {
		HASH_DELETE(hh, findings->owners, owner);
		free(owner);
	}
	free(row);
}

void findings_free(struct findings *findings)
{
	if (!findings)
		return;
	while (findings->quiet)
		forget(findings, findings->quiet);
	free(findings);
}

static bool has_mac(const struct mac *mac)
{
	static const struct mac none;

	return !mac_equal(mac, &none);
}

/* Copies text up to its end and leaves zeros behind it: keys are compared byte by byte. */
static void copy_text(char *to, const char *from, size_t size)
{
	size_t length = strnlen(from, size - 1);

	memcpy(to, from, length);
	memset(to + length, 0, size - length);
}

static struct key key_of(const struct finding *finding)
{
	struct key key;

	memset(&key, 0, sizeof(key));
	key.type = finding->type;
	key.peer = finding->peer;
	if (has_mac(&finding->mac))
		key.mac = finding->mac;
	else
		key.address = finding->address;
	copy_text(key.evidence, finding->evidence, sizeof(key.evidence));
	return key;
}

static struct owner *owner_of(struct findings *findings, const struct key *key)
{
	struct owner_key wanted;
	struct owner *owner;

	memset(&wanted, 0, sizeof(wanted));
	wanted.mac = key->mac;
	wanted.address = key->address;
	HASH_FIND(hh, findings->owners, &wanted, sizeof(wanted), owner);
	if (owner)
		return owner;
	owner = calloc(1, sizeof(*owner));
	if (!owner)
		return NULL;
	owner->key = wanted;
	HASH_ADD(hh, findings->owners, key, sizeof(owner->key), owner);
	return owner;
}

static void touch(struct findings *findings, struct row *row)
{
	DL_DELETE(findings->quiet, row);
	DL_APPEND(findings->quiet, row);
	DL_DELETE2(row->owner->rows, row, owner_prev, owner_next);
	DL_APPEND2(row->owner->rows, row, owner_prev, owner_next);
}

static void count_again(struct findings *findings, struct row *row, const struct finding *finding)
{
	row->finding.count++;
	if (finding->last_ms > row->finding.last_ms)
		row->finding.last_ms = finding->last_ms;
	if (finding->address.family != FAMILY_NONE)
		row->finding.address = finding->address;
	copy_text(row->finding.zone, finding->zone, sizeof(row->finding.zone));
	touch(findings, row);
}

static struct row *enter(struct findings *findings, const struct key *key, const struct finding *finding)
{
	struct row *row = calloc(1, sizeof(*row));
	struct owner *owner = row ? owner_of(findings, key) : NULL;

	if (!owner) {
		free(row);
		return NULL;
	}
	row->key = *key;
	row->finding = *finding;
	copy_text(row->finding.evidence, finding->evidence, sizeof(row->finding.evidence));
	copy_text(row->finding.zone, finding->zone, sizeof(row->finding.zone));
	row->finding.first_ms = finding->last_ms;
	row->finding.count = 1;
	row->owner = owner;
	owner->count++;
	DL_APPEND2(owner->rows, row, owner_prev, owner_next);
	DL_APPEND(findings->quiet, row);
	HASH_ADD(hh, findings->by_key, key, sizeof(row->key), row);
	return row;
}

/* A device that has its share makes room among its own rows, so that no device can push out another's. */
static void make_room(struct findings *findings, struct row *entered)
{
	if (entered->owner->count > FINDINGS_DEVICE_MAX)
		forget(findings, entered->owner->rows);
	else if (HASH_COUNT(findings->by_key) > findings->rows_max)
		forget(findings, findings->quiet);
	else
		return;
	findings->evicted++;
}

int findings_note(struct findings *findings, const struct finding *finding, const struct finding **noted)
{
	struct key key;
	struct row *row;
	int result = 0;

	if (finding->type >= FINDING_COUNT)
		return -EINVAL;
	key = key_of(finding);
	HASH_FIND(hh, findings->by_key, &key, sizeof(key), row);
	if (row) {
		count_again(findings, row, finding);
	} else {
		row = enter(findings, &key, finding);
		if (!row)
			return -ENOMEM;
		make_room(findings, row);
		result = 1;
	}
	if (noted)
		*noted = &row->finding;
	return result;
}

void findings_each(const struct findings *findings, void (*each)(const struct finding *finding, void *context),
                   void *context)
{
	for (const struct row *row = findings->by_key; row; row = row->hh.next)
		each(&row->finding, context);
}

size_t findings_count(const struct findings *findings)
{
	return HASH_COUNT(findings->by_key);
}

uint64_t findings_evicted(const struct findings *findings)
{
	return findings->evicted;
}
