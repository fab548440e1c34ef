/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * plan_write: append sets, chains, rules and statements to a plan, the failure kept until the end.
 *
 * A rule goes to the last chain, a statement to the last rule, an element to the last set, so that a chain is written
 * here in the order in which it is read.
 *
 * Owns:    nothing; the plan under construction is the caller's.
 * Context: pure; of use to plan_build and plan_pairs only.
 */
#ifndef ISOWARD_POLICY_PLAN_WRITE_H
#define ISOWARD_POLICY_PLAN_WRITE_H

#include "policy/plan/plan.h"

/* Once failed, every call does nothing. */
struct plan_writer {
	struct plan *plan;
	bool failed; /* no memory */
};

/* A list of keys for one statement or set, made by KEYS(…). */
struct plan_keys {
	size_t count;
	enum plan_key key[PLAN_KEYS_MAX];
};

#define KEYS(...)                                                                                                      \
	((struct plan_keys){ .count = sizeof((enum plan_key[]){ __VA_ARGS__ }) / sizeof(enum plan_key),                \
	                     .key = { __VA_ARGS__ } })

/* plan_write_set begins the set ${name} of ${keys} that holds ${data} and has ${flags}; returns it, NULL on failure. */
struct plan_set *plan_write_set(struct plan_writer *writer, const char *name, struct plan_keys keys,
                                enum plan_data data, unsigned int flags);

/* plan_write_element adds an empty element to the last set and returns it, NULL on failure. */
struct plan_element *plan_write_element(struct plan_writer *writer);

/* plan_write_chain begins the chain ${name} at ${hook}; ${priority} says when in the hook it runs. */
void plan_write_chain(struct plan_writer *writer, const char *name, enum plan_hook hook, int priority);

/* plan_write_rule begins a rule with the formatted comment, cut to fit; `"` and control characters are replaced. */
void plan_write_rule(struct plan_writer *writer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* plan_write_policy_rule says that the last rule comes from policy rule ${index}. */
void plan_write_policy_rule(struct plan_writer *writer, size_t index);

/* plan_write_match adds: ${key} equals the ${length} bytes at ${value}. */
void plan_write_match(struct plan_writer *writer, enum plan_key key, const void *value, size_t length);

/* plan_write_other adds: ${key} does not equal the ${length} bytes at ${value}. */
void plan_write_other(struct plan_writer *writer, enum plan_key key, const void *value, size_t length);

/* plan_write_match_u8 adds: the one-byte ${key} equals ${value}. */
void plan_write_match_u8(struct plan_writer *writer, enum plan_key key, uint8_t value);

/* plan_write_match_port adds: the two-byte ${key} equals ${port} (host order). */
void plan_write_match_port(struct plan_writer *writer, enum plan_key key, uint16_t port);

/* NF_CT_STATE_BIT() of linux/netfilter/nf_conntrack_common.h. */
#define STATE_INVALID     (1U << 0)
#define STATE_ESTABLISHED (1U << 1)
#define STATE_RELATED     (1U << 2)
#define STATE_NEW         (1U << 3)

/* plan_write_match_state adds: the flow's state is one of ${bits}. */
void plan_write_match_state(struct plan_writer *writer, uint32_t bits);

/* plan_write_range adds: ${key} is between the ${length} bytes at ${first} and at ${last}, both inclusive. */
void plan_write_range(struct plan_writer *writer, enum plan_key key, const void *first, const void *last,
                      size_t length);

/* plan_write_lookup adds the statement ${type} (match set, maps, add) of ${keys} in the set ${name}. */
void plan_write_lookup(struct plan_writer *writer, enum plan_statement_type type, struct plan_keys keys,
                       const char *name);

/* plan_write_match_bits adds: one of ${bits} is set in the four-byte ${key}. */
void plan_write_match_bits(struct plan_writer *writer, enum plan_key key, uint32_t bits);

/* plan_write_not_in adds: ${keys} are not in the set ${name}. */
void plan_write_not_in(struct plan_writer *writer, struct plan_keys keys, const char *name);

/* plan_write_mark sets the packet mark to ${mark}. */
void plan_write_mark(struct plan_writer *writer, uint32_t mark);

/* plan_write_log adds a report to the nflog ${group} under ${prefix}. */
void plan_write_log(struct plan_writer *writer, uint32_t group, const char *prefix);

/* plan_write_family begins a rule with ${comment} for packets of ${nfproto}, enum plan_nfproto. */
void plan_write_family(struct plan_writer *writer, uint8_t nfproto, const char *comment);

/*
 * plan_write_log_once writes a rule that reports packets of ${nfproto} under ${prefix} whose ${keys} are not in the
 * dynamic ${set} yet, and puts them in.
 */
void plan_write_log_once(struct plan_writer *writer, uint8_t nfproto, struct plan_keys keys, const char *set,
                         const char *prefix);

/* plan_write_plain adds a statement of ${type} that has no operand. */
void plan_write_plain(struct plan_writer *writer, enum plan_statement_type type);

/* plan_write_counted adds a counter and then ${verdict}, which ends the rule. */
void plan_write_counted(struct plan_writer *writer, enum plan_statement_type verdict);

/* plan_write_u8_set writes the constant set ${name} of the ${count} one-byte ${values} of ${key}. */
void plan_write_u8_set(struct plan_writer *writer, const char *name, enum plan_key key, const uint8_t *values,
                       size_t count);

/* plan_write_to adds a STATEMENT_JUMP or STATEMENT_GOTO to the chain, or STATEMENT_HELPER of the helper, ${name}. */
void plan_write_to(struct plan_writer *writer, enum plan_statement_type type, const char *name);

/*
 * plan_write_limit adds: more packets come than ${rate} has. The kernel keeps a bucket of rate.count tokens that fills
 * evenly in rate.seconds: after a pause so many may come at once, and over any time no more than the bucket and what
 * filled it. A bucket of fewer would refuse those who come together, of more would let through more than was written.
 * Rules laid anew begin with full buckets.
 */
void plan_write_limit(struct plan_writer *writer, struct policy_rate rate);

/* plan_write_within adds: no more packets come than ${rate} has; see plan_write_limit. */
void plan_write_within(struct plan_writer *writer, struct policy_rate rate);

/* plan_names_set writes what the set of the addresses of ${family} known by the set ${names} of names is called into
 * ${name} and returns it. */
const char *plan_names_set(uint16_t names, uint8_t family, char name[PLAN_NAME_MAX]);

#endif
