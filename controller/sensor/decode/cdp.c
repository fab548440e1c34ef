/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/cdp.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define VERSION_MAX  2
#define TLV_HEADER   4
#define CAPABILITIES 4

static const struct {
	uint16_t type;
	enum field field;
} text_fields[] = {
	{ 1, FIELD_CDP_DEVICE },
	{ 3, FIELD_CDP_PORT },
	{ 5, FIELD_CDP_VERSION },
	{ 6, FIELD_CDP_PLATFORM },
};

static void read_tlv(struct fields *fields, uint16_t type, struct cursor *value)
{
	if (type == CAPABILITIES && cursor_left(value) >= sizeof(uint32_t))
		fields_add_number(fields, FIELD_CDP_CAPABILITIES, cursor_be32(value));
	for (size_t i = 0; i < ARRAY_SIZE(text_fields); i++)
		if (text_fields[i].type == type)
			fields_add_terminated(fields, text_fields[i].field, value->at, cursor_left(value));
}

int cdp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	uint8_t version = cursor_u8(&cursor);

	cursor_skip(&cursor, 3); /* time to live and checksum */
	if (!cursor.failed && (version == 0 || version > VERSION_MAX))
		return 0;
	while (cursor_left(&cursor) > 0) {
		uint16_t type = cursor_be16(&cursor);
		size_t length = cursor_be16(&cursor);
		size_t left = length < TLV_HEADER ? SIZE_MAX : length - TLV_HEADER;
		struct cursor value = cursor_over(cursor_take(&cursor, left), left);

		if (!cursor.failed)
			read_tlv(fields, type, &value);
	}
	if (!cursor.failed)
		return 1;
	*reason = MALFORMED_CDP;
	return -EBADMSG;
}
