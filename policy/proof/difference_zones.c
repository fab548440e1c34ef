/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/proof/difference_internal.h"

static bool values_equal(enum member_kind kind, const union member_value *a, const union member_value *b)
{
	switch (kind) {
	case MEMBER_CLASS:
	case MEMBER_VENDOR:
	case MEMBER_HOST:
	case MEMBER_INTERFACE:
	case MEMBER_TAG:
		return strcmp(a->text, b->text) == 0;
	case MEMBER_VLAN:
		return a->vlan == b->vlan;
	case MEMBER_MAC:
		return mac_equal(&a->mac, &b->mac);
	case MEMBER_NETWORK:
		return a->network.length == b->network.length &&
		       address_equal(&a->network.address, &b->network.address);
	case MEMBER_ALL:
	case MEMBER_ANY:
	case MEMBER_NOT:
		break;
	}
	return false;
}

static bool holds_values(const struct member *member, const struct member *values)
{
	for (size_t v = 0; v < values->value_count; v++) {
		size_t at = 0;

		while (at < member->value_count && !values_equal(member->kind, &member->values[at], &values->values[v]))
			at++;
		if (at == member->value_count)
			return false;
	}
	return true;
}

/* One condition alone is what it is, whatever it is wrapped in. */
static const struct member *unwrap(const struct member *member)
{
	while ((member->kind == MEMBER_ALL || member->kind == MEMBER_ANY) && member->child_count == 1)
		member = &member->children[0];
	return member;
}

static bool members_same(const struct member *left, const struct member *right);

static bool holds_children(const struct member *member, const struct member *children)
{
	for (size_t c = 0; c < children->child_count; c++) {
		size_t at = 0;

		while (at < member->child_count && !members_same(&member->children[at], &children->children[c]))
			at++;
		if (at == member->child_count)
			return false;
	}
	return true;
}

/* Whether they are the same but for order, repetition and wrapping. */
static bool members_same(const struct member *left, const struct member *right)
{
	left = unwrap(left);
	right = unwrap(right);
	return left->kind == right->kind && holds_values(left, right) && holds_values(right, left) &&
	       holds_children(left, right) && holds_children(right, left);
}

static bool takes_devices(const struct policy_zone *zone)
{
	return zone->is_default || !members_is_none(&zone->members);
}

static bool takes_the_same(const struct policy_zone *before, const struct policy_zone *after)
{
	if (before->is_default != after->is_default || !members_same(&before->members, &after->members))
		return false;
	return before->priority == after->priority || members_is_none(&after->members);
}

int difference_on_coming(struct search *search, uint16_t to)
{
	const struct policy *policy = search->sides.old_policy;
	int r = 0;

	for (uint16_t zone = 1; zone <= policy->zone_count && r == 0; zone++)
		if (takes_devices(policy_zone(policy, zone)))
			r = difference_is_looser(search, zone, to);
	return r;
}

int difference_on_going(struct search *search, uint16_t from)
{
	const struct policy *policy = search->sides.new_policy;
	int r = 0;

	for (uint16_t zone = 1; zone <= policy->zone_count && r == 0; zone++)
		if (takes_devices(policy_zone(policy, zone)))
			r = difference_is_looser(search, from, zone);
	return r;
}

static int add_zone(struct search *search, const struct end *end)
{
	const struct policy_zone *before = policy_zone(search->sides.old_policy, end->old_group);
	const struct policy_zone *after = policy_zone(search->sides.new_policy, end->new_group);
	struct difference *difference;
	int r = 0;

	if (before && after && takes_the_same(before, after))
		return 0;
	difference = difference_add(search,
	                            !before ? DIFFERENCE_ZONE_ADDED
	                            : after ? DIFFERENCE_MEMBERS
	                                    : DIFFERENCE_ZONE_REMOVED,
	                            end->name, "");
	if (!difference)
		return -ENOMEM;
	if (after && takes_devices(after))
		r = difference_on_coming(search, end->new_group);
	if (r == 0 && before && takes_devices(before))
		r = difference_on_going(search, end->old_group);
	difference->loosens = r > 0;
	return r < 0 ? r : 0;
}

static bool names_pattern(const struct policy *policy, const char *pattern)
{
	for (size_t i = 0; i < policy->clinical_count; i++)
		if (strcmp(policy->clinical[i].pattern, pattern) == 0)
			return true;
	return false;
}

static int add_gateway(struct search *search, bool loosens, const char *what, const char *how)
{
	struct difference *difference = difference_add(search, DIFFERENCE_GATEWAY, "", "");

	if (!difference)
		return -ENOMEM;
	snprintf(difference->subject, sizeof(difference->subject), "%s is %s", what, how);
	difference->loosens = loosens;
	return 0;
}

/* Whoever is not what it was taken for stays from now on, where it was held before. */
static int add_conflict_differences(struct search *search)
{
	const struct policy *before = search->sides.old_policy;
	const struct policy *after = search->sides.new_policy;
	int r = 0;

	for (uint16_t id = 1; id <= after->zone_count && r == 0; id++) {
		uint16_t old = policy_zone_by_name(before, policy_zone(after, id)->name);
		enum policy_conflict was = policy_on_conflict(before, old);
		enum policy_conflict is = policy_on_conflict(after, id);
		char how[48];

		if (!old || was == is)
			continue;
		snprintf(how, sizeof(how), "%s now on a conflict", policy_conflict_name(is));
		r = add_gateway(search, is > was, policy_zone(after, id)->name, how);
	}
	return r;
}

/* What comes in by an interface that is not clinical is not guarded, and members that the switch lets meet are not. */
static int add_gateway_differences(struct search *search)
{
	const struct policy *before = search->sides.old_policy;
	const struct policy *after = search->sides.new_policy;
	int r = 0;

	for (size_t i = 0; i < before->clinical_count && r == 0; i++)
		if (!names_pattern(after, before->clinical[i].pattern))
			r = add_gateway(search, true, before->clinical[i].pattern, "clinical no more");
	for (size_t i = 0; i < after->clinical_count && r == 0; i++)
		if (!names_pattern(before, after->clinical[i].pattern))
			r = add_gateway(search, false, after->clinical[i].pattern, "clinical now");
	if (r == 0 && before->isolation != after->isolation)
		r = add_gateway(search, after->isolation == ISOLATION_NONE, "isolation",
		                after->isolation == ISOLATION_NONE ? "none now" : "proxy-arp now");
	return r;
}

int difference_add_zones(struct search *search)
{
	int r = add_gateway_differences(search);

	if (r == 0)
		r = add_conflict_differences(search);
	for (size_t i = 0; i < search->zone_count && r == 0; i++)
		r = add_zone(search, &search->ends[i]);
	return r;
}
