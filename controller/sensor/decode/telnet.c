/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/banner.h"
#include "controller/sensor/decode/head.h"

#define REST SIZE_MAX

/* RFC 854 */
#define IAC  255
#define DONT 254
#define WILL 251
#define SB   250
#define SE   240

#define PORT_TELNET     23
#define TEXT_MAX        512
#define PASSWORD_WITHIN 2048 /* bytes from the greeting on in which a login is looked for */

/* What is kept of a server's direction; of a client's MEMORY_GREETED at once. */
#define MEMORY_OPTIONS 1U /* options were passed over */
#define MEMORY_GREETED 2U

/* Text without options; a command that does not end is left for later. */
struct text {
	uint8_t bytes[PASSWORD_WITHIN];
	size_t length;
};

/* Passes over the command behind an IAC. shape: false where its end is still to come. */
static bool pass_command(struct cursor *cursor, struct text *text)
{
	uint8_t command = cursor_u8(cursor), byte = 0, before = 0;

	if (command >= WILL && command <= DONT)
		cursor_skip(cursor, 1);
	if (command == IAC && text->length < sizeof(text->bytes))
		text->bytes[text->length++] = IAC;
	if (command != SB)
		return !cursor->failed;
	while (cursor_left(cursor)) {
		before = byte;
		byte = cursor_u8(cursor);
		if (before == IAC && byte == SE)
			return true;
	}
	return false;
}

/* Reads ${length} ${bytes} without options into ${text}. shape: the bytes read. */
static size_t read_text(const uint8_t *bytes, size_t length, struct text *text)
{
	struct cursor cursor = cursor_over(bytes, length);
	size_t read = 0;

	text->length = 0;
	while (cursor_left(&cursor)) {
		uint8_t byte = cursor_u8(&cursor);

		if (byte == IAC && !pass_command(&cursor, text))
			break;
		if (byte != IAC && byte != 0 && text->length < sizeof(text->bytes))
			text->bytes[text->length++] = byte;
		read = (size_t)(cursor.at - bytes);
	}
	return read;
}

/* Lines end and blanks come together: greetings are drawn, not written. */
static size_t tidy(const struct text *text, uint8_t tidied[TEXT_MAX])
{
	size_t length = 0;

	for (size_t i = 0; i < text->length && length < TEXT_MAX; i++) {
		bool blank = text->bytes[i] <= ' ';

		if (!blank)
			tidied[length++] = text->bytes[i];
		else if (length > 0 && tidied[length - 1] != ' ')
			tidied[length++] = ' ';
	}
	while (length > 0 && tidied[length - 1] == ' ')
		length--;
	return length;
}

/* Whether the server waits for an answer now. */
static bool is_prompt(const uint8_t *text, size_t length)
{
	return length > 0 && (text[length - 1] == ':' || text[length - 1] == '>' || text[length - 1] == '#' ||
	                      text[length - 1] == '$' || text[length - 1] == '?');
}

static int decode_server(const struct stream *stream, size_t *taken, struct fields *fields)
{
	struct text text;
	uint8_t tidied[TEXT_MAX];
	struct span shown = { tidied, 0 }, all;
	size_t read = read_text(stream->bytes, stream->length, &text);
	bool asks_password;

	shown.length = tidy(&text, tidied);
	all = (struct span){ text.bytes, text.length };
	asks_password = span_holds(&all, "password:");
	if (*stream->memory & MEMORY_GREETED) {
		if (!asks_password && stream->length < PASSWORD_WITHIN)
			return -EAGAIN;
		if (asks_password)
			fields_add_text(fields, FIELD_CREDENTIALS, "telnet");
		*taken = REST;
		return 1;
	}
	if (shown.length == 0 && read == 0)
		return -EAGAIN;
	if (shown.length == 0) {
		*stream->memory |= MEMORY_OPTIONS;
		*taken = read;
		return 1;
	}
	if (!is_prompt(shown.bytes, shown.length) && shown.length < TEXT_MAX && stream->length < PASSWORD_WITHIN)
		return -EAGAIN;
	fields_add(fields, FIELD_TELNET_BANNER, shown.bytes, shown.length);
	if (asks_password)
		fields_add_text(fields, FIELD_CREDENTIALS, "telnet");
	*stream->memory |= MEMORY_GREETED;
	*taken = asks_password ? REST : stream->length;
	return 1;
}

int telnet_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	(void)reason;
	if (stream->length == 0)
		return -EAGAIN;
	if (*stream->memory == 0) {
		bool option = stream->bytes[0] == IAC && (stream->length < 2 || stream->bytes[1] >= SE);

		if (!option && stream->server_port != PORT_TELNET)
			return 0;
		if (option && stream->length < 3)
			return -EAGAIN;
	}
	if (stream->from_server)
		return decode_server(stream, taken, fields);
	*stream->memory |= MEMORY_GREETED;
	*taken = REST; /* what is typed is nobody's business */
	return 1;
}
