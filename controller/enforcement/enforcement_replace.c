/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/enforcement_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Elements for a replacement, as they are gathered. */
struct gathered {
	const struct plan *plan;
	struct plan_change *at;
	size_t count;
	size_t capacity;
	bool failed;
};

/* Room for ${bindings}, two elements each, before any: grown by and by it is touched, and moved, page by page. */
static void gather_room(struct gathered *gathered, size_t bindings)
{
	gathered->failed =
		memory_reserve((void **)&gathered->at, &gathered->capacity, 2 * bindings, sizeof(*gathered->at)) < 0;
	memory_prefer_large(gathered->at, gathered->capacity * sizeof(*gathered->at));
}

static struct plan_change *gather(struct gathered *gathered, size_t count)
{
	struct plan_change *slot;

	if (memory_reserve((void **)&gathered->at, &gathered->capacity, gathered->count + count,
	                   sizeof(*gathered->at)) < 0) {
		gathered->failed = true;
		return NULL;
	}
	slot = gathered->at + gathered->count;
	gathered->count += count;
	return slot;
}

static void gather_name(uint16_t names, const struct address *address, bool known, void *context)
{
	struct gathered *gathered = context;
	struct plan_change *change = gather(gathered, 1);

	(void)known;
	if (change && plan_change_name(change, CHANGE_ADD, gathered->plan, names, address) < 0)
		gathered->count--;
}

/* Which sets its elements are in. */
enum binding_kind {
	BINDING_IPV4,
	BINDING_IPV6,
	BINDING_LINK_LOCAL,
	BINDING_KIND_COUNT
};

static enum binding_kind kind_of(const struct binding *binding)
{
	if (binding->address.family == FAMILY_IPV4)
		return BINDING_IPV4;
	return address_is_link_local6(&binding->address) ? BINDING_LINK_LOCAL : BINDING_IPV6;
}

#define LASTING_ALL ((1U << PLAN_LASTING_COUNT) - 1)

/* By enum binding_kind: the bits of the set that guards it and of the one that tells its place. */
static const struct {
	unsigned int guard;
	unsigned int place;
} sets_of_kind[BINDING_KIND_COUNT] = {
	[BINDING_IPV4] = { 1U << LASTING_GUARD4, 1U << LASTING_ZONE4 },
	[BINDING_IPV6] = { 1U << LASTING_GUARD6, 1U << LASTING_ZONE6 },
	[BINDING_LINK_LOCAL] = { 1U << LASTING_GUARD6, 1U << LASTING_LINK6 },
};

static void gather_guard(const struct inventory *inventory, enum binding_kind kind, struct gathered *gathered)
{
	struct binding *binding;

	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));) {
		struct plan_change *change = kind_of(binding) == kind ? gather(gathered, 1) : NULL;

		if (change)
			plan_change_guard(change, CHANGE_ADD, binding->interface, &binding->device->mac,
			                  &binding->address);
	}
}

static void gather_places(const struct inventory *inventory, const struct policy *policy, enum binding_kind kind,
                          struct gathered *gathered)
{
	struct binding *binding;

	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));) {
		struct plan_change *change = kind_of(binding) == kind ? gather(gathered, 1) : NULL;

		if (change)
			enforcement_change_place(change, CHANGE_ADD, binding, enforcement_group_under(policy, binding));
	}
}

/* What the policy names by now is no alias any more. */
static void gather_aliases(struct enforcement *enforcement, const struct policy *policy, struct gathered *gathered)
{
	size_t kept = 0;

	for (size_t i = 0; i < enforcement->alias_count; i++) {
		struct plan_change *change;

		if (policy_interface_matches(policy->clinical, policy->clinical_count, enforcement->aliases[i]))
			continue;
		change = gather(gathered, 1);
		if (change)
			plan_change_clinical(change, CHANGE_ADD, enforcement->aliases[i]);
		memmove(enforcement->aliases[kept++], enforcement->aliases[i], INTERFACE_NAME_MAX);
	}
	enforcement->alias_count = kept;
}

/*
 * Every binding as two elements, but for those of ${kept} sets, and every address that is known by names of the policy.
 * Those of one set stand together, for only neighbours share a message: one message an element took the kernel four
 * times as long.
 */
static void gather_all(const struct inventory *inventory, const struct known_names *known, const struct policy *policy,
                       unsigned int kept, struct gathered *gathered)
{
	for (int kind = 0; kind < BINDING_KIND_COUNT; kind++) {
		if (!(kept & sets_of_kind[kind].guard))
			gather_guard(inventory, (enum binding_kind)kind, gathered);
		if (!(kept & sets_of_kind[kind].place))
			gather_places(inventory, policy, (enum binding_kind)kind, gathered);
	}
	if (known)
		known_names_each(known, policy, gather_name, gathered);
}

/*
 * Which sets of devices can stay as they are under ${policy}, as bits. The guard's say nothing of zones. A map of zones
 * stays where the group of each of its devices has the same number as before: then old and new rules alike mean by it
 * what they should.
 */
static unsigned int lasting_under(const struct enforcement *enforcement, const struct policy *policy,
                                  const struct inventory *inventory)
{
	unsigned int lasting = LASTING_ALL;
	struct binding *binding;

	if (enforcement->unknown)
		return 0;
	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));) {
		enum binding_kind kind = kind_of(binding);

		if (binding->kernel_group == ZONE_NONE)
			return 0;
		if (kind != BINDING_LINK_LOCAL && binding->kernel_group != enforcement_group_under(policy, binding))
			lasting &= ~sets_of_kind[kind].place;
	}
	return lasting;
}

/* Unheard, as nft_monitor_pause says. shape: 1 where somebody else changed nf_tables meanwhile, which nobody told. */
static int replace_unheard(const struct enforcement *enforcement, const struct plan *plan, unsigned int kept,
                           const struct gathered *gathered, struct error *reterr)
{
	uint32_t before = 0;
	uint32_t after = 0;
	int resumed;
	int result = nft_count_others(enforcement->nft, &before, reterr);

	if (result < 0)
		return result;
	nft_monitor_pause(enforcement->monitor);
	result = nft_replace_keeping(enforcement->nft, plan, kept, gathered->at, gathered->count, reterr);
	resumed = nft_monitor_resume(enforcement->monitor, reterr);
	if (result == 0)
		result = resumed;
	if (result == 0)
		result = nft_count_others(enforcement->nft, &after, reterr);
	return result < 0 ? result : after != before;
}

/* With the sets of ${kept} as they are. shape: as replace_unheard. */
static int replace_keeping(struct enforcement *enforcement, const struct plan *plan, const struct policy *policy,
                           const struct inventory *inventory, unsigned int kept, struct error *reterr)
{
	struct gathered gathered = { .plan = plan };
	int result;

	gather_room(&gathered, inventory->bindings.count);
	gather_aliases(enforcement, policy, &gathered);
	gather_all(inventory, enforcement->known, policy, kept, &gathered);
	result = gathered.failed ? error_set(reterr, -ENOMEM, "no memory for %zu bindings", inventory->bindings.count)
	                         : replace_unheard(enforcement, plan, kept, &gathered, reterr);
	if (result > 0 && kept == 0) /* once more, slower and heard */
		result = nft_replace(enforcement->nft, plan, gathered.at, gathered.count, reterr);
	free(gathered.at);
	return result;
}

/* First what can stay is kept; where that fails, or others changed something meanwhile, all is laid anew. */
int enforcement_replace(struct enforcement *enforcement, const struct plan *plan, const struct policy *policy,
                        const struct inventory *inventory, struct error *reterr)
{
	unsigned int kept = lasting_under(enforcement, policy, inventory);

	if (kept && replace_keeping(enforcement, plan, policy, inventory, kept, NULL) == 0)
		return 0;
	return replace_keeping(enforcement, plan, policy, inventory, 0, reterr);
}
