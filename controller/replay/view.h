/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view: a device of a capture as the daemon would know it: what it is, by which reasons, and in which zone.
 *
 * Owns:    nothing; a view borrows from the replay and the device until the next one is made.
 * Context: replay; no I/O.
 * Trust:   texts are a stranger's, shown by field_show.
 */
#ifndef ISOWARD_CONTROLLER_REPLAY_VIEW_H
#define ISOWARD_CONTROLLER_REPLAY_VIEW_H

#include "controller/inventory/inventory.h"
#include "controller/replay/replay.h"

#define VIEW_NAME_MAX 256

struct view {
	const struct identity *identity;
	char host_name[VIEW_NAME_MAX]; /* as it calls itself, "" where it does not */
	const char *name;              /* the operator's, "" for none */
	uint16_t zone;                 /* ZONE_NONE without a policy */
	const char *zone_name;         /* "" without a policy */
	char zone_why[DEVICE_WHY_MAX];
	char ended[DATE_TEXT_MAX]; /* support of its system ended on that day; "" where it has not */
	const char *ended_why;
	const char *conflict; /* the class that it looks like as well, for which it would be held; "" for none */
	const char *conflict_was;
};

/* view_make judges ${device} and finds its zone under the policy of ${replay}, pins first, into ${view}. */
void view_make(struct replay *replay, struct census_device *device, struct view *view);

/* view_class judges ${device} where it has said something new, so that its class is that of now. */
void view_class(struct replay *replay, struct census_device *device);

/*
 * view_support_day gives the day by which it is judged whether the support of a system had ended: that of the last
 * frame, today where no frame has a time.
 */
int32_t view_support_day(const struct replay *replay);

/* view_address gives an address that ${device} holds, the newest; FAMILY_NONE where it holds none. */
struct address view_address(const struct census_device *device);

#endif
