/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * spread: about how many different things were asked for within a minute, in 40 bytes.
 *
 * Linear counting: each thing sets one of SPREAD_BITS bits by its hash; n things leave about m * e^(-n/m) of m bits
 * unset. 40 different things set 37 of 256 on average.
 *
 * Owns:    nothing.
 * Context: pure.
 * Source:  Whang, Vander-Zanden, Taylor: "A linear-time probabilistic counting algorithm", 1990.
 */
#ifndef ISOWARD_POLICY_FINDING_SPREAD_H
#define ISOWARD_POLICY_FINDING_SPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPREAD_BITS      256
#define SPREAD_WINDOW_MS 60000U
#define SPREAD_MANY      40 /* different things within a window that nothing in a ward asks for */
#define SPREAD_MANY_BITS 37

struct spread {
	uint64_t since_ms; /* the window began */
	uint8_t told;      /* of this window */
	uint8_t set[SPREAD_BITS / 8];
};

/*
 * spread_add counts the ${length} bytes at ${thing} at ${now_ms}.
 * shape: true once a window, when about SPREAD_MANY different things have been met in it.
 */
bool spread_add(struct spread *spread, const void *thing, size_t length, uint64_t now_ms);

#endif
