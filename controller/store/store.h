/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store: the inventory on disk, written by the controller alone.
 *
 * Owns:    the SQLite connection and its prepared statements; every row is copied in and out.
 * Limits:  STORE_*_ROWS rows a table; above it the oldest are evicted and counted in meta "evicted.<table>".
 *          Devices, bindings and evidence are capped by the controller's own tables.
 * Context: controller process, one thread. Calls may sit between store_begin and store_commit; alone they commit
 *          for themselves.
 * Errors:  -EIO the disk is full or fails (the batch is lost as a whole, never half of it), -EINVAL the row or the
 *          database cannot be used, -ENOMEM; ${reterr} tells the file and what to do.
 * Trust:   texts may hold anything a device said once it has been escaped; values are bound, never pasted into SQL.
 */
#ifndef ISOWARD_CONTROLLER_STORE_H
#define ISOWARD_CONTROLLER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"
#include "policy/finding/finding.h"
#include "policy/identity/identity.h"
#include "policy/identity/kinship.h"
#include "policy/policy.h"

#define STORE_FILE              "isoward.db"
#define STORE_WHY_MAX           256
#define STORE_PLACE_MAX         96 /* "policy.yaml:12" */
#define STORE_KIND_MAX          32
#define STORE_EVENT_TEXT_MAX    256
#define STORE_EVENT_SAME_MS     3600000U /* an event told again within this time raises a count, it is no new row */
#define STORE_DENIED_ROWS       100000U
#define STORE_EVENT_ROWS        100000U
#define STORE_ZONE_HISTORY_ROWS 200000U
#define STORE_AUDIT_ROWS        100000U
#define STORE_REPORTED_ROWS     100000U
#define STORE_FINDING_ROWS      100000U

struct store;

/* The tables that a stranger can make grow. */
enum store_table {
	STORE_DENIED,
	STORE_EVENT,
	STORE_ZONE_HISTORY,
	STORE_AUDIT,
	STORE_REPORTED,
	STORE_FINDING,
	STORE_TABLE_COUNT
};

struct store_device {
	struct mac mac;
	char name[POLICY_LABEL_MAX];        /* the operator's, "" where there is none */
	char host_name[IDENTITY_VALUE_MAX]; /* escaped to printable ASCII */
	char class[POLICY_CLASS_MAX];       /* "" is unknown */
	char vendor[IDENTITY_TEXT_MAX];
	char model[IDENTITY_TEXT_MAX];
	char os[IDENTITY_TEXT_MAX];
	uint8_t confidence; /* percent */
	char zone[POLICY_NAME_MAX];
	char zone_why[STORE_WHY_MAX];
	bool pinned;
	bool conflict;
	bool doubted;
	char interface[INTERFACE_NAME_MAX];
	uint16_t vlan;
	struct mac behind; /* zero for none */
	uint8_t carried;
	uint64_t first_seen_ms; /* wall clock */
	uint64_t last_seen_ms;
	struct facts facts; /* written by store_put_facts, read by store_load_facts alone */
};

struct store_binding {
	struct address address;
	struct mac mac;
	char interface[INTERFACE_NAME_MAX];
	char source[STORE_KIND_MAX]; /* "dhcp", "arp" */
	uint64_t since_ms;
	uint64_t lease_until_ms; /* 0 where there is no lease */
};

/* Another MAC that is the same device. */
struct store_relation {
	struct mac other;
	enum kinship kinship;
};

/* An address that stands for a DNS name of a rule. */
struct store_name {
	char name[POLICY_DNS_MAX];
	struct address address;
	uint64_t until_ms;
};

struct store_zone {
	char name[POLICY_NAME_MAX];
	char label[POLICY_LABEL_MAX];
	char coverage[STORE_KIND_MAX]; /* "full", "on-link", "between-vlans", "network" */
	bool is_default;
	uint64_t refused_packets;
};

/* What a rule counted. */
struct store_rule_counter {
	char place[STORE_PLACE_MAX]; /* "policy.yaml:12" */
	char name[POLICY_LABEL_MAX];
	char services[POLICY_WHY_MAX];
	char verdict[STORE_KIND_MAX]; /* "allow", "deny", "reject" */
	bool observed;                /* on trial */
	uint64_t allowed_packets;
	uint64_t allowed_bytes;
	uint64_t refused_packets;
	uint64_t refused_bytes;
	uint64_t observed_packets;
	uint64_t observed_bytes;
};

/* What was refused between two zones. */
struct store_pair_counter {
	char from_zone[POLICY_NAME_MAX];
	char to_zone[POLICY_NAME_MAX]; /* "": in no zone */
	uint64_t packets;
	uint64_t bytes;
	uint64_t default_packets; /* of these, what no rule decided */
	uint64_t default_bytes;
};

struct store_zone_change {
	uint64_t at_ms;
	struct mac mac;
	char from_zone[POLICY_NAME_MAX]; /* "" for a device that is new */
	char to_zone[POLICY_NAME_MAX];
	char why[STORE_WHY_MAX];
};

/* One report of a refused flow; reports of the same flow are added up. */
struct store_denied {
	bool has_mac; /* false where the source is no device of ours */
	struct mac mac;
	struct address source;
	struct address destination;
	char from_zone[POLICY_NAME_MAX];
	char to_zone[POLICY_NAME_MAX];
	uint8_t protocol;
	uint16_t port;
	char kind[STORE_KIND_MAX];
	char why[STORE_WHY_MAX];
	uint64_t at_ms;
};

/* A flow that was not refused and that a rule reports; reports of the same flow and rule are added up. */
struct store_reported {
	struct store_denied flow; /* kind "observed" or "allowed"; why tells what became of it */
	char rule[STORE_WHY_MAX]; /* "rule 'archive' at site.yaml:31" */
};

struct store_event {
	uint64_t at_ms;
	char kind[STORE_KIND_MAX];
	bool has_mac;
	struct mac mac;
	char text[STORE_EVENT_TEXT_MAX];
};

/* One stored thing, borrowed for the call; a value other than 0 ends the walk and is returned by it. */
typedef int store_device_each(const struct store_device *device, void *context);
typedef int store_facts_each(const struct facts *facts, void *context);
typedef int store_binding_each(const struct store_binding *binding, void *context);
typedef int store_name_each(const struct store_name *name, void *context);

/*
 * store_open opens (or makes, mode 0640) the inventory in folder ${directory} and brings it to this version's schema.
 * errors: -EINVAL the database is of a newer Isoward; -EACCES the folder cannot be written; -EIO.
 * ownership: ${store} is the caller's, to close with store_close; untouched on failure.
 */
int store_open(const char *directory, struct store **store, struct error *reterr);

/* store_close rolls back an open batch, closes ${store} and releases it; NULL is allowed. */
void store_close(struct store *store);
CLEANUP_DEFINE(struct store, store_close);

/* store_begin opens a batch on ${store}; batches do not nest. */
int store_begin(struct store *store, struct error *reterr);

/* store_commit writes the batch of ${store}, whole or not at all; on failure it is rolled back and may be retried. */
int store_commit(struct store *store, struct error *reterr);

/* store_rest gives back the memory of pages that ${store} has read or written, once there is little to write. */
void store_rest(struct store *store);

/* store_rollback forgets the batch of ${store}; without one it does nothing. */
void store_rollback(struct store *store);

/* store_put_device writes ${device}, new or known; its facts are not. */
int store_put_device(struct store *store, const struct store_device *device, struct error *reterr);

/* store_delete_device removes the device of ${mac} with its bindings, facts and evidence; its history stays. */
int store_delete_device(struct store *store, const struct mac *mac, struct error *reterr);

/* store_put_binding writes ${binding}; an address has one holder, the last one written. errors: -EINVAL no device. */
int store_put_binding(struct store *store, const struct store_binding *binding, struct error *reterr);

/* store_delete_binding removes the binding of ${address}; it is no error where there is none. */
int store_delete_binding(struct store *store, const struct address *address, struct error *reterr);

/* store_put_facts replaces all that the device of ${facts} has said. errors: -EINVAL no such device. */
int store_put_facts(struct store *store, const struct facts *facts, struct error *reterr);

/* store_put_evidence replaces all evidence of ${mac} with that of ${identity}. errors: -EINVAL no such device. */
int store_put_evidence(struct store *store, const struct mac *mac, const struct identity *identity,
                       struct error *reterr);

/*
 * store_put_relations replaces what is known of ${mac} and others that are the same device with the ${count} at
 * ${relations}. errors: -EINVAL no such device.
 */
int store_put_relations(struct store *store, const struct mac *mac, const struct store_relation *relations,
                        size_t count, struct error *reterr);

/* store_add_zone_history writes that a device changed its zone. */
int store_add_zone_history(struct store *store, const struct store_zone_change *change, struct error *reterr);

/* store_count_denied counts one report of ${denied}: a new row, or one flow more and a later last_seen. */
int store_count_denied(struct store *store, const struct store_denied *denied, struct error *reterr);

/* store_count_reported counts one report of ${reported}, as store_count_denied. */
int store_count_reported(struct store *store, const struct store_reported *reported, struct error *reterr);

/* store_count_finding counts ${finding}: a new row, or one more of it and a later last_seen. */
int store_count_finding(struct store *store, const struct finding *finding, struct error *reterr);

/* store_add_event writes ${event}; told again within STORE_EVENT_SAME_MS its count rises instead. */
int store_add_event(struct store *store, const struct store_event *event, struct error *reterr);

/* store_add_audit writes that ${actor} did ${action} at ${at_ms}, with ${detail}. */
int store_add_audit(struct store *store, uint64_t at_ms, const char *actor, const char *action, const char *detail,
                    struct error *reterr);

/* store_put_zones replaces the zones with the ${count} at ${zones}, in their order. */
int store_put_zones(struct store *store, const struct store_zone *zones, size_t count, struct error *reterr);

/* store_put_rule_counters replaces what rules counted with the ${count} at ${rows}, in their order. */
int store_put_rule_counters(struct store *store, const struct store_rule_counter *rows, size_t count,
                            struct error *reterr);

/* store_put_pair_counters replaces what pairs of zones were refused with the ${count} at ${rows}. */
int store_put_pair_counters(struct store *store, const struct store_pair_counter *rows, size_t count,
                            struct error *reterr);

/* store_put_names replaces the addresses of names with the ${count} at ${names}. */
int store_put_names(struct store *store, const struct store_name *names, size_t count, struct error *reterr);

/* store_set_meta writes ${value} under ${key}. */
int store_set_meta(struct store *store, const char *key, const char *value, struct error *reterr);

/*
 * store_get_meta reads the value of ${key} into ${value} of ${size} bytes, cut where it does not fit.
 * errors: -ENOENT no such key; value untouched on failure.
 */
int store_get_meta(struct store *store, const char *key, char *value, size_t size, struct error *reterr);

/*
 * store_load_devices calls ${each} with ${context} for every device, in no order; returns their number. This and the
 * next two read one table from end to end each: with 100 000 devices a question for each of them is what a start takes
 * longest for.
 */
int store_load_devices(struct store *store, store_device_each *each, void *context, struct error *reterr);

/*
 * store_load_facts calls ${each} with ${context} for all that one device has said, for each that said anything, by MAC;
 * returns their number.
 */
int store_load_facts(struct store *store, store_facts_each *each, void *context, struct error *reterr);

/* store_load_bindings calls ${each} with ${context} for every binding, in no order; returns their number. */
int store_load_bindings(struct store *store, store_binding_each *each, void *context, struct error *reterr);

/* store_load_names calls ${each} with ${context} for every address of a name, the first that is over first. */
int store_load_names(struct store *store, store_name_each *each, void *context, struct error *reterr);

/* store_limit lowers (or raises) the rows ${table} may hold to ${rows}; the oldest above it go with the next row. */
void store_limit(struct store *store, enum store_table table, uint64_t rows);

/* store_evicted tells how many rows of ${table} have been evicted since the database was made. */
uint64_t store_evicted(const struct store *store, enum store_table table);

#endif
