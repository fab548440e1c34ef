/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/dns_self.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "controller/sensor/decode/dns_message.h"
#include "policy/base/memory.h"

#define REVERSE_TEXT_MAX 80 /* 32 nibbles with their dots, and ip6.arpa */

/* Where a service's name stands in a record's name: "Office._ipp._tcp.local". */
struct service {
	const char *type; /* "_ipp._tcp" */
	size_t type_length;
	size_t instance_length; /* of what stands before it, without the dot; 0 where nothing does */
};

/* Who is spoken of. */
struct owner {
	struct dns_name name;
	bool is_named;   /* name is set */
	bool is_unsure;  /* there are several names, and no address to tell which is the sender's */
	bool is_sender;  /* a record gives it the sender's address */
	bool has_others; /* a record gives other addresses of the sender's family */
};

/* The keys of TXT strings that name a product: device-info, RAOP, Google Cast, HomeKit, printers, some makers' own. */
static const char *const model_keys[] = { "model", "md",    "ty",           "product", "usb_MDL",
	                                  "am",    "rpMd",  "model_number", "modelid", "modelname",
	                                  "mdl",   "devmd", "device_model" };
static const char category_key[] = "ci";
static const char system_key[] = "osxvers"; /* of macOS: Darwin's major version, kept with its key */
static const char service_scope[] = ".local";

static void add_once(struct fields *fields, enum field field, const void *bytes, size_t length)
{
	struct field_value value;

	for (size_t at = 0; fields_next(fields, &at, &value);)
		if (value.field == field && value.length == length && memcmp(value.bytes, bytes, length) == 0)
			return;
	fields_add(fields, field, bytes, length);
}

/* What the sender claims: answers, and what a probe asks for. Old answers in a question are what others claim. */
static bool is_claim(const struct dns_message *message, const struct dns_record *record)
{
	if (record->section == DNS_QUESTION || record->lifetime_s == 0)
		return false;
	return message->is_response || record->section == DNS_AUTHORITY;
}

static void weigh_address(const struct dns_message *message, const struct dns_record *record,
                          const struct address *source, struct owner *owner)
{
	bool is_sender = false;

	if (record->type != DNS_TYPE_A && record->type != DNS_TYPE_AAAA)
		return;
	if ((record->type == DNS_TYPE_A) == (source->family == FAMILY_IPV4) &&
	    record->length == address_length(source->family)) {
		is_sender = memcmp(message->bytes + record->data, source->byte, record->length) == 0;
		owner->has_others |= !is_sender;
	}
	if (owner->is_sender)
		return;
	if (owner->is_named && !is_sender)
		owner->is_unsure |= owner->name.length != record->name.length ||
		                    strncasecmp(owner->name.byte, record->name.byte, owner->name.length) != 0;
	owner->name = record->name;
	owner->is_named = true;
	owner->is_sender = is_sender;
}

static int find_owner(const struct datagram *datagram, struct owner *owner)
{
	struct dns_message message;
	struct dns_record record;
	int result = dns_message_open(&message, datagram->bytes, datagram->length);

	if (result < 0)
		return result;
	while ((result = dns_message_next(&message, &record)) > 0)
		if (is_claim(&message, &record))
			weigh_address(&message, &record, &datagram->conversation->source, owner);
	return result;
}

static bool owner_is_other(const struct owner *owner)
{
	return owner->has_others && !owner->is_sender;
}

static void tell_name(const struct owner *owner, enum field field, const char *scope, struct fields *fields)
{
	size_t length = owner->name.length, scope_length = strlen(scope);

	if (!owner->is_named || (owner->is_unsure && !owner->is_sender))
		return;
	if (length > scope_length && strncasecmp(owner->name.byte + length - scope_length, scope, scope_length) == 0)
		length -= scope_length;
	fields_add(fields, field, owner->name.byte, length);
}

/* Finds the service in ${name}; an instance is one label of any bytes, dots among them. */
static bool find_service(const struct dns_name *name, struct service *service)
{
	static const char *const transports[] = { "._tcp.local", "._udp.local" };
	size_t end, start;

	for (size_t i = 0; i < ARRAY_SIZE(transports); i++) {
		size_t suffix = strlen(transports[i]);

		if (name->length <= suffix ||
		    strncasecmp(name->byte + name->length - suffix, transports[i], suffix) != 0)
			continue;
		end = name->length - suffix;
		for (start = end; start > 0 && name->byte[start - 1] != '.'; start--)
			;
		if (name->byte[start] != '_')
			return false;
		*service = (struct service){ .type = name->byte + start,
			                     .type_length = name->length - strlen(service_scope) - start,
			                     .instance_length = start > 0 ? start - 1 : 0 };
		return true;
	}
	return false;
}

static bool ends_with(const char *bytes, size_t length, const char *end)
{
	return length >= strlen(end) && strncasecmp(bytes + length - strlen(end), end, strlen(end)) == 0;
}

static void tell_service(const struct dns_name *name, struct fields *fields)
{
	struct service service;

	/* The list of all services (RFC 6763 section 9) is none itself. */
	if (!find_service(name, &service) || strncasecmp(service.type, "_dns-sd._udp", service.type_length) == 0)
		return;
	add_once(fields, FIELD_MDNS_SERVICE, service.type, service.type_length);
	/* "_printer._sub._http._tcp.local" is a kind of service, not an instance; RFC 6763 section 7.1. */
	if (service.instance_length > 0 && !ends_with(name->byte, service.instance_length, "._sub"))
		add_once(fields, FIELD_MDNS_INSTANCE, name->byte, service.instance_length);
}

static void tell_category(const char *text, size_t length, struct fields *fields)
{
	uint64_t number = 0;
	struct field_value value;

	if (length == 0 || length > 5 || fields_find(fields, FIELD_MDNS_CATEGORY, &value))
		return;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return;
		number = number * 10 + (uint64_t)(text[i] - '0');
	}
	fields_add_number(fields, FIELD_MDNS_CATEGORY, number);
}

static void tell_model(const char *text, size_t length, struct fields *fields)
{
	if (length >= 2 && text[0] == '(' && text[length - 1] == ')') { /* a printer's product= */
		text++;
		length -= 2;
	}
	if (length > 0)
		add_once(fields, FIELD_MDNS_MODEL, text, length);
}

/* "key=value", RFC 6763 section 6.4; keys in any case. */
static void tell_attribute(const char *text, size_t length, bool is_accessory, struct fields *fields)
{
	const char *equals = memchr(text, '=', length);
	size_t key = equals ? (size_t)(equals - text) : 0;

	if (key == 0)
		return;
	if (key == strlen(system_key) && strncasecmp(text, system_key, key) == 0)
		add_once(fields, FIELD_MDNS_MODEL, text, length);
	if (is_accessory && key == strlen(category_key) && strncasecmp(text, category_key, key) == 0)
		tell_category(equals + 1, length - key - 1, fields);
	for (size_t i = 0; i < ARRAY_SIZE(model_keys); i++)
		if (strlen(model_keys[i]) == key && strncasecmp(text, model_keys[i], key) == 0)
			tell_model(equals + 1, length - key - 1, fields);
}

static int tell_attributes(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	bool is_accessory = ends_with(record->name.byte, record->name.length, "._hap._tcp.local") ||
	                    ends_with(record->name.byte, record->name.length, "._hap._udp.local");
	const uint8_t *text;
	size_t offset = 0, length;
	int result;

	while ((result = dns_message_text(message, record, &offset, &text, &length)) > 0)
		tell_attribute((const char *)text, length, is_accessory, fields);
	return result;
}

static int tell_claim(const struct dns_message *message, const struct dns_record *record, struct fields *fields)
{
	struct dns_name target;

	switch (record->type) {
	case DNS_TYPE_PTR:
		if (dns_message_name(message, record, 0, &target) < 0)
			return -EBADMSG;
		tell_service(&target, fields);
		return 0;
	case DNS_TYPE_SRV:
		tell_service(&record->name, fields);
		return 0;
	case DNS_TYPE_TXT:
		tell_service(&record->name, fields);
		return tell_attributes(message, record, fields);
	default:
		return 0;
	}
}

int mdns_tell_self(const struct datagram *datagram, struct fields *fields)
{
	struct owner owner = { 0 };
	struct dns_message message;
	struct dns_record record;
	int result = find_owner(datagram, &owner);

	if (result < 0)
		return result;
	if (owner_is_other(&owner))
		return 0;
	tell_name(&owner, FIELD_MDNS_NAME, service_scope, fields);
	dns_message_open(&message, datagram->bytes, datagram->length);
	while ((result = dns_message_next(&message, &record)) > 0) {
		if (is_claim(&message, &record))
			result = tell_claim(&message, &record, fields);
		if (result < 0)
			break;
	}
	return result;
}

/* The name under which ${address} is looked up: RFC 1035 section 3.5, RFC 3596 section 2.5. */
static void reverse_name(const struct address *address, char text[REVERSE_TEXT_MAX])
{
	const uint8_t *byte = address->byte;
	size_t at = 0;

	if (address->family == FAMILY_IPV4) {
		snprintf(text, REVERSE_TEXT_MAX, "%u.%u.%u.%u.in-addr.arpa", byte[3], byte[2], byte[1], byte[0]);
		return;
	}
	for (size_t i = 16; i-- > 0;)
		at += (size_t)snprintf(text + at, REVERSE_TEXT_MAX - at, "%x.%x.", byte[i] & 15U, byte[i] >> 4U);
	snprintf(text + at, REVERSE_TEXT_MAX - at, "ip6.arpa");
}

/* A question for any type is how a host makes sure that nobody else has its name; RFC 4795 section 4.1. */
static int tell_wanted(struct dns_message *message, struct fields *fields)
{
	struct dns_record record;
	int result = dns_message_next(message, &record);

	if (result > 0 && record.section == DNS_QUESTION && record.type == DNS_TYPE_ANY)
		fields_add(fields, FIELD_LLMNR_NAME, record.name.byte, record.name.length);
	return result < 0 ? result : 0;
}

int llmnr_tell_self(const struct datagram *datagram, struct fields *fields)
{
	char reverse[REVERSE_TEXT_MAX];
	struct owner owner = { 0 };
	struct dns_message message;
	struct dns_record record;
	int result = find_owner(datagram, &owner);

	if (result < 0)
		return result;
	dns_message_open(&message, datagram->bytes, datagram->length);
	if (!message.is_response)
		return tell_wanted(&message, fields);
	if (owner_is_other(&owner))
		return 0;
	reverse_name(&datagram->conversation->source, reverse);
	while ((result = dns_message_next(&message, &record)) > 0) {
		if (record.section != DNS_ANSWER || record.type != DNS_TYPE_PTR || !dns_name_is(&record.name, reverse))
			continue;
		if (dns_message_name(&message, &record, 0, &owner.name) < 0)
			return -EBADMSG;
		owner.is_named = owner.is_sender = true;
	}
	if (result == 0)
		tell_name(&owner, FIELD_LLMNR_NAME, "", fields);
	return result;
}
