/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/arp.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

#define HARDWARE_ETHERNET 1
#define HARDWARE_IEEE_802 6 /* behind SNAP, RFC 1042; the addresses are the same */
#define PROTOCOL_IPV4     0x0800
#define OPERATION_REQUEST 1
#define OPERATION_REPLY   2

static int refuse(enum malformed_reason *reason, enum malformed_reason why)
{
	*reason = why;
	return -EBADMSG;
}

static struct address read_address(const uint8_t bytes[4])
{
	static const uint8_t zero[4];

	return memcmp(bytes, zero, sizeof(zero)) == 0 ? (struct address){ .family = FAMILY_NONE } : address_v4(bytes);
}

int arp_decode(const uint8_t *bytes, size_t length, struct observation_arp *arp, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(bytes, length);
	uint16_t hardware = cursor_be16(&cursor);
	uint16_t protocol = cursor_be16(&cursor);
	uint8_t hardware_length = cursor_u8(&cursor);
	uint8_t protocol_length = cursor_u8(&cursor);
	struct observation_arp made = { .operation = cursor_be16(&cursor) };
	const uint8_t *sender_mac, *sender, *target;

	if (cursor.failed)
		return refuse(reason, MALFORMED_ARP_SHORT);
	if ((hardware != HARDWARE_ETHERNET && hardware != HARDWARE_IEEE_802) || protocol != PROTOCOL_IPV4 ||
	    hardware_length != 6 || protocol_length != 4)
		return refuse(reason, MALFORMED_ARP_FORMAT);
	sender_mac = cursor_take(&cursor, 6);
	sender = cursor_take(&cursor, 4);
	cursor_skip(&cursor, 6); /* target hardware address: empty or a repetition */
	target = cursor_take(&cursor, 4);
	if (!sender_mac || !sender || !target)
		return refuse(reason, MALFORMED_ARP_SHORT);
	if (made.operation != OPERATION_REQUEST && made.operation != OPERATION_REPLY)
		return 0;
	memcpy(made.sender_mac.byte, sender_mac, sizeof(made.sender_mac.byte));
	if (!mac_is_device(&made.sender_mac))
		return refuse(reason, MALFORMED_ARP_SENDER);
	made.sender_address = read_address(sender);
	made.target_address = read_address(target);
	*arp = made;
	return 1;
}
