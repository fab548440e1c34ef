/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/plan/plan_write.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define EPOCH_BIT 0x80000000U /* a mark of ours is never zero and seldom another program's */
#define EARLY_BIT 0x40000000U

#define EPOCH_ELEMENTS (PLAN_EPOCH_CHANGES / 2)

unsigned int plan_key_length(enum plan_key key)
{
	static const unsigned int lengths[KEY_COUNT] = {
		[KEY_IIFNAME] = 16,      [KEY_OIFNAME] = 16,      [KEY_NFPROTO] = 1,      [KEY_L4PROTO] = 1,
		[KEY_MARK] = 4,          [KEY_ETHER_SADDR] = 6,   [KEY_IP_SADDR] = 4,     [KEY_IP_DADDR] = 4,
		[KEY_IP6_SADDR] = 16,    [KEY_IP6_DADDR] = 16,    [KEY_TH_SPORT] = 2,     [KEY_TH_DPORT] = 2,
		[KEY_ICMP_TYPE] = 1,     [KEY_ICMPV6_TYPE] = 1,   [KEY_CT_STATE] = 4,     [KEY_CT_DIRECTION] = 1,
		[KEY_CT_MARK] = 4,       [KEY_CT_PROTOCOL] = 1,   [KEY_CT_IP_SADDR] = 4,  [KEY_CT_IP_DADDR] = 4,
		[KEY_CT_IP6_SADDR] = 16, [KEY_CT_IP6_DADDR] = 16, [KEY_CT_PROTO_DST] = 2, [KEY_CT_STATUS] = 4,
		[KEY_CT_HELPER] = 16,    [KEY_CT_PACKETS] = 8,    [KEY_TIME] = 8,         [KEY_IP6_ROUTING] = 1,
	};

	assert(key < KEY_COUNT);
	return lengths[key];
}

unsigned int plan_log_length(uint32_t group)
{
	return group == PLAN_FIRST_GROUP ? PLAN_FIRST_SNAPLEN : PLAN_NFLOG_SNAPLEN;
}

const char *plan_names_set(uint16_t names, uint8_t family, char name[PLAN_NAME_MAX])
{
	snprintf(name, PLAN_NAME_MAX, "%s.%u", family == FAMILY_IPV4 ? PLAN_SET_NAMES4 : PLAN_SET_NAMES6, names);
	return name;
}

void plan_free(struct plan *plan)
{
	if (!plan)
		return;
	for (size_t i = 0; i < plan->set_count; i++)
		free(plan->sets[i].elements);
	for (size_t i = 0; i < plan->chain_count; i++)
		free(plan->chains[i].rules);
	free(plan->sets);
	free(plan->chains);
	free(plan);
}

const struct plan_set *plan_set_by_name(const struct plan *plan, const char *name)
{
	for (size_t i = 0; i < plan->set_count; i++)
		if (strcmp(plan->sets[i].name, name) == 0)
			return &plan->sets[i];
	return NULL;
}

int plan_lasting_by_name(const char *name)
{
	static const char *const names[PLAN_LASTING_COUNT] = {
		[LASTING_GUARD4] = PLAN_SET_GUARD4, [LASTING_GUARD6] = PLAN_SET_GUARD6,
		[LASTING_LINK6] = PLAN_SET_LINK6,   [LASTING_ZONE4] = PLAN_MAP_ZONE4,
		[LASTING_ZONE6] = PLAN_MAP_ZONE6,
	};

	for (int i = 0; i < PLAN_LASTING_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

uint32_t plan_epoch_mark(uint32_t epoch)
{
	return (epoch & ~EARLY_BIT) | EPOCH_BIT;
}

uint32_t plan_early_mark(uint32_t epoch)
{
	return plan_epoch_mark(epoch) | EARLY_BIT;
}

bool plan_is_of_epoch(const char *set)
{
	static const char *const sets[] = { PLAN_SET_EPOCH, PLAN_SET_SETTLED, PLAN_MAP_SETTLE, PLAN_MAP_STAMP };

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++)
		if (strcmp(set, sets[i]) == 0)
			return true;
	return false;
}

void plan_change_element(const struct plan_change *change, struct plan_element *element)
{
	*element = (struct plan_element){ .mark = change->mark };
	memcpy(element->key, change->key, sizeof(change->key));
	if (change->chain)
		snprintf(element->chain, sizeof(element->chain), "%s", change->chain);
}

void plan_change_clinical(struct plan_change *change, enum change_type type, const char *interface)
{
	size_t length = strlen(interface);

	assert(length < INTERFACE_NAME_MAX);
	memset(change, 0, sizeof(*change));
	change->type = type;
	change->set = PLAN_SET_CLINICAL;
	memcpy(change->key, interface, length);
}

void plan_change_guard(struct plan_change *change, enum change_type type, const char *interface, const struct mac *mac,
                       const struct address *address)
{
	uint8_t *key = change->key;
	size_t length = strlen(interface);

	assert(address->family != FAMILY_NONE && length < INTERFACE_NAME_MAX);
	memset(change, 0, sizeof(*change));
	change->type = type;
	change->set = address->family == FAMILY_IPV4 ? PLAN_SET_GUARD4 : PLAN_SET_GUARD6;
	/* The name takes 16 bytes, the MAC 6 and 2 of padding, then the address. */
	memcpy(key, interface, length);
	memcpy(key + INTERFACE_NAME_MAX, mac->byte, sizeof(mac->byte));
	memcpy(key + INTERFACE_NAME_MAX + 8, address->byte, address_length(address->family));
}

void plan_change_zone(struct plan_change *change, enum change_type type, const struct address *address, uint16_t zone)
{
	assert(address->family != FAMILY_NONE);
	memset(change, 0, sizeof(*change));
	change->type = type;
	change->set = address->family == FAMILY_IPV4 ? PLAN_MAP_ZONE4 : PLAN_MAP_ZONE6;
	memcpy(change->key, address->byte, address_length(address->family));
	change->mark = zone;
}

void plan_change_link(struct plan_change *change, enum change_type type, const char *interface,
                      const struct address *address)
{
	size_t length = strlen(interface);

	assert(address->family == FAMILY_IPV6 && length < INTERFACE_NAME_MAX);
	memset(change, 0, sizeof(*change));
	change->type = type;
	change->set = PLAN_SET_LINK6;
	memcpy(change->key, interface, length);
	memcpy(change->key + INTERFACE_NAME_MAX, address->byte, address_length(address->family));
}

int plan_change_name(struct plan_change *change, enum change_type type, const struct plan *plan, uint16_t names,
                     const struct address *address)
{
	const struct plan_set *set;
	char name[PLAN_NAME_MAX];

	assert(address->family != FAMILY_NONE);
	plan_names_set(names, address->family, name);
	set = plan_set_by_name(plan, name);
	if (!set)
		return -ENOENT;
	memset(change, 0, sizeof(*change));
	change->type = type;
	change->set = set->name;
	memcpy(change->key, address->byte, address_length(address->family));
	return 0;
}

static void change_epoch(struct plan_change changes[EPOCH_ELEMENTS], enum change_type type, uint32_t epoch)
{
	uint32_t settled = plan_epoch_mark(epoch);
	uint32_t early = plan_early_mark(epoch);
	const struct {
		const char *set;
		uint32_t key; /* of PLAN_MAP_STAMP one byte */
		uint32_t mark;
	} elements[EPOCH_ELEMENTS] = {
		{ PLAN_SET_EPOCH, settled, 0 },
		{ PLAN_SET_EPOCH, early, 0 },
		{ PLAN_SET_SETTLED, settled, 0 },
		{ PLAN_MAP_SETTLE, early, settled },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV4, early },
		{ PLAN_MAP_STAMP, PLAN_NFPROTO_IPV6, early },
	};

	memset(changes, 0, EPOCH_ELEMENTS * sizeof(*changes));
	for (size_t i = 0; i < EPOCH_ELEMENTS; i++) {
		changes[i].type = type;
		changes[i].set = elements[i].set;
		changes[i].mark = elements[i].mark;
		if (strcmp(elements[i].set, PLAN_MAP_STAMP) == 0)
			changes[i].key[0] = (uint8_t)elements[i].key;
		else
			memcpy(changes[i].key, &elements[i].key, sizeof(elements[i].key));
	}
}

void plan_change_epoch(struct plan_change changes[PLAN_EPOCH_CHANGES], uint32_t old_epoch, uint32_t new_epoch)
{
	change_epoch(changes, CHANGE_DELETE, old_epoch);
	change_epoch(changes + EPOCH_ELEMENTS, CHANGE_ADD, new_epoch);
}
