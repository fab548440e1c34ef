/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/classes.h"
#include "policy/language/parse.h"

struct members_reader {
	struct member *member;      /* of the mapping: MEMBER_ALL of what its keys say */
	const struct yaml_node *at; /* the key whose values are read into the last child */
	size_t child_capacity;
	size_t value_capacity; /* of the last child */
	size_t list_capacity;  /* of the children of the last child */
	unsigned int depth;
	uint16_t zone;
};

static int add_child(struct parse *parse, struct members_reader *reader, enum member_kind kind,
                     const struct yaml_node *key)
{
	struct member *member = reader->member;

	if (++parse->condition_total > PARSE_CONDITIONS_MAX)
		return report_stop(&parse->report, key->place, -E2BIG, "more than %d conditions in members",
		                   PARSE_CONDITIONS_MAX);
	if (PARSE_RESERVE(member->children, &reader->child_capacity, member->child_count + 1) < 0)
		return report_memory(&parse->report);
	member->children[member->child_count++] = (struct member){ .kind = kind, .place = key->place };
	reader->at = key;
	reader->value_capacity = 0;
	reader->list_capacity = 0;
	return 0;
}

/* Adds ${value}, read at ${node}, to the condition that ${key} makes. */
static int add_value(struct parse *parse, struct members_reader *reader, enum member_kind kind,
                     const struct yaml_node *key, const struct yaml_node *node, const union member_value *value)
{
	struct member *child;
	int rc = reader->at == key ? 0 : add_child(parse, reader, kind, key);

	if (rc < 0)
		return rc;
	if (++parse->member_total > PARSE_MEMBER_VALUES_MAX)
		return report_stop(&parse->report, node->place, -E2BIG, "more than %d values in members",
		                   PARSE_MEMBER_VALUES_MAX);
	child = &reader->member->children[reader->member->child_count - 1];
	if (PARSE_RESERVE(child->values, &reader->value_capacity, child->value_count + 1) < 0)
		return report_memory(&parse->report);
	child->values[child->value_count++] = *value;
	return 0;
}

/* What comes behind the last '/'. */
static const char *last_step(const char *class)
{
	const char *slash = strrchr(class, '/');

	return slash ? slash + 1 : class;
}

/* ${text} in lower case with '-' for what stands between words, cut to ${size}: half of what goes wrong. */
static void lower_class(const char *text, char *lower, size_t size)
{
	size_t i = 0;

	for (; text[i] && i + 1 < size; i++)
		lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z'   ? text[i] + ('a' - 'A')
		                  : text[i] == ' ' || text[i] == '_' ? '-'
		                                                     : text[i]);
	lower[i] = '\0';
}

/* The class that ${text} may have meant: in its own branch, the same step in another (medical/ct), or one like it. */
static const char *class_meant(const char *text)
{
	char lower[REPORT_SUGGEST_MAX + 1];
	struct suggest suggest;

	lower_class(text, lower, sizeof(lower));
	if (!class_known(lower))
		for (size_t i = 0; class_names[i]; i++)
			if (strcmp(last_step(class_names[i]), last_step(lower)) == 0)
				return class_names[i];
	suggest_init(&suggest, lower);
	for (size_t i = 0; class_names[i]; i++)
		suggest_consider(&suggest, class_names[i]);
	return suggest.best;
}

static int refuse_class(struct parse *parse, const struct yaml_node *value)
{
	const char *meant = class_meant(value->text);
	char shown[REPORT_VALUE_MAX];

	report_value(value->text, shown);
	if (meant)
		return report_at(&parse->report, value->place, -EINVAL, "there is no class %s; did you mean '%s'?",
		                 shown, meant);
	return report_at(&parse->report, value->place, -EINVAL,
	                 "there is no class %s; isoward-policy(5) lists them: medical/imaging, computer, printer ...",
	                 shown);
}

/* A class by itself is claimed: no other zone may name the same one by itself. */
static int read_class(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	struct members_reader *reader = into;
	union member_value read = { 0 };

	if (!class_known(value->text))
		return refuse_class(parse, value);
	memcpy(read.text, value->text, strlen(value->text) + 1);
	if (reader->depth == 1) {
		if (PARSE_RESERVE(parse->claims, &parse->claim_capacity, parse->claim_count + 1) < 0)
			return report_memory(&parse->report);
		parse->claims[parse->claim_count++] = (struct parse_claim){ value->text, reader->zone, value->place };
	}
	return add_value(parse, reader, MEMBER_CLASS, key, value, &read);
}

/* '*' and '?' only, so that it can be told whether two patterns meet. */
static int read_glob(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into,
                     enum member_kind kind)
{
	union member_value read = { 0 };
	char shown[REPORT_VALUE_MAX];
	int rc;

	report_value(value->text, shown);
	if (!value->text[0])
		return report_at(&parse->report, value->place, -EINVAL, "%s is empty; '*' takes every known one",
		                 key->text);
	if (strpbrk(value->text, "[]\\"))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "%s: in a pattern '*' stands for any letters and '?' for one; there are no others",
		                 shown);
	rc = parse_text(parse, key->text, value, read.text, sizeof(read.text));
	return rc < 0 || !read.text[0] ? rc : add_value(parse, into, kind, key, value, &read);
}

static int read_vendor(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_glob(parse, key, value, into, MEMBER_VENDOR);
}

static int read_host(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	return read_glob(parse, key, value, into, MEMBER_HOST);
}

static int read_interface(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	union member_value read = { 0 };
	int rc = parse_interface(parse, value);

	if (rc <= 0)
		return rc;
	memcpy(read.text, value->text, strlen(value->text) + 1);
	return add_value(parse, into, MEMBER_INTERFACE, key, value, &read);
}

static int read_vlan(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	union member_value read = { 0 };
	size_t length = strlen(value->text);
	char shown[REPORT_VALUE_MAX];
	unsigned long vlan = 0;

	if (length <= 4 && strspn(value->text, "0123456789") == length && value->text[0] != '0')
		vlan = strtoul(value->text, NULL, 10);
	if (vlan < 1 || vlan > PARSE_VLAN_MAX)
		return report_at(&parse->report, value->place, -EINVAL, "%s is not a VLAN; they are 1 to %d",
		                 report_value(value->text, shown), PARSE_VLAN_MAX);
	read.vlan = (uint16_t)vlan;
	return add_value(parse, into, MEMBER_VLAN, key, value, &read);
}

static int read_tag(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	union member_value read = { 0 };
	char tag[POLICY_NAME_MAX];
	int rc = parse_name(parse, "tag", value, tag);

	if (rc < 0 || !tag[0])
		return rc;
	memcpy(read.text, tag, sizeof(tag));
	return add_value(parse, into, MEMBER_TAG, key, value, &read);
}

static int read_mac(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	union member_value read = { 0 };
	int rc = parse_mac(parse, value, &read.mac);

	return rc <= 0 ? rc : add_value(parse, into, MEMBER_MAC, key, value, &read);
}

static int read_network(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	union member_value read = { 0 };
	int rc = parse_network(parse, value, &read.network);

	return rc <= 0 ? rc : add_value(parse, into, MEMBER_NETWORK, key, value, &read);
}

static int read_mapping(struct parse *parse, const struct yaml_node *node, const char *owner, unsigned int depth,
                        uint16_t zone, struct member *member);

/* Reads one mapping of 'all', 'any' or 'not' into a child of ${list}, a child of the reader's member. */
static int read_child(struct parse *parse, struct members_reader *reader, const char *owner,
                      const struct yaml_node *node)
{
	struct member *list = &reader->member->children[reader->member->child_count - 1];

	if (reader->depth == MEMBERS_DEPTH_MAX)
		return report_stop(&parse->report, node->place, -E2BIG, "members are nested deeper than %d levels",
		                   MEMBERS_DEPTH_MAX);
	if (PARSE_RESERVE(list->children, &reader->list_capacity, list->child_count + 1) < 0)
		return report_memory(&parse->report);
	list->children[list->child_count] = (struct member){ .kind = MEMBER_ANY, .place = node->place };
	return read_mapping(parse, node, owner, reader->depth + 1, reader->zone, &list->children[list->child_count++]);
}

/* The items of a list follow one another, and a mapping has one list of a kind. */
static int read_item(struct parse *parse, struct members_reader *reader, enum member_kind kind, const char *owner,
                     const struct yaml_node *node)
{
	const struct member *member = reader->member;
	int rc = 0;

	if (member->child_count == 0 || member->children[member->child_count - 1].kind != kind)
		rc = add_child(parse, reader, kind, node);
	return rc < 0 ? rc : read_child(parse, reader, owner, node);
}

static int read_all(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	return read_item(parse, into, MEMBER_ALL, "each of 'all'", value);
}

static int read_any(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	(void)key;
	return read_item(parse, into, MEMBER_ANY, "each of 'any'", value);
}

static int read_not(struct parse *parse, const struct yaml_node *key, const struct yaml_node *value, void *into)
{
	int rc = add_child(parse, into, MEMBER_NOT, key);

	return rc < 0 ? rc : read_child(parse, into, "'not'", value);
}

static const struct key members_keys[] = {
	{ "class", SHAPE_LIST, false, "any", "device classes, each with all below it; the longest one that fits wins",
	  "medical/imaging", read_class, &parse_class_form },
	{ "vendor", SHAPE_LIST, false, "any",
	  "who made the device, with '*' for any letters and '?' for one, letters of either case alike", "\"GE*\"",
	  read_vendor, &parse_glob_form },
	{ "host", SHAPE_LIST, false, "any", "the host name that the device gives itself, with '*' and '?' likewise",
	  "\"ct-*\"", read_host, &parse_glob_form },
	{ "interface", SHAPE_LIST, false, "any",
	  "the gateway's interface it is behind; 'pumps*' takes all that begin so", "pumps0", read_interface,
	  &parse_interface_form },
	{ "vlan", SHAPE_LIST, false, "any", "the 802.1Q VLAN it is in", "[110, 111]", read_vlan, &parse_vlan_form },
	{ "tag", SHAPE_LIST, false, "any", "a tag that its entry under 'devices' has", "loaner", read_tag,
	  &parse_name_form },
	{ "mac", SHAPE_LIST, false, "any", "its hardware address", "\"44:4b:5d:00:00:01\"", read_mac, &parse_mac_form },
	{ "network", SHAPE_LIST, false, "any", "an address of its own lies in it", "10.20.0.0/16", read_network,
	  &parse_network_form },
	{ "all", SHAPE_SEQUENCE, false, "none", "each of these must hold too",
	  "[{ any: [{ vendor: \"GE*\" }, { host: \"ge-*\" }] }, { vlan: 110 }]", read_all, &parse_members_keys },
	{ "any", SHAPE_SEQUENCE, false, "none", "at least one of these must hold too",
	  "[{ class: medical/imaging }, { tag: imaging }]", read_any, &parse_members_keys },
	{ "not", SHAPE_MAPPING, false, "none", "this must not hold; what is not known of a device does not hold",
	  "{ tag: loaner }", read_not, &parse_members_keys },
};

const struct key_table parse_members_keys = {
	.what = "members", .keys = members_keys, .count = ARRAY_SIZE(members_keys), .not_empty = true
};

static int refuse_empty(struct parse *parse, const struct yaml_node *node, const char *owner)
{
	static const char *const lists[] = { "all", "any" };
	int rc = 0;

	if (node->kind == YAML_MAPPING && !node->first)
		return report_at(&parse->report, node->place, -EINVAL,
		                 "%s names no condition; for example { class: medical/imaging }", owner);
	for (size_t i = 0; i < ARRAY_SIZE(lists) && rc == 0; i++) {
		const struct yaml_node *name = node->kind == YAML_MAPPING ? yaml_node_find(node, lists[i]) : NULL;

		if (name && name->value->kind == YAML_SEQUENCE && !name->value->first)
			rc = report_at(&parse->report, name->value->place, -EINVAL,
			               "'%s' is an empty list; name at least one condition or leave the key out",
			               lists[i]);
	}
	return rc;
}

static int compare_values(const void *a, const void *b)
{
	const union member_value *left = a;
	const union member_value *right = b;

	return memcmp(&left->mac, &right->mac, sizeof(left->mac));
}

/* Long lists of MAC addresses are compared with each other: sorted, in one pass. */
static void sort_macs(struct member *member)
{
	size_t kept = 1;

	if (member->kind != MEMBER_MAC || member->value_count < 2)
		return;
	qsort(member->values, member->value_count, sizeof(*member->values), compare_values);
	for (size_t i = 1; i < member->value_count; i++)
		if (!mac_equal(&member->values[kept - 1].mac, &member->values[i].mac))
			member->values[kept++] = member->values[i];
	member->value_count = kept;
}

/* A mapping of one condition is that condition. */
static void unwrap(struct member *member)
{
	struct member *children = member->children;

	if (member->child_count != 1)
		return;
	*member = children[0];
	free(children);
}

static int read_mapping(struct parse *parse, const struct yaml_node *node, const char *owner, unsigned int depth,
                        uint16_t zone, struct member *member)
{
	struct members_reader reader = { .member = member, .depth = depth, .zone = zone };
	int rc = refuse_empty(parse, node, owner);

	*member = (struct member){ .kind = MEMBER_ALL, .place = node->place };
	if (rc == 0)
		rc = keys_read(parse, &parse_members_keys, node, owner, &reader);
	for (size_t i = 0; i < member->child_count; i++)
		sort_macs(&member->children[i]);
	unwrap(member);
	return rc;
}

int parse_members(struct parse *parse, const struct yaml_node *value, uint16_t zone, struct member *member)
{
	size_t claims = parse->claim_count;
	int before = parse->report.code;
	int rc = read_mapping(parse, value, "members", 1, zone, member);

	if (member->kind != MEMBER_CLASS)
		parse->claim_count = claims;
	if (rc < 0 || before || parse->report.code)
		return rc;
	if (members_take_anything(member))
		return report_at(&parse->report, value->place, -EINVAL,
		                 "members would take a device of which nothing is known; add what must hold, such as "
		                 "class, or leave them to the default zone");
	return 0;
}
