/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/inventory/membership.h"

#include <stdarg.h>
#include <stdio.h>

void membership_of(struct membership *membership, const struct policy *policy, const struct device *device)
{
	const struct policy_pin *pin = policy_pin_of(policy, &device->mac);
	size_t count = 0;

	for (size_t i = 0; i < device->binding_count; i++)
		if (!device->bindings[i]->suspect)
			membership->addresses[count++] = device->bindings[i]->address;
	membership->facts = (struct member_facts){
		.mac = &device->mac,
		.class = device->traits->class,
		.vendor = device->traits->vendor,
		.host_name = device->host_name,
		.interface = device->traits->interface,
		.vlan = device->vlan,
		.tags = pin ? (const char(*)[MEMBER_TAG_MAX])pin->tags : NULL,
		.tag_count = pin ? pin->tag_count : 0,
		.addresses = membership->addresses,
		.address_count = count,
	};
}

uint16_t membership_zone(const struct policy *policy, const struct device *device)
{
	struct membership membership;

	membership_of(&membership, policy, device);
	return policy_zone_of(policy, &membership.facts);
}

uint16_t membership_zone_as(const char *class, void *question)
{
	const struct membership_question *asked = question;
	struct device other = *asked->device;
	struct traits traits = *other.traits;

	traits.class = class;
	other.traits = &traits;
	return membership_zone(asked->policy, &other);
}

/* A sentence of conditions; those of one line say their place once. */
struct sentence {
	const struct policy *policy;
	const struct device *device;
	const struct member_facts *facts;
	char *text;
	size_t used;
	struct place place; /* of the last condition; line 0 before the first */
};

static void say(struct sentence *sentence, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct sentence *sentence, const char *format, ...)
{
	size_t room = DEVICE_WHY_MAX - sentence->used;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(sentence->text + sentence->used, room, format, args);
	va_end(args);
	if (length > 0)
		sentence->used += (size_t)length < room ? (size_t)length : room - 1;
}

static void say_place(struct sentence *sentence)
{
	if (sentence->place.line)
		say(sentence, " at %.100s:%u", policy_file(sentence->policy, sentence->place), sentence->place.line);
}

static void begin_condition(struct sentence *sentence, struct place place)
{
	bool same_line = place.file == sentence->place.file && place.line == sentence->place.line;

	if (!same_line)
		say_place(sentence);
	if (sentence->used)
		say(sentence, ", ");
	sentence->place = place;
}

static void say_value(struct sentence *sentence, enum member_kind kind, const union member_value *value)
{
	char text[PREFIX_TEXT_MAX];

	switch (kind) {
	case MEMBER_CLASS:
		say(sentence, "class %s", value->text);
		break;
	case MEMBER_VENDOR:
		say(sentence, "vendor '%s'", value->text);
		break;
	case MEMBER_HOST:
		say(sentence, "host name '%s'", value->text);
		break;
	case MEMBER_INTERFACE:
		say(sentence, "interface %s", value->text);
		break;
	case MEMBER_VLAN:
		say(sentence, "VLAN %u", value->vlan);
		break;
	case MEMBER_TAG:
		say(sentence, "tag %s", value->text);
		break;
	case MEMBER_MAC:
		say(sentence, "MAC %s", mac_format(&value->mac, text));
		break;
	case MEMBER_NETWORK:
		say(sentence, "network %s", prefix_format(&value->network, text));
		break;
	case MEMBER_ALL:
	case MEMBER_ANY:
	case MEMBER_NOT:
		break;
	}
}

static bool holds(const struct member *member, const struct member_facts *facts)
{
	size_t depth;

	return members_hold(member, facts, &depth);
}

/* The first value that holds says enough; of a class, the device's own and how sure it is. */
static void say_leaf(struct sentence *sentence, const struct member *member)
{
	begin_condition(sentence, member->place);
	if (member->kind == MEMBER_CLASS) {
		say(sentence, "class %s (%u %%)", sentence->facts->class, sentence->device->confidence);
		return;
	}
	for (size_t i = 0; i < member->value_count; i++) {
		const struct member one = { .kind = member->kind, .values = &member->values[i], .value_count = 1 };

		if (!holds(&one, sentence->facts))
			continue;
		say_value(sentence, member->kind, &member->values[i]);
		return;
	}
}

static void say_not(struct sentence *sentence, const struct member *child)
{
	begin_condition(sentence, child->place);
	say(sentence, "not ");
	if (child->value_count == 0)
		say(sentence, "what is excepted");
	for (size_t i = 0; i < child->value_count; i++) {
		if (i)
			say(sentence, " or ");
		say_value(sentence, child->kind, &child->values[i]);
	}
}

static void say_member(struct sentence *sentence, const struct member *member)
{
	switch (member->kind) {
	case MEMBER_ALL:
	case MEMBER_ANY:
		for (size_t i = 0; i < member->child_count; i++)
			if (holds(&member->children[i], sentence->facts))
				say_member(sentence, &member->children[i]);
		break;
	case MEMBER_NOT:
		say_not(sentence, &member->children[0]);
		break;
	default:
		say_leaf(sentence, member);
	}
}

void membership_why(const struct policy *policy, const struct device *device, uint16_t zone, char why[DEVICE_WHY_MAX])
{
	const struct member *members = &policy_zone(policy, zone)->members;
	struct membership membership;
	struct sentence sentence = { .policy = policy, .device = device, .facts = &membership.facts, .text = why };

	membership_of(&membership, policy, device);
	why[0] = '\0';
	if (holds(members, &membership.facts)) {
		say_member(&sentence, members);
		say_place(&sentence);
	} else if (device->traits->class[0]) {
		say(&sentence, "class %s, which no zone takes", device->traits->class);
	} else {
		say(&sentence, "not recognised");
	}
}
