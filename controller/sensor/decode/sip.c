/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "controller/sensor/decode/sip.h"

#include <errno.h>
#include <string.h>

#include "controller/sensor/decode/head.h"

#define VERSION        "SIP/2.0"
#define METHOD_MAX     24
#define START_LINE_MAX 2048
#define BODY_MAX       ((uint64_t)1 << 20)

static bool is_method_letter(uint8_t byte)
{
	return byte >= 'A' && byte <= 'Z';
}

/* Whether a message begins here: 1, 0, -EAGAIN. ${line} is its first. */
static int begins(const uint8_t *bytes, size_t length, struct span *line)
{
	struct cursor cursor = cursor_over(bytes, length);
	size_t method = 0;

	while (method < length && method <= METHOD_MAX && is_method_letter(bytes[method]))
		method++;
	if (method == 0 || method > METHOD_MAX)
		return 0;
	if (method == length)
		return -EAGAIN;
	if (bytes[method] != ' ' && !(method == 3 && bytes[method] == '/'))
		return 0;
	if (!head_line(&cursor, line))
		return length < START_LINE_MAX ? -EAGAIN : 0;
	if (bytes[method] == '/')
		return span_starts(line, VERSION " ");
	return line->length > strlen(VERSION) &&
	       memcmp(line->bytes + line->length - strlen(VERSION), VERSION, strlen(VERSION)) == 0;
}

static void add_span(struct fields *fields, enum field field, const struct span *span)
{
	if (span->length)
		fields_add(fields, field, span->bytes, span->length);
}

/* Adds what the head of ${length} ${bytes} says. shape: the length of the body by its own word, 0 where it has none. */
static size_t take_head(const uint8_t *bytes, size_t length, struct fields *fields)
{
	struct cursor cursor = cursor_over(bytes, length);
	struct span line = { 0 }, method;
	struct header header;
	uint64_t body = 0;

	head_line(&cursor, &line);
	method = span_word(&line);
	if (!span_is(&method, VERSION))
		add_span(fields, FIELD_SIP_METHOD, &method);
	while (head_next(&cursor, &header)) {
		if (span_is(&header.name, "User-Agent"))
			add_span(fields, FIELD_SIP_USER_AGENT, &header.value);
		else if (span_is(&header.name, "Server"))
			add_span(fields, FIELD_SIP_SERVER, &header.value);
		else if (span_is(&header.name, "Content-Length") || span_is(&header.name, "l"))
			span_number(&header.value, &body);
	}
	return body < BODY_MAX ? (size_t)body : 0;
}

int sip_decode_datagram(const struct datagram *datagram, struct fields *fields, enum malformed_reason *reason)
{
	struct span line;

	(void)reason;
	if (begins(datagram->bytes, datagram->length, &line) <= 0)
		return 0;
	take_head(datagram->bytes, datagram->length, fields);
	return 1; /* of an answer that names nothing, too: its flow is one of SIP */
}

int sip_decode_stream(const struct stream *stream, size_t *taken, struct fields *fields, enum malformed_reason *reason)
{
	struct span line;
	size_t head, whole, empty = 0;
	int result;

	/* keep-alives, RFC 5626 section 3.5.1 */
	while (*stream->memory && empty < stream->length &&
	       (stream->bytes[empty] == '\r' || stream->bytes[empty] == '\n'))
		empty++;
	if (empty > 0) {
		*taken = empty;
		return 1;
	}
	if (stream->length == 0)
		return -EAGAIN;
	result = begins(stream->bytes, stream->length, &line);
	if (result <= 0)
		return result;
	head = head_length(stream->bytes, stream->length);
	if (head == 0 && stream->length < STREAM_BYTES_MAX)
		return -EAGAIN;
	if (head == 0) {
		*reason = MALFORMED_SIP;
		return -EBADMSG;
	}
	whole = head + take_head(stream->bytes, head, fields);
	if (whole > stream->length &&
	    whole <= STREAM_BYTES_MAX) /* a session's description is small: told with its end */
		return -EAGAIN;
	*stream->memory = 1;
	*taken = whole;
	return 1;
}
