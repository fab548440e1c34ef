/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syn_signatures: p0f's signature file, matched against raw signatures of SYN and SYN+ACK packets.
 *
 * The file comes with the p0f package (/etc/p0f/p0f.fp). It is matched in p0f's order: the first specific signature,
 * else the first generic one, else the first that differs only in a hop count out of range or in a few quirks that
 * routers change (fuzzy; never for a program's own stack, such as a scanner's).
 *
 * Owns:    struct syn_signatures owns its signatures and labels.
 * Limits:  SYN_SIGNATURES_MAX signatures.
 * Context: pure; the caller reads the file.
 * Trust:   the file is the operator's, the raw signatures come of hostile packets; fuzzed by
 *          tests/fuzz/fuzz_syn_signatures.c.
 * Source:  the README of p0f 3.09b, section 5.
 */
#ifndef ISOWARD_POLICY_IDENTITY_SYN_SIGNATURES_H
#define ISOWARD_POLICY_IDENTITY_SYN_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/error.h"
#include "policy/base/memory.h"

#define SYN_SIGNATURES_MAX 8192
#define SYN_LABEL_MAX      64

struct syn_signatures;

/* What a packet's stack is. */
struct syn_match {
	char label[SYN_LABEL_MAX]; /* "Windows 7 or 8" */
	char class[SYN_LABEL_MAX]; /* as the file says: "win", "unix", "other"; "!" a program's own stack */
	bool is_generic;           /* a family, no version */
	bool is_fuzzy;
	uint8_t distance; /* hops to the sender */
};

/*
 * syn_signatures_read makes ${signatures} of the ${length} bytes of p0f.fp at ${text}, called ${file} in messages;
 * sections other than tcp:request and tcp:response are passed over.
 * errors: -EINVAL with file and line; -E2BIG too many; -ENOMEM. ownership: the caller's to free.
 */
int syn_signatures_read(const char *file, const char *text, size_t length, struct syn_signatures **signatures,
                        struct error *reterr);

/* syn_signatures_free releases ${signatures}; NULL is allowed. */
void syn_signatures_free(struct syn_signatures *signatures);
CLEANUP_DEFINE(struct syn_signatures, syn_signatures_free);

/* syn_signatures_count tells how many signatures ${signatures} hold. */
size_t syn_signatures_count(const struct syn_signatures *signatures);

/*
 * syn_signatures_match looks for the raw signature of ${length} bytes at ${raw}, of a SYN+ACK where ${is_answer}.
 * shape: false where none fits or ${raw} is no signature, match untouched.
 */
bool syn_signatures_match(const struct syn_signatures *signatures, bool is_answer, const uint8_t *raw, size_t length,
                          struct syn_match *match);

#endif
