/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * known_names: the addresses that stand for the DNS names of a policy's rules, learned from the answers that devices
 * got to their questions.
 *
 * How far it is trusted: an answer counts where it repeats a question that was seen, between the same two addresses and
 * ports and with the same identification, once. Whether the one who answered may be believed is for the caller to ask
 * before: it must be one that the policy lets the asking device have its names from. Then a device opens nothing by
 * what it says itself: whatever it asks, the name server answers, and the zones of the rule bound what that can open.
 * In the answer only addresses count that the name asked for leads to, by itself or by its aliases.
 *
 * An address is known for as long as its answer may be kept, but KNOWN_LEAST_S at least: a connection that goes on is
 * judged again whenever something that was allowed ends, and must then still be to a known address; and
 * KNOWN_MOST_S at most.
 *
 * Owns:    the names and addresses, and the questions that wait for their answer.
 * Limits:  the pairs it was made for and KNOWN_ASKED_MAX questions; only names that some rule has are kept. The pair
 *          whose answer is the oldest, and the oldest question, make room and are counted.
 * Context: pure; ${now_ms} is any clock that goes on, milliseconds.
 * Trust:   names and addresses are a stranger's bytes.
 * Source:  RFC 1034 section 3.6.2, RFC 1035, RFC 5452 section 9.1.
 */
#ifndef ISOWARD_POLICY_KNOWN_NAMES_H
#define ISOWARD_POLICY_KNOWN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/observation.h"
#include "policy/policy.h"
#include "policy/table/table.h"

#define KNOWN_PAIRS_MAX 4096
#define KNOWN_ASKED_MAX 1024
#define KNOWN_WAIT_MS   30000U /* a question is forgotten */
#define KNOWN_LEAST_S   3600U
#define KNOWN_MOST_S    86400U
#define KNOWN_ALIASES   16 /* followed from the name asked for */

struct known_address;

/* One name of an address. */
struct known_name {
	char text[POLICY_DNS_MAX]; /* lower case, without the last dot */
	struct address asker;      /* of the first answer */
	struct address resolver;
	uint64_t since_ms;
	uint64_t until_ms;
	struct known_address *address;
	struct known_name *prev, *next;     /* of one address */
	struct known_name *older, *younger; /* of all, by their last answer */
};

/* Called where ${address} comes to be known by the set ${names} of the policy's names, or no longer is. */
typedef void known_names_changed(uint16_t names, const struct address *address, bool known, void *context);

struct known_names;

/*
 * known_names_new makes an empty table of ${pairs_max} names of addresses at ${known}, the caller's to free, that tells
 * ${changed}, which may be NULL, with ${context}. errors: -ENOMEM.
 */
int known_names_new(size_t pairs_max, known_names_changed *changed, void *context, struct known_names **known);

/* known_names_free releases ${known}; NULL is allowed. */
void known_names_free(struct known_names *known);
CLEANUP_DEFINE(struct known_names, known_names_free);

/* known_names_asked takes in the question that ${observation}, of its sender, may be, for a name of ${policy}. */
void known_names_asked(struct known_names *known, const struct policy *policy, const struct observation *observation,
                       uint64_t now_ms);

/*
 * known_names_answered takes in the answer that ${observation} may be, of one who is to be believed.
 * shape: how many addresses came to be known by a name they were not known by.
 */
size_t known_names_answered(struct known_names *known, const struct policy *policy,
                            const struct observation *observation, uint64_t now_ms);

/*
 * known_names_is_resolver tells whether the one at ${resolver} is to be believed by the device that asks, by the flow
 * ${asking} of the question under ${policy} and its ${table}: the policy allows it by a rule, and names the resolver's
 * network. To be in a network of all addresses, as the internet's, is nobody's name. One that ${is_device} is in its
 * zone by itself.
 */
bool known_names_is_resolver(const struct policy *policy, const struct table *table, const struct flow *asking,
                             const struct address *resolver, bool is_device);

/* known_names_expire forgets what is known no longer at ${now_ms}. */
void known_names_expire(struct known_names *known, const struct policy *policy, uint64_t now_ms);

/* Called with one name of an address; false ends the walk. */
typedef bool known_names_each_name(const struct known_name *name, void *context);

/* known_names_of calls ${each} with ${context} for each name of ${address}. */
void known_names_of(const struct known_names *known, const struct address *address, known_names_each_name *each,
                    void *context);

/* known_names_sets tells in ${sets} by which sets of the names of ${policy} ${address} is known. */
void known_names_sets(const struct known_names *known, const struct policy *policy, const struct address *address,
                      struct name_sets *sets);

/* known_names_each calls ${changed} with ${context} for each address and each set of ${policy} it is known by. */
void known_names_each(const struct known_names *known, const struct policy *policy, known_names_changed *changed,
                      void *context);

/* Called with a ${name} of ${address}. */
typedef void known_names_each_pair_fn(const struct known_name *name, const struct address *address, void *context);

/* known_names_each_pair calls ${each} with ${context} for each name of each address, the oldest answer first. */
void known_names_each_pair(const struct known_names *known, known_names_each_pair_fn *each, void *context);

/*
 * known_names_restore takes in that ${address} was known by ${name} until ${until_ms} before the daemon was started
 * again; nobody is told of it. errors: -ENOMEM; -ENOSPC no room for more pairs.
 */
int known_names_restore(struct known_names *known, const char *name, const struct address *address, uint64_t until_ms);

/* known_names_changes tells how often something was learned, learned again or forgotten. */
uint64_t known_names_changes(const struct known_names *known);

/* known_names_count tells how many names of addresses are known. */
size_t known_names_count(const struct known_names *known);

/* known_names_forgotten tells how many names of addresses and questions made room for others. */
uint64_t known_names_forgotten(const struct known_names *known);

#endif
