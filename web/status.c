/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/status.h"

static const struct {
	const char *name;
	const char *help;
} COUNTERS[STATUS_COUNTER_COUNT] = {
	[COUNTER_ADDRESSES_REPLACED] = { "addresses_replaced",
	                                 "IPv6 addresses that made room for the next one of their own device." },
	[COUNTER_ADDRESSES_REFUSED] = { "addresses_refused", "Addresses beyond those that one device can hold." },
	[COUNTER_ROAMING_REFUSED] = { "roaming_refused", "Devices that may have moved while too many others did." },
	[COUNTER_FACTS_FORGOTTEN] = { "facts_forgotten", "Words of devices that made room for newer ones." },
	[COUNTER_KIN_CROWDED_OUT] = { "kin_crowded_out", "Devices no longer compared: too many others say the same." },
	[COUNTER_BEHIND_FORGOTTEN] = { "behind_forgotten",
	                               "Devices met behind another MAC and forgotten before their lease." },
	[COUNTER_DETECTOR_FORGOTTEN] = { "detector_forgotten",
	                                 "Devices and addresses that the detector of findings forgot for others." },
	[COUNTER_FINDINGS_SUPPRESSED] = { "findings_suppressed", "Findings over the rate of their device." },
	[COUNTER_NAMES_FORGOTTEN] = { "names_forgotten", "Addresses of DNS names, and questions, that made room." },
	[COUNTER_ROWS_EVICTED_DENIED] = { "denied_rows_evicted", "Rows of refused flows that made room." },
	[COUNTER_ROWS_EVICTED_EVENT] = { "event_rows_evicted", "Rows of events that made room." },
	[COUNTER_ROWS_EVICTED_ZONE_HISTORY] = { "zone_history_rows_evicted", "Rows of zone history that made room." },
	[COUNTER_ROWS_EVICTED_AUDIT] = { "audit_rows_evicted", "Rows of the audit that made room." },
	[COUNTER_ROWS_EVICTED_REPORTED] = { "reported_rows_evicted", "Rows of reported flows that made room." },
	[COUNTER_ROWS_EVICTED_FINDING] = { "finding_rows_evicted", "Rows of findings that made room." },
	[COUNTER_OBSERVATIONS_LOST] = { "observations_lost", "Observations the controller had no time for." },
	[COUNTER_FLOWS_EVICTED] = { "flows_evicted", "Flows the sensor forgot for others." },
	[COUNTER_STREAMS_REFUSED] = { "streams_refused", "Directions of flows not read: too many at once." },
	[COUNTER_SEGMENTS_LOST] = { "segments_lost", "Segments out of order without room to wait." },
	[COUNTER_FRAGMENTS] = { "fragments", "Fragments not put together." },
	[COUNTER_LINK_UNKNOWN] = { "link_unknown", "Frames of a kind that is not read." },
	[COUNTER_RULE_EVENTS_LOST] = { "rule_events_lost", "Times the kernel lost news of changes to its rules." },
	[COUNTER_VERIFICATIONS_BROKEN_OFF] = { "verifications_broken_off",
	                                       "Times the kernel's rules could not be read to their end." },
	[COUNTER_SETTINGS_RESTORED] = { "settings_restored", "Times a setting of the kernel was set again." },
	[COUNTER_NEIGHBOURS_FAILED] = { "neighbours_failed", "Times entries of the neighbour table were set anew." },
	[COUNTER_LINK_EVENTS_LOST] = { "link_events_lost", "Times the kernel lost news of the interfaces." },
};

const char *status_counter_name(enum status_counter counter)
{
	return COUNTERS[counter].name;
}

const char *status_counter_help(enum status_counter counter)
{
	return COUNTERS[counter].help;
}
