/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stops: numbers at which something begins or ends, sorted, and the blocks between them that are taken one by one.
 *
 * Owns:    nothing; the arrays are the caller's.
 * Context: pure.
 */
#ifndef ISOWARD_POLICY_TABLE_STOPS_H
#define ISOWARD_POLICY_TABLE_STOPS_H

#include <stddef.h>
#include <stdint.h>

/* stops_settle sorts the ${count} ${stops}, keeps each once and returns how many are left. */
size_t stops_settle(uint32_t *stops, size_t count);

/* stops_find tells the index of the first of the ${count} sorted ${stops} that is ${at} or above; count for none. */
size_t stops_find(const uint32_t *stops, size_t count, uint32_t at);

/*
 * stops_next tells the first block from ${block} on that is not taken. ${next} holds for each block itself, or a later
 * one where it is taken; one entry behind the last block holds itself. Ways are shortened in passing, so that many
 * questions cost little more than one each.
 */
size_t stops_next(size_t *next, size_t block);

#endif
