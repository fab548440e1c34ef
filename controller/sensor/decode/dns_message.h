/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dns_message: walk the questions and records of a DNS message; the same for mDNS and LLMNR.
 *
 * A name is given as its labels with dots between them, bytes as they came; that of the root is "<Root>".
 *
 * Owns:    nothing; a message and its records borrow the bytes, names are copies.
 * Limits:  a name of DNS_NAME_MAX bytes (RFC 1035 section 2.3.4); a pointer must lead backwards, so that none loops.
 * Context: pure. Sensor process and replay.
 * Trust:   hostile input; fuzzed by tests/fuzz/fuzz_dns.c.
 * Source:  RFC 1035 section 4, RFC 3597 (what is no known type is passed over), RFC 4034 section 4.1.2 (NSEC).
 */
#ifndef ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_MESSAGE_H
#define ISOWARD_CONTROLLER_SENSOR_DECODE_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/fields.h"

#define DNS_NAME_MAX 255

/* Record types, IANA. */
enum dns_type {
	DNS_TYPE_A = 1,
	DNS_TYPE_CNAME = 5,
	DNS_TYPE_PTR = 12,
	DNS_TYPE_HINFO = 13,
	DNS_TYPE_TXT = 16,
	DNS_TYPE_AAAA = 28,
	DNS_TYPE_SRV = 33,
	DNS_TYPE_NSEC = 47,
	DNS_TYPE_ANY = 255,
};

enum dns_section {
	DNS_QUESTION,
	DNS_ANSWER,
	DNS_AUTHORITY,
	DNS_ADDITIONAL,
	DNS_SECTION_COUNT,
};

struct dns_name {
	size_t length;
	char byte[DNS_NAME_MAX];
};

/* A message half walked; made by dns_message_open. */
struct dns_message {
	const uint8_t *bytes;
	size_t length;
	size_t at;
	bool is_response;
	uint16_t id;
	bool tells_lifetime;              /* of addresses, in dns_message_tell; false as it is opened */
	unsigned int operation;           /* 0 a query, 5 an update; RFC 6895 section 2.2 */
	uint16_t left[DNS_SECTION_COUNT]; /* records of each section not walked yet */
};

struct dns_record {
	enum dns_section section;
	struct dns_name name;
	uint16_t type;
	uint16_t class;
	uint32_t lifetime_s; /* 0 of a question */
	size_t data;         /* where its data begins in the message */
	size_t length;       /* of its data; 0 of a question */
};

/*
 * dns_message_open begins to walk the ${length} bytes at ${bytes}, which ${message} borrows.
 * errors: -EBADMSG cut in the header.
 */
int dns_message_open(struct dns_message *message, const uint8_t *bytes, size_t length);

/*
 * dns_message_next reads the next question or record into ${record}, section after section.
 * shape: 1, or 0 at the end of the last section. errors: -EBADMSG cut, or a name that cannot be.
 */
int dns_message_next(struct dns_message *message, struct dns_record *record);

/*
 * dns_message_name reads the name ${offset} bytes into the data of ${record} into ${name}.
 * errors: -EBADMSG a name that cannot be, or that runs past the data. name untouched.
 */
int dns_message_name(const struct dns_message *message, const struct dns_record *record, size_t offset,
                     struct dns_name *name);

/*
 * dns_message_text gives the character-string ${*offset} bytes into the data of ${record} as ${length} bytes at
 * ${text}, which are borrowed, and moves ${*offset} on.
 * shape: 1, or 0 at the end of the data. errors: -EBADMSG it runs past the data.
 */
int dns_message_text(const struct dns_message *message, const struct dns_record *record, size_t *offset,
                     const uint8_t **text, size_t *length);

/* dns_name_is tells whether ${name} is ${text}, whatever the case of its letters. */
bool dns_name_is(const struct dns_name *name, const char *text);

/*
 * dns_message_tell adds what ${record} of ${message} says to ${fields}.
 * errors: -EBADMSG its data cannot be of its type; what was added stays.
 */
int dns_message_tell(const struct dns_message *message, const struct dns_record *record, struct fields *fields);

#endif
