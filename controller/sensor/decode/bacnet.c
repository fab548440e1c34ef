/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/bacnet.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

#define LINK_BACNET_IP          0x81 /* annex J.2.1 */
#define FUNCTION_FORWARDED      0x04 /* J.2.5: six bytes of who sent it first stand before the rest */
#define FUNCTION_DISTRIBUTE     0x09
#define FUNCTION_UNICAST        0x0a
#define FUNCTION_BROADCAST      0x0b
#define NETWORK_VERSION         1
#define NETWORK_MESSAGE         0x80 /* clause 6.2.2, control octet */
#define NETWORK_DESTINATION     0x20
#define NETWORK_SOURCE          0x08
#define PDU_UNCONFIRMED_REQUEST 1
#define SERVICE_I_AM            0
#define TAG_UNSIGNED            2 /* clause 20.2.1.4 */
#define TAG_ENUMERATED          9
#define TAG_OBJECT              12
#define OBJECT_INSTANCE_BITS    22

static int refuse(enum malformed_reason *reason)
{
	*reason = MALFORMED_BACNET;
	return -EBADMSG;
}

/*
 * Annex J.2: passes over the BACnet/IP header; false for a function that carries no message. ${is_other} where the
 * message is not of ${sender}, who sends it on.
 */
static bool pass_link(struct cursor *cursor, const struct address *sender, bool *is_other)
{
	uint8_t function = cursor_u8(cursor);

	cursor_skip(cursor, 2); /* length: of the datagram */
	if (function == FUNCTION_FORWARDED) {
		const uint8_t *origin = cursor_take(cursor, 6);

		*is_other = origin && (sender->family != FAMILY_IPV4 || memcmp(sender->byte, origin, 4) != 0);
		return origin;
	}
	return function >= FUNCTION_DISTRIBUTE && function <= FUNCTION_BROADCAST;
}

/* Passes over a network number and an address of up to 255 bytes. */
static void pass_station(struct cursor *cursor)
{
	cursor_skip(cursor, 2);
	cursor_skip(cursor, cursor_u8(cursor));
}

/* Clause 6.2: passes over the network layer; false for one of its own messages. Only a router names a source. */
static bool pass_network(struct cursor *cursor, bool *is_other)
{
	uint8_t control;

	cursor_skip(cursor, 1); /* version */
	control = cursor_u8(cursor);
	if (control & NETWORK_DESTINATION)
		pass_station(cursor);
	if (control & NETWORK_SOURCE) {
		*is_other = true;
		pass_station(cursor);
	}
	if (control & NETWORK_DESTINATION)
		cursor_skip(cursor, 1); /* hop count */
	return !(control & NETWORK_MESSAGE);
}

/* Reads an application value of ${tag} and up to four bytes into ${number}. */
static bool take_value(struct cursor *cursor, uint8_t tag, uint32_t *number)
{
	uint8_t head = cursor_u8(cursor);
	uint8_t length = head & 0x07;

	*number = 0;
	if (head >> 4 != tag || head & 0x08 || length == 0 || length > 4)
		return false;
	for (uint8_t i = 0; i < length; i++)
		*number = *number << 8 | cursor_u8(cursor);
	return !cursor->failed;
}

/* Clause 16.10.2: the device, the longest message it takes, how it takes segments, and its maker. */
static bool read_i_am(struct cursor *cursor, bool is_other, struct fields *fields)
{
	uint32_t device, longest, segmentation, vendor;

	if (!take_value(cursor, TAG_OBJECT, &device) || !take_value(cursor, TAG_UNSIGNED, &longest) ||
	    !take_value(cursor, TAG_ENUMERATED, &segmentation) || !take_value(cursor, TAG_UNSIGNED, &vendor))
		return false;
	fields_add_number(fields, FIELD_BACNET_OBJECT_TYPE, device >> OBJECT_INSTANCE_BITS);
	fields_add_number(fields, is_other ? FIELD_BACNET_OTHER_INSTANCE : FIELD_BACNET_INSTANCE,
	                  device & ((1U << OBJECT_INSTANCE_BITS) - 1));
	fields_add_number(fields, is_other ? FIELD_BACNET_OTHER_VENDOR : FIELD_BACNET_VENDOR, vendor);
	return true;
}

int bacnet_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	uint8_t first = cursor_left(&cursor) ? cursor.at[0] : 0;
	bool is_other = false;

	if (first == LINK_BACNET_IP) {
		cursor_skip(&cursor, 1);
		if (!pass_link(&cursor, &datagram->conversation->source, &is_other))
			return cursor.failed ? refuse(reason) : 0;
		first = cursor_left(&cursor) ? cursor.at[0] : 0;
	}
	if (first != NETWORK_VERSION || !pass_network(&cursor, &is_other))
		return 0;
	if (cursor_u8(&cursor) >> 4 != PDU_UNCONFIRMED_REQUEST || cursor_u8(&cursor) != SERVICE_I_AM)
		return cursor.failed ? refuse(reason) : 0;
	return read_i_am(&cursor, is_other, fields) ? 1 : refuse(reason);
}
