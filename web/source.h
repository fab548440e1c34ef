/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * source: what the page shows, as callbacks, so that web/ knows no database and a test needs none.
 *
 * Owns:    nothing; the strings of each struct are the source's, for the call.
 * Limits:  the source yields no more than the limit it is given.
 * Context: web process.
 * Trust:   strings were said by devices and escaped to printable ASCII by who stored them; they are still data.
 */
#ifndef ISOWARD_WEB_SOURCE_H
#define ISOWARD_WEB_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct web_zone {
	const char *name;
	const char *label;
	const char *coverage; /* "full", "on-link", "between-vlans", "network" */
	bool is_default;
	uint64_t refused_packets;
	uint64_t devices;
};

struct web_device {
	const char *mac;
	const char *name;
	const char *host_name;
	const char *class;
	const char *vendor;
	const char *model;
	const char *os;
	const char *zone;
	const char *zone_why;
	const char *interface;
	unsigned int vlan;     /* 802.1Q id; 0 for none */
	const char *addresses; /* separated by spaces, "" for none */
	unsigned int confidence;
	bool pinned;
	bool conflict;
	bool doubted; /* looks like something else as well; policy leaves it where it is */
	uint64_t first_seen_ms;
	uint64_t last_seen_ms;
};

/* Which devices: "" lets all pass. */
struct web_device_filter {
	const char *mac;   /* this one alone */
	const char *after; /* the page begins after this MAC */
	const char *zone;
	const char *text; /* anywhere in name, host name, MAC, address, class, vendor, model, OS or zone; case does not
	                     matter */
	size_t limit;
};

struct web_binding {
	const char *address;
	const char *interface;
	const char *source;
	uint64_t since_ms;
	uint64_t lease_until_ms;
};

struct web_evidence {
	const char *source;
	const char *value;
	const char *class;
	const char *why;
	int weight;
};

/* What a device has to do with another one, or with many. */
struct web_relation {
	const char *kind;   /* "same-device", "likely-same-device", "behind", "before", "stands-before" */
	const char *mac;    /* "" where it is of many */
	const char *device; /* its name, host name or MAC; "" where it is of many */
	const char *why;
};

struct web_zone_change {
	uint64_t at_ms;
	const char *from_zone;
	const char *to_zone;
	const char *why;
};

struct web_denied {
	const char *mac;
	const char *device; /* its name, host name or MAC, or the source address */
	const char *source;
	const char *destination;
	const char *from_zone;
	const char *to_zone;
	const char *kind;
	const char *why;
	unsigned int protocol;
	unsigned int port;
	uint64_t flows;
	uint64_t first_seen_ms;
	uint64_t last_seen_ms;
};

/* All denied flows of one device and kind (or of one kind alone, with mac and device ""). */
struct web_denied_total {
	const char *mac;
	const char *device;
	const char *kind;
	uint64_t flows;
	uint64_t last_seen_ms;
};

/* A flow that was not refused and that a rule reports. */
struct web_reported {
	struct web_denied flow; /* kind "observed" or "allowed"; why tells what became of it */
	const char *rule;
};

/* All reported flows of one rule and kind. */
struct web_reported_total {
	const char *rule;
	const char *kind;
	uint64_t flows;
	uint64_t devices;
	uint64_t last_seen_ms;
};

struct web_finding {
	const char *type; /* "user-practice/browsing" */
	const char *mac;
	const char *device; /* its name, host name or MAC */
	const char *address;
	const char *peer; /* "" for nobody in particular */
	const char *zone;
	const char *evidence;
	uint64_t count;
	uint64_t first_seen_ms;
	uint64_t last_seen_ms;
};

/* All findings of one type. */
struct web_finding_total {
	const char *type;
	uint64_t findings;
	uint64_t devices;
	uint64_t count;
	uint64_t last_seen_ms;
};

/* What a rule of the policy, or all rules at one place, counted since the daemon began. */
struct web_rule_counter {
	const char *place; /* "policy.yaml:12" */
	const char *name;
	const char *services;
	const char *verdict; /* "allow", "deny", "reject" */
	bool observed;       /* on trial */
	uint64_t allowed_packets;
	uint64_t allowed_bytes;
	uint64_t refused_packets;
	uint64_t refused_bytes;
	uint64_t observed_packets;
	uint64_t observed_bytes;
};

/* What was refused between two zones since the daemon began. */
struct web_pair_counter {
	const char *from_zone;
	const char *to_zone; /* "": in no zone */
	uint64_t packets;
	uint64_t bytes;
	uint64_t default_packets; /* of these, what no rule decided */
	uint64_t default_bytes;
};

struct web_event {
	uint64_t at_ms;
	uint64_t last_at_ms;
	const char *kind;
	const char *mac;
	const char *text;
	uint64_t count;
};

/* Devices counted by what they are; a device counts under each heading that holds it. */
struct web_summary {
	uint64_t devices;
	uint64_t medical;
	uint64_t infusion_pumps;
	uint64_t imaging;
	uint64_t computers;
	uint64_t unknown;
	uint64_t pinned;
	uint64_t conflicts;
	uint64_t addresses;
};

/* Called for one row; a value other than 0 ends the walk and is returned by it. */
typedef int web_zone_each(const struct web_zone *zone, void *argument);
typedef int web_device_each(const struct web_device *device, void *argument);
typedef int web_binding_each(const struct web_binding *binding, void *argument);
typedef int web_evidence_each(const struct web_evidence *evidence, void *argument);
typedef int web_relation_each(const struct web_relation *relation, void *argument);
typedef int web_zone_change_each(const struct web_zone_change *change, void *argument);
typedef int web_denied_each(const struct web_denied *denied, void *argument);
typedef int web_denied_total_each(const struct web_denied_total *total, void *argument);
typedef int web_reported_each(const struct web_reported *reported, void *argument);
typedef int web_reported_total_each(const struct web_reported_total *total, void *argument);
typedef int web_finding_each(const struct web_finding *finding, void *argument);
typedef int web_finding_total_each(const struct web_finding_total *total, void *argument);
typedef int web_rule_counter_each(const struct web_rule_counter *counter, void *argument);
typedef int web_pair_counter_each(const struct web_pair_counter *counter, void *argument);
typedef int web_event_each(const struct web_event *event, void *argument);

/* Every function returns 0 or a negative errno and takes context first; all of them are there. */
struct web_source {
	void *context;
	int (*summary)(void *context, struct web_summary *summary);
	int (*each_zone)(void *context, web_zone_each *each, void *argument);
	int (*each_device)(void *context, const struct web_device_filter *filter, web_device_each *each,
	                   void *argument);
	int (*count_devices)(void *context, const struct web_device_filter *filter, uint64_t *count);
	int (*each_binding)(void *context, const char *mac, web_binding_each *each, void *argument);
	int (*each_evidence)(void *context, const char *mac, web_evidence_each *each, void *argument);
	int (*each_relation)(void *context, const char *mac, size_t limit, web_relation_each *each, void *argument);
	int (*each_zone_change)(void *context, const char *mac, size_t limit, web_zone_change_each *each,
	                        void *argument);
	/* the last seen first; mac "" is every device */
	int (*each_denied)(void *context, const char *mac, size_t limit, web_denied_each *each, void *argument);
	/* the most flows first */
	int (*each_denied_total)(void *context, size_t limit, web_denied_total_each *each, void *argument);
	int (*each_denied_kind)(void *context, web_denied_total_each *each, void *argument);
	/* the last seen first; mac "" is every device */
	int (*each_reported)(void *context, const char *mac, size_t limit, web_reported_each *each, void *argument);
	/* the last seen first */
	int (*each_reported_total)(void *context, size_t limit, web_reported_total_each *each, void *argument);
	/* the last seen first; mac "" is every device, type "" every type, else the type or all below it */
	int (*each_finding)(void *context, const char *mac, const char *type, size_t limit, web_finding_each *each,
	                    void *argument);
	/* by type */
	int (*each_finding_total)(void *context, web_finding_total_each *each, void *argument);
	/* in the policy's order */
	int (*each_rule_counter)(void *context, web_rule_counter_each *each, void *argument);
	/* rules at one place added up, name and services "" */
	int (*each_place_counter)(void *context, web_rule_counter_each *each, void *argument);
	/* the most packets first */
	int (*each_pair_counter)(void *context, web_pair_counter_each *each, void *argument);
	/* the last told first; mac "" is every device */
	int (*each_event)(void *context, const char *mac, size_t limit, web_event_each *each, void *argument);
};

#endif
