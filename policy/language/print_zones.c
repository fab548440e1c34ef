/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "policy/language/print_parts.h"
#include "policy/language/print_text.h"

static const char *const member_keys[] = {
	[MEMBER_ALL] = "all",
	[MEMBER_ANY] = "any",
	[MEMBER_NOT] = "not",
	[MEMBER_CLASS] = "class",
	[MEMBER_VENDOR] = "vendor",
	[MEMBER_HOST] = "host",
	[MEMBER_INTERFACE] = "interface",
	[MEMBER_VLAN] = "vlan",
	[MEMBER_TAG] = "tag",
	[MEMBER_MAC] = "mac",
	[MEMBER_NETWORK] = "network",
};

static const char *write_prefix(const struct prefix *prefix, char buffer[PRINT_SCALAR_MAX])
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(prefix, text);
	if (strchr(text, ':'))
		return print_quoted(text, buffer);
	return strcpy(buffer, text);
}

static const char *write_value(enum member_kind kind, const union member_value *value, char buffer[PRINT_SCALAR_MAX])
{
	char text[MAC_TEXT_MAX];

	switch (kind) {
	case MEMBER_VLAN:
		snprintf(buffer, PRINT_SCALAR_MAX, "%u", value->vlan);
		return buffer;
	case MEMBER_MAC:
		return print_quoted(mac_format(&value->mac, text), buffer);
	case MEMBER_NETWORK:
		return write_prefix(&value->network, buffer);
	default:
		return print_scalar(value->text, buffer);
	}
}

static void print_values(FILE *out, const struct member *member)
{
	struct print_list list = print_list_begin(out, member->value_count);
	char scalar[PRINT_SCALAR_MAX];

	for (size_t i = 0; i < member->value_count; i++)
		print_list_add(&list, write_value(member->kind, &member->values[i], scalar));
}

static void print_member(FILE *out, const struct member *member);

static void print_condition(FILE *out, const struct member *member)
{
	fprintf(out, "%s: ", member_keys[member->kind]);
	switch (member->kind) {
	case MEMBER_ALL:
	case MEMBER_ANY:
		fputs("[", out);
		for (size_t i = 0; i < member->child_count; i++) {
			fputs(i > 0 ? ", " : "", out);
			print_member(out, &member->children[i]);
		}
		fputs("]", out);
		break;
	case MEMBER_NOT:
		print_member(out, &member->children[0]);
		break;
	default:
		print_values(out, member);
	}
}

/* Where the key stands in a mapping: the parser reads them in this order. */
static unsigned int rank(enum member_kind kind)
{
	return kind < MEMBER_CLASS ? MEMBER_NETWORK + 1U + kind : kind;
}

/* Can the conditions be the keys of one mapping? They are then read as they stand here. */
static bool is_mapping(const struct member *member)
{
	if (member->kind != MEMBER_ALL || member->child_count < 2)
		return false;
	for (size_t i = 1; i < member->child_count; i++)
		if (rank(member->children[i - 1].kind) >= rank(member->children[i].kind))
			return false;
	return true;
}

/* Recursion ends: MEMBERS_DEPTH_MAX. */
static void print_member(FILE *out, const struct member *member)
{
	const struct member *conditions = is_mapping(member) ? member->children : member;
	size_t count = is_mapping(member) ? member->child_count : 1;

	fputs("{ ", out);
	for (size_t i = 0; i < count; i++) {
		fputs(i > 0 ? ", " : "", out);
		print_condition(out, &conditions[i]);
	}
	fputs(" }", out);
}

static void print_networks(FILE *out, const struct policy_zone *zone)
{
	struct print_list list = print_list_begin(out, zone->network_count);
	char scalar[PRINT_SCALAR_MAX];

	for (size_t i = 0; i < zone->network_count; i++)
		print_list_add(&list, write_prefix(&zone->networks[i].prefix, scalar));
}

static bool says_nothing(const struct policy_zone *zone)
{
	return strcmp(zone->label, zone->name) == 0 && zone->priority == 0 && members_is_none(&zone->members) &&
	       zone->network_count == 0 && !zone->is_default && zone->on_conflict == CONFLICT_UNSAID;
}

static void print_zone(FILE *out, const struct policy_zone *zone)
{
	char scalar[PRINT_SCALAR_MAX];

	fprintf(out, "  %s:%s\n", print_scalar(zone->name, scalar), says_nothing(zone) ? " {}" : "");
	if (strcmp(zone->label, zone->name) != 0)
		fprintf(out, "    label: %s\n", print_scalar(zone->label, scalar));
	if (zone->priority > 0)
		fprintf(out, "    priority: %u\n", zone->priority);
	if (!members_is_none(&zone->members)) {
		fputs("    members: ", out);
		print_member(out, &zone->members);
		fputs("\n", out);
	}
	if (zone->network_count > 0) {
		fputs("    networks: ", out);
		print_networks(out, zone);
		fputs("\n", out);
	}
	if (zone->is_default)
		fputs("    default: true\n", out);
	if (zone->on_conflict != CONFLICT_UNSAID)
		fprintf(out, "    on_conflict: %s\n", policy_conflict_name((enum policy_conflict)zone->on_conflict));
}

void print_zones(const struct print *print)
{
	fputs("\nzones:\n", print->out);
	for (size_t i = 0; i < print->policy->zone_count; i++)
		print_zone(print->out, &print->policy->zones[i]);
}
