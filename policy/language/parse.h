/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parse: the sections of a policy file, each read in its own file into the one model.
 *
 * Owns:    the policy until it is complete; the lists kept for checks over the whole file.
 * Limits:  POLICY_* and PARSE_*; a limit that is passed is -E2BIG with the place.
 * Context: pure; included by the parse_*.c files, keys.c and policy.c only.
 * Trust:   hostile text; fuzzed by tests/fuzz/fuzz_policy.c.
 */
#ifndef ISOWARD_POLICY_PARSE_H
#define ISOWARD_POLICY_PARSE_H

#include "policy/language/keys.h"
#include "policy/language/load.h"
#include "policy/language/report.h"
#include "policy/policy.h"

#define PARSE_CONDITIONS_MAX     4096    /* in the members of all zones */
#define PARSE_MEMBER_VALUES_MAX  100000  /* in the conditions of all zones */
#define PARSE_VLAN_MAX           4094    /* IEEE 802.1Q: 0 is none and 4095 reserved */
#define PARSE_SERVICE_RANGES_MAX 256     /* of one service, resolved */
#define PARSE_RULE_RANGES_MAX    1024    /* of one rule, resolved */
#define PARSE_PAIR_ENTRIES_MAX   1000000 /* zone pairs over all rules; each becomes an entry of the compiled table */
#define PARSE_PAIR_RANGES_MAX    4000000 /* the ranges of those entries */

/* PARSE_RESERVE is memory_reserve for an array of any type: through a void pointer, so that no pointer is aliased. */
#define PARSE_RESERVE(array, capacity, needed)                                                                         \
	__extension__({                                                                                                \
		void *slot_ = (array);                                                                                 \
		int reserved_ = memory_reserve(&slot_, (capacity), (needed), sizeof(*(array)));                        \
		(array) = slot_;                                                                                       \
		reserved_;                                                                                             \
	})

/* A member class with the zone that claims it, for the check that no two zones claim the same. */
struct parse_claim {
	const char *class; /* borrowed from the tree */
	uint16_t zone;
	struct place place;
};

/* The name of a device, for a search by name. */
struct parse_device_name {
	const char *name; /* borrowed from the pin */
	uint32_t pin;     /* policy->pins[pin] */
};

/* A service of the file while its terms are resolved. */
struct parse_service {
	const struct yaml_node *name;
	const struct yaml_node *terms;
	struct service_range *ranges;
	size_t range_count;
	size_t range_capacity;
	enum {
		SERVICE_WAITING,
		SERVICE_RESOLVING,
		SERVICE_RESOLVED,
	} state;
};

/* A file of the policy, by place.file. */
struct parse_file {
	struct yaml_tree *tree;
	struct place included; /* where; line 0 for the policy's own */
	bool is_open;          /* its includes are being read */
};

#define PARSE_INDEX_SLOTS 2048 /* a power of two, twice POLICY_SERVICES_MAX and more */

/* Finds things by name among up to POLICY_SERVICES_MAX that are only ever added. */
struct parse_index {
	uint16_t slots[PARSE_INDEX_SLOTS]; /* 1 + the thing's position; 0 for none */
	size_t filled;                     /* the things that are in it */
};

/* A list of groups while it is read: zones and devices, or "any". */
struct parse_groups {
	uint16_t **ids; /* of the model */
	size_t *count;
	size_t capacity;
	bool is_any;
	uint64_t seen[(POLICY_ZONES_MAX + POLICY_SINGLES_MAX) / 64 + 1]; /* by group */
};

/* A list of services while it is read: terms, or "any". */
struct parse_terms {
	struct service_range **ranges; /* of the model */
	size_t *count;
	size_t capacity;
	char *shown; /* POLICY_WHY_MAX bytes: as written */
	bool is_any;
};

struct parse {
	struct report report;
	struct policy *policy;
	const struct source_reader *reader; /* NULL where no other file may be read */
	struct sources *sources;
	struct parse_file files[POLICY_FILES_MAX];
	const struct yaml_node *roots[POLICY_FILES_MAX]; /* of the files, in the order in which their parts stand */
	size_t root_count;
	size_t nodes_left;
	size_t include_capacity;
	size_t zone_capacity;
	size_t rule_capacity;
	size_t pin_capacity;
	size_t network_total;
	size_t name_set_capacity;
	size_t expect_capacity;
	size_t canary_capacity;
	struct schedule schedules[POLICY_SCHEDULES_MAX]; /* that differ, of the rules so far */
	size_t schedule_count;
	size_t condition_total;
	size_t member_total;
	size_t pair_entries;
	size_t pair_ranges;
	struct place default_place;
	struct parse_device_name *device_names; /* sorted */
	size_t device_name_count;
	bool device_names_ready; /* no device was read since */
	size_t single_capacity;
	struct parse_claim *claims;
	size_t claim_count;
	size_t claim_capacity;
	struct parse_index zone_index;
	struct parse_index service_index;
	struct parse_service *services;
	size_t service_count;
	size_t service_capacity;
};

/*
 * parse_text copies the scalar ${value} into ${buffer} of ${size} bytes; ${name} is its key's. errors: as key_reader.
 */
int parse_text(struct parse *parse, const char *name, const struct yaml_node *value, char *buffer, size_t size);

/*
 * parse_name copies the scalar ${value} into ${buffer} where it can name a ${what} ("zone"): a lower-case letter, then
 * lower-case letters, digits and '-'; "any" is taken.
 * errors: as key_reader; buffer is "" where the name was refused.
 */
int parse_name(struct parse *parse, const char *what, const struct yaml_node *value, char buffer[POLICY_NAME_MAX]);

/* Borrows the name of the thing at a position. */
typedef const char *parse_name_at(const struct parse *parse, size_t at);

/*
 * parse_index_find finds the one of ${count} things that is called ${name}; those that ${index} has not seen yet, by
 * ${name_at}, are added first. shape: 1 + its position; 0 where there is none, and for "".
 */
size_t parse_index_find(const struct parse *parse, struct parse_index *index, size_t count, parse_name_at *name_at,
                        const char *name);

/* parse_zone_by_name finds a zone's id by ${name}, however many there are; ZONE_NONE where there is none. */
uint16_t parse_zone_by_name(struct parse *parse, const char *name);

/* parse_zone_reference finds the zone that ${value} names; ${zone} stays where none is. errors: as key_reader. */
int parse_zone_reference(struct parse *parse, const struct yaml_node *value, uint16_t *zone);

/*
 * parse_includes reads the tree of the file that the report reads and those of all it includes, and puts their
 * documents into roots: what is included before what includes it. errors: as key_reader; what was wrong may also be
 * noted only.
 */
int parse_includes(struct parse *parse);

/*
 * parse_root reads the policy whose first file the report has and checks all that concerns more than one section.
 * errors: the code of the first error noted.
 */
int parse_root(struct parse *parse);

/* parse_done releases all of ${parse} but the policy. */
void parse_done(struct parse *parse);

/*
 * parse_mac reads the MAC address ${value} of one device into ${mac}. shape: 1 it was read, 0 an error was noted.
 * errors: as key_reader.
 */
int parse_mac(struct parse *parse, const struct yaml_node *value, struct mac *mac);

/* parse_mac_mend writes the twelve digits of other spellings (44-4B-5D-00-00-01, 444b.5d00.0001) at ${text} in ours
 * into
 * ${buffer}; false where it is no MAC address. */
bool parse_mac_mend(const char *text, char buffer[MAC_TEXT_MAX]);

/* parse_network reads the address or prefix ${value} into ${network}. shape and errors: as parse_mac. */
int parse_network(struct parse *parse, const struct yaml_node *value, struct prefix *network);

/*
 * parse_interface looks whether ${value} is the name of interfaces, with '*' at the end for a group, and whether the
 * gateway has such, where the file says which it has. shape and errors: as parse_mac.
 */
int parse_interface(struct parse *parse, const struct yaml_node *value);

/* parse_compare_places tells the order of ${a} and ${b} by file, line and column, as qsort wants it. */
int parse_compare_places(struct place a, struct place b);

/*
 * parse_group_reference finds the group that ${value} names: a zone by its name, or a device by its name or MAC
 * address; the device becomes one of the policy's singles. It must be called after all zones and devices were read;
 * "any" is the caller's to see. errors: as key_reader; ${group} stays where it is no zone and no device that is pinned
 * to one, or where the name stands for more than one.
 */
int parse_group_reference(struct parse *parse, const struct yaml_node *value, uint16_t *group);

/* parse_gateway reads the section 'gateway'; a key_reader. */
int parse_gateway(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_zone reads one zone, its name at ${key}; a key_reader. */
int parse_zone(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/*
 * parse_members reads the conditions ${value} of ${zone} into ${member}, which is the caller's to free, also on
 * failure. errors: as key_reader.
 */
int parse_members(struct parse *parse, const struct yaml_node *value, uint16_t zone, struct member *member);

/* parse_zones_finish checks what concerns all zones: one default, no class claimed twice. ${root} is the document. */
int parse_zones_finish(struct parse *parse, const struct yaml_node *root);

/* parse_service keeps one service, its name at ${key}, to be resolved; a key_reader. */
int parse_service(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_services_finish resolves the services of the file and adds the built-in ones that it does not define. */
int parse_services_finish(struct parse *parse);

/*
 * parse_service_term adds what ${value} ("tcp/104" or a service's name) stands for to the ${count} ${ranges}, of which
 * there may be ${max}. errors: as key_reader.
 */
int parse_service_term(struct parse *parse, const struct yaml_node *value, struct service_range **ranges, size_t *count,
                       size_t *capacity, size_t max);

/*
 * parse_groups_add adds the zone or device that ${value} names, or every zone for "any", to ${groups}.
 * errors: as key_reader.
 */
int parse_groups_add(struct parse *parse, const struct yaml_node *value, struct parse_groups *groups);

/* parse_terms_add adds the service ${value}, or every one for "any", to ${terms}. errors: as key_reader. */
int parse_terms_add(struct parse *parse, const struct yaml_node *value, struct parse_terms *terms);

/* parse_names_add adds the DNS name ${value} to ${set}, of ${capacity}. errors: as key_reader. */
int parse_names_add(struct parse *parse, const struct yaml_node *value, struct policy_name_set *set, size_t *capacity);

/*
 * parse_names_keep moves ${set} into the policy, sorted, where it has no equal one, and tells its ${number}, 1-based.
 * errors: as key_reader. ownership: set is empty after it where it was kept, else the caller's still.
 */
int parse_names_keep(struct parse *parse, struct policy_name_set *set, uint16_t *number);

/* parse_date reads the date ${value} of the key ${name} into ${day}. errors: as key_reader. */
int parse_date(struct parse *parse, const char *name, const struct yaml_node *value, int32_t *day);

/* parse_window adds the hours ${value} ("Mon-Fri 07:00-19:00") to ${schedule}. errors: as key_reader. */
int parse_window(struct parse *parse, const struct yaml_node *value, struct schedule *schedule);

/* parse_rate reads "10/second" at ${value} into ${rate}. errors: as key_reader. */
int parse_rate(struct parse *parse, const struct yaml_node *value, struct policy_rate *rate);

/* parse_schedule_keep counts ${schedule} of the rule at ${place} among those that differ. errors: as key_reader. */
int parse_schedule_keep(struct parse *parse, struct place place, const struct schedule *schedule);

/* parse_expect reads one expectation; a key_reader. */
int parse_expect(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_canary reads one canary, its name at ${key}; a key_reader. */
int parse_canary(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_rules_reserve makes room for the rules of all files at once, before the first is read. errors: -ENOMEM. */
int parse_rules_reserve(struct parse *parse);

/* parse_rule reads one rule; a key_reader. */
int parse_rule(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_device reads one operator's entry; a key_reader. */
int parse_device(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into);

/* parse_devices_sort sorts the operator's entries by MAC address, then by place. */
void parse_devices_sort(struct policy *policy);

/* parse_conflict reads ${value} of a key on_conflict into ${conflict}; it is untouched on failure. */
int parse_conflict(struct parse *parse, const struct yaml_node *value, enum policy_conflict *conflict);

/* parse_devices_finish sorts the operator's entries and refuses a MAC address that stands twice. */
int parse_devices_finish(struct parse *parse);

/* The tables of the sections' entries, for the root table. */
extern const struct key_table parse_gateway_keys;
extern const struct key_table parse_zone_keys;
extern const struct key_table parse_conflict_form;
extern const struct key_table parse_service_keys;
extern const struct key_table parse_members_keys;
extern const struct key_table parse_rule_keys;
extern const struct key_table parse_expect_keys;
extern const struct key_table parse_canary_keys;
extern const struct key_table parse_device_keys;

/* The forms of scalars that several keys have. */
extern const struct key_table parse_name_form;      /* a zone, a service, a tag */
extern const struct key_table parse_label_form;     /* one line of up to POLICY_LABEL_MAX - 1 bytes */
extern const struct key_table parse_why_form;       /* one line of up to POLICY_WHY_MAX - 1 bytes */
extern const struct key_table parse_class_form;     /* medical/imaging */
extern const struct key_table parse_glob_form;      /* "GE*" */
extern const struct key_table parse_interface_form; /* pumps0, "pumps*" */
extern const struct key_table parse_vlan_form;
extern const struct key_table parse_mac_form;
extern const struct key_table parse_network_form;
extern const struct key_table parse_address_form;
#define PARSE_TERM_PATTERN "^[a-z][a-z0-9-]*(/[a-z0-9-]+)?$"
extern const struct key_table parse_term_form; /* tcp/104, dicom */
extern const struct key_table parse_date_form;
extern const struct key_table parse_window_form;

#endif
