/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/smb.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/ntlm.h"
#include "controller/sensor/decode/utf16.h"
#include "policy/base/memory.h"

#define FRAME_LENGTH    4
#define SMB1_HEADER     32
#define SMB2_HEADER     64
#define WANTED_LENGTH   14 /* up to the command */
#define MEMORY_MARK     0x534d4200U
#define SESSION_NAME    34 /* a NetBIOS name on the wire: a length, 32 letters for 16 bytes, an end */
#define NETBIOS_LETTERS 15

/* RFC 1002 section 4.3.1 */
enum session_type {
	SESSION_MESSAGE = 0x00,
	SESSION_REQUEST = 0x81,
	SESSION_POSITIVE = 0x82,
	SESSION_NEGATIVE = 0x83,
	SESSION_RETARGET = 0x84,
	SESSION_KEEPALIVE = 0x85,
};

#define SMB1_NEGOTIATE     0x72
#define SMB1_SESSION_SETUP 0x73
#define SMB1_FLAG_REPLY    0x80
#define SMB1_FLAG_UNICODE  0x8000U
#define SMB2_NEGOTIATE     0
#define SMB2_SESSION_SETUP 1
#define SMB2_FLAG_REPLY    1
#define SMB2_WILDCARD      0x02ff

/* One SMB message, from its header on: offsets in it count from there. */
struct message {
	const uint8_t *bytes;
	size_t length;
	struct fields *fields;
};

static uint8_t u8(const struct message *message, size_t at)
{
	return at < message->length ? message->bytes[at] : 0;
}

static unsigned int le16(const struct message *message, size_t at)
{
	return u8(message, at) | (unsigned int)u8(message, at + 1) << 8;
}

static void add_version_1(const struct message *message, size_t at, size_t end)
{
	bool has_2 = false, has_1 = false;

	while (at < end && message->bytes[at] == 2) { /* buffer format: a string */
		const uint8_t *name = message->bytes + at + 1;
		const uint8_t *stop = memchr(name, '\0', end - at - 1);
		size_t length = stop ? (size_t)(stop - name) : end - at - 1;

		fields_add(message->fields, FIELD_SMB_DIALECT, name, length);
		if (length >= 4 && memcmp(name, "SMB ", 4) == 0)
			has_2 = true;
		else
			has_1 = true;
		at += length + 2;
	}
	if (has_1 && !has_2)
		fields_add_text(message->fields, FIELD_SMB_BEST_DIALECT, "smb1");
}

/* Adds the string at ${*at}, which ends by its terminator or at ${end}, and moves on. */
static void add_string(const struct message *message, size_t *at, size_t end, bool is_unicode, enum field field)
{
	const size_t width = is_unicode ? 2 : 1;
	size_t start = *at, stop;

	if (is_unicode && start % 2 != 0)
		start++;
	stop = start;
	while (stop + width <= end && (u8(message, stop) != 0 || (is_unicode && u8(message, stop + 1) != 0)))
		stop += width;
	*at = stop + width;
	if (stop <= start || field == FIELD_NONE)
		return;
	if (is_unicode)
		utf16_add(message->fields, field, message->bytes + start, stop - start);
	else
		fields_add(message->fields, field, message->bytes + start, stop - start);
}

/*
 * Session setup: parameter words, then what the user proves himself with, then strings. How many words there are
 * tells the form, [MS-CIFS] 2.2.4.53 and [MS-SMB] 2.2.4.6.
 */
static void add_setup_1(const struct message *message, size_t words, size_t at, size_t end, bool is_reply)
{
	const size_t parameters = SMB1_HEADER + 1;
	bool is_unicode = le16(message, 10) & SMB1_FLAG_UNICODE;
	size_t secret = 0, strings_before = 0;
	bool has_token = false;

	if (is_reply && words == 4) {
		secret = le16(message, parameters + 6);
		has_token = true;
	} else if (!is_reply && words == 12) {
		secret = le16(message, parameters + 14);
		has_token = true;
	} else if (!is_reply && words == 13) {
		secret = (size_t)le16(message, parameters + 14) + le16(message, parameters + 16);
		strings_before = 2; /* account and domain */
	} else if (!is_reply && words == 10) {
		secret = le16(message, parameters + 14);
		strings_before = 2;
	} else if (!is_reply || words != 3) {
		return;
	}
	if (secret > end - at)
		return;
	if (has_token)
		ntlm_add(message->bytes + at, secret, message->fields);
	at += secret;
	for (size_t i = 0; i < strings_before; i++)
		add_string(message, &at, end, is_unicode, FIELD_NONE);
	add_string(message, &at, end, is_unicode, FIELD_SMB_SYSTEM);
	add_string(message, &at, end, is_unicode, FIELD_SMB_LAN_MANAGER);
}

/* [MS-CIFS] 2.2.3: header, count of words, words, count of bytes, bytes. */
static bool add_smb1(const struct message *message)
{
	uint8_t command = u8(message, 4);
	bool is_reply = u8(message, 9) & SMB1_FLAG_REPLY;
	size_t words = u8(message, SMB1_HEADER), at = SMB1_HEADER + 1 + 2 * words + 2, end;

	if (command != SMB1_NEGOTIATE && command != SMB1_SESSION_SETUP)
		return true;
	if (at > message->length)
		return false;
	end = at + le16(message, at - 2);
	end = end < message->length ? end : message->length;
	if (command == SMB1_SESSION_SETUP)
		add_setup_1(message, words, at, end, is_reply);
	if (command == SMB1_SESSION_SETUP && message->fields->length == 0)
		return true;
	fields_add_number(message->fields, FIELD_SMB_RESPONSE, is_reply);
	if (command != SMB1_NEGOTIATE)
		return true;
	if (!is_reply)
		add_version_1(message, at, end);
	else if (words > 0 && le16(message, SMB1_HEADER + 1) != 0xffff)
		fields_add_text(message->fields, FIELD_SMB_BEST_DIALECT, "smb1");
	return true;
}

static const char *dialect_name(unsigned int dialect)
{
	static const struct {
		unsigned int dialect;
		const char *name;
	} names[] = {
		{ 0x0202, "2.0.2" }, { 0x0210, "2.1" }, { 0x0300, "3.0" }, { 0x0302, "3.0.2" }, { 0x0311, "3.1.1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].dialect == dialect)
			return names[i].name;
	return NULL;
}

static void add_dialects(const struct message *message, size_t at, size_t count)
{
	uint8_t list[2 * SMB_DIALECTS_MAX];
	size_t length = 0;
	unsigned int best = 0;

	for (; count > 0 && at + 2 <= message->length && length < sizeof(list); count--, at += 2) {
		unsigned int dialect = le16(message, at);

		list[length++] = (uint8_t)(dialect >> 8);
		list[length++] = (uint8_t)dialect;
		if (dialect > best && dialect_name(dialect))
			best = dialect;
	}
	if (length > 0)
		fields_add(message->fields, FIELD_SMB2_DIALECT, list, length);
	if (best)
		fields_add_text(message->fields, FIELD_SMB_BEST_DIALECT, dialect_name(best));
}

static bool add_smb2(const struct message *message)
{
	const size_t body = SMB2_HEADER;
	unsigned int command = le16(message, 12);
	bool is_reply = u8(message, 16) & SMB2_FLAG_REPLY;
	size_t offset, length;

	if (message->length < body + 4)
		return false;
	if (command == SMB2_NEGOTIATE) {
		bool is_error = is_reply && le16(message, body) == 9; /* 2.2.2 */

		fields_add_number(message->fields, FIELD_SMB2_RESPONSE, is_reply);
		if (is_reply && !is_error)
			add_dialects(message, body + 4, 1);
		else if (!is_reply)
			add_dialects(message, body + 36, le16(message, body + 2));
		return true;
	}
	if (command != SMB2_SESSION_SETUP)
		return true;
	offset = le16(message, body + (is_reply ? 4 : 12));
	length = le16(message, body + (is_reply ? 6 : 14));
	if (length == 0)
		return true;
	if (offset > message->length || length > message->length - offset)
		return false;
	if (ntlm_add(message->bytes + offset, length, message->fields))
		fields_add_number(message->fields, FIELD_SMB2_RESPONSE, is_reply);
	return true;
}

/* The name a NetBIOS session is asked for by, RFC 1001 section 14.1: two letters a byte. */
static void add_caller(const uint8_t *name, struct fields *fields)
{
	uint8_t text[NETBIOS_LETTERS];
	size_t length = 0;

	if (name[0] != 2 * (NETBIOS_LETTERS + 1))
		return;
	for (size_t i = 0; i < NETBIOS_LETTERS; i++) {
		unsigned int high = (unsigned int)name[1 + 2 * i] - 'A', low = (unsigned int)name[2 + 2 * i] - 'A';

		if (high > 15 || low > 15)
			return;
		text[i] = (uint8_t)(high << 4 | low);
		if (text[i] != ' ' && text[i] != '\0')
			length = i + 1;
	}
	if (length > 0)
		fields_add(fields, FIELD_NETBIOS_NAME, text, length);
}

/* Tells whether the head of a stream is SMB's: 1, 0 or -EAGAIN. */
static int is_smb(const uint8_t *bytes, size_t length)
{
	if (length == 0)
		return -EAGAIN;
	if (bytes[0] == SESSION_REQUEST) {
		static const uint8_t head[] = { SESSION_REQUEST, 0, 0, 2 * SESSION_NAME, 2 * (NETBIOS_LETTERS + 1) };
		size_t known = length < sizeof(head) ? length : sizeof(head);

		return memcmp(bytes, head, known) != 0 ? 0 : known < sizeof(head) ? -EAGAIN : 1;
	}
	if (bytes[0] == SESSION_POSITIVE) {
		size_t known = length < FRAME_LENGTH ? length : FRAME_LENGTH;

		return memcmp(bytes, "\x82\0\0\0", known) != 0 ? 0 : known < FRAME_LENGTH ? -EAGAIN : 1;
	}
	if (bytes[0] != SESSION_MESSAGE)
		return 0;
	if (length > FRAME_LENGTH && (bytes[FRAME_LENGTH] < 0xfc))
		return 0;
	if (length > FRAME_LENGTH + 1 &&
	    memcmp(bytes + FRAME_LENGTH + 1, "SMB", length - FRAME_LENGTH - 1 < 3 ? length - FRAME_LENGTH - 1 : 3) != 0)
		return 0;
	return length < FRAME_LENGTH + 4 ? -EAGAIN : 1;
}

/* Tells whether the message whose header begins at ${bytes} is one that is read, and has to be there whole. */
static bool is_wanted(const uint8_t *bytes, size_t length)
{
	if (length < WANTED_LENGTH || memcmp(bytes + 1, "SMB", 3) != 0)
		return false;
	if (bytes[0] == 0xff)
		return bytes[4] == SMB1_NEGOTIATE || bytes[4] == SMB1_SESSION_SETUP;
	return bytes[0] == 0xfe && bytes[13] == 0 && (bytes[12] == SMB2_NEGOTIATE || bytes[12] == SMB2_SESSION_SETUP);
}

static int decode_message(const struct stream *stream, size_t total, struct fields *fields,
                          enum malformed_reason *reason)
{
	size_t here = total < stream->length ? total : stream->length;
	struct message message = { stream->bytes + FRAME_LENGTH, here - FRAME_LENGTH, fields };

	if (!is_wanted(message.bytes, message.length))
		return 1;
	if (here < total && here < STREAM_BYTES_MAX)
		return -EAGAIN;
	if (message.bytes[0] == 0xff ? add_smb1(&message) : add_smb2(&message))
		return 1;
	fields_clear(fields);
	*reason = MALFORMED_SMB;
	return -EBADMSG;
}

int smb_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	int result = *stream->memory == MEMORY_MARK ? 1 : is_smb(stream->bytes, stream->length);
	size_t total;

	if (result <= 0)
		return result;
	if (stream->length < FRAME_LENGTH)
		return -EAGAIN;
	total = FRAME_LENGTH + ((size_t)stream->bytes[1] << 16 | (size_t)stream->bytes[2] << 8 | stream->bytes[3]);
	if (stream->length < total && stream->length < FRAME_LENGTH + WANTED_LENGTH)
		return -EAGAIN;
	if (stream->bytes[0] == SESSION_MESSAGE) {
		result = decode_message(stream, total, fields, reason);
	} else if (stream->bytes[0] == SESSION_REQUEST && total == FRAME_LENGTH + 2 * SESSION_NAME) {
		if (stream->length < total)
			return -EAGAIN;
		add_caller(stream->bytes + FRAME_LENGTH + SESSION_NAME, fields);
	}
	if (result != 1)
		return result;
	*stream->memory = MEMORY_MARK;
	*taken = total;
	return 1;
}
