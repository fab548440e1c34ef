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
#include "policy/base/place.h"
#include "policy/members.h"
#include "policy/moment.h"

#define POLICY_BYTES_MAX      (32U << 20) /* of all files together */
#define POLICY_FILES_MAX      64          /* the policy and what it includes */
#define POLICY_INCLUDES_MAX   256
#define POLICY_NAME_MAX       32 /* zone, service: [a-z][a-z0-9-]*; terminator included */
#define POLICY_LABEL_MAX      64
#define POLICY_CLASS_MAX      64 /* "medical/imaging/ct" */
#define POLICY_WHY_MAX        200
#define POLICY_ZONES_MAX      250
#define POLICY_INTERFACES_MAX 64
#define POLICY_RULES_MAX      100000
#define POLICY_PINS_MAX       100000
#define POLICY_NETWORKS_MAX   20000
#define POLICY_SERVICES_MAX   1000
#define POLICY_SINGLES_MAX    250 /* devices that rules name one by one */
#define POLICY_NAME_SETS_MAX  250
#define POLICY_SCHEDULES_MAX  256     /* that differ, of all rules */
#define POLICY_SET_NAMES_MAX  256     /* of one name set */
#define POLICY_RATE_MAX       1000000 /* new flows in a span of time */
#define POLICY_DNS_MAX        254     /* RFC 1035 section 2.3.4, terminator included */
#define POLICY_PRIORITY_MAX   1000
#define POLICY_EXPECTS_MAX    10000
#define POLICY_CANARIES_MAX   1000
#define POLICY_TAGS_MAX       16 /* of one device */
#define POLICY_PINNED_MAX     4  /* addresses of one device */

/*
 * A group is what the kernel's maps hold for an address: a zone, or one device that rules name by itself. Ids are
 * 1-based: group N is policy->zones[N - 1] up to zone_count, then policy->singles[N - zone_count - 1]. A zone's id is
 * its group's. What is said of a zone is said of its singles too.
 */
#define ZONE_NONE 0

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

/* What becomes of a device that is not what it was taken for. */
enum policy_conflict {
	CONFLICT_UNSAID,     /* of a zone: as the policy says; of the policy: quarantine */
	CONFLICT_QUARANTINE, /* it is held in the default zone until it is pinned */
	CONFLICT_ALERT,      /* it stays, and somebody is told */
	CONFLICT_KEEP,       /* it stays, and its page tells */
};

struct policy_zone {
	char name[POLICY_NAME_MAX];
	char label[POLICY_LABEL_MAX]; /* the name where the file gives none */
	struct policy_network *networks;
	size_t network_count;
	struct member members; /* MEMBER_ANY of nothing where the file gives none */
	uint16_t priority;     /* 0..POLICY_PRIORITY_MAX; the higher one takes a device that several zones would */
	bool is_default;       /* exactly one zone */
	uint8_t on_conflict;   /* enum policy_conflict */
	struct place place;
};

/* The conntrack helper that lets the data channels of a protocol through. */
enum service_helper {
	HELPER_NONE,
	HELPER_FTP,
	HELPER_TFTP,
};

/* One protocol and an inclusive port range; protocol 0 is any, ports 0..65535 any port.
 * For ICMP the "port" is type << 8 | code, as conntrack keeps it in the original tuple. */
struct service_range {
	uint8_t protocol; /* IPPROTO_* */
	uint8_t helper;   /* enum service_helper */
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
	VERDICT_DENY, /* refused by default or by rule: clinical devices are told, others meet silence */
	VERDICT_ALLOW,
	VERDICT_REJECT, /* refused, and told whoever asks */
};

enum policy_mode {
	MODE_ENFORCE,
	MODE_OBSERVE, /* decides nothing: what it would have decided is reported, and the next rule is asked */
};

/* New flows at most in a span of time; those above are refused. count 0: no limit. */
struct policy_rate {
	uint32_t count;
	uint32_t seconds; /* 1, 60, 3600 or 86400 */
};

enum policy_log {
	LOG_BY_VERDICT, /* what is refused is reported, what is allowed is not */
	LOG_ALWAYS,
	LOG_NEVER, /* counted only */
};

/* DNS names, each alone or with a leading "*." for all below it: addresses are learned from answers. */
struct policy_name_set {
	char (*names)[POLICY_DNS_MAX]; /* lower case, without the last dot */
	size_t name_count;
	struct place place;
};

/* Some of a policy's sets of names, by their 1-based numbers; zeroed it has none. */
struct name_sets {
	uint64_t bits[POLICY_NAME_SETS_MAX / 64 + 1];
};

struct policy_rule {
	uint16_t *from; /* group ids; "any" is every zone */
	size_t from_count;
	uint16_t
		*to; /* where names stand: the zones their addresses may lie in, every zone where the file names none */
	size_t to_count;
	uint16_t names; /* 1-based: policy->name_sets[names - 1]; 0 for any address */
	enum verdict verdict;
	enum policy_mode mode;
	struct schedule schedule;
	struct policy_rate rate; /* of VERDICT_ALLOW only */
	enum policy_log log;
	struct service_range *ranges; /* the rule's services, resolved, in file order */
	size_t range_count;
	char services[POLICY_WHY_MAX]; /* as written, "dicom, tcp/22", to show */
	char name[POLICY_LABEL_MAX];   /* "" where the file gives none */
	char why[POLICY_WHY_MAX];
	char owner[POLICY_LABEL_MAX];
	int32_t review_by; /* day; DAY_NONE where the file gives none */
	struct place place;
};

struct policy_pin {
	struct mac mac;
	uint16_t zone; /* ZONE_NONE where the entry only names the device */
	char name[POLICY_LABEL_MAX];
	char (*tags)[MEMBER_TAG_MAX];
	size_t tag_count;
	struct address addresses[POLICY_PINNED_MAX]; /* that are this device's and nobody else's */
	size_t address_count;
	struct place place;
};

/* An address that is pinned to a device. */
struct policy_pinned {
	struct address address;
	uint32_t pin; /* index into policy->pins */
};

/* A device that rules, expectations or canaries name by itself; it is pinned to a zone. */
struct policy_single {
	struct mac mac;
	uint16_t zone;
	char name[POLICY_LABEL_MAX]; /* its MAC where it has no name or one that also stands for something else */
};

/* What must be true of the policy, else it is refused. */
struct policy_expect {
	uint16_t *from; /* group ids */
	size_t from_count;
	uint16_t *to;
	size_t to_count;
	struct service_range *ranges;
	size_t range_count;
	char services[POLICY_WHY_MAX];
	bool has_verdict;
	enum verdict verdict; /* of every flow; VERDICT_DENY is met by VERDICT_REJECT too */
	bool has_reach;
	uint32_t reach; /* at most this many of the zones of to can be reached from one infected member of from */
	uint32_t hops;  /* over at most this many connections, one after the other; 0 for any number */
	char why[POLICY_WHY_MAX];
	struct place place;
};

/* A flow that must keep moving after every change. */
struct policy_canary {
	char name[POLICY_NAME_MAX];
	uint16_t from; /* group ids */
	uint16_t to;
	struct service_range *ranges;
	size_t range_count;
	char services[POLICY_WHY_MAX];
	struct place place;
};

/* A file or pattern that was included. */
struct policy_include {
	char pattern[ERROR_FILE_MAX];
	size_t file_count; /* the files it stands for; a pattern may stand for none */
	struct place place;
};

struct policy {
	char file[ERROR_FILE_MAX];     /* the policy's own: files[0] */
	char (*files)[ERROR_FILE_MAX]; /* by place.file */
	size_t file_count;
	struct policy_include *includes; /* in the order in which they were read */
	size_t include_count;
	char site[POLICY_LABEL_MAX * 2];
	struct policy_interface clinical[POLICY_INTERFACES_MAX];
	size_t clinical_count;
	struct policy_interface uplink[POLICY_INTERFACES_MAX];
	size_t uplink_count;
	enum policy_isolation isolation;
	enum policy_conflict on_conflict;
	struct policy_zone *zones; /* in file order */
	size_t zone_count;
	struct policy_service *services;
	size_t service_count;
	struct policy_rule *rules; /* in file order */
	size_t rule_count;
	struct policy_pin *pins; /* sorted by MAC */
	size_t pin_count;
	struct policy_pinned *pinned; /* sorted by address */
	size_t pinned_count;
	struct policy_single *singles;
	size_t single_count;
	struct policy_name_set *name_sets;
	size_t name_set_count;
	struct policy_expect *expects;
	size_t expect_count;
	struct policy_canary *canaries;
	size_t canary_count;
	uint16_t default_zone;
};

/*
 * policy_parse reads ${length} bytes of YAML at ${text}, called ${file} in messages, into a new policy. It includes no
 * other file: policy_load (policy/language/load.h) does.
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

/* policy_file borrows the name of the file of ${policy} in which ${place} is. */
const char *policy_file(const struct policy *policy, struct place place);

/* policy_zone_by_name finds a zone's id by ${name}; ZONE_NONE where there is none. */
uint16_t policy_zone_by_name(const struct policy *policy, const char *name);

/* policy_zone borrows the zone of ${id}; NULL for ZONE_NONE or an id that is no zone's. */
const struct policy_zone *policy_zone(const struct policy *policy, uint16_t id);

/* policy_on_conflict tells what becomes of a device of ${zone} that is not what it was taken for; never UNSAID. */
enum policy_conflict policy_on_conflict(const struct policy *policy, uint16_t zone);

/* policy_conflict_name gives the language's word for ${conflict}; NULL for CONFLICT_UNSAID and behind the last. */
const char *policy_conflict_name(enum policy_conflict conflict);

/* policy_service_by_name borrows the service ${name}, defined or built in; NULL where there is none. */
const struct policy_service *policy_service_by_name(const struct policy *policy, const char *name);

/* policy_group_count tells how many groups ${policy} has: ids 1 to this. */
uint16_t policy_group_count(const struct policy *policy);

/* policy_group_zone tells the zone of ${group}: its own id for a zone, the pinned zone for a single device. */
uint16_t policy_group_zone(const struct policy *policy, uint16_t group);

/* policy_group_name borrows what to call ${group}: a zone's name or a device's; "" where there is no such group. */
const char *policy_group_name(const struct policy *policy, uint16_t group);

/* policy_single borrows the device that is ${group}; NULL where the group is a zone or none. */
const struct policy_single *policy_single(const struct policy *policy, uint16_t group);

/* policy_group_of tells the group of the device ${mac} in ${zone}: its own where rules name it and it is in the zone it
 * is pinned to, else the zone. */
uint16_t policy_group_of(const struct policy *policy, const struct mac *mac, uint16_t zone);

/* policy_pin_of borrows the operator's entry for ${mac}; NULL where there is none. */
const struct policy_pin *policy_pin_of(const struct policy *policy, const struct mac *mac);

/* policy_pin_of_address finds the entry of the device whose ${address} is; NULL where it is nobody's. */
const struct policy_pin *policy_pin_of_address(const struct policy *policy, const struct address *address);

/*
 * policy_zone_of finds the zone that takes a device with ${facts}, pins aside: of the zones whose members hold the one
 * with the highest priority, then with the longest class; else the default zone.
 */
uint16_t policy_zone_of(const struct policy *policy, const struct member_facts *facts);

/* policy_zone_of_class is policy_zone_of for a device of which only the ${class} is known. */
uint16_t policy_zone_of_class(const struct policy *policy, const char *class);

/* policy_name_set_holds tells whether ${name}, in lower case and without its last dot, is one of ${set}. */
bool policy_name_set_holds(const struct policy_name_set *set, const char *name);

/* name_sets_add adds the set ${names} to ${sets}. */
void name_sets_add(struct name_sets *sets, uint16_t names);

/* name_sets_has tells whether the set ${names} is one of ${sets}. */
bool name_sets_has(const struct name_sets *sets, uint16_t names);

/* policy_interface_matches tells whether interface ${name} is named by one of the ${count} ${patterns}. */
bool policy_interface_matches(const struct policy_interface *patterns, size_t count, const char *name);

#endif
