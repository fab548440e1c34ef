/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/enforcement_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

int enforcement_open(struct enforcement *enforcement, struct error *reterr)
{
	int result;

	*enforcement = (struct enforcement){ .unknown = true };
	result = nft_open(&enforcement->nft, reterr);
	if (result < 0)
		return result;
	result = nft_monitor_open(&enforcement->monitor, reterr);
	if (result == 0)
		result = nft_verify_open(&enforcement->verify, reterr);
	if (result == 0)
		result = neighbours_open(&enforcement->neighbours, reterr);
	if (result < 0) {
		enforcement_close(enforcement);
		return result;
	}
	/* From this first call on the kernel leaves our own changes out, so that a large load does not look like a
	 * loss. */
	nft_monitor_readable(enforcement->monitor, nft_port(enforcement->nft));
	return 0;
}

void enforcement_close(struct enforcement *enforcement)
{
	neighbours_close(enforcement->neighbours);
	nft_monitor_close(enforcement->monitor);
	nft_verify_close(enforcement->verify);
	nft_close(enforcement->nft);
	plan_free(enforcement->plan);
	table_free(enforcement->table);
	policy_free(enforcement->policy);
	free(enforcement->staged);
	*enforcement = (struct enforcement){ 0 };
}

/*
 * Marks outlive us in the conntrack table, so a new epoch must not meet an old one again. 30 random bits and never
 * the present value: no state to keep over a restart.
 */
static uint32_t epoch_after(uint32_t present)
{
	uint32_t next;

	do {
		if (getrandom(&next, sizeof(next), 0) != (ssize_t)sizeof(next))
			next = present + 1;
		next = plan_epoch_mark(next);
	} while (next == plan_epoch_mark(present));
	return next;
}

uint16_t enforcement_group_under(const struct policy *policy, const struct binding *binding)
{
	const struct device *device = binding->device;

	if (binding->suspect || device->zone == ZONE_NONE)
		return policy->default_zone;
	return policy_group_of(policy, &device->mac, device->zone);
}

uint16_t enforcement_group_of(const struct enforcement *enforcement, const struct binding *binding)
{
	return enforcement_group_under(enforcement->policy, binding);
}

void enforcement_change_place(struct plan_change *change, enum change_type type, const struct binding *binding,
                              uint16_t group)
{
	if (address_is_link_local6(&binding->address))
		plan_change_link(change, type, binding->interface, &binding->address);
	else
		plan_change_zone(change, type, &binding->address, group);
}

/* An interface that has vanished has no neighbours; without memory ARP decides, as it did before. */
static void hold_neighbour(struct enforcement *enforcement, const struct binding *binding)
{
	if (enforcement->neighbours)
		neighbours_set(enforcement->neighbours, binding->interface, &binding->address, &binding->device->mac);
}

void enforcement_hold_neighbours(struct enforcement *enforcement, const struct inventory *inventory,
                                 const char *interface)
{
	struct binding *binding;

	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));)
		if (!interface || strcmp(binding->interface, interface) == 0)
			hold_neighbour(enforcement, binding);
	neighbours_flush(enforcement->neighbours);
}

static void mark_held(struct enforcement *enforcement, struct inventory *inventory)
{
	struct binding *binding;

	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));)
		binding->kernel_group = enforcement_group_of(enforcement, binding);
	enforcement->elements = (uint32_t)inventory->bindings.count;
	enforcement->staged_count = 0;
	enforcement->bump = false;
	enforcement->unknown = false;
	enforcement->trouble = (struct error){ 0 };
}

static struct plan_change *stage(struct enforcement *enforcement, size_t count)
{
	struct plan_change *slot;

	if (memory_reserve((void **)&enforcement->staged, &enforcement->staged_capacity,
	                   enforcement->staged_count + count, sizeof(*enforcement->staged)) < 0) {
		enforcement->unknown = true;
		return NULL;
	}
	slot = enforcement->staged + enforcement->staged_count;
	enforcement->staged_count += count;
	return slot;
}

/* With ${count} ${repairs} before it. */
static int send_staged(struct enforcement *enforcement, const struct plan_change *repairs, size_t count,
                       struct error *reterr)
{
	uint32_t epoch = enforcement->epoch;
	int result;

	if (enforcement->bump) {
		struct plan_change *change = stage(enforcement, PLAN_EPOCH_CHANGES);

		if (!change)
			return error_set(reterr, -ENOMEM, "no memory for a new epoch");
		epoch = epoch_after(epoch);
		plan_change_epoch(change, enforcement->epoch, epoch);
	}
	result = nft_repair(enforcement->nft, enforcement->plan, repairs, count, enforcement->staged,
	                    enforcement->staged_count, reterr);
	enforcement->staged_count = 0;
	if (result < 0)
		return result;
	enforcement->bump = false;
	enforcement->epoch = epoch;
	return 0;
}

/*
 * Before a replacement, which keeps sets of devices only where they hold just what the inventory does: what was staged
 * is told under the rules it was staged for.
 */
static void settle(struct enforcement *enforcement)
{
	if (!enforcement->unknown && enforcement->staged_count > 0)
		enforcement->unknown = send_staged(enforcement, NULL, 0, NULL) < 0;
}

int enforcement_load(struct enforcement *enforcement, struct policy *policy, const struct calendar *calendar,
                     struct inventory *inventory, struct error *reterr)
{
	CLEANUP(table_free) struct table *table = NULL;
	CLEANUP(plan_free) struct plan *plan = NULL;
	bool was_known;
	uint32_t epoch;
	int result;

	settle(enforcement);
	was_known = !enforcement->unknown;
	epoch = epoch_after(enforcement->epoch);
	result = table_compile(policy, &table, reterr);
	if (result == 0)
		result = plan_build(policy, table, epoch, calendar, &plan, reterr);
	if (result == 0)
		result = enforcement_replace(enforcement, plan, policy, inventory, reterr);
	if (result < 0)
		return result;
	plan_free(enforcement->plan);
	table_free(enforcement->table);
	policy_free(enforcement->policy);
	enforcement->plan = take_ptr(&plan);
	enforcement->table = take_ptr(&table);
	enforcement->policy = policy;
	enforcement->calendar = *calendar;
	enforcement->moment = calendar_moment(calendar, calendar->now_s);
	enforcement->epoch = epoch;
	mark_held(enforcement, inventory);
	if (!was_known)
		enforcement_hold_neighbours(enforcement, inventory, NULL);
	return 0;
}

/* No new epoch: behind a clinical interface an address without a device was in no zone, so no flow was let through. */
int enforcement_bind(struct enforcement *enforcement, struct binding *binding)
{
	uint16_t group = enforcement_group_of(enforcement, binding);
	struct plan_change *change = stage(enforcement, 2);

	hold_neighbour(enforcement, binding);
	if (!change)
		return -ENOMEM;
	plan_change_guard(&change[0], CHANGE_ADD, binding->interface, &binding->device->mac, &binding->address);
	enforcement_change_place(&change[1], CHANGE_ADD, binding, group);
	binding->kernel_group = group;
	enforcement->elements++;
	return 0;
}

int enforcement_unbind(struct enforcement *enforcement, struct binding *binding)
{
	struct plan_change *change;

	if (binding->kernel_group == ZONE_NONE)
		return 0;
	enforcement->elements--;
	enforcement->bump = true;
	if (enforcement->neighbours)
		neighbours_release(enforcement->neighbours, binding->interface, &binding->address);
	change = stage(enforcement, 2);
	if (!change)
		return -ENOMEM;
	plan_change_guard(&change[0], CHANGE_DELETE, binding->interface, &binding->device->mac, &binding->address);
	enforcement_change_place(&change[1], CHANGE_DELETE, binding, binding->kernel_group);
	binding->kernel_group = ZONE_NONE;
	return 0;
}

int enforcement_rezone(struct enforcement *enforcement, struct binding *binding)
{
	uint16_t group = enforcement_group_of(enforcement, binding);
	struct plan_change *change;

	if (binding->kernel_group == ZONE_NONE || binding->kernel_group == group)
		return 0;
	if (address_is_link_local6(&binding->address)) { /* has no zone element */
		binding->kernel_group = group;
		return 0;
	}
	enforcement->bump = true;
	change = stage(enforcement, 2);
	if (!change)
		return -ENOMEM;
	plan_change_zone(&change[0], CHANGE_DELETE, &binding->address, binding->kernel_group);
	plan_change_zone(&change[1], CHANGE_ADD, &binding->address, group);
	binding->kernel_group = group;
	return 0;
}

int enforcement_know(struct enforcement *enforcement, uint16_t names, const struct address *address, bool known)
{
	struct plan_change *change = stage(enforcement, 1);

	if (!change)
		return -ENOMEM;
	if (plan_change_name(change, known ? CHANGE_ADD : CHANGE_DELETE, enforcement->plan, names, address) < 0)
		enforcement->staged_count--; /* no rule of the plan asks for it */
	return 0;
}

int enforcement_alias(struct enforcement *enforcement, const char *name, bool clinical)
{
	struct plan_change *change;
	size_t at = 0;

	while (at < enforcement->alias_count && strcmp(enforcement->aliases[at], name) != 0)
		at++;
	if ((at < enforcement->alias_count) == clinical)
		return 0;
	if (at == ENFORCEMENT_ALIASES_MAX)
		return -ENOSPC;
	if (clinical)
		snprintf(enforcement->aliases[enforcement->alias_count++], INTERFACE_NAME_MAX, "%s", name);
	else
		memmove(enforcement->aliases[at], enforcement->aliases[--enforcement->alias_count], INTERFACE_NAME_MAX);
	change = stage(enforcement, 1);
	if (!change)
		return -ENOMEM;
	plan_change_clinical(change, clinical ? CHANGE_ADD : CHANGE_DELETE, name);
	return 0;
}

/* Where a binding is said by its interface: in the guard, and where a link-local address is somebody's. */
static int stage_place(struct enforcement *enforcement, enum change_type type, const struct binding *binding)
{
	bool link = address_is_link_local6(&binding->address);
	struct plan_change *change = stage(enforcement, link ? 2 : 1);

	if (!change)
		return -ENOMEM;
	plan_change_guard(change, type, binding->interface, &binding->device->mac, &binding->address);
	if (link)
		plan_change_link(change + 1, type, binding->interface, &binding->address);
	return 0;
}

int enforcement_move(struct enforcement *enforcement, struct inventory *inventory, const char *from, const char *to)
{
	struct binding *binding;
	int result = 0;

	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));) {
		bool held = binding->kernel_group != ZONE_NONE;

		if (strcmp(binding->interface, from) != 0)
			continue;
		if (held && result == 0)
			result = stage_place(enforcement, CHANGE_DELETE, binding);
		if (!inventory_move(inventory, binding, to))
			continue;
		if (held && result == 0)
			result = stage_place(enforcement, CHANGE_ADD, binding);
	}
	return result;
}

/* The policy in force anew, by its calendar, with all that is in the inventory. */
static int rebuild(struct enforcement *enforcement, struct inventory *inventory, struct error *reterr)
{
	CLEANUP(plan_free) struct plan *plan = NULL;
	uint32_t epoch;
	int result;

	settle(enforcement);
	epoch = epoch_after(enforcement->epoch);
	result = plan_build(enforcement->policy, enforcement->table, epoch, &enforcement->calendar, &plan, reterr);
	if (result == 0)
		result = enforcement_replace(enforcement, plan, enforcement->policy, inventory, reterr);
	if (result < 0)
		return result;
	plan_free(enforcement->plan);
	enforcement->plan = take_ptr(&plan);
	enforcement->epoch = epoch;
	mark_held(enforcement, inventory);
	return 0;
}

int enforcement_keep_time(struct enforcement *enforcement, const struct calendar *calendar, struct inventory *inventory,
                          struct error *reterr)
{
	bool has_hours = enforcement->table->schedule_count > 1; /* the first is always */
	int result;

	enforcement->moment = calendar_moment(calendar, calendar->now_s);
	if (!calendar_is_worn(&enforcement->calendar, calendar))
		return 0;
	enforcement->calendar = *calendar;
	if (!has_hours)
		return 0;
	enforcement->trouble = (struct error){ 0 };
	result = rebuild(enforcement, inventory, &enforcement->trouble);
	if (result == 0)
		return 1;
	enforcement->unknown = true;
	if (reterr && reterr->code == 0)
		*reterr = enforcement->trouble;
	return result;
}

int enforcement_flush(struct enforcement *enforcement, struct inventory *inventory, struct error *reterr)
{
	struct error refused = { 0 };
	bool is_full;
	int result = 0;

	if (!enforcement->unknown)
		result = send_staged(enforcement, NULL, 0, &refused);
	/* Behind it, for a device waits for the other. What is refused is on an interface that is down: set again when
	 * up. */
	neighbours_flush(enforcement->neighbours);
	if (result < 0)
		enforcement->unknown = true;
	if (!enforcement->unknown)
		return 0;
	/* More devices have come than their sets were laid out for: laid anew they have room, and nothing was wrong. */
	is_full = result == -ENFILE;
	if (result < 0 && !is_full && reterr)
		*reterr = refused;
	enforcement->trouble = (struct error){ 0 };
	result = rebuild(enforcement, inventory, &enforcement->trouble);
	enforcement->repairs += result == 0 && !is_full;
	if (result < 0 && reterr && reterr->code == 0)
		*reterr = enforcement->trouble;
	return result;
}

int enforcement_repair(struct enforcement *enforcement, const struct plan_change *changes, size_t count,
                       struct error *reterr)
{
	int result;

	for (size_t i = 0; i < count; i++)
		enforcement->bump |= changes[i].type == CHANGE_DELETE;
	result = send_staged(enforcement, changes, count, reterr);
	enforcement->repaired_elements += result == 0;
	enforcement->unknown |= result < 0;
	return result;
}
