/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/members.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

bool members_is_none(const struct member *member)
{
	return member->kind == MEMBER_ANY && member->child_count == 0;
}

void members_free(struct member *member)
{
	for (size_t i = 0; i < member->child_count; i++)
		members_free(&member->children[i]);
	free(member->children);
	free(member->values);
	*member = (struct member){ .kind = MEMBER_ANY };
}

/* The length of ${claim} where it is ${class} or an ancestor: the same text, then the end or a '/'. */
static size_t class_depth(const char *claim, const char *class)
{
	size_t length = strlen(claim);
	bool covers = strncmp(claim, class, length) == 0 && (class[length] == '\0' || class[length] == '/');

	return covers ? length : 0;
}

static bool glob_holds(const char *pattern, const char *text, int flags)
{
	return text && text[0] && fnmatch(pattern, text, flags) == 0;
}

static bool tag_holds(const char *tag, const struct member_facts *facts)
{
	for (size_t i = 0; i < facts->tag_count; i++)
		if (strcmp(tag, facts->tags[i]) == 0)
			return true;
	return false;
}

static bool network_holds(const struct prefix *network, const struct member_facts *facts)
{
	for (size_t i = 0; i < facts->address_count; i++)
		if (prefix_contains(network, &facts->addresses[i]))
			return true;
	return false;
}

static bool value_holds(enum member_kind kind, const union member_value *value, const struct member_facts *facts)
{
	switch (kind) {
	case MEMBER_CLASS:
		return facts->class && class_depth(value->text, facts->class) > 0;
	case MEMBER_VENDOR:
		return glob_holds(value->text, facts->vendor, FNM_CASEFOLD);
	case MEMBER_HOST:
		return glob_holds(value->text, facts->host_name, FNM_CASEFOLD);
	case MEMBER_INTERFACE:
		return glob_holds(value->text, facts->interface, 0);
	case MEMBER_VLAN:
		return facts->vlan == value->vlan;
	case MEMBER_TAG:
		return tag_holds(value->text, facts);
	case MEMBER_MAC:
		return facts->mac && mac_equal(facts->mac, &value->mac);
	case MEMBER_NETWORK:
		return network_holds(&value->network, facts);
	case MEMBER_ALL:
	case MEMBER_ANY:
	case MEMBER_NOT:
		break;
	}
	return false;
}

static bool any_value_holds(const struct member *member, const struct member_facts *facts, size_t *depth)
{
	bool held = false;

	for (size_t i = 0; i < member->value_count; i++) {
		if (!value_holds(member->kind, &member->values[i], facts))
			continue;
		held = true;
		if (member->kind == MEMBER_CLASS && strlen(member->values[i].text) > *depth)
			*depth = strlen(member->values[i].text);
	}
	return held;
}

static bool holds(const struct member *member, const struct member_facts *facts, size_t *depth);

static bool all_hold(const struct member *member, const struct member_facts *facts, size_t *depth)
{
	size_t longest = *depth;

	for (size_t i = 0; i < member->child_count; i++)
		if (!holds(&member->children[i], facts, &longest))
			return false;
	*depth = longest;
	return true;
}

static bool any_holds(const struct member *member, const struct member_facts *facts, size_t *depth)
{
	bool held = false;

	for (size_t i = 0; i < member->child_count; i++)
		held |= holds(&member->children[i], facts, depth);
	return held;
}

/* ${depth} only grows: that of the longest class on the ways that hold. */
static bool holds(const struct member *member, const struct member_facts *facts, size_t *depth)
{
	size_t ignored = 0;

	switch (member->kind) {
	case MEMBER_ALL:
		return all_hold(member, facts, depth);
	case MEMBER_ANY:
		return any_holds(member, facts, depth);
	case MEMBER_NOT:
		return !holds(&member->children[0], facts, &ignored);
	default:
		return any_value_holds(member, facts, depth);
	}
}

bool members_hold(const struct member *member, const struct member_facts *facts, size_t *depth)
{
	*depth = 0;
	return holds(member, facts, depth);
}

bool members_take_anything(const struct member *member)
{
	struct member_facts nothing = { 0 };
	size_t depth;

	return members_hold(member, &nothing, &depth);
}
