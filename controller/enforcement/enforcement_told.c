/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/enforcement/enforcement_internal.h"

#include <string.h>

/* The elements of one set, as they are told. */
struct telling {
	const struct plan *plan;
	const char *set;
	nft_take_element *take;
	void *taker;
};

static void tell(const struct telling *telling, const struct plan_change *change)
{
	struct plan_element element;

	if (change->type != CHANGE_ADD || strcmp(change->set, telling->set) != 0)
		return;
	plan_change_element(change, &element);
	telling->take(&element, telling->taker);
}

static void tell_name(uint16_t names, const struct address *address, bool known, void *context)
{
	const struct telling *telling = context;
	struct plan_change change;

	(void)known;
	if (plan_change_name(&change, CHANGE_ADD, telling->plan, names, address) == 0)
		tell(telling, &change);
}

void enforcement_each_element(const struct enforcement *enforcement, const struct inventory *inventory, const char *set,
                              nft_take_element *take, void *taker)
{
	struct telling telling = { .plan = enforcement->plan, .set = set, .take = take, .taker = taker };
	const struct plan_set *planned = plan_set_by_name(enforcement->plan, set);
	struct plan_change changes[PLAN_EPOCH_CHANGES];
	struct binding *binding;

	/* The plan has those of the epoch that it was built for. */
	for (size_t i = 0; planned && !plan_is_of_epoch(set) && i < planned->element_count; i++)
		take(&planned->elements[i], taker);
	for (size_t i = 0; i < enforcement->alias_count; i++) {
		plan_change_clinical(&changes[0], CHANGE_ADD, enforcement->aliases[i]);
		tell(&telling, &changes[0]);
	}
	plan_change_epoch(changes, enforcement->epoch, enforcement->epoch);
	for (size_t i = 0; i < PLAN_EPOCH_CHANGES; i++)
		tell(&telling, &changes[i]);
	for (uint32_t at = 0; (binding = inventory_next_binding(inventory, &at));) {
		if (binding->kernel_group == ZONE_NONE)
			continue;
		plan_change_guard(&changes[0], CHANGE_ADD, binding->interface, &binding->device->mac,
		                  &binding->address);
		enforcement_change_place(&changes[1], CHANGE_ADD, binding, binding->kernel_group);
		tell(&telling, &changes[0]);
		tell(&telling, &changes[1]);
	}
	if (enforcement->known)
		known_names_each(enforcement->known, enforcement->policy, tell_name, &telling);
}
