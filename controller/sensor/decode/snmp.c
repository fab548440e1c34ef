/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/snmp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "policy/base/cursor.h"
#include "policy/base/memory.h"

enum ber_tag {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_OBJECT = 0x06,
	BER_SEQUENCE = 0x30,
};

enum snmp_pdu {
	PDU_RESPONSE = 0xa2,
	PDU_TRAP1 = 0xa4, /* of version 1 */
	PDU_INFORM = 0xa6,
	PDU_TRAP2 = 0xa7,
};

enum snmp_version {
	SNMP_VERSION1 = 0,
	SNMP_VERSION2C = 1,
	SNMP_VERSION3 = 3,
};

#define TRAP_ENTERPRISE_SPECIFIC 6 /* RFC 1157 section 4.1.6: ENTERPRISE is then no sysObjectID */
#define LENGTH_BYTES_MAX         4
#define NUMBER_BYTES_MAX         4
#define OBJECT_TEXT_MAX          256

/* One BER value, its contents borrowed. */
struct ber {
	uint8_t tag;
	struct cursor contents;
};

/* mib-2 system, 1.3.6.1.2.1.1, each with its instance 0. */
static const struct {
	uint8_t object[8];
	uint8_t tag; /* of its value */
	enum field field;
} wanted[] = {
	{ { 0x2b, 6, 1, 2, 1, 1, 1, 0 }, BER_OCTETS, FIELD_SNMP_DESCRIPTION },
	{ { 0x2b, 6, 1, 2, 1, 1, 2, 0 }, BER_OBJECT, FIELD_SNMP_OBJECT },
	{ { 0x2b, 6, 1, 2, 1, 1, 5, 0 }, BER_OCTETS, FIELD_SNMP_NAME },
};

/* Definite lengths alone, as RFC 3417 section 8 wants them. */
static bool ber_next(struct cursor *cursor, struct ber *value)
{
	size_t length, length_bytes;
	const uint8_t *contents;

	value->tag = cursor_u8(cursor);
	length = cursor_u8(cursor);
	if (length & 0x80) {
		length_bytes = length & 0x7f;
		if (length_bytes == 0 || length_bytes > LENGTH_BYTES_MAX)
			cursor->failed = true;
		for (length = 0; length_bytes > 0 && !cursor->failed; length_bytes--)
			length = length << 8 | cursor_u8(cursor);
	}
	contents = cursor_take(cursor, length);
	value->contents = cursor_over(contents, contents ? length : 0);
	return !cursor->failed;
}

static bool ber_take(struct cursor *cursor, uint8_t tag, struct ber *value)
{
	return ber_next(cursor, value) && value->tag == tag;
}

static bool ber_number(struct cursor *cursor, uint32_t *number)
{
	struct ber value;
	uint32_t made = 0;

	if (!ber_take(cursor, BER_INTEGER, &value) || cursor_left(&value.contents) == 0 ||
	    cursor_left(&value.contents) > NUMBER_BYTES_MAX)
		return false;
	while (cursor_left(&value.contents) > 0)
		made = made << 8 | cursor_u8(&value.contents);
	*number = made;
	return true;
}

/* Adds an object identifier in dots; X.690 section 8.19. */
static void tell_object(struct cursor contents, enum field field, struct fields *fields)
{
	char text[OBJECT_TEXT_MAX];
	bool is_first = true;
	size_t used = 0;

	while (cursor_left(&contents) > 0) {
		uint64_t arc = 0;
		uint8_t byte;

		do {
			byte = cursor_u8(&contents);
			arc = arc << 7 | (byte & 0x7f);
		} while (byte & 0x80 && arc <= UINT32_MAX && cursor_left(&contents) > 0);
		if (byte & 0x80 || arc > UINT32_MAX || used + 24 > sizeof(text))
			return;
		if (is_first) {
			uint64_t top = arc < 80 ? arc / 40 : 2;

			used += (size_t)snprintf(text, sizeof(text), "%u.%u", (unsigned int)top,
			                         (unsigned int)(arc - 40 * top));
		} else {
			used += (size_t)snprintf(text + used, sizeof(text) - used, ".%u", (unsigned int)arc);
		}
		is_first = false;
	}
	if (used > 0)
		fields_add(fields, field, text, used);
}

static void tell_variable(const struct ber *object, const struct ber *value, struct fields *fields)
{
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (cursor_left(&object->contents) != sizeof(wanted[i].object) || value->tag != wanted[i].tag ||
		    memcmp(object->contents.at, wanted[i].object, sizeof(wanted[i].object)) != 0)
			continue;
		if (value->tag == BER_OBJECT)
			tell_object(value->contents, wanted[i].field, fields);
		else if (cursor_left(&value->contents) > 0)
			fields_add(fields, wanted[i].field, value->contents.at, cursor_left(&value->contents));
	}
}

static int tell_variables(struct cursor *pdu, struct fields *fields)
{
	struct ber list, variable, object, value;

	if (!ber_take(pdu, BER_SEQUENCE, &list))
		return -EBADMSG;
	while (cursor_left(&list.contents) > 0) {
		if (!ber_take(&list.contents, BER_SEQUENCE, &variable) ||
		    !ber_take(&variable.contents, BER_OBJECT, &object) || !ber_next(&variable.contents, &value))
			return -EBADMSG;
		tell_variable(&object, &value, fields);
	}
	return 0;
}

/* RFC 1157 section 4.1.6: enterprise, agent, generic and specific trap, time, variables. */
static int tell_trap(struct cursor *pdu, struct fields *fields)
{
	struct ber enterprise, agent, time;
	uint32_t generic, specific;

	if (!ber_take(pdu, BER_OBJECT, &enterprise) || !ber_next(pdu, &agent) || !ber_number(pdu, &generic) ||
	    !ber_number(pdu, &specific) || !ber_next(pdu, &time))
		return -EBADMSG;
	if (generic < TRAP_ENTERPRISE_SPECIFIC)
		tell_object(enterprise.contents, FIELD_SNMP_OBJECT, fields);
	return tell_variables(pdu, fields);
}

/* What a manager asks or sets says nothing of the manager. */
static int tell_pdu(struct cursor *cursor, uint8_t *kind, struct fields *fields)
{
	struct ber pdu, passed;

	if (!ber_next(cursor, &pdu))
		return -EBADMSG;
	*kind = pdu.tag;
	if (pdu.tag == PDU_TRAP1)
		return tell_trap(&pdu.contents, fields);
	if (pdu.tag != PDU_RESPONSE && pdu.tag != PDU_INFORM && pdu.tag != PDU_TRAP2)
		return 0;
	for (size_t i = 0; i < 3; i++) /* request, error, index of the error */
		if (!ber_take(&pdu.contents, BER_INTEGER, &passed))
			return -EBADMSG;
	return tell_variables(&pdu.contents, fields);
}

/* An answer repeats the community that somebody else gave away. */
static int tell_community_message(struct cursor *cursor, uint32_t version, struct fields *fields)
{
	struct ber community;
	uint8_t kind;
	int result;

	if (!ber_take(cursor, BER_OCTETS, &community))
		return -EBADMSG;
	result = tell_pdu(cursor, &kind, fields);
	if (result == 0 && kind != PDU_RESPONSE && cursor_left(&community.contents) > 0)
		fields_add_text(fields, FIELD_CREDENTIALS, version == SNMP_VERSION1 ? "snmp-v1" : "snmp-v2c");
	return result;
}

/* RFC 3412 section 6: global data, security parameters, then a scoped PDU, or octets where it is encrypted. */
static int tell_version3(struct cursor *cursor, struct fields *fields)
{
	struct ber global, security, scoped, engine, context;
	uint8_t kind;

	if (!ber_take(cursor, BER_SEQUENCE, &global) || !ber_take(cursor, BER_OCTETS, &security) ||
	    !ber_next(cursor, &scoped))
		return -EBADMSG;
	if (scoped.tag != BER_SEQUENCE)
		return 0;
	if (!ber_take(&scoped.contents, BER_OCTETS, &engine) || !ber_take(&scoped.contents, BER_OCTETS, &context))
		return -EBADMSG;
	return tell_pdu(&scoped.contents, &kind, fields);
}

int snmp_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct cursor cursor = cursor_over(datagram->bytes, datagram->length);
	struct ber message;
	uint32_t version;
	int result = -EBADMSG;

	if (ber_take(&cursor, BER_SEQUENCE, &message) && ber_number(&message.contents, &version)) {
		fields_add_number(fields, FIELD_SNMP_VERSION, version);
		result = 0;
		if (version == SNMP_VERSION1 || version == SNMP_VERSION2C)
			result = tell_community_message(&message.contents, version, fields);
		else if (version == SNMP_VERSION3)
			result = tell_version3(&message.contents, fields);
	}
	if (result == 0)
		return 1;
	fields_clear(fields);
	*reason = MALFORMED_SNMP;
	return -EBADMSG;
}
