/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/inventory/interfaces.h"

#include <string.h>

struct interface *interfaces_by_index(struct interfaces *interfaces, uint32_t ifindex)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].ifindex == ifindex)
			return &interfaces->at[i];
	return NULL;
}

static bool is_clinical(const struct policy *policy, const char *name)
{
	return policy_interface_matches(policy->clinical, policy->clinical_count, name);
}

/* Named by the policy; or by a former name, which holds until the interface is gone or the policy knows the present. */
static void mark(struct interface *interface, const struct policy *policy)
{
	if (is_clinical(policy, interface->name))
		interface->former[0] = '\0';
	interface->clinical = interface->former[0] || is_clinical(policy, interface->name);
}

static struct interface *present(struct interfaces *interfaces, const struct link_event *event,
                                 const struct policy *policy)
{
	struct interface *interface = interfaces_by_index(interfaces, event->ifindex);

	if (!interface) {
		if (interfaces->count == INTERFACES_MAX) {
			interfaces->overflow++;
			return NULL;
		}
		interface = &interfaces->at[interfaces->count++];
		*interface = (struct interface){ .ifindex = event->ifindex };
	}
	if (interface->clinical && !interface->former[0] && strcmp(interface->name, event->name) != 0)
		memcpy(interface->former, interface->name, sizeof(interface->former));
	memcpy(interface->name, event->name, sizeof(interface->name));
	interface->seen = true;
	interface->up = event->up;
	interface->vlan = event->vlan;
	mark(interface, policy);
	return interface;
}

static void gone(struct interfaces *interfaces, uint32_t ifindex)
{
	struct interface *interface = interfaces_by_index(interfaces, ifindex);

	if (interface)
		*interface = interfaces->at[--interfaces->count];
}

static bool prefix_same(const struct prefix *a, const struct prefix *b)
{
	return a->length == b->length && address_equal(&a->address, &b->address);
}

static struct interface *own_present(struct interfaces *interfaces, const struct link_event *event)
{
	struct interface *interface = interfaces_by_index(interfaces, event->ifindex);

	if (!interface)
		return NULL;
	for (size_t i = 0; i < interface->own_count; i++)
		if (prefix_same(&interface->own[i], &event->prefix))
			return NULL;
	if (interface->own_count == INTERFACE_PREFIXES_MAX) {
		interfaces->overflow++;
		return NULL;
	}
	interface->own[interface->own_count++] = event->prefix;
	return interface;
}

static struct interface *own_gone(struct interfaces *interfaces, const struct link_event *event)
{
	struct interface *interface = interfaces_by_index(interfaces, event->ifindex);

	for (size_t i = 0; interface && i < interface->own_count; i++) {
		if (!prefix_same(&interface->own[i], &event->prefix))
			continue;
		interface->own[i] = interface->own[--interface->own_count];
		return interface;
	}
	return NULL;
}

struct interface *interfaces_apply(struct interfaces *interfaces, const struct link_event *event,
                                   const struct policy *policy)
{
	switch (event->change) {
	case LINK_PRESENT:
		return present(interfaces, event, policy);
	case LINK_GONE:
		gone(interfaces, event->ifindex);
		return NULL;
	case LINK_ADDRESS_PRESENT:
		return own_present(interfaces, event);
	case LINK_ADDRESS_GONE:
		return own_gone(interfaces, event);
	}
	return NULL;
}

void interfaces_forget_seen(struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++) {
		interfaces->at[i].seen = false;
		interfaces->at[i].own_count = 0;
	}
}

const struct interface *interfaces_unseen(const struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (!interfaces->at[i].seen)
			return &interfaces->at[i];
	return NULL;
}

void interfaces_mark(struct interfaces *interfaces, const struct policy *policy)
{
	for (size_t i = 0; i < interfaces->count; i++)
		mark(&interfaces->at[i], policy);
}

bool interfaces_is_own(const struct interfaces *interfaces, const struct address *address)
{
	for (size_t i = 0; i < interfaces->count; i++)
		for (size_t j = 0; j < interfaces->at[i].own_count; j++)
			if (address_equal(&interfaces->at[i].own[j].address, address))
				return true;
	return false;
}

bool interfaces_on_link6(const struct interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].clinical && interfaces->at[i].on_link6)
			return true;
	return false;
}

void interface_network(const struct interface *interface, size_t index, struct prefix *network)
{
	unsigned int bits = address_length(interface->own[index].address.family) * 8;

	*network = interface->own[index];
	for (unsigned int bit = network->length; bit < bits; bit++)
		network->address.byte[bit / 8] &= (uint8_t) ~(0x80 >> (bit % 8));
}

/*
 * RFC 1122 section 3.2.1.3: the all-ones host is broadcast; /31 (RFC 3021) and /32 have no such addresses. In IPv6 the
 * all-zeros host is any router (RFC 4291 section 2.6.1), where there are more than two (RFC 6164).
 */
static bool is_reserved_host(const struct prefix *network, const struct address *address)
{
	unsigned int bits = address_length(network->address.family) * 8;
	bool zeros = true, ones = network->address.family == FAMILY_IPV4;

	if (network->length > bits - 2)
		return false;
	for (unsigned int bit = network->length; bit < bits; bit++) {
		if (address->byte[bit / 8] & (0x80 >> (bit % 8)))
			zeros = false;
		else
			ones = false;
	}
	return zeros || ones;
}

bool interface_takes(const struct interface *interface, const struct address *address)
{
	for (size_t i = 0; i < interface->own_count; i++) {
		struct prefix network;

		interface_network(interface, i, &network);
		if (prefix_contains(&network, address))
			return !is_reserved_host(&network, address);
	}
	return false;
}

bool interfaces_is_clinical(const struct interfaces *interfaces, const struct address *address)
{
	for (size_t i = 0; i < interfaces->count; i++)
		if (interfaces->at[i].clinical && interface_takes(&interfaces->at[i], address))
			return true;
	return false;
}
