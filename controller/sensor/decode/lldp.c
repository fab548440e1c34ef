/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/lldp.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

/* IEEE 802.1AB table 8-1. */
enum tlv {
	TLV_END = 0,
	TLV_CHASSIS = 1,
	TLV_PORT = 2,
	TLV_TIME_TO_LIVE = 3,
	TLV_SYSTEM_NAME = 5,
	TLV_DESCRIPTION = 6,
	TLV_CAPABILITIES = 7,
	TLV_ORGANISATION = 127,
};

#define CHASSIS_MAC    4 /* table 8-2; the others are names of the site's own */
#define PORT_MAC       3 /* table 8-3; likewise 4 is an address */
#define PORT_ADDRESS   4
#define OUI_MED        0x0012bb /* TIA-1057 section 10.2 */
#define OUI_IANA       0x00005e /* RFC 8520 section 11 */
#define IANA_MUD_URL   1
#define HEADER_LENGTH  0x01ff /* nine of the sixteen bits */
#define HEADER_TYPE_AT 9

static const struct {
	uint8_t subtype;
	enum field field;
} med_fields[] = {
	{ 6, FIELD_LLDP_SOFTWARE }, /* firmware revision */
	{ 7, FIELD_LLDP_SOFTWARE }, /* software revision */
	{ 9, FIELD_LLDP_MANUFACTURER },
	{ 10, FIELD_LLDP_MODEL },
};

/* Some gear ends its strings with a NUL, and leaves what is behind it to chance. */
static void add_text(struct fields *fields, enum field field, const struct cursor *value)
{
	fields_add_terminated(fields, field, value->at, cursor_left(value));
}

static void read_chassis(struct fields *fields, struct cursor *value)
{
	uint8_t subtype = cursor_u8(value);

	if (subtype == CHASSIS_MAC && cursor_left(value) == sizeof(struct mac))
		fields_add(fields, FIELD_LLDP_CHASSIS, value->at, sizeof(struct mac));
}

static void read_port(struct fields *fields, struct cursor *value)
{
	uint8_t subtype = cursor_u8(value);

	if (subtype != PORT_MAC && subtype != PORT_ADDRESS)
		add_text(fields, FIELD_LLDP_PORT, value);
}

static void read_capabilities(struct fields *fields, struct cursor *value)
{
	uint16_t capabilities = cursor_be16(value);

	if (!value->failed)
		fields_add_number(fields, FIELD_LLDP_CAPABILITIES, capabilities);
}

static void read_organisation(struct fields *fields, struct cursor *value)
{
	uint32_t oui = (uint32_t)cursor_be16(value) << 8;
	uint8_t subtype;

	oui |= cursor_u8(value);
	subtype = cursor_u8(value);
	if (oui == OUI_IANA && subtype == IANA_MUD_URL)
		add_text(fields, FIELD_MUD_URL, value);
	for (size_t i = 0; i < ARRAY_SIZE(med_fields) && oui == OUI_MED; i++)
		if (med_fields[i].subtype == subtype)
			add_text(fields, med_fields[i].field, value);
}

static void read_tlv(struct fields *fields, unsigned int type, struct cursor *value)
{
	switch (type) {
	case TLV_CHASSIS:
		read_chassis(fields, value);
		break;
	case TLV_PORT:
		read_port(fields, value);
		break;
	case TLV_SYSTEM_NAME:
		add_text(fields, FIELD_LLDP_SYSTEM, value);
		break;
	case TLV_DESCRIPTION:
		add_text(fields, FIELD_LLDP_DESCRIPTION, value);
		break;
	case TLV_CAPABILITIES:
		read_capabilities(fields, value);
		break;
	case TLV_ORGANISATION:
		read_organisation(fields, value);
		break;
	default:
		break;
	}
}

int lldp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	unsigned int expected = TLV_CHASSIS;

	while (cursor_left(&cursor) > 0) {
		uint16_t header = cursor_be16(&cursor);
		unsigned int type = header >> HEADER_TYPE_AT;
		size_t length = header & HEADER_LENGTH;
		struct cursor value = cursor_over(cursor_take(&cursor, length), length);

		/* The first three are mandatory and in this order, section 8.2. */
		if (cursor.failed || (expected <= TLV_TIME_TO_LIVE && type != expected++)) {
			*reason = MALFORMED_LLDP;
			return -EBADMSG;
		}
		if (type == TLV_END)
			break;
		read_tlv(fields, type, &value);
	}
	if (expected > TLV_TIME_TO_LIVE)
		return 1;
	*reason = MALFORMED_LLDP;
	return -EBADMSG;
}
