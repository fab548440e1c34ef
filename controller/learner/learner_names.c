/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "controller/learner/learner_internal.h"

#define DNS_PORT 53

uint16_t learner_group_of(const struct learner *learner, const struct address *address)
{
	const struct binding *binding = inventory_binding(learner->inventory, address);

	if (binding)
		return enforcement_group_of(learner->enforcement, binding);
	if (interfaces_is_clinical(learner->interfaces, address))
		return ZONE_NONE;
	return table_zone_of_network(learner->enforcement->table, address);
}

void learner_asked(struct learner *learner, const struct observation *observation, uint64_t now_ms)
{
	if (learner->known && observation->conversation.destination_port == DNS_PORT)
		known_names_asked(learner->known, learner->enforcement->policy, observation, now_ms);
}

/* The source guard drops what has a foreign address; this keeps devices from answering for a name server without it. */
static bool came_by_its_way(const struct interface *interface, const struct binding *binding)
{
	return binding ? strcmp(binding->interface, interface->name) == 0 && !binding->suspect : !interface->clinical;
}

static bool is_believed(const struct learner *learner, const struct interface *interface,
                        const struct conversation *answer)
{
	const struct binding *binding = inventory_binding(learner->inventory, &answer->source);
	const struct enforcement *enforcement = learner->enforcement;
	const struct flow asking = {
		.from = learner_group_of(learner, &answer->destination),
		.to = learner_group_of(learner, &answer->source),
		.protocol = answer->protocol,
		.port = DNS_PORT,
		.moment = enforcement->moment,
	};

	return came_by_its_way(interface, binding) &&
	       known_names_is_resolver(enforcement->policy, enforcement->table, &asking, &answer->source,
	                               binding != NULL);
}

void learner_answered(struct learner *learner, const struct interface *interface, const struct observation *observation,
                      uint64_t now_ms)
{
	const struct conversation *answer = &observation->conversation;

	if (!learner->known || observation->type != OBSERVATION_FIELDS || observation->protocol != PROTOCOL_DNS ||
	    observation->outgoing || answer->source_port != DNS_PORT || answer->source.family == FAMILY_NONE ||
	    !is_believed(learner, interface, answer))
		return;
	known_names_answered(learner->known, learner->enforcement->policy, observation, now_ms);
}
