/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * finding: something about a device that the hospital should know, of a fixed list of types, and the table of them.
 *
 * One device has one finding of a type for each piece of evidence; told again, its count and last_seen rise.
 *
 * Owns:    a table owns its findings.
 * Limits:  the table's size, FINDINGS_DEVICE_MAX different findings a device; beyond these the oldest last_seen goes,
 *          and it is counted.
 * Context: pure.
 * Trust:   evidence is shown text (field_show), never raw bytes.
 * Source:  the types follow the figures of design: user practice 41 %, outdated systems 33 %; MITRE ATT&CK TA0008.
 */
#ifndef ISOWARD_POLICY_FINDING_FINDING_H
#define ISOWARD_POLICY_FINDING_FINDING_H

#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/memory.h"
#include "policy/policy.h"

#define FINDING_EVIDENCE_MAX 192
#define FINDINGS_DEVICE_MAX  64

enum finding_type {
	FINDING_BROWSING,       /* user-practice/browsing */
	FINDING_CHAT,           /* user-practice/chat */
	FINDING_DOWNLOAD,       /* user-practice/download */
	FINDING_REMOTE_DESKTOP, /* user-practice/remote-desktop */
	FINDING_PEER_TO_PEER,   /* user-practice/peer-to-peer */
	FINDING_STREAMING,      /* user-practice/streaming */
	FINDING_PERSONAL_VPN,   /* user-practice/personal-vpn */
	FINDING_OLD_OS,         /* outdated/os */
	FINDING_OLD_PROTOCOL,   /* outdated/protocol */
	FINDING_OLD_FIRMWARE,   /* outdated/firmware */
	FINDING_SCAN,           /* lateral/scan */
	FINDING_ADMIN_PROTOCOL, /* lateral/admin-protocol */
	FINDING_DENIED,         /* lateral/denied */
	FINDING_SPOOF_IP,       /* spoof/ip */
	FINDING_SPOOF_MAC,      /* spoof/mac */
	FINDING_SPOOF_IDENTITY, /* spoof/identity */
	FINDING_ROGUE_DHCP,     /* rogue/dhcp */
	FINDING_ROGUE_RA,       /* rogue/ra */
	FINDING_ROGUE_ROUTER,   /* rogue/router */
	FINDING_UNKNOWN_DEVICE, /* unknown-device */
	FINDING_CREDENTIALS,    /* cleartext/credentials */
	FINDING_PHI_PROTOCOL,   /* cleartext/phi-protocol */
	FINDING_COUNT
};

struct finding {
	uint8_t type;           /* enum finding_type */
	struct mac mac;         /* whose; zero where only its address is known */
	struct address address; /* its address; FAMILY_NONE where it has none yet */
	struct address peer;    /* with whom, FAMILY_NONE for nobody in particular */
	char zone[POLICY_NAME_MAX];
	char evidence[FINDING_EVIDENCE_MAX]; /* "Windows XP, support ended 2014-04-08", "asked 34 addresses in 60 s" */
	uint64_t first_ms;                   /* wall clock */
	uint64_t last_ms;
	uint64_t count;
};

struct findings;

/* finding_type_name gives the fixed name of ${type}, "user-practice/browsing" for example. */
const char *finding_type_name(enum finding_type type);

/* findings_new makes an empty table for ${rows} findings at ${findings}, the caller's to free. errors: -ENOMEM. */
int findings_new(size_t rows, struct findings **findings);

/* findings_free releases ${findings}; NULL is allowed. */
void findings_free(struct findings *findings);
CLEANUP_DEFINE(struct findings, findings_free);

/*
 * findings_note enters ${finding}, its first_ms and count aside: known by type, device, peer and evidence it is
 * counted once more, else it is new. ${noted}, where not NULL, borrows the row until the next call.
 * shape: 1 new, 0 counted. errors: -ENOMEM, -EINVAL no such type.
 */
int findings_note(struct findings *findings, const struct finding *finding, const struct finding **noted);

/* findings_each calls ${each} with ${context} for every finding, the first seen first. */
void findings_each(const struct findings *findings, void (*each)(const struct finding *finding, void *context),
                   void *context);

/* findings_count tells how many there are now. */
size_t findings_count(const struct findings *findings);

/* findings_evicted tells how many made room for others. */
uint64_t findings_evicted(const struct findings *findings);

#endif
