/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * place: where in the operator's files something stands.
 *
 * Owns:    nothing.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_BASE_PLACE_H
#define ISOWARD_POLICY_BASE_PLACE_H

#include <stdint.h>

struct place {
	unsigned int line;   /* 1-based, 0 where there is no line */
	unsigned int column; /* 1-based, 0 where there is no column */
	uint16_t file;       /* index into the files that were read; 0 is the policy's own, the others are included */
};

#endif
