/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/language/report.h"
#include "policy/proof/explain.h"

/* What a text names in the policy, counted. */
struct named {
	uint16_t zone;
	const struct policy_pin *pin; /* the first of that name */
	const struct policy_pin *other;
};

static struct named find_named(const struct policy *policy, const char *text)
{
	struct named named = { .zone = policy_zone_by_name(policy, text) };

	for (size_t i = 0; i < policy->pin_count; i++) {
		if (!text[0] || strcmp(policy->pins[i].name, text) != 0)
			continue;
		if (!named.pin)
			named.pin = &policy->pins[i];
		else
			named.other = &policy->pins[i];
	}
	return named;
}

static int refuse_several(const struct policy *policy, const struct named *named, const char *text,
                          struct error *reterr)
{
	char shown[REPORT_VALUE_MAX];
	struct place first = named->zone ? policy_zone(policy, named->zone)->place : named->pin->place;
	struct place second = named->zone ? named->pin->place : named->other->place;

	return error_set(reterr, -ENOTUNIQ, "%s is %s at %s:%u and a device at %s:%u; give the device's MAC address",
	                 report_value(text, shown), named->zone ? "a zone" : "a device", policy_file(policy, first),
	                 first.line, policy_file(policy, second), second.line);
}

static int refuse_unknown(const struct policy *policy, const char *text, bool is_source, struct error *reterr)
{
	char shown[REPORT_VALUE_MAX];
	struct suggest suggest;

	suggest_init(&suggest, text);
	for (size_t i = 0; i < policy->zone_count; i++)
		suggest_consider(&suggest, policy->zones[i].name);
	for (size_t i = 0; i < policy->pin_count; i++)
		if (policy->pins[i].name[0])
			suggest_consider(&suggest, policy->pins[i].name);
	return error_set(reterr, -EINVAL, "there is no zone or device %s%s", report_value(text, shown),
	                 suggest.best ? suggest_text(&suggest)
	                 : is_source  ? "; give a zone, a device's name, a MAC or an IP address"
	                              : "; give a zone, a device's name, a MAC or an IP address, or a DNS name");
}

static void from_zone(const struct policy *policy, uint16_t id, struct endpoint *endpoint)
{
	const struct policy_zone *zone = policy_zone(policy, id);

	endpoint->kind = ENDPOINT_ZONE;
	endpoint->zone = id;
	endpoint->group = id;
	snprintf(endpoint->how, sizeof(endpoint->how), "the zone at %s:%u", policy_file(policy, zone->place),
	         zone->place.line);
}

/* The zone of a device that is pinned to none, by what the policy alone says of it. */
static void zone_by_members(const struct policy *policy, const struct mac *mac, struct endpoint *endpoint)
{
	const struct policy_pin *pin = endpoint->pin;
	const struct member_facts facts = {
		.mac = mac,
		.tags = pin ? (const char(*)[MEMBER_TAG_MAX])pin->tags : NULL,
		.tag_count = pin ? pin->tag_count : 0,
	};
	const char *known = facts.tag_count > 0 ? "its MAC address and tags" : "its MAC address";
	const struct policy_zone *zone;
	size_t depth;

	endpoint->zone = policy_zone_of(policy, &facts);
	zone = policy_zone(policy, endpoint->zone);
	if (zone && members_hold(&zone->members, &facts, &depth))
		snprintf(endpoint->how, sizeof(endpoint->how),
		         "not pinned; taken for %s by the members of the zone at %s:%u", known,
		         policy_file(policy, zone->place), zone->place.line);
	else
		snprintf(endpoint->how, sizeof(endpoint->how),
		         "not pinned, and no zone takes it for %s alone: the default zone; "
		         "what the gateway learns of it may put it elsewhere",
		         known);
}

static void from_device(const struct policy *policy, const struct mac *mac, struct endpoint *endpoint)
{
	const struct policy_pin *pin = policy_pin_of(policy, mac);

	endpoint->kind = ENDPOINT_DEVICE;
	endpoint->pin = pin;
	if (pin && pin->zone != ZONE_NONE) {
		endpoint->zone = pin->zone;
		snprintf(endpoint->how, sizeof(endpoint->how), "pinned at %s:%u", policy_file(policy, pin->place),
		         pin->place.line);
	} else {
		zone_by_members(policy, mac, endpoint);
	}
	endpoint->group = policy_group_of(policy, mac, endpoint->zone);
}

/* The longest network of ${zone} that holds ${address}: the one that put it there. */
static const struct policy_network *network_of(const struct policy_zone *zone, const struct address *address)
{
	const struct policy_network *best = NULL;

	for (size_t i = 0; zone && i < zone->network_count; i++)
		if (prefix_contains(&zone->networks[i].prefix, address) &&
		    (!best || zone->networks[i].prefix.length > best->prefix.length))
			best = &zone->networks[i];
	return best;
}

static void from_address(const struct policy *policy, const struct table *table, const struct address *address,
                         struct endpoint *endpoint)
{
	const struct policy_network *network;
	char text[PREFIX_TEXT_MAX];

	endpoint->kind = ENDPOINT_ADDRESS;
	endpoint->address = *address;
	endpoint->zone = table_zone_of_network(table, address);
	endpoint->group = endpoint->zone;
	network = network_of(policy_zone(policy, endpoint->zone), address);
	if (network)
		snprintf(endpoint->how, sizeof(endpoint->how),
		         "network %s at %s:%u, unless it is a device's behind a clinical interface",
		         prefix_format(&network->prefix, text), policy_file(policy, network->place),
		         network->place.line);
	else
		snprintf(endpoint->how, sizeof(endpoint->how),
		         "in no network of the policy; a device behind a clinical interface gets its zone by identity, "
		         "at any address: ask by its name or MAC address");
}

static bool is_dns_name(const char *text)
{
	size_t length = strlen(text);
	bool has_letter = false;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		has_letter |= isalpha(c) != 0;
		if (!isalnum(c) && c != '-' && c != '_' && c != '.')
			return false;
		if (c == '.' && (i == 0 || text[i - 1] == '.'))
			return false;
	}
	return has_letter && strchr(text, '.') && length < POLICY_DNS_MAX;
}

bool explain_name_is_in(const struct policy *policy, const char *name, uint16_t names)
{
	char plain[POLICY_DNS_MAX];
	size_t length = strnlen(name, sizeof(plain) - 1);

	for (size_t i = 0; i < length; i++)
		plain[i] = (char)tolower((unsigned char)name[i]);
	if (length > 0 && plain[length - 1] == '.')
		length--;
	plain[length] = '\0';
	return names > 0 && names <= policy->name_set_count &&
	       policy_name_set_holds(&policy->name_sets[names - 1], plain);
}

static void from_name(const struct policy *policy, const struct table *table, struct endpoint *endpoint)
{
	const struct address anywhere = { .family = FAMILY_IPV4 };
	char where[EXPLAIN_TEXT_MAX / 4] = "";

	from_address(policy, table, &anywhere, endpoint);
	endpoint->kind = ENDPOINT_NAME;
	endpoint->address = (struct address){ .family = FAMILY_NONE };
	for (uint16_t names = 1; endpoint->names == 0 && names <= policy->name_set_count; names++)
		if (explain_name_is_in(policy, endpoint->text, names))
			endpoint->names = names;
	if (endpoint->names) {
		struct place place = policy->name_sets[endpoint->names - 1].place;

		snprintf(where, sizeof(where), "named at %s:%u; ", policy_file(policy, place), place.line);
	}
	snprintf(endpoint->how, sizeof(endpoint->how), "%s%s", where,
	         endpoint->zone ? "a name stands for addresses in the zone of 0.0.0.0/0"
	                        : "a name stands for addresses in the zone of 0.0.0.0/0, and no zone has that network");
}

int explain_endpoint(const struct policy *policy, const struct table *table, const char *text, bool is_source,
                     struct endpoint *endpoint, struct error *reterr)
{
	struct named named = find_named(policy, text);
	struct endpoint found = { .kind = ENDPOINT_ZONE };
	struct address address;
	struct mac mac;

	if (named.other || (named.zone && named.pin))
		return refuse_several(policy, &named, text, reterr);
	snprintf(found.text, sizeof(found.text), "%s", text);
	if (named.zone)
		from_zone(policy, named.zone, &found);
	else if (named.pin)
		from_device(policy, &named.pin->mac, &found);
	else if (mac_parse(text, &mac) == 0 && mac_is_device(&mac))
		from_device(policy, &mac, &found);
	else if (address_parse(text, &address) == 0)
		from_address(policy, table, &address, &found);
	else if (!is_source && is_dns_name(text))
		from_name(policy, table, &found);
	else
		return refuse_unknown(policy, text, is_source, reterr);
	*endpoint = found;
	return 0;
}
