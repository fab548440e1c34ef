/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan: what the kernel should hold, as data: one nf_tables table with its sets, chains and rules.
 *
 * The plan is small and closed: only the keys and statements below exist, so that one emitter (netlink/) can build
 * it, one printer can write it as nft text, and a reader can follow both.
 *
 * Owns:    everything below struct plan; plan_free releases it.
 * Context: pure.
 * Source:  linux/netfilter/nf_tables.h for what each key and statement becomes.
 */
#ifndef ISOWARD_POLICY_PLAN_H
#define ISOWARD_POLICY_PLAN_H

#include "policy/calendar.h"
#include "policy/policy.h"
#include "policy/table/table.h"

#define PLAN_TABLE           "isoward"
#define PLAN_NAME_MAX        96 /* "imaging.444b5d000001..pacs": two groups, each at most 44 bytes, and the dots */
#define PLAN_GROUP_MAX       45 /* "imaging.444b5d000001": a zone's name, 31 bytes at most, a dot and a MAC */
#define PLAN_KEYS_MAX        5  /* keys of one concatenation */
#define PLAN_KEY_BYTES_MAX   64 /* the kernel's NFT_DATA_VALUE_MAXLEN */
#define PLAN_NFLOG_GROUP     1337
#define PLAN_NFLOG_SNAPLEN   96   /* IPv6 + TCP header with room */
#define PLAN_FIRST_GROUP     1338 /* the first packets of each flow, whole, for the sensor */
#define PLAN_FIRST_PACKETS   32   /* of a flow, both directions together */
#define PLAN_FIRST_SNAPLEN   65535
#define PLAN_FIRST_RATE      20000 /* packets a second at most; a flood of new flows tells no more than some of them */
#define PLAN_SEEN_SIZE       65536 /* denied flows remembered; more are counted but not logged */
#define PLAN_SEEN_TIMEOUT_MS 10000

/*
 * The prefixes under which rules report to the nflog group. What is under the first six was refused; what is under
 * the others was not, and table_decide tells the rule: the decision's, or the first that observes.
 */
#define PLAN_REPORT_GUARD   "guard"   /* its source is not bound to the interface and MAC */
#define PLAN_REPORT_ROGUE   "rogue"   /* what only a router or a server sends, from a device */
#define PLAN_REPORT_DENY    "deny"    /* refused by default or by a rule */
#define PLAN_REPORT_REJECT  "reject"  /* refused by a rule, and whoever asked was told */
#define PLAN_REPORT_RATE    "rate"    /* refused because a rule that allows it allows no more new flows now */
#define PLAN_REPORT_INPUT   "input"   /* refused at the gateway */
#define PLAN_REPORT_OBSERVE "observe" /* a rule that only observes holds it; decided by a later one */
#define PLAN_REPORT_ALLOW   "allow"   /* a new flow that a rule with "log: true" allows */
#define PLAN_REPORT_FIRST   "first"   /* to PLAN_FIRST_GROUP: no report, what a flow begins with */

/* What a rule can load from a packet or its flow; the size is the bytes it takes in a concatenation, padded to 4. */
enum plan_key {
	KEY_IIFNAME,      /* 16 */
	KEY_OIFNAME,      /* 16 */
	KEY_NFPROTO,      /* 1 (padded 4) */
	KEY_L4PROTO,      /* 1 */
	KEY_MARK,         /* 4, host order */
	KEY_ETHER_SADDR,  /* 6 (padded 8) */
	KEY_IP_SADDR,     /* 4 */
	KEY_IP_DADDR,     /* 4 */
	KEY_IP6_SADDR,    /* 16 */
	KEY_IP6_DADDR,    /* 16 */
	KEY_TH_SPORT,     /* 2, network order */
	KEY_TH_DPORT,     /* 2 */
	KEY_ICMP_TYPE,    /* 1 */
	KEY_ICMPV6_TYPE,  /* 1 */
	KEY_CT_STATE,     /* 4, host order bit mask */
	KEY_CT_DIRECTION, /* 1: 0 original, 1 reply */
	KEY_CT_MARK,      /* 4, host order */
	KEY_CT_PROTOCOL,  /* 1 */
	KEY_CT_IP_SADDR,  /* 4: ct original ip saddr */
	KEY_CT_IP_DADDR,  /* 4 */
	KEY_CT_IP6_SADDR, /* 16 */
	KEY_CT_IP6_DADDR, /* 16 */
	KEY_CT_PROTO_DST, /* 2, network order: ct original proto-dst */
	KEY_CT_STATUS,    /* 4, host order bit mask */
	KEY_CT_HELPER,    /* 16: the helper of the flow that announced this one; the rule ends where none did */
	KEY_IP6_ROUTING,  /* 1: 1 where the packet has a routing header, however deep, else 0 */
	KEY_CT_PACKETS,   /* 8, network order: of the flow so far, this one included; 0 where they are not counted */
	KEY_TIME,         /* 8, network order: when the packet came, nanoseconds since 1970-01-01 UTC */
	KEY_COUNT
};

/* The values of KEY_NFPROTO: NFPROTO_IPV4 and NFPROTO_IPV6 of linux/netfilter.h. */
enum plan_nfproto {
	PLAN_NFPROTO_IPV4 = 2,
	PLAN_NFPROTO_IPV6 = 10,
};

/* plan_key_length tells the bytes of ${key} before padding; in a concatenation each is padded to a multiple of 4. */
unsigned int plan_key_length(enum plan_key key);

/* plan_log_length tells how many bytes of a packet go to the nflog ${group}. */
unsigned int plan_log_length(uint32_t group);

enum plan_data {
	DATA_NONE,    /* a set */
	DATA_MARK,    /* a map to a 32-bit mark, host order */
	DATA_VERDICT, /* a map to a verdict: goto a chain */
};

enum plan_set_flag {
	SET_INTERVAL = 1 << 0, /* elements are inclusive ranges of one key */
	SET_CONSTANT = 1 << 1, /* part of a rule; never changed after the build */
	SET_DYNAMIC = 1 << 2,  /* filled by STATEMENT_ADD, elements time out after timeout_ms */
};

struct plan_element {
	uint8_t key[PLAN_KEY_BYTES_MAX];     /* padded concatenation */
	uint8_t key_end[PLAN_KEY_BYTES_MAX]; /* SET_INTERVAL: inclusive end, same layout */
	uint32_t mark;                       /* DATA_MARK */
	char chain[PLAN_NAME_MAX];           /* DATA_VERDICT: goto this chain */
};

struct plan_set {
	char name[PLAN_NAME_MAX];
	enum plan_key keys[PLAN_KEYS_MAX];
	size_t key_count;
	enum plan_data data;
	unsigned int flags; /* enum plan_set_flag */
	uint32_t size;      /* elements at most; 0 for no limit */
	uint32_t timeout_ms;
	struct plan_element *elements;
	size_t element_count;
	size_t element_capacity;
};

enum plan_statement_type {
	STATEMENT_MATCH, /* keys[0] == (or != with invert) value; KEY_IIFNAME/OIFNAME with value_length < 16: a prefix
	                  */
	STATEMENT_MATCH_BITS,  /* keys[0] & value != 0 (KEY_CT_STATE, KEY_CT_STATUS) */
	STATEMENT_MATCH_SET,   /* the concatenation of keys is (not, with invert) in set */
	STATEMENT_MATCH_RANGE, /* keys[0] between value and value_end, both inclusive, network order */
	STATEMENT_MARK_MAP,    /* meta mark set <keys> map set; the rule ends where there is no element */
	STATEMENT_CT_MARK_MAP, /* ct mark set <keys> map set */
	STATEMENT_MARK,        /* meta mark set number */
	STATEMENT_VERDICT_MAP, /* <keys> vmap set */
	STATEMENT_ADD,         /* add the concatenation of keys to the dynamic set; the rule ends where it is full */
	STATEMENT_COUNTER,
	STATEMENT_LOG, /* to group number with text as prefix; how much of a packet: plan_log_length */
	STATEMENT_REJECT_TCP_RESET,
	STATEMENT_REJECT_ADMIN, /* icmpx admin-prohibited */
	STATEMENT_ACCEPT,
	STATEMENT_DROP,
	STATEMENT_RETURN,
	STATEMENT_JUMP, /* to chain text */
	STATEMENT_GOTO,
	STATEMENT_LIMIT_OVER, /* more (not more, with invert) than number packets in so many seconds; plan_write_limit
	                       */
	STATEMENT_HELPER,     /* give a new flow the helper object text */
};

struct plan_statement {
	enum plan_statement_type type;
	enum plan_key keys[PLAN_KEYS_MAX];
	uint8_t key_count;
	bool invert;
	uint8_t value_length;
	uint8_t value[16];
	uint8_t value_end[16];
	uint32_t number;
	uint32_t seconds;         /* STATEMENT_LIMIT_OVER */
	char text[PLAN_NAME_MAX]; /* set, chain, helper or log prefix */
};

#define PLAN_STATEMENTS_MAX 9
#define PLAN_COMMENT_MAX    120

struct plan_rule {
	struct plan_statement statements[PLAN_STATEMENTS_MAX];
	size_t statement_count;
	char comment[PLAN_COMMENT_MAX]; /* shown by nft: the policy's rule and its place, or what the rule is for */
	int policy_rule;                /* index into policy->rules; -1 where it is none of them */
};

enum plan_hook {
	HOOK_NONE, /* a regular chain */
	HOOK_PREROUTING,
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
};

struct plan_chain {
	char name[PLAN_NAME_MAX];
	enum plan_hook hook;
	int priority;
	bool policy_drop;
	struct plan_rule *rules;
	size_t rule_count;
	size_t rule_capacity;
};

/* A conntrack helper that rules give to flows: it reads what they say and announces their data channels. */
struct plan_helper {
	char name[16]; /* the kernel's, and the object's: "ftp" */
	uint8_t protocol;
	char comment[PLAN_COMMENT_MAX]; /* the first rule that needs it */
};

#define PLAN_HELPERS_MAX 2 /* one for each kind in enum service_helper */

struct plan {
	struct plan_helper helpers[PLAN_HELPERS_MAX];
	size_t helper_count;
	struct plan_set *sets;
	size_t set_count;
	size_t set_capacity;
	struct plan_chain *chains;
	size_t chain_count;
	size_t chain_capacity;
};

/*
 * plan_build writes ${policy} and its compiled ${table} as a new ${plan}. When rules with a schedule hold is data, too:
 * spans of absolute time, made by ${calendar} for its horizon; the kernel keeps to them alone. Behind the horizon rules
 * with hours do not allow, and do refuse. ${epoch} is the conntrack mark under which flows judged by this plan are
 * accepted (the high bit is set by the callee; never 0). errors: -ENOMEM. plan untouched on failure.
 */
int plan_build(const struct policy *policy, const struct table *table, uint32_t epoch, const struct calendar *calendar,
               struct plan **plan, struct error *reterr);

/* plan_free releases ${plan}; NULL is allowed. */
void plan_free(struct plan *plan);
CLEANUP_DEFINE(struct plan, plan_free);

/* plan_set_by_name borrows a set of ${plan}; NULL where there is none. */
const struct plan_set *plan_set_by_name(const struct plan *plan, const char *name);

enum change_type {
	CHANGE_ADD,
	CHANGE_DELETE,
};

/*
 * How an element's bytes stand, which is how the kernel's registers hold them:
 *   one key alone:      plan_key_length() bytes, no padding;
 *   a concatenation:    each key at a multiple of 4, its bytes first, zeros behind;
 *   an interface name:  16 bytes, zeros behind the name;
 *   addresses, ports, times, counts: network order; a mark, a ct state: host order; a protocol, an ICMP type: one byte.
 * The elements of SET_CONSTANT sets must be sent before the first rule that uses the set: the kernel takes none after.
 * A rule says its own protocol: KEY_NFPROTO stands before the first KEY_IP_* or KEY_IP6_*, KEY_L4PROTO before the
 * first KEY_TH_* or KEY_ICMP*_TYPE and STATEMENT_REJECT_TCP_RESET; nothing is implied. KEY_CT_IP*_* need none, the
 * kernel ends the rule where the flow is of the other family.
 */

#define PLAN_CHANGE_KEY_MAX 40 /* interface, MAC and IPv6 address */

/*
 * One element to add to or delete from one of the plan's sets that are neither constant nor of intervals. Small: those
 * of 100 000 devices are in memory together, and the first touch of a page is dear.
 */
struct plan_change {
	enum change_type type;
	uint32_t mark;     /* DATA_MARK */
	const char *set;   /* borrowed: one of the PLAN_SET_* names, or the name of one of the plan's sets */
	const char *chain; /* DATA_VERDICT: borrowed; else NULL */
	uint8_t key[PLAN_CHANGE_KEY_MAX]; /* as in struct plan_element */
};

/* plan_change_element writes the element that ${change} is about into ${element}. */
void plan_change_element(const struct plan_change *change, struct plan_element *element);

#define PLAN_SET_GUARD4 "guard4" /* iifname . ether saddr . ip saddr */
#define PLAN_SET_GUARD6 "guard6"
#define PLAN_MAP_ZONE4  "zone4" /* ip : group id */
#define PLAN_MAP_ZONE6  "zone6"
#define PLAN_SET_LINK6  "link6"  /* iifname . ip6 saddr: link-local addresses that are somebody's there */
#define PLAN_SET_NAMES4 "names4" /* ".1", ".2" …: addresses learned for a set of names */
#define PLAN_SET_NAMES6 "names6"

/*
 * A flow that was judged bears the epoch's early mark until its first packets are told, then the settled one: by that
 * a packet passes with the least that can be asked of it.
 */
#define PLAN_SET_EPOCH   "epoch"   /* the live conntrack marks */
#define PLAN_SET_SETTLED "settled" /* the settled one of them */
#define PLAN_MAP_SETTLE  "settle"  /* early mark : settled mark */
#define PLAN_MAP_STAMP   "stamp"   /* nfproto : the mark to stamp, the early one */

#define PLAN_SET_CLINICAL  "clinical" /* interfaces by their whole names; patterns are rules */
#define PLAN_CLINICAL_SIZE 512

/* plan_change_clinical fills ${change} with the element that makes ${interface} clinical, whatever the policy names. */
void plan_change_clinical(struct plan_change *change, enum change_type type, const char *interface);

/*
 * plan_change_guard fills ${change} with the source guard element of one binding: ${mac} may send from ${address} on
 * ${interface}.
 */
void plan_change_guard(struct plan_change *change, enum change_type type, const char *interface, const struct mac *mac,
                       const struct address *address);

/*
 * plan_change_zone fills ${change} with the element that puts ${address} in the group ${zone} (policy_group_of tells a
 * device's: its own where rules name it, else its zone's). Behind clinical interfaces only
 * these elements give a zone, networks do not: each bound address needs its own.
 */
void plan_change_zone(struct plan_change *change, enum change_type type, const struct address *address, uint16_t zone);

/*
 * plan_change_link fills ${change} with the element that says that the link-local ${address} is somebody's on
 * ${interface}: it stands in place of the zone, which what never crosses the gateway has no use for.
 */
void plan_change_link(struct plan_change *change, enum change_type type, const char *interface,
                      const struct address *address);

/*
 * plan_change_name fills ${change} with the element that makes ${address} one of those known by the set ${names} of
 * names (1-based, as in struct policy_rule). The change borrows a name of ${plan}.
 * errors: -ENOENT no such set of names.
 */
int plan_change_name(struct plan_change *change, enum change_type type, const struct plan *plan, uint16_t names,
                     const struct address *address);

/*
 * Sets that hold devices and no rules: what is in them may outlive a policy, where its rules mean the same by it. The
 * guard knows no zones; a zone map does where no device's group has another number in the next policy.
 */
enum plan_lasting {
	LASTING_GUARD4,
	LASTING_GUARD6,
	LASTING_LINK6,
	LASTING_ZONE4,
	LASTING_ZONE6,
	PLAN_LASTING_COUNT
};

/* plan_lasting_by_name tells which of enum plan_lasting the set ${name} is; -1 where it is none. */
int plan_lasting_by_name(const char *name);

/* plan_epoch_mark tells the settled conntrack mark of ${epoch}: its high bit set, so that it is never 0. */
uint32_t plan_epoch_mark(uint32_t epoch);

/* plan_early_mark tells the conntrack mark of flows judged in ${epoch} whose first packets are not all told yet. */
uint32_t plan_early_mark(uint32_t epoch);

/* plan_is_of_epoch tells whether the elements of ${set} are those that plan_change_epoch changes. */
bool plan_is_of_epoch(const char *set);

#define PLAN_EPOCH_CHANGES 12
/*
 * plan_change_epoch fills ${changes} with the elements that end ${old_epoch} and begin ${new_epoch}: every flow is
 * judged once more. shape: PLAN_EPOCH_CHANGES changes, deletes first. One transaction, or flows fall between.
 */
void plan_change_epoch(struct plan_change changes[PLAN_EPOCH_CHANGES], uint32_t old_epoch, uint32_t new_epoch);

/*
 * plan_print writes ${plan} as text that `nft -f` accepts into a new string at ${text}, ownership to the caller.
 * shape: the same plan gives the same text. errors: -ENOMEM.
 */
int plan_print(const struct plan *plan, char **text);

#endif
