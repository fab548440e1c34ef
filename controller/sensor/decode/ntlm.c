/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/ntlm.h"

#include <stdio.h>
#include <string.h>

#include "controller/sensor/decode/utf16.h"
#include "policy/base/memory.h"

#define SIGNATURE_LENGTH 8 /* "NTLMSSP" and its terminator */
#define VERSION_LENGTH   8
#define HEADER_LENGTH    12

#define FLAG_UNICODE 0x00000001U
#define FLAG_VERSION 0x02000000U

enum message_type {
	NEGOTIATE = 1,
	CHALLENGE = 2,
	AUTHENTICATE = 3,
};

/* Where in a message its parts stand, [MS-NLMP] 2.2.1.1 to 2.2.1.3. */
#define NEGOTIATE_FLAGS          12
#define NEGOTIATE_DOMAIN         16
#define NEGOTIATE_WORKSTATION    24
#define NEGOTIATE_VERSION        32
#define CHALLENGE_TARGET         12
#define CHALLENGE_FLAGS          20
#define CHALLENGE_INFO           40
#define CHALLENGE_VERSION        48
#define AUTHENTICATE_LM          12
#define AUTHENTICATE_NT          20
#define AUTHENTICATE_DOMAIN      28
#define AUTHENTICATE_USER        36
#define AUTHENTICATE_WORKSTATION 44
#define AUTHENTICATE_KEY         52
#define AUTHENTICATE_FLAGS       60
#define AUTHENTICATE_VERSION     64

enum attribute {
	ATTRIBUTE_END = 0,
	ATTRIBUTE_COMPUTER = 1,
	ATTRIBUTE_DNS_COMPUTER = 3,
};

struct message {
	const uint8_t *bytes;
	size_t length;
};

static unsigned int le16(const struct message *message, size_t at)
{
	if (at + 2 > message->length)
		return 0;
	return (unsigned int)message->bytes[at] | (unsigned int)message->bytes[at + 1] << 8;
}

static uint32_t le32(const struct message *message, size_t at)
{
	return le16(message, at) | (uint32_t)le16(message, at + 2) << 16;
}

/* The bytes that the length and offset at ${at} describe; NULL where there are none or they are not in the message. */
static const uint8_t *payload(const struct message *message, size_t at, size_t *length)
{
	size_t offset = le32(message, at + 4);

	*length = le16(message, at);
	if (*length == 0 || offset > message->length || message->length - offset < *length)
		return NULL;
	return message->bytes + offset;
}

static void add_name(const struct message *message, size_t at, bool is_unicode, enum field field, struct fields *fields)
{
	size_t length;
	const uint8_t *name = payload(message, at, &length);

	if (!name)
		return;
	if (is_unicode)
		utf16_add(fields, field, name, length);
	else
		fields_add(fields, field, name, length);
}

/* The version stands behind the descriptions of the parts; a message without one has its first part there. */
static void add_version(const struct message *message, uint32_t flags, size_t at, const size_t *parts, size_t count,
                        struct fields *fields)
{
	char text[32];

	if (!(flags & FLAG_VERSION) || at + VERSION_LENGTH > message->length)
		return;
	for (size_t i = 0; i < count; i++)
		if (le16(message, parts[i]) > 0 && le32(message, parts[i] + 4) < at + VERSION_LENGTH)
			return;
	snprintf(text, sizeof(text), "%u.%u.%u", message->bytes[at], message->bytes[at + 1], le16(message, at + 2));
	fields_add_text(fields, FIELD_NTLM_VERSION, text);
}

/* Tells whether all ${parts} stand in the message: one of which a part does not is not believed in the others. */
static bool holds(const struct message *message, const size_t *parts, size_t count)
{
	size_t length;

	for (size_t i = 0; i < count; i++)
		if (!payload(message, parts[i], &length) && length > 0)
			return false;
	return true;
}

static void add_target(const struct message *message, struct fields *fields)
{
	struct message pairs;
	size_t at = 0;

	pairs.bytes = payload(message, CHALLENGE_INFO, &pairs.length);
	if (!pairs.bytes)
		return;
	for (unsigned int i = 0; i < NTLM_PAIRS_MAX && at + 4 <= pairs.length; i++) {
		unsigned int attribute = le16(&pairs, at);
		size_t length = le16(&pairs, at + 2);

		at += 4;
		if (attribute == ATTRIBUTE_END || length > pairs.length - at)
			return;
		if (attribute == ATTRIBUTE_COMPUTER)
			utf16_add(fields, FIELD_NTLM_COMPUTER, pairs.bytes + at, length);
		else if (attribute == ATTRIBUTE_DNS_COMPUTER)
			utf16_add(fields, FIELD_NTLM_DNS_COMPUTER, pairs.bytes + at, length);
		at += length;
	}
}

static void add_negotiate(const struct message *message, struct fields *fields)
{
	static const size_t parts[] = { NEGOTIATE_DOMAIN, NEGOTIATE_WORKSTATION };

	if (!holds(message, parts, ARRAY_SIZE(parts)))
		return;
	add_version(message, le32(message, NEGOTIATE_FLAGS), NEGOTIATE_VERSION, parts, ARRAY_SIZE(parts), fields);
	add_name(message, NEGOTIATE_WORKSTATION, false, FIELD_NTLM_WORKSTATION, fields);
}

static void add_challenge(const struct message *message, struct fields *fields)
{
	static const size_t parts[] = { CHALLENGE_TARGET, CHALLENGE_INFO };
	uint32_t flags = le32(message, CHALLENGE_FLAGS);

	if (!holds(message, parts, ARRAY_SIZE(parts)))
		return;
	add_version(message, flags, CHALLENGE_VERSION, parts, ARRAY_SIZE(parts), fields);
	add_name(message, CHALLENGE_TARGET, flags & FLAG_UNICODE, FIELD_NTLM_TARGET, fields);
	add_target(message, fields);
}

static void add_authenticate(const struct message *message, struct fields *fields)
{
	static const size_t parts[] = { AUTHENTICATE_LM,   AUTHENTICATE_NT,          AUTHENTICATE_DOMAIN,
		                        AUTHENTICATE_USER, AUTHENTICATE_WORKSTATION, AUTHENTICATE_KEY };
	uint32_t flags = le32(message, AUTHENTICATE_FLAGS);

	if (!holds(message, parts, ARRAY_SIZE(parts)))
		return;
	add_version(message, flags, AUTHENTICATE_VERSION, parts, ARRAY_SIZE(parts), fields);
	add_name(message, AUTHENTICATE_DOMAIN, flags & FLAG_UNICODE, FIELD_NTLM_DOMAIN, fields);
	add_name(message, AUTHENTICATE_WORKSTATION, flags & FLAG_UNICODE, FIELD_NTLM_HOST, fields);
}

static void add_message(const struct message *message, struct fields *fields)
{
	uint32_t type = le32(message, SIGNATURE_LENGTH);

	fields_add_number(fields, FIELD_NTLM_MESSAGE, type);
	if (type == NEGOTIATE)
		add_negotiate(message, fields);
	else if (type == CHALLENGE)
		add_challenge(message, fields);
	else
		add_authenticate(message, fields);
}

bool ntlm_add(const uint8_t *bytes, size_t length, struct fields *fields)
{
	const uint8_t *found = length >= HEADER_LENGTH ? memmem(bytes, length, "NTLMSSP", SIGNATURE_LENGTH) : NULL;
	struct message message;
	uint32_t type;

	if (!found)
		return false;
	message = (struct message){ found, length - (size_t)(found - bytes) };
	type = le32(&message, SIGNATURE_LENGTH);
	if (type < NEGOTIATE || type > AUTHENTICATE)
		return false;
	add_message(&message, fields);
	return true;
}

static unsigned int sextet(uint8_t character)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = character ? strchr(alphabet, character) : NULL;

	return found ? (unsigned int)(found - alphabet) : 64;
}

bool ntlm_add_base64(const uint8_t *text, size_t length, struct fields *fields)
{
	uint8_t bytes[NTLM_MESSAGE_MAX];
	unsigned int held = 0, bits = 0;
	size_t written = 0;

	for (size_t i = 0; i < length && written < sizeof(bytes); i++) {
		unsigned int value = sextet(text[i]);

		if (value > 63)
			break;
		held = (held << 6 | value) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			bytes[written++] = (uint8_t)(held >> bits);
		}
	}
	return ntlm_add(bytes, written, fields);
}
