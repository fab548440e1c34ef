/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dhcp4.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

#define BOOTREQUEST       1
#define BOOTREPLY         2
#define HARDWARE_ETHERNET 1
#define MAGIC_COOKIE      0x63825363 /* RFC 2131 section 3 */
#define CHADDR_LENGTH     16
#define SNAME_LENGTH      64
#define FILE_LENGTH       128

#define OVERLOAD_FILE  1
#define OVERLOAD_SNAME 2

#define FQDN_HEADER    3    /* flags and two RCODEs; RFC 4702 section 2 */
#define FQDN_FLAG_WIRE 0x04 /* E: the name is in DNS wire format */
#define LABEL_MAX      63   /* RFC 1035 section 2.3.4 */

enum option_code {
	OPTION_PAD = 0,
	OPTION_HOST_NAME = 12,
	OPTION_VENDOR_OPTIONS = 43,
	OPTION_REQUESTED_ADDRESS = 50,
	OPTION_LEASE = 51,
	OPTION_OVERLOAD = 52,
	OPTION_MESSAGE = 53,
	OPTION_SERVER = 54,
	OPTION_PARAMETER_LIST = 55,
	OPTION_MESSAGE_SIZE = 57,
	OPTION_VENDOR_CLASS = 60,
	OPTION_CLIENT_ID = 61,
	OPTION_USER_CLASS = 77,
	OPTION_FQDN = 81,
	OPTION_RELAY_INFO = 82,
	OPTION_MUD_URL = 161,
	OPTION_END = 255,
};

/* Options of a fixed length; put together as any other, so that a second one shows as a wrong length. */
enum fixed_option {
	FIXED_REQUESTED_ADDRESS,
	FIXED_LEASE,
	FIXED_OVERLOAD,
	FIXED_MESSAGE,
	FIXED_SERVER,
	FIXED_MESSAGE_SIZE,
	FIXED_COUNT
};

static const struct {
	uint8_t code;
	uint8_t length;
} fixed_options[FIXED_COUNT] = {
	[FIXED_REQUESTED_ADDRESS] = { OPTION_REQUESTED_ADDRESS, 4 },
	[FIXED_LEASE] = { OPTION_LEASE, 4 },
	[FIXED_OVERLOAD] = { OPTION_OVERLOAD, 1 },
	[FIXED_MESSAGE] = { OPTION_MESSAGE, 1 },
	[FIXED_SERVER] = { OPTION_SERVER, 4 },
	[FIXED_MESSAGE_SIZE] = { OPTION_MESSAGE_SIZE, 2 },
};

struct fixed_value {
	bool seen;
	uint8_t length; /* one more than byte holds where there were too many */
	uint8_t byte[4];
};

/* A message half read. */
struct reading {
	struct observation_dhcp4 made;
	struct fixed_value fixed[FIXED_COUNT];
	struct cursor options;
	struct cursor file;
	struct cursor sname;
	bool has_cookie;
	bool names_station; /* chaddr is an Ethernet station's; a lease query (RFC 4388) may do without */
};

static int refuse(enum malformed_reason *reason, enum malformed_reason why)
{
	*reason = why;
	return -EBADMSG;
}

static struct address read_address(const uint8_t *bytes)
{
	static const uint8_t zero[4];

	return memcmp(bytes, zero, sizeof(zero)) == 0 ? (struct address){ .family = FAMILY_NONE } : address_v4(bytes);
}

static struct address take_address(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_take(cursor, 4);

	return bytes ? read_address(bytes) : (struct address){ .family = FAMILY_NONE };
}

/* RFC 2131 section 2, figure 1. */
static int read_header(struct reading *reading, const uint8_t *bytes, size_t length, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(bytes, length);
	uint8_t operation = cursor_u8(&cursor);
	uint8_t hardware = cursor_u8(&cursor);
	uint8_t hardware_length = cursor_u8(&cursor);
	const uint8_t *chaddr, *sname, *file;
	uint32_t cookie;

	cursor_skip(&cursor, 1); /* hops */
	reading->made.transaction = cursor_be32(&cursor);
	cursor_skip(&cursor, 4); /* secs and flags */
	reading->made.client_address = take_address(&cursor);
	reading->made.your_address = take_address(&cursor);
	cursor_skip(&cursor, 4); /* siaddr: the next server to boot from, not the one that speaks */
	reading->made.relay_address = take_address(&cursor);
	chaddr = cursor_take(&cursor, CHADDR_LENGTH);
	sname = cursor_take(&cursor, SNAME_LENGTH);
	file = cursor_take(&cursor, FILE_LENGTH);
	cookie = cursor_be32(&cursor);
	if (cursor.failed)
		return refuse(reason, MALFORMED_DHCP_SHORT);
	if (operation != BOOTREQUEST && operation != BOOTREPLY)
		return refuse(reason, MALFORMED_DHCP_OPERATION);
	reading->has_cookie = cookie == MAGIC_COOKIE;
	memcpy(reading->made.client.byte, chaddr, sizeof(reading->made.client.byte));
	reading->names_station = hardware == HARDWARE_ETHERNET && hardware_length == sizeof(struct mac) &&
	                         mac_is_device(&reading->made.client);
	reading->made.from_server = operation == BOOTREPLY;
	reading->options = cursor;
	reading->file = cursor_over(file, FILE_LENGTH);
	reading->sname = cursor_over(sname, SNAME_LENGTH);
	return 0;
}

static struct octets *octets_of(struct observation_dhcp4 *dhcp4, uint8_t code)
{
	switch (code) {
	case OPTION_HOST_NAME:
		return &dhcp4->host_name;
	case OPTION_PARAMETER_LIST:
		return &dhcp4->parameter_list;
	case OPTION_VENDOR_CLASS:
		return &dhcp4->vendor_class;
	case OPTION_CLIENT_ID:
		return &dhcp4->client_id;
	case OPTION_FQDN:
		return &dhcp4->fqdn;
	case OPTION_RELAY_INFO:
		return &dhcp4->relay_info;
	case OPTION_MUD_URL:
		return &dhcp4->mud_url;
	case OPTION_USER_CLASS:
		return &dhcp4->user_class;
	case OPTION_VENDOR_OPTIONS:
		return &dhcp4->vendor_options;
	default:
		return NULL;
	}
}

static void append_octets(struct octets *octets, const uint8_t *bytes, size_t length)
{
	size_t room = OCTETS_MAX - octets->length;

	if (length > room) {
		length = room;
		octets->cut = 1;
	}
	memcpy(octets->byte + octets->length, bytes, length);
	octets->length = (uint8_t)(octets->length + length);
}

static void append_fixed(struct fixed_value *value, const uint8_t *bytes, size_t length)
{
	value->seen = true;
	for (size_t i = 0; i < length && value->length <= sizeof(value->byte); i++) {
		if (value->length < sizeof(value->byte))
			value->byte[value->length] = bytes[i];
		value->length++;
	}
}

static void keep_option(struct reading *reading, uint8_t code, const uint8_t *bytes, size_t length)
{
	struct octets *octets = octets_of(&reading->made, code);

	if (octets)
		append_octets(octets, bytes, length);
	for (size_t i = 0; i < FIXED_COUNT; i++)
		if (fixed_options[i].code == code)
			append_fixed(&reading->fixed[i], bytes, length);
}

/* Reads one area to its end option; one that ends without is let pass, as many a client sends it so. */
static int read_area(struct reading *reading, struct cursor *area, enum malformed_reason *reason)
{
	while (cursor_left(area) > 0) {
		uint8_t code = cursor_u8(area);
		const uint8_t *bytes;
		uint8_t length;

		append_octets(&reading->made.options, &code, 1);
		if (code == OPTION_END)
			break;
		if (code == OPTION_PAD)
			continue;
		length = cursor_u8(area);
		bytes = cursor_take(area, length);
		if (!bytes)
			return refuse(reason, MALFORMED_DHCP_OPTION_CUT);
		if (code != OPTION_OVERLOAD || area == &reading->options)
			keep_option(reading, code, bytes, length);
	}
	return 0;
}

static int read_options(struct reading *reading, enum malformed_reason *reason)
{
	const struct fixed_value *overload = &reading->fixed[FIXED_OVERLOAD];
	int result = read_area(reading, &reading->options, reason);

	if (result < 0 || !overload->seen)
		return result;
	if (overload->length != 1)
		return refuse(reason, MALFORMED_DHCP_OPTION_LENGTH);
	if (overload->byte[0] < OVERLOAD_FILE || overload->byte[0] > (OVERLOAD_FILE | OVERLOAD_SNAME))
		return refuse(reason, MALFORMED_DHCP_OVERLOAD_VALUE);
	/* RFC 3396 section 5: file before sname. */
	if (overload->byte[0] & OVERLOAD_FILE)
		result = read_area(reading, &reading->file, reason);
	if (result == 0 && overload->byte[0] & OVERLOAD_SNAME)
		result = read_area(reading, &reading->sname, reason);
	return result;
}

static int read_fixed(struct reading *reading, enum malformed_reason *reason)
{
	struct observation_dhcp4 *made = &reading->made;
	struct cursor lease = cursor_over(reading->fixed[FIXED_LEASE].byte, 4);
	struct cursor size = cursor_over(reading->fixed[FIXED_MESSAGE_SIZE].byte, 2);

	for (size_t i = 0; i < FIXED_COUNT; i++)
		if (reading->fixed[i].seen && reading->fixed[i].length != fixed_options[i].length)
			return refuse(reason, MALFORMED_DHCP_OPTION_LENGTH);
	made->message = reading->fixed[FIXED_MESSAGE].byte[0];
	if (reading->fixed[FIXED_REQUESTED_ADDRESS].seen)
		made->requested_address = read_address(reading->fixed[FIXED_REQUESTED_ADDRESS].byte);
	if (reading->fixed[FIXED_SERVER].seen)
		made->server = read_address(reading->fixed[FIXED_SERVER].byte);
	made->lease_s = cursor_be32(&lease);
	made->message_size_max = cursor_be16(&size);
	return 0;
}

static bool message_is_of_server(uint8_t message)
{
	return message == DHCP4_OFFER || message == DHCP4_ACK || message == DHCP4_NAK;
}

/* Leaves only the name in ${fqdn}; an option too short to hold one counts as absent, it is not worth the message. */
static void read_fqdn(struct octets *fqdn)
{
	struct octets raw = *fqdn;
	struct cursor cursor = cursor_over(raw.byte, raw.length);
	uint8_t flags = cursor_u8(&cursor);

	*fqdn = (struct octets){ .cut = raw.cut };
	if (!cursor_skip(&cursor, FQDN_HEADER - 1))
		return;
	while (flags & FQDN_FLAG_WIRE && cursor_left(&cursor) > 0) {
		uint8_t length = cursor_u8(&cursor);
		const uint8_t *label = cursor_take(&cursor, length);

		if (length == 0 || length > LABEL_MAX || !label)
			return;
		if (fqdn->length > 0)
			append_octets(fqdn, (const uint8_t *)".", 1);
		append_octets(fqdn, label, length);
	}
	append_octets(fqdn, cursor.at, cursor_left(&cursor));
}

static int read_message(struct reading *reading, const uint8_t *bytes, size_t length, enum malformed_reason *reason)
{
	int result = read_header(reading, bytes, length, reason);

	if (result == 0 && reading->has_cookie)
		result = read_options(reading, reason);
	if (result == 0)
		result = read_fixed(reading, reason);
	if (result == 0)
		read_fqdn(&reading->made.fqdn);
	return result;
}

int dhcp4_decode(const uint8_t *bytes, size_t length, struct observation_dhcp4 *dhcp4, enum malformed_reason *reason)
{
	struct reading reading = { 0 };
	uint8_t message;
	int result = read_message(&reading, bytes, length, reason);

	if (result < 0)
		return result;
	if (!reading.has_cookie)
		return refuse(reason, MALFORMED_DHCP_COOKIE);
	message = reading.made.message;
	if (!reading.fixed[FIXED_MESSAGE].seen || message < DHCP4_DISCOVER || message > DHCP4_INFORM)
		return 0;
	/* Or a client could dress as a server, for whoever looks at one of the two fields only. */
	if (message_is_of_server(message) != (bool)reading.made.from_server)
		return refuse(reason, MALFORMED_DHCP_OPERATION);
	if (!reading.names_station)
		return refuse(reason, MALFORMED_DHCP_HARDWARE);
	*dhcp4 = reading.made;
	return 1;
}

/* What describes the client is left off where another speaks: a relay, or a server that answers. */
static void leave_off_client(struct observation_dhcp4 *made)
{
	struct octets *described[] = { &made->host_name,  &made->parameter_list, &made->vendor_class, &made->client_id,
		                       &made->user_class, &made->vendor_options, &made->fqdn,         &made->mud_url };

	for (size_t i = 0; i < ARRAY_SIZE(described); i++)
		*described[i] = (struct octets){ 0 };
}

int dhcp4_decode_other(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct observation observation = { .type = OBSERVATION_DHCP4 };
	struct reading reading = { 0 };
	int result = read_message(&reading, datagram->bytes, datagram->length, reason);

	if (result < 0)
		return result;
	if (!mac_equal(&reading.made.client, datagram->source))
		leave_off_client(&reading.made);
	observation.dhcp4 = reading.made;
	observation_fields(&observation, fields);
	return 1;
}
