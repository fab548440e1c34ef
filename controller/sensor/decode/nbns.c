/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/nbns.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/dns_message.h"
#include "controller/sensor/decode/netbios_name.h"
#include "policy/base/cursor.h"

#define TYPE_NAME   32 /* NB */
#define TYPE_STATUS 33 /* NBSTAT */

#define OPERATION_QUERY 0
#define FLAG_GROUP      0x8000 /* of NB_FLAGS and NAME_FLAGS */
#define ENTRY_LENGTH    6      /* of NB: flags and address */

/* The name of ${record}; a scope, where there is one, stands behind it as it came. */
static int tell_name(const struct dns_record *record, struct netbios_name *name, struct fields *fields)
{
	char text[NETBIOS_TEXT_MAX + DNS_NAME_MAX];
	size_t rest;

	if (record->name.length < NETBIOS_ENCODED ||
	    (record->name.length > NETBIOS_ENCODED && record->name.byte[NETBIOS_ENCODED] != '.') ||
	    netbios_name_decode(record->name.byte, NETBIOS_ENCODED, name) < 0)
		return -EBADMSG;
	rest = record->name.length - NETBIOS_ENCODED;
	memcpy(text, name->text, name->length);
	memcpy(text + name->length, record->name.byte + NETBIOS_ENCODED, rest);
	fields_add(fields, FIELD_NBNS_NAME, text, name->length + rest);
	fields_add_number(fields, FIELD_NBNS_TYPE, record->type);
	return 0;
}

/* A request for a name is by its owner; an answer to a query is where it holds the sender's address. */
static bool is_own(const struct dns_message *message, const struct address *source, const uint8_t *address)
{
	if (!message->is_response)
		return message->operation != OPERATION_QUERY;
	return message->operation == OPERATION_QUERY && source->family == FAMILY_IPV4 &&
	       memcmp(source->byte, address, 4) == 0;
}

static int tell_addresses(const struct datagram *datagram, const struct dns_message *message,
                          const struct dns_record *record, const struct netbios_name *name, struct fields *fields)
{
	struct cursor cursor = cursor_over(message->bytes + record->data, record->length);

	while (cursor_left(&cursor) >= ENTRY_LENGTH) {
		unsigned int flags = cursor_be16(&cursor);
		const uint8_t *address = cursor_take(&cursor, 4);

		fields_add(fields, FIELD_NBNS_ADDRESS, address, 4);
		if (!(flags & FLAG_GROUP) && netbios_name_is_host(name) &&
		    is_own(message, &datagram->conversation->source, address))
			netbios_name_tell_host(name, fields);
	}
	return cursor_left(&cursor) > 0 ? -EBADMSG : 0;
}

static int tell_status(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	struct cursor cursor = cursor_over(message->bytes + record->data, record->length);
	unsigned int count = cursor_u8(&cursor);

	while (count-- > 0) {
		const uint8_t *bytes = cursor_take(&cursor, NETBIOS_NAME_BYTES);
		unsigned int flags = cursor_be16(&cursor);
		struct netbios_name name;

		if (cursor.failed)
			return -EBADMSG;
		netbios_name_make(bytes, &name);
		fields_add(fields, FIELD_NBNS_STATUS_NAME, name.text, name.plain);
		if (!(flags & FLAG_GROUP) && netbios_name_is_host(&name))
			netbios_name_tell_host(&name, fields);
	}
	return 0;
}

static int tell_record(const struct datagram *datagram, const struct dns_message *message,
                       const struct dns_record *record, struct fields *fields)
{
	struct netbios_name name;
	int result = tell_name(record, &name, fields);

	if (result < 0 || record->section == DNS_QUESTION)
		return result;
	if (record->type == TYPE_NAME)
		return tell_addresses(datagram, message, record, &name, fields);
	if (record->type == TYPE_STATUS && message->is_response)
		return tell_status(message, record, fields);
	return 0;
}

int nbns_decode(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct dns_message message;
	struct dns_record record;
	int result = dns_message_open(&message, datagram->bytes, datagram->length);

	fields_add_number(fields, FIELD_NBNS_RESPONSE, message.is_response);
	fields_add_number(fields, FIELD_NBNS_OPERATION, message.operation);
	while (result >= 0 && !fields->cut && (result = dns_message_next(&message, &record)) > 0)
		result = tell_record(datagram, &message, &record, fields);
	if (result < 0) {
		fields_clear(fields);
		*reason = MALFORMED_NETBIOS;
		return -EBADMSG;
	}
	return 1;
}
