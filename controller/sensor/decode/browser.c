/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/browser.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/sensor/decode/netbios_name.h"
#include "policy/base/cursor.h"
#include "policy/base/memory.h"

/* NetBIOS datagrams, RFC 1002 section 4.4.1. */
#define DATAGRAM_UNIQUE    0x10
#define DATAGRAM_BROADCAST 0x12
#define FLAG_MORE          0x01
#define FLAG_FIRST         0x02
#define LABELS_MAX         16 /* of a scope */

/* SMB, [MS-CIFS] section 2.2.3.1 and 2.2.4.33.1. */
#define SMB_HEADER_REST    27 /* after protocol and command */
#define SMB_TRANSACTION    0x25
#define TRANSACTION_COUNTS 22 /* bytes before DataCount */
#define TRANSACTION_SETUP  3  /* words of a mailslot's setup; [MS-MAIL] section 2.2.1 */
#define MAILSLOT_BROWSE    "\\MAILSLOT\\BROWSE"

/* Frames, [MS-BRWS] section 2.2. */
enum browser_command {
	COMMAND_HOST = 0x01,
	COMMAND_ELECTION = 0x08,
	COMMAND_DOMAIN = 0x0c,
	COMMAND_LOCAL_MASTER = 0x0f,
};

/* SV_TYPE_* of the Windows SDK's lmserver.h; [MS-BRWS] section 2.2.1. */
#define SERVER_TYPE_SQL               0x00000004
#define SERVER_TYPE_CONTROLLER        0x00000008
#define SERVER_TYPE_BACKUP_CONTROLLER 0x00000010
#define SERVER_TYPE_PRINT             0x00000200
#define SERVER_TYPE_UNIX              0x00000800
#define SERVER_TYPE_NT                0x00001000
#define SERVER_TYPE_NT_SERVER         0x00008000
#define SERVER_TYPE_WINDOWS9X         0x00400000

#define ANNOUNCED_NAME      16
#define ANNOUNCED_SIGNATURE 4  /* browser version and signature, before the comment */
#define ELECTION_HEAD       13 /* version, criteria, uptime, a field that is zero */
#define VERSION_TEXT_MAX    sizeof("255.255")

/* What a host says it is, by bits of its server type. */
static const struct {
	uint32_t any;  /* bits of which one is set */
	uint32_t none; /* bits that are not */
	const char *role;
} roles[] = {
	{ SERVER_TYPE_UNIX, 0, "unix" },
	{ SERVER_TYPE_WINDOWS9X, 0, "windows 9x" },
	{ SERVER_TYPE_NT, SERVER_TYPE_NT_SERVER | SERVER_TYPE_UNIX, "workstation" },
	{ SERVER_TYPE_NT_SERVER, SERVER_TYPE_UNIX, "server" },
	{ SERVER_TYPE_CONTROLLER | SERVER_TYPE_BACKUP_CONTROLLER, 0, "domain controller" },
	{ SERVER_TYPE_SQL, 0, "sql server" },
	{ SERVER_TYPE_PRINT, 0, "print server" },
};

/* IPX: its header, and the sockets that carry mailslots. */
#define IPX_HEADER     30
#define IPX_HOPS_MASK  0x0f
#define SOCKET_NETBIOS 0x0455
#define SOCKET_NMPI    0x0553
#define NETBIOS_DIRECT 0x0b /* a datagram */
#define NMPI_ROUTE     32   /* the networks that it came through */
#define NMPI_MAILSLOT  0xfc

/* A name in its encoding, with a scope behind it. shape: false where the cursor ends in it. */
static bool skip_name(struct cursor *cursor, const uint8_t **letters, size_t *length)
{
	*length = cursor_u8(cursor);
	*letters = cursor_take(cursor, *length);
	for (size_t i = 0; i < LABELS_MAX; i++) {
		uint8_t label = cursor_u8(cursor);

		if (label == 0)
			return !cursor->failed;
		cursor_skip(cursor, label);
	}
	return false;
}

/* A name that is none, which some broken sender made, is left out; the rest is read all the same. */
static void tell_name(const uint8_t *letters, size_t length, enum field field, bool is_own, struct fields *fields)
{
	struct netbios_name name;

	if (netbios_name_decode(letters, length, &name) < 0)
		return;
	netbios_name_tell(&name, field, fields);
	if (is_own && netbios_name_is_host(&name))
		netbios_name_tell_host(&name, fields);
}

/* shape: 1 with ${cursor} at the SMB message, 0 a datagram of another kind. errors: -EBADMSG. */
static int read_datagram(const struct datagram *datagram, struct cursor *cursor, struct fields *fields)
{
	const struct address *source = &datagram->conversation->source;
	unsigned int type = cursor_u8(cursor), flags = cursor_u8(cursor);
	const uint8_t *address, *from, *to;
	size_t from_length, to_length;
	bool is_own;

	cursor_skip(cursor, 2); /* identification */
	address = cursor_take(cursor, 4);
	cursor_skip(cursor, 6); /* port, length, offset */
	if (cursor->failed)
		return -EBADMSG;
	if (type < DATAGRAM_UNIQUE || type > DATAGRAM_BROADCAST || (flags & (FLAG_FIRST | FLAG_MORE)) != FLAG_FIRST)
		return 0;
	if (!skip_name(cursor, &from, &from_length) || !skip_name(cursor, &to, &to_length))
		return -EBADMSG;
	is_own = source->family == FAMILY_IPV4 && memcmp(source->byte, address, 4) == 0;
	tell_name(from, from_length, FIELD_BROWSER_SOURCE, is_own, fields);
	tell_name(to, to_length, FIELD_BROWSER_DESTINATION, false, fields);
	return 1;
}

/* The two names of a packet of IPX, as they are. */
static bool tell_names(struct cursor *cursor, bool is_own, struct fields *fields)
{
	const uint8_t *to = cursor_take(cursor, NETBIOS_NAME_BYTES), *from = cursor_take(cursor, NETBIOS_NAME_BYTES);
	struct netbios_name name;

	if (cursor->failed)
		return false;
	netbios_name_make(from, &name);
	netbios_name_tell(&name, FIELD_BROWSER_SOURCE, fields);
	if (is_own && netbios_name_is_host(&name))
		netbios_name_tell_host(&name, fields);
	netbios_name_make(to, &name);
	netbios_name_tell(&name, FIELD_BROWSER_DESTINATION, fields);
	return true;
}

/* shape: 1 with ${cursor} at the SMB message, 0 a packet of another kind. errors: -EBADMSG. */
static int read_ipx(struct cursor *cursor, struct fields *fields)
{
	const uint8_t *header = cursor_take(cursor, IPX_HEADER);
	size_t length, socket;
	uint8_t kind;

	if (!header)
		return -EBADMSG;
	length = (size_t)header[2] << 8 | header[3];
	socket = (size_t)header[16] << 8 | header[17];
	if (length < IPX_HEADER || length - IPX_HEADER > cursor_left(cursor))
		return -EBADMSG;
	*cursor = cursor_over(cursor->at, length - IPX_HEADER);
	if (socket != SOCKET_NMPI && socket != SOCKET_NETBIOS)
		return 0;
	cursor_skip(cursor, socket == SOCKET_NMPI ? NMPI_ROUTE : 1); /* 1: connection control */
	kind = cursor_u8(cursor);
	if (kind != (socket == SOCKET_NMPI ? NMPI_MAILSLOT : NETBIOS_DIRECT))
		return cursor->failed ? -EBADMSG : 0;
	if (socket == SOCKET_NMPI)
		cursor_skip(cursor, 3); /* kind of name, number of the message */
	return tell_names(cursor, (header[4] & IPX_HOPS_MASK) == 0, fields) ? 1 : -EBADMSG;
}

/* shape: 1 with ${cursor} over the mailslot's data, 0 another message. errors: -EBADMSG. */
static int read_mailslot(struct cursor *cursor)
{
	const uint8_t *start = cursor->at, *protocol = cursor_take(cursor, 4), *name;
	size_t whole = cursor_left(cursor) + 4, data_length, data_offset, words;

	if (!protocol || memcmp(protocol, "\xffSMB", 4) != 0 || cursor_u8(cursor) != SMB_TRANSACTION)
		return cursor->failed ? -EBADMSG : 0;
	cursor_skip(cursor, SMB_HEADER_REST);
	words = cursor_u8(cursor);
	cursor_skip(cursor, TRANSACTION_COUNTS);
	data_length = cursor_be16(cursor);
	data_offset = cursor_be16(cursor);
	/* Little-endian, unlike all before. */
	data_length = (data_length >> 8 | data_length << 8) & 0xffff;
	data_offset = (data_offset >> 8 | data_offset << 8) & 0xffff;
	cursor_skip(cursor, 2 + 2 * TRANSACTION_SETUP + 2); /* setup count, setup, bytes that follow */
	name = cursor_take(cursor, sizeof(MAILSLOT_BROWSE));
	if (cursor->failed || words != 14 + TRANSACTION_SETUP ||
	    strncasecmp((const char *)name, MAILSLOT_BROWSE, sizeof(MAILSLOT_BROWSE)) != 0)
		return 0;
	if (data_offset > whole || data_length > whole - data_offset)
		return -EBADMSG;
	*cursor = cursor_over(start + data_offset, data_length);
	return 1;
}

/* Text up to its terminator, or to the end of the ${length} bytes. */
static void tell_text(const uint8_t *bytes, size_t length, enum field field, struct fields *fields)
{
	size_t used = strnlen((const char *)bytes, length);

	if (used > 0)
		fields_add(fields, field, bytes, used);
}

static uint32_t read_le32(struct cursor *cursor)
{
	uint32_t number = cursor_be32(cursor);

	return __builtin_bswap32(number);
}

static void tell_roles(uint32_t type, struct fields *fields)
{
	for (size_t i = 0; i < ARRAY_SIZE(roles); i++)
		if ((type & roles[i].any) && !(type & roles[i].none))
			fields_add_text(fields, FIELD_BROWSER_ROLE, roles[i].role);
}

static int tell_announcement(struct cursor *cursor, bool is_domain, struct fields *fields)
{
	char version[VERSION_TEXT_MAX];
	unsigned int major, minor;
	const uint8_t *name;
	uint32_t type;

	cursor_skip(cursor, 1 + 4); /* update count, period */
	name = cursor_take(cursor, ANNOUNCED_NAME);
	major = cursor_u8(cursor);
	minor = cursor_u8(cursor);
	if (cursor->failed)
		return -EBADMSG;
	tell_text(name, ANNOUNCED_NAME, is_domain ? FIELD_BROWSER_DOMAIN : FIELD_BROWSER_SERVER, fields);
	snprintf(version, sizeof(version), "%u.%u", major & 255, minor & 255);
	fields_add_text(fields, is_domain ? FIELD_BROWSER_DOMAIN_VERSION : FIELD_BROWSER_VERSION, version);
	type = read_le32(cursor);
	fields_add_number(fields, is_domain ? FIELD_BROWSER_DOMAIN_TYPE : FIELD_BROWSER_SERVER_TYPE, type);
	cursor_skip(cursor, ANNOUNCED_SIGNATURE);
	if (cursor->failed)
		return -EBADMSG;
	if (!is_domain)
		tell_roles(type, fields);
	if (!is_domain && cursor_left(cursor) > 0) /* behind a domain stands its master browser's name */
		tell_text(cursor->at, cursor_left(cursor), FIELD_BROWSER_COMMENT, fields);
	return 0;
}

static int tell_frame(struct cursor *cursor, struct fields *fields)
{
	unsigned int command = cursor_u8(cursor);

	if (cursor->failed)
		return -EBADMSG;
	fields_add_number(fields, FIELD_BROWSER_COMMAND, command);
	switch (command) {
	case COMMAND_HOST:
	case COMMAND_LOCAL_MASTER:
		return tell_announcement(cursor, false, fields);
	case COMMAND_DOMAIN:
		return tell_announcement(cursor, true, fields);
	case COMMAND_ELECTION:
		if (!cursor_skip(cursor, ELECTION_HEAD))
			return -EBADMSG;
		if (cursor_left(cursor) > 0)
			tell_text(cursor->at, cursor_left(cursor), FIELD_BROWSER_SERVER, fields);
		return 0;
	default:
		return 0;
	}
}

/* The mailslot behind what ${result} was read by; nothing is told of a packet that is none. */
static int finish(int result, struct cursor *cursor, struct fields *fields, enum malformed_reason *reason)
{
	if (result > 0)
		result = read_mailslot(cursor);
	if (result > 0 && tell_frame(cursor, fields) < 0)
		result = -EBADMSG;
	if (result <= 0)
		fields_clear(fields);
	if (result < 0)
		*reason = MALFORMED_NETBIOS;
	return result;
}

int browser_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	int result = read_datagram(datagram, &cursor, fields);

	return finish(result, &cursor, fields, reason);
}

int browser_decode_ipx(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	int result = read_ipx(&cursor, fields);

	return finish(result, &cursor, fields, reason);
}
