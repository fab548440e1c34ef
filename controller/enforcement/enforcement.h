/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * enforcement: the policy in force, its plan, and the kernel made to hold it.
 *
 * Decisions only stage changes here; enforcement_flush sends what is staged as one transaction. When a transaction
 * fails or a stranger changed our table, the kernel's state is unknown and the next flush replaces the whole table
 * from the inventory, in one transaction again.
 *
 * A policy takes another's place by whole generations of rules; the sets of devices are kept where what they hold is
 * known and means the same to both policies.
 *
 * Beside the table each binding has a fixed entry in the neighbour table: no ARP answer moves what the gateway sends.
 *
 * Owns:    the sockets, the policy, its table and plan, and the staged changes.
 * Limits:  a flush is one transaction, however many changes are staged.
 * Context: controller process.
 */
#ifndef ISOWARD_CONTROLLER_ENFORCEMENT_ENFORCEMENT_H
#define ISOWARD_CONTROLLER_ENFORCEMENT_ENFORCEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "controller/inventory/inventory.h"
#include "netlink/neighbours.h"
#include "netlink/nft.h"
#include "netlink/nft_verify.h"
#include "policy/known_names.h"
#include "policy/plan/plan.h"
#include "policy/policy.h"
#include "policy/table/table.h"

#define ENFORCEMENT_ALIASES_MAX 64

struct enforcement {
	struct nft *nft;
	struct nft_monitor *monitor;
	struct nft_verify *verify;
	struct neighbours *neighbours;
	const struct known_names *known; /* borrowed; NULL where no names are learned */
	struct policy *policy;
	struct table *table;
	struct plan *plan;
	uint32_t epoch;
	struct calendar calendar; /* the plan's hours are made by it */
	struct moment moment;     /* the present, in local time */
	struct plan_change *staged;
	size_t staged_count;
	size_t staged_capacity;
	bool bump;    /* what is staged ends something that was allowed: begin a new epoch with it */
	bool unknown; /* the kernel's state: replace it at the next flush */
	char aliases[ENFORCEMENT_ALIASES_MAX]
		    [INTERFACE_NAME_MAX]; /* clinical interfaces that the policy does not name */
	size_t alias_count;
	uint32_t elements; /* zone map elements in the kernel */
	uint32_t repairs;  /* replacements of the whole because the kernel held something else, or it was unknown */
	uint32_t repaired_elements; /* elements alone put right */
	struct error trouble;       /* why the last replacement failed; code 0 where it did not */
};

/* enforcement_open opens the sockets of ${enforcement}; errors: those of nft_open and nft_monitor_open. */
int enforcement_open(struct enforcement *enforcement, struct error *reterr);

/* enforcement_close closes the sockets and releases the rest; the kernel keeps what it holds. */
void enforcement_close(struct enforcement *enforcement);

/*
 * enforcement_load puts ${policy}, with its hours by ${calendar}, in force with every binding of ${inventory} (whose
 * zones the caller has settled under ${policy}), in place of the former rules; no packet sees half of it. errors: as
 * table_compile, plan_build, nft_replace; the former policy then stays in force and ${policy} the caller's. ownership:
 * ${policy} is taken on success.
 */
int enforcement_load(struct enforcement *enforcement, struct policy *policy, const struct calendar *calendar,
                     struct inventory *inventory, struct error *reterr);

/*
 * enforcement_keep_time takes the present and its ${calendar} in. The kernel keeps the hours by itself; where those it
 * has are worn (half their horizon is past, the clock was set, the time zone changed) and the policy has any, the rules
 * are replaced whole, under a new epoch. shape: returns 1 where they were, else 0. errors: those of enforcement_flush;
 * the state is then unknown and a later flush tries again.
 */
int enforcement_keep_time(struct enforcement *enforcement, const struct calendar *calendar, struct inventory *inventory,
                          struct error *reterr);

/* enforcement_bind stages what makes ${binding} hold in its group. errors: -ENOMEM, state then unknown. */
int enforcement_bind(struct enforcement *enforcement, struct binding *binding);

/* enforcement_unbind stages what ends ${binding}. errors: as enforcement_bind. */
int enforcement_unbind(struct enforcement *enforcement, struct binding *binding);

/* enforcement_rezone stages the new group of ${binding} where it differs from the kernel's. errors: as
 * enforcement_bind.
 */
int enforcement_rezone(struct enforcement *enforcement, struct binding *binding);

/*
 * enforcement_know stages that ${address} is, or is no longer, ${known} by the set ${names} of the policy's names. No
 * flow that runs is judged again by it: what went to it while it was known goes on. errors: as enforcement_bind.
 */
int enforcement_know(struct enforcement *enforcement, uint16_t names, const struct address *address, bool known);

/*
 * enforcement_alias stages that the interface ${name}, which the policy does not name, is clinical, or no longer is.
 * errors: as enforcement_bind; -ENOSPC above ENFORCEMENT_ALIASES_MAX.
 */
int enforcement_alias(struct enforcement *enforcement, const char *name, bool clinical);

/* enforcement_move stages that what is bound on the interface ${from} is on ${to}: it was renamed. errors: as
 * enforcement_bind. */
int enforcement_move(struct enforcement *enforcement, struct inventory *inventory, const char *from, const char *to);

/* enforcement_group_of tells the group that ${binding} shall have: its device's own where rules name the device, else
 * its zone; the default zone for a suspect. */
uint16_t enforcement_group_of(const struct enforcement *enforcement, const struct binding *binding);

/*
 * enforcement_hold_neighbours sets the neighbour entry of every binding of ${inventory} on ${interface} (NULL: on all)
 * anew: the kernel drops them when an interface goes down.
 */
void enforcement_hold_neighbours(struct enforcement *enforcement, const struct inventory *inventory,
                                 const char *interface);

/*
 * enforcement_flush sends what is staged, or replaces the table from ${inventory} where its state is unknown.
 * errors: as nft_replace; the state is then unknown and a later flush tries again.
 */
int enforcement_flush(struct enforcement *enforcement, struct inventory *inventory, struct error *reterr);

/*
 * enforcement_each_element calls ${take} with ${taker} for each element that the ${set} of the plan has, were what is
 * staged sent: those of the plan, of ${inventory}, of the names that are known, of the epoch.
 */
void enforcement_each_element(const struct enforcement *enforcement, const struct inventory *inventory, const char *set,
                              nft_take_element *take, void *taker);

/*
 * enforcement_repair sends the ${count} ${changes} that make the kernel hold what it was told, with what is staged, in
 * one transaction; where something foreign goes with them, under a new epoch, so that flows it let through are judged
 * again. errors: as nft_change; the state is then unknown.
 */
int enforcement_repair(struct enforcement *enforcement, const struct plan_change *changes, size_t count,
                       struct error *reterr);

#endif
