/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/banner.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/head.h"
#include "policy/base/memory.h"

#define REST SIZE_MAX

#define CODE_LENGTH  4 /* "220 " or "220-" */
#define COMMAND_MAX  1024
#define SSH_LINE_MAX 255 /* RFC 4253 section 4.2 */
#define PORT_FTP     21
#define PORT_SMTP    25
#define PORT_SUBMIT  587
#define MEMORY_FTP   0x46545001U
#define MEMORY_SMTP  0x4d41494cU

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/*
 * A reply at ${bytes}, RFC 959 section 4.2: lines up to one with a blank behind its code.
 * shape: 1 and its ${length}, 0 where there is none, -EAGAIN.
 */
static int read_reply(const uint8_t *bytes, size_t available, size_t *length)
{
	struct cursor cursor = cursor_over(bytes, available);
	struct span line;

	for (size_t i = 0; i < 3 && i < available; i++)
		if (!is_digit(bytes[i]))
			return 0;
	while (head_line(&cursor, &line)) {
		if (line.length >= 3 && memcmp(line.bytes, bytes, 3) == 0 &&
		    (line.length == 3 || line.bytes[3] == ' ')) {
			*length = (size_t)(cursor.at - bytes);
			return 1;
		}
		if (line.bytes == bytes && (line.length < CODE_LENGTH || line.bytes[3] != '-'))
			return 0;
	}
	return available < BANNER_MAX ? -EAGAIN : 0;
}

/* Writes the text of ${length} bytes of reply into ${text}, lines joined with blanks. */
static size_t reply_text(const uint8_t *bytes, size_t length, uint8_t text[BANNER_MAX])
{
	struct cursor cursor = cursor_over(bytes, length);
	struct span line;
	size_t written = 0;

	while (head_line(&cursor, &line)) {
		if (line.length >= CODE_LENGTH && memcmp(line.bytes, bytes, 3) == 0) {
			line.bytes += CODE_LENGTH;
			line.length -= CODE_LENGTH;
		}
		if (line.length + 1 > BANNER_MAX - written)
			break;
		if (written > 0)
			text[written++] = ' ';
		if (line.length)
			memcpy(text + written, line.bytes, line.length);
		written += line.length;
	}
	return written;
}

struct greeting {
	uint32_t memory;
	enum field field;
	const char *words[4]; /* that tell it from the other protocol with the same codes */
	uint16_t ports[3];
};

static const struct greeting ftp = { MEMORY_FTP, FIELD_FTP_BANNER, { "FTP", "file transfer" }, { PORT_FTP, 2121 } };
static const struct greeting smtp = {
	MEMORY_SMTP, FIELD_SMTP_BANNER, { "SMTP", "Mail", "Postfix" }, { PORT_SMTP, PORT_SUBMIT, 2525 }
};

static bool has_port(const struct greeting *greeting, uint16_t port)
{
	for (size_t i = 0; i < ARRAY_SIZE(greeting->ports); i++)
		if (greeting->ports[i] == port && port != 0)
			return true;
	return false;
}

static bool has_word(const struct greeting *greeting, const struct span *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(greeting->words) && greeting->words[i]; i++)
		if (span_holds(text, greeting->words[i]))
			return true;
	return false;
}

/* A server's side: its greeting, then replies until what comes is none. */
static int decode_replies(const struct greeting *greeting, const struct greeting *other, const struct stream *stream,
                          size_t *taken, struct fields *fields)
{
	uint8_t text[BANNER_MAX];
	struct span shown = { text, 0 };
	size_t length;
	int result;

	if (*stream->memory == 0 && stream->length >= 2 && memcmp(stream->bytes, "22", 2) != 0)
		return 0;
	result = read_reply(stream->bytes, stream->length, &length);
	if (result <= 0)
		return result;
	if (*stream->memory == 0) {
		shown.length = reply_text(stream->bytes, length, text);
		if (!has_word(greeting, &shown) &&
		    (!has_port(greeting, stream->server_port) || has_word(other, &shown)))
			return 0;
		fields_add(fields, greeting->field, shown.bytes, shown.length);
	}
	*stream->memory = greeting->memory;
	*taken = length;
	return 1;
}

/* A client's command: 1 and the ${line} with its ${length}, 0, -EAGAIN. */
static int read_command(const struct greeting *greeting, const struct stream *stream, struct span *line, size_t *length)
{
	struct cursor cursor = cursor_over(stream->bytes, stream->length);

	if (*stream->memory == 0 && *stream->peer_memory != greeting->memory &&
	    !has_port(greeting, stream->server_port))
		return 0;
	for (size_t i = 0; i < 3 && i < stream->length; i++)
		if ((stream->bytes[i] & 0xdf) < 'A' || (stream->bytes[i] & 0xdf) > 'Z')
			return 0;
	if (!head_line(&cursor, line))
		return stream->length < COMMAND_MAX ? -EAGAIN : 0;
	*length = (size_t)(cursor.at - stream->bytes);
	return 1;
}

int ftp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	struct span line;
	size_t length;
	int result;

	(void)reason;
	if (stream->length == 0)
		return -EAGAIN;
	if (stream->from_server)
		return decode_replies(&ftp, &smtp, stream, taken, fields);
	result = read_command(&ftp, stream, &line, &length);
	if (result <= 0)
		return result;
	if (span_starts(&line, "PASS ") && line.length > strlen("PASS "))
		fields_add_text(fields, FIELD_CREDENTIALS, "ftp");
	*stream->memory = ftp.memory;
	*taken = length;
	return 1;
}

int smtp_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	struct span line;
	size_t length;
	int result;

	(void)reason;
	if (stream->length == 0)
		return -EAGAIN;
	if (stream->from_server)
		return decode_replies(&smtp, &ftp, stream, taken, fields);
	result = read_command(&smtp, stream, &line, &length);
	if (result <= 0)
		return result;
	if (span_starts(&line, "AUTH PLAIN") || span_starts(&line, "AUTH LOGIN"))
		fields_add_text(fields, FIELD_CREDENTIALS, "smtp");
	*stream->memory = smtp.memory;
	/* what follows is a mail or a password */
	*taken = span_is(&line, "DATA") || span_starts(&line, "AUTH ") || span_starts(&line, "BDAT") ? REST : length;
	return 1;
}

int ssh_decode(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	static const char start[] = "SSH-";
	size_t known = stream->length < strlen(start) ? stream->length : strlen(start);
	struct cursor cursor = cursor_over(stream->bytes, stream->length);
	struct span line;

	if (stream->length == 0)
		return -EAGAIN;
	if (memcmp(stream->bytes, start, known) != 0)
		return 0;
	if (!head_line(&cursor, &line)) {
		if (stream->length <= SSH_LINE_MAX)
			return -EAGAIN;
		*reason = MALFORMED_BANNER;
		return -EBADMSG;
	}
	if (line.length > SSH_LINE_MAX) {
		*reason = MALFORMED_BANNER;
		return -EBADMSG;
	}
	fields_add(fields, FIELD_SSH_BANNER, line.bytes, line.length);
	*stream->memory = 1;
	*taken = REST;
	return 1;
}
