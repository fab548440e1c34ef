/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dns_message.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define HEADER_LENGTH  12
#define LABEL_KIND     0xc0 /* RFC 1035 section 4.1.4: the two high bits of a label's length */
#define LABEL_POINTER  0xc0
#define POINTER_OFFSET 0x3fff
#define SERVICE_HEADER 6 /* of SRV: priority, weight, port; RFC 2782 */
#define BITMAP_MAX     32
#define BITMAP_WINDOW  256

static const char root[] = "<Root>";

int dns_message_open(struct dns_message *message, const uint8_t *bytes, size_t length)
{
	struct cursor cursor = cursor_over(bytes, length);
	unsigned int flags;

	*message = (struct dns_message){ .bytes = bytes, .length = length, .at = HEADER_LENGTH };
	message->id = cursor_be16(&cursor);
	flags = cursor_be16(&cursor);
	for (size_t i = 0; i < ARRAY_SIZE(message->left); i++)
		message->left[i] = cursor_be16(&cursor);
	message->is_response = flags >> 15;
	message->operation = flags >> 11 & 15;
	return cursor.failed ? -EBADMSG : 0;
}

/* A label more of ${name}, whose bytes on the wire are counted in ${wire}, the root's length byte left out. */
static bool name_append(struct dns_name *name, const uint8_t *label, size_t length, size_t *wire)
{
	*wire += 1 + length;
	if (*wire >= DNS_NAME_MAX)
		return false;
	if (name->length > 0)
		name->byte[name->length++] = '.';
	memcpy(name->byte + name->length, label, length);
	name->length += length;
	return true;
}

/* Reads the name at ${*at} and moves it behind; each pointer must lead before where the reading last jumped to. */
static int read_name(const struct dns_message *message, size_t *at, struct dns_name *name)
{
	struct cursor cursor = cursor_over(message->bytes + *at, message->length - *at);
	size_t lowest = *at, end = 0, wire = 0;
	struct dns_name made = { 0 };
	uint8_t length;

	while ((length = cursor_u8(&cursor)) > 0) {
		const uint8_t *label;

		if ((length & LABEL_KIND) == LABEL_POINTER) {
			size_t target = (((size_t)length << 8) | cursor_u8(&cursor)) & POINTER_OFFSET;

			if (cursor.failed || target >= lowest)
				return -EBADMSG;
			if (end == 0)
				end = (size_t)(cursor.at - message->bytes);
			lowest = target;
			cursor = cursor_over(message->bytes + target, message->length - target);
			continue;
		}
		label = length & LABEL_KIND ? NULL : cursor_take(&cursor, length);
		if (!label || !name_append(&made, label, length, &wire))
			return -EBADMSG;
	}
	if (cursor.failed)
		return -EBADMSG;
	if (made.length == 0) {
		made.length = sizeof(root) - 1;
		memcpy(made.byte, root, made.length);
	}
	*at = end ? end : (size_t)(cursor.at - message->bytes);
	*name = made;
	return 0;
}

int dns_message_next(struct dns_message *message, struct dns_record *record)
{
	size_t section = 0, at = message->at;
	struct dns_record made;
	struct cursor cursor;

	while (section < DNS_SECTION_COUNT && message->left[section] == 0)
		section++;
	if (section == DNS_SECTION_COUNT)
		return 0;
	made = (struct dns_record){ .section = (enum dns_section)section };
	if (read_name(message, &at, &made.name) < 0)
		return -EBADMSG;
	cursor = cursor_over(message->bytes + at, message->length - at);
	made.type = cursor_be16(&cursor);
	made.class = cursor_be16(&cursor);
	if (section != DNS_QUESTION) {
		made.lifetime_s = cursor_be32(&cursor);
		made.length = cursor_be16(&cursor);
		made.data = message->length - cursor_left(&cursor);
		cursor_skip(&cursor, made.length);
	}
	if (cursor.failed)
		return -EBADMSG;
	message->at = message->length - cursor_left(&cursor);
	message->left[section]--;
	*record = made;
	return 1;
}

int dns_message_name(const struct dns_message *message, const struct dns_record *record, size_t offset,
                     struct dns_name *name)
{
	size_t at = record->data + offset;
	struct dns_name made;

	if (offset >= record->length || read_name(message, &at, &made) < 0 || at > record->data + record->length)
		return -EBADMSG;
	*name = made;
	return 0;
}

int dns_message_text(const struct dns_message *message, const struct dns_record *record, size_t *offset,
                     const uint8_t **text, size_t *length)
{
	struct cursor cursor = cursor_over(message->bytes + record->data + *offset, record->length - *offset);
	const uint8_t *taken;
	size_t size;

	if (cursor_left(&cursor) == 0)
		return 0;
	size = cursor_u8(&cursor);
	taken = cursor_take(&cursor, size);
	if (!taken)
		return -EBADMSG;
	*text = taken;
	*length = size;
	*offset += 1 + size;
	return 1;
}

bool dns_name_is(const struct dns_name *name, const char *text)
{
	return strlen(text) == name->length && strncasecmp(name->byte, text, name->length) == 0;
}

static int tell_address(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	size_t expected = record->type == DNS_TYPE_A ? 4 : 16;

	if (record->length != expected)
		return -EBADMSG;
	if (message->tells_lifetime)
		fields_add_number(fields, FIELD_DNS_LIFETIME, record->lifetime_s);
	fields_add(fields, FIELD_DNS_ADDRESS, message->bytes + record->data, record->length);
	return 0;
}

static int tell_name(const struct dns_message *message, const struct dns_record *record, size_t offset,
                     enum field field, struct fields *fields)
{
	struct dns_name name;
	int result = dns_message_name(message, record, offset, &name);

	if (result == 0)
		fields_add(fields, field, name.byte, name.length);
	return result;
}

static int tell_service(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	struct cursor cursor = cursor_over(message->bytes + record->data, record->length);

	cursor_skip(&cursor, SERVICE_HEADER - 2);
	fields_add_number(fields, FIELD_DNS_SERVICE_PORT, cursor_be16(&cursor));
	return cursor.failed ? -EBADMSG : tell_name(message, record, SERVICE_HEADER, FIELD_DNS_SERVICE_TARGET, fields);
}

static int tell_texts(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	const uint8_t *text;
	size_t offset = 0, length;
	int result;

	while ((result = dns_message_text(message, record, &offset, &text, &length)) > 0)
		fields_add(fields, FIELD_DNS_TEXT, text, length);
	return result;
}

static int tell_host(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	static const enum field told[] = { FIELD_DNS_HOST_CPU, FIELD_DNS_HOST_SYSTEM };
	const uint8_t *text;
	size_t offset = 0, length;

	for (size_t i = 0; i < ARRAY_SIZE(told); i++) {
		if (dns_message_text(message, record, &offset, &text, &length) <= 0)
			return -EBADMSG;
		fields_add(fields, told[i], text, length);
	}
	return 0;
}

/* The types that exist, behind the next name: windows of (number, length, bits). */
static int tell_existing(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	size_t at = record->data, end = record->data + record->length;
	struct dns_name next;
	struct cursor cursor;

	if (read_name(message, &at, &next) < 0 || at > end)
		return -EBADMSG;
	cursor = cursor_over(message->bytes + at, end - at);
	while (cursor_left(&cursor) > 0) {
		unsigned int window = cursor_u8(&cursor);
		size_t length = cursor_u8(&cursor);
		const uint8_t *bits = cursor_take(&cursor, length);

		if (!bits || length > BITMAP_MAX)
			return -EBADMSG;
		for (unsigned int bit = 0; bit < length * 8; bit++)
			if (bits[bit / 8] & 0x80 >> bit % 8)
				fields_add_number(fields, FIELD_DNS_TYPE, window * BITMAP_WINDOW + bit);
	}
	return 0;
}

int dns_message_tell(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	enum field name = FIELD_DNS_NAME, type = FIELD_DNS_TYPE;

	if (record->section == DNS_QUESTION) {
		name = message->is_response ? FIELD_DNS_ANSWERED : FIELD_DNS_QUESTION;
		type = FIELD_DNS_QUESTION_TYPE;
	} else if (record->type == DNS_TYPE_SRV) {
		name = FIELD_DNS_SERVICE_NAME;
	}
	fields_add(fields, name, record->name.byte, record->name.length);
	fields_add_number(fields, type, record->type);
	if (record->section == DNS_QUESTION || record->length == 0) /* an update deletes with no data, RFC 2136 */
		return 0;
	switch (record->type) {
	case DNS_TYPE_A:
	case DNS_TYPE_AAAA:
		return tell_address(message, record, fields);
	case DNS_TYPE_CNAME:
		return tell_name(message, record, 0, FIELD_DNS_ALIAS, fields);
	case DNS_TYPE_PTR:
		return tell_name(message, record, 0, FIELD_DNS_POINTER, fields);
	case DNS_TYPE_HINFO:
		return tell_host(message, record, fields);
	case DNS_TYPE_TXT:
		return tell_texts(message, record, fields);
	case DNS_TYPE_SRV:
		return tell_service(message, record, fields);
	case DNS_TYPE_NSEC:
		return tell_existing(message, record, fields);
	default:
		return 0;
	}
}
