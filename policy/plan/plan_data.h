/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_data: the data channels of FTP and TFTP: flows of any port that a control connection has announced.
 *
 * Such a flow, and no other, is known by the helper of the flow that announced it; that flow's ports cannot be asked
 * for. So it is let through where, by the rules in force, any control connection with that helper could be had between
 * its two groups, whichever of its ends opens it. It is judged when it begins and again in each epoch: what ran when
 * the policy was loaded again runs on while some such rule is left, and is refused once there is none. What is
 * taken from a group that keeps another way (a control port of two, one name of any, or what another rule refuses at
 * some hours) leaves the channels that it announced until they end.
 *
 * Owns:    struct data_channels owns its array; data_channels_done releases it.
 * Limits:  two channels for each entry of the table at most.
 * Context: pure; of use to plan_pairs only.
 * Source:  RFC 959 sections 3.2 and 3.3; RFC 1350 section 4; nft_ct and the helpers of the kernel: the data flow's
 *          ends are those of the control connection (nf_conntrack_ftp, "loose" off).
 */
#ifndef ISOWARD_POLICY_PLAN_DATA_H
#define ISOWARD_POLICY_PLAN_DATA_H

#include "policy/plan/plan_entry.h"

/* From one group to another data may be sent. */
struct data_channel {
	uint16_t from;
	uint16_t to;
	uint16_t names;    /* set of names by which the control connection's destination must be known; 0 for any */
	uint16_t schedule; /* of the entry that allows control connections; 0 is always */
	uint8_t helper;
	bool is_back; /* opened by the control connection's destination */
};

/* Sorted by from, helper, names, schedule, is_back and to. */
struct data_channels {
	struct data_channel *at;
	size_t count;
	size_t capacity;
};

/* data_channels_find fills ${channels}, which are all zero, with those of the table of ${entries}. */
void data_channels_find(struct entry_writer *entries, struct data_channels *channels);

/* data_channels_done releases what ${channels} owns. */
void data_channels_done(struct data_channels *channels);

/* data_channels_write_sets writes the sets of the ${count} ${channels}, all from one ${group}, whose rules name them.
 */
void data_channels_write_sets(struct plan_writer *writer, const char *group, const struct data_channel *channels,
                              size_t count);

/* data_channels_write_rules writes the rules of the ${count} ${channels}, all from one ${group}, to the last chain; the
 * destination's group is in the packet's mark. */
void data_channels_write_rules(struct entry_writer *entries, const char *group, const struct data_channel *channels,
                               size_t count);

#endif
