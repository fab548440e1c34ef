/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "netlink/attribute.h"

#include <endian.h>
#include <string.h>

struct slot_table {
	const struct nlattr **slots;
	uint16_t most;
};

static int put(const struct nlattr *attribute, void *context)
{
	struct slot_table *table = context;

	if (mnl_attr_get_type(attribute) <= table->most)
		table->slots[mnl_attr_get_type(attribute)] = attribute;
	return MNL_CB_OK;
}

void attribute_parse(const struct nlmsghdr *header, size_t offset, const struct nlattr **slots, uint16_t most)
{
	struct slot_table table = { .slots = slots, .most = most };

	memset(slots, 0, sizeof(*slots) * (most + 1U));
	if (mnl_nlmsg_get_payload_len(header) >= offset)
		mnl_attr_parse(header, (unsigned int)offset, put, &table);
}

void attribute_parse_nested(const struct nlattr *nested, const struct nlattr **slots, uint16_t most)
{
	struct slot_table table = { .slots = slots, .most = most };

	memset(slots, 0, sizeof(*slots) * (most + 1U));
	if (nested)
		mnl_attr_parse_nested(nested, put, &table);
}

const char *attribute_text(const struct nlattr *attribute)
{
	if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
		return NULL;
	return mnl_attr_get_str(attribute);
}

bool attribute_u32(const struct nlattr *attribute, uint32_t *value)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(*value))
		return false;
	*value = mnl_attr_get_u32(attribute);
	return true;
}

bool attribute_be64(const struct nlattr *attribute, uint64_t *value)
{
	if (!attribute || mnl_attr_get_payload_len(attribute) != sizeof(*value))
		return false;
	*value = be64toh(mnl_attr_get_u64(attribute));
	return true;
}

void attribute_copy_text(char *text, size_t size, const char *from, size_t length)
{
	length = strnlen(from, length);
	if (length >= size)
		length = size - 1;
	memcpy(text, from, length);
	text[length] = '\0';
}
