/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dhcp6.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

/* RFC 8415 section 7.3; those behind the relays' (RFC 5007 and others) have the head of the first. */
enum message {
	MESSAGE_SOLICIT = 1,
	MESSAGE_ADVERTISE = 2,
	MESSAGE_REPLY = 7,
	MESSAGE_RECONFIGURE = 10,
	MESSAGE_RELAY_FORWARD = 12,
	MESSAGE_RELAY_REPLY = 13,
	MESSAGE_LEASE_ANSWER = 15,
	MESSAGE_LEASE_DONE = 16,
	MESSAGE_LEASE_DATA = 17,
	MESSAGE_REGISTERED = 37, /* RFC 9686, the last that IANA lists */
};

enum option {
	OPTION_CLIENT_ID = 1,
	OPTION_SERVER_ID = 2,
	OPTION_IA_NA = 3,
	OPTION_IA_TA = 4,
	OPTION_IA_ADDRESS = 5,
	OPTION_REQUEST = 6,
	OPTION_RELAY_MESSAGE = 9,
	OPTION_VENDOR_CLASS = 16,
	OPTION_VENDOR_OPTIONS = 17,
	OPTION_IA_PD = 25,
	OPTION_IA_PREFIX = 26,
	OPTION_FQDN = 39,
	OPTION_CLIENT_LINK = 79, /* RFC 6939 */
	OPTION_MUD_URL = 112,
};

#define DEPTH_MAX         11 /* eight relays, then an option in an option in an option */
#define OPTION_CODES_MAX  256
#define IPV6_BYTES        16
#define HARDWARE_ETHERNET 1
#define DUID_LINK_TIME    1 /* RFC 8415 section 11 */
#define DUID_LINK         3
#define NAME_MAX_LENGTH   255 /* RFC 1035 section 2.3.4 */
#define LABEL_MAX         63

/* Options that hold others behind a head of so many bytes, section 21. */
static const struct {
	uint16_t code;
	uint8_t head;
} containers[] = {
	{ OPTION_IA_NA, 12 }, { OPTION_IA_TA, 4 },      { OPTION_IA_ADDRESS, 24 },
	{ OPTION_IA_PD, 12 }, { OPTION_IA_PREFIX, 25 },
};

/* A message half read. */
struct reading {
	struct fields *fields;
	uint16_t own; /* the option that names the sender of the frame; 0 in what a relay hands on */
	unsigned int depth;
	size_t code_count;
	uint8_t codes[OPTION_CODES_MAX * 2];
	bool failed;
};

static void read_message(struct reading *reading, struct cursor cursor);

static bool is_of_server(uint8_t type)
{
	return type == MESSAGE_ADVERTISE || type == MESSAGE_REPLY || type == MESSAGE_RECONFIGURE ||
	       (type >= MESSAGE_LEASE_ANSWER && type <= MESSAGE_LEASE_DATA) || type == MESSAGE_REGISTERED;
}

static void add_ethernet(struct reading *reading, struct cursor *cursor, size_t between, enum field field)
{
	uint16_t hardware = cursor_be16(cursor);

	cursor_skip(cursor, between);
	if (hardware == HARDWARE_ETHERNET && cursor_left(cursor) == sizeof(struct mac))
		fields_add(reading->fields, field, cursor->at, sizeof(struct mac));
}

static void read_duid(struct reading *reading, uint16_t code, struct cursor value)
{
	bool is_own = code == reading->own;
	enum field address = is_own ? FIELD_DHCP6_DUID_MAC : FIELD_DHCP6_OTHER_MAC;
	uint16_t type;

	if (cursor_left(&value))
		fields_add(reading->fields, is_own ? FIELD_DHCP6_DUID : FIELD_DHCP6_OTHER_DUID, value.at,
		           cursor_left(&value));
	type = cursor_be16(&value);
	if (type == DUID_LINK_TIME)
		add_ethernet(reading, &value, 4, address);
	if (type == DUID_LINK)
		add_ethernet(reading, &value, 0, address);
}

static void read_vendor_class(struct reading *reading, struct cursor value)
{
	uint32_t enterprise = cursor_be32(&value);

	if (!value.failed)
		fields_add_number(reading->fields, FIELD_DHCP6_ENTERPRISE, enterprise);
	while (cursor_left(&value) > 0) {
		size_t length = cursor_be16(&value);
		const uint8_t *bytes = cursor_take(&value, length);

		if (bytes && length)
			fields_add(reading->fields, FIELD_DHCP6_VENDOR, bytes, length);
	}
}

/* RFC 4704 section 4.2: labels, of which the last need not be the root. */
static void read_name(struct reading *reading, struct cursor value)
{
	uint8_t name[NAME_MAX_LENGTH];
	size_t length = 0;

	cursor_skip(&value, 1); /* flags */
	while (cursor_left(&value) > 0) {
		size_t label = cursor_u8(&value);
		const uint8_t *bytes = cursor_take(&value, label);

		if (!bytes || label == 0 || label > LABEL_MAX || length + 1 + label > sizeof(name))
			break;
		if (length)
			name[length++] = '.';
		memcpy(name + length, bytes, label);
		length += label;
	}
	if (length)
		fields_add(reading->fields, FIELD_DHCP6_FQDN, name, length);
}

static void add_address(struct reading *reading, struct cursor *value, enum field field)
{
	const uint8_t *bytes = cursor_take(value, IPV6_BYTES);

	if (bytes)
		fields_add(reading->fields, field, bytes, IPV6_BYTES);
}

/* Section 21.6: the address, how long it is preferred, and how long it is valid. */
static void read_address(struct reading *reading, struct cursor value)
{
	uint32_t valid;

	add_address(reading, &value, FIELD_DHCP6_ADDRESS);
	cursor_skip(&value, 4);
	valid = cursor_be32(&value);
	if (!value.failed)
		fields_add_number(reading->fields, FIELD_DHCP6_LIFETIME, valid);
}

static void read_value(struct reading *reading, uint16_t code, struct cursor value)
{
	size_t length = cursor_left(&value);

	switch (code) {
	case OPTION_CLIENT_ID:
	case OPTION_SERVER_ID:
		read_duid(reading, code, value);
		break;
	case OPTION_IA_ADDRESS:
		read_address(reading, value);
		break;
	case OPTION_REQUEST:
		if (length >= 2)
			fields_add(reading->fields, FIELD_DHCP6_PARAMETERS, value.at, length & ~(size_t)1);
		break;
	case OPTION_VENDOR_CLASS:
		read_vendor_class(reading, value);
		break;
	case OPTION_VENDOR_OPTIONS:
		if (length)
			fields_add(reading->fields, FIELD_DHCP6_VENDOR_OPTIONS, value.at, length);
		break;
	case OPTION_FQDN:
		read_name(reading, value);
		break;
	case OPTION_CLIENT_LINK:
		add_ethernet(reading, &value, 0, FIELD_DHCP6_OTHER_MAC);
		break;
	case OPTION_MUD_URL:
		if (length)
			fields_add(reading->fields, FIELD_MUD_URL, value.at, length);
		break;
	case OPTION_RELAY_MESSAGE:
		read_message(reading, value);
		break;
	default:
		break;
	}
}

static void keep_code(struct reading *reading, uint16_t code)
{
	if (reading->code_count >= OPTION_CODES_MAX) {
		reading->fields->cut = 1;
		return;
	}
	reading->codes[reading->code_count * 2] = (uint8_t)(code >> 8);
	reading->codes[reading->code_count * 2 + 1] = (uint8_t)code;
	reading->code_count++;
}

static void read_options(struct reading *reading, struct cursor *cursor)
{
	if (++reading->depth > DEPTH_MAX)
		reading->failed = true;
	while (cursor_left(cursor) > 0 && !reading->failed) {
		uint16_t code = cursor_be16(cursor);
		size_t length = cursor_be16(cursor);
		struct cursor value = cursor_over(cursor_take(cursor, length), length);

		if (cursor->failed)
			break;
		keep_code(reading, code);
		read_value(reading, code, value);
		for (size_t i = 0; i < ARRAY_SIZE(containers); i++)
			if (containers[i].code == code && cursor_skip(&value, containers[i].head))
				read_options(reading, &value);
	}
	reading->depth--;
	reading->failed |= cursor->failed;
}

/* Section 9: the relays' messages have a head of their own, and what they hand on in an option. */
static void read_message(struct reading *reading, struct cursor cursor)
{
	uint8_t type = cursor_u8(&cursor);

	if (!cursor.failed)
		fields_add_number(reading->fields, FIELD_DHCP6_MESSAGE, type);
	if (type == MESSAGE_RELAY_FORWARD || type == MESSAGE_RELAY_REPLY) {
		cursor_skip(&cursor, 1 + IPV6_BYTES); /* hop count and the link's address */
		add_address(reading, &cursor, FIELD_DHCP6_PEER);
	} else {
		if (reading->depth == 0)
			reading->own = is_of_server(type) ? OPTION_SERVER_ID : OPTION_CLIENT_ID;
		cursor_skip(&cursor, 3); /* transaction */
	}
	if (cursor.failed)
		reading->failed = true;
	else
		read_options(reading, &cursor);
}

int dhcp6_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct reading reading = { .fields = fields };
	uint8_t type = datagram->length ? datagram->bytes[0] : 0;

	if (type < MESSAGE_SOLICIT || type > MESSAGE_REGISTERED)
		return 0;
	read_message(&reading, cursor_over(datagram->bytes, datagram->length));
	if (reading.code_count)
		fields_add(fields, FIELD_DHCP6_OPTIONS, reading.codes, reading.code_count * 2);
	if (!reading.failed)
		return 1;
	*reason = MALFORMED_DHCP6;
	return -EBADMSG;
}
