/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/nd.h"

#include <errno.h>
#include <string.h>

#include "policy/base/cursor.h"

enum nd_type {
	ROUTER_SOLICITATION = 133,
	ROUTER_ADVERTISEMENT = 134,
	NEIGHBOUR_SOLICITATION = 135,
	NEIGHBOUR_ADVERTISEMENT = 136,
	REDIRECT = 137,
};

enum nd_option {
	OPTION_SOURCE_LINK = 1,
	OPTION_TARGET_LINK = 2,
	OPTION_PREFIX = 3,
	OPTION_ROUTE = 24, /* RFC 4191 section 2.3 */
};

#define OPTION_UNIT   8 /* RFC 4861 section 4.6: lengths count eight bytes */
#define OPTION_HEADER 2
#define IPV6_BYTES    16
#define IDENTIFIER_AT 8 /* the interface identifier, RFC 4291 section 2.5.1 */
#define IDENTIFIER_ZERO                                                                                                \
	3 /* zero bytes that tell a number somebody chose: of random ones 3 in a million have so many                  \
	   */

static bool is_unicast(const struct address *address)
{
	static const uint8_t zero[IPV6_BYTES];

	return address->family == FAMILY_IPV6 && address->byte[0] != 0xff &&
	       memcmp(address->byte, zero, sizeof(zero)) != 0;
}

const char *nd_address_kind(const struct address *address)
{
	const uint8_t *identifier = address->byte + IDENTIFIER_AT;
	unsigned int zeros = 0;

	if (!is_unicast(address))
		return NULL;
	/* RFC 4291 appendix A. */
	if (identifier[3] == 0xff && identifier[4] == 0xfe)
		return "eui-64";
	for (size_t i = IDENTIFIER_AT; i < IPV6_BYTES; i++)
		zeros += address->byte[i] == 0;
	return zeros >= IDENTIFIER_ZERO ? "static" : "random";
}

static struct address take_address(struct cursor *cursor)
{
	const uint8_t *bytes = cursor_take(cursor, IPV6_BYTES);

	return bytes ? address_v6(bytes) : (struct address){ .family = FAMILY_NONE };
}

static void read_router(struct cursor *cursor, struct fields *fields)
{
	uint8_t flags;
	uint16_t lifetime;

	cursor_skip(cursor, 1); /* hop limit for hosts */
	flags = cursor_u8(cursor);
	lifetime = cursor_be16(cursor);
	if (cursor->failed)
		return;
	fields_add_number(fields, FIELD_ND_FLAGS, flags);
	fields_add_number(fields, FIELD_ND_ROUTER_LIFETIME, lifetime);
	cursor_skip(cursor, 8); /* reachable time and retransmission timer */
}

/* Solicitation, advertisement and redirect all have a target behind four bytes. */
static struct address read_neighbour(struct cursor *cursor, uint8_t type, struct fields *fields)
{
	uint8_t flags = cursor_u8(cursor);
	struct address target;

	cursor_skip(cursor, 3); /* reserved */
	target = take_address(cursor);
	if (type == REDIRECT)
		cursor_skip(cursor, IPV6_BYTES); /* the destination that is better reached by the target */
	if (type == NEIGHBOUR_ADVERTISEMENT && !cursor->failed)
		fields_add_number(fields, FIELD_ND_FLAGS, flags);
	fields_add_address(fields, FIELD_ND_TARGET, &target);
	return target;
}

static void read_prefix(struct cursor *value, struct fields *fields)
{
	uint8_t length = cursor_u8(value);
	uint8_t flags = cursor_u8(value);
	struct address prefix;

	cursor_skip(value, 12); /* lifetimes and reserved */
	prefix = take_address(value);
	if (value->failed)
		return;
	fields_add_address(fields, FIELD_ND_PREFIX, &prefix);
	fields_add_number(fields, FIELD_ND_PREFIX_LENGTH, length);
	fields_add_number(fields, FIELD_ND_PREFIX_FLAGS, flags);
}

/* As much of the route's prefix as its length needs: none, half or all. */
static void read_route(struct cursor *value, struct fields *fields)
{
	uint8_t prefix[IPV6_BYTES] = { 0 };
	uint8_t length = cursor_u8(value);
	size_t given;

	cursor_skip(value, 5); /* preference and lifetime */
	given = cursor_left(value) < sizeof(prefix) ? cursor_left(value) : sizeof(prefix);
	if (value->failed)
		return;
	memcpy(prefix, value->at, given);
	fields_add(fields, FIELD_ND_ROUTE, prefix, sizeof(prefix));
	fields_add_number(fields, FIELD_ND_ROUTE_LENGTH, length);
}

static void read_options(struct cursor *cursor, struct fields *fields)
{
	while (cursor_left(cursor) > 0) {
		uint8_t type = cursor_u8(cursor);
		size_t units = cursor_u8(cursor);
		size_t length = units ? units * OPTION_UNIT - OPTION_HEADER : SIZE_MAX;
		struct cursor value = cursor_over(cursor_take(cursor, length), length);

		if (cursor->failed)
			return;
		if (type == OPTION_PREFIX)
			read_prefix(&value, fields);
		if (type == OPTION_ROUTE)
			read_route(&value, fields);
		if ((type == OPTION_SOURCE_LINK || type == OPTION_TARGET_LINK) && units == 1)
			fields_add(fields, FIELD_ND_LINK_MAC, value.at, sizeof(struct mac));
	}
}

/* The address that the sender has, or is about to have where it asks from none (RFC 4862 section 5.4). */
static void add_kind(const struct datagram *datagram, uint8_t type, const struct address *target, struct fields *fields)
{
	const struct address *own = &datagram->conversation->source;
	const char *kind;

	if (type == NEIGHBOUR_SOLICITATION && !is_unicast(own))
		own = target;
	kind = nd_address_kind(own);
	if (kind)
		fields_add_text(fields, FIELD_ND_ADDRESS_KIND, kind);
}

int nd_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	struct address target = { .family = FAMILY_NONE };
	uint8_t type = cursor_u8(&cursor);

	if (type < ROUTER_SOLICITATION || type > REDIRECT)
		return 0;
	cursor_skip(&cursor, 3); /* code and checksum */
	if (cursor.failed) {
		*reason = MALFORMED_ND;
		return -EBADMSG;
	}
	fields_add_number(fields, FIELD_ND_TYPE, type);
	if (type == ROUTER_SOLICITATION)
		cursor_skip(&cursor, 4);
	else if (type == ROUTER_ADVERTISEMENT)
		read_router(&cursor, fields);
	else
		target = read_neighbour(&cursor, type, fields);
	add_kind(datagram, type, &target, fields);
	read_options(&cursor, fields);
	return 1;
}
