/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/replay/ruling.h"

#include "controller/local_time.h"

#define NS_PER_S   1000000000U
#define NS_PER_MS  1000000U
#define MS_PER_S   1000U
#define PORT_DNS   53
#define NUMBER_UDP 17 /* IANA */

static struct ruling_end end_of(const struct replay *replay, const struct address *address)
{
	const struct policy *policy = replay->options.policy;
	const struct census_device *device = census_of_address(replay->census, address);
	struct ruling_end end = { .device = device, .zone = ZONE_NONE, .group = ZONE_NONE, .zone_name = "" };

	end.zone = device ? device->zone : table_zone_of_network(replay->options.table, address);
	if (end.zone == ZONE_NONE)
		return end;
	end.group = device ? policy_group_of(policy, &device->key.mac, end.zone) : end.zone;
	end.zone_name = policy_zone(policy, end.zone)->name;
	return end;
}

/* The gateway answers DHCP or relays it, whatever the policy: RFC 2131 section 4.1, RFC 8415 section 7.2. */
static bool is_addressing(const struct flow_row *row)
{
	uint16_t port = row->key.port;

	return row->key.protocol == NUMBER_UDP && (port == 67 || port == 68 || port == 546 || port == 547);
}

/* By which names of the policy the server of a flow is known. */
struct knowing {
	const struct replay *replay;
	const struct flow_row *row;
	struct name_sets *sets;
};

/* A name counts where the policy believes who told it, and where it was told before the last of these flows began. */
static bool add_name(const struct known_name *name, void *context)
{
	const struct knowing *knowing = context;
	const struct policy *policy = knowing->replay->options.policy;
	const struct ruling_end asker = end_of(knowing->replay, &name->asker);
	const struct ruling_end resolver = end_of(knowing->replay, &name->resolver);
	const struct flow asking = {
		.from = asker.group,
		.to = resolver.group,
		.protocol = NUMBER_UDP,
		.port = PORT_DNS,
		.moment = local_time_at((time_t)(name->since_ms / MS_PER_S)),
	};

	if (name->since_ms > knowing->row->last_ns / NS_PER_MS ||
	    !known_names_is_resolver(policy, knowing->replay->options.table, &asking, &name->resolver,
	                             resolver.device && mac_is_device(&resolver.device->key.mac)))
		return true;
	for (uint16_t i = 0; i < policy->name_set_count; i++)
		if (policy_name_set_holds(&policy->name_sets[i], name->text))
			name_sets_add(knowing->sets, (uint16_t)(i + 1));
	return true;
}

bool ruling_of(const struct replay *replay, const struct flow_row *row, struct ruling *ruling)
{
	const struct policy *policy = replay->options.policy;
	struct flow flow;

	ruling->from = end_of(replay, &row->key.client);
	ruling->to = end_of(replay, &row->key.server);
	if (ruling->from.zone == ZONE_NONE && ruling->to.zone == ZONE_NONE)
		return false;
	if ((ruling->from.device && ruling->from.device == ruling->to.device) || is_addressing(row))
		return false;
	flow = (struct flow){
		.from = ruling->from.group,
		.to = ruling->to.group,
		.protocol = row->key.protocol,
		.port = row->key.port,
		.moment = local_time_at((time_t)(row->first_ns / NS_PER_S)),
	};
	known_names_of(replay->known, &row->key.server, add_name,
	               &(struct knowing){ .replay = replay, .row = row, .sets = &flow.known });
	ruling->decision = table_decide(replay->options.table, &flow);
	ruling->rule = ruling->decision.by_default ? NULL : &policy->rules[ruling->decision.rule];
	return true;
}

const char *ruling_verdict(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_ALLOW:
		return "allow";
	case VERDICT_REJECT:
		return "reject";
	case VERDICT_DENY:
		break;
	}
	return "deny";
}

const char *ruling_service(const struct flow_row *row, char text[SERVICE_TEXT_MAX])
{
	struct service_range range = { .protocol = row->key.protocol, .first = row->key.port, .last = row->key.port };

	service_range_format(&range, text);
	return text;
}
