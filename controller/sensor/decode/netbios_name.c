/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/netbios_name.h"

#include <errno.h>

static void append_escaped(struct netbios_name *name, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	name->text[name->length++] = '<';
	name->text[name->length++] = digits[byte >> 4];
	name->text[name->length++] = digits[byte & 15];
	name->text[name->length++] = '>';
}

void netbios_name_make(const uint8_t bytes[NETBIOS_NAME_BYTES], struct netbios_name *name)
{
	size_t length = NETBIOS_NAME_BYTES - 1;

	*name = (struct netbios_name){ .suffix = bytes[NETBIOS_NAME_BYTES - 1] };
	while (length > 0 && bytes[length - 1] == ' ')
		length--;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] >= ' ' && bytes[i] <= '~')
			name->text[name->length++] = (char)bytes[i];
		else
			append_escaped(name, bytes[i]);
	}
	name->plain = name->length;
	append_escaped(name, name->suffix);
}

int netbios_name_decode(const void *letters, size_t length, struct netbios_name *name)
{
	const uint8_t *letter = letters;
	uint8_t bytes[NETBIOS_NAME_BYTES];

	if (length != NETBIOS_ENCODED)
		return -EBADMSG;
	for (size_t i = 0; i < NETBIOS_ENCODED; i++)
		if (letter[i] < 'A' || letter[i] > 'P')
			return -EBADMSG;
	for (size_t i = 0; i < NETBIOS_NAME_BYTES; i++)
		bytes[i] = (uint8_t)((letter[2 * i] - 'A') << 4 | (letter[2 * i + 1] - 'A'));
	netbios_name_make(bytes, name);
	return 0;
}

bool netbios_name_is_host(const struct netbios_name *name)
{
	return name->plain > 0 && (name->suffix == NETBIOS_WORKSTATION || name->suffix == NETBIOS_FILE_SERVICE);
}

void netbios_name_tell(const struct netbios_name *name, enum field field, struct fields *fields)
{
	fields_add(fields, field, name->text, name->length);
}

void netbios_name_tell_host(const struct netbios_name *name, struct fields *fields)
{
	struct field_value value;

	if (!fields_find(fields, FIELD_NETBIOS_NAME, &value))
		fields_add(fields, FIELD_NETBIOS_NAME, name->text, name->plain);
}
