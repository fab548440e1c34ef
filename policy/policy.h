/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * policy: the operator's YAML as a model, every part with its place in the file.
 *
 * Owns:    everything below struct policy; policy_free releases it.
 * Limits:  the *_MAX numbers below; more is an error that names the number.
 * Context: pure; the caller reads the file.
 * Trust:   the operator's input, possibly wrong or hostile: fuzzed by tests/fuzz/fuzz_policy.c.
 */
#ifndef ISOWARD_POLICY_POLICY_H
#define ISOWARD_POLICY_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/base/address.h"
#include "policy/base/error.h"
#include "policy/base/memory.h"

#define POLICY_BYTES_MAX      (4U << 20)
#define POLICY_NAME_MAX       32 /* zone, service: [a-z][a-z0-9-]*; terminator included */
#define POLICY_LABEL_MAX      64
#define POLICY_CLASS_MAX      64 /* "medical/imaging/ct" */
#define POLICY_WHY_MAX        200
#define POLICY_ZONES_MAX      250
#define POLICY_INTERFACES_MAX 64
#define POLICY_RULES_MAX      10000
#define POLICY_PINS_MAX       100000
#define POLICY_NETWORKS_MAX   20000
#define POLICY_SERVICES_MAX   1000

#define ZONE_NONE 0 /* zone ids are 1-based: zone id N is policy->zones[N - 1] */

struct place {
	unsigned int line;
	unsigned int column;
};

enum policy_isolation {
	ISOLATION_NONE,      /* same-VLAN traffic does not pass the gateway: coverage is "between VLANs only" */
	ISOLATION_PROXY_ARP, /* isolated switch ports + proxy_arp_pvlan */
};

/* An interface name or a glob with one trailing '*' ("pumps*"). */
struct policy_interface {
	char pattern[INTERFACE_NAME_MAX];
	struct place place;
};

struct policy_network {
	struct prefix prefix;
	struct place place;
};

struct policy_zone {
	char name[POLICY_NAME_MAX];
	char label[POLICY_LABEL_MAX];      /* the name where the file gives none */
	char (*classes)[POLICY_CLASS_MAX]; /* member classes; each stands for its whole subtree */
	size_t class_count;
	struct policy_network *networks;
	size_t network_count;
	bool is_default; /* exactly one zone */
	struct place place;
};

/* One protocol and an inclusive port range; protocol 0 is any, ports 0..65535 any port.
 * For ICMP the "port" is type << 8 | code, as conntrack keeps it in the original tuple. */
struct service_range {
	uint8_t protocol; /* IPPROTO_* */
	uint16_t first;
	uint16_t last;
};

struct policy_service {
	char name[POLICY_NAME_MAX];
	struct service_range *ranges;
	size_t range_count;
	bool built_in;
	struct place place;
};

enum verdict {
	VERDICT_DENY, /* refused by default or by rule: reject towards clinical devices, drop from elsewhere */
	VERDICT_ALLOW,
};

struct policy_rule {
	uint16_t *from; /* zone ids, expanded: "any" is every zone */
	size_t from_count;
	uint16_t *to;
	size_t to_count;
	enum verdict verdict;
	struct service_range *ranges; /* the rule's services, resolved, in file order */
	size_t range_count;
	char services[POLICY_WHY_MAX]; /* as written, "dicom, tcp/22", to show */
	char name[POLICY_LABEL_MAX];   /* "" where the file gives none */
	char why[POLICY_WHY_MAX];
	struct place place;
};

struct policy_pin {
	struct mac mac;
	uint16_t zone; /* ZONE_NONE where the entry only names the device */
	char name[POLICY_LABEL_MAX];
	struct place place;
};

struct policy {
	char file[ERROR_FILE_MAX];
	char site[POLICY_LABEL_MAX * 2];
	struct policy_interface clinical[POLICY_INTERFACES_MAX];
	size_t clinical_count;
	struct policy_interface uplink[POLICY_INTERFACES_MAX];
	size_t uplink_count;
	enum policy_isolation isolation;
	struct policy_zone *zones; /* in file order */
	size_t zone_count;
	struct policy_service *services;
	size_t service_count;
	struct policy_rule *rules; /* in file order */
	size_t rule_count;
	struct policy_pin *pins; /* sorted by MAC */
	size_t pin_count;
	uint16_t default_zone;
};

/*
 * policy_parse reads ${length} bytes of YAML at ${text}, called ${file} in messages, into a new policy.
 * errors: -EINVAL the policy is wrong, ${reterr} tells file, line, column, the value and what would be right,
 *         followed by the source line and a caret below the column; -E2BIG over a limit; -ENOMEM.
 * ownership: ${policy} is the caller's, to release with policy_free; untouched on failure.
 */
int policy_parse(const char *file, const char *text, size_t length, struct policy **policy, struct error *reterr);

/*
 * policy_parse_all is policy_parse that goes on after an error: it fills up to ${max} ${errors} (at least 1), sorted by
 * place, and their ${count}. A later error may follow from an earlier one.
 * errors: the code of the first error noted.
 */
int policy_parse_all(const char *file, const char *text, size_t length, struct policy **policy, struct error *errors,
                     size_t max, size_t *count);

/* policy_free releases ${policy} and all it owns; NULL is allowed. */
void policy_free(struct policy *policy);
CLEANUP_DEFINE(struct policy, policy_free);

/* policy_zone_by_name finds a zone's id by ${name}; ZONE_NONE where there is none. */
uint16_t policy_zone_by_name(const struct policy *policy, const char *name);

/* policy_zone borrows the zone of ${id}; NULL for ZONE_NONE or an id out of range. */
const struct policy_zone *policy_zone(const struct policy *policy, uint16_t id);

/* policy_pin_of borrows the operator's entry for ${mac}; NULL where there is none. */
const struct policy_pin *policy_pin_of(const struct policy *policy, const struct mac *mac);

/*
 * policy_zone_of_class finds the zone that takes devices of ${class} ("" for unknown): the zone with the longest
 * member class that is ${class} or an ancestor of it, else the default zone.
 */
uint16_t policy_zone_of_class(const struct policy *policy, const char *class);

/* policy_interface_matches tells whether interface ${name} is named by one of the ${count} ${patterns}. */
bool policy_interface_matches(const struct policy_interface *patterns, size_t count, const char *name);

#endif
