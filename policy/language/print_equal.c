/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/language/print.h"
#include "policy/language/print_parts.h"

/* The two policies while they are compared: a group's id means something only in its own. */
struct sides {
	const struct policy *left;
	const struct policy *right;
};

static bool interfaces_equal(const struct policy_interface *left, size_t left_count,
                             const struct policy_interface *right, size_t right_count)
{
	if (left_count != right_count)
		return false;
	for (size_t i = 0; i < left_count; i++)
		if (strcmp(left[i].pattern, right[i].pattern) != 0)
			return false;
	return true;
}

static bool prefixes_equal(const struct prefix *left, const struct prefix *right)
{
	return left->length == right->length && address_equal(&left->address, &right->address);
}

static bool values_equal(enum member_kind kind, const union member_value *left, const union member_value *right)
{
	switch (kind) {
	case MEMBER_VLAN:
		return left->vlan == right->vlan;
	case MEMBER_MAC:
		return mac_equal(&left->mac, &right->mac);
	case MEMBER_NETWORK:
		return prefixes_equal(&left->network, &right->network);
	default:
		return strcmp(left->text, right->text) == 0;
	}
}

/* Recursion ends: MEMBERS_DEPTH_MAX. */
static bool members_equal(const struct member *left, const struct member *right)
{
	if (left->kind != right->kind || left->child_count != right->child_count ||
	    left->value_count != right->value_count)
		return false;
	for (size_t i = 0; i < left->child_count; i++)
		if (!members_equal(&left->children[i], &right->children[i]))
			return false;
	for (size_t i = 0; i < left->value_count; i++)
		if (!values_equal(left->kind, &left->values[i], &right->values[i]))
			return false;
	return true;
}

static bool zones_equal(const struct policy_zone *left, const struct policy_zone *right)
{
	if (strcmp(left->name, right->name) != 0 || strcmp(left->label, right->label) != 0 ||
	    left->priority != right->priority || left->is_default != right->is_default ||
	    left->on_conflict != right->on_conflict || left->network_count != right->network_count ||
	    !members_equal(&left->members, &right->members))
		return false;
	for (size_t i = 0; i < left->network_count; i++)
		if (!prefixes_equal(&left->networks[i].prefix, &right->networks[i].prefix))
			return false;
	return true;
}

static bool ranges_equal(const struct service_range *left, size_t left_count, const struct service_range *right,
                         size_t right_count)
{
	if (left_count != right_count)
		return false;
	for (size_t i = 0; i < left_count; i++)
		if (!print_range_equal(&left[i], &right[i]))
			return false;
	return true;
}

/* The next service of the author's at or after ${at}: neither built in nor made to print a port. */
static size_t next_service(const struct policy *policy, size_t at)
{
	while (at < policy->service_count && (policy->services[at].built_in || print_is_made(&policy->services[at])))
		at++;
	return at;
}

static bool services_equal(struct sides sides)
{
	size_t left = next_service(sides.left, 0);
	size_t right = next_service(sides.right, 0);

	while (left < sides.left->service_count && right < sides.right->service_count) {
		const struct policy_service *one = &sides.left->services[left];
		const struct policy_service *other = &sides.right->services[right];

		if (strcmp(one->name, other->name) != 0 ||
		    !ranges_equal(one->ranges, one->range_count, other->ranges, other->range_count))
			return false;
		left = next_service(sides.left, left + 1);
		right = next_service(sides.right, right + 1);
	}
	return left == sides.left->service_count && right == sides.right->service_count;
}

static bool group_equal(struct sides sides, uint16_t left, uint16_t right)
{
	const struct policy_single *one = policy_single(sides.left, left);
	const struct policy_single *other = policy_single(sides.right, right);

	if (one && other)
		return mac_equal(&one->mac, &other->mac) && one->zone == other->zone &&
		       strcmp(one->name, other->name) == 0;
	return !one && !other && left == right;
}

static bool groups_equal(struct sides sides, const uint16_t *left, size_t left_count, const uint16_t *right,
                         size_t right_count)
{
	if (left_count != right_count)
		return false;
	for (size_t i = 0; i < left_count; i++)
		if (!group_equal(sides, left[i], right[i]))
			return false;
	return true;
}

static bool names_equal(struct sides sides, uint16_t left, uint16_t right)
{
	const struct policy_name_set *one = left ? &sides.left->name_sets[left - 1] : NULL;
	const struct policy_name_set *other = right ? &sides.right->name_sets[right - 1] : NULL;

	if (!one || !other)
		return one == other;
	if (one->name_count != other->name_count)
		return false;
	for (size_t i = 0; i < one->name_count; i++)
		if (strcmp(one->names[i], other->names[i]) != 0)
			return false;
	return true;
}

static bool manners_equal(const struct policy_rule *left, const struct policy_rule *right)
{
	return left->verdict == right->verdict && left->mode == right->mode &&
	       schedule_equal(&left->schedule, &right->schedule) && left->rate.count == right->rate.count &&
	       left->rate.seconds == right->rate.seconds && left->log == right->log &&
	       left->review_by == right->review_by && strcmp(left->name, right->name) == 0 &&
	       strcmp(left->why, right->why) == 0 && strcmp(left->owner, right->owner) == 0;
}

static bool rules_equal(struct sides sides, const struct policy_rule *left, const struct policy_rule *right)
{
	return manners_equal(left, right) &&
	       ranges_equal(left->ranges, left->range_count, right->ranges, right->range_count) &&
	       groups_equal(sides, left->from, left->from_count, right->from, right->from_count) &&
	       groups_equal(sides, left->to, left->to_count, right->to, right->to_count) &&
	       names_equal(sides, left->names, right->names);
}

static bool expects_equal(struct sides sides, const struct policy_expect *left, const struct policy_expect *right)
{
	return left->has_verdict == right->has_verdict && (!left->has_verdict || left->verdict == right->verdict) &&
	       left->has_reach == right->has_reach && (!left->has_reach || left->reach == right->reach) &&
	       left->hops == right->hops && strcmp(left->why, right->why) == 0 &&
	       ranges_equal(left->ranges, left->range_count, right->ranges, right->range_count) &&
	       groups_equal(sides, left->from, left->from_count, right->from, right->from_count) &&
	       groups_equal(sides, left->to, left->to_count, right->to, right->to_count);
}

static bool canaries_equal(struct sides sides, const struct policy_canary *left, const struct policy_canary *right)
{
	return strcmp(left->name, right->name) == 0 && group_equal(sides, left->from, right->from) &&
	       group_equal(sides, left->to, right->to) &&
	       ranges_equal(left->ranges, left->range_count, right->ranges, right->range_count);
}

static bool pins_equal(const struct policy_pin *left, const struct policy_pin *right)
{
	if (!mac_equal(&left->mac, &right->mac) || left->zone != right->zone || strcmp(left->name, right->name) != 0 ||
	    left->tag_count != right->tag_count || left->address_count != right->address_count)
		return false;
	for (size_t i = 0; i < left->tag_count; i++)
		if (strcmp(left->tags[i], right->tags[i]) != 0)
			return false;
	for (size_t i = 0; i < left->address_count; i++)
		if (!address_equal(&left->addresses[i], &right->addresses[i]))
			return false;
	return true;
}

static bool gateways_equal(const struct policy *left, const struct policy *right)
{
	return strcmp(left->site, right->site) == 0 && left->isolation == right->isolation &&
	       left->on_conflict == right->on_conflict &&
	       interfaces_equal(left->clinical, left->clinical_count, right->clinical, right->clinical_count) &&
	       interfaces_equal(left->uplink, left->uplink_count, right->uplink, right->uplink_count);
}

static bool counts_equal(const struct policy *left, const struct policy *right)
{
	return left->zone_count == right->zone_count && left->default_zone == right->default_zone &&
	       left->rule_count == right->rule_count && left->pin_count == right->pin_count &&
	       left->single_count == right->single_count && left->expect_count == right->expect_count &&
	       left->canary_count == right->canary_count;
}

bool policy_equal(const struct policy *left, const struct policy *right)
{
	struct sides sides = { left, right };
	bool equal = counts_equal(left, right) && gateways_equal(left, right) && services_equal(sides);

	for (size_t i = 0; equal && i < left->zone_count; i++)
		equal = zones_equal(&left->zones[i], &right->zones[i]);
	for (size_t i = 0; equal && i < left->rule_count; i++)
		equal = rules_equal(sides, &left->rules[i], &right->rules[i]);
	for (size_t i = 0; equal && i < left->pin_count; i++)
		equal = pins_equal(&left->pins[i], &right->pins[i]);
	for (size_t i = 0; equal && i < left->expect_count; i++)
		equal = expects_equal(sides, &left->expects[i], &right->expects[i]);
	for (size_t i = 0; equal && i < left->canary_count; i++)
		equal = canaries_equal(sides, &left->canaries[i], &right->canaries[i]);
	return equal;
}
