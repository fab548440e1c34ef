/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * syn_text: one signature of a SYN or SYN+ACK as p0f writes it, read into its parts.
 *
 * The same form is used for what was seen, "4:62+2:0:1460:mss*20,7:mss,sok,ts,nop,ws:df,id+:0", and for what is known,
 * "*:64:0:*:mss*20,*:mss,sok,ts,nop,ws:df,id+:0".
 *
 * Owns:    nothing.
 * Limits:  SYN_OPTIONS_MAX options.
 * Context: pure; private to policy/identity/syn_signatures.c and its tests.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_syn_signatures.c.
 * Source:  the README of p0f 3.09b, section 5.
 */
#ifndef ISOWARD_POLICY_IDENTITY_SYN_TEXT_H
#define ISOWARD_POLICY_IDENTITY_SYN_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SYN_ANY         (-1) /* "*" */
#define SYN_OPTIONS_MAX 24

/* Bits in the order of syn_text.c's names. */
enum syn_quirk {
	SYN_QUIRK_DONT_FRAGMENT = 1 << 0,
	SYN_QUIRK_ID_SET = 1 << 1,
	SYN_QUIRK_ID_ZERO = 1 << 2,
	SYN_QUIRK_ECN = 1 << 3,
	SYN_QUIRK_FLOW = 1 << 5,
	SYN_QUIRK_OWN_STAMP_ZERO = 1 << 12,
};

enum syn_window {
	SYN_WINDOW_ANY,
	SYN_WINDOW_NUMBER,
	SYN_WINDOW_SEGMENTS, /* a multiple of the MSS */
	SYN_WINDOW_UNITS,    /* of the MTU */
	SYN_WINDOW_MODULUS   /* divisible by */
};

struct syn_text {
	int8_t version;     /* 4, 6 or SYN_ANY; likewise below */
	uint8_t ttl;        /* known: at the sender; seen: on arrival */
	bool has_loose_ttl; /* "64-": or anything below */
	uint8_t ip_options; /* bytes */
	int32_t segment_max;
	uint8_t window_kind; /* enum syn_window */
	uint16_t window;
	int16_t scale;
	uint8_t option_count;
	uint8_t option[SYN_OPTIONS_MAX]; /* codes */
	uint8_t padding;                 /* bytes behind the option that ends the list */
	uint32_t quirks;                 /* enum syn_quirk and others */
	int8_t payload;                  /* 1 there is one, 0 none */
	bool is_seen;                    /* "62+2": the hop count on arrival and the distance */
};

/*
 * syn_text_read reads the ${length} characters at ${text} into ${signature}.
 * shape: false where they are no signature, signature untouched.
 */
bool syn_text_read(const char *text, size_t length, struct syn_text *signature);

/* syn_text_is_packet tells whether ${signature} describes one packet, not a set of them. */
bool syn_text_is_packet(const struct syn_text *signature);

/* syn_text_window_fits tells whether the window of ${seen}, as far as it is written there, can be that of ${known}. */
bool syn_text_window_fits(const struct syn_text *known, const struct syn_text *seen);

#endif
