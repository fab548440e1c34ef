/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * settle: whether what a device is judged to be now becomes what it is held to be.
 *
 *   Nothing flaps: what was known and is not repeated stays known, and a less particular class does not replace a more
 *   particular one. What only comes to it is learning, as long as policy puts the device where it is. What would put a
 *   recognised device elsewhere is a conflict, and so is good evidence for a class that policy puts elsewhere, though
 * it is not enough to be taken: automatic changes tighten only.
 *
 *   To look like a general-purpose computer as well is no contradiction of what may hold one (housing.h): what was a PC
 *   by its operating system is a scanner once it does a scanner's work, and stays one. Unless the operating system is
 *   another than before: then another machine answers to its name. And only while the device is new, when its words
 *   have no more to gain than those of a stranger: of one that is known, what is new of this kind is left to a pin.
 *   What only yields never contradicts.
 *
 * Owns:    nothing.
 * Context: pure.
 * Trust:   all of it rests on what strangers say of themselves; a pin, which does not, is asked for before.
 */
#ifndef ISOWARD_POLICY_SETTLE_H
#define ISOWARD_POLICY_SETTLE_H

#include <stdbool.h>

#include "policy/identity/identity.h"

/* Evidence of at least this weight for another class is a contradiction (one unit of log odds). */
#define SETTLE_CONTRADICTION 100

/* Within one trade it takes what alone would be enough: a scanner that sends many kinds of images is no archive yet. */
#define SETTLE_CONTRADICTION_WITHIN 300

enum settling {
	SETTLE_ADOPT,    /* it is held to be what it is judged to be */
	SETTLE_KEEP,     /* nothing is new */
	SETTLE_CONFLICT, /* it is not what it was held to be */
};

/* For how long the gateway knows the device. */
enum settle_age {
	SETTLE_FIRST_WORDS, /* contradict nothing */
	SETTLE_NEW,         /* seen first less than SETTLE_NEW_MS ago */
	SETTLE_KNOWN,
};

#define SETTLE_NEW_MS (UINT64_C(24) * 3600 * 1000) /* a scanner's day: from being switched on to its first patients */

/* What a device goes by, texts borrowed and "" where unknown, and the zone policy makes of that. */
struct settle_view {
	const char *class;
	const char *vendor;
	const char *host_name;
	const char *os;
	uint16_t zone;
};

/* settle_class chooses of the class ${held} and that of ${identity} the one to hold the device to be. */
const char *settle_class(const char *held, const struct identity *identity);

/* Tells which zone policy makes of the device in question, were it of ${class}. */
typedef uint16_t settle_zone_of(const char *class, void *context);

/*
 * settle decides between ${held}, what the device is held to be, and ${judged}, what it would be with what is known now
 * (its class by settle_class). ${identity} has the evidence; ${zone_of} with ${context} is asked about the classes in
 * it. ${default_zone} is that of the devices nobody knows.
 */
enum settling settle(const struct settle_view *held, const struct settle_view *judged, const struct identity *identity,
                     uint16_t default_zone, enum settle_age age, settle_zone_of *zone_of, void *context);

#endif
