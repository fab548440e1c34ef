/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "policy/fields.h"

#include <stdio.h>
#include <string.h>

#define ENTRY_HEADER 4 /* field and length, two bytes each */

#define FIELD_DESCRIPTION(id, field_name, field_shape, field_keep, field_group)                                        \
	[FIELD_##id] = {                                                                                               \
		.name = (field_name), .shape = SHAPE_##field_shape, .keep = (field_keep), .group = GROUP_##field_group \
	},
static const struct field_info described[FIELD_COUNT] = { [FIELD_NONE] = { .name = "" },
	                                                  FIELD_LIST(FIELD_DESCRIPTION) };
#undef FIELD_DESCRIPTION

const struct field_info *field_info(enum field field)
{
	return &described[field < FIELD_COUNT ? field : FIELD_NONE];
}

/* Read for each fact of each device at a start: most names differ by their length alone. */
#define FIELD_NAME_LENGTH(id, name, shape, keep, group) [FIELD_##id] = sizeof(name) - 1,
static const uint8_t name_lengths[FIELD_COUNT] = { FIELD_LIST(FIELD_NAME_LENGTH) };
#undef FIELD_NAME_LENGTH

enum field field_by_name(const char *name, size_t length)
{
	for (size_t i = FIELD_NONE + 1; i < FIELD_COUNT; i++)
		if (name_lengths[i] == length && memcmp(described[i].name, name, length) == 0)
			return (enum field)i;
	return FIELD_NONE;
}

void fields_clear(struct fields *fields)
{
	fields->length = 0;
	fields->cut = 0;
}

static void put16(uint8_t *to, size_t number)
{
	to[0] = (uint8_t)(number >> 8);
	to[1] = (uint8_t)number;
}

static unsigned int get16(const uint8_t *from)
{
	return (unsigned int)from[0] << 8 | from[1];
}

bool fields_add(struct fields *fields, enum field field, const void *bytes, size_t length)
{
	size_t kept = length < FIELD_VALUE_MAX ? length : FIELD_VALUE_MAX;
	uint8_t *entry = fields->byte + fields->length;

	if (fields->length + ENTRY_HEADER + kept > FIELDS_BYTES_MAX) {
		fields->cut = 1;
		return false;
	}
	put16(entry, field);
	put16(entry + 2, kept);
	if (kept)
		memcpy(entry + ENTRY_HEADER, bytes, kept);
	fields->length = (uint16_t)(fields->length + ENTRY_HEADER + kept);
	if (kept < length)
		fields->cut = 1;
	return kept == length;
}

bool fields_add_text(struct fields *fields, enum field field, const char *text)
{
	return fields_add(fields, field, text, strlen(text));
}

bool fields_add_terminated(struct fields *fields, enum field field, const uint8_t *bytes, size_t length)
{
	const uint8_t *end = length ? memchr(bytes, 0, length) : NULL;

	if (end)
		length = (size_t)(end - bytes);
	return length == 0 || fields_add(fields, field, bytes, length);
}

bool fields_add_number(struct fields *fields, enum field field, uint64_t number)
{
	uint8_t bytes[sizeof(number)];
	size_t first = 0;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(number >> (8 * (sizeof(bytes) - 1 - i)));
	while (first < sizeof(bytes) - 1 && bytes[first] == 0)
		first++;
	return fields_add(fields, field, bytes + first, sizeof(bytes) - first);
}

bool fields_add_mac(struct fields *fields, enum field field, const struct mac *mac)
{
	return fields_add(fields, field, mac->byte, sizeof(mac->byte));
}

bool fields_add_address(struct fields *fields, enum field field, const struct address *address)
{
	if (address->family == FAMILY_NONE)
		return true;
	return fields_add(fields, field, address->byte, address_length(address->family));
}

bool fields_next(const struct fields *fields, size_t *at, struct field_value *value)
{
	const uint8_t *entry = fields->byte + *at;

	if (*at >= fields->length)
		return false;
	*value = (struct field_value){ .field = (enum field)get16(entry),
		                       .bytes = entry + ENTRY_HEADER,
		                       .length = get16(entry + 2) };
	*at += ENTRY_HEADER + value->length;
	return true;
}

bool fields_find(const struct fields *fields, enum field field, struct field_value *value)
{
	struct field_value found;

	for (size_t at = 0; fields_next(fields, &at, &found);) {
		if (found.field != field)
			continue;
		*value = found;
		return true;
	}
	return false;
}

uint64_t fields_number(const struct fields *fields, enum field field, uint64_t otherwise)
{
	struct field_value value;

	return fields_find(fields, field, &value) ? field_number(&value) : otherwise;
}

bool fields_hold(const struct fields *fields)
{
	size_t at = 0;

	if (fields->length > FIELDS_BYTES_MAX || fields->cut > 1)
		return false;
	while (at < fields->length) {
		const uint8_t *entry = fields->byte + at;
		size_t left = fields->length - at, length;

		if (left < ENTRY_HEADER || get16(entry) == FIELD_NONE || get16(entry) >= FIELD_COUNT)
			return false;
		length = get16(entry + 2);
		if (length > FIELD_VALUE_MAX || length > left - ENTRY_HEADER)
			return false;
		at += ENTRY_HEADER + length;
	}
	return true;
}

uint64_t field_number(const struct field_value *value)
{
	uint64_t number = 0;

	if (value->length > sizeof(number))
		return 0;
	for (size_t i = 0; i < value->length; i++)
		number = number << 8 | value->bytes[i];
	return number;
}

struct address field_address(const struct field_value *value)
{
	if (value->length == 4)
		return address_v4(value->bytes);
	if (value->length == 16)
		return address_v6(value->bytes);
	return (struct address){ .family = FAMILY_NONE };
}

bool field_mac(const struct field_value *value, struct mac *mac)
{
	if (value->length != sizeof(mac->byte))
		return false;
	memcpy(mac->byte, value->bytes, sizeof(mac->byte));
	return true;
}

/* ---- shown ---- */

/* Text that is being written: what does not fit whole is left off, and so is all behind it. */
struct shown {
	char *text;
	size_t size;
	size_t at;
	bool full;
};

static void show(struct shown *shown, const char *part, size_t length)
{
	if (shown->full || shown->at + length >= shown->size) {
		shown->full = true;
		return;
	}
	memcpy(shown->text + shown->at, part, length);
	shown->at += length;
}

static void show_escaped(struct shown *shown, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";
	const char part[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };

	show(shown, part, sizeof(part));
}

/* The bytes of the well-formed UTF-8 character at ${bytes}, 0 where there is none; RFC 3629 section 4. */
static size_t utf8_length(const uint8_t *bytes, size_t left)
{
	uint8_t lead = bytes[0], low = 0x80, high = 0xbf;
	size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;

	if (length < 2 || length > left)
		return length > left ? 0 : length;
	if (lead == 0xe0)
		low = 0xa0;
	if (lead == 0xed)
		high = 0x9f;
	if (lead == 0xf0)
		low = 0x90;
	if (lead == 0xf4)
		high = 0x8f;
	if (bytes[1] < low || bytes[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/* Controls of Latin-1 (U+0080 to U+009F) are as little to be printed as those of ASCII. */
static bool is_control(const uint8_t *bytes, size_t length)
{
	return length == 1 ? bytes[0] < 0x20 || bytes[0] == 0x7f : length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
}

static void show_text(struct shown *shown, const uint8_t *bytes, size_t length)
{
	for (size_t at = 0; at < length;) {
		size_t character = utf8_length(bytes + at, length - at);
		size_t step = character ? character : 1;

		if (character && bytes[at] != '\\' && !is_control(bytes + at, character))
			show(shown, (const char *)bytes + at, character);
		else
			for (size_t i = 0; i < step; i++)
				show_escaped(shown, bytes[at + i]);
		at += step;
	}
}

static void show_bytes(struct shown *shown, const uint8_t *bytes, size_t length)
{
	char part[3];

	for (size_t i = 0; i < length; i++) {
		snprintf(part, sizeof(part), "%02x", bytes[i]);
		show(shown, part, 2);
	}
}

static void show_numbers(struct shown *shown, const uint8_t *bytes, size_t length, size_t width)
{
	char part[8];

	for (size_t i = 0; i + width <= length; i += width) {
		unsigned int number = width == 1 ? bytes[i] : get16(bytes + i);

		show(shown, part, (size_t)snprintf(part, sizeof(part), i ? ",%u" : "%u", number));
	}
}

static void show_address(struct shown *shown, const struct field_value *value)
{
	struct address address = field_address(value);
	char text[ADDRESS_TEXT_MAX];

	address_format(&address, text);
	show(shown, text, strlen(text));
}

size_t field_show(const struct field_value *value, char *text, size_t size)
{
	struct shown shown = { .text = text, .size = size };
	char number[MAC_TEXT_MAX > 21 ? MAC_TEXT_MAX : 21];
	struct mac mac;

	switch (field_info(value->field)->shape) {
	case SHAPE_TEXT:
		show_text(&shown, value->bytes, value->length);
		break;
	case SHAPE_BYTES:
		show_bytes(&shown, value->bytes, value->length);
		break;
	case SHAPE_NUMBER:
		snprintf(number, sizeof(number), "%llu", (unsigned long long)field_number(value));
		show(&shown, number, strlen(number));
		break;
	case SHAPE_NUMBERS8:
		show_numbers(&shown, value->bytes, value->length, 1);
		break;
	case SHAPE_NUMBERS16:
		show_numbers(&shown, value->bytes, value->length, 2);
		break;
	case SHAPE_MAC:
		if (field_mac(value, &mac))
			show(&shown, mac_format(&mac, number), MAC_TEXT_MAX - 1);
		break;
	case SHAPE_ADDRESS:
		show_address(&shown, value);
		break;
	}
	if (size)
		text[shown.at] = '\0';
	return shown.at;
}
